"""Orders that say what they open or close, PositionEffect(77) and PositionID(2618): which of them may be taken.

What is promised to one order that closes is not there for another, so each is judged beside those at work.
"""

from collections.abc import Iterable, Iterator

from gateway.model import NewOrder, Qty, Rejection
from gateway.oms.order import ParentOrder
from gateway.oms.positions import CLOSING, Positions, sign_of


class Effects:
    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        # Orders that close, by account, symbol and direction; those that are done go when the next one is judged.
        self._closing: dict[tuple[str, str, int], dict[str, ParentOrder]] = {}

    def refusal(
        self, client: str, order: NewOrder, replaces: ParentOrder | None, before: Iterable[NewOrder] = ()
    ) -> Rejection | None:
        """Why an order, new or as `replaces` shall be, may not trade in its account or have the effect it states.

        `before` are orders that are judged with it, and that would be at work before it.
        """
        account = order.account or ""
        if not self._positions.may_use(client, account):
            text = f"ORDER.ACCOUNT Account(1) {account[:64]} is not this session's"
            return Rejection(text)
        if order.position_effect is None and order.position_id is None:
            return None
        of_all, of_it = self._promised(order, replaces)
        for listed in before:
            if listed.position_effect in CLOSING and _place(listed) == _place(order):
                of_all += listed.order_qty
                of_it += listed.order_qty if listed.position_id == order.position_id else 0
        filled = 0 if replaces is None else replaces.cum_qty
        return self._positions.refusal(
            account,
            order.symbol,
            order.side,
            Qty(max(order.order_qty - filled, 0)),
            position_effect=order.position_effect,
            position_id=order.position_id,
            closing=of_all,
            closing_it=of_it,
        )

    def stands(self, parent: ParentOrder) -> None:
        """These are the order's terms now, or something of it is open again."""
        if parent.order.position_effect in CLOSING:
            self._closing.setdefault(_place(parent.order), {})[parent.order_id] = parent

    def _promised(self, order: NewOrder, replaces: ParentOrder | None) -> tuple[int, int]:
        """What orders at work close, and by the same position id. Of those that a list bonds one closes in the end."""
        of_all: dict[str, int] = {}
        of_it: dict[str, int] = {}
        own = "" if replaces is None else replaces.bonded
        for other in self._others(order, replaces):
            name, leaves = other.bonded or other.order_id, _still_closes(other)
            if name != own:
                of_all[name] = max(of_all.get(name, 0), leaves)
                if other.order.position_id == order.position_id:
                    of_it[name] = max(of_it.get(name, 0), leaves)
        return sum(of_all.values()), sum(of_it.values())

    def _others(self, order: NewOrder, replaces: ParentOrder | None) -> Iterator[ParentOrder]:
        at_work = self._closing.get(_place(order), {})
        for order_id, other in list(at_work.items()):
            if not _still_closes(other) or _place(other.order) != _place(order):
                del at_work[order_id]
            elif other is not replaces:
                yield other


def _place(order: NewOrder) -> tuple[str, str, int]:
    return order.account or "", order.symbol, sign_of(order.side)


def _still_closes(parent: ParentOrder) -> int:
    """As much as it may yet be filled for, on the terms it has or on those it waits for."""
    wanted = max((request.order.order_qty for request in parent.requests if request.order is not None), default=0)
    return max(parent.leaves_qty, parent.reserved, wanted - parent.cum_qty)
