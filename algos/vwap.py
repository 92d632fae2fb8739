"""VWAP: slices as large as the volume that is to trade meanwhile.

By the end of a step as much of the order is due as then has traded of all that trades in the window: of V so far and,
with D for the whole day, (V + w D) / (V + W D), where w and W are the shares of a day that come from now to the end of
the step and of the window. D is three quarters what V makes in a day, and for the rest what is usual. Where that is not
known, or not asked for, shares of the day are all there is: those of the volume curve, or of weights the client sent.
"""

from typing import ClassVar

from pydantic.dataclasses import dataclass

from algos.bounds import ONE_DAY, beside, others, sendable
from algos.hours import HourWeights, read_profile
from algos.twap import Twap
from gateway.model import Algo, Constraint, Market, Ns, ParameterType, Parent, Px, Qty, Relation, parameter
from gateway.model.algo import Curve, Shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Vwap(Twap):
    constraints: ClassVar[tuple[Constraint, ...]] = (
        *Twap.constraints,
        Constraint("VolumeProfile", Relation.NOT_WITH, "Live", value=True),
        Constraint("MinParticipation", Relation.AT_MOST, "MaxParticipation"),
    )
    profile: HourWeights | str | None = parameter(
        "VolumeProfile",
        ParameterType.STRING,
        default=None,
        read=read_profile,
        example="09=.08 10=.12",
        doc="weights of hours of the day, UTC, or a kind of day: U_SHAPE, FLAT, or one of the gateway's configuration",
    )
    live: bool | None = parameter("Live", ParameterType.BOOLEAN, default=None, doc="whether today's volume counts")
    least: Px | None = parameter(
        "MinParticipation", ParameterType.PERCENTAGE, default=None, doc="at least this share of the traded volume"
    )
    blocks: Qty | None = parameter(
        "ExcludeBlocks", ParameterType.QTY, default=None, minimum=1, doc="prints at least so large are no volume"
    )

    def __post_init__(self) -> None:
        Algo.__post_init__(self)
        counts = self.least is not None or self.max_participation is not None
        if self.blocks is not None and not counts and (self.live is False or self.profile is not None):
            raise ValueError("ExcludeBlocks where what trades today does not count")

    @property
    def excludes(self) -> Qty | None:
        return self.blocks

    @property
    def profile_name(self) -> str | None:
        return self.profile if isinstance(self.profile, str) else None

    def follows(self, parent: Parent) -> bool:  # noqa: ARG002
        return self.would is not None or self.least is not None

    def by_step(self, parent: Parent, market: Market, now: Ns, step: int, slices: int) -> Qty:
        until = Ns(parent.start + -(-(parent.end - parent.start) * step // slices))
        share, usual = self._shares(market.curve).share, market.curve.usual(now)
        coming, whole = share(parent.start, until), share(parent.start, parent.end)
        if not whole:
            return Twap.by_step(self, parent, market, now, step, slices)
        out = parent.filled + parent.working
        enough = 1
        if usual is not None and self.profile is None and self.live is not False:
            traded = max(market.traded - parent.traded_at_start, 0) + parent.filled
            over = share(parent.start, now)
            day = (3 * traded * ONE_DAY // over + usual) // 4 if over else usual
            coming, whole = traded * ONE_DAY + share(now, until) * day, traded * ONE_DAY + share(now, parent.end) * day
            enough = parent.order_qty // (2 * slices)  # it may grow by every print, and a child is half a slice
        due = -(-(parent.order_qty // parent.lot) * coming // whole) * parent.lot if whole else 0
        if self.least is not None:
            due = max(due, beside(parent, others(parent, market), self.least))
        due = sendable(parent, due)
        return due if due - out >= enough else Qty(out)

    def _shares(self, curve: Curve) -> Shares:
        """By a name that a later configuration has no more it is the symbol's own."""
        found = curve.named(self.profile) if isinstance(self.profile, str) else self.profile
        return found or curve
