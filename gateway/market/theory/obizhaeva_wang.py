"""Obizhaeva and Wang, "Optimal trading strategy and supply/demand dynamics" (2013): a book that fills up again.

A trade of x takes x / q off a book of q shares a unit of price; a part of that, lambda a share, stays for good, and the
rest fades as exp(-rho t). With trades x_i at t_i the cost beyond what is the same for every schedule is
(1/q - lambda) / 2 sum_ij x_i x_j exp(-rho |t_i - t_j|). Risk is no part of it.
"""

from collections.abc import Sequence
from math import exp


def best(shares: float, resilience: float, horizon: float, intervals: int) -> tuple[float, ...]:
    """The trades that cost least, at `intervals` + 1 even instants from the start to the horizon.

    They are equal but for a larger one at each end, since the kernel's inverse has three diagonals: with
    a = exp(-rho tau), X / ((N - 1)(1 - a) + 2) at the ends and (1 - a) times that between.
    """
    fills = 1 - exp(-resilience * horizon / intervals)
    end = shares / ((intervals - 1) * fills + 2)
    return (end, *[end * fills] * (intervals - 1), end)


def kernel(trades: Sequence[float], times: Sequence[float], resilience: float) -> float:
    """1/2 sum_ij x_i x_j exp(-rho |t_i - t_j|), for trades in order of time."""
    felt = total = 0.0  # what earlier trades took and has not come back
    before = times[0] if times else 0.0
    for trade, at in zip(trades, times, strict=True):
        felt *= exp(-resilience * (at - before))
        total += trade * (felt + trade / 2)
        felt += trade
        before = at
    return total


def cost(
    trades: Sequence[float], times: Sequence[float], *, resilience: float, transient: float, permanent: float
) -> float:
    """Beyond the price at the start, half the spread apart; `transient` is 1/q - lambda, `permanent` lambda."""
    shares = sum(trades)
    return permanent * shares * shares / 2 + transient * kernel(trades, times, resilience)
