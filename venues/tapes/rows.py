"""What a tape says, whoever recorded it: quotes, levels, orders and trades, one small type each.

`venue` is empty where the tape does not name one: then it is of whichever venue shows it. Within one tape `at` never
falls; only differences between rows count.
"""

import enum
from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from gateway.model import Level, Ns, Px, Qty


class QuoteRow(Struct, frozen=True, gc=False, kw_only=True):
    """The best bid and ask from now on, and nothing else. A side without a quote has size 0."""

    at: Ns
    venue: str
    symbol: str
    bid: Px
    bid_size: Qty
    ask: Px
    ask_size: Qty


class LevelsRow(Struct, frozen=True, gc=False, kw_only=True):
    """All levels that the tape shows from now on, best first. What is not among them is not seen."""

    at: Ns
    venue: str
    symbol: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class OrderChange(enum.Enum):
    ADD = "add"
    CANCEL = "cancel"  # `qty` less
    DELETE = "delete"
    MODIFY = "modify"  # to `price` and `qty`; only a smaller quantity at the same price keeps its place
    EXECUTE = "execute"  # `qty` less, by a trade that stands in a row of its own
    CLEAR = "clear"  # every order of the symbol is gone


class OrderRow(Struct, frozen=True, gc=False, kw_only=True):
    """What became of one order, by the id that the recorded market gave it."""

    at: Ns
    venue: str
    symbol: str
    change: OrderChange
    order_id: str = ""
    is_buy: bool = True
    price: Px = Px(0)
    qty: Qty = Qty(0)


class TradeRow(Struct, frozen=True, gc=False, kw_only=True):
    """A trade. What it leaves of orders and levels is told by other rows."""

    at: Ns
    venue: str
    symbol: str
    price: Px
    qty: Qty
    buyer_took: bool | None  # None: the tape does not say who came in
    hidden: bool = False  # whoever stood there was not shown


Row = QuoteRow | LevelsRow | OrderRow | TradeRow


class Parser(Protocol):
    """One format. It may remember earlier lines, as long as what it remembers stays bounded."""

    def rows(self, cells: list[str]) -> Sequence[Row]:
        """What one line says, all of it at one instant. Raises ValueError."""
        ...
