"""Databento's CSV files: MBO, order by order, and MBP-10, ten levels a side after each event.

Times and prices may be as the API gives them (nanoseconds since 1970, prices in 1e-9) or made readable ('pretty').
"""

from collections.abc import Sequence

from gateway.model import Level, Ns, Px, Qty
from venues.tapes.formats.cells import instant, price, scaled_price, size
from venues.tapes.rows import LevelsRow, OrderChange, OrderRow, Row, TradeRow

LEVELS = 10
_NONE = str((1 << 63) - 1)  # the price of a level that is not there, where prices are whole numbers
_TAKERS = {"B": True, "A": False, "N": None}
_CHANGES = {"A": OrderChange.ADD, "C": OrderChange.CANCEL, "M": OrderChange.MODIFY, "F": OrderChange.EXECUTE}


class _Columns:
    def __init__(self, names: list[str], symbol: str | None) -> None:
        self.at = {name: number for number, name in enumerate(names)}
        self._symbol = symbol
        self._publisher: str | None = None

    def head(self, cells: list[str]) -> tuple[str, str]:
        """Symbol and side."""
        at = self.at
        if len(cells) != len(at):
            raise ValueError(f"{len(cells)} columns where {len(at)} are expected")
        publisher = cells[at["publisher_id"]]
        if publisher != (self._publisher or publisher):
            raise ValueError(f"publisher_id {publisher[:32]} in a tape of {self._publisher}: one book is one venue's")
        symbol = cells[at["symbol"]] if "symbol" in at else self._symbol
        if not symbol:
            raise ValueError("the row names no symbol, and no symbol was given for the tape")
        side = cells[at["side"]]
        if side not in _TAKERS:
            raise ValueError(f"side '{side[:32]}' is none of A, B and N")
        self._publisher = publisher
        return symbol, side


class Mbo:
    """Market by order. A fill is followed by the cancel that takes what was filled off: they are one change."""

    def __init__(self, names: list[str], symbol: str | None) -> None:
        self._columns = _Columns(names, symbol)
        self._filled: dict[tuple[str, str], int] = {}  # (sequence, order_id) -> filled, and its cancel still to come

    @staticmethod
    def known(names: list[str]) -> bool:
        return {"ts_event", "publisher_id", "action", "side", "price", "size", "order_id", "sequence"} <= {*names}

    def rows(self, cells: list[str]) -> Sequence[Row]:
        symbol, side = self._columns.head(cells)
        at = self._columns.at
        action, order_id = cells[at["action"]], cells[at["order_id"]]
        now = instant(cells[at["ts_event"]], 1)
        if action == "R":
            return (OrderRow(at=now, venue="", symbol=symbol, change=OrderChange.CLEAR),)
        qty = size(cells[at["size"]])
        if action == "T":
            return (_trade(now, symbol, side, cells[at["price"]], qty),)
        if action == "N":
            return ()
        if action not in _CHANGES:
            raise ValueError(f"action '{action[:32]}' is none of A, C, F, M, N, R and T")
        if side == "N":
            raise ValueError("an order has no side")
        event = (cells[at["sequence"]], order_id)
        if action == "F":
            self._filled = {key: left for key, left in self._filled.items() if key[0] == event[0]}
            self._filled[event] = self._filled.get(event, 0) + qty
        elif action == "C" and (filled := self._filled.pop(event, 0)):
            if qty <= filled:
                return ()
            qty = Qty(qty - filled)
        change = _CHANGES[action]
        row = OrderRow(
            at=now,
            venue="",
            symbol=symbol,
            change=change,
            order_id=order_id,
            is_buy=side == "B",
            price=_px(cells[at["price"]]),
            qty=qty,
        )
        return (row,)


class Mbp:
    """Market by price. A trade is told before the change that it makes."""

    def __init__(self, names: list[str], symbol: str | None) -> None:
        self._columns = _Columns(names, symbol)
        self._bids, self._asks = (
            [(names.index(f"{side}_px_{level:02}"), names.index(f"{side}_sz_{level:02}")) for level in range(LEVELS)]
            for side in ("bid", "ask")
        )
        self._shown: dict[str, list[str]] = {}  # by symbol, the cells of its levels

    @staticmethod
    def known(names: list[str]) -> bool:
        levels = {f"{side}_{what}_{n:02}" for side in ("bid", "ask") for what in ("px", "sz") for n in range(LEVELS)}
        return levels | {"ts_event", "publisher_id", "action", "side", "price", "size"} <= {*names}

    def rows(self, cells: list[str]) -> Sequence[Row]:
        symbol, side = self._columns.head(cells)
        at = self._columns.at
        now = instant(cells[at["ts_event"]], 1)
        rows: list[Row] = []
        if cells[at["action"]] == "T":
            rows.append(_trade(now, symbol, side, cells[at["price"]], size(cells[at["size"]])))
        shown = [cells[place] for pair in (*self._bids, *self._asks) for place in pair]
        if shown != self._shown.get(symbol):
            bids, asks = self._levels(cells, self._bids), self._levels(cells, self._asks)
            rows.append(LevelsRow(at=now, venue="", symbol=symbol, bids=bids, asks=asks))
            self._shown[symbol] = shown
        return rows

    @staticmethod
    def _levels(cells: list[str], places: list[tuple[int, int]]) -> tuple[Level, ...]:
        levels = [(cells[px], size(cells[sz])) for px, sz in places]
        return tuple(Level(_px(text), qty) for text, qty in levels if qty and text not in ("", _NONE))


def _trade(at: Ns, symbol: str, side: str, price: str, qty: Qty) -> TradeRow:
    taker = _TAKERS[side]
    return TradeRow(at=at, venue="", symbol=symbol, price=_px(price), qty=qty, buyer_took=taker, hidden=taker is None)


def _px(text: str) -> Px:
    return price(text) if "." in text else scaled_price(text, 9)
