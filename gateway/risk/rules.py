"""Which limits concern the orders of one owner, and children at one venue: found once, until a limit changes."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from gateway.model import (
    SCALE,
    SECOND,
    Instrument,
    Level,
    NewOrder,
    Ns,
    Px,
    Qty,
    Rejection,
    Settings,
    print_scaled,
)
from gateway.model.settings import DIRECT, FIRM, Scope
from gateway.risk.checks import Bounds
from gateway.risk.conduct import Window
from gateway.risk.exposure import MANY, Exposure, Owner
from gateway.risk.limits import LimitBook
from gateway.risk.meters import Meter, meters

_ANY: Final = 1 << 63


class Rules(Struct, frozen=True, kw_only=True):
    """Of an owner's orders. None: there is no limit."""

    owner: Owner
    scopes: tuple[Scope, ...]
    bounds: Bounds
    meters: tuple[Meter, ...]
    windows: tuple[tuple[Scope, Window], ...]
    duplicate_s: int
    rolling_bps: int | None
    max_age: Ns | None
    max_repeats: int | None
    special: bool  # there is more to look at than an order by itself


class VenueRules(Struct, frozen=True, kw_only=True):
    scope: Scope
    max_qty: int | None
    max_notional: int | None
    max_gross: int | None
    window: Window | None
    bounded: bool  # any of these is there

    def within(self, levels: tuple[Level, ...], opened: int, now: Ns) -> tuple[Level, ...]:
        """Of levels, the best first, as much as a child may go for, where that amount is open already."""
        if not self.bounded:
            return levels
        found, total = list[Level](), 0
        for level in levels:
            size = min(level.size, self._room(level.price, opened, now) - total)
            if size > 0:
                found.append(Level(level.price, Qty(size)))
            if size < level.size:
                break
            total += size
        return tuple(found)

    def _room(self, price: Px, opened: int, now: Ns) -> int:
        if self.window is not None and self.window.full(now):
            return 0
        most = _ANY if self.max_qty is None else self.max_qty
        if self.max_notional is not None:
            most = min(most, self.max_notional * SCALE // price)
        if self.max_gross is not None:
            most = min(most, max(self.max_gross * SCALE - opened, 0) // price)
        return most

    def refusal(self, qty: Qty, price: Px, opened: int, now: Ns) -> Rejection | None:
        """What speaks against such a child there, where that amount is open already."""
        venue, amount = self.scope.name, qty * price
        if self.max_qty is not None and qty > self.max_qty:
            return _above(f"OrderQty(38) {print_scaled(qty)} on {venue}", self.max_qty)
        if self.max_notional is not None and amount > self.max_notional * SCALE:
            return _above(f"an order worth {print_scaled(amount // SCALE)} on {venue}", self.max_notional)
        if self.max_gross is not None and opened + amount > self.max_gross * SCALE:
            return _above(f"open orders worth {print_scaled((opened + amount) // SCALE)} on {venue}", self.max_gross)
        if self.window is not None and self.window.full(now):
            return Rejection(f"RISK.RATE {self.scope} has got all it may in this second")
        return None


def owner_of(client: str, order: NewOrder) -> Owner:
    return Owner._make((client, order.account or "", order.symbol, order.target_strategy or DIRECT))


class Rulebook:
    def __init__(self, book: LimitBook, exposure: Exposure) -> None:
        self._book = book
        self._exposure = exposure
        self._instruments: Mapping[str, Instrument] = {}
        self._venue_names: tuple[str, ...] = ()
        self._of: dict[Owner, Rules] = {}
        self._at: dict[str, VenueRules] = {}
        self._windows: dict[Scope, Window] = {}
        self._last: tuple[str, NewOrder | None, Rules | None] = (
            "",
            None,
            None,
        )  # one order is asked for again and again

    def configure(self, settings: Settings) -> None:
        self._instruments = {instrument.symbol: instrument for instrument in settings.instruments}
        self._venue_names = tuple(venue.name for venue in settings.venues)
        self.forget()

    def forget(self) -> None:
        """Limits have changed."""
        self._of.clear()
        self._at.clear()
        self._last = ("", None, None)

    def of(self, client: str, order: NewOrder) -> Rules | None:
        """None: its symbol is not traded."""
        known, last, rules = self._last
        if last is not order or known != client:
            owner = owner_of(client, order)
            rules = self._of.get(owner) or self._find(owner)
            self._last = (client, order, rules)
        return rules

    def owner(self, client: str, order: NewOrder) -> Owner:
        """Of an order whose symbol need not be traded any more."""
        rules = self.of(client, order)
        return owner_of(client, order) if rules is None else rules.owner

    def at(self, venue: str) -> VenueRules:
        return self._at.get(venue) or self._find_venue(venue)

    def _find(self, owner: Owner) -> Rules | None:
        instrument = self._instruments.get(owner.symbol)
        if instrument is None:
            return None
        scopes, book = owner.scopes(), self._book
        automated = owner.algo != DIRECT
        unset = book.unset(scopes, automated=automated, venues=self._venue_names)
        facts = book.at(Scope("symbol", owner.symbol))
        metered = tuple(meters(scopes, {scope: book.at(scope) for scope in scopes}, owner.symbol, self._exposure))
        windows = tuple((scope, window) for scope in scopes if (window := self._window(scope)) is not None)
        duplicate_s = max(book.at(scope).duplicate_s or 0 for scope in scopes)
        rolling_bps, age_s = book.tightest(scopes, "rolling_collar_bps"), book.tightest(scopes, "max_quote_age_s")
        repeats = book.tightest(scopes, "max_repeats") if automated else None
        timed = any(limit is not None for limit in (rolling_bps, age_s, repeats))
        rules = Rules(
            owner=owner,
            scopes=scopes,
            bounds=Bounds(
                instrument=instrument,
                unset=", ".join(unset),
                max_qty=Qty(book.tightest(scopes, "max_order_qty") or 0),
                max_notional=book.tightest(scopes, "max_order_notional") or 0,
                collar_bps=book.tightest(scopes, "collar_bps") or 0,
                max_adv_bps=book.tightest(scopes, "max_adv_bps"),
                adv=facts.adv,
                restricted=bool(facts.restricted),
                hard_to_borrow=bool(facts.hard_to_borrow),
            ),
            meters=metered,
            windows=windows,
            duplicate_s=duplicate_s,
            rolling_bps=rolling_bps,
            max_age=None if age_s is None else Ns(age_s * SECOND),
            max_repeats=repeats,
            special=timed or bool(metered or windows or duplicate_s),
        )
        if len(self._of) >= MANY:
            self._of.clear()
        self._of[owner] = rules
        return rules

    def _find_venue(self, venue: str) -> VenueRules:
        scope = Scope("venue", venue)
        limits, gross = self._book.at(scope), self._book.tightest((FIRM, scope), "max_venue_gross")
        bounds, window = (limits.max_order_qty, limits.max_order_notional, gross), self._window(scope)
        found = self._at[venue] = VenueRules(
            scope=scope,
            max_qty=limits.max_order_qty,
            max_notional=limits.max_order_notional,
            max_gross=gross,
            window=window,
            bounded=window is not None or any(bound is not None for bound in bounds),
        )
        return found

    def _window(self, scope: Scope) -> Window | None:
        """One for each scope, whoever shares it."""
        limit = self._book.at(scope).max_orders_per_s
        if limit is None:
            return None
        window = self._windows.get(scope)
        if window is None:
            window = self._windows[scope] = Window(limit)
        window.limit = limit
        return window


def _above(what: str, bound: int) -> Rejection:
    return Rejection(f"RISK.VENUE {what} is above {print_scaled(bound)}")
