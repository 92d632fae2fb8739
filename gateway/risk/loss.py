"""What a scope has won or lost today, realised or not: cash of its trades and what it holds at what it could be closed.

Longs are worth what is bid, shorts what is offered. Where a side is not quoted its last price stands; where there was
none, that of our last trade. A scope counts from the day's beginning, or from when its limit was first set.
"""

from collections.abc import Iterable

from gateway.model import Px, Quote, print_scaled
from gateway.model.numbers import SCALE
from gateway.model.ratio import Ratio
from gateway.model.settings import Scope
from gateway.risk.exposure import MANY, Exposure, Owner


class _Watch:
    def __init__(self) -> None:
        self.max_loss: int | None = None
        self.max_drawdown: int | None = None
        self.worth: dict[str, int] = {}  # by symbol, in 1e-16
        self.before: set[str] = set()  # symbols in which something is from before, and has no price yet
        self.total = 0  # sum of these
        self.base = 0  # what it was when the day began
        self.best = 0  # of the day, beyond the base

    def breach(self) -> str | None:
        result = self.total - self.base
        self.best = max(self.best, result)
        if self.max_loss is not None and -result > self.max_loss * SCALE:
            return f"RISK.LOSS of {print_scaled(-result // SCALE)} today is above {print_scaled(self.max_loss)}"
        fall = self.best - result
        if self.max_drawdown is not None and fall > self.max_drawdown * SCALE:
            above = print_scaled(self.max_drawdown)
            return f"RISK.DRAWDOWN of {print_scaled(fall // SCALE)} from the day's best is above {above}"
        return None


class Losses:
    """Gives the scopes that lost more than they may, whenever something changes."""

    def __init__(self, exposure: Exposure) -> None:
        self._exposure = exposure
        self._watches: dict[Scope, _Watch] = {}
        self._concerned: dict[Owner, tuple[Scope, ...]] = {}  # scopes with a watch, of owners that trade
        self._bids: dict[str, Px] = {}
        self._asks: dict[str, Px] = {}
        self._traded: dict[str, Px] = {}  # last prices of our own, for what nobody quotes

    def configure(self, limits: dict[Scope, tuple[int | None, int | None]]) -> None:
        """Maximum loss and drawdown by scope."""
        if not self._watches:
            for prices in (self._bids, self._asks, self._traded):
                prices.clear()  # from when nobody followed them
        self._concerned.clear()
        for scope in [scope for scope in self._watches if scope not in limits]:
            del self._watches[scope]
        for scope, (max_loss, max_drawdown) in limits.items():
            watch = self._watches.get(scope)
            if watch is None:
                watch = self._watches[scope] = _Watch()
                watch.before = {owner.symbol for owner in self._exposure.leaves if owner.within(scope)}
                for symbol in sorted(watch.before):
                    self._value(scope, watch, symbol)
            watch.max_loss, watch.max_drawdown = max_loss, max_drawdown

    @property
    def watching(self) -> bool:
        return bool(self._watches)

    def moved(self, quote: Quote) -> list[tuple[Scope, str]]:
        symbol = quote.symbol
        if quote.bid_size:
            self._bids[symbol] = quote.bid
        if quote.ask_size:
            self._asks[symbol] = quote.ask
        held = [scope for scope, watch in self._watches.items() if symbol in watch.worth or symbol in watch.before]
        return self._changed(held, symbol) if held else []

    def traded(self, owner: Owner, px: Px | None) -> list[tuple[Scope, str]]:
        """At that price; None: a trade is not what it was."""
        if px is not None:
            self._traded[owner.symbol] = px
        concerned = self._concerned.get(owner)
        if concerned is None:
            if len(self._concerned) >= MANY:
                self._concerned.clear()
            concerned = self._concerned[owner] = tuple(scope for scope in owner.scopes() if scope in self._watches)
        return self._changed(concerned, owner.symbol)

    def split(self, symbol: str, ratio: Ratio) -> None:
        """What is held of it is worth what it was."""
        for prices in (self._bids, self._asks, self._traded):
            if symbol in prices:
                prices[symbol] = Px(ratio.down(prices[symbol]))

    def new_day(self) -> None:
        for watch in self._watches.values():
            watch.base, watch.best = watch.total, 0

    def pardon(self, scope: Scope) -> None:
        """A person let the scope go on: its drawdown is measured from here."""
        watch = self._watches.get(scope)
        if watch is not None:
            watch.best = watch.total - watch.base

    def _changed(self, scopes: Iterable[Scope], symbol: str) -> list[tuple[Scope, str]]:
        """Of scopes that have a watch."""
        breaches = []
        for scope in scopes:
            watch = self._watches[scope]
            self._value(scope, watch, symbol)
            breach = watch.breach()
            if breach is not None:
                breaches.append((scope, breach))
        return breaches

    def _value(self, scope: Scope, watch: _Watch, symbol: str) -> None:
        tally = self._exposure.track_in(scope, symbol)
        mark = (self._bids if tally.position >= 0 else self._asks).get(symbol) or self._traded.get(symbol)
        if mark is None and tally.position:
            return  # What was won or lost before somebody watched counts from the first price after.
        worth = tally.sold - tally.bought + tally.position * (mark or 0)
        if symbol in watch.before:
            watch.before.remove(symbol)
            watch.base += worth
        watch.total += worth - watch.worth.get(symbol, 0)
        watch.worth[symbol] = worth
