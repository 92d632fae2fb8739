"""[[account]]: how the positions of an account are kept, and whose it is. Accounts without a table are everybody's."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import Field

from gateway.model.positions import Accounting
from gateway.run.algos_table import AlgoKeys
from gateway.run.tables import Id, Name, duplicates, tables


class AccountTable(AlgoKeys):
    name: Name  # Account(1)
    mode: Literal["netting", "hedging"] = "netting"
    cost: Literal["average", "fifo"] = "average"
    clients: list[Id] = Field(default=[])  # names of their sessions; none: everybody's


def accounts(found: Iterable[AccountTable]) -> dict[str, Accounting]:
    """In the core's words, by Account(1)."""
    return {own.name: Accounting(mode=own.mode, cost=own.cost, clients=tuple(own.clients)) for own in found}


def contradictions(document: dict[str, Any], clients: set[str]) -> Iterator[str]:
    """Accounts that are told twice, and clients that there are not."""
    found = tables(document, "account")
    yield from duplicates([(f"{place}.name", own.get("name")) for place, own in found])
    for place, own in found:
        named = own.get("clients", [])
        for client in named if isinstance(named, list) else ():
            if isinstance(client, str) and not any(fnmatchcase(client, name) for name in clients):
                yield f"{place}.clients: there is no client {client}"
