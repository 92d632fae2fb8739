"""Almgren and Chriss, "Optimal execution of portfolio transactions" (2000): linear impact, and risk as variance.

An order of X shares is worked in N intervals of length tau; x_k is what is left after k of them. A share that is traded
at the rate v pays epsilon + eta v, for itself, and moves the price by gamma for good. The schedule that is best for the
risk aversion lambda solves x_{k-1} - 2c x_k + x_{k+1} = 0 with x_0 = X, x_N = 0, where
c = 1 + lambda sigma^2 tau^2 / (2 eta~) = cosh(kappa tau) and eta~ = eta - gamma tau / 2. So with the ratios r_1 = 0,
r_{j+1} = 1 / (2c - r_j) it is x_{k+1} = x_k r_{N-k}: their hyperbolic sines, without one.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import acos, acosh, sqrt
from typing import Final

from msgspec import Struct

_NOTHING: Final = 1e-9  # of a deviation, what makes no difference


class Impact(Struct, frozen=True, gc=False, kw_only=True):
    """In currency, shares and one unit of time throughout."""

    epsilon: float  # of a share: half the spread, and fees
    eta: float  # of a share, for each share a unit of time
    gamma: float  # by which the price stays moved, for each share
    sigma: float  # deviation of the price after one unit of time

    def lasting(self, tau: float) -> float:
        """eta~: what is left of eta in intervals of `tau`, as the order has not yet moved the price by itself."""
        return self.eta - self.gamma * tau / 2


def paper_impact(*, spread: float, volume: float, day_volume: float, sigma: float) -> Impact:
    """Their rules of thumb: trading one hundredth of the volume moves the price by a spread as long as it
    is done, and a tenth of a day's volume moves it by a spread for good. `volume` is what trades in a unit of time.
    """
    return Impact(epsilon=spread / 2, eta=spread / (0.01 * volume), gamma=spread / (0.1 * day_volume), sigma=sigma)


def bend(risk_aversion: float, impact: Impact, tau: float) -> float:
    """c. Below 1 for one who likes risk. Raises ValueError where the intervals are too long for the model."""
    lasting = impact.lasting(tau)
    if lasting <= 0:
        raise ValueError("the price stays moved by more than it costs to move it")
    return 1 + risk_aversion * impact.sigma * impact.sigma * tau * tau / (2 * lasting)


def kappa(c: float, tau: float) -> float:
    """How fast the order is worked, in 1 / time; where c is below 1, the imaginary part of that."""
    return (acosh(c) if c >= 1 else acos(c)) / tau


def left(c: float, intervals: int) -> tuple[float, ...]:
    """What part of the order is left at the start and after each interval: from 1 to 0."""
    ratios = [0.0]
    for _ in range(intervals - 1):
        ratios.append(1 / (2 * c - ratios[-1]))
    found = [1.0]
    for ratio in reversed(ratios):
        found.append(found[-1] * ratio)
    return tuple(found)


def expected_cost(trades: Sequence[float], taus: Sequence[float], impact: Impact) -> float:
    """Of any schedule: `trades` over intervals of `taus`, each longer than 0 where something is traded."""
    left, cost = sum(trades), 0.0
    for trade, tau in zip(trades, taus, strict=True):
        left -= trade
        own = impact.epsilon + impact.eta * trade / tau if trade else 0.0
        cost += trade * own + impact.gamma * trade * left
    return cost


def variance(trades: Sequence[float], taus: Sequence[float], impact: Impact) -> float:
    """Of the cost of any schedule, each trade at the start of its interval."""
    left, moved = sum(trades), 0.0
    for trade, tau in zip(trades, taus, strict=True):
        left -= trade
        moved += tau * left * left
    return impact.sigma * impact.sigma * moved


class Point(Struct, frozen=True, gc=False, kw_only=True):
    """Of the efficient frontier: no schedule of that variance costs less."""

    risk_aversion: float
    cost: float
    variance: float

    @property
    def deviation(self) -> float:
        return sqrt(self.variance)


def best(shares: float, horizon: float, intervals: int, impact: Impact, risk_aversion: float) -> Point:
    """The schedule that makes cost + risk_aversion x variance least, in equal intervals."""
    tau = horizon / intervals
    kept = left(bend(risk_aversion, impact, tau), intervals)
    trades = [shares * (before - after) for before, after in pairwise(kept)]
    taus = [tau] * intervals
    return Point(
        risk_aversion=risk_aversion,
        cost=expected_cost(trades, taus, impact),
        variance=variance(trades, taus, impact),
    )


def frontier(
    shares: float, horizon: float, intervals: int, impact: Impact, risk_aversions: Sequence[float]
) -> Iterator[Point]:
    for risk_aversion in risk_aversions:
        yield best(shares, horizon, intervals, impact, risk_aversion)


def least_at_risk(shares: float, horizon: float, intervals: int, impact: Impact, deviations: float) -> Point:
    """The schedule that makes cost + deviations x deviation least: value at risk.

    On the frontier it is where lambda = deviations / (2 deviation). Where that is nowhere, all goes with the
    first trade, but for what makes no difference.
    """
    if not impact.sigma or intervals == 1:  # there is nothing to choose
        return best(shares, horizon, intervals, impact, 0.0)

    def point(risk_aversion: float) -> Point:
        return best(shares, horizon, intervals, impact, risk_aversion)

    def beyond(found: Point) -> bool:
        return 2 * found.risk_aversion * found.deviation > deviations

    least = _NOTHING * point(0.0).deviation
    low, high = 0.0, 1e-12
    while not beyond(found := point(high)):
        if found.deviation <= least:
            return found
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if beyond(point(middle)) else (middle, high)
    return point(low)
