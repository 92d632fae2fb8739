"""What an algo is going to do with an order, and what that is expected to cost, before anything is sent.

The algo itself is asked, along a time that does not pass: as if all that is due were filled at once, at prices that
stay as they are, while others trade what the volume curve has. What is due leaves at the order's pace, by its clips and
chances; where it goes makes no difference. What it cost is the model's of Almgren and Chriss, with
each slice traded evenly until the next.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Final

from msgspec import Struct, structs

from gateway.market.theory.almgren_chriss import Impact, expected_cost, variance
from gateway.market.theory.window import impact_of, price_of
from gateway.model import (
    SCALE,
    SECOND,
    Algo,
    Common,
    Decision,
    Market,
    Ns,
    Parent,
    Qty,
    Rejection,
    print_scaled,
    print_timestamp,
)
from gateway.oms.asking import ask
from gateway.oms.pace import CLIP_EVERY, Progress, completes_at, unit
from gateway.oms.plan import Plan, Refused

MOST_SLICES: Final = 240  # that are told apart; what an algo would do more often is done with the next
_ALONE: Final = 60 * SECOND  # a slice that is the only one is traded in that, if the window is not shorter
_WHOLE = 10**12  # of Curve.share
_MOST_SAID = 50  # slices in a text
_AS_DUE: Final = Common()


class Slice(Struct, frozen=True, gc=False):
    at: Ns
    qty: Qty


class Forecast(Struct, frozen=True, kw_only=True):
    """Costs are against the arrival price; worse is above 0. None: spread, volatility or volume is not known."""

    slices: tuple[Slice, ...]
    left: Qty  # that is not due by the end
    cost_bps: float | None = None
    deviation_bps: float | None = None
    cost: float | None = None  # in the price's currency
    deviation: float | None = None

    def told(self) -> tuple[str, str]:
        """Text(58), in UTC by the clock, and DryRunCostBps(9007) as it stands on the wire, if it is known."""
        said = [f"{_clock(each.at)}={print_scaled(each.qty)}" for each in self.slices[:_MOST_SAID]]
        if len(self.slices) > _MOST_SAID:
            said.append(f"and {len(self.slices) - _MOST_SAID} more")
        text = f"DryRun: it would be taken; {len(self.slices)} slices {' '.join(said)}".rstrip()
        if self.left:
            text += f"; not planned {print_scaled(self.left)}"
        if self.cost_bps is None or self.cost is None:
            return f"{text}; what it costs is not known", ""
        text += f"; expected cost {self.cost_bps:.2f} bps {self.cost:.2f}"
        text += f", deviation {self.deviation_bps:.2f} bps {self.deviation:.2f}"
        return text, f"9007={self.cost_bps:.2f}\x01"


def foresee(algo: Algo, parent: Parent, market: Market, now: Ns, *, pace: Common = _AS_DUE, seed: int = 0) -> Forecast:
    """Of an order that is taken now, at its pace. The algo is asked some times MOST_SLICES at most.

    Raises Refused where so many cannot tell what would be done.
    """
    foreseen = _Foreseen(algo, parent, market, now, pace)
    if not foreseen.closely(seed):
        foreseen.roughly()
    slices = tuple(foreseen.slices)
    left = Qty(parent.order_qty - sum(each.qty for each in slices))
    impact, price = impact_of(parent, market, now), price_of(parent, market)
    if impact is None:
        return Forecast(slices=slices, left=left)
    cost, deviation = priced(slices, parent, impact, now)
    worth = sum(each.qty for each in slices) / SCALE * (price / SCALE)
    return Forecast(
        slices=slices,
        left=left,
        cost=cost,
        deviation=deviation,
        cost_bps=cost / worth * 10_000 if worth else 0.0,
        deviation_bps=deviation / worth * 10_000 if worth else 0.0,
    )


def rehearsed(plan: Plan, parent: Parent, market: Market, now: Ns, seed: int) -> tuple[str, str] | Rejection:
    """What is told of a dry run, as `Forecast.told` has it."""
    assert plan.common is not None
    try:
        return foresee(plan.algo, parent, market, now, pace=plan.common, seed=seed).told()
    except Refused as refused:
        return refused.rejection


def priced(slices: Sequence[Slice], parent: Parent, impact: Impact, now: Ns) -> tuple[float, float]:
    """Cost and deviation by a model whose unit of time is the window."""
    starts = [each.at for each in slices]
    trades, taus = [0.0], [(starts[0] if starts else parent.end) - now]  # to wait is a risk, too
    for place, each in enumerate(slices):
        if place + 1 < len(slices):
            tau = starts[place + 1] - each.at
        elif place:
            tau = taus[-1]
        else:
            tau = min(_ALONE, parent.end - parent.start)
        trades.append(each.qty / SCALE)
        taus.append(max(tau, 1))
    whole = max(parent.end - parent.start, 1)
    spans = [tau / whole for tau in taus]
    return expected_cost(trades, spans, impact), sqrt(variance(trades, spans, impact))


class _Foreseen:
    """The order and its market at instants to come."""

    def __init__(self, algo: Algo, parent: Parent, market: Market, now: Ns, pace: Common) -> None:
        self.start: Final = max(parent.start, now)
        self.last: Final = max(self.start, Ns(parent.end - 1))  # instant at which the algo is asked
        self.slices: list[Slice] = []
        self._filled = 0
        self._algo, self._parent, self._market, self._pace = algo, parent, market, pace
        self._usual = market.curve.usual(now) or 0

    @property
    def view(self) -> Parent:
        parent, slices = self._parent, self.slices
        if not slices:
            return parent
        at = slices[-1].at
        return structs.replace(parent, filled=Qty(self._filled), released_at=at, last_fill=at)

    def closely(self, seed: int) -> bool:
        """Be there whenever the host would be. False: that is too often."""
        pace, progress, at, least = self._pace, Progress(seed, self._parent.start), self.start, self._least(self.last)
        for _ in range(2 * MOST_SLICES):
            view = self.view
            decision = progress.decide(self._ask, pace, view, at)
            wanted = self._wanted(decision.due, view)
            leaves = progress.clip(pace, view, wanted, at, at_once=decision.at_once)
            if self._leaves(leaves, at) or at >= self.last:
                return len(self.slices) <= MOST_SLICES
            if 0 < leaves < wanted:
                progress.clip_at = Ns(at + CLIP_EVERY)
            if leaves and decision.wake_at is None and progress.clip_at <= at:
                continue  # A fill comes at once, and with it the next question.
            soon = at + least if decision.follows or decision.wake_at is None else None
            instants = (decision.wake_at, soon, progress.clip_at, self.last)
            at = Ns(min(instant for instant in instants if instant is not None and instant > at))
        return False

    def roughly(self) -> None:
        """What the host would do between two of a few instants is done at the first. Raises Refused."""
        parent, slices, pace = self._parent, self.slices, self._pace
        end = self.last
        if slices and not self._algo.has_schedule:  # it goes on as it began
            end = min(end, Ns(self.start + (slices[-1].at - self.start) * parent.order_qty // self._filled))
        least, at, most = self._least(end), self.start, pace.max_clip
        if most is not None:
            if not pace.catch_up:
                raise Refused("ALGO.CONFLICT DryRun and CatchUp N, by more clips than can be told apart")
            most = Qty(max(most, unit(parent)) * max(least, CLIP_EVERY) // CLIP_EVERY)
        slices.clear()
        self._filled, progress, clips = 0, Progress(0, at), Common(max_clip=most)
        for _ in range(2 * MOST_SLICES):
            view, completes = self.view, pace.complete and at >= completes_at(parent)
            decision = self._ask(at)
            wanted = self._wanted(parent.order_qty if completes else decision.due, view)
            leaves = progress.clip(clips, view, wanted, at, at_once=True)
            if self._leaves(leaves, at) or at >= self.last:
                return
            wake_at, soon = decision.wake_at, at + least
            if wake_at is not None and wake_at > soon and leaves == wanted and not decision.follows:
                soon = wake_at
            if pace.complete and at < completes_at(parent) < soon:
                soon = completes_at(parent)
            at = Ns(min(soon, self.last))

    def _ask(self, at: Ns) -> Decision:
        market, start = self._market, self.start
        if at > start:
            others = self._usual * market.curve.share(start, at) // _WHOLE
            market = structs.replace(market, traded=Qty(market.traded + others))
        return ask(self._algo, self.view, market, at)

    def _wanted(self, due: int, view: Parent) -> Qty:
        return Qty(max(min(due, view.order_qty) - view.filled, 0))

    def _leaves(self, qty: Qty, at: Ns) -> bool:
        """Whether nothing more will."""
        slices = self.slices
        self._filled += qty
        if qty and slices and slices[-1].at == at:
            slices[-1] = Slice(at, Qty(slices[-1].qty + qty))
        elif qty:
            slices.append(Slice(at, qty))
        return self._filled >= self._parent.order_qty or (bool(qty) and self._algo.is_immediate)

    def _least(self, end: Ns) -> int:
        return -(-(end - self.start) // MOST_SLICES) or 1


def _clock(at: Ns) -> str:
    return print_timestamp(at)[9:17]
