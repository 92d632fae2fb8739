"""What venues show, told to all who wait for it, and what they are silent about.

Each venue is asked for every symbol with a request of its own, so that a refusal of one leaves the others.
"""

from collections.abc import Iterator
from typing import Final

from gateway.market import NEVER, Markets
from gateway.model import SECOND, MarketData, MarketDataRequest, Ns
from gateway.oms.alarms import SILENCE
from gateway.oms.conditions import Conditions
from gateway.oms.notes import AlertNote
from gateway.oms.slicing import Slicer
from gateway.oms.wire import Wire
from gateway.risk import Guard

RETOLD: Final = Ns(60 * SECOND)  # an operator hears of one venue's silences at most so often


class Watch:
    def __init__(self, wire: Wire, markets: Markets, guard: Guard, slicer: Slicer, conditions: Conditions) -> None:
        self._wire = wire
        self._markets = markets
        self._guard = guard
        self._slicer = slicer
        self._conditions = conditions
        self._awake_at = NEVER
        self._requests = 0
        self._asked: dict[str, dict[str, str]] = {}  # by venue: MDReqID(262) -> symbol, since its last logon
        self._told: dict[str, tuple[Ns, str]] = {}  # by venue: when an operator heard of it last, and what

    def requests(self, venue: str) -> Iterator[MarketDataRequest]:
        """For all books of a venue, from now on."""
        self._asked[venue] = {}
        self._told.pop(venue, None)
        for symbol in self._markets.symbols:
            yield self.request(venue, symbol, subscription="1")

    def request(self, venue: str, symbol: str, *, subscription: str = "0") -> MarketDataRequest:
        """For one book, once or ("1") from now on."""
        self._requests += 1
        md_req_id = f"MD-{self._requests}"
        self._asked.setdefault(venue, {})[md_req_id] = symbol
        return MarketDataRequest(
            md_req_id=md_req_id, subscription=subscription, depth=0, entries=("0", "1", "2"), symbols=(symbol,)
        )

    def heard(self, venue: str, data: MarketData, now: Ns) -> None:
        """A venue's prices moved: parents that wait for them are asked again, in their order of waiting."""
        markets = self._markets
        symbols = markets.apply(venue, data, now)
        if symbols:
            self._slicer.blocks.heard(data)
        if self._guard.follows_quotes:
            for symbol in symbols:
                self._guard.market_moved(markets.quote(symbol), now)
        self._conditions.market_moved(venue, data, symbols, markets, now)
        self._slicer.markets_moved(symbols, now)
        self._look_ahead(now)

    def refused(self, venue: str, md_req_id: str, now: Ns) -> None:
        """MarketDataRequestReject(Y): the venue shows that symbol no longer, or never did."""
        symbol = self._asked.get(venue, {}).pop(md_req_id, None)
        if symbol is not None:
            self._slicer.markets_moved(self._markets.refused(venue, symbol), now)

    def left(self, venue: str, now: Ns) -> None:
        """What the venue showed is not known any more."""
        self._asked.pop(venue, None)
        symbols = self._markets.forget(venue)
        if not self._slicer.releasing.stopping:
            self._slicer.markets_moved(symbols, now)

    def turn(self, now: Ns) -> None:
        """What venues show may be another by now: one has been silent for too long."""
        if now >= self._markets.due:
            self._slicer.markets_moved(self._markets.turn(now), now)
            self._look_ahead(now)

    def rang(self, now: Ns) -> None:
        """The alarm for SILENCE."""
        self._awake_at = NEVER
        self.turn(now)
        self._look_ahead(now)

    def _look_ahead(self, now: Ns) -> None:
        """Be there when a venue will have been silent for too long: who waits for others need not wait for it."""
        at = self._markets.silence_at
        if at < self._awake_at:
            self._awake_at = at
            self._wire.wake(at, SILENCE)
        if self._markets.stirred:
            self._tell(now)

    def _tell(self, now: Ns) -> None:
        stirred = self._markets.stirred
        for venue in list(stirred):
            at, before = self._told.get(venue, (Ns(-RETOLD), ""))
            if now < at + RETOLD:
                continue
            del stirred[venue]
            text = self._markets.complaint(venue)
            if text != before:
                self._told[venue] = (now, text)
                code = "MARKET.STALE" if text else "MARKET.FRESH"
                text = text or "nothing that it shows is stale any more"
                self._wire.note("alert", AlertNote(code=code, text=f"{venue}: {text}"))
