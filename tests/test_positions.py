"""What accounts hold: netted or side by side, at average cost or first in first out, after busts and corrections."""

import tracemalloc
from fractions import Fraction
from typing import Any, Literal

import msgspec
import pytest
from msgspec import Struct

from gateway.model import SCALE, Px, Qty, Side, parse_px, parse_qty
from gateway.model.positions import Accounting, Held, PositionRequest, PosReqResult
from gateway.oms.ledger import ALL, NETTED, Holding
from gateway.oms.notes import PositionNote
from gateway.oms.positions import Positions

EXACT = SCALE * SCALE  # 1 currency unit
Cost = Literal["average", "fifo"]
COSTS: tuple[Cost, Cost] = ("average", "fifo")


class Noted:
    """The notes, oldest first."""

    def __init__(self) -> None:
        self.notes: list[PositionNote] = []

    def note(self, kind: str, fact: Struct) -> None:
        assert kind == "position" and isinstance(fact, PositionNote)
        assert msgspec.json.decode(msgspec.json.encode(fact), type=PositionNote) == fact
        self.notes.append(fact)


class World:
    """Fills of one account in one symbol, in decimals; ExecIDs are 1, 2, 3 ... as they are booked."""

    def __init__(self, accounting: Accounting) -> None:
        self.noted = Noted()
        self.positions = Positions(self.noted)
        self.positions.configure({"A": accounting})
        self.count = 0

    def fill(self, side: Side, qty: str, price: str, venue: str = "XLON", **more: Any) -> None:
        self.count += 1
        order_id = more.pop("order_id", f"O{self.count}")
        self.positions.fill("A", "VOD", venue, side, qty=parse_qty(qty), price=parse_px(price),
                            exec_id=str(self.count), order_id=order_id, **more)  # fmt: skip

    def buy(self, qty: str, price: str, venue: str = "XLON", **more: Any) -> None:
        self.fill(Side.BUY, qty, price, venue, **more)

    def sell(self, qty: str, price: str, venue: str = "XLON", **more: Any) -> None:
        self.fill(Side.SELL, qty, price, venue, **more)

    def bust(self, exec_id: int | str, venue: str = "XLON") -> bool:
        return self.positions.bust("A", "VOD", venue, str(exec_id))

    def correct(self, exec_id: int | str, qty: str, price: str, *, new: str = "") -> bool:
        return self.positions.correct(
            "A", "VOD", "XLON", str(exec_id), qty=parse_qty(qty), price=parse_px(price), new_exec_id=new or str(exec_id)
        )

    def held(self, position_id: str = NETTED, venue: str = ALL) -> Held:
        return self.positions.ledgers("A")["VOD"].positions[position_id][venue].held

    def told(self, position_id: str = NETTED, venue: str = ALL) -> tuple[object, ...]:
        """Quantity, cost and what was realised, in units."""
        held = self.held(position_id, venue)
        return Fraction(held.qty, SCALE), Fraction(held.cost, EXACT), Fraction(held.realised, EXACT)

    def quantities(self) -> dict[str, object]:
        """Of the open positions, the one opened first at first."""
        held = self.positions.ledgers("A")["VOD"]
        return {name: Fraction(held.positions[name][ALL].qty, SCALE) for name in held.open}


@pytest.fixture(params=COSTS)
def netting(request: pytest.FixtureRequest) -> World:
    return World(Accounting(cost=request.param))


@pytest.fixture
def average() -> World:
    return World(Accounting())


@pytest.fixture
def fifo() -> World:
    return World(Accounting(cost="fifo"))


@pytest.fixture
def hedging() -> World:
    return World(Accounting(mode="hedging"))


# --- what a fill does ---


def test_a_closing_fill_is_measured_against_the_average_cost(average: World) -> None:
    average.buy("100", "10")
    average.buy("100", "11")
    average.sell("50", "12")
    assert average.told() == (150, 1575, 75)


def test_a_closing_fill_is_measured_against_what_was_bought_first(fifo: World) -> None:
    fifo.buy("100", "10")
    fifo.buy("100", "11")
    fifo.sell("150", "12")
    assert fifo.told() == (50, 550, 250)


def test_a_short_position_gains_when_it_is_bought_back_lower(netting: World) -> None:
    netting.sell("100", "10")
    assert netting.told() == (-100, -1000, 0)
    netting.buy("40", "9")
    assert netting.told() == (-60, -600, 40)


def test_a_fill_beyond_what_is_held_turns_the_position_over(netting: World) -> None:
    """P14: what closes is realised, the rest opens the other side at the fill's price."""
    netting.buy("100", "10")
    netting.sell("150", "12")
    assert netting.told() == (-50, -600, 200)
    netting.buy("50", "11")
    assert netting.told() == (0, 0, 250)


def test_a_price_may_be_negative(netting: World) -> None:
    """Spreads trade below zero: who is paid to buy has a negative cost."""
    netting.buy("10", "-2")
    assert netting.told() == (10, -20, 0)
    netting.sell("10", "-3")
    assert netting.told() == (0, 0, -10)


def test_fees_are_kept_apart_and_rebates_are_negative(netting: World) -> None:
    netting.buy("10", "1", fee=300)
    netting.sell("10", "2", fee=-100)
    assert netting.held() == Held(0, 0, 10 * EXACT, 200)


def test_venues_are_kept_apart_and_together(netting: World) -> None:
    """Bought on one venue and sold on another: each venue's position stands, the account's is closed."""
    netting.buy("100", "10", "XLON")
    netting.sell("100", "11", "XPAR")
    assert netting.told(venue="XLON") == (100, 1000, 0)
    assert netting.told(venue="XPAR") == (-100, -1100, 0)
    assert netting.told() == (0, 0, 100)
    assert [netting.positions.net("A", "VOD", venue) for venue in ("XLON", "XPAR", ALL)] == [
        100 * SCALE, -100 * SCALE, 0,
    ]  # fmt: skip


def test_what_division_leaves_over_stays_in_the_cost(average: World) -> None:
    """A third of a cost that three does not divide: nothing is lost, and once flat everything is realised."""
    average.buy("0.00000003", "0.00000001")
    average.buy("0.00000003", "0.00000002")  # together 9 for 6 units
    average.sell("0.00000005", "0.00000001")  # 7.5 of cost, rounded down to 7
    assert average.held() == Held(1, 2, 5 - 7, 0)
    average.sell("0.00000001", "0.00000001")
    assert average.held() == Held(0, 0, 6 - 9, 0)


def test_every_change_is_noted_with_what_is_held_then(average: World) -> None:
    average.buy("10", "5", "XLON")
    average.buy("10", "7", "XPAR", fee=1)
    average.bust(1, "XLON")
    assert average.noted.notes == [
        PositionNote(account="A", symbol="VOD", position_id="", venue=venue, exec_id=exec_id, last_px=Px(price * SCALE),
                     held=Held(qty * SCALE, cost * EXACT, 0, fees), at_venue=Held(*at_venue))
        for venue, exec_id, price, qty, cost, fees, at_venue in (
            ("XLON", "1", 5, 10, 50, 0, (10 * SCALE, 50 * EXACT, 0, 0)),
            ("XPAR", "2", 7, 20, 120, 1, (10 * SCALE, 70 * EXACT, 0, 1)),
            ("XLON", "1", 7, 10, 70, 1, (0, 0, 0, 0)),
        )
    ]  # fmt: skip


def test_an_order_without_account_has_an_account_of_its_own(average: World) -> None:
    average.positions.fill(
        None, "VOD", "XLON", Side.SELL, qty=Qty(SCALE), price=Px(SCALE), exec_id="1", order_id="O", position_effect="C"
    )
    assert average.positions.net(None, "VOD") == average.positions.net("", "VOD") == -SCALE
    assert average.positions.net("A", "VOD") == 0 == average.positions.net("A", "VOD", "XLON")


# --- busts and corrections ---


def test_a_busted_fill_never_was(average: World) -> None:
    """J.1.a: what later fills closed is measured anew against what then was held."""
    average.buy("100", "10")
    average.buy("100", "12")
    average.sell("100", "13")
    assert average.told() == (100, 1100, 200)
    assert average.bust(1)
    assert average.told() == (0, 0, 100)
    assert not average.bust(1)


def test_a_correction_keeps_the_fills_place(fifo: World) -> None:
    fifo.buy("100", "10")
    fifo.buy("100", "12")
    fifo.sell("100", "13")
    assert fifo.correct(1, "60", "11")
    assert fifo.told() == (60, 720, 160)
    assert fifo.correct(1, "100", "10")
    assert fifo.told() == (100, 1200, 300)


def test_a_corrected_fill_is_known_by_its_correction(average: World) -> None:
    """ExecRefID(19) refers to the last execution that counted."""
    average.buy("100", "10")
    average.correct(1, "60", "10", new="G1")
    assert not average.bust(1)
    assert average.correct("G1", "70", "10", new="G2")
    assert average.bust("G2")
    assert average.told() == (0, 0, 0)


def test_a_busted_opening_leaves_what_closed_it_as_an_opening(netting: World) -> None:
    netting.buy("100", "10")
    netting.sell("100", "11")
    netting.bust(1)
    assert netting.told() == (-100, -1100, 0)


@pytest.mark.parametrize(
    ("account", "symbol", "venue", "exec_id"),
    [("B", "VOD", "XLON", "1"), ("A", "BP", "XLON", "1"), ("A", "VOD", "XPAR", "1"), ("A", "VOD", "XLON", "11")],
)
def test_only_a_fill_that_is_known_can_be_busted_or_corrected(
    average: World, account: str, symbol: str, venue: str, exec_id: str
) -> None:
    """ExecIDs are a venue's own."""
    average.buy("100", "10")
    assert not average.positions.bust(account, symbol, venue, exec_id)
    assert not average.positions.correct(account, symbol, venue, exec_id, qty=Qty(1), price=Px(1), new_exec_id="2")
    assert len(average.noted.notes) == 1
    assert average.told() == (100, 1000, 0)


def test_two_venues_may_use_the_same_exec_id(average: World) -> None:
    for venue in ("XLON", "XPAR"):
        average.positions.fill("A", "VOD", venue, Side.BUY, qty=Qty(SCALE), price=Px(SCALE), exec_id="1", order_id="O")
    assert average.bust(1, "XPAR")
    assert [average.positions.net("A", "VOD", venue) for venue in ("XLON", "XPAR")] == [SCALE, 0]


@pytest.mark.parametrize("name", ["", "=", "1", "X.", ".*", "a\x02b", "=1", "\xff\x00", "XLON", "(", "\\"])
def test_a_fill_is_found_under_whatever_its_venue_called_it(hedging: World, name: str) -> None:
    for exec_id in (name, "XY", name + "1"):
        hedging.positions.fill("A", "VOD", "XLON", Side.BUY, qty=Qty(SCALE), price=Px(SCALE), exec_id=exec_id,
                               order_id="O", position_id=name or None)  # fmt: skip
    assert hedging.positions.net("A", "VOD") == 3 * SCALE
    assert hedging.positions.bust("A", "VOD", "XLON", name)
    assert not hedging.positions.bust("A", "VOD", "XLON", name)
    assert hedging.quantities() == {name or "O": 2}


# --- positions with ids ---


def test_an_order_opens_a_position_of_its_own(hedging: World) -> None:
    """All its fills are in it, on whatever venue and side by side with a position of the other side."""
    hedging.buy("60", "10", "XLON", order_id="O1")
    hedging.buy("40", "11", "XPAR", order_id="O1")
    hedging.sell("30", "12", order_id="O2")
    assert hedging.quantities() == {"O1": 100, "O2": -30}
    assert hedging.told("O1", "XPAR") == (40, 440, 0)
    assert hedging.positions.net("A", "VOD") == 70 * SCALE


def test_a_position_is_closed_by_its_id(hedging: World) -> None:
    hedging.buy("100", "10", order_id="O1")
    hedging.buy("100", "20", order_id="O2")
    hedging.sell("70", "21", position_effect="C", position_id="O2")
    assert hedging.quantities() == {"O1": 100, "O2": 30}
    assert hedging.told("O2") == (30, 600, 70)


@pytest.mark.parametrize("effect", ["C", "F"])
def test_who_closes_without_naming_a_position_closes_the_oldest(hedging: World, effect: str) -> None:
    """The fill is one, whatever it closed: what it costs is counted once, and it is busted as a whole."""
    hedging.buy("100", "10", order_id="O1")
    hedging.sell("5", "10", order_id="O2")
    hedging.buy("100", "20", order_id="O3")
    hedging.sell("150", "30", order_id="O4", position_effect=effect, fee=7)
    assert hedging.quantities() == {"O2": -5, "O3": 50}
    assert (hedging.told("O1"), hedging.told("O3")) == ((0, 0, 2000), (50, 1000, 500))
    assert hedging.held("O1").fees + hedging.held("O3").fees == 7
    assert [note.position_id for note in hedging.noted.notes[-2:]] == ["O1", "O3"]
    assert hedging.bust(4)
    assert hedging.quantities() == {"O2": -5, "O3": 100, "O1": 100}


def test_what_closes_more_than_there_is_opens_a_position(hedging: World) -> None:
    """The order was refused, had we known; the fill happened, and counts."""
    hedging.buy("100", "10", order_id="O1")
    hedging.sell("130", "11", order_id="O2", position_effect="C")
    assert hedging.quantities() == {"O2": -30}
    hedging.sell("20", "11", order_id="O3", position_effect="C", position_id="O1")
    assert hedging.quantities() == {"O2": -30, "O1": -20}


@pytest.mark.parametrize(
    ("qty", "expected"),
    [("150", {"O2": 50}), ("120", {"O2": 80}), ("80", {"O2": 100, "O1": 20}), ("0", {"O2": 100, "O1": 100})],
)
def test_a_correction_of_a_fill_that_closed_several_begins_with_the_last(
    hedging: World, qty: str, expected: dict[str, int]
) -> None:
    hedging.buy("100", "10", order_id="O1")
    hedging.buy("100", "20", order_id="O2")
    hedging.sell("140", "30", order_id="O3", position_effect="C")
    hedging.correct(3, qty, "31")
    assert hedging.quantities() == expected


def test_a_correction_may_say_what_the_fill_cost(hedging: World) -> None:
    """It is counted once, however many positions the fill closed."""
    hedging.buy("100", "10", order_id="O1")
    hedging.buy("100", "20", order_id="O2")
    hedging.sell("150", "30", order_id="O3", position_effect="C", fee=7)
    assert hedging.correct(3, "150", "30")
    assert (hedging.held("O1").fees, hedging.held("O2").fees) == (7, 0)
    hedging.positions.correct(
        "A", "VOD", "XLON", "3", qty=parse_qty("150"), price=parse_px("30"), new_exec_id="4", fee=5
    )
    assert (hedging.held("O1").fees, hedging.held("O2").fees) == (5, 0)


def test_an_order_may_close_what_is_open_and_no_more(hedging: World, average: World) -> None:
    """Buy to cover is PositionEffect(77)=C on a BUY; it never turns a position over."""
    hedging.sell("100", "10", order_id="O1")
    hedging.sell("50", "10", order_id="O2")
    hedging.buy("30", "10", order_id="O3")
    average.sell("150", "10")

    def code(world: World, side: Side, qty: str, effect: str | None, name: str | None, *, closing: str = "0") -> str:
        found = world.positions.refusal("A", "VOD", side, parse_qty(qty), position_effect=effect, position_id=name,
                                        closing=parse_qty(closing))  # fmt: skip
        return "" if found is None else found.text.split()[0]

    assert code(hedging, Side.BUY, "150", "C", None) == ""
    assert code(hedging, Side.BUY, "150.00000001", "F", None) == "POSITION.CLOSE"
    assert code(hedging, Side.BUY, "150", "C", None, closing="0.00000001") == "POSITION.CLOSE"
    assert code(hedging, Side.BUY, "1", "C", None, closing="200") == "POSITION.CLOSE"
    assert code(hedging, Side.BUY, "100", "C", "O1") == ""
    assert code(hedging, Side.BUY, "100.5", "C", "O1") == "POSITION.CLOSE"
    assert code(hedging, Side.BUY, "1", "C", "O3") == "POSITION.CLOSE"
    assert code(hedging, Side.BUY, "1", "C", "O9") == "POSITION.CLOSE"
    assert code(hedging, Side.BUY, "1", "O", "O1") == "POSITION.OPEN"
    assert code(hedging, Side.SELL, "1", "O", "O1") == ""
    assert code(hedging, Side.BUY, "999", None, None) == ""
    assert code(average, Side.BUY, "150", "C", None) == ""
    assert code(average, Side.BUY, "151", "C", None) == "POSITION.CLOSE"
    assert code(average, Side.SELL, "1", "C", None) == "POSITION.CLOSE"
    assert code(average, Side.SELL, "1", None, None) == ""
    assert code(average, Side.BUY, "1", "O", "O1") == "POSITION.ID"
    assert code(World(Accounting()), Side.SELL, "1", "C", None) == "POSITION.CLOSE"


# --- questions ---


def test_a_symbol_is_reported_with_what_it_is_worth(hedging: World) -> None:
    hedging.buy("100", "10", fee=SCALE)
    hedging.sell("30", "12", position_effect="C")
    hedging.sell("20", "11")
    report = hedging.positions.ledgers("A")["VOD"].report("VOD", parse_px("13"))
    assert msgspec.structs.asdict(report) == {
        "symbol": "VOD", "long_qty": 70 * SCALE, "short_qty": 20 * SCALE, "price": 13 * SCALE,
        "cash": (-1000 + 360 + 220 - 1) * SCALE, "realised": 60 * SCALE, "unrealised": (210 - 40) * SCALE, "fees": SCALE,
    }  # fmt: skip
    assert hedging.positions.ledgers("A")["VOD"].report("VOD").price == 11 * SCALE


def test_a_request_is_answered_with_a_report_for_each_symbol(average: World) -> None:
    """To have none is an answer; what is no question about positions as they are now is not answered."""
    average.buy("100", "10")
    average.positions.fill("A", "BP", "XLON", Side.SELL, qty=Qty(1), price=Px(7), exec_id="9", order_id="O")

    def ask(**asked: Any) -> tuple[PosReqResult, list[tuple[str, int]]]:
        asked = {"pos_req_id": "R", "pos_req_type": "0", "account": "A", "account_type": "1"} | asked
        prices = {"VOD": Px(3)}
        result, reports = average.positions.answer(PositionRequest(business_date="20260105", **asked), prices.get)
        return result, [(report.symbol, report.price) for report in reports]

    assert ask() == (PosReqResult.VALID, [("VOD", 3), ("BP", 7)])
    assert ask(symbol="BP") == (PosReqResult.VALID, [("BP", 7)])
    assert ask(symbol="IBM") == ask(account="B") == (PosReqResult.NONE_FOUND, [])
    assert ask(pos_req_type="1") == ask(subscription="1") == (PosReqResult.UNSUPPORTED, [])


def test_who_changes_the_costing_changes_it_for_all_that_was_filled(fifo: World) -> None:
    fifo.buy("100", "10")
    fifo.buy("100", "11")
    fifo.sell("50", "12")
    fifo.positions.configure({})
    assert fifo.told() == (150, 1575, 75)
    fifo.positions.configure({"A": Accounting(cost="fifo")})
    assert fifo.told() == (150, 1600, 100)


def test_a_netted_fill_takes_little_room() -> None:
    """Most of a day's fills are of accounts that net; of each only its line on the tape remains."""
    positions = Positions(Silent())
    tracemalloc.start()
    try:
        for number in range(5_000):
            positions.fill("A", "VOD", "XLON", Side.BUY, qty=Qty(100 * SCALE), price=Px(10 * SCALE + number),
                           exec_id=f"RUN-E{number}", order_id=f"RUN-{number}")  # fmt: skip
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used / 5_000 < 80


@pytest.mark.parametrize("cost", COSTS)
def test_a_late_bust_in_a_long_day_is_no_pause(cost: Cost, monkeypatch: pytest.MonkeyPatch) -> None:
    """The netted position is marked on the way, so that not all of the day is folded anew."""
    world = World(Accounting(cost=cost))
    for _ in range(2_500):
        world.buy("100", "10")
        world.sell("100", "11")
    folded, add = [], Holding.add

    def counted(*fill: Any) -> None:
        folded.append(fill)
        add(*fill)

    monkeypatch.setattr(Holding, "add", counted)
    assert world.bust(4_999)
    assert len(folded) < 2 * 2_500
    assert world.told() == (-100, -1100, 249_900)
    assert world.bust(4_997), "behind the same mark"
    assert world.told() == (-200, -2200, 249_800)


class Silent:
    def note(self, kind: str, fact: Struct) -> None:
        pass
