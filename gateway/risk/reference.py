"""What prices are measured by over time: when a symbol was last quoted, and its best prices of the last minute."""

from collections import deque

from gateway.model import SECOND, Ns, Px, Quote, Rejection, print_scaled

ROLLING_S = 60


class _Extreme:
    """The lowest price of the last minute, in steps of a second: candidates that a later, lower one has not beaten."""

    __slots__ = ("_candidates",)

    def __init__(self) -> None:
        self._candidates: deque[tuple[int, int]] = deque()  # second, price; prices rise

    def add(self, second: int, price: int) -> None:
        candidates = self._candidates
        while candidates and candidates[-1][1] >= price:
            candidates.pop()
        candidates.append((second, price))
        self._expire(second)

    def get(self, second: int) -> int | None:
        self._expire(second)
        return self._candidates[0][1] if self._candidates else None

    def _expire(self, second: int) -> None:
        candidates = self._candidates
        while candidates and candidates[0][0] <= second - ROLLING_S:
            candidates.popleft()


class References:
    """Fed with every quote that changes. A price that still stands counts, however long ago it was last said."""

    def __init__(self) -> None:
        self._at: dict[str, Ns] = {}
        self._asks: dict[str, _Extreme] = {}
        self._bids: dict[str, _Extreme] = {}  # of negated prices, since there the highest is meant
        self._found: dict[tuple[str, bool], tuple[Quote, int, Px | None]] = {}  # what `best` said last

    def moved(self, quote: Quote, now: Ns) -> None:
        symbol, second = quote.symbol, now // SECOND
        self._at[symbol] = now
        self._found.pop((symbol, True), None)
        self._found.pop((symbol, False), None)
        if quote.ask_size:
            self._of(self._asks, symbol).add(second, quote.ask)
        if quote.bid_size:
            self._of(self._bids, symbol).add(second, -quote.bid)

    def forget(self) -> None:
        """What was seen before a restart says nothing of now."""
        self._at.clear()
        self._asks.clear()
        self._bids.clear()
        self._found.clear()

    def split(self, symbol: str) -> None:
        """What was seen of the symbol were prices of other shares."""
        for seen in (self._at, self._asks, self._bids):
            seen.pop(symbol, None)

    def age(self, symbol: str, now: Ns) -> Ns | None:
        """Since the last word on the symbol; None: there was none."""
        at = self._at.get(symbol)
        return None if at is None else Ns(now - at)

    def best(self, quote: Quote, now: Ns, *, is_buy: bool) -> Px | None:
        """The price most in our favour within the last minute, the present one too; None: there was none."""
        which, second = (quote.symbol, is_buy), now // SECOND
        known = self._found.get(which)  # an order and its children ask the same again and again
        if known is not None and known[0] is quote and known[1] == second:
            return known[2]
        size, price = (quote.ask_size, quote.ask) if is_buy else (quote.bid_size, -quote.bid)
        extremes = self._asks if is_buy else self._bids
        found = self._of(extremes, quote.symbol).get(second)
        if size:
            found = price if found is None else min(found, price)
        best = None if found is None else Px(found if is_buy else -found)
        if quote.symbol in self._at:
            self._found[which] = (quote, second, best)
        return best

    def refusal(
        self, quote: Quote, price: Px | None, now: Ns, *, max_age: Ns | None, rolling_bps: int | None, is_buy: bool
    ) -> Rejection | None:
        """What speaks against that price. None for a limit: there is none; None for the price: a market order."""
        if max_age is not None:
            age = self.age(quote.symbol, now)
            if age is None or age > max_age:
                text = f"RISK.STALE {quote.symbol} was last quoted more than {max_age // SECOND} s ago"
                return Rejection(text)
        if rolling_bps is None or price is None:
            return None
        best = self.best(quote, now, is_buy=is_buy)
        if best is None:
            return Rejection(f"RISK.REFERENCE {quote.symbol} had no price within {ROLLING_S} s")
        bound = through(best, rolling_bps, is_buy=is_buy)
        if price > bound if is_buy else price < bound:
            text = (
                f"RISK.ROLLING Price(44) {print_scaled(price)} is more than {rolling_bps} bps through "
                f"{print_scaled(best)}, the best within {ROLLING_S} s"
            )
            return Rejection(text)
        return None

    @staticmethod
    def _of(extremes: dict[str, _Extreme], symbol: str) -> _Extreme:
        extreme = extremes.get(symbol)
        if extreme is None:
            extreme = extremes[symbol] = _Extreme()
        return extreme


def through(price: Px, bps: int, *, is_buy: bool) -> Px:
    slack = price * bps // 10_000
    return Px(price + slack if is_buy else price - slack)
