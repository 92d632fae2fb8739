"""The models of execution against vectors that were computed from the published formulas, to the digits they print."""

import json
from itertools import pairwise
from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.market.theory import almgren_chriss, bertsimas_lo, impact, obizhaeva_wang
from gateway.market.theory.almgren_chriss import Impact
from tests.tapes import DATA

VECTORS = DATA / "test_vectors"
needs_vectors = pytest.mark.skipif(not VECTORS.exists(), reason="../shared/data/test_vectors is not here")
EXACT = 1e-12  # of what is printed with all its digits

PAPER = almgren_chriss.paper_impact(spread=0.125, volume=5e6, day_volume=5e6, sigma=0.95)


def vectors(name: str) -> Any:
    return json.loads((VECTORS / name).read_text())


@needs_vectors
def test_schedules_costs_and_risks_are_those_of_the_paper_of_almgren_and_chriss() -> None:
    found = vectors("almgren_chriss_2000.json")
    given, shares, days = found["params"], found["params"]["X"], found["params"]["T_days"]
    assert (PAPER.epsilon, PAPER.eta, PAPER.gamma) == (given["epsilon"], given["eta"], given["gamma"])
    assert len(found["cases"]) == 8
    for case in found["cases"]:
        intervals, risk_aversion = case["N"], case["lambda_"]
        tau = days / intervals
        c = almgren_chriss.bend(risk_aversion, PAPER, tau)
        kept = [shares * part for part in almgren_chriss.left(c, intervals)]
        assert [round(part, 4) for part in kept] == case["holdings"]
        assert [round(before - after, 4) for before, after in pairwise(kept)] == case["trades"]
        assert almgren_chriss.kappa(c, tau) == pytest.approx(case["kappa"], rel=EXACT)
        assert (c < 1) == case["kappa_is_imaginary"]
        point = almgren_chriss.best(shares, days, intervals, PAPER, risk_aversion)
        assert point.cost == pytest.approx(case["expected_cost"], rel=EXACT)
        assert point.variance == pytest.approx(case["variance"], rel=EXACT)


@needs_vectors
def test_the_ends_of_the_frontier_are_equal_parts_and_all_at_once() -> None:
    found = vectors("almgren_chriss_2000.json")
    parts, at_once, taus = [2e5] * 5, [1e6, 0, 0, 0, 0], [1.0] * 5
    for trades, case in ((parts, found["min_impact"]), (at_once, found["immediate"])):
        assert almgren_chriss.expected_cost(trades, taus, PAPER) == pytest.approx(case["E"], rel=EXACT)
        assert almgren_chriss.variance(trades, taus, PAPER) == pytest.approx(case["V"], rel=EXACT)


@needs_vectors
def test_the_least_value_at_risk_is_that_of_the_paper() -> None:
    """It is flat about the least: theirs is found where lambda is 3e-5 of it lower, which the cost shows and it not."""
    case = vectors("almgren_chriss_2000.json")["lvar95"]
    point = almgren_chriss.least_at_risk(1e6, 5, 5, PAPER, case["lambda_v"])
    c = almgren_chriss.bend(point.risk_aversion, PAPER, 1)
    assert round(point.cost + case["lambda_v"] * point.deviation, 1) == case["VaR"]
    assert round(almgren_chriss.kappa(c, 1), 4) == case["kappa"]
    assert point.risk_aversion == pytest.approx(case["equiv_lambda"], rel=1e-4)
    assert point.cost == pytest.approx(case["E"], rel=2e-5)
    assert point.deviation == pytest.approx(case["sd"], rel=2e-5)
    near = almgren_chriss.best(1e6, 5, 5, PAPER, 1.69434e-6)
    assert (round(near.cost, -1), round(near.deviation, -1)) == (1078670, 485430)


@needs_vectors
def test_trades_against_a_book_that_fills_up_are_those_of_obizhaeva_and_wang() -> None:
    for case in vectors("obizhaeva_wang.json")["cases"]:
        intervals, resilience = case["N"], case["rhoT"]
        times = [place / intervals for place in range(intervals + 1)]
        trades = obizhaeva_wang.best(1e5, resilience, 1.0, intervals)
        assert trades[0] == trades[-1] == pytest.approx(case["x_first_last"], rel=EXACT)
        assert trades[1:-1] == pytest.approx([case["x_interior"]] * (intervals - 1), rel=EXACT)
        assert sum(trades) == pytest.approx(1e5, rel=EXACT)
        least = obizhaeva_wang.kernel(trades, times, resilience)
        even = obizhaeva_wang.kernel([1e5 / (intervals + 1)] * (intervals + 1), times, resilience)
        assert least == pytest.approx(case["cost_kernel_opt"], rel=EXACT)
        assert even == pytest.approx(case["cost_kernel_equal"], rel=EXACT)
        assert 1 - least / even == pytest.approx(case["saving_vs_equal"], rel=1e-10)


@needs_vectors
def test_measured_impact_is_that_of_the_table_of_almgren_and_others() -> None:
    found = vectors("impact_and_bertsimas_lo.json")
    for case in found["cases"]:
        measured = impact.measured(
            of_volume=case["X_over_V"],
            days=case["T_days"],
            volatility=case["daily_vol"],
            turnover=case["ADV"] / case["shares_out"],
        )
        assert measured.permanent * 1e4 == pytest.approx(case["perm_I_bp"], rel=EXACT)
        assert measured.temporary * 1e4 == pytest.approx(case["temp_K_bp"], rel=EXACT)
        assert measured.cost * 1e4 == pytest.approx(case["cost_J_bp"], rel=EXACT)
    for case in found["sqrt_law"]:
        part = impact.square_root(of_volume=case["Q_over_V"], volatility=case["sigma_daily"], factor=case["Y"])
        assert part * 1e4 == pytest.approx(case["impact_bp"], rel=EXACT)


@needs_vectors
def test_equal_parts_cost_what_bertsimas_and_lo_say() -> None:
    case = vectors("impact_and_bertsimas_lo.json")["bertsimas_lo"]
    trades = bertsimas_lo.best(case["X"], case["T"], theta=case["theta"])
    cost = bertsimas_lo.impact_cost(trades, case["theta"])
    assert trades == pytest.approx([case["slice"]] * case["T"], rel=EXACT)
    assert cost == pytest.approx(case["impact_cost"], rel=EXACT)
    assert case["P0"] * case["X"] + cost == pytest.approx(case["expected_cost"], rel=EXACT)
    assert bertsimas_lo.impact_cost([case["X"]], case["theta"]) == pytest.approx(case["immediate_impact"], rel=EXACT)


# -- no neighbour of a schedule that is said to be best is better

NUDGE = st.lists(st.floats(-50, 50), min_size=6, max_size=6)


def nudged(trades: list[float], nudge: list[float]) -> list[float]:
    mean = sum(nudge) / len(nudge)
    return [trade + by - mean for trade, by in zip(trades, nudge, strict=True)]


@given(st.floats(0, 10), NUDGE)
def test_no_other_schedule_costs_less_with_its_risk(risk_aversion: float, nudge: list[float]) -> None:
    model, taus = Impact(epsilon=0.0, eta=0.02, gamma=0.001, sigma=0.3), [0.5] * 6
    kept = almgren_chriss.left(almgren_chriss.bend(risk_aversion, model, 0.5), 6)
    trades = [1000 * (before - after) for before, after in pairwise(kept)]

    def utility(trades: list[float]) -> float:
        cost = almgren_chriss.expected_cost(trades, taus, model)
        return cost + risk_aversion * almgren_chriss.variance(trades, taus, model)

    assert utility(nudged(trades, nudge)) >= utility(trades) * (1 - 1e-9)


@given(st.floats(0.01, 20), NUDGE)
def test_no_other_trades_cost_less_against_that_book(resilience: float, nudge: list[float]) -> None:
    times = [place / 5 for place in range(6)]
    trades = list(obizhaeva_wang.best(1000, resilience, 1, 5))
    least = obizhaeva_wang.kernel(trades, times, resilience)
    assert obizhaeva_wang.kernel(nudged(trades, nudge), times, resilience) >= least * (1 - 1e-9)


@given(st.floats(-2, 2), NUDGE)
def test_no_other_trades_cost_less_where_the_price_drifts(drift: float, nudge: list[float]) -> None:
    """Each period it moves by `drift` before the trade: who buys trades more at first where it rises."""

    def cost(trades: list[float]) -> float:
        drifted = sum(trade * drift * period for period, trade in enumerate(trades, 1))
        return bertsimas_lo.impact_cost(trades, 0.01) + drifted

    trades = list(bertsimas_lo.best(1000, 6, theta=0.01, drift=drift))
    assert cost(nudged(trades, nudge)) >= cost(trades) - 1e-6
    assert sum(trades) == pytest.approx(1000)


def test_a_schedule_that_risks_nothing_has_no_deviation_and_a_model_needs_short_intervals() -> None:
    assert almgren_chriss.best(100, 1, 1, PAPER, 1.0).deviation == 0
    assert almgren_chriss.least_at_risk(1e6, 5, 5, PAPER, 0.0).deviation == pytest.approx(sqrt(1.083e12))
    with pytest.raises(ValueError, match="stays moved"):
        almgren_chriss.bend(1e-6, PAPER, 21.0)
