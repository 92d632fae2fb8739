"""LOBSTER: a message file, and the orderbook file whose rows show the book after each message.

A line here is a line of the message file, and where there is an orderbook file the line of that behind it. No header;
the day and the symbol stand in the file's name, times are seconds after midnight in New York, prices dollars x 10,000.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.model import SECOND, Level, Ns
from venues.tapes.formats.cells import instant, scaled_price, size
from venues.tapes.rows import LevelsRow, OrderChange, OrderRow, Row, TradeRow

NAME = re.compile(r"(?P<symbol>[^_/]+)_(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})_[0-9]+_[0-9]+_message_[0-9]+\.csv(?:\.gz)?")
_DECIMALS = 4
_CHANGES = {"1": OrderChange.ADD, "2": OrderChange.CANCEL, "3": OrderChange.DELETE, "4": OrderChange.EXECUTE}
_SHOWN, _HIDDEN, _CROSS, _HALT = "4", "5", "6", "7"
_BUY = {"1": True, "-1": False}


class Lobster:
    def __init__(self, name: str, symbol: str | None) -> None:
        """`symbol` is that of a file whose name says none."""
        found = NAME.fullmatch(name)
        self._symbol = found["symbol"] if found else symbol
        self._midnight = _midnight(found["day"]) if found else Ns(0)
        self._book: list[str] = []  # the last row of the orderbook file

    @staticmethod
    def known(cells: list[str]) -> bool:
        return len(cells) >= 6 and cells[1] in (*_CHANGES, _HIDDEN, _CROSS, _HALT) and cells[5] in _BUY

    def rows(self, cells: list[str]) -> Sequence[Row]:
        if len(cells) < 6 or (len(cells) - 6) % 4:
            raise ValueError(f"{len(cells)} columns where 6 of a message and 4 for each level of the book are expected")
        time, kind, order_id, qty, price, direction = cells[:6]
        if not self._symbol:
            raise ValueError("the file's name says no symbol, and no symbol was given for the tape")
        if direction not in _BUY:
            raise ValueError(f"direction '{direction[:32]}' is neither 1 nor -1")
        at, symbol, is_buy = Ns(self._midnight + instant(time)), self._symbol, _BUY[direction]
        rows: list[Row] = []
        if kind in (_SHOWN, _HIDDEN, _CROSS):
            rows.append(
                TradeRow(
                    at=at,
                    venue="",
                    symbol=symbol,
                    price=scaled_price(price, _DECIMALS),
                    qty=size(qty),
                    buyer_took=None if kind == _CROSS else not is_buy,  # direction is that of the order that stood
                    hidden=kind != _SHOWN,
                )
            )
        if kind in _CHANGES:
            rows.append(
                OrderRow(
                    at=at,
                    venue="",
                    symbol=symbol,
                    change=_CHANGES[kind],
                    order_id=order_id,
                    is_buy=is_buy,
                    price=scaled_price(price, _DECIMALS),
                    qty=size(qty),
                )
            )
        elif not rows and kind != _HALT:
            raise ValueError(f"type '{kind[:32]}' is none of 1 to 7")
        book = cells[6:]
        if book and book != self._book:
            asks, bids = _levels(book[0::4], book[1::4]), _levels(book[2::4], book[3::4])
            rows.append(LevelsRow(at=at, venue="", symbol=symbol, bids=bids, asks=asks))
            self._book = book
        return rows


def _levels(prices: list[str], sizes: list[str]) -> tuple[Level, ...]:
    # A level that is not there has a price of 9999999999 or its negative, and no size.
    shown = [(text, size(qty)) for text, qty in zip(prices, sizes, strict=True)]
    return tuple(Level(scaled_price(text, _DECIMALS), qty) for text, qty in shown if qty)


def _midnight(day: str) -> Ns:
    return Ns(int(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("America/New_York")).timestamp()) * SECOND)
