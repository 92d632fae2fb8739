"""PEG: rests where the market's best quotes, the middle or the last trade put it, and moves with them.

It is never beyond its limit. With a discretion it takes what others show so much beyond where it rests.
"""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from algos.bounds import wrong_part
from gateway.model import (
    Algo,
    Decision,
    Instrument,
    Market,
    NewOrder,
    Ns,
    ParameterType,
    Parent,
    Peg,
    Posting,
    Px,
    Qty,
    Visibility,
    parameter,
)
from gateway.model.posting import BASIS_POINTS, LAST, MARKET, MIDDLE, PRICE, PRIMARY, TICKS

_REFERENCES = {"R": PRIMARY, "P": MARKET, "M": MIDDLE, "L": LAST}
_CHAR, _OFFSET = ParameterType.CHAR, ParameterType.PRICE_OFFSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Pegged(Algo):
    called: ClassVar[str] = "PEG"
    has_schedule: ClassVar[bool] = False
    has_child_tif: ClassVar[bool] = False
    reference: str = parameter("PegRef", _CHAR, choices=tuple(_REFERENCES), tag=18, doc="own side, other, middle, last")
    offset: Px = parameter("PegOffset", _OFFSET, default=Px(0), tag=211, doc="added to it")
    offset_type: str = parameter(
        "PegOffsetType",
        _CHAR,
        default=PRICE,
        choices=(PRICE, BASIS_POINTS, TICKS),
        tag=836,
        doc="0: the offset is a price, 1: basis points, 2: ticks",
    )
    discretion: Px = parameter("Discretion", _OFFSET, default=Px(0), minimum=0, tag=389, doc="so much farther it takes")
    discretion_of: str = parameter(
        "DiscretionInst", _CHAR, default="0", choices=("0",), tag=388, doc="0: from where it rests"
    )
    min_qty: Qty | None = parameter(
        "MinQty", ParameterType.QTY, default=None, minimum=1, tag=110, doc="it trades with nobody who has less"
    )

    def __post_init__(self) -> None:
        Algo.__post_init__(self)
        if self.discretion and self.min_qty is not None:
            raise ValueError("Discretion and MinQty")

    def postings(self) -> tuple[Posting, ...]:
        """With a least quantity it takes nothing: what others show may be less."""
        return (
            Posting(
                takes=self.min_qty is None,
                peg=Peg(_REFERENCES[self.reference], self.offset, self.offset_type),
                discretion=self.discretion,
                min_qty=self.min_qty,
            ),
        )

    def objection(self, order: NewOrder, instrument: Instrument) -> str | None:
        return wrong_part("MinQty", self.min_qty, order, instrument)

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:  # noqa: ARG002
        if now < parent.start:
            return Decision(due=Qty(0), wake_at=parent.start)
        return Decision(due=parent.order_qty, posting=self.postings()[0], where=Visibility.LIT)
