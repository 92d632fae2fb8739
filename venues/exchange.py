"""One venue as a Node: counterparties' FIX sessions in front, books behind, other participants beside.

Orders, sequence numbers and ClOrdIDs outlive connections and runs. Subscriptions, and answers still on their way when
a connection ends, do not: the counterparty asks for them again.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec import Struct

from gateway.fix.dictionary import default
from gateway.fix.messages import write_business_reject
from gateway.fix.reader import Message, Reader
from gateway.fix.session import Session, SessionConfig, identify
from gateway.model import MILLISECOND, Close, Input, LinkDown, LinkUp, Ns, Output, Received, Send, Started, Timer
from venues.book import Book
from venues.feed import Feed
from venues.orders import OrderEntry, Party
from venues.others import FlowTraders, TapeReader
from venues.profile import VenueConfig
from venues.tape import TapeRow

MAX_PARTIES = 64
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class _Payload(Struct, frozen=True):
    """What an Exchange reads of Started.payload."""

    config: VenueConfig


class Exchange:
    """The Node. `tape` holds rows of any venues; those of the profile's name are shown, from the first start on."""

    def __init__(self, tape: Iterable[TapeRow] = ()) -> None:
        self._rows = tape
        self._floor: Floor | None = None

    def handle(self, item: Input) -> Sequence[Output]:
        if isinstance(item, Started):
            config = msgspec.json.decode(item.payload, type=_Payload).config
            if self._floor is None:
                self._floor = Floor(config, self._rows, item.at)
            self._floor.start(config, item.at)
        assert self._floor is not None, "Started comes first"
        return self._floor.handle(item)

    def wake_at(self) -> Ns | None:
        return self._floor.wake_at() if self._floor is not None else None


class Floor:
    """A venue that is open."""

    def __init__(self, config: VenueConfig, rows: Iterable[TapeRow], opened: Ns) -> None:
        self._profile = config.profile
        self._reader = Reader(default())
        self._books: dict[str, Book] = {}
        self._feed = Feed(self._books)
        self._entry = OrderEntry(self._books, self._feed, config.profile, f"{config.profile.name}-{_base36(opened)}-")
        self._flow: FlowTraders | None = None
        self._tape = TapeReader(rows, config.profile.name, opened, self._entry.filled)
        self._parties: dict[str, Party] = {}  # by SenderCompID(49)
        self._strangers: dict[int, None] = {}  # links that have not said who they are
        self._live: dict[int, Party] = {}  # by link
        self._out: list[Send | Close] = []
        self._delayed: deque[tuple[Ns, Send | Close]] = deque()  # and when it arrives
        self._requests: dict[str, Callable[[Message, Party, Ns], None]] = {
            "D": self._entry.new_order,
            "F": self._entry.cancel,
            "G": self._entry.replace,
            "H": self._entry.status,
            "V": lambda message, party, now: self._feed.request(message, party.session, now),
            # What a counterparty refused of ours is in its Text(58); there is nothing to answer.
            "3": lambda *_: None,
            "j": lambda *_: None,
        }

    def start(self, config: VenueConfig, now: Ns) -> None:
        """Begin a run: nobody is connected, the flow begins anew, symbols that are new are traded too."""
        for link in list(self._live):
            self._lost(link, now)
        self._strangers.clear()
        self._delayed.clear()
        self._profile = self._entry.profile = config.profile
        self._feed.conflate_ns = config.profile.conflate_ms * MILLISECOND
        for symbol in config.symbols:
            if symbol not in self._books:
                self._books[symbol] = Book()
                self._tape.trade_in(symbol, self._books[symbol])
        if self._flow is not None:
            self._flow.leave()
            self._flow = None
        if config.flow is not None:
            self._flow = FlowTraders(config.flow, config.profile, self._entry.filled)
            for symbol, price in config.symbols.items():
                self._flow.trade_in(symbol, self._books[symbol], price)
            self._flow.act(now)
        self._tape.act(now)

    def handle(self, item: Input) -> list[Output]:
        now = item.at
        match item:
            case Received():
                self._received(item)
            case Timer():
                self._timer(now)
            case LinkUp():
                self._strangers[item.link] = None
            case LinkDown():
                self._lost(item.link, now)
            case _:  # Started was dealt with; FIX ignores what is garbled; operators have no commands here.
                pass
        self._feed.publish(now)
        return self._speak(now)

    def wake_at(self) -> Ns | None:
        wakes = [party.session.wake_at() for party in self._live.values()]
        wakes += (self._feed.wake_at(), self._tape.wake_at, self._flow.wake_at if self._flow is not None else None)
        if self._delayed:
            wakes.append(self._delayed[0][0])
        return min([at for at in wakes if at is not None], default=None)

    def _received(self, item: Received) -> None:
        party = self._live.get(item.link)
        if party is None and item.link in self._strangers:
            party = self._admit(item)
        if party is None:
            return
        message = party.session.received(item.data, item.at)
        if message is None:
            return
        request = self._requests.get(message.msg_type)
        if request is not None:
            request(message, party, item.at)
            return
        text = f"MsgType(35) {message.msg_type} is not offered here"
        party.session.send("j", write_business_reject(message.msg_type, message.seq, "3", text), item.at)

    def _admit(self, item: Received) -> Party | None:
        """Whose connection this is by its first message. No answer to one that is no Logon, not for us, or a second."""
        del self._strangers[item.link]
        msg_type, sender, target = identify(item.data) or ("", "", "")
        party = self._parties.get(sender)
        if (
            msg_type != "A"
            or target != self._profile.comp_id
            or (party is not None and party.link is not None)
            or (party is None and len(self._parties) >= MAX_PARTIES)
        ):
            self._out.append(Close(item.link))
            return None
        if party is None:
            config = SessionConfig(sender=self._profile.comp_id, target=sender)
            party = self._parties[sender] = Party(Session(config, self._reader))
        party.link = item.link
        self._live[item.link] = party
        party.session.connected(item.at)
        return party

    def _timer(self, now: Ns) -> None:
        for party in self._live.values():
            wake = party.session.wake_at()
            if wake is not None and wake <= now:
                party.session.timer(now)
        if self._flow is not None and self._flow.wake_at <= now:
            self._flow.act(now)
        if self._tape.wake_at is not None and self._tape.wake_at <= now:
            self._tape.act(now)

    def _lost(self, link: int, now: Ns) -> None:
        self._strangers.pop(link, None)
        if self._delayed:
            self._delayed = deque(entry for entry in self._delayed if entry[1].link != link)
        self._part(link, now)

    def _part(self, link: int, now: Ns) -> None:
        party = self._live.pop(link, None)
        if party is not None:
            party.link = None
            party.session.disconnected(now)
            self._feed.leave(party.session)

    def _speak(self, now: Ns) -> list[Output]:
        """What there is to say, after the venue's latency."""
        said, self._out = self._out, []
        ended: list[int] = []
        for link, party in self._live.items():
            session = party.session
            if session.out:
                said += [Send(link, data) for data in session.take()]
            if session.hangup:
                said.append(Close(link))
                ended.append(link)
        for link in ended:
            self._part(link, now)
        if not (self._profile.latency_us or self._delayed):
            return list[Output](said)
        delayed = self._delayed
        delayed.extend((Ns(now + self._profile.latency_us * 1000), output) for output in said)
        arrived: list[Output] = []
        while delayed and delayed[0][0] <= now:
            arrived.append(delayed.popleft()[1])
        return arrived


def _base36(at: Ns) -> str:
    """Milliseconds since 1970 in few characters, for ids that no other run over another journal gives out."""
    text, rest = "", at // MILLISECOND
    while rest:
        rest, digit = divmod(rest, 36)
        text = _DIGITS[digit] + text
    return text
