"""What is old is not traded on: rules M-1 and M-2, in conversations with the whole gateway and in figures."""

import csv
import gzip
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fix.dictionary import default
from gateway.fix.frame import finish
from gateway.fix.messages import read_market_data
from gateway.fix.reader import reader_for
from gateway.market import Markets
from gateway.market.feed import Feed
from gateway.model import Ns, parse_px, parse_timestamp
from tests.conftest import SETTINGS, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.market.told import START, S, change, instruments, opened, snapshot, update, venue
from tests.tapes import DATA

BOTH = """
    XLON quotes ACME 99.90x500 100.10x500
    BATE quotes ACME 99.90x300 100.10x300
"""


def alerts(world: World) -> list[str]:
    return [note["code"] for note in world.notes("alert")]


# -- conversations


@rule("M-1.1", "M-1.2", "M-1.4", "M-1.6")
def test_a_venue_that_is_silent_while_others_move_gets_no_child_until_it_speaks_again(world: World) -> None:
    """BATE shows the better price from before XLON moved; 10 s after that nobody reaches for it any more."""
    world.converse(
        """
        XLON   quotes ACME 99.95x500 100.12x500
        +9s
        client > NewOrderSingle   ClOrdID=A  OrderQty=100  OrdType=LIMIT  Price=100.12
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=100  Price=100.10
        BATE   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  LastPx=100.10
        +1s
        client > NewOrderSingle   ClOrdID=B  OrderQty=100  OrdType=LIMIT  Price=100.12
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=100.12
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ExecType=TRADE  LastPx=100.12
        restart
        XLON   quotes ACME 99.95x500 100.12x500
        BATE   quotes ACME 99.90x300 100.10x300
        client > NewOrderSingle   ClOrdID=C  OrderQty=100  OrdType=LIMIT  Price=100.12
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=100  Price=100.10
        """
    )
    assert alerts(world) == ["MARKET.STALE"]


@rule("M-1.2", "M-1.6")
def test_a_trade_on_a_venue_is_its_word_too_and_makes_its_book_good_again(world: World) -> None:
    world.converse(
        """
        XLON   quotes ACME 99.95x500 100.12x500
        +10s
        BATE   prints ACME 100.10x1
        client > NewOrderSingle   OrderQty=300  OrdType=LIMIT  Price=100.12
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=300  Price=100.10
        """
    )
    assert alerts(world) == ["MARKET.STALE"]


@rule("M-1.3")
def test_while_nothing_moves_anywhere_silence_says_nothing(world: World) -> None:
    """Sizes may change and one-sided books come and go: only a best price that moves speaks against the others."""
    world.converse(
        """
        XLON   quotes ACME 99.90x200 100.10x100
        +1h
        XLON   quotes ACME - 100.10x100
        XLON   quotes ACME 99.90x1 100.10x100
        +1h
        client > NewOrderSingle   OrderQty=300  OrdType=LIMIT  Price=100.10
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=300
        """
    )
    assert alerts(world) == []


@rule("M-1.5")
def test_who_waits_for_another_price_is_asked_when_a_venue_falls_silent() -> None:
    """A peg follows BATE's bid, which is then worth nothing: it moves to XLON's, by the clock, without a message."""
    xlon, bate = SETTINGS.venues
    world = make_world(venues=(xlon, msgspec.structs.replace(bate, stale_after_ms=7_300)))
    world.converse(
        """
        BATE   quotes ACME 99.95x300 100.10x300
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   OrderQty=100  OrdType=PEGGED  Side=BUY  ExecInst=R
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=99.95
        XLON   quotes ACME 99.80x500,99.95x100 99.99x500
        XLON   quotes ACME 99.90x500,99.95x100 99.99x500
        +7299ms
        +1ms
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport  ExecType=CANCELED
        XLON   < NewOrderSingle   OrderQty=100  Price=99.90
        """
    )


@rule("M-1.5")
def test_a_silence_that_falls_into_the_time_between_two_runs_moves_nothing_before_anybody_is_there() -> None:
    """The first input of a run finds no connections; what it learned of the market before is forgotten anyway."""
    world = make_world()
    world.converse(
        """
        BATE   quotes ACME 99.95x300 100.10x300
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   OrderQty=100  OrdType=PEGGED  Side=BUY  ExecInst=R
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=99.95
        XLON   quotes ACME 99.90x500,99.95x100 99.99x500
        """
    )
    world.now = Ns(world.now + 11 * S)  # nobody is awake
    world.restart()
    assert [message.msg_type for message in world.parties["XLON"].inbox if message is not None] == ["H"]


@rule("M-1.5")
def test_nothing_is_sent_to_rest_where_nobody_knows_what_is_shown(world: World) -> None:
    """XLON comes first in the configuration, and is silent."""
    world.converse(
        """
        BATE   quotes ACME 99.80x300 100.10x300
        +10s
        client > NewOrderSingle   OrderQty=100  OrdType=LIMIT  Price=99.70  MaxFloor=100
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=100  Price=99.70
        """
    )


@rule("M-1.4")
def test_the_price_that_risk_measures_by_is_not_a_stale_one(world: World) -> None:
    """Within 500 bps of BATE's 120 that would be fine; XLON's 100.10 is all there is."""
    world.converse(
        """
        BATE   quotes ACME 99.90x300 120x300
        XLON   quotes ACME - 120x300
        XLON   quotes ACME - 100.10x500
        +10s
        client > NewOrderSingle   OrderQty=100  OrdType=LIMIT  Price=119
        client < ExecutionReport  ExecType=REJECTED  Text~'RISK.COLLAR'
        """
    )


@rule("M-1.7")
def test_a_venue_that_refuses_a_subscription_shows_nothing(world: World) -> None:
    request = next(
        wire
        for wire in (item.decode("latin-1") for outputs in world.outputs for item in _sent(outputs))
        if "\x0135=V\x01" in wire and "\x0156=BATE\x01" in wire
    )
    asked = request.split("\x01262=")[1].partition("\x01")[0]
    world.converse(
        f"""
        BATE   > MarketDataRequestReject  MDReqID={asked}  MDReqRejReason=0
        client > NewOrderSingle   OrderQty=600  OrdType=LIMIT  Price=100.10
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500
        """
    )


def _sent(outputs: Any) -> list[bytes]:
    return [output.data for output in outputs if hasattr(output, "data")]


@rule("M-1.1")
def test_changes_before_the_snapshot_are_no_book(world: World) -> None:
    """After a logon the book is unknown until MarketDataSnapshotFullRefresh(W)."""
    world.converse(
        """
        BATE   > disconnect
        XLON   quotes ACME 99.80x500 100.20x500
        BATE   > connect
        BATE   > MarketDataIncrementalRefresh  NoMDEntries=1  MDUpdateAction=0  MDEntryType=1  Symbol=ACME  MDEntryPx=100  MDEntrySize=100
        client > NewOrderSingle   OrderQty=100  OrdType=LIMIT  Price=100.20
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        """
    )


@rule("M-2.1", "M-2.2", "M-2.4")
def test_what_was_held_up_for_longer_than_the_bound_is_not_traded_on(world: World) -> None:
    """BATE's clock may be wrong by as much as it likes; what counts is that this one took 10.1 s more than others."""
    world.converse(
        """
        +20s
        XLON   quotes ACME 99.90x500 100.10x500
        BATE   > MarketDataSnapshotFullRefresh  SendingTime=now-10100ms  Symbol=ACME  NoMDEntries=1  MDEntryType=1  MDEntryPx=100  MDEntrySize=100
        client > NewOrderSingle   ClOrdID=A  OrderQty=100  OrdType=LIMIT  Price=100.10
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=100.10
        BATE   > MarketDataSnapshotFullRefresh  SendingTime=now-9900ms  Symbol=ACME  NoMDEntries=1  MDEntryType=1  MDEntryPx=100  MDEntrySize=100
        client > NewOrderSingle   ClOrdID=B  OrderQty=100  OrdType=LIMIT  Price=100.10
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=100  Price=100
        """
    )
    assert alerts(world) == ["MARKET.STALE"]


@rule("M-2.1")
def test_what_is_sent_again_is_as_old_as_it_was() -> None:
    body = "55=ACME\x01268=1\x01269=0\x01270=99\x01271=1\x01"
    again = "43=Y\x01122=20260105-14:29:30\x01"
    for duplicate, sent in (("", "20260105-14:30:00"), (again, "20260105-14:29:30")):
        header = f"35=W\x0149=XLON\x0156=GATEWAY\x0134=2\x01{duplicate[:5]}52=20260105-14:30:00\x01{duplicate[5:]}"
        message = reader_for(default()).read(finish(header + body))
        assert message.fault is None and read_market_data(message).sent == parse_timestamp(sent)


@rule("M-2.4")
def test_a_late_trade_triggers_no_order() -> None:
    world = make_world()
    world.converse(
        BOTH
        + """
        client > NewOrderSingle   OrderQty=100  OrdType=STOP  StopPx=101
        client < ExecutionReport  ExecType=NEW
        +20s
        BATE   > MarketDataIncrementalRefresh  SendingTime=now-11s  NoMDEntries=1  MDUpdateAction=0  MDEntryType=2  Symbol=ACME  MDEntryPx=101  MDEntrySize=1
        BATE   prints ACME 101x1
        client < ExecutionReport  ExecType=RESTATED  Text~BATE
        XLON   < NewOrderSingle   OrderQty=100
        """
    )


@rule("M-1.8")
def test_an_operator_hears_of_a_venues_silences_at_most_once_a_minute(world: World) -> None:
    flapping = """
        XLON   quotes ACME 99.95x500 100.12x500
        +10s
        BATE   quotes ACME 99.95x300 100.12x300
        XLON   quotes ACME 99.90x500 100.10x500
        +10s
        BATE   quotes ACME 99.90x300 100.10x300
    """
    world.converse(flapping * 30)
    assert alerts(world) == ["MARKET.STALE", "MARKET.FRESH"] * 5
    texts = [note["text"] for note in world.notes("alert")]
    assert texts[0].startswith("BATE: not traded on in ACME: silent for 10000 ms while others moved")


# -- figures


def test_a_silence_is_noticed_at_its_instant_and_not_before() -> None:
    markets = opened(["XLON", "BATE"])
    markets.apply("BATE", snapshot("99x1", "101x1"), Ns(START))
    markets.apply("XLON", snapshot("99x1", "101x1"), Ns(START))
    markets.apply("XLON", snapshot("98x1", "101x1"), Ns(START + S))
    assert markets.due == START + 11 * S
    markets.apply("BATE", snapshot("99x1", "101x1"), Ns(START + 2 * S))
    markets.apply("XLON", snapshot("98.5x1", "101x1"), Ns(START + 5 * S))
    assert markets.turn(Ns(START + 11 * S)) == []
    assert markets.due == START + 15 * S
    assert markets.turn(Ns(START + 15 * S)) == ["ACME"]
    assert markets.quote("ACME").bid == parse_px("98.5") and list(markets.fresh("ACME")) == ["XLON"]


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(("XLON", "BATE", "CHIX")),
        st.sampled_from(("bid", "ask", "trade", "leave", "snapshot", "nothing")),
        st.integers(1, 4),
        st.integers(0, 6),
        st.sampled_from((0, 0, 0, 11)),
    ),
    max_size=40,
)


@given(EVENTS)
def test_who_may_be_traded_on_is_as_a_recount_of_the_history_has_it(
    events: list[tuple[str, str, int, int, int]],
) -> None:
    """By the words of rules M-1.1 to M-1.3, from everything that was ever said; bound 10 s, steps of a second."""
    markets = opened(names := ("XLON", "BATE", "CHIX"))
    now = START
    told: list[tuple[int, str, bool, bool]] = [(now, name, False, False) for name in names]  # at, who, moved, late
    known = dict.fromkeys(names, True)
    best: dict[tuple[str, str], int] = {}
    for name, what, price, seconds, held_up in events:
        now += seconds * S
        if now >= markets.due:
            markets.turn(Ns(now))
        sent = now - held_up * S
        moved = False
        if what == "leave":
            markets.forget(name)
            known[name] = False
            best = {key: value for key, value in best.items() if key[0] != name}
            markets.apply(name, change(update("2", "1", "1"), sent=now), Ns(now))
            continue
        if what == "snapshot":
            moved = best.get((name, "bid"), price) != price or best.get((name, "ask"), price + 5) != price + 5
            data = snapshot(f"{price}x1", f"{price + 5}x1", sent=sent)
            known[name] = True
            best[name, "bid"], best[name, "ask"] = price, price + 5
        elif what in ("bid", "ask"):
            at = price if what == "bid" else price + 5
            if known[name]:
                before = best.get((name, what))
                better = before is None or (at > before if what == "bid" else at < before)
                if better:
                    moved = before is not None
                    best[name, what] = at
            data = change(update("0" if what == "bid" else "1", str(at), "1"), sent=sent)
        elif what == "trade":
            data = change(update("2", "1", "1"), sent=sent)
        else:
            continue
        markets.apply(name, data, Ns(now))
        if not known[name]:
            continue
        is_late = held_up * S > 10 * S
        told.append((now, name, moved and not is_late, is_late))
        assert list(markets.fresh("ACME")) == [n for n in names if known[n] and _is_fresh(n, told, now)]


def _is_fresh(name: str, told: list[tuple[int, str, bool, bool]], now: int) -> bool:
    last = max(place for place, (_, who, _, _) in enumerate(told) if who == name)
    if told[last][3]:
        return False
    moves = [at for at, who, moved, _ in told[last:] if moved and who != name]
    return not moves or now < moves[0] + 10 * S


def test_many_silences_take_no_more_room_than_there_are_books() -> None:
    markets = opened(["XLON", "BATE"])
    for step in range(2_000):
        now = Ns(START + step * S // 100)
        if now >= markets.due:
            markets.turn(now)
        markets.apply("XLON" if step % 2 else "BATE", snapshot(f"{1 + step % 7}x1", "101x1"), now)
    assert len(markets._silences) <= 2


@rule("M-2.3")
def test_the_offset_of_clocks_is_the_least_difference_and_drift_is_followed() -> None:
    """A venue whose clock is 3 s behind, at 2 ms on the way; then 1 s is lost over 10,000 s, which is drift."""
    markets = Markets()
    markets.configure([venue("XLON", feed_latency_us=2_000)], instruments("ACME"))
    feed = markets.feed("XLON")
    assert feed.offset is None
    ms = 1_000_000
    for way_ms, age_ms in ((9, 2), (2, 2), (5, 5), (302, 302)):
        assert feed.message(Ns(START - 3 * S), Ns(START + way_ms * ms)) == pytest.approx(age_ms * ms, abs=50_000)
    assert feed.offset == pytest.approx(3 * S, abs=100_000)
    assert feed.message(Ns(START + 10_000 * S - 4 * S), Ns(START + 10_000 * S + 2 * ms)) == pytest.approx(
        2 * ms, abs=ms
    )
    markets.forget("XLON")
    assert feed.offset is None


def test_a_bound_of_its_own_holds_for_a_venue() -> None:
    markets = Markets()
    markets.configure([venue("XLON"), venue("BATE", stale_after_ms=250)], instruments("ACME"))
    for name in ("BATE", "XLON"):
        markets.apply(name, snapshot("99x1", "101x1"), Ns(START))
    markets.apply("XLON", snapshot("98x1", "101x1"), Ns(START))
    assert markets.due == START + S // 4


VENUES = DATA / "binance_btc_3venues"


@pytest.mark.skipif(not VENUES.exists(), reason="../shared/data/binance_btc_3venues is not here")
@pytest.mark.parametrize("name", ["usdm", "coinm"])
def test_the_clock_of_a_real_exchange_is_found_by_its_messages(name: str) -> None:
    """Our clock ran about 1.27 s behind; quotes of 345 s, of which nearly all came within a quarter of a second."""
    feed = Feed(venue(name), 1)
    with gzip.open(VENUES / f"{name}_bbo.csv.gz", "rt") as rows:
        times = [(int(row["ts_exch_ms"]) * 1_000_000, int(row["ts_local_ns"])) for row in csv.DictReader(rows)]
    ages = sorted(feed.message(Ns(sent), Ns(came)) for sent, came in times)
    assert feed.offset is not None and -1.30 * S < feed.offset < -1.24 * S
    assert feed.offset - min(came - sent for sent, came in times) < 345 * S // 10_000
    found = feed.quality(1, Ns(times[-1][1]))
    print(f"{name}: offset {feed.offset / 1e6:.1f} ms, held up {ages[len(ages) // 2] / 1e6:.1f} ms in the middle, "
          f"{ages[len(ages) * 99 // 100] / 1e6:.1f} ms at 99 %; timely {found.timeliness}")  # fmt: skip
    assert found.timeliness is not None and found.timeliness >= 95
