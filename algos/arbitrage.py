"""ARBITRAGE: takes its symbol only where that is better than another, the leg, by MinEdge, and hedges there at once.

It is asked for both orders. The hedge keeps the edge against what was paid for as long as HedgeTimeoutMs, and goes at
the market after that. No more is out than the leg shows at its best price, and MaxLegRisk with what is not hedged yet.
"""

from pydantic.dataclasses import dataclass

from algos.bounds import sent_at_once, wrong_part
from gateway.model import (
    MILLISECOND,
    SCALE,
    SECOND,
    Algo,
    Decision,
    Hedge,
    Instrument,
    Market,
    NewOrder,
    Ns,
    Pairing,
    ParameterType,
    Parent,
    Px,
    Qty,
    Side,
    parameter,
)

_BPS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Arbitrage(Algo):
    has_schedule = False
    has_child_tif = False
    has_allow_cross = False
    leg: str = parameter("LegSymbol", ParameterType.STRING, mutable=False, example="BETA", doc="symbol that hedges it")
    ratio: Px = parameter(
        "Ratio", ParameterType.FLOAT, minimum=1, mutable=False, doc="shares of the leg that hedge one share"
    )
    edge_bps: int = parameter(
        "MinEdge", ParameterType.INT, minimum=1, maximum=_BPS - 1, doc="bps better than the leg at least"
    )
    most_unhedged: Qty | None = parameter(
        "MaxLegRisk", ParameterType.QTY, default=None, minimum=1, doc="of it, never more is filled and not hedged"
    )
    timeout_ms: int = parameter(
        "HedgeTimeoutMs",
        ParameterType.INT,
        default=1_000,
        maximum=3_600_000,
        doc="after that the hedge goes at the market",
    )
    wait_s: int = parameter(
        "HedgeWaitSec",
        ParameterType.INT,
        default=86_400,
        minimum=1,
        maximum=604_800,
        doc="after that without a fill the hedge ends",
    )

    @property
    def hedge(self) -> Hedge:
        wait = Ns(self.wait_s * SECOND)
        return Hedge(symbol=self.leg, ratio=self.ratio, most=self.most_unhedged, wait=wait)

    def objection(self, order: NewOrder, instrument: Instrument) -> str | None:
        return wrong_part("MaxLegRisk", self.most_unhedged, order, instrument)

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:  # noqa: ARG002
        out, pairing = parent.filled + parent.working, parent.pairing
        if now < parent.start:
            return Decision(due=Qty(out), wake_at=parent.start)
        if pairing is None:
            return Decision(due=Qty(out))
        return self._hedge(parent, pairing, now) if pairing.hedges else self._first(parent, pairing)

    def _first(self, parent: Parent, pairing: Pairing) -> Decision:
        out, leg, is_buy = parent.filled + parent.working, pairing.market, parent.side is Side.BUY
        best, size = (leg.bid, leg.bid_size) if is_buy else (leg.ask, leg.ask_size)
        worth = best * self.ratio
        if is_buy:
            limit = worth * (_BPS - self.edge_bps) // (_BPS * SCALE)
        else:
            limit = -(-worth * (_BPS + self.edge_bps) // (_BPS * SCALE))
        most = size * SCALE // self.ratio
        if self.most_unhedged is not None:
            most = min(most, self.most_unhedged)
        more = sent_at_once(parent, most - pairing.unhedged - parent.working)
        return Decision(due=Qty(out + more), limit=Px(limit), at_once=True)

    def _hedge(self, parent: Parent, pairing: Pairing, now: Ns) -> Decision:
        due = Qty(parent.filled + parent.working + sent_at_once(parent, pairing.unhedged - parent.working))
        market_at = Ns(pairing.since + self.timeout_ms * MILLISECOND)
        if not pairing.since or now >= market_at:
            return Decision(due=due)
        paid = pairing.avg_px * _BPS * SCALE
        if parent.side is Side.BUY:
            limit = paid // (self.ratio * (_BPS + self.edge_bps))
        else:
            limit = -(-paid // (self.ratio * (_BPS - self.edge_bps)))
        return Decision(due=due, limit=Px(limit), at_once=True, wake_at=market_at, follows=True)
