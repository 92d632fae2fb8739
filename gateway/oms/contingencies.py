"""Orders of a list that depend on each other: one cancels (OCO), triggers (OTO) or updates (OUO) the other.

What an order may have out is lowered the moment another's fill is known; what is out already counts until it is proven
free. So two orders that rest on venues can both be filled, and then everybody is told.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, Protocol

from msgspec import structs

from gateway.market import Markets
from gateway.model import ExecRestatementReason, ExecType, NewOrder, Ns, Qty, Rejection, print_scaled
from gateway.model.enums import ContingencyType
from gateway.model.lists import ListedOrder
from gateway.oms.conditions import WAITS
from gateway.oms.ends import Closing, End
from gateway.oms.notes import AlertNote
from gateway.oms.order import ParentOrder
from gateway.oms.slicing import Slicer
from gateway.oms.ties import Bond, Tie, line_of, tie_of
from gateway.oms.wire import Reports, Wire

_OTO: Final = ContingencyType.ONE_TRIGGERS_THE_OTHER
_OTHER: Final = ExecRestatementReason.OTHER


class Worked(Protocol):
    """What the desk does for orders that were held back, or have to end."""

    markets: Markets

    def activated(self, parent: ParentOrder, now: Ns) -> None: ...

    def close(self, parent: ParentOrder, closing: Closing, now: Ns) -> None: ...


def wrong_links(kind: ContingencyType, listed: Sequence[ListedOrder]) -> Rejection | None:
    """What is wrong with ClOrdLinkID(583), which says who depends on whom."""
    bonded = [line.link_id for line in (listed[1:] if kind is _OTO else listed)]
    if len(listed) == 1:
        return Rejection("LIST.LINK a list of one order has none that depend on each other")
    if kind is _OTO and listed[0].link_id is not None:
        return Rejection("LIST.LINK the first order triggers the others, and has no ClOrdLinkID(583)")
    if kind is not _OTO and None in bonded and any(bonded):
        return Rejection("LIST.LINK an order has no ClOrdLinkID(583), and others have")
    alone = next((link for link in bonded if link is not None and bonded.count(link) == 1), None)
    return None if alone is None else Rejection(f"LIST.LINK no other order has ClOrdLinkID(583) {alone[:32]}")


def others_before(kind: ContingencyType | None, listed: Sequence[ListedOrder], place: int) -> Iterator[NewOrder]:
    """Orders of a list before the one in that place, but for those that it is bonded to: of these one is filled."""
    link = listed[place].link_id
    bonded = kind is not None and (kind is not _OTO or (place and link is not None))
    return (line.order for line in islice(listed, place) if not (bonded and line.link_id == link))


class Contingencies:
    def __init__(self, wire: Wire, reports: Reports, slicer: Slicer, orders: Worked) -> None:
        self._wire = wire
        self._reports = reports
        self._slicer = slicer
        self._orders = orders

    def bind(self, kind: ContingencyType, listed: Sequence[ListedOrder], parents: Sequence[ParentOrder]) -> None:
        """Orders of a list that was taken. In an OTO the first triggers the others; those of one link are an OUO."""
        primary = parents[0] if kind is _OTO else None
        bonds: dict[str | None, list[ParentOrder]] = {}
        for place, parent in zip(listed, parents, strict=True):
            if parent is not primary and not (primary and place.link_id is None):
                bonds.setdefault(place.link_id, []).append(parent)
        of_bonds = ContingencyType.ONE_UPDATES_THE_OTHER_ABSOLUTE if primary else kind
        for members in bonds.values():
            bond = Bond(of_bonds, tuple(members))
            for parent in members:
                line_of(parent).tie = Tie(parent.order_qty, primary=primary, bond=bond)
        for parent in parents:
            line = line_of(parent)
            line.tie = line.tie or Tie(parent.order_qty, primary=None if parent is primary else primary)
            line.allowed = line.tie.triggered
        if primary is not None:
            tie_of(primary).secondaries = tuple(parents[1:])

    def begin(self, parent: ParentOrder, now: Ns) -> None:
        """What was held back is at work. Its schedule begins now and ends when it would have ended."""
        assert parent.plan is not None
        if parent.plan.start <= now and not parent.waits:
            parent.plan = structs.replace(parent.plan, start=now)
            self._slicer.count_from_now(parent)
            self._orders.activated(parent, now)
        self._slicer.work(parent, now)

    def follow(self, parent: ParentOrder, now: Ns) -> str:
        """Something became of an order: what follows for those that depend on it. Gives what came too late, or ''."""
        tie = line_of(parent).tie
        if tie is None:
            return ""
        bond = tie.bond
        if bond is not None and bond.first is None and parent.cum_qty:
            bond.first = parent
        concerned = [*(bond.others(parent) if bond is not None else ()), *tie.secondaries]
        for one in (parent, *concerned):
            self._measure(one)
        late = "" if bond is None else self._late(bond, parent)
        for one in (*concerned, parent):
            self._carry_out(one, now)
        return late

    def _measure(self, parent: ParentOrder) -> None:
        """What its primary has let go, and what its bond has taken."""
        line, tie = line_of(parent), tie_of(parent)
        assert parent.plan is not None
        lot, primary, bond = self._slicer.lot(parent), tie.primary, tie.bond
        if primary is not None:
            of_all = tie_of(primary).qty
            share = tie.qty if primary.cum_qty >= of_all else tie.qty * primary.cum_qty // of_all // lot * lot
            if not (primary.open and parent.plan.immediate):
                tie.triggered = Qty(max(tie.triggered, share))
            if not primary.open:
                tie.final = min(tie.final, tie.triggered)
        if bond is not None:
            taken = -(-_taken(bond, parent) // lot) * lot
            tie.lost = Qty(min(max(tie.lost, taken), tie.qty))
        tie.ceiling = Qty(max(tie.final - tie.lost, 0))
        line.allowed = Qty(max(min(tie.triggered, tie.final) - tie.lost, 0))

    def _carry_out(self, parent: ParentOrder, now: Ns) -> None:
        tie, allowed = tie_of(parent), line_of(parent).allowed
        if not parent.open or parent.closing is not None:
            return
        assert allowed is not None
        if tie.ceiling <= parent.cum_qty:
            text = f"canceled as {_cause(parent)}"
            self._orders.close(parent, Closing(End.CANCELED, text, _OTHER), now)
            return
        if parent.cum_qty + parent.reserved > allowed:
            self._slicer.children.pull(parent, now)
        elif parent.order_qty > tie.ceiling and not parent.requests:
            parent.order_qty = tie.ceiling
            text = f"reduced as {_cause(parent)}"
            more = "" if parent.works(now) else WAITS
            self._reports.send(parent, ExecType.RESTATED, now, restated=_OTHER, text=text, more=more)
        if allowed and not tie.begun and not parent.waits:
            tie.begun = True
            self.begin(parent, now)
        else:
            self._slicer.work(parent, now)

    def _late(self, bond: Bond, parent: ParentOrder) -> str:
        """What of its last fill crossed those of others, and is more than they had left of it."""
        tie = tie_of(parent)
        late, tie.seen = parent.cum_qty - max(tie.ceiling, tie.seen), parent.cum_qty
        filled = [member for member in bond.members if member.cum_qty]
        if late <= 0 or len(filled) < 2:
            return ""
        names = " and ".join(_named(member) for member in filled)[:128]
        text = f"{names} were filled in the same moment: {print_scaled(Qty(late))} more than they should have been"
        self._wire.note("alert", AlertNote(code="LIST.RACE", text=text, parent=parent.order_id))
        return text


def _taken(bond: Bond, parent: ParentOrder) -> int:
    return sum(bond.taken(parent, other, other.cum_qty) for other in bond.others(parent))


def _cause(parent: ParentOrder) -> str:
    """Why there is less of it."""
    tie = tie_of(parent)
    filled = [other for other in tie.bond.others(parent) if other.cum_qty] if tie.bond is not None and tie.lost else []
    if filled:
        return f"{_named(filled[0])} was filled"
    return "" if tie.primary is None else f"{_named(tie.primary)} ended"


def _named(parent: ParentOrder) -> str:
    return parent.order.cl_ord_id[:64]
