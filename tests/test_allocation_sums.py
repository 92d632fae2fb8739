"""Whatever is filled, busted, corrected and allocated: nothing is lost on the way, and every sum is exact."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from gateway.model import Instrument, NewOrder, Ns, OrdType, Px, Qty, Side, average_px
from gateway.model.allocations import (
    AllocationAck,
    AllocationInstruction,
    AllocationReport,
    AllocStatus,
    AllocTransType,
    AllocType,
    BlockOrder,
    Share,
)
from gateway.model.positions import Accounting, Held
from gateway.model.settings import FIRM, Scope
from gateway.oms.allocations import Allocations
from gateway.oms.ends import End
from gateway.oms.ledger import ALL
from gateway.oms.order import ParentOrder
from gateway.oms.positions import ALLOCATED, Positions, sign_of
from gateway.oms.shares import apportion, of_amount
from gateway.risk import Guard

CLIENT, NOW, LOT = "CLIENT", Ns(1), 2
SIDES = {"O1": Side.BUY, "O2": Side.BUY, "O3": Side.SELL}
ACCOUNTS = ("BLOCK", "A", "B", "C")


@given(st.integers(-(10**30), 10**30), st.lists(st.integers(1, 10**24), min_size=1, max_size=9), st.integers(1, 1000))
def test_parts_add_up_and_none_is_a_unit_from_its_share(total: int, weights: list[int], unit: int) -> None:
    """But for the one that gets what is no multiple of the unit, and less than another."""
    parts, whole = apportion(total, weights, unit), sum(weights)
    assert sum(parts) == total
    odd = abs(total) % unit
    for part, weight in zip(parts, weights, strict=True):
        share = Fraction(abs(total) * weight, whole)
        assert share - 2 * unit < abs(part) < share + unit + odd
        assert abs(part) % unit in (0, odd)
    assert sum(abs(part) % unit for part in parts) == odd


def test_of_equal_remainders_the_first_is_served_first() -> None:
    assert apportion(5, [1, 1, 1]) == [2, 2, 1]
    assert apportion(-5, [1, 1, 1]) == [-2, -2, -1]
    assert apportion(507, [1, 1, 1], 100) == [200, 200, 107]
    assert apportion(7, [1, 1], 100) == [7, 0]


@given(st.integers(-(10**40), 10**40), st.lists(st.integers(0, 10**20), min_size=1, max_size=9).filter(any))
def test_amounts_add_up_and_none_is_one_from_its_share(amount: int, quantities: list[int]) -> None:
    """Who gets nothing pays nothing."""
    parts = of_amount(amount, quantities)
    assert sum(parts) == amount
    for part, qty in zip(parts, quantities, strict=True):
        assert abs(part - Fraction(amount * qty, sum(quantities))) < 1
        assert qty or not part


class Answers:
    """The outside: it hears of allocations and keeps what it was told last."""

    def __init__(self) -> None:
        self.acks: list[AllocationAck] = []

    def answer(self, _client: str, answer: AllocationAck | AllocationReport) -> None:
        if isinstance(answer, AllocationAck):
            self.acks.append(answer)
        else:
            assert sum(share.qty for share in answer.shares) == answer.quantity

    def note(self, kind: str, fact: Struct) -> None:
        pass


class Book:
    """Three orders of one account, their fills, and what is allocated of them."""

    def __init__(self, accounts: dict[str, Accounting]) -> None:
        self.wire = Answers()
        self.positions = Positions(self.wire)
        self.positions.configure(accounts)
        self.guard = Guard(self.wire.note)
        self.parents = {name: order(name, side) for name, side in SIDES.items()}
        self.allocations = Allocations(cast(Any, self.wire), self.positions, self.guard, cast(Any, self), "RUN")
        self.allocations.instruments = {"VOD": Instrument(symbol="VOD", lot=Qty(LOT))}
        self.fills: dict[int, tuple[str, str, int, int, int]] = {}  # number: order, venue, quantity, price, fee
        self.given = 0

    def __getitem__(self, order_id: str) -> ParentOrder:
        return self.parents[order_id]

    def was_over(self, _parent: ParentOrder) -> bool:
        return False  # there are no splits here

    def find(self, _client: str, cl_ord_id: str, _now: Ns) -> ParentOrder | None:
        return self.parents.get(cl_ord_id)

    def fill(self, name: str, venue: str, qty: int, price: int, fee: int) -> None:
        parent, number = self.parents[name], len(self.fills) + 1
        self.fills[number] = (name, venue, qty, price, fee)
        self.positions.fill("BLOCK", "VOD", venue, parent.order.side, qty=Qty(qty), price=Px(price), fee=fee,
                            exec_id=str(number), order_id=name)  # fmt: skip
        parent.fees += fee
        self._count(parent, qty, qty * price)
        self.guard.filled(name, CLIENT, parent.order, qty=Qty(qty), px=Px(price), now=NOW)
        self.allocations.changed(parent, NOW)

    def correct(self, number: int, qty: int, price: int) -> None:
        """Also to nothing, which is a bust."""
        if number not in self.fills or not self.fills[number][2]:
            return
        name, venue, was, was_price, fee = self.fills[number]
        parent, place = self.parents[name], ("BLOCK", "VOD", venue, str(number))
        if qty:
            assert self.positions.correct(*place, qty=Qty(qty), price=Px(price), new_exec_id=str(number))
        else:
            assert self.positions.bust(*place)
            parent.fees -= fee
            fee = 0
        self.fills[number] = (name, venue, qty, price, fee)
        change, amount = qty - was, qty * price - was * was_price
        self._count(parent, change, amount)
        self.guard.corrected(CLIENT, parent.order, qty=change, amount=amount, now=NOW)
        self.allocations.changed(parent, NOW)

    def _count(self, parent: ParentOrder, qty: int, amount: int) -> None:
        parent.cum_qty = Qty(parent.cum_qty + qty)
        parent.notional += amount

    def give(self, names: Sequence[str], weights: Sequence[int], kind: AllocType, trans: AllocTransType) -> None:
        """An instruction that agrees with what was filled; by itself or in the place of the one before."""
        of = [self.parents[name] for name in names]
        total, wanted = sum(parent.cum_qty for parent in of), sum(weights)
        standing = self.allocations.standing
        ref = next(reversed(standing))[1] if standing else None
        calculated = kind is AllocType.CALCULATED
        parts = apportion(total, weights) if calculated and total else list(weights)
        self.given += 1
        instruction = AllocationInstruction(
            alloc_id=f"J{self.given}",
            trans_type=trans,
            alloc_type=kind,
            ref_alloc_id=ref,
            orders=tuple(BlockOrder(name) for name in names),
            side=SIDES[names[0]],
            symbol="VOD",
            quantity=Qty(total if calculated else wanted),
            avg_px=average_px(sum(parent.notional for parent in of), total),
            avg_px_precision=8,
            trade_date="20260105",
            whole=True,
            shares=tuple(Share(account=account, qty=Qty(part)) for account, part in zip("ABC", parts, strict=False)),
        )
        before = dict(standing)
        self.allocations.instruct(CLIENT, instruction, NOW)
        if self.wire.acks[-1].status is not AllocStatus.ACCEPTED:
            assert standing == before

    def check(self) -> None:
        signed = [
            (venue, sign_of(SIDES[name]) * qty, price, fee) for name, venue, qty, price, fee in self.fills.values()
        ]
        ledgers = [book["VOD"] for account in ACCOUNTS if (book := self.positions.ledgers(account))]
        for venue in (ALL, "XLON", "XPAR"):
            booked = sum(ledger.net.get(venue, 0) for ledger in ledgers)
            assert booked == sum(qty for at, qty, _, _ in signed if venue in (ALL, at))
        assert sum(ledger.net.get(ALLOCATED, 0) for ledger in ledgers) == 0
        held = [holdings[ALL].held for ledger in ledgers for holdings in ledger.positions.values()]
        assert sum(h.realised - h.cost for h in held) == -sum(qty * price for _, qty, price, _ in signed)
        assert sum(h.fees for h in held) == sum(fee for *_, fee in signed)
        expected = dict.fromkeys(ACCOUNTS, 0) | {"BLOCK": sum(qty for _, qty, _, _ in signed)}
        allocated: list[str] = []
        for made in self.allocations.standing.values():
            of = [self.parents[leg.order_id] for leg in made.legs]
            allocated += [parent.order_id for parent in of]
            qty, amount = sum(parent.cum_qty for parent in of), sum(parent.notional for parent in of)
            assert sum(part.qty for part in made.parts) == qty
            assert sum(part.amount for part in made.parts) == amount
            assert sum(part.fees for part in made.parts) == sum(parent.fees for parent in of)
            for part in made.parts:
                assert abs(part.amount - Fraction(amount * part.qty, qty)) < 1
                expected[part.share.account] += sign_of(made.instruction.side) * part.qty
            expected["BLOCK"] -= sign_of(made.instruction.side) * qty
        assert len(set(allocated)) == len(allocated)
        for account in ACCOUNTS:
            assert self.positions.net(account, "VOD") == expected[account]
            assert self.guard.exposure.total(Scope("account", account)).position == expected[account]
        firm = self.guard.exposure.total(FIRM)
        assert firm.day_qty == sum(qty for _, _, qty, _, _ in self.fills.values())
        assert firm.sold - firm.bought == -sum(qty * price for _, qty, price, _ in signed)


def order(name: str, side: Side) -> ParentOrder:
    """Large, and over unless a step says otherwise: what comes then comes late."""
    parent = ParentOrder(
        order_id=name,
        client=CLIENT,
        order=NewOrder(
            cl_ord_id=name, symbol="VOD", side=side, order_qty=Qty(10**6), ord_type=OrdType.MARKET, account="BLOCK"
        ),
    )
    parent.accepted, parent.ended = True, End.CANCELED
    return parent


sizes, prices, numbers = st.integers(1, 12), st.integers(-3, 40), st.integers(1, 12)
fills = st.tuples(
    st.just("fill"), st.sampled_from(list(SIDES)), st.sampled_from(["XLON", "XPAR"]), sizes, prices, st.integers(-2, 5)
)
corrections = st.tuples(st.just("correct"), numbers, st.integers(0, 12), prices)
gifts = st.tuples(
    st.just("give"),
    st.sampled_from([("O1",), ("O2",), ("O1", "O2"), ("O3",)]),
    st.lists(sizes, min_size=1, max_size=3),
    st.sampled_from([AllocType.CALCULATED, AllocType.PRELIMINARY]),
    st.sampled_from([AllocTransType.NEW, AllocTransType.NEW, AllocTransType.REPLACE, AllocTransType.CANCEL]),
)
kept = st.fixed_dictionaries(
    {
        account: st.builds(
            Accounting, mode=st.sampled_from(["netting", "hedging"]), cost=st.sampled_from(["average", "fifo"])
        )
        for account in ACCOUNTS
    }
)


@given(accounts=kept, day=st.lists(st.one_of(fills, fills, gifts, gifts, corrections), max_size=30))
@settings(max_examples=300)
def test_fills_busts_and_allocations_add_up(accounts: dict[str, Accounting], day: Sequence[Any]) -> None:
    """Shares by account and venue, money and fees to the last unit; risk counts what the positions say."""
    book = Book(accounts)
    for name in SIDES:
        book.fill(name, "XLON", 7, 10, 1)
    for step, *values in day:
        getattr(book, step)(*values)
        book.check()


@pytest.mark.parametrize("mode", ["netting", "hedging"])
def test_a_block_that_is_given_away_made_nothing(mode: Any) -> None:
    """Prices whose average has no end: 1/3 of a unit cannot be paid, and yet nobody made or lost it."""
    book = Book({"BLOCK": Accounting(mode=mode)})
    for price in (10, 10, 11):
        book.fill("O1", "XLON", 1, price, 1)
    book.give(("O1",), (1, 1, 1), AllocType.CALCULATED, AllocTransType.NEW)
    book.check()
    (held,) = [holdings[ALL].held for holdings in book.positions.ledgers("BLOCK")["VOD"].positions.values()]
    assert held == Held(0, 0, 0, 0)
    (made,) = book.allocations.standing.values()
    assert [(part.qty, part.amount, part.fees) for part in made.parts] == [(1, 11, 1), (1, 10, 1), (1, 10, 1)]
    cash = [book.positions.ledgers(account)["VOD"].positions for account in "ABC"]
    assert [next(iter(holdings.values()))[ALL].held.cost for holdings in cash] == [11, 10, 10]
