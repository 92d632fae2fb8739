"""Venues that say whether they trade: what is sent to them then, and what waits."""

import msgspec
import pytest

from gateway.model.settings import OFFERED, Offer
from tests.conftest import SETTINGS, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World

OFFERS = (*OFFERED, Offer.OPG, Offer.ATC, Offer.GTX)


@pytest.fixture
def asked() -> World:
    """XLON, which holds auctions, is asked; BATE is not."""
    xlon, bate = SETTINGS.venues
    world = make_world(venues=(msgspec.structs.replace(xlon, offers=OFFERS, ask_status=True), bate))
    world.converse(
        """
        XLON quotes ACME 99.90x500 100.10x500
        BATE quotes ACME 99.90x300 100.20x300
        """
    )
    return world


@rule("O-18.3")
def test_a_venue_is_asked_when_it_comes(asked: World) -> None:
    asked.converse(
        """
        XLON > disconnect
        BATE > disconnect
        BATE > connect
        XLON > connect
        XLON < SecurityStatusRequest  SecurityStatusReqID=S-ACME  Symbol=ACME  SubscriptionRequestType=1
        """
    )


@rule("O-18.3")
def test_nothing_is_sent_where_a_symbol_is_halted(asked: World) -> None:
    """The order goes to who trades; what waits for the halted venue goes there when it trades again."""
    asked.converse(
        """
        XLON   > SecurityStatus   Symbol=ACME  SecurityTradingStatus=TRADING_HALT
        client > NewOrderSingle   ClOrdID=X  OrderQty=400  OrdType=LIMIT  Price=100.20
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=300  Price=100.20
        XLON   > SecurityStatus   Symbol=ACME  SecurityTradingStatus=READY_TO_TRADE
        XLON   < NewOrderSingle   OrderQty=100  Price=100.10
        """
    )


@rule("O-18.3")
def test_what_a_venue_said_is_forgotten_when_it_leaves(asked: World) -> None:
    asked.converse(
        """
        XLON   > SecurityStatus   Symbol=ACME  SecurityTradingStatus=TRADING_HALT
        XLON   > disconnect
        XLON   > connect
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=X  OrderQty=400  OrdType=LIMIT  Price=100.20
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=400  Price=100.10
        """
    )


SENT = {
    "OPENING_DELAY": ("IOC", "OPG", "ATC", "GTX"),
    "TRADING_HALT": (),
    "NO_OPEN_NO_RESUME": (),
    "PRICE_INDICATION": ("ATC",),
    "READY_TO_TRADE": ("IOC", "OPG", "ATC", "GTX"),
    "NOT_AVAILABLE_FOR_TRADING": ("OPG",),
    "NOT_TRADED_ON_THIS_MARKET": (),
    "UNKNOWN_OR_INVALID": (),
    "PRE_OPEN": ("OPG", "ATC"),
    "OPENING_ROTATION": ("OPG", "ATC"),
}
TIMES = {
    "IOC": "IMMEDIATE_OR_CANCEL",
    "OPG": "AT_THE_OPENING",
    "ATC": "AT_THE_CLOSE",
    "GTX": "GOOD_TILL_CROSSING",
}


@rule("O-18.3")
@pytest.mark.parametrize("status", SENT)
def test_what_is_sent_follows_from_what_the_venue_says(status: str) -> None:
    """An order for an auction waits until its venue takes it; one that is immediate ends."""
    for name, time in TIMES.items():
        xlon = msgspec.structs.replace(SETTINGS.venues[0], offers=OFFERS, ask_status=True)
        world = make_world(venues=(xlon,))
        order = f"ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=100.10  TimeInForce={time}"
        world.converse(
            f"""
            XLON   quotes ACME 99.90x500 100.10x500
            XLON   > SecurityStatus   Symbol=ACME  SecurityTradingStatus={status}
            client > NewOrderSingle   {order}
            client < ExecutionReport  ExecType=NEW
            {"XLON < NewOrderSingle  OrderQty=100" if name in SENT[status] else ""}
            {"client < ExecutionReport  ExecType=CANCELED" if name == "IOC" and name not in SENT[status] else ""}
            """
        )
