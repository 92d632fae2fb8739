"""Auctions uncrossed on random books, each against a search that tries everything: `python -m tests.auctions`.

The search knows nothing of intervals: it tries every valid price, counts every order at each, strikes out by one rule
after the other, and gives the volume away unit by unit.
"""

import argparse
from collections.abc import Callable
from random import Random
from time import perf_counter

from gateway.model import Px
from venues.matching.uncross import Interest, Uncrossing, uncross


def trades_at(order: Interest, price: int) -> bool:
    return order.price is None or (order.price >= price if order.is_buy else order.price <= price)


def search(orders: list[Interest], reference: int, tick_at: Callable[[int], int]) -> Uncrossing:
    """What `uncross` says, by trying all there is."""
    valid = [price for price in range(1, 200) if price % tick_at(price) == 0]
    near = min(valid, key=lambda price: (abs(price - reference), -price))
    marks = [near, *(order.price for order in orders if order.price is not None)]
    tried = [price for price in valid if min(marks) <= price <= max(marks)]

    def side(price: int, is_buy: bool) -> int:
        return sum(order.qty for order in orders if order.is_buy is is_buy and trades_at(order, price))

    def volume(price: int) -> int:
        return min(side(price, True), side(price, False))

    def imbalance(price: int) -> int:
        return side(price, True) - side(price, False)

    tried = [price for price in tried if volume(price) == max(map(volume, tried))]
    tried = [price for price in tried if abs(imbalance(price)) == min(abs(imbalance(other)) for other in tried)]
    if all(imbalance(price) > 0 for price in tried):
        price = max(tried)
    elif all(imbalance(price) < 0 for price in tried):
        price = min(tried)
    else:
        price = min(tried, key=lambda price: (abs(price - near), -price))
    if not volume(price):
        return Uncrossing(None, volume(price), 0, (0,) * len(orders))  # type: ignore[arg-type]
    filled = [0] * len(orders)
    for is_buy in (True, False):
        for _ in range(volume(price)):
            filled[_next(orders, filled, price, is_buy)] += 1
    return Uncrossing(Px(price), volume(price), imbalance(price), tuple(filled))  # type: ignore[arg-type]


def _next(orders: list[Interest], filled: list[int], price: int, is_buy: bool) -> int:
    """Which order gets the next unit."""
    first: int | None = None
    for place, order in enumerate(orders):
        open_ = order.is_buy is is_buy and trades_at(order, price) and filled[place] < order.qty
        if open_ and (first is None or _better(order, orders[first])):
            first = place
    assert first is not None
    return first


def _better(order: Interest, earlier: Interest) -> bool:
    if order.price is None or earlier.price is None:
        return order.price is None and earlier.price is not None
    return order.price > earlier.price if order.is_buy else order.price < earlier.price


def random_book(random: Random) -> tuple[list[Interest], Px, Callable[[int], int]]:
    """Few prices and sizes, so that rules come to bear that rarely do; a fifth of the ticks change with the price."""
    low = random.randrange(20, 90)
    span = random.choice((1, 3, 8, 20))
    wide = random.choice((1, 1, 2, 5))
    border = 60 if random.random() < 0.2 else 0
    at_any = random.choice((0, 0.1, 0.5))

    def tick_at(price: int) -> int:
        return wide if price >= border else 1

    orders = []
    for _ in range(random.choice((0, 1, 2, 4, 8, 16))):
        price = low + random.randrange(span + 1)
        limit = None if random.random() < at_any else price - price % tick_at(price)
        orders.append(Interest(random.random() < 0.5, limit, random.choice((1, 2, 3, 5, 9))))
    return orders, Px(low + random.randrange(-10, span + 11)), tick_at


def compare(books: int, seed: int) -> dict[str, int]:
    """Uncross that many books both ways. Returns how many there were of each kind; raises AssertionError."""
    random = Random(seed)
    seen = dict.fromkeys(("nothing trades", "all buyers too many", "all sellers too many", "balanced", "no limits"), 0)
    for number in range(books):
        orders, reference, tick_at = random_book(random)
        found, expected = uncross(orders, reference, tick_at), search(orders, reference, tick_at)
        assert found == expected, f"book {number} of seed {seed}: {orders} at {reference}: {found}, not {expected}"
        kind = "balanced" if found.imbalance == 0 else "all buyers too many"
        if found.price is None:
            kind = "nothing trades"
        elif all(order.price is None for order in orders):
            kind = "no limits"
        elif found.imbalance < 0:
            kind = "all sellers too many"
        seen[kind] += 1
    return seen


def timed(orders: int, seed: int) -> float:
    """Seconds to uncross one book of that many orders."""
    random = Random(seed)
    book = [Interest(random.random() < 0.5, 10_000 + random.randrange(-500, 500), 100) for _ in range(orders)]
    began = perf_counter()
    uncross(book, Px(10_000), lambda _: 1)
    return perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.auctions", description=__doc__)
    parser.add_argument("--books", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = perf_counter()
    seen = compare(asked.books, asked.seed)
    print(f"{asked.books} random books: price, volume, imbalance and allocation equal the search's")
    for kind, count in seen.items():
        print(f"  {count:>7}  {kind}")
    print(f"in {perf_counter() - began:.1f} s; a book of 100,000 orders is uncrossed in {timed(100_000, 1):.2f} s")


if __name__ == "__main__":
    main()
