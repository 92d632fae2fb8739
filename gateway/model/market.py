"""What venues show: quotes, trades, and the instruments they are in."""

from msgspec import Struct

from gateway.model.numbers import Ns, Px, Qty


class Instrument(Struct, frozen=True, gc=False, kw_only=True):
    """What may be traded, in which steps."""

    symbol: str
    tick: Px = Px(1_000_000)  # smallest price step
    lot: Qty = Qty(100_000_000)  # smallest quantity step
    min_qty: Qty = Qty(100_000_000)  # smallest order


class Listing(Struct, frozen=True, gc=False, kw_only=True):
    """An instrument as one place trades it."""

    symbol: str
    mic: str  # SecurityExchange(207)
    currency: str  # of its prices; empty: not said
    tick: Px
    coarser_ticks: tuple[tuple[Px, Px], ...]  # (price, tick): from that price on, that tick
    lot: Qty
    min_qty: Qty


class Quote(Struct, frozen=True, gc=False, kw_only=True):
    """Best bid and ask. A side without orders has size 0."""

    symbol: str
    bid: Px = Px(0)
    bid_size: Qty = Qty(0)
    ask: Px = Px(0)
    ask_size: Qty = Qty(0)


class Level(Struct, frozen=True, gc=False):
    """One price of one side of a book."""

    price: Px
    size: Qty


class BookUpdate(Struct, frozen=True, gc=False, kw_only=True):
    """One entry of a market data message: a level set (size 0 deletes it), a trade, or a figure of the day."""

    symbol: str
    entry: str  # MDEntryType(269): '0' bid, '1' offer, '2' trade
    price: Px
    size: Qty  # of an imbalance, 'A', below zero where sellers are more
    action: str = ""  # MDUpdateAction(279); empty: as size and entry say
    orders: int = 0  # NumberOfOrders(346) at a level; 0: not said
    position: int = 0  # MDEntryPositionNo(290) of a level, 1 the best; 0: not said
    order_id: str = ""  # of a book that is shown order by order: OrderID(37), and MDEntryID(278) of changes


class MarketData(Struct, frozen=True, gc=False, kw_only=True):
    """MarketDataSnapshotFullRefresh(W, `snapshot` True: replaces the book) or MarketDataIncrementalRefresh(X)."""

    snapshot: bool
    symbol: str  # of a snapshot; empty in an incremental, whose updates name theirs
    updates: tuple[BookUpdate, ...]
    sent: Ns | None = None  # by the venue's clock


class MarketDataRequest(Struct, frozen=True, gc=False, kw_only=True):
    """MarketDataRequest(V)."""

    md_req_id: str
    subscription: str  # SubscriptionRequestType(263): '0' snapshot, '1' snapshot and updates, '2' stop
    depth: int  # MarketDepth(264): 0 full book, 1 top of book, N levels
    entries: tuple[str, ...]  # MDEntryType(269) values asked for
    symbols: tuple[str, ...]
    by_order: bool = False  # AggregatedBook(266) N: each order, instead of levels
    full_refresh: bool = False  # MDUpdateType(265) 0: a snapshot with every change, instead of the change
