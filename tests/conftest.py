"""Defaults that most tests share: a gateway with one client, two venues, one instrument, and sensible limits."""

import msgspec
import pytest

from algos import ALGOS
from gateway.model import Instrument, Limits, Qty, Settings, VenueSettings, parse_qty
from gateway.node import Gateway
from tests.conversation.world import World

SETTINGS = Settings(
    comp_id="GATEWAY",
    clients=("CLIENT",),
    venues=(
        VenueSettings(name="XLON", sender_comp_id="GATEWAY", target_comp_id="XLON"),
        VenueSettings(name="BATE", sender_comp_id="GATEWAY", target_comp_id="BATE"),
    ),
    instruments=(Instrument(symbol="ACME"),),
    limits={
        "ACME": Limits(max_order_qty=parse_qty("100000"), max_order_notional=int(parse_qty("5000000")), collar_bps=500)
    },
)


def make_world(**changes: object) -> World:
    """A world whose settings differ from the usual ones by `changes`."""
    return World(lambda: Gateway(ALGOS), msgspec.structs.replace(SETTINGS, **changes))


@pytest.fixture
def world() -> World:
    """Both venues show ACME 99.90 at 100.10, XLON 500 and BATE 300 shares a side."""
    world = make_world()
    world.converse(
        """
        XLON quotes ACME 99.90x500 100.10x500
        BATE quotes ACME 99.90x300 100.10x300
        """
    )
    return world


def lots(shares: int) -> Qty:
    return parse_qty(str(shares))
