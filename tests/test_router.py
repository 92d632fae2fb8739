"""price_time: best price first, then size, then the venues' order; never more than was asked for or is there."""

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.model import Level, Px, Qty, Side, parse_px, parse_qty
from gateway.router import Split, split

LOT = parse_qty("10")
Available = dict[str, tuple[Level, ...]]
VENUES = ("XLON", "BATE", "CHIX")


@st.composite
def markets(draw: st.DrawFn) -> tuple[Side, Available]:
    """Up to three venues, levels best first; sizes need not be lots."""
    side = draw(st.sampled_from((Side.BUY, Side.SELL)))
    available: Available = {}
    for venue in draw(st.permutations(VENUES))[: draw(st.integers(0, 3))]:
        prices = draw(st.lists(st.integers(95, 105), unique=True, max_size=4))
        sizes = draw(st.lists(st.integers(1, 80), min_size=len(prices), max_size=len(prices)))
        levels = [Level(Px(p * 10**8), Qty(s * 10**8)) for p, s in zip(prices, sizes, strict=True)]
        available[venue] = tuple(sorted(levels, key=lambda level: level.price, reverse=side == Side.SELL))
    return side, available


def within(side: Side, price: Px, limit: Px | None) -> bool:
    return limit is None or (price <= limit if side == Side.BUY else price >= limit)


LIMITS = st.none() | st.integers(95, 105).map(lambda price: Px(price * 10**8))
LOTS = st.integers(1, 30).map(lambda lots: Qty(lots * LOT))
SMALLEST = st.sampled_from((LOT, Qty(3 * LOT)))


def shown(at: Available, venue: str, side: Side, limit: Px | None) -> int:
    """Lots of a venue within the limit, level by level."""
    return sum(level.size - level.size % LOT for level in at[venue] if within(side, level.price, limit))


@given(market=markets(), qty=LOTS, limit=LIMITS, min_qty=SMALLEST)
def test_splits_are_sendable_and_no_more_than_asked_or_available(
    market: tuple[Side, Available], qty: Qty, limit: Px | None, min_qty: Qty
) -> None:
    side, available = market
    splits, candidates = split(side, qty, limit, available, lot=LOT, min_qty=min_qty)
    assert sum(part.qty for part in splits) <= qty
    assert len({part.venue for part in splits}) == len(splits)
    for part in splits:
        assert part.qty >= min_qty and part.qty % LOT == 0
        assert within(side, part.price, limit)
        # Down to its price the venue has what it is sent for.
        assert part.qty <= shown(available, part.venue, side, part.price)
        assert any(level.price == part.price for level in available[part.venue])
    for candidate in candidates:
        assert Level(candidate.price, candidate.size) in available[candidate.venue]
        assert within(side, candidate.price, limit)


@given(market=markets(), qty=LOTS, limit=LIMITS)
def test_no_better_level_is_left_while_a_worse_one_is_used(
    market: tuple[Side, Available], qty: Qty, limit: Px | None
) -> None:
    """An oracle that takes lots one by one, each from the best level that still has one."""
    side, available = market
    splits, _ = split(side, qty, limit, available, lot=LOT, min_qty=LOT)
    sign = 1 if side == Side.BUY else -1
    each_lot = sorted(
        sign * level.price
        for levels in available.values()
        for level in levels
        if within(side, level.price, limit)
        for _ in range(level.size // LOT)
    )
    best = each_lot[: qty // LOT]
    taken = []
    for part in splits:
        left = part.qty // LOT
        for level in available[part.venue]:
            here = min(level.size // LOT, left)
            taken += [sign * level.price] * here
            left -= here
        assert left == 0
    assert sorted(taken) == best


@given(market=markets(), qty=LOTS, limit=LIMITS, min_qty=SMALLEST)
def test_the_same_market_is_always_split_alike(
    market: tuple[Side, Available], qty: Qty, limit: Px | None, min_qty: Qty
) -> None:
    side, available = market
    first = split(side, qty, limit, available, lot=LOT, min_qty=min_qty)
    assert split(side, qty, limit, dict(available), lot=LOT, min_qty=min_qty) == first


@given(market=markets(), qty=LOTS, limit=LIMITS)
@example(
    market=(Side.BUY, {"XLON": (Level(Px(95 * 10**8), LOT), Level(Px(96 * 10**8), Qty(2 * LOT)))}),
    qty=Qty(3 * LOT),
    limit=None,
)
@example(
    market=(Side.BUY, {"XLON": (Level(Px(100 * 10**8), Qty(2 * LOT)),), "BATE": (Level(Px(101 * 10**8), Qty(5 * LOT)),)}),
    qty=Qty(4 * LOT),
    limit=None,
)  # fmt: skip
def test_what_is_too_little_for_one_venue_goes_to_another(
    market: tuple[Side, Available], qty: Qty, limit: Px | None
) -> None:
    """A venue that alone has all of it is never passed over because of those with too little for an order."""
    side, available = market
    min_qty = Qty(3 * LOT)
    splits, _ = split(side, qty, limit, available, lot=LOT, min_qty=min_qty)
    if qty >= min_qty and any(shown(available, venue, side, limit) >= qty for venue in available):
        assert splits


def levels(text: str) -> tuple[Level, ...]:
    return tuple(
        Level(parse_px(price), parse_qty(size)) for price, size in (level.split("x") for level in text.split())
    )


def routed(side: Side, qty: str, limit: str | None, **available: str) -> list[Split]:
    at = {venue: levels(text) for venue, text in available.items()}
    bound = None if limit is None else parse_px(limit)
    return split(side, parse_qty(qty), bound, at, lot=LOT, min_qty=LOT)[0]


def part(venue: str, qty: str, price: str) -> Split:
    return Split(venue, parse_qty(qty), parse_px(price))


def test_at_equal_prices_the_larger_size_comes_first_then_the_configured_order() -> None:
    assert routed(Side.BUY, "60", None, XLON="100x50", BATE="100x60") == [part("BATE", "60", "100")]
    assert routed(Side.BUY, "50", None, XLON="100x50", BATE="100x50") == [part("XLON", "50", "100")]
    assert routed(Side.SELL, "50", None, BATE="100x50", XLON="100x50") == [part("BATE", "50", "100")]


def test_a_sweep_goes_down_to_the_last_price_that_was_counted_on() -> None:
    assert routed(Side.BUY, "100", None, XLON="100x30 102x90", BATE="101x40") == [
        part("XLON", "60", "102"),
        part("BATE", "40", "101"),
    ]
    assert routed(Side.SELL, "100", "100", XLON="100x30 98x90", BATE="101x40") == [
        part("BATE", "40", "101"),
        part("XLON", "30", "100"),
    ]


def test_odd_sizes_are_rounded_down_to_lots() -> None:
    assert routed(Side.BUY, "50", None, XLON="100x19", BATE="101x9", CHIX="102x45") == [
        part("XLON", "10", "100"),
        part("CHIX", "40", "102"),
    ]


def test_without_a_venue_there_is_no_split() -> None:
    assert routed(Side.BUY, "50", None) == []
    assert routed(Side.BUY, "50", "99", XLON="100x50") == []
