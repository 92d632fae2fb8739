"""Quote tapes and trade tapes: one row a line, columns by their names or in our own order.

Our order is time, venue, bid, bid size, ask, ask size [, symbol]. Prices are taken as they are, on tick or not.
"""

from collections.abc import Sequence

from gateway.model import MILLISECOND, SECOND
from venues.tapes.formats.cells import columns, instant, price, size
from venues.tapes.rows import QuoteRow, TradeRow

_TIME = ("time", "ts_event", "ts_recv", "ts_local_ns", "ts_exch_ms", "ts", "timestamp", "time_ns", "time_us", "time_ms")
_UNITS = {"_ns": 1, "_us": 1_000, "_ms": MILLISECOND, "ts_event": 1, "ts_recv": 1}
_WHERE = {"time": _TIME, "venue": ("venue", "exchange", "mic"), "symbol": ("symbol", "sym")}
_QUOTE = {
    **_WHERE,
    "bid": ("bid", "bid_px", "bid_price", "bid_px_00"),
    "bid_size": ("bid size", "bid_size", "bid_sz", "bid_qty", "bidsz", "bid_sz_00"),
    "ask": ("ask", "ask_px", "ask_price", "ask_px_00"),
    "ask_size": ("ask size", "ask_size", "ask_sz", "ask_qty", "asksz", "ask_sz_00"),
}
_TRADE = {
    **_WHERE,
    "price": ("price", "px", "trade_price"),
    "size": ("size", "sz", "qty", "quantity", "volume"),
    "side": ("aggressor", "side", "taker_side"),
}
_TAKERS = {"b": True, "buy": True, "1": True, "s": False, "a": False, "sell": False, "-1": False, "": None, "n": None}
OURS = ["time", "venue", "bid", "bid size", "ask", "ask size", "symbol"]


class Quotes:
    def __init__(self, names: list[str], symbol: str | None) -> None:
        """`symbol` is that of rows which name none."""
        self._at = columns(names, _QUOTE)
        self._least = max(self._at[thing] for thing in _QUOTE if thing in self._at and thing != "symbol") + 1
        self._most = len(names)
        self._unit = _unit(names[self._at["time"]])
        self._symbol = symbol

    @staticmethod
    def known(names: list[str]) -> bool:
        return {"time", "bid", "bid_size", "ask", "ask_size"} <= columns(names, _QUOTE).keys()

    def rows(self, cells: list[str]) -> Sequence[QuoteRow]:
        _count(cells, self._least, self._most)
        at = self._at
        row = QuoteRow(
            at=instant(cells[at["time"]], self._unit),
            venue=cells[at["venue"]] if "venue" in at else "",
            symbol=_symbol(cells, at, self._symbol),
            bid=price(cells[at["bid"]] or "0"),
            bid_size=size(cells[at["bid_size"]]),
            ask=price(cells[at["ask"]] or "0"),
            ask_size=size(cells[at["ask_size"]]),
        )
        if (row.bid_size and row.bid <= 0) or (row.ask_size and row.ask <= 0):
            raise ValueError("a side with a size has no price")
        return (row,)


class Trades:
    def __init__(self, names: list[str], symbol: str | None) -> None:
        self._at = columns(names, _TRADE)
        self._most = len(names)
        self._unit = _unit(names[self._at["time"]])
        self._symbol = symbol

    @staticmethod
    def known(names: list[str]) -> bool:
        return {"time", "price", "size"} <= columns(names, _TRADE).keys()

    def rows(self, cells: list[str]) -> Sequence[TradeRow]:
        _count(cells, self._most, self._most)
        at = self._at
        taker = cells[at["side"]].lower() if "side" in at else ""
        if taker not in _TAKERS:
            raise ValueError(f"'{taker[:32]}' does not say whether the buyer or the seller came in: B or S does")
        row = TradeRow(
            at=instant(cells[at["time"]], self._unit),
            venue=cells[at["venue"]] if "venue" in at else "",
            symbol=_symbol(cells, at, self._symbol),
            price=price(cells[at["price"]]),
            qty=size(cells[at["size"]]),
            buyer_took=_TAKERS[taker],
        )
        if row.price <= 0 or not row.qty:
            raise ValueError("a trade needs a price and a size above zero")
        return (row,)


def _count(cells: list[str], least: int, most: int) -> None:
    if not least <= len(cells) <= most:
        raise ValueError(f"{len(cells)} columns where {most if least == most else f'{least} to {most}'} are expected")


def _symbol(cells: list[str], at: dict[str, int], given: str | None) -> str:
    where = at.get("symbol", len(cells))
    symbol = cells[where] if where < len(cells) else given
    if not symbol:
        raise ValueError("the row names no symbol, and no symbol was given for the tape")
    return symbol


def _unit(name: str) -> int:
    """Nanoseconds in the unit of a time column; seconds where its name does not say."""
    return next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), SECOND)
