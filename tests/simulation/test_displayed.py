"""The baseline of public programs: each venue gets its share of what is displayed."""

from hypothesis import given
from hypothesis import strategies as some

from gateway.model import SCALE, parse_px, parse_qty
from gateway.run.simulation.day import Day
from gateway.run.simulation.scenario import Order, Scenario, in_proportion


@given(some.integers(1, 10**9), some.dictionaries(some.text(max_size=3), some.integers(1, 10**12), min_size=1))
def test_parts_add_up_and_keep_the_proportion(shares: int, displayed: dict[str, int]) -> None:
    """Nobody is more than one share away from it, and nobody gets an order for nothing."""
    found = in_proportion(shares, displayed)
    assert sum(found.values()) == shares and all(part > 0 for part in found.values())
    whole = sum(displayed.values())
    for venue, size in displayed.items():
        assert abs(found.get(venue, 0) * whole - shares * size) <= whole


def test_where_nothing_is_displayed_the_order_goes_to_anybody() -> None:
    order = Order(cl_ord_id="A", at=Scenario().played()[0].at, is_buy=True, shares=5)
    (body,) = order.bodies("ACME", {})
    assert body == order.body("ACME")


def test_each_venue_fills_its_part_and_the_costs_are_those_of_all() -> None:
    """As many orders as venues, named by ExDestination(100); the parent's average is over all of them."""
    day = Day(Scenario(seconds=10, parents=3, by_size=True))
    list(day.play())
    parts = {report.cl_ord_id: report for report in day.client.reports}
    assert len(parts) == 9
    for parent in day.outcome().parents:
        own = [part for name, part in parts.items() if name.startswith(f"{parent.cl_ord_id}.")]
        fills = [each for each in day.client.reports if each.cl_ord_id.startswith(parent.cl_ord_id) and each.last_mkt]
        assert len({(each.cl_ord_id, each.last_mkt) for each in fills}) == len({each.last_mkt for each in fills}) == 3
        assert (parent.cum_qty, parent.ord_status) == (parent.order_qty, "2")
        assert sum(parse_qty(part.cum_qty) for part in own) == parent.cum_qty * SCALE
        paid = sum(parse_px(part.avg_px) * parse_qty(part.cum_qty) for part in own) / parent.cum_qty / SCALE
        twice = day.arrivals[parent.cl_ord_id]
        worse = (paid - twice / 2) * (1 if parent.is_buy else -1)
        assert parent.cost.arrival == round(10_000 * worse / (twice / 2), 4) > 0
