"""What a session says: every message gets its number once, leaves in the order of the numbers, and can leave again.

While the counterparty is away, or a long resend goes on, messages are numbered and wait; none is lost, and none is
said twice with different contents.
"""

from typing import Final, Protocol

from gateway.fix.frame import finish
from gateway.fix.header import Fields, Header
from gateway.fix.logon import incorrect
from gateway.fix.reader import Fault
from gateway.fix.resend import Resend, is_stale_order
from gateway.fix.sent import SentMessages
from gateway.model.numbers import MILLISECOND, Ns, print_timestamp
from gateway.model.sessions import SessionConfig

RESEND_PAUSE: Final = MILLISECOND  # between two bursts of a long resend: others get their turn
SLOW_PAUSE: Final = 100 * MILLISECOND  # and while the counterparty does not take what was sent


class Listener(Protocol):
    """Who runs many sessions is told which of them have something to send."""

    def stirred(self) -> None:
        """`out` is no longer empty."""

    def kept(self, data: bytes) -> None:
        """A message was numbered for a counterparty that is away."""


class Outgoing:
    """Our half of a session. `out` is what is to be sent now."""

    def __init__(self, header: Header, config: SessionConfig) -> None:
        self.out: list[bytes] = []
        self.next_seq = 1
        self._stamped_at, self._stamp = Ns(-1), ""  # SendingTime(52) of the message before
        self.live = False  # whether what is numbered may leave
        self.slow = False  # the counterparty does not take what was sent; a resend waits
        self.last_at = Ns(0)  # when anything left last
        self.sent = SentMessages()
        self.stale: list[bytes] = []  # orders that were too old to be sent again
        self.resend = Resend()
        self.listener: Listener | None = None
        self._unsaid: dict[int, None] = {}  # numbers of messages that have not left us, in their order
        self._waiting: dict[int, bytes] = {}  # numbered while a resend goes on; follow it
        self._carried: list[bytes] = []  # had not left us when their numbers were given up; get new ones
        self.configure(header, config)

    @property
    def kept(self) -> int:
        """Messages that were numbered and have not left us."""
        return len(self._unsaid)

    @property
    def last_said(self) -> int:
        """The last number that may be asked for again: what waits behind a resend comes by itself."""
        return next(iter(self._waiting), self.next_seq) - 1

    def configure(self, header: Header, config: SessionConfig) -> None:
        self.header = header
        self._config = config
        self._plain = header.plain

    def send(self, msg_type: str, body: str, now: Ns, *, keep: bool = True, route: Fields | None = None) -> None:
        """Send an application message, `body` being its fields as 'tag=value\\x01...', `route` more of its header.

        While the counterparty is away it is numbered and kept, and reaches it by resend. What is worthless later, as
        market data is, need not be kept: a gap fill stands for it.
        """
        seq = self.next_seq
        self.next_seq = seq + 1
        if self._plain is not None and route is None:
            if now != self._stamped_at:
                self._stamped_at, self._stamp = now, print_timestamp(now)
            data = finish(f"35={msg_type}\x01{self._plain}34={seq}\x0152={self._stamp}\x01{body}")
        else:
            data = self.header.compose(msg_type, seq, body, now, route)
        if keep:
            self.sent.add(seq, data)
        if not self.live or self.resend.active:
            self._wait(seq, data, keep=keep)
            return
        out = self.out  # `_leave` without the call
        self.last_at = now
        if not out and self.listener is not None:
            self.listener.stirred()
        out.append(data)

    def admin(self, msg_type: str, body: str, now: Ns, route: Fields | None = None) -> None:
        """Send one of the session's own messages, be it the Logon; a gap fill stands for it later."""
        seq = self.next_seq
        self.next_seq = seq + 1
        data = self.header.compose(msg_type, seq, body, now, route)
        if self.resend.active:
            self._waiting[seq] = data
        else:
            self._leave(data, now)

    def _wait(self, seq: int, data: bytes, *, keep: bool) -> None:
        """The message has its number, and cannot leave yet."""
        if keep:
            self._unsaid[seq] = None
        if self.live:
            self._waiting[seq] = data
        elif keep and self.listener is not None:
            self.listener.kept(data)

    def _leave(self, data: bytes, now: Ns) -> None:
        self.last_at = now
        if not self.out and self.listener is not None:
            self.listener.stirred()
        self.out.append(data)

    # -- again, or late

    def release(self, after: int, now: Ns) -> None:
        """Messages beyond that number were kept while we logged on; now they leave, or wait for a resend to end."""
        seq = after + 1
        while seq < self.next_seq:
            kept = self.sent.following(seq)
            following = seq + 1 if kept == seq else self.next_seq if kept is None else kept
            data = self.sent.get(seq) or self.header.fill(seq, following, now)
            if self.resend.active:
                self._waiting[seq] = data
            else:
                self._unsaid.pop(seq, None)
                self._leave(data, now)
            seq = following

    def asked(self, begin: int, end: int, now: Ns) -> Fault | str | None:
        """A ResendRequest(2); gives what is wrong with it, as text if that ends the session."""
        last = self.last_said
        if last < begin < self.next_seq:
            return None  # it follows the resend that goes on
        if not 1 <= begin <= last or (end and end < begin):
            return incorrect(7, f"BeginSeqNo(7) {begin} to EndSeqNo(16) {end} is no range sent")
        wrong = self.resend.asked(begin, end, last, now)
        if wrong is None:
            self.resend_some(now)
        return wrong

    def again(self, begin: int, end: int, now: Ns) -> None:
        """Send a range again, the first burst now."""
        self.resend.answer(begin, end)
        self.resend_some(now)

    def resend_some(self, now: Ns) -> None:
        """What was sent comes again as PossDup, runs of admin messages as one gap fill; a burst at a time."""
        resend, fill_from = self.resend, 0
        burst = () if self.slow else resend.burst(self.sent, self._config.resend_burst)
        for seq, data in burst:
            self._unsaid.pop(seq, None)
            if fill_from and seq == resend.asked_from:
                self._leave(self.header.fill(fill_from, seq, now), now)
                fill_from = 0
            if data is None or self._is_stale(seq, data, now):
                fill_from = fill_from or seq
                continue
            if fill_from:
                self._leave(self.header.fill(fill_from, seq, now), now)
                fill_from = 0
            self._leave(self.header.again(data, now), now)
        if fill_from:
            self._leave(self.header.fill(fill_from, resend.next_seq, now), now)
        if resend.active:
            resend.next_at = Ns(now + (SLOW_PAUSE if self.slow else RESEND_PAUSE))
        else:
            self._follow(now)

    def _is_stale(self, seq: int, data: bytes, now: Ns) -> bool:
        """Whether the order is too old to be said; then it is told once, and never again thought of."""
        stale = is_stale_order(data, self._config.stale_order_s, now)
        if stale:
            self.stale.append(data)
            self.sent.drop(seq)
        return stale

    def _follow(self, now: Ns) -> None:
        """What was numbered during the resend follows it."""
        for seq, data in self._waiting.items():
            self._unsaid.pop(seq, None)
            self._leave(data, now)
        self._waiting = {}

    # -- beginnings and ends

    def begin(self, now: Ns) -> None:
        """A connection begins."""
        self.end()
        self.last_at = now
        self.resend.begin()

    def cut(self, now: Ns) -> None:
        """The session has said its last: a resend that went on ends there, and what is numbered from now on is kept."""
        self.resend.begin()
        self._follow(now)
        self.live = False

    def end(self) -> None:
        """The connection is gone."""
        self.out = []
        self.live = self.slow = False
        self._waiting = {}

    def reset(self) -> None:
        """The next number is 1. What has never left us is not lost: `send_carried` gives it new numbers."""
        self.give_up(1)
        self.resend.begin()

    def give_up(self, seq: int) -> None:
        """The next message gets that number; what had it or a higher one and never left us is carried over."""
        for number in [number for number in self._unsaid if number >= seq]:
            data = self.sent.get(number)
            assert data is not None
            self._carried.append(data)
            del self._unsaid[number]
        self.sent.drop_from(seq)
        self.next_seq = seq
        self._waiting = {}

    def send_carried(self, now: Ns) -> None:
        carried, self._carried = self._carried, []
        for data in carried:
            if is_stale_order(data, self._config.stale_order_s, now):
                self.stale.append(data)
                continue
            seq = self.next_seq
            self.next_seq = seq + 1
            renumbered = self.header.renumbered(data, seq, now)
            self.sent.add(seq, renumbered)
            if self.live and not self.resend.active:
                self._leave(renumbered, now)
            else:
                self._wait(seq, renumbered, keep=True)
