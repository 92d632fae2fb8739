"""A gateway on one of our venues through a day with auctions: node to node, in virtual time."""

import json
from collections import deque

import msgspec
import pytest

from algos import ALGOS
from gateway.model import SECOND, Command, Input, LinkUp, Ns, Output, Received, Send, Started, Timer
from gateway.model.settings import OFFERED, Offer
from gateway.node import Gateway
from tests.conftest import SETTINGS
from tests.venues.world import START, Answer, Client, World, trading_day

OFFERS = (*OFFERED, Offer.OPG, Offer.ATC, Offer.GTX)
VENUE, GATEWAY_LINK, VENUE_LINK = "XLON", 1, 1


class Market:
    """The gateway and the venue it calls. Whoever else trades is a client of the venue's world."""

    def __init__(self) -> None:
        xlon = msgspec.structs.replace(SETTINGS.venues[0], offers=OFFERS, ask_status=True)
        settings = msgspec.structs.replace(SETTINGS, venues=(xlon,))
        self.venue = World(days=[trading_day()], offers=OFFERS)
        self.gateway = Gateway(ALGOS)
        self.links = GATEWAY_LINK
        self.said: list[Send] = []  # by the gateway to its clients
        payload = msgspec.json.encode({"version": "test", "config": settings})
        self._pass_on(self.gateway.handle(Started(START, payload)))
        assert self.venue.connect() == VENUE_LINK
        self._pass_on(self.gateway.handle(LinkUp(START, GATEWAY_LINK, VENUE, "127.0.0.1:1")))

    @property
    def now(self) -> Ns:
        return self.venue.now

    def connect(self) -> int:
        self.links += 1
        self._pass_on(self.gateway.handle(LinkUp(self.now, self.links, "clients", "127.0.0.1:2")))
        return self.links

    def give(self, item: Input) -> list[Output]:
        """To the gateway; what it says to its clients."""
        before = len(self.said)
        self._pass_on(self.gateway.handle(item))
        return list(self.said[before:])

    def until(self, second: int) -> list[Answer]:
        """Go on to so long after the start; what the gateway says to its clients on the way."""
        before, end = len(self.said), Ns(START + second * SECOND)
        while True:
            venue_wakes, gateway_wakes = self.venue.exchange.wake_at(), self.gateway.wake_at()
            at = min([wake for wake in (venue_wakes, gateway_wakes) if wake is not None and wake <= end], default=None)
            if at is None:
                break
            self.venue.now = max(at, self.now)
            if venue_wakes is not None and venue_wakes <= self.now:
                self.from_venue(self.venue.give(Timer(self.now)))
            if gateway_wakes is not None and gateway_wakes <= self.now:
                self._pass_on(self.gateway.handle(Timer(self.now)))
        self.venue.now = end
        return [Answer(item.data) for item in self.said[before:]]

    def from_venue(self, outputs: list[Output]) -> None:
        for output in outputs:
            if isinstance(output, Send) and output.link == VENUE_LINK:
                self._pass_on(self.gateway.handle(Received(self.now, GATEWAY_LINK, output.data)))

    def _pass_on(self, outputs: object) -> None:
        assert isinstance(outputs, list)
        waiting = deque(outputs)
        while waiting:
            output = waiting.popleft()
            if not isinstance(output, Send):
                continue
            if output.link == GATEWAY_LINK:
                self.from_venue(self.venue.give(Received(self.now, VENUE_LINK, output.data)))
            else:
                self.said.append(output)


class Trader(Client):
    """A client of the gateway."""

    def __init__(self, market: Market) -> None:
        super().__init__(market, "CLIENT", logon=False)  # type: ignore[arg-type]
        self.say("A", (98, "0"), (108, "0"))

    def message(self, msg_type: str, *fields: tuple[int, str], target: str = "GATEWAY") -> bytes:
        return super().message(msg_type, *fields, target=target)


class Other(Client):
    """Somebody who trades on the venue beside the gateway."""

    def __init__(self, market: Market) -> None:
        super().__init__(market.venue, "OTHER", logon=False)
        self.market = market
        self.say("A", (98, "0"), (108, "0"))

    def order(self, side: str, qty: str, price: str | None, *fields: tuple[int, str], cl: str = "") -> list[Answer]:
        before = len(self.world.outputs)
        said = super().order(side, qty, price, *fields, cl=cl)
        self.market.from_venue(self.world.outputs[before:])
        return said


@pytest.fixture
def market() -> Market:
    return Market()


def seen(answers: list[Answer]) -> list[tuple[str | None, ...]]:
    """(ClOrdID, ExecType, LastQty, LastPx) of reports."""
    return [(answer[11], answer[150], answer[32], answer[31]) for answer in answers if answer[35] == "8"]


def test_orders_for_auctions_trade_in_the_auctions_of_a_day(market: Market) -> None:
    """At the opening 6 of 10 are filled and the rest is over; at the close all of it."""
    trader, other = Trader(market), Other(market)
    market.until(12)
    for side, price in (("1", "98"), ("2", "103")):  # by which the gateway judges prices
        other.order(side, "1", price)
    assert seen(trader.order("1", "10", "101", (59, "2"), cl="OPEN")) == [("OPEN", "0", None, None)]
    other.order("2", "6", "100")
    assert seen(market.until(31)) == [("OPEN", "F", "6", "101"), ("OPEN", "C", None, None)]
    assert seen(trader.order("1", "10", "102", (59, "7"), cl="CLOSE")) == [("CLOSE", "0", None, None)]
    other.order("2", "10", "100")
    assert seen(market.until(105)) == []
    assert seen(market.until(111)) == [("CLOSE", "F", "10", "101")]


def test_an_order_waits_for_the_opening_of_a_venue_that_says_it_is_closed(market: Market) -> None:
    """In the pre-open nothing immediate is sent; the order takes what the venue shows when it trades."""
    trader, other = Trader(market), Other(market)
    market.until(12)
    other.order("2", "5", "100")
    assert seen(trader.order("1", "5", "100", cl="P")) == [("P", "0", None, None)]
    assert seen(market.until(29)) == []
    assert seen(market.until(31)) == [("P", "F", "5", "100")]


def test_an_order_waits_while_its_symbol_is_halted(market: Market) -> None:
    """After the halt comes an auction, and then it trades."""
    trader, other = Trader(market), Other(market)
    market.until(31)
    other.order("2", "5", "100")
    for name, second in (("halt-symbol", 32), ("resume-symbol", 33)):
        payload = json.dumps({"symbol": "ACME", "why": "news"}).encode()
        market.from_venue(market.venue.give(Command(market.now, name, "anna", payload)))
        if name == "halt-symbol":
            assert seen(trader.order("1", "5", "100", cl="P")) == [("P", "0", None, None)]
        assert seen(market.until(second)) == []
    assert seen(market.until(92)) == [("P", "F", "5", "100")]
