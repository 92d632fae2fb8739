"""The machine of `tests.test_reservation` with orders of every kind: what waits, follows, shows a part or is for an auction."""

from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from gateway.market.book import BID, OFFER
from gateway.model import (
    BookUpdate,
    Handling,
    MarketData,
    NewOrder,
    OrdType,
    Px,
    Qty,
    ReplaceRequest,
    Side,
    TimeInForce,
)
from gateway.model.settings import Offer
from tests.conftest import SETTINGS
from tests.test_reservation import CLIENT, PICK, PRICES, SHARE, SHARES, VENUES, Trading

PLAIN, K = (OrdType.MARKET, OrdType.LIMIT), OrdType.MARKET_WITH_LEFTOVER_AS_LIMIT
KINDS = st.sampled_from((*PLAIN, OrdType.STOP, OrdType.STOP_LIMIT, OrdType.MARKET_IF_TOUCHED, OrdType.PEGGED, K))
PEGS = st.sampled_from(("R", "P", "M", "a"))
SETTINGS_ALL = msgspec.structs.replace(
    SETTINGS, venues=tuple(msgspec.structs.replace(venue, offers=tuple(Offer)) for venue in SETTINGS.venues)
)


def px(hundredths: int) -> Px:
    return Px(hundredths * 10**6)


class TradingOfTypes(Trading):
    @initialize()
    def begins(self) -> None:
        self.desk.configure(SETTINGS_ALL)
        for venue in VENUES:
            self.desk.venue_is_back(venue, self.now)
            self.shows(venue, [9_999], [10_001], 20)

    @rule(venue=st.sampled_from(VENUES))
    def is_back(self, venue: str) -> None:
        self.desk.venue_is_back(venue, self.now)

    @rule(venue=st.sampled_from(VENUES), price=PRICES, size=SHARES)
    def prints(self, venue: str, price: int, size: int) -> None:
        print_ = BookUpdate(symbol="ACME", entry="2", price=px(price), size=Qty(size * SHARE))
        self.desk.market_data(venue, MarketData(snapshot=False, symbol="", updates=(print_,)), self.now)

    @rule(venue=st.sampled_from(VENUES), entry=st.sampled_from((BID, OFFER)), price=PRICES, size=st.integers(0, 9))
    def moves(self, venue: str, entry: str, price: int, size: int) -> None:
        level = BookUpdate(symbol="ACME", entry=entry, price=px(price), size=Qty(size * SHARE))
        self.desk.market_data(venue, MarketData(snapshot=False, symbol="", updates=(level,)), self.now)

    def special(self, side: Side, qty: int, price: int, kind: OrdType, more: dict[str, Any]) -> NewOrder:
        """Mostly of valid terms; the others have to be refused."""
        trails = kind is OrdType.PEGGED and more["peg"] == "a"
        exec_inst = tuple(more["exec_inst"]) + ((more["peg"],) if kind is OrdType.PEGGED else ())
        handling = Handling(
            exec_inst=exec_inst,
            stop_px=px(more["stop"]) if kind in ("3", "4", "J") else None,
            peg_offset=px(5 if side is Side.BUY else -5) if trails else None,
            max_floor=more["show"],
            min_qty=more["least"],
        )
        limited = kind in (OrdType.LIMIT, OrdType.STOP_LIMIT) or (kind is OrdType.PEGGED and more["capped"])
        return msgspec.structs.replace(
            self.order_of(qty, price if limited else None, side, more["time"], None), ord_type=kind, handling=handling
        )

    TERMS = st.fixed_dictionaries(
        {
            "peg": PEGS,
            "exec_inst": st.sampled_from(("", "", "", "6", "G", "1")),
            "stop": PRICES,
            "show": st.none() | st.integers(0, 9).map(lambda shares: Qty(shares * SHARE)),
            "least": st.none() | st.none() | st.integers(1, 9).map(lambda shares: Qty(shares * SHARE)),
            "capped": st.booleans(),
            "time": st.sampled_from("000013275").map(TimeInForce),
        }
    )
    SIDES = st.sampled_from((Side.BUY, Side.SELL))

    @rule(side=SIDES, qty=SHARES, price=PRICES, kind=KINDS, more=TERMS)
    def orders_specially(self, side: Side, qty: int, price: int, kind: OrdType, more: dict[str, Any]) -> None:
        order = self.special(side, qty, price, kind, more)
        self.requests[order.cl_ord_id] = "D"
        self.desk.new_order(CLIENT, order, self.now)

    @rule(pick=PICK, qty=SHARES, price=PRICES, kind=KINDS, more=TERMS)
    def replaces_specially(self, pick: int, qty: int, price: int, kind: OrdType, more: dict[str, Any]) -> None:
        original = self.find(self.known(pick))
        if original is None or original.target_strategy is None:
            order = self.special(Side.BUY if original is None else original.side, qty, price, kind, more)
            self.requests[order.cl_ord_id] = "G"
            self.desk.replace(CLIENT, ReplaceRequest(orig_cl_ord_id=self.last(pick), order=order), self.now)

    @invariant()
    def nothing_is_out_for_an_order_that_waits(self) -> None:
        for parent in self.desk.parents.values():
            assert parent.trigger is None or not parent.children

    @invariant()
    def an_order_shows_one_child_at_a_time_and_no_more_than_it_may(self) -> None:
        for parent in self.desk.parents.values():
            plan = parent.plan
            if plan is None or parent.order.target_strategy is not None:
                continue
            rests = [child for child in parent.children if child.may_rest]
            assert len(rests) <= 1
            if plan.posting is not None and plan.posting.show is not None and not parent.requests and not parent.halted:
                assert all(child.qty <= plan.posting.show for child in rests)


TestReservationOfTypes = TradingOfTypes.TestCase
TestReservationOfTypes.settings = settings(max_examples=100, stateful_step_count=50)
