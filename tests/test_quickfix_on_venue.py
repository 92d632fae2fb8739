"""QuickFIX and venues: as a counterparty of one of ours, and as a venue that the gateway trades on."""

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("quickfix", reason="quickfix-ssl has no wheel for this Python")

from gateway.model import Ns, print_timestamp
from tests.loopback import free_port
from tests.quickfix_peer import Entries, Pair, QuickFixAcceptor, QuickFixClient, house_dictionary
from tests.stack import Process, Stack
from tests.tape_client import TapeClient

BUY, SELL = "1", "2"
MARKET, LIMIT = "1", "2"
DAY, IOC = "0", "3"
NEW, CANCELED, REPLACED, REJECTED, TRADE = "0", "4", "5", "8", "F"
BID, OFFER = "0", "1"


def now() -> str:
    return print_timestamp(Ns(time.time_ns()))


# -- a counterparty of one of our venues


class Counterparty:
    """A QuickFIX session with the venue, and the fields that most of its orders share."""

    def __init__(self, engine: QuickFixClient) -> None:
        self.engine = engine

    def order(self, cl_ord_id: str, side: str, qty: int, price: str | None = None, tif: str = DAY) -> None:
        body: list[tuple[int, str | Entries]] = [(11, cl_ord_id), (55, "ACME"), (54, side), (60, now())]
        body += [(38, str(qty)), (40, MARKET if price is None else LIMIT), (59, tif)]
        self.engine.send("D", body if price is None else [*body, (44, price)])

    def cancel(self, cl_ord_id: str, orig: str, side: str) -> None:
        self.engine.send("F", [(11, cl_ord_id), (41, orig), (55, "ACME"), (54, side), (60, now())])

    def replace(self, cl_ord_id: str, orig: str, side: str, qty: int, price: str) -> None:
        body = [(11, cl_ord_id), (41, orig), (55, "ACME"), (54, side), (60, now())]
        self.engine.send("G", [*body, (38, str(qty)), (40, LIMIT), (44, price)])

    def subscribe(self, request: str, symbol: str = "ACME") -> None:
        kinds = [[(269, BID)], [(269, OFFER)], [(269, "2")]]
        body: list[tuple[int, str | Entries]] = [(262, request), (263, "1"), (264, "0"), (265, "1")]
        self.engine.send("V", [*body, (267, kinds), (146, [[(55, symbol)]])])

    def told(self, *tags: int, msg_type: str = "8") -> tuple[str | None, ...]:
        """These fields of the next message."""
        message = dict(self.engine.next(msg_type))
        return tuple(message.get(tag) for tag in tags)

    def shown(self, msg_type: str) -> list[dict[int, str]]:
        """The entries of the next market data message."""
        entries: list[dict[int, str]] = []
        first = 269 if msg_type == "W" else 279
        for tag, value in self.engine.next(msg_type):
            if tag == first:
                entries.append({})
            if entries and tag in (279, 269, 55, 270, 271):
                entries[-1][tag] = value
        return entries


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A venue where nobody is but who logs on."""
    port = free_port()
    venue = Process("venue", "serve", "XLON", "--port", str(port), "--symbol", "ACME=100", "--no-flow")
    try:
        venue.wait_until_it_says("listening on")
        yield port
        assert venue.stop() == 0
    finally:
        venue.end()


_names = itertools.count(1)


@pytest.fixture
def maker(port: int, tmp_path: Path) -> Iterator[Counterparty]:
    yield from counterparty(port, tmp_path / "maker")


@pytest.fixture
def taker(port: int, tmp_path: Path) -> Iterator[Counterparty]:
    yield from counterparty(port, tmp_path / "taker")


def counterparty(port: int, folder: Path) -> Iterator[Counterparty]:
    folder.mkdir()
    with QuickFixClient(folder, port, sender=f"C{next(_names)}", target="XLON") as engine:
        yield Counterparty(engine)


def test_orders_of_every_kind_are_answered(maker: Counterparty, taker: Counterparty) -> None:
    """Limit orders rest and trade at the resting price; what is immediate or at the market never rests."""
    fields = (11, 150, 39, 14, 151, 6)
    maker.order("M1", SELL, 100, "101")
    maker.order("M2", SELL, 100, "101.5")
    assert maker.told(*fields) == ("M1", NEW, "0", "0", "100", "0")
    assert maker.told(*fields) == ("M2", NEW, "0", "0", "100", "0")

    taker.order("T1", BUY, 120, "101.5", IOC)
    assert taker.told(*fields) == ("T1", NEW, "0", "0", "120", "0")
    assert taker.told(*fields, 32, 31) == ("T1", TRADE, "1", "100", "20", "101", "100", "101")
    assert taker.told(*fields, 32, 31) == ("T1", TRADE, "2", "120", "0", "101.08333333", "20", "101.5")
    assert maker.told(*fields) == ("M1", TRADE, "2", "100", "0", "101")
    assert maker.told(*fields) == ("M2", TRADE, "1", "20", "80", "101.5")

    taker.order("T2", BUY, 100)
    assert taker.told(*fields) == ("T2", NEW, "0", "0", "100", "0")
    assert taker.told(*fields) == ("T2", TRADE, "1", "80", "20", "101.5")
    assert taker.told(*fields) == ("T2", CANCELED, "4", "80", "0", "101.5")

    taker.order("T3", BUY, 50, "99", IOC)
    assert taker.told(*fields) == ("T3", NEW, "0", "0", "50", "0")
    assert taker.told(*fields) == ("T3", CANCELED, "4", "0", "0", "0")


def test_a_resting_order_is_replaced_and_canceled(maker: Counterparty) -> None:
    """Each request carries its own ClOrdID(11) and names the one before in OrigClOrdID(41)."""
    fields = (11, 41, 150, 39, 38, 44, 151)
    maker.order("A", BUY, 100, "99")
    assert maker.told(*fields) == ("A", None, NEW, "0", "100", "99", "100")
    maker.replace("B", "A", BUY, 150, "98.5")
    assert maker.told(*fields) == ("B", "A", REPLACED, "0", "150", "98.5", "150")
    maker.cancel("C", "B", BUY)
    assert maker.told(*fields) == ("C", "B", CANCELED, "4", "150", "98.5", "0")


def test_what_cannot_be_done_is_refused_with_its_reason(maker: Counterparty) -> None:
    """Orders by OrdRejReason(103), cancels and replaces by CxlRejReason(102), both with the field named in Text(58)."""
    maker.order("A", BUY, 100, "99.005")
    *reasons, text = maker.told(11, 150, 39, 103, 58)
    assert (reasons, text) == (["A", REJECTED, "8", "99"], "Price(44) 99.005 is no multiple of the tick 0.01")
    maker.engine.send("D", [(11, "B"), (55, "NONE"), (54, BUY), (60, now()), (38, "1"), (40, MARKET)])
    assert maker.told(11, 150, 103) == ("B", REJECTED, "1")
    maker.order("A", BUY, 100, "99")
    assert maker.told(11, 150, 103) == ("A", REJECTED, "6")
    maker.cancel("C", "NOBODY", BUY)
    assert maker.told(11, 41, 37, 39, 434, 102, msg_type="9") == ("C", "NOBODY", "NONE", "8", "1", "1")
    maker.replace("D", "A", BUY, 50, "99")
    assert maker.told(11, 41, 39, 434, 102, msg_type="9") == ("D", "A", "8", "2", "0")


def test_market_data_begins_with_a_snapshot_and_goes_on_with_changes(maker: Counterparty, taker: Counterparty) -> None:
    """Every change of the book, and trades, one MarketDataIncrementalRefresh(X) a change."""
    taker.subscribe("M")
    assert all(entry[269] == "2" or entry[271] == "0" for entry in taker.shown("W")), "nothing but a last trade"
    maker.order("A", SELL, 100, "101")
    assert taker.shown("X") == [{279: "0", 269: OFFER, 55: "ACME", 270: "101", 271: "100"}]
    maker.order("B", BUY, 40, "101", IOC)
    changed, traded = taker.shown("X")
    assert (changed[279], changed[269], changed[270], changed[271]) == ("1", OFFER, "101", "60")
    assert (traded[279], traded[269], traded[270], traded[271]) == ("0", "2", "101", "40")
    maker.cancel("C", "A", SELL)
    assert [(entry[279], entry[270]) for entry in taker.shown("X")] == [("2", "101")]
    taker.engine.send("V", [(262, "M"), (263, "2"), (264, "0"), (267, [[(269, BID)]]), (146, [[(55, "ACME")]])])
    taker.subscribe("N", symbol="NONE")
    assert taker.told(262, 281, msg_type="Y") == ("N", "0")


def test_a_counterparty_learns_what_is_traded_and_in_which_steps(maker: Counterparty) -> None:
    """SecurityList(y) and SecurityDefinition(d) pass QuickFIX's own FIX 4.4 dictionary."""
    maker.engine.send("x", [(320, "L"), (559, "4")])
    assert maker.told(320, 560, 893, 55, 561, 872, msg_type="y") == (
        "L", "0", "Y", "ACME", "1", "MinPriceIncrement=0.01",
    )  # fmt: skip
    maker.engine.send("c", [(320, "D"), (321, "0"), (55, "ACME")])
    assert maker.told(320, 323, 55, 562, msg_type="d") == ("D", "1", "ACME", "1")
    maker.engine.send("c", [(320, "E"), (321, "0"), (55, "NONE")])
    assert maker.told(320, 323, msg_type="d") == ("E", "6")


def test_levels_figures_and_snapshots_of_every_kind_pass_quickfixs_dictionary(
    maker: Counterparty, taker: Counterparty
) -> None:
    """Whatever may be asked for: QuickFIX would refuse a field that FIX 4.4 does not have there."""
    body: list[tuple[int, str | Entries]] = [(263, "1"), (264, "3"), (267, [[(269, kind)] for kind in "0124789B"])]
    for request, update_type, aggregated in (("I", "1", "Y"), ("F", "0", "Y"), ("O", "1", "N")):
        terms = [(265, update_type), (266, aggregated)]
        taker.engine.send("V", [(262, request), *body, *terms, (146, [[(55, "ACME")]])])
        taker.engine.next("W")

    def told() -> list[str]:
        return sorted(dict(taker.engine.next())[35] for _ in range(3))

    # Each waits for what the one before changed: orders that are read at once are shown at once.
    maker.order("A", SELL, 100, "150")
    assert told() == ["W", "X", "X"]
    maker.order("B", BUY, 40, "150", IOC)
    assert told() == ["W", "X", "X"]
    maker.cancel("C", "A", SELL)
    assert told() == ["W", "X", "X"]
    assert not [message for message in taker.engine.admin if dict(message)[35] == "3"]


# -- a venue that begins its day with an auction

_PROFILE = """\
name = "XDAY"
mic = "XDAY"
comp_id = "XLON"
tick = "0.01"
lot = "1"
min_qty = "1"
offers = ["DAY", "IOC", "OPG"]

[hours]
zone = "{zone}"
opening = "{opening}"
continuous = "{continuous}"
closing = "23:00"
days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
"""
_AUCTION_S = 7  # until it is over: the venue starts, both log on, and what they send is in


def opening_soon() -> str:
    """A profile whose opening auction goes on, in a zone where it is about noon: the day must not end meanwhile."""
    now_s = int(time.time())
    away = 12 - now_s // 3600 % 24
    local_s = (now_s + away * 3600) % 86_400
    times = (f"{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}" for at in (local_s - 600, local_s + _AUCTION_S))
    opening, continuous = times
    # The sign of these names is the other way round.
    return _PROFILE.format(zone=f"Etc/GMT{-away:+d}", opening=opening, continuous=continuous)


def test_orders_meet_in_an_opening_auction(tmp_path: Path) -> None:
    """They wait, the market data says at which price how much would trade, and all trade at that price at once."""
    (profile := tmp_path / "xday.toml").write_text(opening_soon())
    house, port = house_dictionary(tmp_path), free_port()
    arguments = ("--port", str(port), "--symbol", "ACME=100", "--no-flow", "--hours")
    venue = Process("venue", "serve", str(profile), *arguments)
    try:
        venue.wait_until_it_says("listening on")
        with ExitStack() as stack:
            buyer, seller = (
                Counterparty(stack.enter_context(party(port, tmp_path / name, house))) for name in ("buyer", "seller")
            )
            fields = (11, 150, 39, 14, 151, 31)
            buyer.order("B", BUY, 150, "101")
            assert buyer.told(*fields) == ("B", NEW, "0", "0", "150", None)
            seller.order("S", SELL, 100, None, tif="2")
            assert seller.told(*fields) == ("S", NEW, "0", "0", "100", None)
            seller.order("I", SELL, 100, "99", IOC)
            assert seller.told(11, 150, 103) == ("I", REJECTED, "99")
            seller.engine.send("e", [(324, "E"), (55, "ACME"), (263, "1")])
            assert seller.told(324, 326, msg_type="f") == ("E", "22")
            kinds = [[(269, kind)] for kind in "2QA"]
            seller.engine.send("V", [(262, "M"), (263, "1"), (264, "0"), (267, kinds), (146, [[(55, "ACME")]])])
            indicated = seller.shown("W")
            if indicated[0][269] != "Q":  # It is found out once a second.
                indicated = seller.shown("X")
            assert [(entry[269], entry.get(270), entry[271]) for entry in indicated] == [
                ("Q", "101", "100"), ("A", None, "50"),
            ]  # fmt: skip
            assert dict(buyer.engine.next("8", seconds=_AUCTION_S + 5))[31] == "101"
            told = {message[35]: message for message in (dict(seller.engine.next()) for _ in range(3))}
            assert [told["8"][tag] for tag in (11, 150, 39, 31)] == ["S", TRADE, "2", "101"]
            assert told["f"][326] == "17" and told["X"][269]
            buyer.cancel("C", "B", BUY)
            assert buyer.told(*fields) == ("C", CANCELED, "4", "100", "0", None)
    finally:
        venue.end()


def party(port: int, folder: Path, dictionary: Path) -> QuickFixClient:
    folder.mkdir()
    return QuickFixClient(folder, port, sender=f"C{next(_names)}", target="XLON", dictionary=dictionary)


# -- a venue of the gateway


def trading(price: str) -> Any:
    """What a small venue does: it shows 1,000 a side around 100, and fills every order at `price`."""
    ids = itertools.count(time.time_ns())

    def react(received: list[Pair]) -> list[tuple[str, list[Any]]]:
        message = dict(received)
        if message[35] == "V":
            book = [[(269, BID), (270, "99.9"), (271, "1000")], [(269, OFFER), (270, "100.1"), (271, "1000")]]
            return [("W", [(262, message[262]), (55, message[55]), (268, book)])]
        if message[35] != "D":
            return []
        qty = message[38]
        kept = [(tag, message[tag]) for tag in (11, 54, 55, 38)]
        new = [(150, NEW), (39, "0"), (151, qty), (14, "0"), (6, "0")]
        fill = [(150, TRADE), (39, "2"), (32, qty), (31, price), (151, "0"), (14, qty), (6, price)]
        return [("8", [*kept, (37, f"Q{next(ids)}"), (17, f"Q{next(ids)}"), *part]) for part in (new, fill)]

    return react


def test_the_gateway_trades_on_a_quickfix_venue(tmp_path: Path) -> None:
    """It logs on, asks for prices, sends children and books their fills; and again after the venue was away."""
    folder, house = tmp_path / "venue", house_dictionary(tmp_path)
    folder.mkdir()
    port = free_port()
    client = TapeClient()
    with ExitStack() as stack:
        venue = acceptor(folder, port, house, "100.05")
        with venue:
            gateway = stack.enter_context(Stack(tmp_path, venues=(), others={"QFIX": port}))
            gateway.wait_for_prices()
            client.connect(gateway.port)
            assert filled(client, "A") == ("2", "500", "100.05", "QFIX")
            child = dict(next(m for m in iter(venue.next, None) if dict(m)[35] == "D"))
        assert (child[38], child[40], child[59], child[526]) == ("500", LIMIT, IOC, "A")
        with acceptor(folder, port, house, "100.07") as venue:
            venue.wait_for_logon()
            venue.next("V")
            client.work(0.2)
            assert filled(client, "B") == ("2", "500", "100.07", "QFIX")
            assert not [message for message in venue.admin if dict(message)[35] in "23"]
        client.close()


def acceptor(folder: Path, port: int, dictionary: Path, price: str) -> QuickFixAcceptor:
    return QuickFixAcceptor(
        folder, port, sender="QFIX", targets=["GATEWAY"], dictionary=dictionary, reaction=trading(price)
    )


def filled(client: TapeClient, cl_ord_id: str) -> tuple[str | None, ...]:
    """OrdStatus, CumQty, AvgPx and LastMkt of the last report of an order to buy 500 at the market."""
    client.send("D", f"11={cl_ord_id}|55=ACME|54=1|60={now()}|38=500|40=1|59=0|")
    end = time.monotonic() + 5
    while time.monotonic() < end:
        client.work(0.05)
        last = client.messages[-1] if client.messages else None
        if last is not None and last.get(11) == cl_ord_id and last.get(39) in ("2", "4", "8"):
            return tuple(last.get(tag) for tag in (39, 14, 6, 30))
    raise AssertionError([message.raw for message in client.messages])
