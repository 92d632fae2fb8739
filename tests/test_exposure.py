"""What limits are compared with equals a count from scratch, whatever happened, and is never above a limit on entry."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.model import SCALE, Limits, Px, Qty, Side, parse_px, parse_qty
from gateway.model.settings import Scope
from gateway.risk.exposure import Owner, Tally
from gateway.risk.rules import owner_of
from tests.guarded import Desk, money, order

LIMITS = {
    "firm": Limits(max_open_gross=money("60000"), max_venue_gross=money("20000")),
    "client=A": Limits(max_position=parse_qty("250"), max_day_orders=12, max_credit=money("30000")),
    "account=Y": Limits(max_open_net=money("15000"), max_day_notional=money("50000")),
}
WATCHED = [Scope("firm"), Scope("client", "A"), Scope("account", "Y"), Scope("symbol", "BOND"), Scope("algo", "1001")]


@dataclass
class Facts:
    """Of one parent, as a person would keep them."""

    owner: Owner
    is_buy: bool
    px: Px
    leaves: Qty
    trades: list[tuple[int, int]] = field(default_factory=list)  # quantity, price
    ended: bool = False


@dataclass
class ChildFacts:
    venue: str
    symbol: str
    is_buy: bool
    px: Px
    leaves: Qty
    rests: bool


class Life(RuleBasedStateMachine):
    """Orders come, are worked, replaced, filled and busted, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(LIMITS)
        self.parents: dict[str, Facts] = {}
        self.children: dict[str, tuple[str, ChildFacts]] = {}
        for scope in WATCHED[:2]:
            self.desk.guard.exposure.track(scope)

    @rule(
        client=strategies.sampled_from("AB"),
        given=strategies.fixed_dictionaries(
            {
                "qty": strategies.integers(1, 120).map(str),
                "price": strategies.sampled_from([None, "98", "99.37", "101"]),
                "side": strategies.sampled_from([Side.BUY, Side.SELL]),
                "symbol": strategies.sampled_from(["ACME", "BOND"]),
                "account": strategies.sampled_from([None, "X", "Y"]),
                "algo": strategies.sampled_from([None, "1001"]),
            }
        ),
    )
    def enter(self, client: str, given: dict[str, Any]) -> None:
        """R-1.4 (I16): what is refused uses nothing, and what is taken leads no limit to be exceeded, by the count."""
        found = order(**given)
        before = self.desk.guard.exposure.total(Scope("firm")).facts()
        if self.desk.judge(found, client) is not None:
            assert self.desk.guard.exposure.total(Scope("firm")).facts() == before
            return
        order_id = self.desk.enter(found, client)
        is_buy = found.side == Side.BUY
        quoted = parse_px("100" if is_buy else "99")
        a_share = (found.price or quoted) if is_buy else max(found.price or quoted, quoted)
        self.parents[order_id] = Facts(owner_of(client, found), is_buy, a_share, found.order_qty)
        firm, of_client = self.count(Scope("firm")), self.count(Scope("client", "A"))
        assert firm.buying + firm.selling <= money("60000") * SCALE
        assert of_client.orders <= 12
        if client == "A":
            paid, position = of_client.bought - of_client.sold, self.count(Scope("client", "A"), found.symbol)
            used = paid + of_client.buying if is_buy else of_client.selling - paid
            assert used <= money("30000") * SCALE
            worst = position.buying_qty + position.position if is_buy else position.selling_qty - position.position
            assert worst <= parse_qty("250")
        if found.account == "Y":
            account = self.count(Scope("account", "Y"))
            assert account.day_amount + account.buying + account.selling <= money("50000") * SCALE

    @precondition(lambda self: self.parents)
    @rule(
        data=strategies.data(),
        qty=strategies.integers(1, 60),
        venue=strategies.sampled_from(["XLON", "BATE"]),
        rests=strategies.booleans(),
    )
    def release(self, data: strategies.DataObject, qty: int, venue: str, rests: bool) -> None:
        order_id, facts = self._pick(data)
        price = "100" if facts.is_buy else "99"
        if self.desk.judge_child(order_id, str(qty), price, venue) is not None:
            return
        child = self.desk.release(order_id, str(qty), price, venue, rests=rests)
        self.children[child] = (
            order_id,
            ChildFacts(venue, facts.owner.symbol, facts.is_buy, parse_px(price), parse_qty(str(qty)), rests),
        )
        if not facts.ended:
            facts.px = max(facts.px, parse_px(price))
        assert self.gross_at(venue) <= money("20000") * SCALE

    @precondition(lambda self: self.children)
    @rule(data=strategies.data(), qty=strategies.integers(1, 70), price=strategies.sampled_from(["98.5", "100"]))
    def fill(self, data: strategies.DataObject, qty: int, price: str) -> None:
        """Also beyond what was out, and after the end."""
        child = data.draw(strategies.sampled_from(sorted(self.children)))
        order_id, sent = self.children[child]
        facts = self.parents[order_id]
        self.desk.fill(order_id, str(qty), price)
        scaled = parse_qty(str(qty))
        facts.trades.append((scaled, parse_px(price)))
        if not facts.ended:
            facts.leaves = Qty(max(facts.leaves - scaled, 0))
        sent.leaves = Qty(max(sent.leaves - scaled, 0))
        self.desk.guard.child_leaves(child, sent.leaves)

    @precondition(lambda self: any(facts.trades for facts in self.parents.values()))
    @rule(data=strategies.data())
    def bust(self, data: strategies.DataObject) -> None:
        order_id = data.draw(strategies.sampled_from([name for name, facts in self.parents.items() if facts.trades]))
        facts = self.parents[order_id]
        client, found = self.desk.orders[order_id]
        qty, px = facts.trades[-1]
        if qty > 0:
            self.desk.guard.corrected(client, found, qty=-qty, amount=-qty * px, now=self.desk.now)
            facts.trades.append((-qty, px))

    @precondition(lambda self: self.children)
    @rule(data=strategies.data(), leaves=strategies.integers(0, 60))
    def child_changes(self, data: strategies.DataObject, leaves: int) -> None:
        child = data.draw(strategies.sampled_from(sorted(self.children)))
        scaled = parse_qty(str(leaves))
        self.desk.guard.child_leaves(child, scaled)
        sent = self.children[child][1]
        sent.leaves = scaled if sent.leaves else sent.leaves  # what was done is not there any more

    @precondition(lambda self: self.parents)
    @rule(data=strategies.data())
    def end(self, data: strategies.DataObject) -> None:
        order_id, facts = self._pick(data)
        self.desk.guard.ended(order_id)
        facts.ended = True

    @precondition(lambda self: self.parents)
    @rule(data=strategies.data(), qty=strategies.integers(0, 120))
    def replace(self, data: strategies.DataObject, qty: int) -> None:
        order_id, facts = self._pick(data)
        leaves = parse_qty(str(qty))
        self.desk.guard.exposure.replaced(order_id, facts.owner, leaves, facts.px, is_buy=facts.is_buy)
        facts.leaves, facts.ended = leaves, False

    @rule(scope=strategies.sampled_from(WATCHED))
    def follow(self, scope: Scope) -> None:
        """From any moment on."""
        self.desk.guard.exposure.track(scope)
        self.desk.guard.exposure.track_in(scope, "ACME")

    def _pick(self, data: strategies.DataObject) -> tuple[str, Facts]:
        order_id = data.draw(strategies.sampled_from(sorted(self.parents)))
        return order_id, self.parents[order_id]

    def count(self, scope: Scope, symbol: str | None = None) -> Tally:
        total = Tally()
        for facts in self.parents.values():
            if not facts.owner.within(scope) or symbol not in (None, facts.owner.symbol):
                continue
            leaves = 0 if facts.ended else facts.leaves
            traded, amount = sum(qty for qty, _ in facts.trades), sum(qty * px for qty, px in facts.trades)
            if facts.is_buy:
                total.buying_qty, total.buying = total.buying_qty + leaves, total.buying + leaves * facts.px
                total.position, total.bought = total.position + traded, total.bought + amount
            else:
                total.selling_qty, total.selling = total.selling_qty + leaves, total.selling + leaves * facts.px
                total.position, total.sold = total.position - traded, total.sold + amount
            total.orders += 1
            total.trades += sum(qty > 0 for qty, _ in facts.trades)
            total.day_qty, total.day_amount = total.day_qty + traded, total.day_amount + amount
        return total

    def gross_at(self, venue: str) -> int:
        return sum(sent.leaves * sent.px for _, sent in self.children.values() if sent.venue == venue)

    @invariant()
    def what_is_used_is_what_a_count_gives(self) -> None:
        exposure = self.desk.guard.exposure
        for scope in WATCHED:
            assert exposure.total(scope).facts() == self.count(scope).facts(), scope
        for scope, tally in exposure._whole.items():
            assert tally.facts() == self.count(scope).facts(), scope
        for scope, tallies in exposure._in_symbol.items():
            for symbol, tally in tallies.items():
                assert tally.facts() == self.count(scope, symbol).facts(), (scope, symbol)
        for venue in ("XLON", "BATE"):
            assert exposure.at_venue.get(venue, 0) == self.gross_at(venue)

    @invariant()
    def no_two_children_at_a_venue_could_trade_with_each_other(self) -> None:
        """I20, for those that rest; the others are done before the next message."""
        resting = [sent for _, sent in self.children.values() if sent.rests and sent.leaves]
        for buy in (sent for sent in resting if sent.is_buy):
            for sell in (sent for sent in resting if not sent.is_buy):
                assert (buy.venue, buy.symbol) != (sell.venue, sell.symbol) or buy.px < sell.px


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=100, stateful_step_count=40)
