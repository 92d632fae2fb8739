"""Market data: what venues show, and the request for it."""

from gateway.fix.reader import Message
from gateway.model import BookUpdate, MarketData, MarketDataRequest, Px, Qty, parse_px, parse_qty, print_scaled


def read_market_data(message: Message) -> MarketData:
    """MarketDataSnapshotFullRefresh(W) or MarketDataIncrementalRefresh(X): levels and trades, nothing else."""
    snapshot = message.msg_type == "W"
    symbol = message.get(55) or ""
    updates = []
    for entry in message.groups(268):
        kind = entry.get(269, "")
        if kind not in ("0", "1", "2"):
            continue
        deleted = entry.get(279) == "2"
        updates.append(
            BookUpdate(
                symbol=symbol if snapshot else entry.get(55, ""),
                entry=kind,
                price=parse_px(entry.get(270, "0")),
                size=Qty(0) if deleted else parse_qty(entry.get(271, "0")),
            )
        )
    return MarketData(snapshot=snapshot, symbol=symbol, updates=tuple(updates))


def write_snapshot(data: MarketData, md_req_id: str) -> str:
    """MarketDataSnapshotFullRefresh(W). An empty book has one entry of size 0, because a group cannot be empty."""
    updates = data.updates or (BookUpdate(symbol=data.symbol, entry="0", price=Px(0), size=Qty(0)),)
    entries = "".join(
        f"269={u.entry}\x01270={print_scaled(u.price)}\x01271={print_scaled(u.size)}\x01" for u in updates
    )
    return f"262={md_req_id}\x0155={data.symbol}\x01268={len(updates)}\x01{entries}"


def write_incremental(data: MarketData, md_req_id: str) -> str:
    """MarketDataIncrementalRefresh(X). A level is Change(1) whether or not it was there before; size 0 is Delete(2)."""
    entries = "".join(
        f"279={_action(u)}\x01269={u.entry}\x0155={u.symbol}\x01270={print_scaled(u.price)}\x01"
        f"271={print_scaled(u.size)}\x01"
        for u in data.updates
    )
    return f"262={md_req_id}\x01268={len(data.updates)}\x01{entries}"


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
    )


def write_market_data_request(request: MarketDataRequest) -> str:
    entries = "".join(f"269={entry}\x01" for entry in request.entries)
    symbols = "".join(f"55={symbol}\x01" for symbol in request.symbols)
    return (
        f"262={request.md_req_id}\x01263={request.subscription}\x01264={request.depth}\x01265=1\x01"
        f"267={len(request.entries)}\x01{entries}146={len(request.symbols)}\x01{symbols}"
    )


def write_market_data_reject(md_req_id: str, reason: str, text: str) -> str:
    """MarketDataRequestReject(Y); `reason` is MDReqRejReason(281)."""
    return f"262={md_req_id}\x01281={reason}\x0158={text}\x01"
