"""Limits on what adds up: open amounts, positions, credit, and what a day may see. Each has its scope's tally."""

from collections.abc import Iterator

from msgspec import Struct

from gateway.model import Limits, Rejection, print_scaled
from gateway.model.numbers import SCALE
from gateway.model.settings import Scope
from gateway.risk.exposure import Exposure, Tally

_OF_SCOPE = (
    "max_open_gross", "max_open_net", "max_credit", "max_day_notional", "max_day_orders", "max_day_trades",
)  # fmt: skip
_OF_SYMBOL = ("max_position", "max_day_qty")


class Meter(Struct, frozen=True, kw_only=True):
    """The limits of one scope, and what they are compared with. Amounts in 1e-16."""

    scope: Scope
    limits: Limits
    whole: Tally | None  # None: there is no limit on it
    in_symbol: Tally | None

    def refusal(self, qty: int, amount: int, *, is_buy: bool, orders: int) -> Rejection | None:
        """What speaks against so much more on that side, with so many more orders."""
        limits, now = self.limits, self.whole
        if now is not None:
            buying, selling = now.buying, now.selling
            gross, bound = buying + selling + amount, limits.max_open_net
            if bound is not None:
                net = buying - selling
                after = abs(net + amount if is_buy else net - amount)
                # What brings the two sides nearer to each other is always welcome.
                if after > bound * SCALE and (not amount or after > abs(net)):
                    return self._above("RISK.NET", after // SCALE, bound)
            bound = limits.max_open_gross
            if bound is not None and gross > bound * SCALE:
                return self._above("RISK.GROSS", gross // SCALE, bound)
            bound = limits.max_credit
            if bound is not None:
                paid = now.bought - now.sold
                used = paid + buying + amount if is_buy else selling - paid + amount
                if used > bound * SCALE:
                    return self._above("RISK.CREDIT", used // SCALE, bound)
            bound = limits.max_day_notional
            if bound is not None and now.day_amount + gross > bound * SCALE:
                return self._above("RISK.DAYNOTIONAL", (now.day_amount + gross) // SCALE, bound)
            bound = limits.max_day_orders
            if bound is not None and now.orders + orders > bound:
                text = f"{now.orders + orders} orders of {self.scope} today are above {bound}"
                return _refused("RISK.DAYORDERS", text)
            bound = limits.max_day_trades
            if bound is not None and now.trades >= bound:
                return _refused("RISK.DAYTRADES", f"{now.trades} trades of {self.scope} today are all that may be")
        now = self.in_symbol
        return None if now is None else self._quantities(now, qty, is_buy=is_buy)

    def _quantities(self, now: Tally, qty: int, *, is_buy: bool) -> Rejection | None:
        bound = self.limits.max_position
        if bound is not None:
            reached = now.position + now.buying_qty + qty if is_buy else now.selling_qty + qty - now.position
            if reached > bound:
                return self._above("RISK.POSITION", reached, bound)
        bound = self.limits.max_day_qty
        if bound is not None:
            reached = now.day_qty + now.buying_qty + now.selling_qty + qty
            if reached > bound:
                return self._above("RISK.DAYQTY", reached, bound)
        return None

    def _above(self, code: str, reached: int, bound: int) -> Rejection:
        return _refused(code, f"{print_scaled(reached)} of {self.scope} is above {print_scaled(bound)}")


def meters(scopes: tuple[Scope, ...], limits: dict[Scope, Limits], symbol: str, exposure: Exposure) -> Iterator[Meter]:
    """Those that an order has to pass."""
    for scope in scopes:
        found = limits.get(scope)
        if found is None:
            continue
        whole = any(getattr(found, name) is not None for name in _OF_SCOPE)
        in_symbol = any(getattr(found, name) is not None for name in _OF_SYMBOL)
        if whole or in_symbol:
            yield Meter(
                scope=scope,
                limits=found,
                whole=exposure.track(scope) if whole else None,
                in_symbol=exposure.track_in(scope, symbol) if in_symbol else None,
            )


def _refused(code: str, text: str) -> Rejection:
    return Rejection(f"{code} {text}")


def metered(meters: tuple[Meter, ...], qty: int, amount: int, *, is_buy: bool, orders: int) -> Rejection | None:
    """The first that speaks against so much more."""
    for meter in meters:
        refused = meter.refusal(qty, amount, is_buy=is_buy, orders=orders)
        if refused is not None:
            return refused
    return None
