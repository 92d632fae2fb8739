"""Dark venues asked before lit ones, seen from outside."""

import pytest

from gateway.model import VenueSettings, Visibility, parse_qty
from gateway.model.routing import RoutePolicy, Ways
from gateway.model.sessions import SessionConfig
from gateway.model.settings import Offer
from tests.conftest import SETTINGS, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World

IOC = (Offer.IOC, Offer.MIN_QTY)
TWAP = "TargetStrategy=TWAP  Duration=60  NumSlices=1"
NEW = "ExecutionReport  ExecType=NEW"


def pools(least: str = "100", policy: RoutePolicy = RoutePolicy.DARK_FIRST, **offers: tuple[Offer, ...]) -> World:
    """XLON shows ACME 99.90 at 100.11, of which the middle is 100.005; the dark venues offer this."""
    dark = tuple(
        VenueSettings(
            name=name,
            session=SessionConfig(sender="GATEWAY", target=name, initiator=True),
            kind=Visibility.DARK,
            offers=offered,
        )
        for name, offered in (offers or {"CHID": IOC, "INTX": IOC}).items()
    )
    world = make_world(
        routing=policy,
        ways=Ways(ping_min_qty=parse_qty(least)),
        venues=(*dark, SETTINGS.venues[0]),
    )
    world.converse("XLON quotes ACME 99.90x500 100.11x500")
    return world


@rule("W-1.8", "W-11.1", "W-11.2")
def test_each_dark_venue_is_asked_at_the_middle_before_the_others_get_what_is_left() -> None:
    """Where the middle lies between two ticks the price is the one that is better for us."""
    world = pools()
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  {TWAP}
        client < {NEW}
        CHID   < NewOrderSingle   ClOrdID=$A  OrderQty=400  Price=100.00  MinQty=100  TimeInForce=IMMEDIATE_OR_CANCEL
        CHID   > ExecutionReport  ClOrdID=$A  ExecType=TRADE  LastQty=150  LastPx=100.00
        client < ExecutionReport  ExecType=TRADE  CumQty=150
        CHID   > ExecutionReport  ClOrdID=$A  ExecType=CANCELED
        INTX   < NewOrderSingle   ClOrdID=$B  OrderQty=250  Price=100.00  MinQty=100
        INTX   > ExecutionReport  ClOrdID=$B  ExecType=CANCELED
        XLON   < NewOrderSingle   ClOrdID=$C  OrderQty=250  Price=100.11  -MinQty
        XLON   > ExecutionReport  ClOrdID=$C  ExecType=TRADE  LastQty=250
        client < ExecutionReport  ExecType=TRADE  CumQty=400  OrdStatus=FILLED
        """
    )
    ping, _, lit = world.notes("decision")
    assert (ping["policy"], lit["policy"]) == ("dark_first", "dark_first")
    assert ping["why"] == (
        "CHID is asked in the dark, at the middle or better, 100 at least, before anybody who shows something"
    )
    assert lit["why"].startswith("each lot where a share costs least by price, fee and")


@rule("W-11.1")
def test_to_sell_the_price_is_rounded_up_and_what_is_less_than_the_least_is_asked_for_whole() -> None:
    pools().converse(
        f"""
        client > NewOrderSingle   OrderQty=60  Side=SELL  {TWAP}
        client < {NEW}
        CHID   < NewOrderSingle   OrderQty=60  Price=100.01  MinQty=60
        """
    )


@rule("W-11.1")
@pytest.mark.parametrize(("side", "price", "plain"), [("BUY", "100.01", "100.00"), ("SELL", "100.00", "100.01")])
def test_a_venue_that_keeps_to_the_middle_is_asked_for_just_that(side: str, price: str, plain: str) -> None:
    """Between two ticks no price is the middle, and the better one would never be met there."""
    pools("0", CHID=(*IOC, Offer.MIDPOINT_PEG), INTX=IOC).converse(
        f"""
        client > NewOrderSingle   OrderQty=60  Side={side}  {TWAP}
        client < {NEW}
        CHID   < NewOrderSingle   ClOrdID=$A  OrdType=PEGGED  ExecInst=M  Price={price}  TimeInForce=IMMEDIATE_OR_CANCEL
        CHID   > ExecutionReport  ClOrdID=$A  ExecType=CANCELED
        INTX   < NewOrderSingle   OrdType=LIMIT  -ExecInst  Price={plain}
        """
    )


@rule("W-11.1")
def test_the_middle_may_be_beyond_the_limit_of_an_order_that_has_the_better_tick() -> None:
    """At 100.00 it cannot be had at 100.005; who trades at 100.00 too is asked."""
    pools("0", CHID=(*IOC, Offer.MIDPOINT_PEG), INTX=IOC).converse(
        f"""
        client > NewOrderSingle   OrderQty=60  OrdType=LIMIT  Price=100.00  {TWAP}
        client < {NEW}
        INTX   < NewOrderSingle   OrdType=LIMIT  Price=100.00
        """
    )


@rule("W-11.1")
@pytest.mark.parametrize("offers", [(Offer.DAY, Offer.MIN_QTY), (Offer.IOC,)])
def test_a_dark_venue_that_cannot_be_asked_so_is_left_out(offers: tuple[Offer, ...]) -> None:
    pools(CHID=offers).converse(
        f"""
        client > NewOrderSingle   OrderQty=100  {TWAP}
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty=100  Price=100.11
        """
    )
    pools("0", CHID=(Offer.IOC,)).converse(
        f"""
        client > NewOrderSingle   OrderQty=100  {TWAP}
        client < {NEW}
        CHID   < NewOrderSingle   OrderQty=100  Price=100.00  -MinQty
        """
    )


@rule("W-11.1")
@pytest.mark.parametrize(
    ("order", "price"),
    [
        ("TimeInForce=IMMEDIATE_OR_CANCEL", "100.11"),
        (f"{TWAP}  ExclVenues:MULTIPLE_STRING_VALUE='CHID INTX'", "100.11"),
        (f"{TWAP}  RoutePolicy:STRING=smart", "100.11"),
    ],
)
def test_who_wants_it_at_once_or_not_there_is_not_asked_for_in_the_dark(order: str, price: str) -> None:
    pools().converse(
        f"""
        client > NewOrderSingle   OrderQty=100  {order}
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty=100  Price={price}
        """
    )


@rule("W-11.1")
def test_where_the_middle_is_beyond_the_limit_nobody_is_asked_until_it_is_not() -> None:
    pools().converse(
        f"""
        client > NewOrderSingle   OrderQty=100  OrdType=LIMIT  Price=99.95  {TWAP}
        client < {NEW}
        XLON quotes ACME 99.70x500 100.10x500
        CHID   < NewOrderSingle   OrderQty=100  Price=99.90
        CHID   > ExecutionReport  ExecType=CANCELED
        INTX   < NewOrderSingle   OrderQty=100  Price=99.90
        INTX   > ExecutionReport  ExecType=CANCELED
        XLON quotes ACME 99.70x500 100.08x500
        XLON quotes ACME 99.60x500 100.08x500
        """
    )


@rule("W-11.2")
def test_in_the_next_round_they_are_asked_again() -> None:
    """A second after the first was asked, should something be due still or again."""
    world = pools(CHID=IOC)
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=200  {TWAP.replace("=1", "=2").replace("60", "4")}
        client < {NEW}
        CHID   < NewOrderSingle   ClOrdID=$A  OrderQty=100
        CHID   > ExecutionReport  ClOrdID=$A  ExecType=CANCELED
        XLON   < NewOrderSingle   ClOrdID=$B  OrderQty=100
        XLON   > ExecutionReport  ClOrdID=$B  ExecType=TRADE  LastQty=100
        client < ExecutionReport  ExecType=TRADE
        +2s
        CHID   < NewOrderSingle   OrderQty=100
        """
    )


@rule("W-11.2")
def test_what_is_not_answered_within_a_second_is_called_back() -> None:
    """What is reserved for it stays so until it answers: nothing is sent twice. Then it is the others' turn."""
    world = pools(CHID=IOC)
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=100  {TWAP}
        client < {NEW}
        CHID   < NewOrderSingle   ClOrdID=$A  OrderQty=100
        +1s
        CHID   < OrderCancelRequest  OrigClOrdID=$A
        +1s
        CHID   > ExecutionReport  ClOrdID=$A  ExecType=CANCELED
        XLON   < NewOrderSingle   OrderQty=100  Price=100.11
        """
    )


@rule("W-11.1")
def test_a_dark_venue_where_we_do_not_trade_is_left_out() -> None:
    world = pools(CHID=IOC)
    world.converse(
        """
        operator kill scope=venue=CHID who=ops why=test
        """
    )
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=100  {TWAP}
        client < {NEW}
        XLON   < NewOrderSingle   OrderQty=100  Price=100.11
        """
    )


# -- by urgency


def urgent(said: str, qty: int = 100) -> str:
    return f"""
        client > NewOrderSingle   OrderQty={qty}  OrdType=LIMIT  Price=100.50  TargetStrategy=TWAP  Duration=600  NumSlices=1  {said}
        client < {NEW}
    """


@rule("W-11.3")
def test_a_patient_order_asks_in_the_dark_for_all_before_it_rests() -> None:
    """Whatever the policy is; what one has is not asked for elsewhere, and what none has rests at the touch."""
    pools("0", policy=RoutePolicy.SMART).converse(
        urgent("Urgency=PASSIVE")
        + """
        CHID   < NewOrderSingle   ClOrdID=$A  OrderQty=100  Price=100.00  TimeInForce=IMMEDIATE_OR_CANCEL
        CHID   > ExecutionReport  ClOrdID=$A  ExecType=TRADE  LastQty=30  LastPx=100.00
        client < ExecutionReport  CumQty=30
        CHID   > ExecutionReport  ClOrdID=$A  ExecType=CANCELED
        INTX   < NewOrderSingle   ClOrdID=$B  OrderQty=70  Price=100.00
        INTX   > ExecutionReport  ClOrdID=$B  ExecType=CANCELED
        XLON   < NewOrderSingle   OrderQty=70  Price=99.90  TimeInForce=DAY
        +60s
        """
    )


@rule("W-11.3")
@pytest.mark.parametrize("urgency", ["NEUTRAL", "ADAPTIVE"])
def test_half_of_it_rests_meanwhile_where_an_order_is_not_patient(urgency: str) -> None:
    """And half of what came back, before the other half of that does."""
    pools("0", policy=RoutePolicy.SMART).converse(
        urgent(f"Urgency={urgency}")
        + """
        CHID   < NewOrderSingle   ClOrdID=$A  OrderQty=50  TimeInForce=IMMEDIATE_OR_CANCEL
        XLON   < NewOrderSingle   OrderQty=50  TimeInForce=DAY
        CHID   > ExecutionReport  ClOrdID=$A  ExecType=CANCELED
        INTX   < NewOrderSingle   ClOrdID=$B  OrderQty=25
        XLON   < NewOrderSingle   OrderQty=25  TimeInForce=DAY
        INTX   > ExecutionReport  ClOrdID=$B  ExecType=CANCELED
        XLON   < NewOrderSingle   OrderQty=25  TimeInForce=DAY
        """
    )


@rule("W-11.3")
@pytest.mark.parametrize(
    ("said", "dark", "lit"),
    [
        ("Urgency=AGGRESSIVE", None, "OrderQty=100  Price=100.11"),
        ("", None, "OrderQty=100  Price=100.11"),
        ("Urgency=P  Venues:MULTIPLE_STRING_VALUE=XLON", None, "OrderQty=100  Price=99.90"),
        ("Urgency=P  Venues:MULTIPLE_STRING_VALUE='XLON INTX'", "INTX", None),
        ("Urgency=N  MinClip:QTY=60", None, "OrderQty=100  Price=100.00"),
        ("Urgency=N  MinClip:QTY=50", "CHID", "OrderQty=50  Price=100.00"),
    ],
)
def test_who_is_in_a_hurry_or_may_not_go_there_asks_nobody_in_the_dark(
    said: str, dark: str | None, lit: str | None
) -> None:
    """Nor does who would ask for less than MinClip."""
    asked = [f"{dark}   < NewOrderSingle   TimeInForce=IMMEDIATE_OR_CANCEL"] if dark else []
    rests = [f"XLON   < NewOrderSingle   {lit}"] if lit else []
    pools("0", policy=RoutePolicy.SMART).converse(urgent(said) + "\n".join(asked + rests))
