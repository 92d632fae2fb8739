"""What a fill costs: a rate for who waited and one for who took, lower or higher by what was traded before.

An inverted venue pays who took; a flat one has one rate for both. A fill in an auction is charged as one that took.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct

from gateway.model import SCALE, SECOND, Ns, average_px


class FeePeriod(StrEnum):
    """In which the volume counts that makes a tier, in UTC."""

    DAY = "DAY"
    MONTH = "MONTH"


class FeeTier(Struct, frozen=True, kw_only=True):
    """The rates of who traded so much in the period before; of the notional, in 1e-8 (10_000 is 1 bps)."""

    above: int  # money in 1e-8
    maker_fee: int = 0
    taker_fee: int = 0


class Turnover:
    """What one counterparty has traded in the period that is going on."""

    __slots__ = ("_period", "notional")

    def __init__(self) -> None:
        self._period = (0, 0, 0)
        self.notional = 0  # Px times Qty

    def charge(
        self, notional: int, tiers: Sequence[FeeTier], period: FeePeriod, now: Ns, *, has_added: bool
    ) -> int | None:
        """The fee of a fill in 1e-8, to the nearest, by what was traded before it; None where it is free."""
        tier = tiers[0]
        if len(tiers) > 1:
            self._begin(period, now)
            tier = next(tier for tier in reversed(tiers) if tier.above * SCALE <= self.notional)
            self.notional += notional
        rate = tier.maker_fee if has_added else tier.taker_fee
        return average_px(notional * rate, SCALE * SCALE) if rate else None

    def _begin(self, period: FeePeriod, now: Ns) -> None:
        date = datetime.fromtimestamp(now // SECOND, UTC).date()
        begun = (date.year, date.month, date.day if period is FeePeriod.DAY else 0)
        if begun != self._period:
            self._period, self.notional = begun, 0
