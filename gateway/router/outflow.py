"""How much may leave a queue by a deadline, by trades and by cancels: laws, and scenarios that follow them.

A plan of the gateway's own is made from what was observed, which is integers. The other laws are for people.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import ceil, expm1, log1p
from typing import Final

from gateway.model import SCALE, Qty
from gateway.router.cont_kukanov import Law

SCENARIOS: Final = 251  # a prime; the plans are good to 0.01 cents a share, and their time is in proportion
_STRIDE: Final = 197  # whose powers are far from simple fractions of it, for a dozen venues
_SHIFT: Final = 31
MOST_OBSERVED: Final = 2_000
MOST_POISSON: Final = Qty(10_000_000 * SCALE)


class Observed:
    """What left in intervals as long as the plan is to last."""

    def __init__(self, outflows: Sequence[Qty]) -> None:
        assert outflows, "nothing was observed"
        self._sorted = sorted(outflows)

    def cdf(self, qty: Qty) -> float:
        return bisect_right(self._sorted, qty) / len(self._sorted)

    def quantile(self, share: float) -> Qty:
        return self._sorted[max(ceil(share * len(self._sorted)) - 1, 0)]


class Poisson:
    """Whole shares that leave one by one, at random."""

    def __init__(self, mean: Qty) -> None:
        assert 0 < mean <= MOST_POISSON
        shares = mean / SCALE
        mode = int(shares)
        below, above, likely = [], [1.0], 1.0
        for n in range(mode, 0, -1):
            likely *= n / shares
            if likely < 1e-20:
                break
            below.append(likely)
        likely, n = 1.0, mode
        while likely >= 1e-20:
            n += 1
            likely *= shares / n
            above.append(likely)
        self._least = mode - len(below)
        likelihoods = below[::-1] + above
        whole, upto = sum(likelihoods), 0.0
        self._cdf: list[float] = []
        for likely in likelihoods:
            upto += likely
            self._cdf.append(upto / whole)

    def cdf(self, qty: Qty) -> float:
        place = qty // SCALE - self._least
        return 0.0 if place < 0 else self._cdf[min(place, len(self._cdf) - 1)]

    def quantile(self, share: float) -> Qty:
        return Qty((self._least + min(bisect_left(self._cdf, share), len(self._cdf) - 1)) * SCALE)


class Exponential:
    """Orders so large that one may empty the queue."""

    def __init__(self, mean: Qty) -> None:
        assert mean > 0
        self._mean = mean

    def cdf(self, qty: Qty) -> float:
        return -expm1(-max(qty, 0) / self._mean)

    def quantile(self, share: float) -> Qty:
        return Qty(ceil(-log1p(-share) * self._mean))


def scenarios(laws: Sequence[Law], *, common_bps: int) -> list[list[Qty]]:
    """What leaves each queue in each of SCENARIOS: so much of it as the market as a whole has it, the rest by itself.

    xi_k = c q_k(u_0) + (1 - c) q_k(u_k), where q_k is the quantile of the venue's law and the u are a lattice, in which
    each by itself is spread evenly.
    """
    assert 0 <= common_bps <= 10_000
    spread = [_spread(place) for place in range(len(laws) + 1)]
    found = []
    for law, own in zip(laws, spread[1:], strict=True):
        quantiles = [law.quantile((2 * n + 1) / (2 * SCENARIOS)) for n in range(SCENARIOS)]
        found.append(
            [
                Qty((common_bps * quantiles[a] + (10_000 - common_bps) * quantiles[b]) // 10_000)
                for a, b in zip(spread[0], own, strict=True)
            ]
        )
    return found


def _spread(place: int) -> list[int]:
    stride = pow(_STRIDE, place, SCENARIOS)
    return [(n * stride + place * _SHIFT) % SCENARIOS for n in range(SCENARIOS)]
