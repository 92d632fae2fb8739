"""The FIX 4.4 session, both roles, without IO (Volume 2, "FIX session protocol").

Bytes of framed messages and instants go in; messages for the application come out in sequence, each once, and what
has to be sent collects in `out`. Numbers and sent messages outlive the connection; nothing else does.

Out-of-sequence messages are not held: one ResendRequest asks for everything from the gap on, and what arrives ahead
of it is dropped, because it will come again.
"""

from enum import Enum
from typing import Final

from msgspec import Struct

from gateway.fix.dictionary import Dictionary
from gateway.fix.frame import finish
from gateway.fix.messages import write_business_reject
from gateway.fix.reader import Fault, Layout, Message, Reader, Selection, SessionRejectReason
from gateway.fix.sent import SentMessages
from gateway.model.numbers import SECOND, Ns, parse_timestamp, print_timestamp

LOGON_TIMEOUT: Final = 10 * SECOND  # an initiator waits this long for the answer to its Logon
LOGOUT_TIMEOUT: Final = 2 * SECOND  # either side waits this long for the answer to its Logout
CLOCK_TOLERANCE: Final = 120 * SECOND  # SendingTime(52) may be off by this much
MAX_SEQ_JUMP: Final = 1_000_000  # a MsgSeqNum further ahead than this is a mistake, not a gap
RESEND_PATIENCE: Final = 30 * SECOND  # a gap that still stands then is asked for again
MAX_MSG_TYPE: Final = 32  # a longer one is not repeated in the Reject
MAX_SAME_RESEND: Final = 3  # identical ResendRequests answered before we take it for a loop
MAX_RESENT: Final = 4  # times all we ever sent, sent again on one connection: ResendRequests are cheap to send
FREELY_RESENT: Final = 1_000  # messages that may be sent again on one connection whatever we sent


class SessionConfig(Struct, frozen=True, kw_only=True):
    sender: str  # our CompID
    target: str  # the counterparty's CompID
    initiator: bool = False
    heartbeat_s: int = 30  # HeartBtInt(108) an initiator proposes; an acceptor takes what it is offered
    max_heartbeat_s: int = 3600
    reset_on_logon: bool = False  # initiator: send ResetSeqNumFlag(141)=Y


class State(Enum):
    DISCONNECTED = "disconnected"
    LOGGING_ON = "logging on"  # connected; no Logon has been received
    ACTIVE = "active"
    LOGGING_OUT = "logging out"  # our Logout is out, the answer is not in


class Session:
    """One session with one counterparty. Call a method, then send what `take()` gives, then mind `hangup`."""

    def __init__(self, config: SessionConfig, reader: Reader | Dictionary) -> None:
        self.config = config
        self.reader = reader if isinstance(reader, Reader) else Reader(reader)
        self.state = State.DISCONNECTED
        self.expected_seq = 1  # MsgSeqNum of the counterparty's next message
        self.next_seq = 1  # MsgSeqNum of our next message
        self.sent = SentMessages()
        self.out: list[bytes] = []
        self.hangup = False
        self._ids = f"49={config.sender}\x0156={config.target}\x01"
        self._heartbeat_ns = config.heartbeat_s * SECOND
        self._layout: Layout | None = None  # of the last message
        self._last_in = Ns(0)
        self._last_out = Ns(0)
        self._deadline = Ns(0)  # of the Logon or Logout we wait for
        self._tested = False  # a TestRequest of ours is unanswered
        self._gap_end = 0  # highest MsgSeqNum seen beyond a gap that was asked for; 0: no gap
        self._asked_at = Ns(0)  # when it was asked for
        self._logon_seq = 0  # MsgSeqNum of the Logon an initiator has sent
        self._last_resend: tuple[int, int, int] = (0, 0, 0)  # begin, end, times asked without progress between
        self._resent = 0  # MsgSeqNums sent again on this connection

    # -- the application's side

    @property
    def logged_on(self) -> bool:
        return self.state is State.ACTIVE

    def send(self, msg_type: str, body: str, now: Ns, *, keep: bool = True) -> None:
        """Send an application message, `body` being its fields as 'tag=value\\x01...'.

        While the counterparty is away it is numbered and kept, and reaches it by resend. What is worthless later, as
        market data is, need not be kept: a gap fill stands for it.
        """
        seq = self.next_seq
        self.next_seq = seq + 1
        data = finish(f"35={msg_type}\x01{self._ids}34={seq}\x0152={print_timestamp(now)}\x01{body}")
        if keep:
            self.sent.add(seq, data)
        if self.state is State.ACTIVE or self.state is State.LOGGING_OUT:
            self._last_out = now
            self.out.append(data)

    def logout(self, text: str, now: Ns) -> None:
        """Begin the Logout exchange; the counterparty's answer or a timeout ends the connection."""
        if self.state is not State.ACTIVE:
            self.hangup = self.state is not State.DISCONNECTED
            return
        self._send_admin("5", f"58={text}\x01" if text else "", now)
        self.state = State.LOGGING_OUT
        self._deadline = Ns(now + LOGOUT_TIMEOUT)

    def take(self) -> list[bytes]:
        """What is to be sent, once."""
        out, self.out = self.out, []
        return out

    # -- the connection's side

    def connected(self, now: Ns) -> None:
        """The connection stands. An initiator says Logon."""
        self.state = State.LOGGING_ON
        self.hangup = False
        self.out = []
        self._tested = False
        self._gap_end = 0
        self._last_resend = (0, 0, 0)
        self._resent = 0
        self._last_in = self._last_out = now
        self._deadline = Ns(now + LOGON_TIMEOUT)
        self._heartbeat_ns = self.config.heartbeat_s * SECOND
        if self.config.initiator:
            if self.config.reset_on_logon:
                self._reset()
            self._logon_seq = self.next_seq
            self._send_logon(self.config.reset_on_logon, now)

    def disconnected(self, now: Ns) -> None:  # noqa: ARG002 - every input of a session has its instant
        self.state = State.DISCONNECTED
        self.out = []
        self.hangup = False

    def wake_at(self) -> Ns | None:
        """When `timer` has something to do at the earliest."""
        if self.state is State.DISCONNECTED or self.hangup:
            return None
        if self.state is not State.ACTIVE:
            return self._deadline
        if self._heartbeat_ns == 0:
            return None
        silent = self._heartbeat_ns * 2 if self._tested else self._heartbeat_ns * 6 // 5
        return Ns(min(self._last_out + self._heartbeat_ns, self._last_in + silent))

    def timer(self, now: Ns) -> None:
        """Heartbeat, TestRequest after 1.2 intervals of silence, the end of the connection after 2."""
        if self.state is State.DISCONNECTED:
            return
        if self.state is not State.ACTIVE:
            if now >= self._deadline:
                self.hangup = True
            return
        interval = self._heartbeat_ns
        if interval == 0:
            return
        if now >= self._last_in + interval * 2:
            self.hangup = True
            return
        if now >= self._last_in + interval * 6 // 5 and not self._tested:
            self._tested = True
            self._send_admin("1", f"112=TEST-{self.next_seq}\x01", now)
        elif now >= self._last_out + interval:
            self._send_admin("0", "", now)

    def received(self, data: bytes, now: Ns) -> Message | None:
        """Take one framed message. Gives it back if it is the application's, or a Reject(3), and the next in sequence.

        A message that breaks a rule is answered here, as the standard says; it is never given back.
        """
        if self.hangup:
            return None
        message = self.reader.read(data, self._layout)
        self._layout = message.layout
        self._last_in = now
        self._tested = False
        if (
            message.seq == self.expected_seq
            and self.state is State.ACTIVE
            and message.fault is None
            and message.msg_type not in _ADMIN
            and not self._gap_end
        ):
            refusal = self._check_header(message, now)
            if refusal is None:
                self.expected_seq += 1
                return message
        return self._received_otherwise(message, now)

    def _received_otherwise(self, message: Message, now: Ns) -> Message | None:
        if self.state is State.LOGGING_ON and not self._may_be_first(message):
            self.hangup = True
            return None
        if message.get(8) != self.reader.dictionary.version:
            self._end(f"BeginString(8) must be {self.reader.dictionary.version}", now)
            return None
        if message.seq < 1:
            self._end("MsgSeqNum(34) is missing or not a number", now)
            return None
        if self.state is State.LOGGING_ON:
            self._received_first(message, now)
            return None
        fault = message.fault or self._check_header(message, now)
        if fault is not None and fault.reason in _ENDS_SESSION:
            self._reject(message, fault, now)
            self._count_in(message)
            self._end(fault.text, now)
            return None
        if message.fault is None and message.msg_type == "4" and message.get(123) != "Y":
            self._sequence_reset(message, now)
            return None
        if message.seq > self.expected_seq:
            self._ahead(message, now)
            return None
        if message.seq < self.expected_seq:
            self._behind(message, now)
            return None
        self._count_in(message)
        if fault is not None:
            if message.msg_type in ("A", "5"):
                self._end(fault.text, now)
            elif message.msg_type != "3":  # Two sides that reject each other's Rejects would not end.
                self._reject(message, fault, now)
            return None
        if message.msg_type in _ADMIN:
            self._admin(message, now)
            return None
        return message  # A Reject(3) too: what of ours was refused is the application's to know.

    # -- numbers

    def _count_in(self, message: Message) -> None:
        if message.seq == self.expected_seq:
            self.expected_seq += 1
        if self._gap_end and self.expected_seq > self._gap_end:
            self._gap_end = 0

    def _ahead(self, message: Message, now: Ns) -> None:
        """Messages are missing before this one: ask once, and do not hold what will come again."""
        if message.seq > self.expected_seq + MAX_SEQ_JUMP:
            self._end(f"MsgSeqNum(34) {message.seq} is too far ahead of {self.expected_seq}", now)
            return
        if message.msg_type == "2" and message.fault is None:
            # Answered at once, or two sides that both miss messages would wait for each other.
            self._resend(message, now)
        if message.msg_type == "5":
            self._answer_logout(now)
        elif not self._gap_end or now - self._asked_at >= RESEND_PATIENCE:
            self._request_resend(now)
        self._gap_end = max(self._gap_end, message.seq)

    def _behind(self, message: Message, now: Ns) -> None:
        if not message.poss_dup:
            self._end(
                f"MsgSeqNum(34) too low, expecting {self.expected_seq} but received {message.seq}",
                now,
            )
            return
        original, sending = message.get(122), message.get(52)
        if message.fault is None and message.msg_type != "4":
            if original is None:
                fault = Fault(
                    reason=SessionRejectReason.REQUIRED_TAG_MISSING, tag=122, text="OrigSendingTime(122) is missing"
                )
                self._reject(message, fault, now)
            elif sending is not None and parse_timestamp(original) > parse_timestamp(sending):
                fault = Fault(
                    reason=SessionRejectReason.SENDING_TIME,
                    tag=122,
                    text="OrigSendingTime(122) is later than SendingTime(52)",
                )
                self._reject(message, fault, now)
                self._end(fault.text, now)

    def _request_resend(self, now: Ns) -> None:
        self._asked_at = now
        self._send_admin("2", f"7={self.expected_seq}\x0116=0\x01", now)

    def _sequence_reset(self, message: Message, now: Ns) -> None:
        """SequenceReset(4) in reset mode: its own MsgSeqNum does not count, NewSeqNo(36) does."""
        new = int(message.get(36) or 0)
        if new < self.expected_seq:
            fault = Fault(
                reason=SessionRejectReason.VALUE_INCORRECT,
                tag=36,
                text=f"NewSeqNo(36) {new} is below the expected {self.expected_seq}",
            )
            self._reject(message, fault, now)
            return
        self.expected_seq = new
        if self.expected_seq > self._gap_end:
            self._gap_end = 0

    def _reset(self) -> None:
        self.expected_seq = self.next_seq = 1
        self.sent.clear()
        self._gap_end = 0

    # -- the counterparty's admin messages

    def _admin(self, message: Message, now: Ns) -> None:
        match message.msg_type:
            case "1":
                self._send_admin("0", f"112={message.get(112)}\x01", now)
            case "2":
                self._resend(message, now)
            case "4":
                self._gap_fill(message, now)
            case "5":
                self._answer_logout(now)
            case "A":
                self._end("Logon(A) received while logged on", now)
            case _:  # A Heartbeat asks for nothing.
                pass

    def _gap_fill(self, message: Message, now: Ns) -> None:
        new = int(message.get(36) or 0)
        if new <= message.seq:
            fault = Fault(
                reason=SessionRejectReason.VALUE_INCORRECT,
                tag=36,
                text=f"NewSeqNo(36) {new} does not lead beyond MsgSeqNum(34) {message.seq}",
            )
            self._reject(message, fault, now)
            return
        self.expected_seq = max(self.expected_seq, new)
        if self.expected_seq > self._gap_end:
            self._gap_end = 0

    def _answer_logout(self, now: Ns) -> None:
        if self.state is State.ACTIVE:
            self._send_admin("5", "", now)
        self.state = State.LOGGING_OUT
        self._deadline = Ns(now + LOGOUT_TIMEOUT)
        self.hangup = True

    def _may_be_first(self, message: Message) -> bool:
        """The first message of a connection has to be this counterparty's Logon; nothing else is answered."""
        return message.msg_type == "A" and message.pick(_IDENTITY) == (self.config.target, self.config.sender)

    def _received_first(self, message: Message, now: Ns) -> None:
        fault = message.fault or self._check_header(message, now) or self._check_logon(message)
        if fault is not None:
            self._end(fault.text, now)
            return
        reset = message.get(141) == "Y"
        if reset and not self.config.initiator:
            self._reset()
        if message.seq < self.expected_seq:
            self._end(
                f"MsgSeqNum(34) too low, expecting {self.expected_seq} but received {message.seq}",
                now,
            )
            return
        if message.seq > self.expected_seq + MAX_SEQ_JUMP:
            self._end(f"MsgSeqNum(34) {message.seq} is too far ahead of {self.expected_seq}", now)
            return
        self.state = State.ACTIVE
        if self.config.initiator:
            # What was sent while we waited has a number behind our Logon's: the counterparty sees no gap before it.
            for seq in range(self._logon_seq + 1, self.next_seq):
                data = self.sent.get(seq)
                assert data is not None
                self.out.append(data)
        else:
            self._heartbeat_ns = int(message.get(108) or 0) * SECOND
            self._send_logon(reset, now)
        if message.seq > self.expected_seq:
            self._gap_end = message.seq
            self._request_resend(now)
        else:
            self._count_in(message)

    def _check_logon(self, message: Message) -> Fault | None:
        if message.get(98) != "0":
            return _incorrect(98, "EncryptMethod(98) must be 0")
        heartbeat = int(message.get(108) or 0)
        if not 0 <= heartbeat <= self.config.max_heartbeat_s:
            return _incorrect(108, f"HeartBtInt(108) must be between 0 and {self.config.max_heartbeat_s}")
        if message.get(141) == "Y":
            if message.seq != 1:
                return _incorrect(34, "MsgSeqNum(34) must be 1 where ResetSeqNumFlag(141) is Y")
            if self.config.initiator and not self.config.reset_on_logon and self._logon_seq != 1:
                # Our numbers say what the counterparty may not have got; they are not given up unasked.
                return _incorrect(141, "ResetSeqNumFlag(141) Y was not asked for")
        return None

    def _check_header(self, message: Message, now: Ns) -> Fault | None:
        sender, target, sending = message.pick(_STAMP)
        if sender != self.config.target or target != self.config.sender:
            return Fault(
                reason=SessionRejectReason.COMP_ID_PROBLEM,
                text="SenderCompID(49) and TargetCompID(56) are not this session's",
            )
        if not -CLOCK_TOLERANCE <= now - parse_timestamp(sending or "") <= CLOCK_TOLERANCE:
            return Fault(
                reason=SessionRejectReason.SENDING_TIME,
                tag=52,
                text="SendingTime(52) is more than 120 s off",
            )
        return None

    def _resend(self, message: Message, now: Ns) -> None:
        """What was sent comes again as PossDup; runs of admin messages become one gap fill."""
        begin, end = int(message.get(7) or 0), int(message.get(16) or 0)
        last = self.next_seq - 1
        if not 1 <= begin <= last or (end and end < begin):
            self._reject(message, _incorrect(7, f"BeginSeqNo(7) {begin} to EndSeqNo(16) {end} is no range sent"), now)
            return
        times = self._last_resend[2] + 1 if self._last_resend[:2] == (begin, end) else 1
        self._last_resend = (begin, end, times)
        if times > MAX_SAME_RESEND:
            self._end(f"ResendRequest(2) for {begin} to {end} was answered {MAX_SAME_RESEND} times", now)
            return
        end = min(end or last, last)
        self._resent += end - begin + 1
        if self._resent > max(MAX_RESENT * last, FREELY_RESENT):
            self._end(f"ResendRequest(2) asked for more than {MAX_RESENT} times all that was sent", now)
            return
        stamp = print_timestamp(now)
        seq = begin
        while seq <= end:
            data = self.sent.get(seq)
            if data is not None:
                self.out.append(_as_duplicate(data, stamp))
                seq += 1
                continue
            following = seq + 1
            while following <= end and self.sent.get(following) is None:
                following += 1
            self.out.append(
                finish(
                    f"35=4\x01{self._ids}34={seq}\x0143=Y\x0152={stamp}\x01122={stamp}\x01123=Y\x0136={following}\x01"
                )
            )
            seq = following
        self._last_out = now

    # -- our admin messages

    def _send_admin(self, msg_type: str, body: str, now: Ns) -> None:
        seq = self.next_seq
        self.next_seq = seq + 1
        self._last_out = now
        self.out.append(finish(f"35={msg_type}\x01{self._ids}34={seq}\x0152={print_timestamp(now)}\x01{body}"))

    def _send_logon(self, reset: bool, now: Ns) -> None:
        interval = self._heartbeat_ns // SECOND
        self._send_admin("A", f"98=0\x01108={interval}\x01" + ("141=Y\x01" if reset else ""), now)

    def _reject(self, message: Message, fault: Fault, now: Ns) -> None:
        types = self.reader.dictionary.fields[35].values
        if fault.reason is SessionRejectReason.INVALID_MSG_TYPE and message.msg_type in types:
            # FIX has the message, this dictionary does not: that is the application's refusal, not the session's.
            self.send("j", write_business_reject(message.msg_type, message.seq, "3", "Unsupported Message Type"), now)
            return
        body = f"45={message.seq}\x01"
        if fault.tag is not None:
            body += f"371={fault.tag}\x01"
        if 0 < len(message.msg_type) <= MAX_MSG_TYPE:
            body += f"372={message.msg_type}\x01"
        self._send_admin("3", f"{body}373={fault.reason}\x0158={fault.text}\x01", now)

    def _end(self, text: str, now: Ns) -> None:
        """The session cannot go on: say why, and drop the connection."""
        if self.state is not State.LOGGING_OUT:
            self._send_admin("5", f"58={text}\x01", now)
        self.state = State.LOGGING_OUT
        self._deadline = now
        self.hangup = True


_ADMIN: Final = frozenset("01245A")
_IDENTITY: Final = Selection(49, 56)
_STAMP: Final = Selection(49, 56, 52)
_ENDS_SESSION: Final = frozenset({SessionRejectReason.COMP_ID_PROBLEM, SessionRejectReason.SENDING_TIME})


def _incorrect(tag: int, text: str) -> Fault:
    return Fault(reason=SessionRejectReason.VALUE_INCORRECT, tag=tag, text=text)


def _as_duplicate(data: bytes, stamp: str) -> bytes:
    """A message we sent, again: PossDupFlag(43), OrigSendingTime(122), and a new SendingTime(52)."""
    text = data.decode("latin-1")
    head, _, rest = text[text.index("\x0135=") + 1 : -7].partition("\x0152=")
    original, _, body = rest.partition("\x01")
    return finish(f"{head}\x0143=Y\x0152={stamp}\x01122={original}\x01{body}")


def identify(data: bytes) -> tuple[str, str, str] | None:
    """MsgType(35), SenderCompID(49) and TargetCompID(56) of a framed message; None where one is missing."""
    fields: dict[str, str] = {}
    for field in data.decode("latin-1").split("\x01")[:16]:
        tag, _, value = field.partition("=")
        fields.setdefault(tag, value)
    try:
        return fields["35"], fields["49"], fields["56"]
    except KeyError:
        return None
