"""All that stands between an order and a venue: `entry` judges a client's order, `child` each of its children.

Neither changes what is used of a limit; `accepted`, `released`, `filled` and `ended` do, when it happened.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from gateway.model import (
    PLAIN,
    SECOND,
    Level,
    NewOrder,
    Ns,
    Px,
    Qty,
    Quote,
    Rejection,
    Settings,
    Side,
    TimeInForce,
    print_scaled,
)
from gateway.model.ratio import Ratio
from gateway.model.settings import FIRM, RiskStatus, Scope
from gateway.risk.checks import SHORT, check, check_handling, check_lists, collar, reached, unknown, worth
from gateway.risk.conduct import Entered, terms_of
from gateway.risk.exposure import Exposure, Owner
from gateway.risk.limits import LimitBook
from gateway.risk.loss import Losses
from gateway.risk.meters import metered
from gateway.risk.program import Trial, too_much
from gateway.risk.reference import References, through
from gateway.risk.rules import Rulebook, Rules, owner_of
from gateway.risk.switch import HALTED, KillSwitch, StopNote

# Members of an Enum take their time to be looked up.
_BUY, _IOC, _FOK = Side.BUY, TimeInForce.IOC, TimeInForce.FOK
DAY: Final = 86_400 * SECOND
# What a child is refused for that need not be so a moment later; its parent waits.
_PASSING: Final = frozenset(
    {"RISK.HALTED", "RISK.REDUCING", "RISK.REFERENCE", "RISK.STALE", "RISK.ROLLING", "RISK.RATE", "RISK.SELFTRADE"}
    | {"RISK.VENUE", "RISK.REPEATS", "RISK.GROSS", "RISK.NET", "RISK.CREDIT", "RISK.POSITION"}
    | {"RISK.DAYQTY", "RISK.DAYNOTIONAL", "RISK.DAYORDERS", "RISK.DAYTRADES"}
)


class Guard:
    """`note(kind, fact)` is told of stops and changed limits. `tripped` has scopes whose orders are to be pulled."""

    def __init__(self, note: Callable[[str, Struct], None]) -> None:
        self.exposure = Exposure()
        self.switch = KillSwitch()
        self.book = LimitBook()
        self.tripped: list[Scope] = []
        self.follows_quotes = False  # some limit is about prices over time
        self.note = note
        self._losses = Losses(self.exposure)
        self._references = References()
        self._entered = Entered()
        self._repeats: dict[str, int] = {}  # children by algo since a person last let it go on
        self._rules = Rulebook(self.book, self.exposure)
        self._close = 0  # from midnight, in Ns
        self._day_end = Ns(0)

    def configure(self, settings: Settings) -> None:
        """The world as of this start; what is used, stopped and set by command stays."""
        self._close = (settings.close_s or 0) * SECOND
        self._references.forget()
        self.book.configure(settings, lambda changed: self.note("limit", changed))
        self._rules.configure(settings)
        self.limits_changed()

    def limits_changed(self) -> None:
        """What was found in the book is looked up anew."""
        self._rules.forget()
        lossy = {
            scope: (limits.max_loss, limits.max_drawdown)
            for scope in self.book.scopes()
            if (limits := self.book.at(scope)).max_loss is not None or limits.max_drawdown is not None
        }
        self._losses.configure(lossy)
        self._entered.longest_s = max((self.book.at(scope).duplicate_s or 0 for scope in self.book.scopes()), default=0)
        self.follows_quotes = bool(lossy) or any(
            limits.rolling_collar_bps is not None or limits.max_quote_age_s is not None
            for limits in map(self.book.at, self.book.scopes())
        )

    def status(self) -> RiskStatus:
        return RiskStatus(stops=self.switch.status(), limits=self.book.status())

    # -- judgement

    def entry(
        self,
        client: str,
        order: NewOrder,
        quote: Quote,
        now: Ns,
        *,
        replaces: str | None = None,
        cum_qty: Qty = Qty(0),  # noqa: B008
    ) -> Rejection | None:
        """Whether a client's order may be taken; None: it may.

        `replaces` is the OrderID whose terms it shall be, with `cum_qty` filled so far.
        """
        if now >= self._day_end:
            self._new_day(now)
        rules = self._rules.of(client, order)
        if rules is None:
            return unknown(order.symbol)
        side, qty, price, bounds = order.side, order.order_qty, order.price, rules.bounds
        is_buy = side == _BUY
        held, a_share = (Qty(0), Px(0)) if replaces is None else self.exposure.open_order(replaces)
        more = max(qty - cum_qty, 0) - held
        if self.switch.stops:
            refused = self._stopped(rules.scopes, replaces, order.symbol, more, is_buy=is_buy)
            if refused is not None:
                return refused
        handling, market = order.handling, quote
        if handling is not PLAIN:
            refused = check_handling(bounds.instrument, order)
            if refused is not None:
                return refused
            market = reached(order, quote)
        refused = check(bounds, side=side, qty=qty, price=price, quote=market)
        if refused is not None:
            return refused
        if bounds.restricted or side in SHORT:
            refused = check_lists(bounds, side, order.locate_reqd, order.locate_broker)
            if refused is not None:
                return refused
        if not rules.special:
            return None
        amount = (more + held) * worth(side, price, market) - held * a_share
        if market is quote:  # What waits for a price is measured by the quotes of then, with its children.
            refused = self._references.refusal(
                quote, price, now, max_age=rules.max_age, rolling_bps=rules.rolling_bps, is_buy=is_buy
            )
        if refused is None and (replaces is None or more > 0 or amount > 0):  # to ask for less is always allowed
            refused = metered(rules.meters, more, amount, is_buy=is_buy, orders=replaces is None)
        return refused or self._conduct(rules, order, now, replaces=replaces)

    def child(
        self, order_id: str, client: str, order: NewOrder, *, venue: str, qty: Qty, price: Px, quote: Quote, now: Ns
    ) -> Rejection | None:
        """Whether a child of that parent may leave for a venue; None: it may."""
        rules = self._rules.of(client, order)
        if rules is None:
            return unknown(order.symbol)
        side = order.side
        refused = check(rules.bounds, side=side, qty=qty, price=price, quote=quote)
        if refused is not None:
            return refused
        if rules.bounds.restricted:
            return check_lists(rules.bounds, side, None, None)
        is_buy = side == _BUY
        if self.exposure.crosses(venue, order.symbol, price, is_buy=is_buy):
            text = f"RISK.SELFTRADE at {print_scaled(price)} it could trade with another child of ours on {venue}"
            return Rejection(text)
        at_venue = self._rules.at(venue)
        if self.switch.stops:
            scopes = (*rules.scopes, at_venue.scope)
            refused = self._stopped(scopes, order_id, order.symbol, 0, is_buy=is_buy)
            if refused is not None:
                return refused
        if rules.special:
            _, a_share = self.exposure.open_order(order_id)
            # What the parent counts for is counted already; only a worse price adds to it.
            beyond = qty * max(price - a_share, 0)
            refused = (
                self._references.refusal(
                    quote, price, now, max_age=rules.max_age, rolling_bps=rules.rolling_bps, is_buy=is_buy
                )
                or metered(rules.meters, 0, beyond, is_buy=is_buy, orders=0)
                or self._repeated(rules, now)
            )
            if refused is not None:
                return refused
        return at_venue.refusal(qty, price, self.exposure.at_venue.get(venue, 0), now)

    def collar(self, client: str, order: NewOrder, quote: Quote, now: Ns) -> Px | None:
        """The worst price that a child may have at this quote; None where there is nothing to measure by."""
        rules = self._rules.of(client, order)
        if rules is None or rules.bounds.unset:
            return None
        bound = collar(rules.bounds.collar_bps, order.side, quote)
        if bound is not None and rules.rolling_bps is not None:
            is_buy = order.side == _BUY
            best = self._references.best(quote, now, is_buy=is_buy)
            if best is not None:
                rolling = through(best, rules.rolling_bps, is_buy=is_buy)
                bound = min(bound, rolling) if is_buy else max(bound, rolling)
        return bound

    def program(
        self, client: str, orders: Sequence[NewOrder], quotes: Mapping[str, Quote], now: Ns, *, is_list: bool = True
    ) -> list[Rejection | None]:
        """What speaks against each of several orders if those before it were taken; None: it may be."""
        trial = Trial(self.exposure)
        verdicts: list[Rejection | None] = []
        for order in orders:
            quote, rules = quotes[order.symbol], self._rules.of(client, order)
            refused = self.entry(client, order, quote, now)
            if refused is None and rules is not None:
                refused = trial.refusal(rules, order, now)
                trial.take(rules, order, quote)
            verdicts.append(refused)
        trial.over()
        return verdicts if any(verdicts) or not is_list else [too_much(self.book, client, orders, quotes)] * len(orders)

    def trades_on(self, venue: str) -> bool:
        """Whether children may go there at all."""
        return not self.switch.stops or Scope("venue", venue) not in self.switch.stops

    def within(self, levels: Mapping[str, tuple[Level, ...]], now: Ns) -> Mapping[str, tuple[Level, ...]]:
        """Of levels by venue, the best first, as much as a child there may go for by the limits of the venue."""
        at, opened = self._rules.at, self.exposure.at_venue
        for venue in levels:
            if at(venue).bounded:
                return {venue: at(venue).within(each, opened.get(venue, 0), now) for venue, each in levels.items()}
        return levels

    @staticmethod
    def concerns(scope: Scope, client: str, order: NewOrder) -> bool:
        """Whether an order is in a scope that is neither a venue nor an order itself."""
        return owner_of(client, order).within(scope)

    @staticmethod
    def passes(refused: Rejection) -> bool:
        """Whether a child that was refused so may be tried again later."""
        return refused.text.partition(" ")[0] in _PASSING

    # -- what happened

    def accepted(self, order_id: str, client: str, order: NewOrder, quote: Quote, now: Ns) -> None:
        rules, side = self._rules.of(client, order), order.side
        a_share = worth(side, order.price, reached(order, quote))
        owner = owner_of(client, order) if rules is None else rules.owner
        self.exposure.accepted(order_id, owner, order.order_qty, a_share, is_buy=side == _BUY)
        if rules is not None and rules.special:
            for _, window in rules.windows:
                window.take(now)
            if rules.duplicate_s:
                self._entered.add(terms_of(owner, order), now)

    def replacing(self, order_id: str, client: str, order: NewOrder, *, cum_qty: Qty, quote: Quote, now: Ns) -> None:
        """New terms were admitted and wait for the children: whichever is more is open until then."""
        rules = self._rules.of(client, order)
        for _, window in rules.windows if rules is not None else ():
            window.take(now)
        held, a_share = self.exposure.open_order(order_id)
        leaves, new = Qty(max(order.order_qty - cum_qty, 0)), worth(order.side, order.price, reached(order, quote))
        self._reopen(order_id, client, order, max(held, leaves), max(a_share, new))

    def replaced(
        self, order_id: str, client: str, order: NewOrder, leaves: Qty, quote: Quote, *, pending: bool = False
    ) -> None:
        """These terms hold, and so much is open; also when a bust or a new day opens it again.

        While another replace is `pending` it is no less than before.
        """
        held, known = self.exposure.open_order(order_id)
        a_share = worth(order.side, order.price, reached(order, quote)) or known
        if pending:
            leaves, a_share = max(leaves, held), max(a_share, known)
        self._reopen(order_id, client, order, leaves, a_share)

    def _reopen(self, order_id: str, client: str, order: NewOrder, leaves: Qty, a_share: Px) -> None:
        self.exposure.replaced(order_id, self._rules.owner(client, order), leaves, a_share, is_buy=order.side == _BUY)

    def ended(self, order_id: str) -> None:
        """Nothing of the parent is open any more."""
        self.exposure.ended(order_id)

    def released(self, order: NewOrder, venue: str, child: NewOrder, now: Ns) -> None:
        """A child of that order leaves. One that is not immediate may rest on the venue's book."""
        is_buy, price, exposure = order.side == _BUY, child.price or Px(0), self.exposure
        rests = child.time_in_force not in (_IOC, _FOK)
        exposure.released(child.cl_ord_id, venue, child.symbol, child.order_qty, price, is_buy=is_buy, rests=rests)
        exposure.raise_worth(child.parent_order_id or "", price)
        if order.target_strategy is not None:
            self._repeats[order.target_strategy] = self._repeats.get(order.target_strategy, 0) + 1
        window = self._rules.at(venue).window
        if window is not None:
            window.take(now)

    def filled(self, order_id: str, client: str, order: NewOrder, *, qty: Qty, px: Px, now: Ns) -> None:
        if now >= self._day_end:
            self._new_day(now)
        owner = self.exposure.owner(order_id) or self._rules.owner(client, order)
        self.exposure.filled(order_id, owner, qty, px, is_buy=order.side == _BUY)
        if self._losses.watching:
            self._check_losses(owner, px, now)

    def corrected(self, client: str, order: NewOrder, *, qty: int, amount: int, now: Ns) -> None:
        """Of an order's trades, one was taken back or corrected: so much more, or less; the amount in 1e-16."""
        owner = self._rules.owner(client, order)
        self.exposure.corrected(owner, qty, amount, is_buy=order.side == _BUY)
        if self._losses.watching:
            self._check_losses(owner, None, now)

    def allocated(self, client: str, order: NewOrder, account: str | None, *, qty: int, amount: int, now: Ns) -> None:
        """So much that was traded as `order` is the account's now, in 1e-16, or where negative no longer."""
        owner = owner_of(client, order)._replace(account=account or "")
        self.exposure.moved(owner, qty, amount, is_buy=order.side == _BUY)
        if self._losses.watching:
            self._check_losses(owner, None, now)

    def split(self, symbol: str, ratio: Ratio) -> None:
        self.exposure.split(symbol, ratio)
        self._losses.split(symbol, ratio)
        self._references.split(symbol)

    def _check_losses(self, owner: Owner, px: Px | None, now: Ns) -> None:
        for scope, why in self._losses.traded(owner, px):
            self.trip(scope, why, now)

    def child_leaves(self, child_id: str, leaves: Qty) -> None:
        """So much of it the venue may still fill."""
        self.exposure.child_leaves(child_id, leaves)

    def child_is_back(self, child_id: str, venue: str, order: NewOrder, leaves: Qty, price: Px, *, rests: bool) -> None:
        """A child of that order that was done has so much on the venue's book again."""
        is_buy = order.side == _BUY
        self.exposure.released(child_id, venue, order.symbol, leaves, price, is_buy=is_buy, rests=rests)

    def market_moved(self, quote: Quote, now: Ns) -> None:
        """Needed only while it `follows_quotes`."""
        self._references.moved(quote, now)
        for scope, why in self._losses.moved(quote):
            self.trip(scope, why, now)

    def trip(self, scope: Scope, why: str, now: Ns) -> None:
        """Stop the scope without being told to."""
        self.stop(scope, HALTED, what="kill", who="risk", why=why, now=now)

    def stop(self, scope: Scope, state: str, *, what: str, who: str, why: str, now: Ns) -> None:
        """Whoever trades in that scope stops, or only reduces; doing it again pulls what is live again."""
        before = self.switch.state(scope)
        if self.switch.stop(scope, state, who=who, why=why, now=now):
            self.note("stop", StopNote(scope=str(scope), what=what, who=who, why=why, before=before, after=state))
        if scope not in self.tripped:
            self.tripped.append(scope)

    def rearmed(self, scope: Scope) -> None:
        """The scope trades again: what stopped it by itself begins anew."""
        if scope.kind == "algo":
            self._repeats.pop(scope.name, None)
        self._losses.pardon(scope)

    # -- parts of a judgement

    def _stopped(
        self, scopes: tuple[Scope, ...], order_id: str | None, symbol: str, more: int, *, is_buy: bool
    ) -> Rejection | None:
        if order_id is not None:
            scopes = (*scopes, Scope("order", order_id))
        found = self.switch.first(scopes)
        if found is None:
            return None
        scope, stop = found
        if stop.state == HALTED:
            return Rejection(f"RISK.HALTED trading is stopped for {scope}")
        for reducing in [scope for scope in scopes if scope in self.switch.stops]:
            held = self.exposure.total(FIRM if reducing.kind in ("venue", "order") else reducing, symbol)
            left = -held.position - held.buying_qty if is_buy else held.position - held.selling_qty
            if left < more >= 0:
                return Rejection(f"RISK.REDUCING {reducing} may only reduce what it holds")
        return None

    def _conduct(self, rules: Rules, order: NewOrder, now: Ns, *, replaces: str | None) -> Rejection | None:
        if (
            rules.duplicate_s
            and replaces is None
            and self._entered.within(terms_of(rules.owner, order), rules.duplicate_s, now)
        ):
            text = f"RISK.DUPLICATE an order of the same terms was taken less than {rules.duplicate_s} s ago"
            return Rejection(text)
        for scope, window in rules.windows:
            if window.full(now):
                return Rejection(f"RISK.RATE {scope} has sent all it may in this second")
        return None

    def _repeated(self, rules: Rules, now: Ns) -> Rejection | None:
        algo, bound = rules.owner.algo, rules.max_repeats
        if bound is None or self._repeats.get(algo, 0) < bound:
            return None
        why = f"RISK.REPEATS algo {algo} has sent {bound} children since a person last let it go on"
        self.trip(Scope("algo", algo), why, now)
        return Rejection(why)

    def _new_day(self, now: Ns) -> None:
        """Days end at the close, or at midnight UTC."""
        self._day_end = Ns(now - (now - self._close) % DAY + DAY)
        self.exposure.new_day()
        self._losses.new_day()
