"""What a person asks of `gateway ck solve`, read and answered: a plan of taking and resting, beside the plain ones."""

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from rich.console import Console

from gateway.model import SCALE, Ns, Px, Qty, Side, parse_px, parse_qty, print_scaled
from gateway.router.approximation import Approximation
from gateway.router.cont_kukanov import Costs, Law, Placement, Plan, Queue, one_venue
from gateway.router.outflow import MOST_OBSERVED, MOST_POISSON, Exponential, Observed, Poisson, scenarios
from gateway.run.show import print_table, table
from venues.crowd.chance import Chance
from venues.tapes.rows import TradeRow

MOST_VENUES = 30
_EVEN = 1 << 32  # as fine as chance is
_LAWS: dict[str, Callable[[Qty], Law]] = {"poisson": Poisson, "exponential": Exponential}


class Stated(Struct, frozen=True):
    """NAME,queue=2000,rebate=0.002,outflow=poisson:2200"""

    queue: Queue
    law: Law | None  # None: the outflows are observed


class Rested(Struct, frozen=True):
    venue: str
    queue: str
    qty: str
    filled: str  # of that, on average


class Answer(Struct, frozen=True):
    """Quantities in shares, costs in currency a share; negative: it earns."""

    qty: str
    take: str
    rest: list[Rested]
    cost: str
    plain: dict[str, str]  # what simpler plans cost
    closed_form: dict[str, str] | None  # to take and to rest, where there is one venue
    scenarios: int


def parse_venue(text: str) -> Stated:
    """Raises ValueError."""
    name, *rest = text.split(",")
    given = dict(part.partition("=")[::2] for part in rest)
    unknown = given.keys() - {"queue", "rebate", "outflow"}
    if not name or "=" in name or unknown or len(given) < len(rest) or "queue" not in given:
        raise ValueError(f"'{text}' is not NAME,queue=2000[,rebate=0.002][,outflow=poisson:2200]")
    queue = Queue(name, parse_qty(given["queue"]), parse_px(given.get("rebate", "0")))
    return Stated(queue, parse_law(given["outflow"]) if "outflow" in given else None)


def parse_law(text: str) -> Law:
    """'poisson:2200' or 'exponential:2200', with the mean in shares. Raises ValueError."""
    name, _, mean = text.partition(":")
    if name not in _LAWS:
        raise ValueError(f"outflow '{text}' is neither poisson:MEAN nor exponential:MEAN")
    qty = parse_qty(mean)
    if not 0 < qty <= MOST_POISSON:
        raise ValueError(f"the mean of an outflow is above 0 and at most {print_scaled(MOST_POISSON)}")
    return _LAWS[name](qty)


def read_outflows(path: Path, venues: Sequence[str]) -> list[list[Qty]]:
    """A CSV with a column for each venue and a row for each interval, of which the last count. Raises ValueError."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        missing = [venue for venue in venues if venue not in (rows.fieldnames or ())]
        if missing:
            raise ValueError(f"it has no column {', '.join(missing)}")
        found: deque[list[Qty]] = deque(maxlen=MOST_OBSERVED)
        for row in rows:
            try:
                found.append([parse_qty(row[venue] or "") for venue in venues])
            except ValueError as error:
                raise ValueError(f"line {rows.line_num}: {error}") from None
    if not found:
        raise ValueError("it has no row")
    return [list(column) for column in zip(*found, strict=True)]


def outflows(trades: Iterable[TradeRow], side: Side, step: Ns) -> Iterator[list[str]]:
    """Rows of a CSV that `read_outflows` reads: what was sold to the bids of each venue in each whole interval, for an
    order to buy; for one to sell what was bought from its offers.
    """
    taken: dict[str, dict[int, int]] = {}
    first, last = None, 0
    for trade in trades:
        first = trade.at if first is None else first
        last = (trade.at - first) // step
        if trade.buyer_took is (side is Side.SELL) and not trade.hidden:
            of = taken.setdefault(trade.venue, {})
            of[last] = of.get(last, 0) + trade.qty
    venues = sorted(taken)
    yield ["interval", *venues]
    for interval in range(last):
        yield [str(interval), *(print_scaled(taken[venue].get(interval, 0)) for venue in venues)]


class Draws(Struct, frozen=True):
    """Intervals that a plan is approximated by."""

    count: int
    seed: int

    def of(self, laws: Sequence[Law], observed: Sequence[Sequence[Qty]] | None, common_bps: int) -> Iterator[list[Qty]]:
        """What leaves the queues in each: one of those that were observed, or as the laws have it (W-5.4)."""
        chance = Chance(self.seed, "outflows")
        for _ in range(self.count):
            if observed is not None:
                row = chance.below(len(observed[0]))
                yield [column[row] for column in observed]
                continue
            common, *own = ((2 * chance.below(_EVEN) + 1) / (2 * _EVEN) for _ in range(len(laws) + 1))
            yield [
                Qty((common_bps * law.quantile(common) + (10_000 - common_bps) * law.quantile(u)) // 10_000)
                for law, u in zip(laws, own, strict=True)
            ]


def answer(
    qty: Qty,
    venues: Sequence[Stated],
    observed: Sequence[Sequence[Qty]] | None,
    costs: Costs,
    *,
    lot: Qty,
    common_bps: int,
    draws: Draws | None = None,
) -> Answer:
    """The plan, with `draws` by stochastic approximation; without observed outflows they follow the venues' laws."""
    queues = [venue.queue for venue in venues]
    laws = [venue.law for venue in venues if venue.law is not None]
    outflows = observed if observed is not None else scenarios(laws, common_bps=common_bps)
    placement = Placement(qty, queues, outflows, costs, lot=lot)
    plan, others = placement.solve(), placement.plain()
    if draws is not None:
        others = {"search": plan, **others}
        approximation = Approximation(qty, queues, costs)
        for left in draws.of(laws, observed, common_bps):
            approximation.observe(left)
        plan = placement.costing(approximation.quantities(lot))
    closed = None
    if len(queues) == 1:
        law: Law = Observed(outflows[0]) if observed is not None else laws[0]
        take, rest = one_venue(qty, queues[0], costs, law)
        closed = {"take": print_scaled(take), "rest": print_scaled(rest)}
    return Answer(
        qty=print_scaled(qty),
        take=print_scaled(plan.market),
        rest=_rested(plan, queues),
        cost=print_scaled(plan.cost),
        plain={name: print_scaled(other.cost) for name, other in others.items()},
        closed_form=closed,
        scenarios=len(outflows[0]),
    )


def _rested(plan: Plan, queues: Sequence[Queue]) -> list[Rested]:
    each = zip(queues, plan.limits, plan.filled, strict=True)
    return [Rested(q.venue, print_scaled(q.ahead), print_scaled(qty), _short(filled)) for q, qty, filled in each]


def _short(qty: Qty) -> str:
    """To a hundredth of a share: it is an average."""
    return print_scaled(qty - qty % (SCALE // 100))


def show(found: Answer, console: Console) -> None:
    rows = [("take at once", "", found.take, found.take)]
    rows += [(f"rest at {each.venue}", each.queue, each.qty, each.filled) for each in found.rest]
    print_table(table(f"{found.qty} shares", ("what", "behind", "shares", "filled on average"), rows), console)
    costs = {"this plan": found.cost, **found.plain}
    print_table(
        table(
            f"Cost on average, over {found.scenarios} scenarios",
            ("plan", "a share", "in all"),
            ((name, cost, _in_all(cost, found.qty)) for name, cost in costs.items()),
        ),
        console,
    )
    if found.closed_form is not None:
        take, rest = found.closed_form["take"], found.closed_form["rest"]
        console.print(f"One venue, in closed form: take {take}, rest {rest}", highlight=False)


def _in_all(cost: str, qty: str) -> str:
    return print_scaled(Px(parse_px(cost) * parse_qty(qty) // SCALE))
