"""A position is the sum of its fills: every day is recomputed by the textbook after every step, and compared."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import Px, Qty, Side
from gateway.model.positions import Accounting, Held, PositionEffect
from gateway.oms import ledger
from gateway.oms.ledger import ALL
from gateway.oms.positions import Positions
from tests.test_positions import COSTS, Cost, Noted


@dataclass(frozen=True)
class Part:
    """What the oracle remembers of a fill: one row for each position that it was for."""

    exec_id: int
    venue: str
    position_id: str
    qty: int
    price: int
    fee: int


def averaged(parts: Iterable[Part]) -> tuple[int, Fraction, Fraction]:
    """Quantity, cost and realised by the textbook, with fractions for what does not divide."""
    qty, cost, realised = 0, Fraction(0), Fraction(0)
    for part in parts:
        same = part.qty if qty * part.qty >= 0 else (qty + part.qty if abs(part.qty) > abs(qty) else 0)
        closed = part.qty - same
        if closed:
            average = cost / qty
            realised += -closed * (part.price - average)
            cost += closed * average
        cost += same * part.price
        qty += part.qty
    return qty, cost, realised


def first_in_first_out(parts: Iterable[Part]) -> tuple[int, Fraction, Fraction]:
    """One unit after the other."""
    units: list[tuple[int, int]] = []  # sign and price
    realised = 0
    for part in parts:
        sign = 1 if part.qty > 0 else -1
        for _ in range(abs(part.qty)):
            if units and units[0][0] == -sign:
                held, price = units.pop(0)
                realised += held * (part.price - price)
            else:
                units.append((sign, part.price))
    return sum(sign for sign, _ in units), Fraction(sum(s * p for s, p in units)), Fraction(realised)


class Oracle:
    def __init__(self, accounting: Accounting) -> None:
        self.accounting = accounting
        self.parts: list[Part] = []
        self.open: list[str] = []  # as they were opened

    def fill(self, part: Part, *, close: bool, name: str | None) -> None:
        exec_id, qty, fee = part.exec_id, part.qty, part.fee
        parts = [(name or f"O{exec_id}", qty)]
        if self.accounting.mode == "netting":
            parts = [("", qty)]
        elif close and name is None:
            parts = []
            for position in self.open:
                held = sum(part.qty for part in self.parts if part.position_id == position)
                if held * qty < 0:
                    parts.append((position, min(qty, -held, key=abs)))
                    qty -= parts[-1][1]
                if not qty:
                    break
            if qty:
                parts.append((f"O{exec_id}", qty))
        for position, size in parts:
            self.parts.append(replace(part, position_id=position, qty=size, fee=fee))
            self._reopen(position)
            fee = 0

    def change(self, exec_id: int, qty: int, price: int | None) -> bool:
        mine = [place for place, part in enumerate(self.parts) if part.exec_id == exec_id]
        for place in mine:
            part = self.parts[place]
            size = qty if place == mine[-1] else min(qty, abs(part.qty))
            qty -= size
            signed = size if part.qty > 0 else -size
            self.parts[place] = replace(part, qty=signed, price=part.price if price is None else price)
            self._reopen(part.position_id)
        self.parts = [part for part in self.parts if part.qty]
        return bool(mine)

    def _reopen(self, position: str) -> None:
        flat = not sum(part.qty for part in self.parts if part.position_id == position)
        if flat and position in self.open:
            self.open.remove(position)
        elif not flat and position not in self.open:
            self.open.append(position)


sizes, prices = st.integers(1, 12), st.integers(-3, 40)
fills = st.tuples(
    st.just("fill"), st.sampled_from(["XLON", "XPAR"]), st.booleans(), sizes, prices, st.integers(-2, 5),
    st.sampled_from([None, *PositionEffect]), st.none() | st.sampled_from(["P1", "P2", "O1"]),
)  # fmt: skip
busts = st.tuples(st.just("bust"), st.integers(1, 25))
corrections = st.tuples(st.just("correct"), st.integers(1, 25), sizes, prices)
days = st.lists(st.one_of(fills, fills, fills, busts, corrections), max_size=40)


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("mode", ["netting", "hedging"])
@given(day=days)
@settings(max_examples=120)
def test_a_position_is_the_sum_of_its_fills(
    mode: Literal["netting", "hedging"], cost: Cost, day: Sequence[Any]
) -> None:
    """Quantity, fees and cash to the unit; cost and profit too, but for one unit of 1e-16 a division leaves over."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "_STRETCH", 60)  # bytes: a mark every three fills or so
        go_through(Accounting(mode=mode, cost=cost), day)


def go_through(accounting: Accounting, day: Sequence[Any]) -> None:
    noted, oracle = Noted(), Oracle(accounting)
    positions = Positions(noted)
    positions.configure({"A": accounting})
    venues: dict[int, str] = {}
    for step in day:
        if step[0] == "fill":
            _, venue, buys, size, price, fee, effect, name = step
            exec_id = len(venues) + 1
            venues[exec_id] = venue
            part = Part(exec_id, venue, "", size if buys else -size, price, fee)
            oracle.fill(part, close=effect in ("C", "F"), name=name)
            positions.fill("A", "VOD", venue, Side.BUY if buys else Side.SELL, qty=Qty(size), price=Px(price), fee=fee,
                           exec_id=str(exec_id), order_id=f"O{exec_id}", position_effect=effect, position_id=name)  # fmt: skip
        else:
            _, exec_id, size, price = (*step, 0, None)[:4]
            known = oracle.change(exec_id, size, price)
            at = venues.get(exec_id, "XLON")
            if price is None:
                assert positions.bust("A", "VOD", at, str(exec_id)) == known
            else:
                assert (
                    positions.correct(
                        "A", "VOD", at, str(exec_id), qty=Qty(size), price=Px(price), new_exec_id=str(exec_id)
                    )
                    == known
                )
        agree(positions, oracle, accounting.cost)
    last_of_each = {(n.position_id, n.venue): n for n in noted.notes}
    for (name, venue), note in last_of_each.items():
        assert note.at_venue == positions.ledgers("A")["VOD"].positions[name][venue].held


def agree(positions: Positions, oracle: Oracle, cost: Cost) -> None:
    kept = positions.ledgers("A").get("VOD")
    if kept is None:
        assert not oracle.parts
        return
    assert list(kept.open) == oracle.open
    assert {part.position_id for part in oracle.parts} <= kept.positions.keys()
    for venue in (ALL, "XLON", "XPAR"):
        there = [part for part in oracle.parts if venue in (ALL, part.venue)]
        assert kept.net.get(venue, 0) == sum(part.qty for part in there)
        for name, holdings in kept.positions.items():
            parts = [part for part in there if part.position_id == name]
            held = holdings[venue].held if venue in holdings else Held(0, 0, 0, 0)
            qty, spent, realised = averaged(parts) if cost == "average" else first_in_first_out(parts)
            assert held.qty == qty
            assert held.fees == sum(part.fee for part in parts)
            assert held.realised - held.cost == -sum(part.qty * part.price for part in parts)
            assert abs(held.cost - spent) <= (len(parts) if cost == "average" else 0)
            assert abs(held.realised - realised) <= (len(parts) if cost == "average" else 0)
            if not qty:
                assert held.cost == 0
