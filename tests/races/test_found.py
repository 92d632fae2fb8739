"""What the searches found, step by step."""

from typing import Any

import pytest

from gateway.model import ExecType, OrdStatus, Side
from tests.races.machine import Trading
from tests.races.test_honest_venues import Honest
from tests.races.test_hostile_venues import Hostile


def given(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {"qty": 10, "price": None, "symbol": "ACME", "account": None, "tif": "0"}
    return usual | {"starts_in_s": None, "slices": 0, "duration_s": 5, "child_tif": "3"} | changes


@pytest.fixture
def hostile() -> Hostile:
    machine = Hostile()
    machine.opens()
    return machine


@pytest.fixture
def honest() -> Honest:
    machine = Honest()
    machine.opens()
    return machine


def settled(machine: Trading) -> None:
    """All agrees, and does so to the end of everything."""
    machine.all_agrees()
    machine.teardown()


def order(machine: Trading, **changes: Any) -> None:
    machine.orders("CLIENT", Side.BUY, given(**changes))
    machine.all_agrees()


def test_a_rate_that_is_lowered_counts_what_has_left(hostile: Hostile) -> None:
    """I17: the second's window used to begin anew with each change."""
    order(hostile, symbol="BOND")
    hostile.sets_a_limit(("venue=XLON", "max_orders_per_s", "1"))
    order(hostile)
    settled(hostile)


def test_fills_stay_in_the_account_of_their_order(hostile: Hostile) -> None:
    """I12, O-3.7: a replace used to move an order, and what was open of it, to another account half-way."""
    order(hostile, account="A", slices=5)
    hostile.replaces(0, given(slices=5), like=False)
    hostile.fills(0, 1, 0, 0, "")
    settled(hostile)


def test_what_a_bust_opens_again_while_a_replace_is_pending_counts(hostile: Hostile) -> None:
    """I16: it used to be left out of what is open until the replace was through."""
    order(hostile, qty=15, price=10_010)
    hostile.fills(0, 2, 0, 0, "")
    hostile.replaces(0, given(qty=9), like=True)
    hostile.takes_back(0, 0, reopens=False, again=False, twist="")
    settled(hostile)


@pytest.mark.parametrize("status", [OrdStatus.CANCELED, OrdStatus.EXPIRED])
def test_a_child_that_ended_by_a_status_answer_is_not_at_its_venue(hostile: Hostile, status: OrdStatus) -> None:
    """I16, I20: it used to count as open there, and as one of ours to trade with, for ever."""
    order(hostile, slices=2, child_tif="0")
    hostile.tells_a_status(0, status, 0)
    settled(hostile)


def test_a_child_whose_end_is_not_believed_is_still_at_its_venue(hostile: Hostile) -> None:
    """I16, I20: the guard used to believe what the order core does not."""
    order(hostile, child_tif="0", slices=1)
    hostile.say(next(iter(hostile.watch.sent.values())), ExecType.CANCELED, "cum+")
    settled(hostile)


def test_what_was_taken_back_may_be_sent_anew_by_a_replace(honest: Honest) -> None:
    """R-6.2: filled while a cancel was pending, then busted; the governor used to stop the firm at the new child."""
    order(honest, qty=1)
    honest.cancels(0)
    honest.fills(0, 1, 0)
    honest.delivers_all()
    honest.takes_back(0, 0, reopens=False)
    honest.delivers_all()
    honest.all_agrees()
    honest.replaces(0, given(qty=1), like=True)
    assert len(honest.watch.sent) == 2
    settled(honest)


def test_an_order_that_has_ended_is_not_suspended(honest: Honest) -> None:
    """I9: a bust after the end puts a child on the book again; what then happens to it is not the order's."""
    order(honest, qty=21)
    honest.fills(0, 1, 0)
    honest.stops("firm", "kill", 0)
    honest.answers_a_cancel(refuses=False)
    honest.takes_back(0, 0, reopens=True)
    honest.says_a_word(0, ExecType.SUSPENDED)
    honest.delivers_all()
    settled(honest)


def test_a_venue_that_restates_twice_is_heard_in_the_wrong_order(honest: Honest) -> None:
    """I2: what it declined and then seems to have again may be at two venues; that is its excess, and nothing leaves."""
    order(honest, qty=12)
    honest.says_a_word(0, ExecType.RESTATED)
    honest.declines_a_part(0, 3)
    honest.delivers(1, twice=False)
    honest.delivers_all()
    settled(honest)


@pytest.mark.parametrize("what", ["canceled", "restated"])
def test_an_end_is_heard_before_the_bust_that_opened_the_child_again(honest: Honest, what: str) -> None:
    """I2, O-8.6: it was not believed of a filled child, and what was open again used to be reserved for ever."""
    order(honest, qty=20)
    honest.fills(0, 1, 0)
    honest.delivers_all()
    honest.takes_back(2, 0, reopens=True)
    if what == "canceled":
        honest.ends(0, ExecType.CANCELED)
    else:
        honest.declines_a_part(0, 0)
    honest.delivers(1, twice=False)
    honest.all_agrees()
    honest.delivers_all()
    assert len(honest.watch.questions) == 1
    settled(honest)


def test_a_fill_that_was_taken_back_is_told_again(honest: Honest) -> None:
    """V2, R-6.2: it used to count twice beside what was filled since, and the next child stopped the firm."""
    honest.show("XLON", "ACME", [9_990], [], 1)
    order(honest, qty=23)
    honest.fills(0, 1, 0)
    honest.takes_back(0, 0, reopens=True)
    honest.delivers_all()
    honest.delivers_again(0)
    honest.delivers_again(1)
    honest.delivers_again(0)
    honest.fills(0, 1, 0)
    honest.delivers_all()
    honest.show("XLON", "ACME", [9_990], [9_991], 1)
    assert len(honest.watch.sent) == 2
    settled(honest)
