"""What a tape holds, counted while it is read once; memory is bounded whatever its length."""

from collections import Counter

from msgspec import Struct

from gateway.model import Level, Ns, Px, print_scaled
from venues.tapes.reading import Tape
from venues.tapes.recorded import RecordedBook
from venues.tapes.rows import LevelsRow, OrderRow, QuoteRow, Row, TradeRow
from venues.tapes.writing import print_instant

MAX_MARKETS = 1_000  # symbols of venues; of the others rows are counted
_DISTINCT = 10_000  # values of one kind told apart; one more is counted with its 8 highest bits only
_KINDS = {QuoteRow: "quotes", LevelsRow: "levels", OrderRow: "orders", TradeRow: "trades"}


class Spread(Struct, frozen=True, kw_only=True):
    """Of all rows after which both sides were shown."""

    least: str
    median: str
    mean: str  # by the time it stood, to 4 decimals
    most: str


class MarketSummary(Struct, frozen=True, kw_only=True):
    """One symbol of one venue."""

    symbol: str
    venue: str  # empty where the tape names none
    rows: dict[str, int]  # by kind
    traded: str
    low: str | None  # of trades
    high: str | None
    spread: Spread | None
    bid_size: str | None  # median at the best price
    ask_size: str | None


class Summary(Struct, frozen=True, kw_only=True):
    """Prices and sizes are exact decimal text; instants are UTC, or seconds where the tape has no day."""

    format: str
    rows: int
    first: str | None
    last: str | None
    markets: list[MarketSummary]  # those with most rows first
    others: int  # rows of markets beyond the bound
    bad: int
    complaints: list[str]  # about the first bad lines


class _Market:
    def __init__(self) -> None:
        self.book = RecordedBook(is_last=lambda _lot: True)
        self.rows: Counter[str] = Counter()
        self.traded = 0
        self.low: Px | None = None
        self.high: Px | None = None
        self.spreads: Counter[int] = Counter()
        self.sizes: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
        self.spread_time = self.time = 0
        self._since: tuple[Ns, int] | None = None

    def take(self, row: Row) -> None:
        self.rows[_KINDS[type(row)]] += 1
        if isinstance(row, TradeRow):
            self.traded += row.qty
            self.low = row.price if self.low is None else min(self.low, row.price)
            self.high = row.price if self.high is None else max(self.high, row.price)
            return
        if self._since is not None:
            since, spread = self._since
            self.spread_time += spread * (row.at - since)
            self.time += row.at - since
            self._since = None
        self.book.apply(row)
        bid, ask = self.book.bids.best(1), self.book.asks.best(1)
        if bid and ask and bid[0].price < ask[0].price:
            self._stands(bid[0], ask[0], row.at)

    def _stands(self, bid: Level, ask: Level, at: Ns) -> None:
        spread = ask.price - bid.price
        self._since = (at, spread)
        _count(self.spreads, spread)
        _count(self.sizes[0], bid.size)
        _count(self.sizes[1], ask.size)

    def summary(self, venue: str, symbol: str) -> MarketSummary:
        spread = None
        if self.spreads:
            mean = self.spread_time // self.time if self.time else _median(self.spreads)
            spread = Spread(
                least=print_scaled(min(self.spreads)),
                median=print_scaled(_median(self.spreads)),
                mean=print_scaled(mean // 10_000 * 10_000),
                most=print_scaled(max(self.spreads)),
            )
        bids, asks = self.sizes
        return MarketSummary(
            symbol=symbol,
            venue=venue,
            rows=dict(self.rows),
            traded=print_scaled(self.traded),
            low=None if self.low is None else print_scaled(self.low),
            high=None if self.high is None else print_scaled(self.high),
            spread=spread,
            bid_size=print_scaled(_median(bids)) if bids else None,
            ask_size=print_scaled(_median(asks)) if asks else None,
        )


class Summarizer:
    """Takes all rows, then says what they were."""

    def __init__(self) -> None:
        self._markets: dict[tuple[str, str], _Market] = {}
        self._rows = self._others = 0
        self._first: Ns | None = None
        self._last: Ns | None = None

    def take(self, row: Row) -> None:
        self._rows += 1
        self._last = row.at
        if self._first is None:
            self._first = row.at
        market = self._markets.get((row.venue, row.symbol))
        if market is None:
            if len(self._markets) >= MAX_MARKETS:
                self._others += 1
                return
            market = self._markets[row.venue, row.symbol] = _Market()
        market.take(row)

    def summary(self, tape: Tape) -> Summary:
        """Of `tape`, whose rows these were."""
        markets = sorted(self._markets.items(), key=lambda item: (-item[1].rows.total(), item[0]))
        return Summary(
            format=tape.format,
            rows=self._rows,
            first=None if self._first is None else print_instant(self._first),
            last=None if self._last is None else print_instant(self._last),
            markets=[market.summary(*where) for where, market in markets],
            others=self._others,
            bad=tape.bad,
            complaints=tape.complaints,
        )


def _count(counter: Counter[int], value: int) -> None:
    if value not in counter and len(counter) >= _DISTINCT:
        shift = max(value.bit_length() - 8, 0)
        value = value >> shift << shift
    counter[value] += 1


def _median(counter: Counter[int]) -> int:
    half, seen = (counter.total() + 1) // 2, 0
    for value in sorted(counter):
        seen += counter[value]
        if seen >= half:
            return value
    raise AssertionError("a median of nothing")
