"""A split changes shares and no money: random portfolios are split, and what they are worth is compared."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import SCALE, ExecType, Px, Quote, Side, parse_px, parse_qty
from gateway.model.positions import Accounting
from gateway.model.ratio import Ratio, parse_ratio
from gateway.model.settings import Limits, Scope
from gateway.node import Gateway
from gateway.oms.ledger import ALL, NETTED, Fill, Ledger
from tests.conftest import make_world
from tests.conversation.wire import Wire
from tests.conversation.world import World
from tests.guarded import QUOTE, Desk, money, order

RATIOS = st.sampled_from(["2:1", "3:2", "3:1", "1:10", "1:3", "7:4", "4:7", "10000:1"]).map(parse_ratio)


def test_a_ratio_is_two_numbers_in_lowest_terms() -> None:
    assert parse_ratio("10:4") == Ratio(5, 2) and str(parse_ratio("1:10")) == "1:10"
    for wrong in ("", "2", "2:1:1", "0:1", "1:0", "3:3", "10001:1", "-2:1", "2:1 ", "02:1", "2.5:1", "٢:1"):
        with pytest.raises(ValueError, match="is no ratio"):
            parse_ratio(wrong)


# -- positions

PLACES = (("", "XLON"), ("", "BATE"), ("1", "XLON"), ("2", "BATE"))
FILLS = st.tuples(st.sampled_from(PLACES), st.integers(-40, 40).filter(bool), st.integers(1, 2_000))
UNITS = st.sampled_from([1, SCALE // 4, SCALE])


def figures(ledger: Ledger) -> list[tuple[Any, ...]]:
    """All that is held, lot by lot."""
    return [
        (name, venue, holding.held, list(holding.lots or ()))
        for name, holdings in ledger.positions.items()
        for venue, holding in holdings.items()
    ]


def holds(ledger: Ledger) -> None:
    """What must hold of any ledger: its sums, its lots, and every penny."""
    fills = [fill for fill in tape(ledger) if isinstance(fill, Fill)]
    for name, holdings in ledger.positions.items():
        for venue, holding in holdings.items():
            paid = sum(f.qty * f.price for f in fills if f.position_id == name and venue in (ALL, f.venue))
            assert holding.realised - holding.cost == -paid
            if holding.lots is not None:
                assert sum(qty for qty, _ in holding.lots) == holding.qty
                assert sum(cost for _, cost in holding.lots) == holding.cost
                assert all(qty * holding.qty > 0 for qty, _ in holding.lots)
    for venue, net in ledger.net.items():
        assert net == sum(holdings[venue].qty for holdings in ledger.positions.values() if venue in holdings)
    assert set(ledger.open) == {name for name, holdings in ledger.positions.items() if holdings[ALL].qty}


def tape(ledger: Ledger) -> Sequence[Fill]:
    """The fills that count."""
    found = {
        fill.exec_id: fill for number in range(200) for _, venue in PLACES for fill in ledger.find(venue, f"E{number}")
    }
    return list(found.values())


@settings(max_examples=150)
@given(
    cost=st.sampled_from(["average", "fifo"]),
    unit=UNITS,
    steps=st.lists(FILLS | RATIOS | st.integers(0, 60), max_size=40),
)  # fmt: skip
def test_every_position_costs_what_it_did(cost: Any, unit: int, steps: list[Any]) -> None:
    """After each fill, split or bust: what was paid is in the cost or realised, and folding anew gives the same."""
    ledger = Ledger(Accounting(cost=cost))
    for number, step in enumerate(steps):
        if isinstance(step, Ratio):
            before = {(name, venue): held for name, venue, held, _ in figures(ledger)}
            ledger.split(step)
            for name, venue, held, _ in figures(ledger):
                was = before[name, venue]
                assert held.qty == step.qty(was.qty) and abs(was.qty * step.new - held.qty * step.old) < step.old
                kept = held.qty or not was.qty
                assert (held.cost, held.realised) == (
                    (was.cost, was.realised) if kept else (0, was.realised - was.cost)
                )
        elif isinstance(step, int):
            for venue in ("XLON", "BATE"):
                for fill in ledger.find(venue, f"E{step}"):
                    ledger.change(fill, fill._replace(qty=0))
        else:
            (name, venue), qty, price = step
            ledger.add(Fill(name, f"E{number}", venue, qty * unit, price * 1_000_000 + 1, 3))
        holds(ledger)
    known = figures(ledger)
    ledger.account_anew(Accounting(cost="fifo" if cost == "average" else "average"))
    holds(ledger)
    ledger.account_anew(Accounting(cost=cost))
    assert figures(ledger) == known


# -- orders, and what counts them

ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["BUY", "SELL"]),
        st.integers(1, 500),  # shares
        st.integers(0, 500),  # of them filled, at most
        st.integers(-300, 300),  # ticks that it is away from 100
        st.sampled_from(["GOOD_TILL_CANCEL", "GOOD_TILL_DATE  ExpireTime=now+40h"]),
    ),
    min_size=1,
    max_size=5,
)


def portfolio(world: World, orders: list[tuple[str, int, int, int, str]]) -> None:
    """Open orders, each filled for what it is to be and back from its venue.

    Each new one has the best price of its side, so that none before it takes what is there for it.
    """
    best_last = {(side, ticks if side == "BUY" else -ticks): it for it in orders for side, ticks in [(it[0], it[3])]}
    orders = [best_last[key] for key in sorted(best_last)]
    for number, (side, qty, filled, ticks, time_in_force) in enumerate(orders):
        price = print_ticks(10_000 + ticks)
        quotes = f"XLON quotes ACME - {price}x{qty}" if side == "BUY" else f"XLON quotes ACME {price}x{qty} -"
        fill = f"XLON > ExecutionReport  ExecType=TRADE  LastQty={filled}  LastPx={price}\nclient < ExecutionReport"
        ends = "" if filled >= qty else "XLON > ExecutionReport  ExecType=CANCELED"
        world.converse(
            f"""
            {quotes}
            client > NewOrderSingle  ClOrdID=X{number}  Side={side}  OrderQty={qty}  Price={price}  TimeInForce={time_in_force}
            client < ExecutionReport  ExecType=NEW
            XLON < NewOrderSingle  OrderQty={qty}
            XLON quotes ACME - -
            {fill if filled else ""}
            {ends}
            """.replace(f"LastQty={filled}", f"LastQty={min(filled, qty)}")
        )


class Told:
    """An ExecutionReport as its client reads it."""

    def __init__(self, wire: Wire) -> None:
        self.order_id, self.exec_type = wire.get(37) or "", ExecType(wire.get(150) or "")
        numbers = (parse_qty(wire.get(tag) or "") for tag in (38, 14, 151, 6))
        self.order_qty, self.cum_qty, self.leaves_qty, self.avg_px = numbers


def print_ticks(ticks: int) -> str:
    return f"{ticks // 100}.{ticks % 100:02}"


@settings(max_examples=60)
@given(orders=ORDERS, ratio=RATIOS)
def test_open_orders_are_worth_what_they_were_to_the_rounding_of_their_rule(orders: Any, ratio: Ratio) -> None:
    """O-6.8, O-6.9, and every count of the same things agrees: reports, parents, children, risk, governor, positions."""
    world = make_world()
    portfolio(world, orders)
    assert isinstance(world.node, Gateway) and world.node.desk is not None
    desk = world.node.desk
    parents = [desk.parents[name] for name in desk.parents]
    before = {p.order_id: (p.cum_qty, p.notional, p.leaves_qty, p.order.price or 0) for p in parents}
    world.command("split", symbol="ACME", ratio=str(ratio), why="property")
    told = [Told(wire) for wire in world.parties["client"].inbox if wire is not None]
    assert world.node.command_error is None
    exposure, governor = desk.guard.exposure, world.node._edge._governor  # type: ignore[union-attr]
    assert {it.order_id for it in told} == {name for name, (_, _, leaves, _) in before.items() if leaves}
    for it in told:
        parent, (cum_qty, notional, leaves, price) = desk.parents[it.order_id], before[it.order_id]
        whole = ratio.qty(leaves)
        if it.exec_type is ExecType.CANCELED:
            assert whole < SCALE or price * ratio.old < ratio.new * 1_000_000
            assert (it.cum_qty, it.leaves_qty, governor.out(it.order_id)) == (cum_qty, 0, 0)
            continue
        assert it.exec_type is ExecType.RESTATED and parent.notional == notional
        assert it.order_qty == it.cum_qty + it.leaves_qty and parent.order_qty == it.order_qty
        assert it.cum_qty == ratio.qty(cum_qty) == sum(child.cum_qty for child in parent.sent)
        assert parent.base_qty == parent.cum_qty
        assert {child.ended_cum for child in parent.sent} <= {None, parent.cum_qty}
        assert it.leaves_qty % SCALE == 0 <= whole - it.leaves_qty < SCALE
        assert abs(it.avg_px * it.cum_qty - notional) <= it.cum_qty  # half of 1e-8 a share
        now = parent.order.price or 0
        away = now * ratio.new - price * ratio.old
        assert now % 1_000_000 == 0 and abs(away) < 1_000_000 * ratio.new
        assert away <= 0 if parent.order.side is Side.BUY else away >= 0
        assert governor.out(it.order_id) == it.cum_qty
        assert exposure.open_order(it.order_id) == (it.leaves_qty, now)
    total, live = exposure.total(Scope("symbol", "ACME")), [p for p in parents if p.open]
    for side, amount in ((Side.BUY, total.buying), (Side.SELL, total.selling)):
        assert amount == sum(p.leaves_qty * (p.order.price or 0) for p in live if p.order.side is side)
    assert total.position == ratio.qty(
        sum(c if p.order.side is Side.BUY else -c for p in parents for c in [before[p.order_id][0]])
    )
    assert desk.positions.net(None, "ACME") == total.position
    paid = sum((1 if p.order.side is Side.BUY else -1) * before[p.order_id][1] for p in parents)
    ledger = desk.positions.ledgers(None).get("ACME")
    held = None if ledger is None else ledger.positions[NETTED][ALL]
    assert paid == (0 if held is None else held.cost - held.realised) == total.bought - total.sold
    world.parties["client"].inbox.clear()
    world.restart()


# -- risk


def test_what_counts_against_limits_is_in_new_shares() -> None:
    """R-3.4, R-3.5: positions, open orders and shares of the day; the limits stay as they are set."""
    desk = Desk(symbol={"max_position": parse_qty("200"), "max_day_qty": parse_qty("400")})
    bought = desk.enter(order("60"))
    desk.guard.filled(bought, "CLIENT", order("60"), qty=parse_qty("40"), px=parse_px("100"), now=desk.now)
    desk.guard.split("ACME", Ratio(2, 1))
    desk.guard.split("BOND", Ratio(1, 10))
    tally = desk.guard.exposure.total(Scope("symbol", "ACME"))
    assert (tally.position, tally.buying_qty, tally.day_qty) == tuple(map(parse_qty, ("80", "40", "80")))
    assert (tally.buying, tally.bought) == (parse_qty("40") * parse_px("50"), parse_qty("40") * parse_px("100"))
    assert desk.judge(order("80", "50")) is None
    assert desk.judge(order("81", "50")) == "RISK.POSITION"
    desk.guard.filled(bought, "CLIENT", order("60"), qty=parse_qty("40"), px=parse_px("50"), now=desk.now)
    desk.guard.ended(bought)
    sold = order("280", "100", Side.SELL)
    assert desk.judge(sold) is None
    assert desk.judge(order("281", "100", Side.SELL)) == "RISK.DAYQTY"


def test_a_split_is_no_loss_and_prices_of_before_measure_nothing() -> None:
    """Half of the price for twice the shares; collars over time and the age of quotes begin anew."""
    firm = Limits(max_loss=money("150"), max_drawdown=money("200"))
    desk = Desk({"firm": firm}, symbol={"rolling_collar_bps": 100, "max_quote_age_s": 60})
    desk.guard.market_moved(QUOTE, desk.now)
    bought = desk.enter(order("100"))
    desk.guard.filled(bought, "CLIENT", order("100"), qty=parse_qty("100"), px=parse_px("100"), now=desk.now)
    desk.guard.split("ACME", Ratio(2, 1))
    assert desk.judge(order("1", "50")) == "RISK.STALE"
    desk.guard.filled(bought, "CLIENT", order("1"), qty=parse_qty("1"), px=parse_px("50"), now=desk.now)
    half = Quote(symbol="ACME", bid=Px(QUOTE.bid // 2), bid_size=QUOTE.bid_size, ask=Px(QUOTE.ask // 2), ask_size=SCALE)  # type: ignore[arg-type]
    desk.guard.market_moved(half, desk.now)
    assert not desk.guard.tripped
    desk.quotes["ACME"] = half
    assert desk.judge(order("1", "50")) is None
    assert desk.judge(order("1", "50.51")) == "RISK.ROLLING"
