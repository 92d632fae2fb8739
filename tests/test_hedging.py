"""Orders that are hedged, against venues and clients that do anything at all, in any order.

The machine of `test_reservation` sends orders of ARBITRAGE. Whenever a child leaves it is compared with what is filled
of both orders, by a count that this test keeps. When all has come to rest and the leg can be had, all is hedged.
"""

from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from msgspec import Struct

from gateway.market.book import BID, OFFER
from gateway.model import (
    BookUpdate,
    ExecType,
    Instrument,
    MarketData,
    NewOrder,
    Ns,
    OrdType,
    Px,
    Qty,
    Side,
    StrategyParameter,
)
from gateway.oms.notes import AlertNote
from tests.conftest import SETTINGS
from tests.test_reservation import CLIENT, PICK, SHARE, SHARES, VENUES, Tape, Trading

RATIO = 2
LEGS = st.integers(4_985, 5_015)  # in hundredths; two of them are about one of the first
PAIRED = msgspec.structs.replace(
    SETTINGS,
    instruments=(Instrument(symbol="ACME"), Instrument(symbol="BETA")),
    limits=SETTINGS.limits | {"BETA": SETTINGS.limits["ACME"]},
)


class PairTape(Tape):
    def __init__(self) -> None:
        super().__init__()
        self.pairs: dict[str, str] = {}  # OrderID of the hedge by that of the first
        self.most: dict[str, int] = {}  # MaxLegRisk by the first's OrderID
        self.told: list[AlertNote] = []

    def cum(self, order_id: str) -> int:
        return sum(child.cum for child in self.ledger(order_id).children)

    def order(self, venue: str, order: NewOrder, now: Ns) -> None:
        super().order(venue, order, now)
        order_id = order.parent_order_id or ""
        out = self.cum(order_id) + sum(child.reserved for child in self.ledger(order_id).children)
        if order_id in self.pairs:
            hedged = self.cum(self.pairs[order_id]) // RATIO
            assert out - hedged <= self.most[order_id], "more is filled or out than may be unhedged"
        else:
            (first,) = (first for first, hedge in self.pairs.items() if hedge == order_id)
            assert out <= self.cum(first) * RATIO, "more is hedged than is filled"

    def note(self, kind: str, fact: Struct) -> None:
        if isinstance(fact, AlertNote) and fact.code.startswith("HEDGE."):  # after which orders go on
            self.told.append(fact)
        else:
            super().note(kind, fact)


class Pairing(Trading):
    tape: PairTape

    def __init__(self) -> None:
        super().__init__()
        self.tape = PairTape()
        self.desk = self.tape.desk = type(self.desk)(self.tape, self.desk.parents._algos, "G")
        self.desk.configure(PAIRED)

    def orders(self) -> None:
        """Only pairs here."""

    def orders_a_twap(self) -> None:
        """Nor these."""

    def replaces_it(self) -> None:
        """Nor that."""

    @initialize()
    def leg_opens(self) -> None:
        for venue in VENUES:
            self.leg_shows(venue, 5_010, 4_990, 60)

    @rule(venue=st.sampled_from(VENUES), bid=LEGS, ask=LEGS, size=SHARES)
    def leg_shows(self, venue: str, bid: int, ask: int, size: int) -> None:
        updates = tuple(
            BookUpdate(symbol="BETA", entry=entry, price=Px(price * 10**6), size=Qty(size * SHARE))
            for entry, price in ((BID, bid), (OFFER, ask))
        )
        self.desk.market_data(venue, MarketData(snapshot=True, symbol="BETA", updates=updates), self.now)

    @rule(what=st.sampled_from((*[""] * 9, *VENUES, "restart")))
    def drops_out(self, what: str) -> None:
        if what == "restart":
            self.desk.configure(PAIRED)
        elif what:
            self.desk.markets.forget(what)

    @rule(qty=SHARES, risk=st.integers(3, 10), side=st.sampled_from((Side.BUY, Side.SELL)))
    def orders_a_pair(self, qty: int, risk: int, side: Side) -> None:
        qty += risk
        given = {"LegSymbol": "BETA", "Ratio": str(RATIO), "MinEdge": "1", "MaxLegRisk": str(risk), "Duration": "60"}
        types = {"LegSymbol": "14", "Ratio": "6", "MinEdge": "1", "MaxLegRisk": "7", "Duration": "1"}
        order = NewOrder(
            cl_ord_id=self.next_id(),
            symbol="ACME",
            side=side,
            order_qty=Qty(qty * SHARE),
            ord_type=OrdType.MARKET,
            target_strategy="1009",
            locate_reqd="N",
            strategy_parameters=tuple(StrategyParameter(name, types[name], text) for name, text in given.items()),
        )
        self.requests[order.cl_ord_id] = "D"
        number = int(self.desk.parents.next_id.removeprefix("G-"))
        first, hedge = f"G-{number}", f"G-{number + 1}"
        self.tape.pairs[first], self.tape.most[first] = hedge, risk * SHARE
        self.desk.new_order(CLIENT, order, self.now)
        if self.desk.parents[first].accepted:
            self.requests[f"{order.cl_ord_id}-H"] = "D"
        else:
            del self.tape.pairs[first]

    @precondition(lambda self: self.tape.children)
    @rule(pick=PICK, what=st.sampled_from(({"cl_ord_id": "NOBODY"}, {"symbol": "OTHER"})))
    def speaks_of_something_else(self, pick: int, what: dict[str, Any]) -> None:
        child = self.some(pick)
        for kind in (ExecType.TRADE, ExecType.CANCELED):
            self.say(child, kind, last_qty=SHARE, last_px=Px(1), **what)

    @invariant()
    def follow(self) -> None:
        """As the node does after each input."""
        self.desk.hedging.follow(self.now)

    def teardown(self) -> None:
        super().teardown()
        self.follow()
        for order_id in self.tape.pairs:
            first = self.desk.parents[order_id]
            if first.open:
                first.halted = ("TEST.OVER",)  # no more of it from here on
        for _ in range(20):
            self.leg_shows(VENUES[0], 5_010, 4_990, 10_000)
            self.leg_shows(VENUES[1], 5_010, 4_990, 10_000)
            self.time_passes(2_000)
            for child in [child for child in self.tape.children.values() if child.live]:
                assert child.order.price is not None
                self.trade(child, child.reserved, child.order.price, self.next_id())
            self.follow()
        for order_id, hedge_id in self.tape.pairs.items():
            hedge, missing = self.desk.parents[hedge_id], self.tape.cum(order_id) * RATIO - self.tape.cum(hedge_id)
            if missing > 0 and not (hedge.halted or hedge.paused):
                assert not hedge.open
                assert any(told.code == "HEDGE.OPEN" and told.parent == hedge_id for told in self.tape.told)
            elif missing < 0:
                assert any(told.code == "HEDGE.OVER" and told.parent == hedge_id for told in self.tape.told)


TestHedging = Pairing.TestCase
TestHedging.settings = settings(max_examples=60, stateful_step_count=40)
