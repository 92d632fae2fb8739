"""What to take and what to rest: the published numbers, and plans against searches over everything."""

import json
from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.model import SCALE, Px, Qty
from gateway.router.approximation import Approximation
from gateway.router.cont_kukanov import Costs, Law, Placement, Plan, Queue, one_venue
from gateway.router.outflow import SCENARIOS, Exponential, Observed, Poisson, scenarios
from gateway.run.placing import Draws
from tests.cont_kukanov import (
    AHEAD,
    CENT,
    PUBLISHED,
    VECTORS,
    approximated,
    cost_of,
    draw,
    found,
    paper,
    paper_queues,
    sampled,
    shares,
)
from tests.conversation.rules import rule

CLOSED_FORM = VECTORS / "ck_single_exchange_closed_form.json"
LOT = Qty(1)
needs_vectors = pytest.mark.skipif(not PUBLISHED.exists(), reason="no published numbers here")


def cases() -> list[str]:
    return list(json.loads(PUBLISHED.read_text())) if PUBLISHED.exists() else []


# --- one venue ---


@rule("W-5.1")
def test_of_a_thousand_shares_214_rest_behind_two_thousand() -> None:
    """Cont and Kukanov 2014, Proposition 3: Poisson(2200), h 0.02, f 0.003, r 0.002, theta 0.0005, lambdas 0.05."""
    take, rest = one_venue(shares(1000), paper_queues(1)[0], paper(), Poisson(shares(2200)))
    assert (take, rest) == (shares(786), shares(214))


@rule("W-5.1")
@needs_vectors
def test_the_closed_form_gives_the_published_numbers() -> None:
    read = json.loads(CLOSED_FORM.read_text())
    laws: dict[str, Law] = {
        "poisson(2200)": Poisson(shares(2200)),
        "exponential(mean 2200)": Exponential(shares(2200)),
        "exponential(mean 2500)": Exponential(shares(2500)),
    }
    for case in read["cases"]:
        costs = paper(under=case["lambda_u"])
        take, rest = one_venue(shares(case["S"]), paper_queues(1)[0], costs, laws[case["dist"]])
        assert (take / SCALE, rest / SCALE) == pytest.approx((case["M"], case["L"]), abs=1e-6), case
    assert len(read["cases"]) == 48


@rule("W-5.1")
def test_when_resting_earns_less_than_taking_everything_is_taken() -> None:
    """2h + f + r below zero: it costs more to be filled at rest, even without a queue."""
    dear = Queue("A", Qty(0), Px(-60_000_000))
    assert one_venue(shares(100), dear, paper(), Poisson(shares(2200))) == (shares(100), 0)


# --- several venues ---


@rule("W-5.2")
@needs_vectors
@pytest.mark.parametrize("case", cases())
def test_a_plan_costs_what_the_best_plan_does(case: str) -> None:
    """On outflows that the plan was not made from: xi_k = 0.6 xi_0 + 0.4 eps_k, each Poisson(2200)."""
    size, venues = map(int, case.split(","))
    plan = found(size, venues)
    best = json.loads(PUBLISHED.read_text())[case]["W_star"]
    assert abs(cost_of((plan.market, *plan.limits), size, venues) - best) < 0.01, plan


@rule("W-5.5")
@pytest.mark.parametrize(("under", "rested"), [(0.03, 250), (0.05, 214), (0.1, 184)])
def test_steps_against_the_gradient_lead_to_the_closed_form(under: float, rested: int) -> None:
    """The same numbers as by Proposition 3, without anything being known of the law."""
    approximation = Approximation(shares(1000), paper_queues(1), paper(under))
    for left in Draws(count=10_000, seed=1).of([Poisson(shares(2200))], None, 0):
        approximation.observe(left)
    take, rest = approximation.quantities(shares(1))
    assert (take / SCALE, rest / SCALE) == pytest.approx((1000 - rested, rested), abs=6)


@rule("W-5.5")
@needs_vectors
@pytest.mark.parametrize("case", cases())
def test_steps_against_the_gradient_lead_to_what_costs_as_little(case: str) -> None:
    size, venues = map(int, case.split(","))
    best = json.loads(PUBLISHED.read_text())[case]["W_star"]
    assert abs(cost_of(approximated(size, venues, draw(venues, 5_000)), size, venues) - best) < 0.03


@rule("W-5.2")
@needs_vectors
@pytest.mark.parametrize("case", cases())
def test_plainer_plans_cost_what_is_published(case: str) -> None:
    """W_M takes all, W_L rests all at one venue, W_E has equal parts of taking and of each venue."""
    size, venues = map(int, case.split(","))
    published = json.loads(PUBLISHED.read_text())[case]
    queues = paper_queues(venues)
    placement = Placement(shares(size), queues, sampled(venues), paper(), lot=shares(1))
    costs = {name: plan.cost / CENT for name, plan in placement.plain().items()}
    expected = {"take all": published["W_M"], "rest at one venue": published["W_L"], "equal parts": published["W_E"]}
    assert costs == pytest.approx(expected, abs=0.02)


def small() -> st.SearchStrategy[tuple[int, list[Queue], list[list[Qty]], Costs]]:
    """Orders of a few lots, and a few scenarios for up to three venues."""
    qty = st.integers(0, 16).map(Qty)

    def of(venues: int, count: int) -> st.SearchStrategy[tuple[int, list[Queue], list[list[Qty]], Costs]]:
        queue = st.builds(Queue, st.just("A"), qty, st.integers(-5, 10).map(Px))
        column = st.lists(qty, min_size=count, max_size=count)
        cost = st.integers(0, 90).map(Px)
        costs = st.builds(Costs, cost, st.integers(-5, 10).map(Px), st.integers(0, 5).map(Px), cost, cost)
        return st.tuples(
            st.integers(1, 30 // venues**2),
            st.lists(queue, min_size=venues, max_size=venues),
            st.lists(column, min_size=venues, max_size=venues),
            costs,
        )

    return st.tuples(st.integers(1, 3), st.integers(1, 8)).flatmap(lambda drawn: of(*drawn))


def naive(
    lots: Sequence[int], target: int, queues: Sequence[Queue], outflows: Sequence[Sequence[int]], c: Costs
) -> int:
    """The paper's cost, summed over the scenarios."""
    total = 0
    for left in zip(*outflows, strict=True):
        each = zip(lots[1:], left, queues, strict=True)
        filled = [(min(qty, max(xi - queue.ahead, 0)), queue.rebate) for qty, xi, queue in each]
        a = lots[0] + sum(qty for qty, _ in filled)
        total += (c.half_spread + c.fee) * lots[0] - sum((c.half_spread + rebate) * qty for qty, rebate in filled)
        total += (
            c.impact * (sum(lots) + max(target - a, 0)) + c.under * max(target - a, 0) + c.over * max(a - target, 0)
        )
    return total


@rule("W-5.2")
@settings(max_examples=150)
@given(small())
def test_a_plan_is_within_bounds_and_no_plainer_one_is_cheaper(
    drawn: tuple[int, list[Queue], list[list[Qty]], Costs],
) -> None:
    """Its cost is the paper's, to the last unit; each place has at most the target; equal to a search with one venue."""
    target, queues, outflows, costs = drawn
    placement = Placement(Qty(target), queues, outflows, costs, lot=LOT)
    plan = placement.solve()
    lots = (plan.market, *plan.limits)
    assert all(0 <= qty <= target for qty in lots)
    cost, count = naive(lots, target, queues, outflows, costs), len(outflows[0]) * target
    assert plan.cost == (2 * cost + count) // (2 * count)
    assert plan.cost <= min(plain.cost for plain in placement.plain().values())
    if len(queues) == 1:
        every = product(range(target + 1), repeat=2)
        assert cost == min(naive(other, target, queues, outflows, costs) for other in every)


@rule("W-9.1")
@settings(max_examples=100)
@given(small())
def test_what_is_never_more_than_the_target_is_placed_at_the_least_cost(
    drawn: tuple[int, list[Queue], list[list[Qty]], Costs],
) -> None:
    """Of all plans whose parts add up to the target none costs less, whatever it costs to be filled beyond it."""
    target, queues, outflows, drawn_costs = drawn
    under = Px(max(drawn_costs.half_spread + drawn_costs.fee, 0) + drawn_costs.under)
    costs = replace(drawn_costs, under=under)
    plan = Placement(Qty(target), queues, outflows, costs, lot=LOT).within()
    lots = (plan.market, *plan.limits)
    assert sum(lots) == target
    every = (
        (target - sum(rest), *rest) for rest in product(range(target + 1), repeat=len(queues)) if sum(rest) <= target
    )
    least = min(naive(other, target, queues, outflows, costs) for other in every)
    assert naive(lots, target, queues, outflows, costs) == least


@rule("W-5.5")
def test_a_step_is_against_the_gradient_and_as_long_as_the_largest_could_be() -> None:
    """From all taken, M by h + f + theta, L by theta - (h + r) where its queue was gone; M_1 and L_1 are the plan then."""
    approximation = Approximation(shares(10_000), paper_queues(2), paper())
    approximation.observe([shares(AHEAD + 1), shares(AHEAD)])
    taking, resting = 0.0235 + 0.1005, 0.0225 + 0.1005
    step = 10_000 * 0.25 * 2**0.5 / (taking**2 + 2 * resting**2) ** 0.5
    expected = (10_000 - 0.0235 * step, 0.0215 * step, 0)
    assert [qty / SCALE for qty in approximation.quantities(shares(1))] == pytest.approx(expected, abs=0.5)
    approximation = Approximation(shares(100), [Queue("A", Qty(0), Px(0))], Costs(Px(CENT), Px(0), Px(0), Px(0), Px(0)))
    for _ in range(200):
        approximation.observe([shares(1000)])
    assert approximation.quantities(shares(1)) == (0, shares(100))


@rule("W-5.5")
@settings(max_examples=50)
@given(small())
def test_each_step_stays_within_the_target_at_each_place(
    drawn: tuple[int, list[Queue], list[list[Qty]], Costs],
) -> None:
    target, queues, outflows, costs = drawn
    approximation = Approximation(Qty(target), queues, costs)
    assert approximation.quantities(LOT) == (target, *(0 for _ in queues))
    for left in zip(*outflows, strict=True):
        approximation.observe(left)
        assert all(0 <= qty <= target for qty in approximation.quantities(LOT))


@rule("W-5.3")
def test_more_than_the_target_rests_where_no_venue_is_sure() -> None:
    """With exponential outflows that have nothing in common, one venue's fills make up for another's."""
    law = Exponential(shares(2200))
    outflows = scenarios([law] * 4, common_bps=0)
    plan = Placement(shares(1000), paper_queues(4), outflows, paper(), lot=shares(1)).solve()
    assert sum(plan.limits) > shares(1000)


def test_nothing_rests_where_no_queue_will_move() -> None:
    plan = plan_for([[Qty(0)], [Qty(0)]])
    assert (plan.market, plan.limits, plan.cost) == (100, (0, 0), 3)


def test_everything_rests_where_the_queues_will_be_gone() -> None:
    plan = plan_for([[Qty(60)], [Qty(60)]])
    assert (plan.market, sum(plan.limits)) == (0, 100)
    assert plan.filled == plan.limits


def plan_for(outflows: list[list[Qty]], lot: Qty = LOT) -> Plan:
    queues = [Queue("A", Qty(10), Px(0)), Queue("B", Qty(0), Px(0))]
    return Placement(Qty(100), queues, outflows, Costs(Px(2), Px(0), Px(1), Px(5), Px(5)), lot=lot).solve()


@rule("W-5.2")
def test_a_plan_is_in_whole_lots() -> None:
    """Of the 37 that leave the queue of B three lots of 10 can be counted on."""
    plan = plan_for([[Qty(0)], [Qty(37)]], lot=Qty(10))
    assert (plan.market, plan.limits) == (70, (0, 30))


def test_what_was_observed_is_a_law_too() -> None:
    """The share of what was as small, and the least that so large a share was no larger than."""
    law = Observed([Qty(4), Qty(1), Qty(3), Qty(2)])
    assert [law.cdf(Qty(qty)) for qty in (0, 1, 3, 9)] == [0, 0.25, 0.75, 1]
    assert [law.quantile(share) for share in (0.25, 0.26, 1.0)] == [1, 2, 4]


@rule("W-5.4")
def test_scenarios_follow_the_law_of_each_venue() -> None:
    """As many are up to each quantile as its share says, whatever is in common; all in common is one outflow."""
    laws: list[Law] = [Poisson(shares(50)), Exponential(shares(900))]
    for law, column in zip(laws, scenarios(laws, common_bps=0), strict=True):
        for share in (0.1, 0.5, 0.9):
            upto = sum(qty <= law.quantile(share) for qty in column)
            assert upto / SCENARIOS == pytest.approx(law.cdf(law.quantile(share)), abs=0.5 / SCENARIOS)
    same = scenarios([laws[0]] * 2, common_bps=10_000)
    assert same[0] == same[1]


@rule("W-5.4")
def test_venues_are_filled_together_as_far_as_they_have_it_in_common() -> None:
    """Independent outflows are of both kinds about as often as not; what is half in common moves together."""
    law = Poisson(shares(2200))

    def together(common_bps: int) -> float:
        a, b = scenarios([law] * 2, common_bps=common_bps)
        return sum((x > shares(2200)) == (y > shares(2200)) for x, y in zip(a, b, strict=True)) / SCENARIOS

    assert together(0) == pytest.approx(0.5, abs=0.06)
    assert together(8000) > 0.8
