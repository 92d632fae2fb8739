"""`algos` of a [[client]], an [[account]] or a [[venue]]: which algos are for its orders, by TargetStrategy(847)."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Protocol

from pydantic import BeforeValidator

from gateway.model.settings import DIRECT, Permissions
from gateway.run.algos import installed
from gateway.run.tables import Table


def _algo(value: object) -> str:
    if not isinstance(value, str) or value not in installed():
        known = ", ".join(sorted(installed(), key=int))
        raise ValueError(f'must be one of {known}, each in quotes; "{DIRECT}" are orders without an algo')
    return value


class AlgoKeys(Table):
    algos: list[Annotated[str, BeforeValidator(_algo)]] | None = None  # None: all


class Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def algos(self) -> list[str] | None: ...


def permissions(clients: Mapping[str, AlgoKeys], accounts: Iterable[Named], venues: Iterable[Named]) -> Permissions:
    """In the core's words."""
    return Permissions(
        clients={name: tuple(found.algos) for name, found in clients.items() if found.algos is not None},
        accounts={found.name: tuple(found.algos) for found in accounts if found.algos is not None},
        venues={found.name: tuple(found.algos) for found in venues if found.algos is not None},
    )
