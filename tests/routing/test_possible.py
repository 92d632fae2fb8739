"""What no venue could ever do is refused, by the venues of this start."""

import pytest

from algos import ALGOS
from gateway.model import Ns, Rejection, SessionConfig, VenueSettings
from gateway.model.routing import Route, RoutePolicy
from gateway.model.settings import DIRECT
from gateway.oms.offers import Offers
from gateway.oms.plan import Plan


def offered(*venues: str) -> list[VenueSettings]:
    return [VenueSettings(name=name, session=SessionConfig(sender="US", target=name)) for name in venues]


@pytest.mark.parametrize("asked", [1, 2])
def test_a_venue_may_be_gone_after_a_start(asked: int) -> None:
    """That a venue could take an order is remembered no longer than it is one of ours."""
    route = Route(policy=RoutePolicy.DIRECTED, venues=("XLON",))
    plan = Plan(algo=ALGOS[DIRECT](), start=Ns(0), end=Ns(0), expire_at=None, note=None, route=route)
    offers = Offers()
    offers.configure(offered("XLON", "BATE"), ())
    for _ in range(asked):
        assert offers.refusal(plan) is None
    offers.configure(offered("BATE"), ())
    assert offers.refusal(plan) == Rejection("ROUTE.VENUE there is no venue XLON")
