"""The consolidated book and the best bid and offer, against a naive recount: rules M-4."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.market import Markets
from gateway.model import SCALE, Ns, Px, Qty, Side, parse_px, parse_qty
from gateway.model.quotes import Nbbo
from tests.conversation.rules import rule
from tests.market.told import START, S, change, instruments, opened, snapshot, update, venue

MS = 1_000_000


def nbbo(markets: Markets, now: int = START) -> Nbbo:
    (found,) = markets.status("", Ns(now)).quotes
    return found


@rule("M-4.1", "M-4.2")
def test_the_consolidated_book_adds_up_prices_and_tells_ours_apart() -> None:
    markets = opened(["XLON", "BATE"])
    markets.apply("XLON", snapshot("99x500 98x200", "101x500"), Ns(START))
    markets.apply("BATE", snapshot("99x100", "100.5x70 101x30"), Ns(START))
    markets.rests("ACME", "XLON", Side.BUY, parse_px("99"), parse_qty("300"))
    ladder = markets.status("ACME", Ns(START)).ladder
    assert ladder is not None
    bids = [(rung.price // SCALE, rung.size // SCALE, rung.own // SCALE, list(rung.venues)) for rung in ladder.bids]
    assert bids == [(99, 600, 300, ["XLON", "BATE"]), (98, 200, 0, ["XLON"])]
    asks = [(rung.price, rung.size // SCALE) for rung in ladder.asks]
    assert asks == [(parse_px("100.5"), 70), (parse_px("101"), 530)]
    found = nbbo(markets)
    assert (found.bid_venues, found.ask_venues, found.state) == (("XLON", "BATE"), ("BATE",), "")


@rule("M-4.3")
def test_a_market_is_locked_where_prices_meet_and_crossed_where_they_pass() -> None:
    markets = opened(["XLON", "BATE"])
    markets.apply("XLON", snapshot("99x500", "101x500"), Ns(START))
    for bid, state in (("100.99", ""), ("101", "LOCKED"), ("101.01", "CROSSED")):
        markets.apply("BATE", snapshot(f"{bid}x100", "102x100"), Ns(START))
        assert nbbo(markets).state == state


@rule("M-4.4")
def test_a_cross_is_confirmed_once_the_slower_feed_has_had_its_time() -> None:
    """XLON's direct feed takes 1 ms, BATE's consolidated one 40 ms: XLON's bid is of START + 9 ms, BATE's offer is
    known up to then at START + 49 ms."""
    markets = Markets()
    fast, slow = venue("XLON", feed_latency_us=1_000), venue("BATE", feed_latency_us=40_000)
    markets.configure([fast, slow], instruments("ACME"))
    for name in ("XLON", "BATE"):
        markets.apply(name, snapshot("99x1", "101x1", sent=START), Ns(START))
    markets.apply("XLON", change(update("0", "102", "1"), sent=START + 10 * MS), Ns(START + 10 * MS))
    assert [nbbo(markets, START + ms * MS).confirmed for ms in (10, 48, 49)] == [False, False, True]
    assert nbbo(markets, START + 49 * MS).state == "CROSSED"


SHOWN = st.lists(
    st.tuples(
        st.sampled_from(("XLON", "BATE", "CHIX")),
        st.sampled_from(("0", "1", "rests", "leave", "snapshot", "silence")),
        st.integers(1, 8),
        st.integers(0, 4),
    ),
    max_size=50,
)


@given(SHOWN)
def test_ladder_and_best_quote_are_what_a_recount_of_the_levels_gives(events: list[tuple[str, str, int, int]]) -> None:
    """Nothing kept but what each venue shows last; who is stale is the gate's to say (test_staleness)."""
    names = ("XLON", "BATE", "CHIX")
    markets = opened(names)
    shown: dict[tuple[str, str], dict[int, int]] = {(name, side): {} for name in names for side in "01"}
    own: dict[tuple[str, int], int] = {}
    now = START
    for name, what, price, size in events:
        if what == "silence":
            now += 11 * S
            if now >= markets.due:
                markets.turn(Ns(now))
        elif what == "leave":
            markets.now = Ns(now)
            markets.forget(name)
            shown[name, "0"], shown[name, "1"] = {}, {}
        elif what == "snapshot":
            markets.apply(name, snapshot(f"{price}x1", f"{price + size}x2"), Ns(now))
            shown[name, "0"], shown[name, "1"] = {price: 1}, {price + size: 2}
        elif what == "rests":
            markets.rests("ACME", name, Side.BUY, Px(price * SCALE), Qty(size * SCALE))
            own[name, price] = own.get((name, price), 0) + size
        else:
            markets.apply(name, change(update(what, str(price), str(size))), Ns(now))
            if markets.books("ACME")[name].known:
                shown[name, what][price] = size
        fresh = list(markets.fresh("ACME"))
        status = markets.status("ACME", Ns(now))
        assert status.ladder is not None
        best: list[tuple[int, int, tuple[str, ...]]] = []
        for side, rungs in (("0", status.ladder.bids), ("1", status.ladder.asks)):
            prices = sorted({p for n in fresh for p, s in shown[n, side].items() if s}, reverse=side == "0")
            wanted = [(p, {n: shown[n, side][p] for n in fresh if shown[n, side].get(p)}) for p in prices]
            assert [(r.price // SCALE, {n: s // SCALE for n, s in r.venues.items()}) for r in rungs] == wanted
            assert [r.size // SCALE for r in rungs] == [sum(by.values()) for _, by in wanted]
            if side == "0":
                mine = [sum(min(own.get((n, p), 0), s) for n, s in by.items()) for p, by in wanted]
                assert [r.own // SCALE for r in rungs] == mine
            best.append((wanted[0][0], sum(wanted[0][1].values()), tuple(wanted[0][1])) if wanted else (0, 0, ()))
        (found,) = status.quotes
        assert best == [
            (found.bid // SCALE, found.bid_size // SCALE, found.bid_venues),
            (found.ask // SCALE, found.ask_size // SCALE, found.ask_venues),
        ]
        crossing = best[0][1] and best[1][1] and best[0][0] - best[1][0]
        assert found.state == (
            "" if not best[0][1] or not best[1][1] or crossing < 0 else "CROSSED" if crossing else "LOCKED"
        )
        quote = markets.quote("ACME")
        assert (quote.bid, quote.bid_size, quote.ask, quote.ask_size) == (
            *(found.bid, found.bid_size),
            *(found.ask, found.ask_size),
        )
