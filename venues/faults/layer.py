"""Between the floor and the sessions: what comes to the floor and what it says pass here, and some of it goes wrong.

What a fault does to orders is done to the floor's own facts, so that the venue stands by what it has said: a busted
fill is missing from CumQty(14) ever after, and whoever asks hears of it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import msgspec
from msgspec import Struct

from gateway.fix.engine import Engine
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.model import (
    MILLISECOND,
    CancelReject,
    Command,
    CxlRejReason,
    ExecType,
    ExecutionReport,
    Ns,
    OrdRejReason,
)
from venues.faults.acts import TEXT, OrderActs, parts
from venues.faults.agenda import Agenda
from venues.faults.choice import Choice
from venues.faults.kinds import SPECS, Fault, FaultKind, Occasion
from venues.faults.lines import RESTARTS, Lines
from venues.faults.plan import Faults, Scripted
from venues.faults.slow import SlowFeeds
from venues.floor.orders import OrderEntry
from venues.floor.outlet import Outlet
from venues.floor.party import Party, PartyOrder
from venues.floor.refusals import Rejection
from venues.floor.reports import Reports

INJECT: Final = "inject-fault"
_OCCASIONS: Final = {ExecType.NEW: Occasion.NEW, ExecType.TRADE: Occasion.FILL}


class FaultNote(Struct, frozen=True, kw_only=True):
    """Something was made to go wrong."""

    fault: str
    about: str
    counterparty: str
    symbol: str = ""
    cl_ord_id: str = ""
    amounts: dict[str, int] = {}
    who: str = ""  # the operator who wanted it; '': the plan
    why: str = ""


class _Injected(Struct, frozen=True, kw_only=True):
    fault: Scripted
    why: str = ""


class FaultyOutlet(Outlet):
    """What the floor says, and when. `parties` are those who have asked for anything."""

    def __init__(self, engine: Engine, parties: Mapping[str, Party]) -> None:
        self._engine = engine
        self._parties = parties
        self._choice: Choice | None = None
        self._agenda = Agenda()
        self._late: dict[str, Ns] = {}  # until when reports to these sessions wait
        self._slow = SlowFeeds(self._agenda, self._cut)
        self.lines = Lines(engine)
        self.is_quiet = True  # nothing goes wrong, and nothing will by itself

    def serve(self, entry: OrderEntry, reports: Reports) -> None:
        """Whose outlet this is."""
        self._entry, self._reports = entry, reports
        self._acts = OrderActs(entry, reports)

    def start(self, faults: Faults, venue: str, now: Ns) -> None:
        """A run begins. What was held up is said first."""
        self._choice = None
        self._late.clear()
        self._agenda.finish(now)
        self.lines.heal()
        self._choice = Choice(faults, venue, now)
        self.is_quiet = self._choice.is_empty

    # -- what comes

    def new_order(self, message: Message, party: Party, now: Ns) -> None:
        if self.is_quiet:
            self._entry.new_order(message, party, now)
            return
        fault = self._chosen(Occasion.ORDER, party, message.get(55), message.get(11), now)
        if fault is None:
            self._entry.new_order(message, party, now)
        elif fault.kind is FaultKind.REJECT:
            self._entry.new_order(message, party, now, Rejection(OrdRejReason.BROKER, TEXT))
        self._asked(party, now)

    def cancel(self, message: Message, party: Party, now: Ns) -> None:
        fault = self._chosen(Occasion.CANCEL, party, message.get(55), message.get(41), now)
        if fault is None:
            self._entry.cancel(message, party, now)
        elif fault.kind is FaultKind.CANCEL_REJECT:
            self._entry.cancel(message, party, now, (CxlRejReason.TOO_LATE, TEXT))
        self._asked(party, now)

    def replace(self, message: Message, party: Party, now: Ns) -> None:
        self._entry.replace(message, party, now)
        self._asked(party, now)

    def _asked(self, party: Party, now: Ns) -> None:
        fault = self._chosen(Occasion.REQUEST, party, "", "", now)
        if fault is not None:
            self._agenda.add(now, partial(self._strike, fault, [party.session.name]))

    # -- what the floor says

    def report(self, order: PartyOrder, report: ExecutionReport, now: Ns) -> None:
        if self.is_quiet:
            super().report(order, report, now)
            return
        occasion = _OCCASIONS.get(report.exec_type)
        if report.exec_type is ExecType.CANCELED and report.orig_cl_ord_id is not None:
            occasion = Occasion.CANCELED if order.order_qty > order.cum_qty else None
        fault = None
        for each in (occasion, Occasion.REPORT):
            if fault is None and each is not None:
                fault = self._chosen(each, order.party, order.request.symbol, report.cl_ord_id, now)
        if fault is None:
            self._say(order, report, now)
        else:
            self._told_amiss(fault, order, report, now)

    def _told_amiss(self, fault: Fault, order: PartyOrder, report: ExecutionReport, now: Ns) -> None:
        later = Ns(now + fault.delay_ms * MILLISECOND)
        acts, said = self._acts, [report]
        follows: Callable[[Ns], None] | None = None
        match fault.kind:
            case FaultKind.NO_ACK:
                said = []
            case FaultKind.OUT_OF_ORDER:
                said, follows = [], partial(super().report, order, report)
            case FaultKind.DELAY:
                self._late[order.party.session.name] = later
            case FaultKind.DUPLICATE:
                follows = partial(super().report, order, report)
            case FaultKind.PARTIAL_FILLS:
                said = parts(report, fault.parts, self._entry.profile.lot, self._reports.next_id)
            case FaultKind.UNSOLICITED_CANCEL:
                follows = partial(acts.cancel, order)
            case FaultKind.LATE_FILL:
                follows = partial(acts.fill_late, order, order.order_qty - order.cum_qty)
            case FaultKind.BUST:
                follows = partial(acts.bust, order, report)
            case FaultKind.CORRECT:
                follows = partial(acts.correct, order, report, fault.ticks)
            case FaultKind.OVERFILL:
                assert report.last_px is not None
                follows = partial(acts.overfill, order, report.last_px, fault.lots)
        for each in said:
            self._say(order, each, now)
        if follows is not None:
            self._agenda.add(later, follows)

    def cancel_reject(self, party: Party, reject: CancelReject, now: Ns) -> None:
        self._in_turn(party, partial(super().cancel_reject, party, reject), now)

    def market_data(self, session: Session, msg_type: str, body: str, now: Ns) -> None:
        if self.is_quiet:
            session.send(msg_type, body, now, keep=False)
            return
        if self._choice is not None and not self._slow.is_slow(session, now):
            fault = self._choice.on(Occasion.DATA, "", session.name, now)
            if fault is not None:
                self._note(fault, session.name)
                self._slow.begin(fault, session, now)
        say = partial(super().market_data, session, msg_type, body)
        if not self._slow.hold(session, say, now):
            say(now)

    def leave(self, session: Session) -> None:
        """The connection is gone, and with it the market data that was held up."""
        self._slow.leave(session)

    def _say(self, order: PartyOrder, report: ExecutionReport, now: Ns) -> None:
        self._in_turn(order.party, partial(super().report, order, report), now)

    def _in_turn(self, party: Party, say: Callable[[Ns], None], now: Ns) -> None:
        """Say it now, or behind what is late."""
        late = self._late.get(party.session.name, now)
        if late > now:
            self._agenda.add(late, say)
        else:
            say(now)

    # -- time, operators

    def act(self, now: Ns) -> None:
        """Do what is due."""
        if self._choice is not None:
            for scripted in self._choice.due(now):
                self._note(scripted.made(), scripted.counterparty)
                self._strike(scripted.made(), self._names(scripted.counterparty), now)
        self._agenda.act(now)
        self.lines.act(now)

    def wake_at(self) -> Ns | None:
        if self.is_quiet:
            return None
        wakes = [self._agenda.wake_at(), self.lines.wake_at()]
        if self._choice is not None:
            wakes.append(self._choice.wake_at())
        return min([at for at in wakes if at is not None], default=None)

    def inject(self, command: Command) -> str | None:
        """Let a fault happen, on the next occasion or, to connections, at once. Gives why that cannot be."""
        try:
            given = msgspec.json.decode(command.payload, type=_Injected)
        except msgspec.DecodeError as wrong:
            return f"{command.name}: {wrong}"
        scripted = given.fault
        if not given.why.strip():
            return f"{command.name}: why is not said"
        if unfit := scripted.wrong():
            return "; ".join(unfit)
        if scripted.counterparty and scripted.counterparty not in self._engine.parties:
            return f"nobody has logged on as {scripted.counterparty}"
        assert self._choice is not None
        fault = scripted.made()
        self.is_quiet = False
        if SPECS[fault.kind].on is Occasion.REQUEST:
            self._strike(fault, self._names(scripted.counterparty), command.at)
        else:
            self._choice.add(scripted, command.at)
        self._note(fault, scripted.counterparty, scripted.symbol, who=command.who, why=given.why)
        return None

    def _names(self, counterparty: str) -> list[str]:
        """Of sessions; '' is everybody."""
        return [name for name in self._engine.parties if counterparty in ("", name)]

    # -- how it works

    def _chosen(
        self, occasion: Occasion, party: Party, symbol: str | None, cl_ord_id: str | None, now: Ns
    ) -> Fault | None:
        """The fault that this occasion brings, noted."""
        if self._choice is None:
            return None
        fault = self._choice.on(occasion, symbol or "", party.session.name, now)
        if fault is not None:
            self._note(fault, party.session.name, symbol or "", cl_ord_id or "")
        return fault

    def _strike(self, fault: Fault, names: Sequence[str], now: Ns) -> None:
        """What happens to connections."""
        everybody = list(self._engine.parties)
        if fault.kind is FaultKind.RESTART_WITHOUT_MEMORY:
            self._agenda.clear()
            self._late.clear()
        self.lines.strike(fault, everybody if fault.kind in RESTARTS else names, now)
        if fault.kind is FaultKind.RESTART_WITHOUT_MEMORY:
            for party in self._parties.values():
                for order in party.orders.values():
                    self._acts.forget(order, now)
                party.orders.clear()
            names = everybody
        if fault.kind in (FaultKind.SEQUENCE_RESET, FaultKind.RESTART_WITHOUT_MEMORY):
            for name in names:
                self._engine.parties[name].session.reset(now, announce=False)

    def _cut(self, session: Session, now: Ns) -> None:
        self._agenda.add(now, partial(self._strike, Fault(kind=FaultKind.DISCONNECT), [session.name]))

    def _note(
        self, fault: Fault, counterparty: str, symbol: str = "", cl_ord_id: str = "", *, who: str = "", why: str = ""
    ) -> None:
        spec = SPECS[fault.kind]
        amounts = {name: getattr(fault, name) for name in spec.usual}
        note = FaultNote(
            fault=fault.kind,
            about=spec.about,
            counterparty=counterparty,
            symbol=symbol,
            cl_ord_id=cl_ord_id,
            amounts=amounts,
            who=who,
            why=why,
        )
        self._engine.note("fault", note)
