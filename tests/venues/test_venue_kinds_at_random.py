"""Off-book venues under whatever comes: orders of all kinds, cancels, replaces, halts, time, invented participants."""

from random import Random
from typing import Any

import pytest

from gateway.model import MILLISECOND, SECOND, Command, Ns, print_timestamp
from tests.venues.world import Client, World, trading_day
from venues.crowd.flow import Flow, Habits
from venues.exchange import Exchange
from venues.offbook.crosses import Crosses
from venues.offbook.hidden import Hidden
from venues.offbook.kinds import CAN_OFFER, VenueKind
from venues.offbook.lastlook import LastLook

OFF_BOOK = [kind for kind in VenueKind if kind not in (VenueKind.EXCHANGE, VenueKind.ECN)]
EVERY_20_S = Crosses(at=tuple(range(48_020, 48_120, 20)))  # from 20 s after START
TIMES = {VenueKind.MARKET_MAKER: "34", VenueKind.CROSSING: "016"}


def scene(kind: VenueKind, chance: Random) -> World:
    own: dict[VenueKind, dict[str, Any]] = {
        VenueKind.DARK: {"hidden": Hidden(arrivals_per_min=60, stays_s=20, size_lots=30)},
        VenueKind.CROSSING: {"crosses": EVERY_20_S},
        VenueKind.MARKET_MAKER: {
            "last_look": LastLook(hold_ms=chance.choice((0, 50)), declines_percent=10),
            "habits": Habits(levels=2, size_lots=30, maker_lag_ms=chance.choice((0, 500))),
        },
    }
    flow = chance.choice((None, Flow(seed=chance.randrange(100))))
    days = chance.choice(((), (trading_day(),)))
    world = World(kind=kind, offers=CAN_OFFER[kind], flow=flow, days=days, **own.get(kind, {}))
    if days:
        world.pass_time(31 * SECOND)
    return world


def request(world: World, client: Client, cl: str, kind: VenueKind, chance: Random) -> None:
    time = chance.choice(TIMES.get(kind, "01346"))
    fields = [(59, time)]
    if time == "6":
        fields.append((126, print_timestamp(Ns(world.now + chance.randrange(1, 30) * SECOND))))
    fields += chance.choice(([], [], [], [(110, str(chance.randrange(1, 30)))], [(18, "G")]))
    price = None if chance.random() < 0.2 else f"{100 + chance.randrange(-9, 10) / 100:.2f}"
    client.order(chance.choice("12"), str(chance.randrange(1, 60)), price, *fields, cl=cl)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", OFF_BOOK)
def test_orders_are_whole_whatever_comes(kind: VenueKind, seed: int) -> None:
    """Filled, ended or in the book, never more than was asked for; time goes on; the inputs again give the same bytes."""
    chance = Random(seed)
    world = scene(kind, chance)
    clients = [Client(world, f"P{number}") for number in range(3)]
    halted = False
    for number in range(200):
        client, choice = chance.choice(clients), chance.random()
        if choice < 0.6:
            request(world, client, f"N{number}", kind, chance)
        elif choice < 0.7:
            client.cancel(f"N{chance.randrange(number + 1)}", f"N{number}", side=chance.choice("12"))
        elif choice < 0.75:
            qty, price = str(chance.randrange(1, 60)), f"{100 + chance.randrange(-9, 10) / 100:.2f}"
            client.replace(f"N{chance.randrange(number + 1)}", f"N{number}", qty, price)
        elif choice < 0.98:
            world.pass_time(chance.choice((10, 300, 2_000)) * MILLISECOND)
        else:
            name, halted = ("resume-symbol" if halted else "halt-symbol"), not halted
            world.give(Command(world.now, name, "anna", b'{"symbol": "ACME", "why": "news"}'))
    floor = world.exchange._floor
    assert floor is not None
    for party in floor._parties.values():
        for order in party.orders.values():
            assert order.cum_qty <= order.order_qty
            assert order.is_live is (order.ended is None and order.cum_qty < order.order_qty)
            assert not order.is_live or order.leaves == order.leaves_qty
    again = Exchange()
    assert [output for item in world.inputs for output in again.handle(item)] == world.outputs
