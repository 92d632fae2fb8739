"""One venue as a Node: counterparties' FIX sessions in front, books behind, other participants beside.

Orders, sequence numbers and ClOrdIDs outlive connections and runs. Subscriptions, and answers still on their way when
a connection ends, do not: the counterparty asks for them again.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from gateway.fix.engine import Engine
from gateway.fix.messages import unreadable
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.model import (
    MILLISECOND,
    Close,
    Command,
    Garbled,
    Input,
    LinkDown,
    LinkUp,
    Ns,
    Output,
    Px,
    Received,
    SessionConfig,
    SessionStatus,
    Started,
    Timer,
    parse_px,
)
from venues.crowd.traders import FlowTraders
from venues.faults.layer import INJECT, FaultyOutlet
from venues.floor.auctions import Auctions
from venues.floor.feed import Feed
from venues.floor.halts import COMMANDS, HALT, HaltNote, asked
from venues.floor.latency import NEVER, Wire
from venues.floor.orders import OrderEntry
from venues.floor.party import Party, PartyOrder
from venues.floor.phases import Change, Phase, Phases
from venues.floor.reports import Reports
from venues.floor.securities import Securities
from venues.floor.statuses import Statuses
from venues.matching.book import Book, Event
from venues.offbook.trading import OffBook, book_of
from venues.profile import VenueConfig
from venues.tapes.reader import TapeReader
from venues.tapes.rows import Row

MAX_PARTIES = 64
_CLOSED, _HALTED = Phase.CLOSED, Phase.HALTED  # members of an Enum take their time to be looked up
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class _Payload(Struct, frozen=True):
    """What an Exchange reads of Started.payload."""

    config: VenueConfig


class Exchange:
    """The Node. `tape` holds rows of any venues; those of the profile's name are shown, from the first start on."""

    def __init__(self, tape: Iterable[Row] = ()) -> None:
        self._rows = tape
        self._floor: Floor | None = None

    def handle(self, item: Input) -> Sequence[Output]:
        if type(item) is Started:
            config = msgspec.json.decode(item.payload, type=_Payload).config
            if self._floor is None:
                self._floor = Floor(config, self._rows, item.at)
            self._floor.start(config, item.at)
        assert self._floor is not None, "Started comes first"
        return self._floor.handle(item)

    def wake_at(self) -> Ns | None:
        return self._floor.wake_at() if self._floor is not None else None

    def status(self) -> Sequence[SessionStatus]:
        """Every counterparty's session."""
        return self._floor.status() if self._floor is not None else ()

    @property
    def command_error(self) -> str | None:
        """Why the last Command could not be carried out; None: it was."""
        return self._floor.command_error if self._floor is not None else None


class Floor:
    """A venue that is open."""

    def __init__(self, config: VenueConfig, rows: Iterable[Row], opened: Ns) -> None:
        self._profile = config.profile
        self._engine = Engine(self, max_made=MAX_PARTIES)
        self._books: dict[str, Book] = {}
        self._phases = Phases()
        self._statuses = Statuses(self._phases, self._books)
        self._auctions = Auctions(
            self._books,
            self._phases,
            lambda price: self._profile.ticks.at(Px(price)),
            stays=lambda order: isinstance(order, PartyOrder),
            told=self._statuses.changed,
        )
        self._parties: dict[str, Party] = {}  # by SenderCompID(49)
        self._faults = faults = FaultyOutlet(self._engine, self._parties)
        self._feed = Feed(self._books, self._auctions, faults)
        ids = f"{config.profile.name}-{_base36(opened)}-"
        reports = Reports(config.profile, ids, faults)
        self._entry = OrderEntry(self._books, self._feed, self._auctions, reports)
        faults.serve(self._entry, reports)
        self._securities = Securities()
        self._flow: FlowTraders | OffBook | None = None
        self._off_book: OffBook | None = None
        self._taped: dict[str, Book] = {}  # where the tape is shown, by symbol
        self._tape = TapeReader(rows, config.profile.name, opened, self._taped_happened)
        self._wire = Wire(config.profile.latency, config.profile.name)
        self._due = Ns(0)  # nothing happens here before
        self._inputs: dict[type, Callable[[Any], None]] = {
            Received: self._message,
            Timer: self._timer,
            LinkUp: self._engine.link_up,
            LinkDown: self._link_down,
            Garbled: self._engine.garbled,
            Command: self._command,
            Started: lambda _: None,  # It was dealt with.
        }
        self._requests: dict[str, Callable[[Message, Party, Ns], None]] = {
            "D": faults.new_order,
            "F": faults.cancel,
            "G": faults.replace,
            "H": self._entry.status,
            "V": lambda message, party, now: self._feed.request(message, party.session, now),
            "x": lambda message, party, now: self._securities.list(message, party.session, now),
            "c": lambda message, party, now: self._securities.define(message, party.session, now),
            "e": lambda message, party, now: self._statuses.security_status(message, party.session, now),
            "g": lambda message, party, now: self._statuses.trading_session_status(message, party.session, now),
            # What a counterparty refused of ours is in its Text(58); there is nothing to answer.
            "3": lambda *_: None,
            "j": lambda *_: None,
        }

    def start(self, config: VenueConfig, now: Ns) -> None:
        """Begin a run: nobody is connected, the flow begins anew, symbols that are new are traded too."""
        anybody = SessionConfig(sender=config.profile.comp_id, target="*")
        self._engine.start([("counterparties", anybody)], now)
        self._wire = Wire(config.profile.latency, config.profile.name)
        self._faults.start(config.profile.faults, config.profile.name, now)
        profile = config.profile if config.days else config.profile.round_the_clock()
        self._profile = self._entry.profile = profile
        self._feed.conflate_ns = profile.conflate_ms * MILLISECOND
        for symbol, price in config.symbols.items():
            if symbol not in self._books:
                book = self._books[symbol] = book_of(profile, symbol)
                self._entry.trade_in(symbol, parse_px(price))
                shows = self._taped[symbol] = book if profile.has_a_book else Book(profile.rules(symbol))
                self._tape.trade_in(symbol, shows, config.tape, lot=profile.lot, tick=profile.tick)
        self._securities.configure(profile, self._books)
        self._auctions.volatility = profile.volatility
        for symbol, price in config.symbols.items():
            self._auctions.trade_in(symbol, parse_px(price))
        self._carry_out(self._phases.start(config.days, self._books, now), now)
        if self._flow is not None:
            self._flow.leave(now)
            self._flow = None
        if not profile.has_a_book:
            off_book = OffBook(profile, config.flow, self._entry.happened, self._takes_orders)
            for symbol, price in config.symbols.items():
                tape = self._taped[symbol] if self._tape.is_there else None
                off_book.trade_in(symbol, self._books[symbol], price, tape)
            self._flow = self._off_book = off_book
        elif config.flow is not None:
            flow = FlowTraders(config.flow, config.profile, self._entry.happened, self._takes_orders)
            for symbol, price in config.symbols.items():
                flow.trade_in(symbol, self._books[symbol], price)
            self._flow = flow
        self._act(now)

    def handle(self, item: Input) -> list[Output]:
        now, engine, faults = item.at, self._engine, self._faults
        if now < self._due and type(item) is Timer:
            return self._wire.carry((), now)  # Half of them are for what was said to arrive, and nothing else.
        said: list[Output] = []
        engine.outputs = said
        due = self._phases.wake_at()
        if due is not None and due <= now:
            self._carry_out(self._phases.act(now), now)
        wire = self._wire
        if wire.is_slow_in:
            for arrived in wire.come(now):
                self._take(arrived)
        if wire.is_slow_in and isinstance(item, Received | Garbled):
            wire.hold(item)
        else:
            self._take(item)
        if not faults.is_quiet:
            faults.act(now)
        self._feed.publish(now)
        if engine.stirred:
            engine.flush(now)
        if not faults.is_quiet:
            said = faults.lines.carried(said)
        self._due = self._due_at()
        return wire.carry(said, now) if wire.is_slow_out else said

    def _take(self, item: Input) -> None:
        """What has arrived."""
        faults = self._faults
        if faults.is_quiet:
            self._inputs[type(item)](item)
            return
        faults.act(item.at)
        if not faults.lines.swallows(item):
            self._inputs[type(item)](item)
        elif isinstance(item, LinkUp):
            self._engine.outputs.append(Close(item.link))

    def _message(self, received: Received) -> None:
        self._engine.received(received)
        self._tape.notice(received.at)

    def _timer(self, timer: Timer) -> None:
        self._engine.timer(timer)
        self._act(timer.at)

    def _link_down(self, down: LinkDown) -> None:
        self._engine.link_down(down)
        self._wire.lose(down.link)

    def _command(self, command: Command) -> None:
        if command.name in COMMANDS:
            self._engine.command_error = self._halt(command)
        elif command.name == INJECT:
            self._engine.command_error = self._faults.inject(command)
        else:
            self._engine.command(command)

    def status(self) -> list[SessionStatus]:
        return self._engine.status()

    @property
    def changed(self) -> dict[str, bool]:
        """Sessions that came and went since somebody emptied it, by name, and whether they are here now."""
        return self._engine.changed

    @property
    def command_error(self) -> str | None:
        return self._engine.command_error

    def wake_at(self) -> Ns | None:
        first = min(self._due, self._wire.leaves_at)
        return None if first >= NEVER else first

    def _due_at(self) -> Ns:
        """When there is something to do here, at the earliest."""
        first = self._wire.comes_at
        for at in (
            self._flow_wakes_at,
            self._engine.wake_at(),
            self._feed.wake_at(),
            self._tape.wake_at,
            self._phases.wake_at(),
            self._entry.expires_at,
            self._faults.wake_at(),
        ):
            if at is not None and at < first:
                first = at
        return first

    # -- gateway.fix.engine.Application

    def received(self, session: Session, message: Message, now: Ns) -> None:
        request = self._requests.get(message.msg_type)
        if request is None:
            session.refuse(message, "3", f"MsgType(35) {message.msg_type} is not offered here", now)
            return
        if session.lax and (wrong := unreadable(message)) is not None:
            session.refuse(message, "0", wrong, now)
            return
        party = self._parties.get(session.name)
        if party is None:
            party = self._parties[session.name] = Party(session)
        if self._off_book is None:
            request(message, party, now)
            return
        symbol = message.get(55) or ""
        self._off_book.look(symbol, now)
        request(message, party, now)
        self._off_book.look(symbol, now)

    def logged_on(self, session: Session, now: Ns) -> None: ...

    def leaving(self, session: Session, now: Ns) -> None: ...

    def logged_out(self, session: Session, now: Ns, *, politely: bool) -> None:  # noqa: ARG002
        self._feed.leave(session)
        self._faults.leave(session)
        self._statuses.leave(session)

    def stale(self, session: Session, data: bytes, now: Ns) -> None: ...

    def kept(self, session: Session, data: bytes) -> None: ...

    def _act(self, now: Ns) -> None:
        self._entry.expire(now)
        due = self._flow_wakes_at
        if self._flow is not None and due is not None and due <= now:
            self._flow.act(now)
        if self._tape.wake_at is not None and self._tape.wake_at <= now:
            self._tape.act(now)

    @property
    def _flow_wakes_at(self) -> Ns | None:
        if self._flow is None or (self._phases.day is _CLOSED and self._off_book is None):
            return None
        return self._flow.wake_at

    def _taped_happened(self, symbol: str, events: list[Event], now: Ns) -> None:
        if self._off_book is None:
            self._entry.happened(symbol, events, now)
        else:
            self._off_book.look(symbol, now)

    def _carry_out(self, changes: Sequence[Change], now: Ns, why: str = "") -> None:
        """Changes of phase, in order. When a symbol is halted or its day ends the invented participants leave."""
        for change in changes:
            if change.was is Phase.CLOSED:
                self._feed.begin_day(change.symbol)
            self._entry.happened(change.symbol, self._auctions.carry_out(change, now), now)
            if self._flow is not None and change.now in (Phase.CLOSED, Phase.HALTED):
                self._flow.leave(now, change.symbol)
            if change.day_ends:
                self._feed.end_day(change.symbol)
        self._statuses.changed(changes, now, why)

    def _takes_orders(self, symbol: str) -> bool:
        return self._phases.of(symbol) not in (_CLOSED, _HALTED)

    def _halt(self, command: Command) -> str | None:
        """An operator halts a symbol or lets it go on; gives why that cannot be."""
        order = asked(command, self._phases.halted, self._books)
        if isinstance(order, str):
            return order
        if command.name == HALT:
            changes = self._phases.halt(order.symbol)
        else:
            changes = self._phases.resume(order.symbol, self._auctions.resumes(command.at))
        self._engine.note("halt", HaltNote(symbol=order.symbol, what=command.name, who=command.who, why=order.why))
        self._carry_out(changes, command.at, order.why)
        return None


def _base36(at: Ns) -> str:
    """Milliseconds since 1970 in few characters, for ids that no other run over another journal gives out."""
    text, rest = "", at // MILLISECOND
    while rest:
        rest, digit = divmod(rest, 36)
        text = _DIGITS[digit] + text
    return text
