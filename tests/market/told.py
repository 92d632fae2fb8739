"""Markets as tests set them up and tell them what venues show."""

from collections.abc import Iterable, Sequence

from gateway.market import Markets
from gateway.model import BookUpdate, Instrument, MarketData, Ns, VenueSettings, parse_px, parse_qty
from gateway.model.sessions import SessionConfig

S = 1_000_000_000
START = 1_790_000_000 * S


def venue(name: str, *, stale_after_ms: int = 10_000, feed_latency_us: int = 0) -> VenueSettings:
    session = SessionConfig(sender="GATEWAY", target=name, initiator=True)
    return VenueSettings(name=name, session=session, stale_after_ms=stale_after_ms, feed_latency_us=feed_latency_us)


def instruments(*symbols: str) -> dict[str, Instrument]:
    return {symbol: Instrument(symbol=symbol) for symbol in symbols}


def opened(names: Iterable[str], symbols: Sequence[str] = ("ACME",)) -> Markets:
    """Venues that have nothing to show yet, but said so."""
    markets = Markets()
    names = tuple(names)
    markets.configure([venue(name) for name in names], instruments(*symbols))
    for name in names:
        for symbol in symbols:
            markets.apply(name, snapshot(symbol=symbol, sent=START), Ns(START))
    return markets


def update(entry: str, price: str, size: str, symbol: str = "ACME") -> BookUpdate:
    return BookUpdate(symbol=symbol, entry=entry, price=parse_px(price), size=parse_qty(size))


def snapshot(bids: str = "", asks: str = "", symbol: str = "ACME", sent: int | None = None) -> MarketData:
    """Each side is `price x size` with blanks between levels."""
    updates = tuple(
        update(entry, price, size, symbol)
        for entry, side in (("0", bids), ("1", asks))
        for price, size in (level.split("x") for level in side.split())
    )
    return MarketData(snapshot=True, symbol=symbol, updates=updates, sent=None if sent is None else Ns(sent))


def change(*updates: BookUpdate, sent: int | None = None) -> MarketData:
    return MarketData(snapshot=False, symbol="", updates=updates, sent=None if sent is None else Ns(sent))
