"""Bertsimas and Lo, "Optimal control of execution costs" (1998): the least expected cost, risk apart, period by period.

A trade of S moves the price by theta S for good, before it is paid: P_t = P_{t-1} + theta S_t + noise. Then equal
parts are best, whatever theta is. Where the price also follows information Y, P_t = P_{t-1} + theta S_t + gamma Y_t +
noise, what is best in a period is its equal part of what is left and a share of Y.
"""

from collections.abc import Sequence


def best(shares: float, periods: int, *, theta: float, drift: float = 0.0) -> tuple[float, ...]:
    """The trades that cost least, where gamma Y is `drift`: so far the price moves in each period by itself.

    With k periods after this one and W left, S = W / (k + 1) + Y b_{k-1} / (2 a_{k-1}), where a_k is
    theta / 2 (1 + 1 / (k + 1)) and b_k = gamma + theta b_{k-1} / (2 a_{k-1}), from b_0 = gamma. Where the price moves
    much some are below 0.
    """
    shares_of_drift, b = [0.0], drift  # by the periods that follow
    for k in range(1, periods):
        share = b / (theta * (1 + 1 / k))
        shares_of_drift.append(share)
        b = drift + theta * share
    trades: list[float] = []
    for k in reversed(range(periods)):
        trade = shares / (k + 1) + shares_of_drift[k]
        trades.append(trade)
        shares -= trade
    return tuple(trades)


def impact_cost(trades: Sequence[float], theta: float) -> float:
    """What a schedule is expected to cost beyond the price at its start, without drift."""
    moved = cost = 0.0
    for trade in trades:
        moved += theta * trade
        cost += trade * moved
    return cost
