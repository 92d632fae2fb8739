"""The Gateway: its sessions in front, orders behind. The one Node that live, simulated and replayed runs drive."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from gateway.fix import messages
from gateway.fix.engine import Engine
from gateway.fix.messages.dropcopy import write_drop_copy
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.model import (
    SECOND,
    Algo,
    CancelReject,
    CancelRequest,
    Command,
    DontKnowTrade,
    ExecutionReport,
    Garbled,
    Input,
    LinkDown,
    LinkUp,
    NewOrder,
    Ns,
    Output,
    Received,
    SessionStatus,
    Settings,
    Started,
    StatusRequest,
    Timer,
)
from gateway.model.answers import Answer
from gateway.model.health import VenueStatistics
from gateway.model.numbers import print_base36
from gateway.model.quotes import MarketStatus
from gateway.model.refusals import DROP_COPY_ONLY, UNREADABLE, UNSUPPORTED_TYPE
from gateway.model.settings import RiskStatus, Start
from gateway.oms import Desk, breakers, settling, telephone
from gateway.oms.alarms import Alarms
from gateway.oms.dropcopy import DropCopies
from gateway.oms.grace import Grace
from gateway.oms.notes import AlertNote, KeptNote
from gateway.oms.splits import COMMAND as SPLIT
from gateway.oms.wording import read_list, read_order, read_replace
from gateway.risk import COMMANDS, Edge, operate

WITHDRAWN: Final = "canceled because the connection was lost"
_decode_start = msgspec.json.Decoder(Start).decode


class Gateway:
    """`algos` by TargetStrategy(847). Everything else comes with the first input, Started."""

    def __init__(self, algos: Mapping[str, type[Algo]]) -> None:
        self._algos = algos
        self._engine = Engine(self)
        self._settings: Settings | None = None
        self.desk: Desk | None = None
        self._edge: Edge | None = None
        self._copies = DropCopies()
        self._alarms = Alarms(lambda what: self.desk is None or self.desk.parents.awaits(what))
        self._grace = Grace(self.wake, lambda client: self._session(client).config.cancel_on_disconnect_s)
        self._now = Ns(0)
        engine = self._engine
        self._inputs: dict[type, Callable[[Any], None]] = {
            Received: engine.received,
            Timer: self._timer,
            LinkUp: engine.link_up,
            LinkDown: engine.link_down,
            Garbled: engine.garbled,
            Started: self._started,
            Command: self._command,
        }

    def handle(self, item: Input) -> Sequence[Output]:
        """Take one input; what follows from it, in order."""
        outputs: list[Output] = []
        engine = self._engine
        engine.outputs = outputs
        now = self._now = item.at
        desk = self.desk
        if desk is not None:
            desk.markets.now = now
            if type(item) is not Started:
                if now >= desk.statistics.due:
                    desk.statistics.turn(now)
                if now >= desk.markets.due:
                    desk.watch.turn(now)
        self._inputs[type(item)](item)
        desk = self.desk
        if desk is not None:
            if desk.guard.tripped:
                desk.stops.carry_out(item.at)
            if desk.hedging.stirred:
                desk.hedging.follow(item.at)
            if desk.lists.stirred:
                desk.lists.follow(item.at)
        if engine.stirred:
            engine.flush(item.at)
        return outputs

    def wake_at(self) -> Ns | None:
        sessions = self._engine.wake_at()
        orders = self._alarms.next_at
        return sessions if orders is None or (sessions is not None and sessions <= orders) else orders

    def risk_status(self) -> RiskStatus:
        """Who is stopped, and which limits hold."""
        assert self.desk is not None
        return self.desk.guard.status()

    def market_status(self, symbol: str) -> MarketStatus:
        """What venues show and how good it is, as of the last input; with the consolidated book of that symbol."""
        assert self.desk is not None
        return self.desk.markets.status(symbol, self._now)

    def venue_statistics(self) -> Sequence[VenueStatistics]:
        """How well each venue has served us, as of the last input."""
        assert self.desk is not None
        return self.desk.statistics.figures()

    def status(self) -> Sequence[SessionStatus]:
        """Every client's and venue's session."""
        return self._engine.status()

    @property
    def changed(self) -> dict[str, bool]:
        """Sessions that came and went since somebody emptied it, by name, and whether they are here now."""
        return self._engine.changed

    @property
    def command_error(self) -> str | None:
        """Why the last Command could not be carried out; None: it was."""
        return self._engine.command_error

    @property
    def entered(self) -> str:
        """OrderID(37) of the last order that an operator entered."""
        assert self.desk is not None
        return self.desk.telephone.entered

    def wanted(self, name: str) -> bool:
        """Whether that venue is to be called now."""
        return self._engine.wanted(name)

    def unwelcome(self, data: bytes) -> str | None:
        return self._engine.unwelcome(data)

    # -- what the order core says

    def report(self, client: str, report: ExecutionReport) -> None:
        assert self.desk is not None and self._edge is not None
        parent = self.desk.parents.get(report.order_id)
        if parent is not None and parent.client == client:
            pending = parent.requests[-1].order if parent.requests else None
            self._edge.told(client, parent.order, report, self.desk.markets.quote, self._now, pending=pending)
        body = messages.write_execution_report(report)
        if report.house:
            body += messages.write_house_fields(report, self._session(client).reader.dictionary)
        self._session(client).send("8", body, self._now)
        for name in self._copies.names(client, report) if self._copies.sessions else ():
            self._session(name).send("8", write_drop_copy(body, client), self._now)

    def cancel_reject(self, client: str, reject: CancelReject) -> None:
        assert self.desk is not None and self._edge is not None
        parent = self.desk.parents.at_hand(reject.order_id)
        if parent is not None and not (parent.open or parent.requests):
            self._edge.over(parent.order_id)
        self._session(client).send("9", messages.write_cancel_reject(reject), self._now)

    def answer(self, client: str, answer: Answer) -> None:
        msg_type, body = messages.write_answer(answer, self._now)
        self._session(client).send(msg_type, body, self._now)

    def order(self, venue: str, order: NewOrder, now: Ns) -> None:
        assert self.desk is not None and self._edge is not None
        parent = self.desk.parents[order.parent_order_id or ""]
        if self._edge.leaves(venue, parent.order, order, now):
            self._session(venue).send("D", messages.write_new_order(order, now), self._now)

    def cancel(self, venue: str, request: CancelRequest, now: Ns) -> None:
        self._session(venue).send("F", messages.write_cancel(request, now), self._now)

    def ask_status(self, venue: str, request: StatusRequest) -> None:
        self._session(venue).send("H", messages.write_status_request(request), self._now)

    def ask_book(self, symbol: str) -> None:
        assert self._settings is not None and self.desk is not None
        for venue in self._settings.venues:
            session = self._session(venue.name)
            if session.logged_on:
                request = self.desk.watch.request(session.name, symbol)
                session.send("V", messages.write_market_data_request(request), self._now)

    def dont_know(self, venue: str, trade: DontKnowTrade) -> None:
        self._session(venue).send("Q", messages.write_dont_know_trade(trade), self._now)

    def note(self, kind: str, fact: Struct) -> None:
        self._engine.note(kind, fact)

    def wake(self, at: Ns, order_id: str) -> None:
        self._alarms.add(at, order_id)

    def _session(self, name: str) -> Session:
        return self._engine.parties[name].session

    # -- inputs

    def _started(self, started: Started) -> None:
        settings = _decode_start(started.payload).config
        if self.desk is None:
            self.desk = Desk(self, self._algos, print_base36(started.at // SECOND))
            self._edge = Edge(self.desk.guard)
        self.desk.stop()  # That the links of before are gone says nothing of the market.
        self._settings = settings
        clients = [(config.name, config) for config in settings.clients]
        venues = [(venue.name, venue.session) for venue in settings.venues]
        copies = [(copy.session.name, copy.session) for copy in settings.drop_copies]
        self._copies.configure(settings.drop_copies)
        self._engine.start([*clients, *copies, *venues], started.at)
        self.desk.configure(settings)
        self._grace.begin(started.at)

    def _timer(self, timer: Timer) -> None:
        now = timer.at
        self._engine.timer(timer)
        assert self.desk is not None
        for order_id in self._alarms.due(now):
            if order_id:
                self.desk.timer(order_id, now)
            else:
                for client in self._grace.over(now):
                    self.desk.stops.withdraw(client, now, WITHDRAWN)

    def _command(self, command: Command) -> None:
        desk, edge, name = self.desk, self._edge, command.name
        assert desk is not None and edge is not None
        if name in COMMANDS:
            self._engine.command_error = operate(desk.guard, command)
        elif name == SPLIT:
            self._engine.command_error = desk.splits.command(command)
        elif name in breakers.COMMANDS:
            self._engine.command_error = desk.statistics.breakers.operate(command)
        elif name in telephone.COMMANDS:
            self._engine.command_error = desk.telephone.operate(command, self._is_client)
        elif name == settling.COMMAND:
            self._engine.command_error = desk.settling.command(command, edge.heard)
        else:
            if name == "stop":
                desk.stop()
                desk.statistics.tell(command.at)
            self._engine.command(command)

    def _is_client(self, name: str) -> bool:
        party = self._engine.parties.get(name)
        if party is None or party.removed or name in self._copies.sessions:
            return False
        return not party.session.config.initiator

    # -- gateway.fix.engine.Application

    def received(self, session: Session, message: Message, now: Ns) -> None:
        if session.lax and (wrong := messages.unreadable(message)) is not None:
            session.refuse(message, UNREADABLE, wrong, now)
        elif session.config.initiator:
            self._from_venue(session, message, now)
        elif session.name in self._copies.sessions:
            self._from_drop_copy(session, message, now)
        else:
            self._from_client(session, message, now)

    def logged_on(self, session: Session, now: Ns) -> None:
        if session.config.initiator:
            assert self.desk is not None
            for request in self.desk.watch.requests(session.name):
                session.send("V", messages.write_market_data_request(request), now)
            for question in self.desk.offers.questions(session.name):
                session.send("e", messages.write_security_status_request(question), now)
            self.desk.venue_is_back(session.name, now)
        else:
            self._grace.came(session.name)

    def leaving(self, session: Session, now: Ns) -> None:
        if session.config.initiator:
            assert self.desk is not None
            self.desk.venue_leaves(session.name, now)

    def logged_out(self, session: Session, now: Ns, *, politely: bool) -> None:
        assert self.desk is not None
        config = session.config
        if config.initiator or session.name in self._copies.sessions:
            return
        if politely and config.cancel_on_logout:
            self.desk.stops.withdraw(session.name, now, "canceled on Logout")
        elif not politely:
            self._grace.grant(session.name, now)

    def stale(self, session: Session, data: bytes, now: Ns) -> None:  # noqa: ARG002
        text = f"{session.name} will not get {data[:200].decode('latin-1')}"
        self.note("alert", AlertNote(code="SESSION.STALE", text=text.replace("\x01", "|")))

    def kept(self, session: Session, data: bytes) -> None:
        # It leaves by resend once the counterparty is back; the audit need not wait for that.
        self.note("kept", KeptNote(session=session.name, data=data.decode("latin-1")))

    # -- messages

    def _from_client(self, session: Session, message: Message, now: Ns) -> None:
        assert self.desk is not None
        client, again = session.name, message.get(97) == "Y"  # PossResend(97)
        match message.msg_type:
            case "D":
                sent_at = messages.read_transact_time(message) if self.desk.telephone.awaits(client) else None
                order = read_order(message, session.config.wording, self._algos)
                self.desk.new_order(client, order, now, poss_resend=again, sent_at=sent_at)
            case "F":
                self.desk.cancel(client, messages.read_cancel(message), now, poss_resend=again)
            case "G":
                request = read_replace(message, session.config.wording, self._algos)
                self.desk.replace(client, request, now, poss_resend=again)
            case "H":
                self.desk.status(client, messages.read_status_request(message), now)
            case "AF":
                self.desk.mass_status(client, messages.read_mass_status_request(message), now)
            case "q" if message.get(9008) is not None:
                self._stop(session, message, now)
            case "J":
                self.desk.allocations.instruct(client, messages.read_allocation(message), now, again=again)
            case "AT":
                self.desk.allocations.answered(client, messages.read_allocation_report_ack(message))
            case "AN":
                self.desk.ask_positions(client, messages.read_position_request(message))
            case "q":
                self.desk.mass_cancel(client, messages.read_mass_cancel_request(message), now)
            case "Q":
                self.desk.dont_know(client, messages.read_dont_know_trade(message))
            case "E" | "K" | "L" | "M":
                self._list(session, message, now, again=again)
            case "3" | "j":
                self._refused(session, message)
            case _:
                session.refuse(message, *UNSUPPORTED_TYPE, now)

    def _from_drop_copy(self, session: Session, message: Message, now: Ns) -> None:
        """It listens, and may at most stop trading."""
        if message.msg_type in ("3", "j"):
            self._refused(session, message)
        elif message.msg_type == "q" and message.get(9008) is not None:
            self._stop(session, message, now)
        else:
            session.refuse(message, *DROP_COPY_ONLY, now)

    def _stop(self, session: Session, message: Message, now: Ns) -> None:
        """StopScope(9008): the kill switch, for those whom the configuration names, by session or by pattern."""
        assert self.desk is not None and self._settings is not None
        entitled, pattern = self._settings.may_stop, self._engine.parties[session.name].pattern
        may_stop = entitled.get(session.name) or entitled.get(pattern, ())
        self.desk.stops.request(session.name, messages.read_mass_cancel_request(message), may_stop, now)

    def _list(self, session: Session, message: Message, now: Ns, *, again: bool) -> None:
        assert self.desk is not None
        lists, wording = self.desk.lists, session.config.wording
        if message.msg_type != "E":
            refused = lists.request(session.name, messages.read_list_request(message), now)
        elif (refused := messages.missing_in_list(message)) is None:
            refused = lists.new(session.name, read_list(message, wording, self._algos), now, poss_resend=again)
        if refused is not None:
            session.refuse(message, *refused, now)

    def _from_venue(self, session: Session, message: Message, now: Ns) -> None:
        assert self.desk is not None and self._edge is not None
        match message.msg_type:
            case "8":
                report = messages.read_execution_report(message)
                self._edge.heard(session.name, report)
                self.desk.execution(session.name, report, now)
            case "W" | "X" if not session.logged_on:
                pass  # A venue that is leaving is not traded on any more.
            case "W" | "X":
                self.desk.market_data(session.name, messages.read_market_data(message), now)
            case "f":
                self.desk.venue_status(session.name, messages.read_security_status(message), now)
            case "9":
                self.desk.venue_refused_cancel(session.name, messages.read_cancel_reject(message))
            case "Y":
                self._refused(session, message)
                self.desk.watch.refused(session.name, message.get(262) or "", now)
            case "3" | "j":
                self._refused(session, message)
            case _:
                session.refuse(message, *UNSUPPORTED_TYPE, now)

    def _refused(self, session: Session, message: Message) -> None:
        """Something of ours was refused below the level of orders. What it was about stays as it is: unknown."""
        text = f"{session.name} refused our message {message.get(45) or ''}: {message.get(58) or 'no reason given'}"
        self.note("alert", AlertNote(code="SESSION.REFUSED", text=text))
