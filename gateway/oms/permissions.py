"""Who may use which algo, and where: by client, by account and by venue. Where nothing is said, all may."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from msgspec import structs

from gateway.model import NewOrder, Rejection, Settings
from gateway.model.routing import Route
from gateway.model.settings import DIRECT, Permissions
from gateway.oms.plan import Plan


class Entitlement:
    """What a start says of it; the key of orders without an algo is DIRECT."""

    def __init__(self) -> None:
        self._by = Permissions()
        self._all_may = True
        self._of_client: dict[str, tuple[str, ...] | None] = {}

    def configure(self, settings: Settings) -> None:
        self._by = settings.algos
        self._all_may = self._by == Permissions()
        self._of_client.clear()

    def refusal(self, client: str, order: NewOrder) -> Rejection | None:
        """Why the order's client or its account may not have it worked so."""
        if self._all_may:
            return None
        algo = order.target_strategy or DIRECT
        if client not in self._of_client:
            self._of_client[client] = _of_client(self._by.clients, client)
        allowed, of_account = self._of_client[client], self._by.accounts.get(order.account or "")
        if allowed is not None and algo not in allowed:
            return _refusal(algo, "of this session")
        if of_account is not None and algo not in of_account:
            return _refusal(algo, f"of Account(1) {order.account}")
        return None

    def routed(self, plan: Plan, order: NewOrder) -> Plan | Rejection:
        """The plan, kept away from the venues where such orders may not go."""
        if not self._by.venues:
            return plan
        algo = order.target_strategy or DIRECT
        barred = tuple(venue for venue, allowed in self._by.venues.items() if algo not in allowed)
        if not barred:
            return plan
        route = plan.route or Route()
        if route.venues and set(route.venues) <= set(barred):
            return _refusal(algo, f"on {route.venues[0]}")
        return structs.replace(plan, route=structs.replace(route, without=(*route.without, *barred)))


def _of_client(clients: Mapping[str, tuple[str, ...]], client: str) -> tuple[str, ...] | None:
    """By the name of its session, else by the first pattern that it fits; None: all."""
    patterns = (pattern for pattern in clients if "*" in pattern and fnmatchcase(client, pattern))
    return clients.get(client, clients.get(next(patterns, "")))


def _refusal(algo: str, where: str) -> Rejection:
    what = "an order without TargetStrategy(847)" if algo == DIRECT else f"TargetStrategy(847) {algo}"
    return Rejection(f"ALGO.PERMISSION {what} is not for orders {where}"[:200])
