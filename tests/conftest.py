"""Defaults that most tests share: a gateway with one client, two venues, one instrument, and sensible limits."""

import msgspec
import pytest

from algos import ALGOS
from gateway.model import Instrument, Limits, Qty, Settings, VenueSettings, parse_qty
from gateway.model.sessions import SessionConfig
from gateway.model.settings import OPTIONAL
from gateway.node import Gateway
from tests.conformance import pytest_collection_modifyitems, pytest_terminal_summary
from tests.conversation.world import World
from tests.running import pytest_collection_finish, pytest_configure, pytest_xdist_make_scheduler

__all__ = [
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_terminal_summary",
    "pytest_xdist_make_scheduler",
]


def clients(*names: str) -> tuple[SessionConfig, ...]:
    return tuple(SessionConfig(sender="GATEWAY", target=name) for name in names)


SETTINGS = Settings(
    comp_id="GATEWAY",
    clients=clients("CLIENT"),
    venues=tuple(
        VenueSettings(name=name, session=SessionConfig(sender="GATEWAY", target=name, initiator=True))
        for name in ("XLON", "BATE")
    ),
    instruments=(Instrument(symbol="ACME"),),
    limits={
        "ACME": Limits(max_order_qty=parse_qty("100000"), max_order_notional=int(parse_qty("5000000")), collar_bps=500)
    },
    scoped_limits={"firm": Limits(max_list_notional=int(parse_qty("5000000")))},
    no_limits=OPTIONAL,
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
