"""Market data: what venues show, and the request for it."""

from gateway.fix.reader import Message, Selection
from gateway.model import (
    BookUpdate,
    MarketData,
    MarketDataRequest,
    Px,
    Qty,
    parse_px,
    parse_qty,
    parse_timestamp,
    print_scaled,
)

_ENTRY = Selection(279, 269, 55, 270, 271)
_SIZED = ("0", "1", "2")  # MDEntryType(269) with price and size, whatever they are
_VOLUME = "B"  # it has no price
_CLEARING, _IMBALANCE = "Q", "A"  # of an auction that goes on


def read_market_data(message: Message) -> MarketData:
    """MarketDataSnapshotFullRefresh(W) or MarketDataIncrementalRefresh(X): levels and trades, nothing else."""
    snapshot = message.msg_type == "W"
    symbol = message.get(55) or ""
    updates = tuple(
        [
            BookUpdate(
                symbol=symbol if snapshot else of or "",
                entry=kind,
                price=parse_px(price or "0"),
                size=Qty(0) if action == "2" else parse_qty(size or "0"),
            )
            for action, kind, of, price, size in message.rows(268, _ENTRY)
            if kind in _SIZED
        ]
    )
    sent = message.get(122) if message.poss_dup else message.get(52)  # what is sent again is as old as it was
    return MarketData(
        snapshot=snapshot, symbol=symbol, updates=updates, sent=None if sent is None else parse_timestamp(sent)
    )


def write_snapshot(data: MarketData, md_req_id: str) -> str:
    """MarketDataSnapshotFullRefresh(W). An empty book has one entry of size 0, because a group cannot be empty."""
    updates = data.updates or (BookUpdate(symbol=data.symbol, entry="0", price=Px(0), size=Qty(0)),)
    entries = "".join([f"269={u.entry}\x01{_shown(u)}" for u in updates])
    return f"262={md_req_id}\x0155={data.symbol}\x01268={len(updates)}\x01{entries}"


def write_incremental(data: MarketData, md_req_id: str) -> str:
    """MarketDataIncrementalRefresh(X). A level without an action is Change(1), at size 0 Delete(2)."""
    entries = "".join(
        [f"279={u.action or _action(u)}\x01269={u.entry}\x01{_id(u)}55={u.symbol}\x01{_shown(u)}" for u in data.updates]
    )
    return f"262={md_req_id}\x01268={len(data.updates)}\x01{entries}"


def _id(u: BookUpdate) -> str:
    return f"278={u.order_id}\x01" if u.order_id else ""


def _shown(u: BookUpdate) -> str:
    """What stands behind the instrument in an entry."""
    if u.position:
        return f"270={print_scaled(u.price)}\x01271={print_scaled(u.size)}\x01346={u.orders}\x01290={u.position}\x01"
    if u.order_id:  # A snapshot of FIX 4.4 has no MDEntryID(278), so that this tells which order a change is of.
        return f"270={print_scaled(u.price)}\x01271={print_scaled(u.size)}\x0137={u.order_id}\x01"
    if u.entry in _SIZED or u.entry == _CLEARING:
        return f"270={print_scaled(u.price)}\x01271={print_scaled(u.size)}\x01"
    if u.entry == _IMBALANCE:
        more = f"277={'P' if u.size > 0 else 'Q'}\x01" if u.size else ""  # buyers or sellers
        return f"271={print_scaled(Qty(abs(u.size)))}\x01{more}"
    if u.entry == _VOLUME:
        return f"271={print_scaled(u.size)}\x01"
    return f"270={print_scaled(u.price)}\x01"


def _action(update: BookUpdate) -> str:
    if update.entry == "2":
        return "0"
    return "1" if update.size else "2"


def read_market_data_request(message: Message) -> MarketDataRequest:
    """MarketDataRequest(V)."""
    return MarketDataRequest(
        md_req_id=message.get(262) or "",
        subscription=message.get(263) or "",
        depth=int(message.get(264) or 0),
        entries=tuple(entry.get(269, "") for entry in message.groups(267)),
        symbols=tuple(entry.get(55, "") for entry in message.groups(146)),
        by_order=message.get(266) == "N",
        full_refresh=message.get(265) == "0",
    )


def write_market_data_request(request: MarketDataRequest) -> str:
    entries = "".join(f"269={entry}\x01" for entry in request.entries)
    symbols = "".join(f"55={symbol}\x01" for symbol in request.symbols)
    by_order = "266=N\x01" if request.by_order else ""
    return (
        f"262={request.md_req_id}\x01263={request.subscription}\x01264={request.depth}\x01"
        f"265={'0' if request.full_refresh else '1'}\x01{by_order}"
        f"267={len(request.entries)}\x01{entries}146={len(request.symbols)}\x01{symbols}"
    )


def write_market_data_reject(md_req_id: str, reason: str, text: str) -> str:
    """MarketDataRequestReject(Y); `reason` is MDReqRejReason(281)."""
    return f"262={md_req_id}\x01281={reason}\x0158={text}\x01"
