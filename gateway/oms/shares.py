"""A whole in parts that add up to it, by the largest remainder; of equal remainders the first is served first."""

from collections.abc import Sequence


def apportion(total: int, weights: Sequence[int], unit: int = 1) -> list[int]:
    """`total` in proportion to `weights`, which are positive, in multiples of `unit`.

    What of `total` is no multiple goes, in one piece, to the next in line. A negative total gives negative parts.
    """
    whole = sum(weights)
    units, odd = divmod(abs(total), unit)
    quotas = [divmod(units * weight, whole) for weight in weights]
    line = sorted(range(len(quotas)), key=lambda place: -quotas[place][1])
    parts = [part * unit for part, _ in quotas]
    left = units - sum(part for part, _ in quotas)
    for place in line[:left]:
        parts[place] += unit
    parts[line[left]] += odd
    return parts if total >= 0 else [-part for part in parts]


def of_amount(amount: int, quantities: Sequence[int]) -> list[int]:
    """What each quantity cost, at the average price of all: integers that add up to `amount`, and differ from the exact
    share by less than 1."""
    price, rest = divmod(amount, sum(quantities))
    more = apportion(rest, quantities)
    return [price * qty + part for qty, part in zip(quantities, more, strict=True)]
