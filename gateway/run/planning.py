"""`gateway plan`: what an order would do by an algo, and what it would cost by it and by others.

The market is what is said of it: a price, a spread, how much the price moves and how much trades in a day, and that
over the day as on a usual one before there is history. The costs of different models are made to agree where all trade
evenly: there each says what Almgren and Chriss do.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from math import log, sqrt

from msgspec import Struct

from gateway.market.theory import almgren_chriss, bertsimas_lo, obizhaeva_wang
from gateway.market.theory.almgren_chriss import Impact
from gateway.market.theory.impact import measured, square_root
from gateway.market.theory.window import impact_of
from gateway.market.volume import Hours, Profile, Volume
from gateway.model import (
    SCALE,
    SECOND,
    Algo,
    Common,
    Instrument,
    Market,
    NewOrder,
    Ns,
    OrdType,
    Parent,
    Px,
    Qty,
    Quote,
    Rejection,
    Side,
    name_of,
)
from gateway.oms import strategy
from gateway.oms.plan import Refused
from gateway.oms.planning import Forecast, Slice, foresee, priced

_URGENCIES = ("PASSIVE", "NEUTRAL", "AGGRESSIVE")
_COMPARED = {"TWAP": "1001", "VWAP": "1", "IS": "1003"}
_DEVIATIONS = 1.645  # of a normal distribution, which 5 of 100 exceed
_AROUND = (0.0, 0.01, 0.1, 1.0, 10.0, 100.0)
_WINDOW = ("Duration", "StartTime", "EndTime")


class Assumed(Struct, frozen=True, kw_only=True):
    """The market, as far as it matters to a plan."""

    price: Px  # the middle
    spread: Px
    volatility: float  # of a day, as a part of the price
    volume: Qty  # of a day
    hours: Hours
    half_life_s: float  # in which half of what was taken from the book has come back
    outstanding: Qty | None = None  # shares that there are; None: not said


class Asked(Struct, frozen=True, kw_only=True):
    symbol: str
    side: Side
    qty: Qty
    lot: Qty
    algo: str  # a TargetStrategy(847)
    parameters: Mapping[str, str]  # by StrategyParameterName(958)
    now: Ns
    drift: float = 0.0  # by which the price is expected to be worse at the end, as a part of it


class Way(Struct, frozen=True, kw_only=True):
    """One way to trade the order, by each model in basis points of the price."""

    name: str
    slices: int
    half_by_s: float | None  # after which half of the order is done; None: it never is
    left: Qty
    cost_bps: float
    deviation_bps: float
    recovering_bps: float  # by Obizhaeva and Wang
    lasting_bps: float  # by Bertsimas and Lo


class Choice(Struct, frozen=True, kw_only=True):
    """A schedule of the efficient frontier: with that risk aversion none is better."""

    risk_aversion: float  # RiskAversion of IS
    holds_s: float | None  # 1 / kappa: in which all but 37 % of it is done; None: it is worked evenly
    cost_bps: float
    deviation_bps: float
    at_risk_bps: float  # not exceeded in 95 of 100 cases


class Planned(Struct, frozen=True, kw_only=True):
    symbol: str
    side: Side
    qty: Qty
    algo: str
    start: Ns
    end: Ns
    forecast: Forecast
    square_root_bps: float  # of the order as a whole, by the square-root law
    measured_bps: float | None  # by what Almgren and others measured; None: the shares outstanding are not said
    ways: tuple[Way, ...]
    urgencies: tuple[Way, ...]  # IS with each of them
    frontier: tuple[Choice, ...]  # from the cheapest to the surest


class CannotPlan(Exception):
    """The order would be refused; the text begins with the code."""


class _Still:
    """A market whose price does not move, with the volatility and volume that are expected of it."""

    def __init__(self, assumed: Assumed) -> None:
        self._assumed = assumed
        self._shape = Volume(assumed.hours)
        self.spread = assumed.spread

    def share(self, start: Ns, end: Ns) -> int:
        return self._shape.share(start, end)

    def usual(self, now: Ns) -> Qty:  # noqa: ARG002
        return self._assumed.volume

    def named(self, name: str) -> Profile | None:
        return self._shape.named(name)

    def volatility(self, seconds: int) -> int:
        return int(self._assumed.volatility * sqrt(seconds * SECOND / self._assumed.hours.length) * SCALE)

    def middle(self, at: Ns) -> Px:  # noqa: ARG002
        return self._assumed.price

    def band(self, start: Ns, end: Ns) -> tuple[Px, Px]:  # noqa: ARG002
        return self._assumed.price, Px(0)


def planned(asked: Asked, assumed: Assumed, algos: Mapping[str, type[Algo]]) -> Planned:
    """Raises CannotPlan."""
    market = _market(assumed)
    algo, parent, pace = _taken(asked, market, algos)
    compared = {name: _taken(asked, market, algos, number) for name, number in _COMPARED.items()}
    urgent = {f"IS {said}": _taken(asked, market, algos, _COMPARED["IS"], {"Urgency": said}) for said in _URGENCIES}
    impact = impact_of(parent, market, asked.now)
    if impact is None:
        raise CannotPlan("nothing trades in that window: it is outside of the trading day")
    forecasts = {name: foresee(other, its, market, asked.now) for name, (other, its, _) in (compared | urgent).items()}
    even = forecasts["TWAP"].slices
    try:
        forecast = foresee(algo, parent, market, asked.now, pace=pace)
    except Refused as refused:
        raise CannotPlan(refused.rejection.text) from None
    models = _Models(asked, assumed, parent, impact, even)
    ways = [models.way(name, forecasts[name].slices) for name in compared]
    ways += [
        models.way("OW", models.obizhaeva_wang()),
        models.way("BL", models.bertsimas_lo()),
        models.way("at once", (Slice(parent.start, parent.order_qty),)),
    ]
    return Planned(
        symbol=asked.symbol,
        side=asked.side,
        qty=asked.qty,
        algo=name_of(algos[asked.algo]),
        start=parent.start,
        end=parent.end,
        forecast=forecast,
        square_root_bps=square_root(of_volume=asked.qty / assumed.volume, volatility=assumed.volatility) * 10_000,
        measured_bps=None if assumed.outstanding is None else _measured(asked, assumed, parent, assumed.outstanding),
        ways=tuple(ways),
        urgencies=tuple(models.way(name, forecasts[name].slices) for name in urgent),
        frontier=tuple(models.frontier()),
    )


def _market(assumed: Assumed) -> Market:
    still, enough = _Still(assumed), Qty((1 << 63) - 1)
    bid = Px(assumed.price - assumed.spread // 2)
    return Market(
        bid=bid,
        bid_size=enough,
        ask=Px(bid + assumed.spread),
        ask_size=enough,
        last=assumed.price,
        traded=Qty(0),
        curve=still,
        estimates=still,
        past=still,
    )


def _taken(
    asked: Asked,
    market: Market,
    algos: Mapping[str, type[Algo]],
    number: str | None = None,
    more: Mapping[str, str] | None = None,
) -> tuple[Algo, Parent, Common]:
    """The order as the gateway would take it; with another algo's `number` in the same window, otherwise as usual."""
    parameters = dict(asked.parameters)
    if number is not None:
        parameters = {name: text for name, text in parameters.items() if name in _WINDOW} | dict(more or {})
    order = NewOrder(
        cl_ord_id="plan",
        symbol=asked.symbol,
        side=asked.side,
        order_qty=asked.qty,
        ord_type=OrdType.MARKET,
        target_strategy=number or asked.algo,
        strategy_text=";".join(f"{name}={text}" for name, text in parameters.items()),
    )
    quote = Quote(
        symbol=asked.symbol, bid=market.bid, bid_size=market.bid_size, ask=market.ask, ask_size=market.ask_size
    )
    plan = strategy.plan(order, algos, now=asked.now, close=None, quote=lambda _: quote)
    if isinstance(plan, Rejection):
        raise CannotPlan(plan.text)
    instrument = Instrument(symbol=asked.symbol, lot=asked.lot, min_qty=asked.lot)
    objection = strategy.objection(plan, order, instrument, market.curve)
    if objection is not None:
        raise CannotPlan(objection)
    assert plan.common is not None
    parent = Parent(
        symbol=asked.symbol,
        side=asked.side,
        order_qty=asked.qty,
        filled=Qty(0),
        working=Qty(0),
        limit=None,
        lot=asked.lot,
        min_qty=max(asked.lot, plan.common.min_clip),
        start=plan.start,
        end=plan.end,
        arrival=plan.arrival,
        traded_at_start=Qty(0),
        released_at=Ns(0),
        urgency=plan.common.urgency,
    )
    return plan.algo, parent, plan.common


def _measured(asked: Asked, assumed: Assumed, parent: Parent, outstanding: Qty) -> float:
    found = measured(
        of_volume=asked.qty / assumed.volume,
        days=(parent.end - parent.start) / assumed.hours.length,
        volatility=assumed.volatility,
        turnover=assumed.volume / outstanding,
    )
    return found.cost * 10_000


class _Models:
    """One order by three models; the unit of time is its window."""

    def __init__(self, asked: Asked, assumed: Assumed, parent: Parent, impact: Impact, even: Sequence[Slice]) -> None:
        self._parent, self._impact, self._now = parent, impact, asked.now
        self._window = parent.end - parent.start
        self._shares = asked.qty / SCALE
        self._worth = self._shares * assumed.price / SCALE
        self._drift = asked.drift * assumed.price / SCALE
        self._periods = len(even)
        self._resilience = log(2) / (assumed.half_life_s * SECOND) * self._window
        # Trading at the rate v for long keeps v / resilience of the book away, and costs eta v.
        self._transient = impact.eta * self._resilience
        cost, _ = priced(even, parent, impact, asked.now)
        moved = cost - impact.epsilon * self._shares
        self._theta = 2 * moved / (self._shares * self._shares * (1 + 1 / self._periods))

    def obizhaeva_wang(self) -> tuple[Slice, ...]:
        trades = obizhaeva_wang.best(self._shares, self._resilience, 1.0, self._periods)
        return self._slices(trades, self._periods)

    def bertsimas_lo(self) -> tuple[Slice, ...]:
        drift = self._drift / self._periods
        return self._slices(
            bertsimas_lo.best(self._shares, self._periods, theta=self._theta, drift=drift), self._periods
        )

    def frontier(self) -> Iterator[Choice]:
        order = self._shares, 1.0, self._periods, self._impact
        middle = almgren_chriss.least_at_risk(*order, _DEVIATIONS).risk_aversion
        for point in almgren_chriss.frontier(*order, list(dict.fromkeys(middle * times for times in _AROUND))):
            tau = 1 / self._periods
            kappa = almgren_chriss.kappa(almgren_chriss.bend(point.risk_aversion, self._impact, tau), tau)
            to_bps = 10_000 / self._worth
            yield Choice(
                risk_aversion=point.risk_aversion,
                holds_s=self._window / SECOND / kappa if kappa else None,
                cost_bps=point.cost * to_bps,
                deviation_bps=point.deviation * to_bps,
                at_risk_bps=(point.cost + _DEVIATIONS * point.deviation) * to_bps,
            )

    def way(self, name: str, slices: Sequence[Slice]) -> Way:
        cost, deviation = priced(slices, self._parent, self._impact, self._now)
        trades = [each.qty / SCALE for each in slices]
        times = [(each.at - self._parent.start) / self._window for each in slices]
        drifted = self._drift * sum(trade * at for trade, at in zip(trades, times, strict=True))
        spread = self._impact.epsilon * sum(trades)
        recovering = obizhaeva_wang.cost(
            trades, times, resilience=self._resilience, transient=self._transient, permanent=self._impact.gamma
        )
        done = accumulate(trades)
        half = next((at for at, by in zip(times, done, strict=True) if 2 * by >= self._shares), None)
        to_bps = 10_000 * self._shares / (self._worth * (sum(trades) or 1.0))
        return Way(
            name=name,
            slices=len(slices),
            half_by_s=None if half is None else half * self._window / SECOND,
            left=Qty(self._parent.order_qty - sum(each.qty for each in slices)),
            cost_bps=(cost + drifted) * to_bps,
            deviation_bps=deviation * to_bps,
            recovering_bps=(spread + recovering + drifted) * to_bps,
            lasting_bps=(spread + bertsimas_lo.impact_cost(trades, self._theta) + drifted) * to_bps,
        )

    def _slices(self, trades: Sequence[float], periods: int) -> tuple[Slice, ...]:
        """In whole lots that add up to the order, and never the other way."""
        parent, found, sent = self._parent, list[Slice](), 0
        for place, by in enumerate(accumulate(trades)):
            lots = int(by * SCALE / parent.lot + 0.5)
            due = parent.order_qty if place + 1 == len(trades) else min(lots * parent.lot, parent.order_qty)
            if due > sent:
                found.append(Slice(Ns(parent.start + self._window * place // periods), Qty(due - sent)))
                sent = due
        return tuple(found)
