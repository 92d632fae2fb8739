"""Venues that show nothing: what goes there, how, and what does not."""

import msgspec
import pytest
from pydantic.dataclasses import dataclass

from algos import ALGOS
from gateway.model import SECOND, Algo, Decision, Market, Ns, Parent, Posting, VenueSettings, Visibility
from gateway.model.sessions import SessionConfig
from gateway.model.settings import Offer
from gateway.node import Gateway
from gateway.oms.matrix import lacking
from tests.conftest import SETTINGS
from tests.conversation.rules import rule
from tests.conversation.world import World

POOL = (Offer.DAY, Offer.IOC, Offer.MIN_QTY, Offer.MIDPOINT_PEG)
HIDDEN = "NewOrderSingle  ClOrdID=P  Side=BUY  OrderQty=300  TargetStrategy=1011"


@dataclass(frozen=True)
class Nowhere(Algo):
    """Takes what dark venues show."""

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:  # noqa: ARG002
        return Decision(due=parent.order_qty, where=Visibility.DARK)


@dataclass(frozen=True)
class DarkFirst(Algo):
    """Ten seconds in the dark, then what is left from who shows something."""

    def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:  # noqa: ARG002
        turn = Ns(parent.start + 10 * SECOND)
        if now < turn:
            posting = Posting(takes=False, at_middle=True)
            return Decision(due=parent.order_qty, wake_at=turn, posting=posting, where=Visibility.DARK)
        return Decision(due=parent.order_qty, where=Visibility.LIT)


def dark_venue(name: str, offers: tuple[Offer, ...]) -> VenueSettings:
    session = SessionConfig(sender="GATEWAY", target=name, initiator=True)
    return VenueSettings(name=name, session=session, kind=Visibility.DARK, offers=offers)


def pools(*names: str, offers: tuple[Offer, ...] = POOL) -> World:
    """XLON shows ACME 99.90 at 100.10; the dark venues of these names stand before it and show nothing."""
    dark = [dark_venue(name, offers) for name in names]
    settings = msgspec.structs.replace(SETTINGS, venues=(*dark, SETTINGS.venues[0]), close_s=17 * 3600)
    world = World(lambda: Gateway({**ALGOS, "7": DarkFirst, "8": Nowhere}), settings)
    world.converse("\n".join([*(f"{name} quotes ACME - -" for name in names), "XLON quotes ACME 99.90x500 100.10x500"]))
    return world


@rule("W-8.1")
def test_no_order_that_does_not_ask_for_it_goes_where_nothing_is_shown() -> None:
    """Nor does one that rests, though the dark venue is the first that could have it."""
    world = pools("CHID")
    world.converse("""
        client > NewOrderSingle   ClOrdID=T  Side=BUY  OrderQty=100
        client < ExecutionReport  ClOrdID=T  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=100.10
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=T  ExecType=TRADE
        client > NewOrderSingle   ClOrdID=R  Side=BUY  OrderQty=100  OrdType=LIMIT  Price=99.00  MaxFloor=50
        client < ExecutionReport  ClOrdID=R  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=50  Price=99.00
    """)
    (decision, _) = world.notes("decision")
    assert decision["passed_over"] == {"CHID": "it shows nothing"}


@rule("W-8.1")
def test_what_only_a_dark_venue_offers_no_other_order_can_have() -> None:
    lit, dark = SETTINGS.venues[0], dark_venue("CHID", POOL)
    assert "pegged" not in lacking([lit])
    assert "pegged" in lacking([dark, msgspec.structs.replace(lit, offers=(Offer.IOC,))])
    world = pools("CHID", offers=(*POOL, Offer.POST_ONLY))
    world.converse("""
        client > NewOrderSingle   ClOrdID=R  Side=BUY  OrderQty=100  OrdType=LIMIT  Price=99.00  ExecInst=6
        client < ExecutionReport  ClOrdID=R  ExecType=REJECTED
        client > NewOrderSingle   ClOrdID=T  Side=BUY  OrderQty=100  TargetStrategy=8
        client < ExecutionReport  ClOrdID=T  ExecType=NEW
    """)
    assert world.notes("risk")[-1]["text"] == "ORDER.VENUE no lit venue offers DAY and POST_ONLY"


@rule("W-8.1")
def test_what_a_dark_venue_says_is_no_price_and_its_silence_says_nothing() -> None:
    """It would be stale after ten seconds of silence while another one moves; what it shows all the same is not used."""
    world = pools("CHID")
    world.converse(f"""
        CHID   quotes ACME 100.00x900 100.02x900
        +1s
        XLON   quotes ACME 99.91x500 100.11x500
        +60s
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=T  Side=BUY  OrderQty=700
        client < ExecutionReport  ClOrdID=T  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500  Price=100.10
        client > {HIDDEN}
        client < ExecutionReport  ClOrdID=P  ExecType=NEW
        CHID   < NewOrderSingle   OrderQty=300  Price=105.10
    """)
    assert not world.notes("alert")


@rule("W-8.2")
def test_a_child_on_a_dark_venue_is_pegged_to_the_middle_by_the_venue_and_never_beyond_its_limit() -> None:
    world = pools("CHID")
    world.converse("""
        client > NewOrderSingle   ClOrdID=P  Side=BUY  OrderQty=300  OrdType=LIMIT  Price=100.05  TargetStrategy=1011  848=MinQty=100
        client < ExecutionReport  ClOrdID=P  ExecType=NEW
        CHID   < NewOrderSingle   OrderQty=300  OrdType=PEGGED  ExecInst=M  Price=100.05  MinQty=100  TimeInForce=DAY
        CHID   > ExecutionReport  ExecType=NEW
        XLON   quotes ACME 99.80x500 100.04x500
        CHID   > ExecutionReport  ExecType=TRADE  LastQty=120  LastPx=99.92
        client < ExecutionReport  ClOrdID=P  ExecType=TRADE  CumQty=120  LastMkt=CHID
        restart
        CHID   < OrderStatusRequest
        XLON   quotes ACME 99.80x500 100.04x500
        CHID   quotes ACME - -
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=P
        client < ExecutionReport  ExecType=PENDING_CANCEL
        CHID   < OrderCancelRequest
        CHID   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ExecType=CANCELED  CumQty=120
    """)


@rule("W-8.2")
def test_a_market_order_rests_in_the_dark_up_to_the_collar_and_after_a_reject_elsewhere() -> None:
    """At its limit where the middle is not asked for; half a second after a reject the next venue has it."""
    world = pools("CHID", "INTX")
    world.converse(f"""
        client > {HIDDEN}  848=MidOnly=N
        client < ExecutionReport  ClOrdID=P  ExecType=NEW
        CHID   < NewOrderSingle   OrderQty=300  OrdType=LIMIT  Price=105.10  -ExecInst  -MinQty  TimeInForce=DAY
        CHID   > ExecutionReport  ExecType=REJECTED
        +500ms
        INTX   < NewOrderSingle   OrderQty=300  Price=105.10
    """)


@rule("W-8.2")
@pytest.mark.parametrize(
    ("world", "wanted"),
    [
        (pools(), "ORDER.VENUE no venue offers DAY and MIDPOINT_PEG"),
        (pools("CHID", offers=(Offer.DAY,)), "ORDER.VENUE no dark venue offers DAY and MIDPOINT_PEG"),
    ],
    ids=["none is dark", "none can do it"],
)
def test_an_order_that_no_dark_venue_can_have_is_refused(world: World, wanted: str) -> None:
    world.converse(f"""
        client > {HIDDEN}
        client < ExecutionReport  ExecType=REJECTED  OrdRejReason=UNSUPPORTED_ORDER_CHARACTERISTIC
    """)
    assert world.notes("risk")[-1]["text"] == wanted


@rule("W-8.3")
def test_what_rests_in_the_dark_comes_back_before_it_is_taken_elsewhere() -> None:
    world = pools("CHID")
    world.converse("""
        client > NewOrderSingle   ClOrdID=P  Side=BUY  OrderQty=300  TargetStrategy=7
        client < ExecutionReport  ClOrdID=P  ExecType=NEW
        CHID   < NewOrderSingle   OrderQty=300  ExecInst=M
        CHID   > ExecutionReport  ExecType=TRADE  LastQty=100
        client < ExecutionReport  ClOrdID=P  ExecType=TRADE  CumQty=100
        +10s
        CHID   < OrderCancelRequest
        CHID   > ExecutionReport  ExecType=CANCELED
        XLON   < NewOrderSingle   OrderQty=200  Price=100.10  TimeInForce=IMMEDIATE_OR_CANCEL
    """)
