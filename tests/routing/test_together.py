"""The parts of a release leave so that all of it arrives at one instant, and what comes between."""

import pytest

from gateway.model import SCALE, Limits, VenueSettings
from gateway.model.health import HealthSettings
from gateway.model.routing import Spray, VenueCosts, Ways
from gateway.model.sessions import SessionConfig
from tests.conftest import SETTINGS, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World

AWAY = {"XLON": 5_000, "BATE": 1_000, "CHIX": 200_000}  # us
TWAP = "TargetStrategy=TWAP  Duration=60  NumSlices=1"
NEW, TRADE = "ExecutionReport  ExecType=NEW", "ExecutionReport  ExecType=TRADE"
BOTH = f"""
    client > NewOrderSingle   ClOrdID=P  OrderQty=500  {TWAP}
    client < {NEW}
    XLON   < NewOrderSingle   ClOrdID=$A  OrderQty=300  Price=100.10
"""


def world(*names: str, health: HealthSettings | None = None, limits: dict[str, Limits] | None = None) -> World:
    """An order for 500 needs XLON's 300 and 200 of BATE, which is 4 ms nearer."""
    venues = tuple(
        VenueSettings(
            name=name,
            session=SessionConfig(sender="GATEWAY", target=name, initiator=True),
            costs=VenueCosts(latency_us=AWAY[name]),
        )
        for name in names or ("XLON", "BATE")
    )
    made = make_world(
        venues=venues,
        ways=Ways(spray=Spray.TOGETHER),
        scoped_limits=SETTINGS.scoped_limits | (limits or {}),
        **({} if health is None else {"health": health}),
    )
    first, second = names or ("XLON", "BATE")
    made.converse(f"{first} quotes ACME 99.90x500 100.10x300\n{second} quotes ACME 99.90x300 100.11x300")
    return made


@rule("W-12.3")
def test_what_goes_to_the_nearer_venue_leaves_later() -> None:
    """It is reserved meanwhile: nothing else is sent for it, and the record says what was decided."""
    made = world()
    made.converse(
        f"""
        {BOTH}
        BATE quotes ACME 99.90x300 100.11x900
        +3ms
        +1ms
        BATE   < NewOrderSingle   ClOrdID=$B  OrderQty=200  Price=100.11
        XLON   > ExecutionReport  ClOrdID=$A  ExecType=TRADE  LastQty=300
        client < {TRADE}
        BATE   > ExecutionReport  ClOrdID=$B  ExecType=TRADE  LastQty=200
        client < {TRADE}  OrdStatus=FILLED
        restart
        """
    )
    (note,) = made.notes("decision")
    assert note["why"].endswith("; later than the others, so that all arrive together: BATE 4000 us")
    assert [child["venue"] for child in note["children"]] == ["XLON", "BATE"]


@rule("W-12.3")
def test_nobody_waits_longer_than_a_tenth_of_a_second() -> None:
    made = world("CHIX", "BATE")
    made.converse(
        f"""
        client > NewOrderSingle   OrderQty=500  {TWAP}
        client < {NEW}
        CHIX   < NewOrderSingle   OrderQty=300
        +99ms
        +1ms
        BATE   < NewOrderSingle   OrderQty=200
        """
    )


@rule("W-12.3")
def test_what_was_learned_of_the_venues_comes_before_what_was_configured() -> None:
    """XLON has answered within 2 ms, half of which was the way there: BATE is no nearer."""
    made = world(health=HealthSettings(least=1, half_life_s=300))
    for name in "CD":
        made.converse(
            f"""
            client > NewOrderSingle   OrderQty=100  {TWAP}
            client < {NEW}
            XLON   < NewOrderSingle   ClOrdID=${name}  OrderQty=100
            +2ms
            XLON   > ExecutionReport  ClOrdID=${name}  ExecType=TRADE  LastQty=100
            client < {TRADE}
            """
        )
    made.converse(
        f"""
        +2s
        XLON quotes ACME 99.90x500 100.10x300
        BATE quotes ACME 99.90x300 100.11x300
        {BOTH}
        BATE   < NewOrderSingle   ClOrdID=$B  OrderQty=200  Price=100.11
        """
    )


@rule("W-12.4")
def test_a_cancel_is_answered_without_what_has_not_left() -> None:
    """No cancel goes to a venue that knows nothing of it, and XLON's word is enough."""
    made = world()
    made.converse(
        f"""
        {BOTH}
        client > OrderCancelRequest   ClOrdID=C  OrigClOrdID=P
        client < ExecutionReport  ExecType=PENDING_CANCEL
        +10ms
        XLON   > ExecutionReport  ClOrdID=$A  ExecType=CANCELED
        client < ExecutionReport  ExecType=CANCELED  CumQty=0
        +1s
        restart
        """
    )
    assert not made.notes("alert")


@rule("W-12.4")
def test_after_a_replace_all_of_it_is_routed_anew() -> None:
    world().converse(
        f"""
        {BOTH}
        client > OrderCancelReplaceRequest  OrigClOrdID=P  ClOrdID=Q  OrderQty=400  {TWAP}
        client < ExecutionReport  ExecType=PENDING_REPLACE
        +1ms
        XLON   > ExecutionReport  ClOrdID=$A  ExecType=TRADE  LastQty=300
        client < {TRADE}
        client < ExecutionReport  ExecType=REPLACED
        BATE   < NewOrderSingle   OrderQty=100
        """
    )


@rule("W-12.4")
@pytest.mark.parametrize("scope", ["venue=BATE", "firm"])
def test_what_is_stopped_does_not_leave(scope: str) -> None:
    """Stopped on that venue, or altogether."""
    made = world()
    ends = "client < ExecutionReport  ExecType=CANCELED" if scope == "firm" else ""
    called = "XLON   < OrderCancelRequest  OrigClOrdID=$A" if scope == "firm" else ""
    made.converse(
        f"""
        {BOTH}
        operator kill scope={scope} who=ops why=test
        {called}
        +10ms
        XLON   > ExecutionReport  ClOrdID=$A  ExecType=CANCELED
        {ends}
        +1s
        """
    )
    assert made.notes("decision")[0]["children"][1]["venue"] == "BATE"


@rule("W-12.4")
def test_what_a_venue_that_left_has_not_got_goes_to_the_others() -> None:
    """It is told why it was not sent, and nobody asks the venue about it."""
    made = world()
    made.converse(
        f"""
        {BOTH}
        XLON quotes ACME 99.90x500 100.10x700
        BATE   > disconnect
        +4ms
        XLON   < NewOrderSingle   OrderQty=200  Price=100.10
        BATE   > connect
        """
    )
    (alert,) = made.notes("alert")
    assert alert["code"] == "CHILD.NOT_SENT"
    assert alert["text"] == "the child was not sent to BATE: it is not there, or takes no such orders now"


@rule("W-12.4")
def test_what_waits_while_its_venue_comes_back_is_not_asked_about() -> None:
    """It leaves in its time, if the venue shows something again by then."""
    world().converse(
        f"""
        {BOTH}
        BATE   > disconnect
        BATE   > connect
        BATE quotes ACME 99.90x300 100.11x300
        +4ms
        BATE   < NewOrderSingle   OrderQty=200
        """
    )


@rule("W-12.4")
def test_a_venue_where_trading_is_halted_is_sent_nothing() -> None:
    made = world()
    made.converse(
        f"""
        {BOTH}
        BATE   > SecurityStatus  SecurityTradingStatus=TRADING_HALT  Symbol=ACME
        +4ms
        BATE   > SecurityStatus  SecurityTradingStatus=READY_TO_TRADE  Symbol=ACME
        BATE   < NewOrderSingle   OrderQty=200
        """
    )


@rule("W-12.4")
def test_a_venue_whose_breaker_has_opened_is_sent_nothing() -> None:
    made = world()
    made.converse(
        f"""
        {BOTH}
        XLON quotes ACME 99.90x500 100.10x700
        operator open-breaker venue=BATE who=ops why=test
        +4ms
        XLON   < NewOrderSingle   OrderQty=200
        """
    )
    assert made.notes("alert")[0]["text"].startswith("the child was not sent to BATE: breaker open since 14:30")


@rule("W-12.4")
def test_of_an_order_that_is_suspended_or_halted_nothing_leaves() -> None:
    """A fill that was not asked for halts it, too."""
    made = world()
    made.converse(
        f"""
        {BOTH}
        XLON   > ExecutionReport  ClOrdID=$A  ExecType=TRADE  LastQty=350
        client < {TRADE}
        +10ms
        """
    )
    assert [alert["code"] for alert in made.notes("alert")] == ["CHILD.OVERFILL", "CHILD.NOT_SENT"]
    world().converse(
        f"""
        {BOTH}
        operator pause-order order=T8EAY0-1 who=ops why=test
        client < ExecutionReport  ExecType=SUSPENDED
        +10ms
        operator resume-order order=T8EAY0-1 who=ops why=test
        client < ExecutionReport  ExecType=RESTATED
        BATE   < NewOrderSingle   OrderQty=200
        """
    )


@rule("W-12.4")
def test_after_a_restart_what_waited_is_given_back() -> None:
    """Its venue is not there yet; what XLON has is asked for."""
    world().converse(
        f"""
        {BOTH}
        restart
        XLON   < OrderStatusRequest  ClOrdID=$A
        +10ms
        BATE quotes ACME 99.90x300 100.11x300
        BATE   < NewOrderSingle   OrderQty=200
        """
    )


@rule("W-12.4")
def test_what_waits_does_not_leave_for_an_order_of_ours_that_came_between() -> None:
    """R-5.4: it would buy what another order of the firm's has offered there meanwhile."""
    made = world()
    made.converse(
        f"""
        {BOTH}
        client > NewOrderSingle   ClOrdID=Q  Side=SELL  OrderQty=100  OrdType=LIMIT  Price=100.11  MaxFloor=100  ExDestination=BATE
        client < {NEW}
        BATE   < NewOrderSingle   Side=SELL  OrderQty=100  Price=100.11
        +4ms
        +100ms
        """
    )
    alerts = made.notes("alert")
    assert [alert["code"] for alert in alerts] == ["CHILD.NOT_SENT", "CHILD.WAITS"]
    assert all("RISK.SELFTRADE" in alert["text"] for alert in alerts)


@rule("W-12.4")
def test_limits_hold_when_what_waited_leaves() -> None:
    """Of 25,000 open at BATE 10,011 are another order's by then. Instead of 200 it gets what that leaves."""
    made = world(limits={"venue=BATE": Limits(max_venue_gross=25_000 * SCALE)})
    made.converse(
        f"""
        {BOTH}
        client > NewOrderSingle   ClOrdID=Q  OrderQty=150  OrdType=LIMIT  Price=100.11  ExDestination=BATE
        client < {NEW}
        BATE   < NewOrderSingle   OrderQty=100  Price=100.11
        +4ms
        BATE   < NewOrderSingle   OrderQty=149  Price=100.11  SecondaryClOrdID=P
        """
    )
    (alert,) = made.notes("alert")
    assert alert["code"] == "CHILD.NOT_SENT" and "RISK.VENUE" in alert["text"]
