"""A gateway on simulated venues and one client that says what a test says, in virtual time, hours and auctions included."""

from collections.abc import Iterable

import msgspec

from algos import ALGOS
from gateway import __version__
from gateway.model import MILLISECOND, SECOND, Ns, parse_timestamp, print_timestamp
from gateway.node import Gateway
from gateway.run.profiles import read_profile
from gateway.run.sample_settings import COMP_ID, sample_settings
from gateway.run.serve import CLIENTS, started_payload
from gateway.run.simulation.client import Client, Report, Say
from gateway.run.simulation.world import Latency, World
from gateway.run.trading_days import trading_days
from gateway.run.venue import PORT
from venues.crowd.facts import DAY
from venues.crowd.flow import Flow
from venues.exchange import Exchange
from venues.profile import VenueConfig

DATE = "20260105"  # a Monday in winter: London's clock is UTC
_NOWHERE = Latency(least_ns=50_000)


def at(time: str) -> Ns:
    return parse_timestamp(f"{DATE}-{time}")


def play(
    orders: Iterable[tuple[str, str]], *, venues: tuple[str, ...], start: str, seconds: int, has_hours: bool = False
) -> list[Report]:
    """What the client is told of its orders, each a time and a body `11=A|...`; venues trade from `start` on."""
    begin = at(start)
    profiles = [read_profile(name) for name in venues]
    world, gateway = World(Ns(begin - 5 * SECOND)), Gateway(ALGOS)
    for profile in profiles:
        config = VenueConfig(
            profile=profile,
            days=trading_days(profile.hours, begin) if has_hours and profile.hours is not None else (),
            symbols={"ACME": "100"},
            flow=Flow(seed=1, day=DAY),
        )
        world.add(
            profile.name, Exchange(), msgspec.json.encode({"node": "venue", "version": __version__, "config": config})
        )
    settings = sample_settings(clients=("CLIENT",), venues=profiles, symbol="ACME")
    if has_hours:
        offers = {profile.name: profile.offers for profile in profiles}
        settings = msgspec.structs.replace(
            settings, venues=tuple(msgspec.structs.replace(v, offers=offers[v.name]) for v in settings.venues)
        )
    world.add(COMP_ID, gateway, started_payload(settings))
    said = [Say(at(time), "D", f"60={print_timestamp(at(time))}|{body}|".replace("|", "\x01")) for time, body in orders]
    client = Client("CLIENT", COMP_ID, said)
    world.add("CLIENT", client, msgspec.json.encode({"sessions": [client.config]}))
    for name in venues:
        world.join(COMP_ID, name, port=PORT, there=Latency(), back=Latency(), wanted=lambda: True)
    world.join("CLIENT", COMP_ID, port=CLIENTS, there=_NOWHERE, back=_NOWHERE)
    with world:
        world.run(Ns(begin + seconds * SECOND + 100 * MILLISECOND))
    return client.reports
