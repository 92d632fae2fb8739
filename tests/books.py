"""`python -m tests.books`: the book against a naive one on random commands, then its speed by itself.

After each command the events of both are the same, and so is all that either keeps; a digest of it is the result. The
speed is that of orders in process, a second of CPU time: most rest or take near the best price, one in ten is immediate
or cancel, and who is not filled after 200 others is canceled; with price-time priority and pro rata, plain and with other
kinds of orders among them.
"""

import argparse
import gc
import time
from collections import Counter
from hashlib import sha256
from random import Random

from rich.console import Console
from rich.progress import track
from rich.table import Table

from gateway.model import SCALE, Px, Qty, TimeInForce
from tests.venues.random_book import EPISODE, Episode
from venues.matching.book import Book, Order
from venues.matching.orders import PLAIN, Allocation, Fill, Peg, Terms
from venues.matching.pool import Rules

_MID, _TICK = 100 * SCALE, SCALE // 100
_STAY = 200  # orders that come before one is canceled
_OTHERS = (
    Terms(display=Qty(2 * SCALE)),
    Terms(display=Qty(0)),
    Terms(stop=Px(_MID + 5 * _TICK)),
    Terms(min_qty=Qty(3 * SCALE)),
    Terms(post_only=True),
    Terms(peg=Peg("5")),
)


def compare(commands: int, seed: int) -> tuple[Counter[str], str]:
    """What happened in how many commands, and a digest of every state between. Raises Mismatch at the first other."""
    happened: Counter[str] = Counter()
    digest = sha256()
    episode = Episode(seed)
    for number in track(range(commands), "fast book against naive book"):
        if number % EPISODE == 0:
            if number:
                happened.update(episode.tally)
            episode = Episode(seed + number // EPISODE)
        episode.step()
        digest.update(repr(episode.kept()).encode())
    happened.update(episode.tally)
    return happened, digest.hexdigest()


def speed(orders: int, seed: int, *, allocation: Allocation, others_percent: int) -> tuple[float, int]:
    """Orders a second of CPU time, and how many fills there were."""
    random = Random(seed)
    book = Book(Rules(allocation=allocation, lot=Qty(SCALE)))
    commands = [_order(random, others_percent) for _ in range(orders)]
    gc.collect()
    gc.freeze()
    fills, began = 0, time.process_time()
    for place, (order, time_in_force) in enumerate(commands):
        for event in book.submit(order, time_in_force):
            fills += type(event) is Fill
        if place >= _STAY and (earlier := commands[place - _STAY][0]).is_live:
            book.cancel(earlier)
    took = time.process_time() - began
    gc.unfreeze()
    return orders / took, fills


def _order(random: Random, others_percent: int) -> tuple[Order, TimeInForce]:
    terms = random.choice(_OTHERS) if random.randrange(100) < others_percent else PLAIN
    time_in_force = TimeInForce.IOC if terms is PLAIN and random.randrange(10) == 0 else TimeInForce.DAY
    is_buy = random.random() < 0.5
    price = Px(_MID + (random.randint(-20, 5) if is_buy else random.randint(-5, 20)) * _TICK)
    return Order(is_buy=is_buy, price=price, leaves=random.randint(1, 9) * SCALE, terms=terms), time_in_force


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.books", description=__doc__)
    parser.add_argument("--commands", type=int, default=100_000, help="against the naive book")
    parser.add_argument("--orders", type=int, default=200_000, help="for the speed, of each kind of book")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    console = Console(width=100)
    if arguments.commands:
        happened, digest = compare(arguments.commands, arguments.seed)
        told = ", ".join(f"{count:,} {name}" for name, count in happened.items())
        console.print(f"{arguments.commands:,} commands, the same after each: {told}; digest {digest[:16]}")
    if arguments.orders:
        shown = Table(title=f"{arguments.orders:,} orders in process")
        for heading in ("allocation", "other kinds"):
            shown.add_column(heading)
        for heading in ("orders/s", "fills"):
            shown.add_column(heading, justify="right")
        for allocation in Allocation:
            for others_percent in (0, 10):
                per_s, fills = speed(
                    arguments.orders, arguments.seed, allocation=allocation, others_percent=others_percent
                )
                shown.add_row(allocation, f"{others_percent} %", f"{per_s:,.0f}", f"{fills:,}")
        console.print(shown)


if __name__ == "__main__":
    main()
