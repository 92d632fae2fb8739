"""A plan of taking and resting that each observation moves, by stochastic approximation (Cont and Kukanov 2014, 4).

Nothing is known of how the outflows are distributed. After each interval the plan goes a step against the gradient of
what it would have cost there, and stays within the target at each place:

    of M:    h + f + theta - (lambda_u + theta) 1{A < S} + lambda_o 1{A > S}
    of L_k:  theta + 1{xi_k > Q_k + L_k} (-(h + r_k) - (lambda_u + theta) 1{A < S} + lambda_o 1{A > S})

The gradient needs no more of an interval than which orders were filled, and whether that was as much as was wanted. The
paper's step is sqrt(K) S / sqrt(N), over the most that a gradient can be; this one has the observation's number for N,
so that it need not be known how many come, and is shorter, since gradients are seldom so large. The plan is the average
of where the steps led, the later the more (Shamir and Zhang 2013). It is computed by + - * / sqrt alone.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Final

from gateway.model import Qty
from gateway.router.cont_kukanov import Costs, Queue

_PART: Final = 0.25  # of the paper's step
_LATER: Final = 3  # the n-th place weighs about n to that power


class Approximation:
    """It begins with taking all of `target`. Inside, a plan is in parts of that."""

    def __init__(self, target: Qty, queues: Sequence[Queue], costs: Costs) -> None:
        assert target > 0 and queues, "there is something to place, and a venue to rest at"
        self._target = target
        self._ahead = [queue.ahead for queue in queues]
        self._taking = costs.half_spread + costs.fee + costs.impact
        self._earned = [costs.half_spread + queue.rebate for queue in queues]
        self._impact, self._over = costs.impact, costs.over
        self._under = costs.under + costs.impact
        most = [abs(self._taking), *(abs(earned) + costs.impact for earned in self._earned)]
        largest = sqrt(sum([(cost + self._under + self._over) ** 2 for cost in most]))
        self._step = _PART * sqrt(len(queues)) / largest if largest else 0.0
        self._count = 0
        self._place = [1.0] + [0.0] * len(queues)
        self._average = self._place[:]

    def observe(self, outflows: Sequence[Qty]) -> None:
        """What left the queue of each venue in one more interval."""
        market, *limits = self._place
        a, is_filled = market, []
        for limit, ahead, left in zip(limits, self._ahead, outflows, strict=True):
            reach = max(left - ahead, 0) / self._target
            is_filled.append(reach > limit)
            a += min(limit, reach)
        beyond = -self._under if a < 1 else self._over if a > 1 else 0
        gradient = [self._taking + beyond]
        for filled, earned in zip(is_filled, self._earned, strict=True):
            gradient.append(self._impact + (beyond - earned if filled else 0))
        self._count += 1
        step, weight = self._step / sqrt(self._count), (_LATER + 1) / (_LATER + self._count)
        self._place = [min(max(at - step * slope, 0.0), 1.0) for at, slope in zip(self._place, gradient, strict=True)]
        self._average = [mean + weight * (at - mean) for mean, at in zip(self._average, self._place, strict=True)]

    def quantities(self, lot: Qty) -> tuple[Qty, ...]:
        """In whole lots: to take, and to rest at each venue."""
        size = self._target // lot
        return tuple(Qty(int(part * size + 0.5) * lot) for part in self._average)
