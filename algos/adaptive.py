"""ADAPTIVE: a blend of schedules, which leans towards those that are ahead or behind by what the market is like.

By AlgoWeights the blend has so much due. How much hurry there is, from -1 to 1, is the sum of three observations, each
from -1 to 1 too: how much narrower the spread is than usual, how much livelier the last minute was than usual, and how
many slices the order is behind the blend, of four. Schedules ahead of the blend then count for 1 + AdaptSpeed x hurry
of their weight and those behind it for 1 - AdaptSpeed x hurry: with an AdaptSpeed of 1 and all the hurry there is, only
those ahead. What is out is not taken back, so that after a hurry the order waits for the blend.
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic.dataclasses import dataclass

from algos.bounds import sendable
from algos.shortfall import Is
from algos.twap import Twap
from algos.vwap import Vwap
from gateway.model import SCALE, SECOND, Market, Ns, ParameterType, Parent, Px, Qty, parameter, parse_px
from gateway.model.urgency import Urgency

_SCHEDULES: dict[str, Twap] = {"TWAP": Twap(), "VWAP": Vwap(), "IS": Is()}
_USUAL = "TWAP=.5 VWAP=.3 IS=.2"
_MINUTE = 60
Weights = tuple[tuple[str, int], ...]  # by name, in any unit


def read_weights(text: str) -> Weights:
    """'TWAP=.5 VWAP=.3 IS=.2'. Raises ValueError for what is no such list, or has a weight below 0, or none above."""
    weights: dict[str, int] = {}
    for pair in text.split():
        name, _, weight = pair.partition("=")
        if name not in _SCHEDULES or name in weights:
            raise ValueError(f"'{pair[:32]}' is no 'NAME=weight' of another of {', '.join(_SCHEDULES)}")
        weights[name] = parse_px(f"0{weight}" if weight[:1] == "." else weight)
    if not any(weights.values()) or min(weights.values()) < 0:
        raise ValueError("weights are 0 or more, and one is more")
    return tuple(weights.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptive(Twap):
    usual_urgency: ClassVar[Urgency | None] = Urgency.ADAPTIVE
    weights: Weights | None = parameter(
        "AlgoWeights",
        ParameterType.STRING,
        default=None,
        read=read_weights,
        example=_USUAL,
        doc=f"of TWAP, VWAP and IS in the blend; usually {_USUAL}",
    )
    speed: Px = parameter(
        "AdaptSpeed", ParameterType.FLOAT, default=Px(SCALE // 2), minimum=0, maximum=SCALE, doc="how far it leans"
    )

    def by_step(self, parent: Parent, market: Market, now: Ns, step: int, slices: int) -> Qty:
        plans = [
            (weight, _SCHEDULES[name].by_step(parent, market, now, step, slices))
            for name, weight in self.weights or read_weights(_USUAL)
        ]
        blend, out = _blend(plans), parent.filled + parent.working
        lean = self.speed * _hurry(parent, market, now, blend - out, slices) // SCALE
        adapted = [(weight * (SCALE + lean * ((due > blend) - (due < blend))), due) for weight, due in plans]
        due = sendable(parent, _blend(adapted))
        return due if due - out >= parent.order_qty // (2 * slices) else Qty(out)


def _blend(plans: Sequence[tuple[int, int]]) -> int:
    return sum(weight * due for weight, due in plans) // sum(weight for weight, _ in plans)


def _hurry(parent: Parent, market: Market, now: Ns, behind: int, slices: int) -> int:
    """From -SCALE to SCALE."""
    usual, moves = market.estimates.spread, market.estimates.volatility(_MINUTE)
    band = market.past.band(Ns(now - _MINUTE * SECOND), now)
    hurry = _within(behind * slices - parent.order_qty, 4 * parent.order_qty)
    if usual and market.bid_size and market.ask_size:
        hurry += _within(usual - (market.ask - market.bid), usual)
    if moves and band is not None:
        # Of what moves at random for a minute the deviation from its mean is what it moves in a minute by root 6.
        expected = max(band[0] * moves * 1000 // (2449 * SCALE), 1)
        hurry += _within(band[1] - expected, expected)
    return max(min(hurry, SCALE), -SCALE)


def _within(part: int, whole: int) -> int:
    return max(min(part * SCALE // whole, SCALE), -SCALE)
