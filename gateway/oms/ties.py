"""An order's place in a list, and what other orders of the list leave of it: facts only, as orders are.

What is taken off an order is not given back when a fill that took it is busted: nobody knows what was done about it.
"""

from typing import TYPE_CHECKING, Final

from gateway.model import Qty
from gateway.model.enums import ContingencyType
from gateway.model.ratio import Ratio

if TYPE_CHECKING:
    from gateway.oms.order import ParentOrder


class Bond:
    """Orders of which each takes something off the others when it is filled."""

    __slots__ = ("first", "kind", "members")

    def __init__(self, kind: ContingencyType, members: "tuple[ParentOrder, ...]") -> None:
        self.kind: Final = kind  # any but ONE_TRIGGERS_THE_OTHER
        self.members: Final = members
        self.first: ParentOrder | None = None  # that was filled

    def taken(self, of: "ParentOrder", by: "ParentOrder", filled: int) -> int:
        """How much of one order so much of another takes."""
        own, other = tie_of(of).qty, tie_of(by).qty
        if self.kind is ContingencyType.ONE_CANCELS_THE_OTHER and of is not self.first:
            return own if filled else 0
        if self.kind is ContingencyType.ONE_UPDATES_THE_OTHER_PROPORTIONAL:
            return -(-filled * own // other)
        alike = (of.order.symbol, of.order.side) == (by.order.symbol, by.order.side)
        return filled if alike or of is not self.first else 0

    def others(self, parent: "ParentOrder") -> "list[ParentOrder]":
        return [member for member in self.members if member is not parent]


class Tie:
    """How an order depends on others of its list. Quantities are of the order as it came."""

    __slots__ = ("begun", "bond", "ceiling", "final", "lost", "primary", "qty", "secondaries", "seen", "triggered")

    def __init__(self, qty: Qty, *, primary: "ParentOrder | None" = None, bond: Bond | None = None) -> None:
        self.qty = qty
        self.primary: Final = primary  # whose fills let this one go
        self.bond: Final = bond
        self.secondaries: tuple[ParentOrder, ...] = ()  # that this one lets go
        self.begun = primary is None  # something of it was let go, and its client knows
        self.triggered = qty if primary is None else Qty(0)  # let go so far
        self.final = qty  # as much as will ever be let go
        self.lost = Qty(0)  # taken by fills of its bond
        self.ceiling = qty  # as much as may ever be filled
        self.seen = Qty(0)  # CumQty when the others were last looked at

    def related(self) -> "list[ParentOrder]":
        """All whose fills or ends may concern it, or whom its own may concern."""
        bonded = () if self.bond is None else self.bond.members
        return [*self.secondaries, *bonded, *(() if self.primary is None else (self.primary,))]

    def split(self, ratio: Ratio) -> None:
        """The same in other shares, which has to come out even."""
        for name in ("qty", "triggered", "final", "lost", "ceiling", "seen"):
            setattr(self, name, Qty(ratio.qty(getattr(self, name))))


class Line:
    """An order's place in a list."""

    __slots__ = ("allowed", "echo", "held", "list_id", "tie")

    def __init__(self, *, list_id: str, echo: str, held: bool) -> None:
        self.list_id: Final = list_id
        self.echo: Final = echo  # wire fields that every report of the order repeats
        self.held = held  # the whole list waits to be executed
        self.tie: Tie | None = None  # None: it depends on no other
        self.allowed: Qty | None = None  # as much as others let be out or filled by now; None: all of it


def room(parent: "ParentOrder") -> Qty | None:
    """How much of an order of a list may be out or filled at this moment; None: all of it.

    What others of its bond have out at venues, and what will be back by itself, counts as if it were filled.
    """
    line = line_of(parent)
    allowed, tie = line.allowed, line.tie
    if not allowed or tie is None or tie.bond is None:
        return allowed
    for other in tie.bond.others(parent):
        passing = sum(child.reserved for child in other.children if not child.may_rest)
        allowed = Qty(allowed - tie.bond.taken(parent, other, passing))
    return Qty(max(allowed, 0))


def line_of(parent: "ParentOrder") -> Line:
    assert parent.line is not None
    return parent.line


def tie_of(parent: "ParentOrder") -> Tie:
    tie = line_of(parent).tie
    assert tie is not None
    return tie
