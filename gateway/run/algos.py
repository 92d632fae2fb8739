"""All algos there are: those that come with the gateway, and those of other packages that are installed.

A package offers an algo as an entry point of the group `gateway.algos`, whose name is its TargetStrategy(847):

    [project.entry-points."gateway.algos"]
    2001 = "my_package.patient:Patient"
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from pydantic.dataclasses import is_pydantic_dataclass

from algos import ALGOS
from gateway.model import Algo, name_of
from gateway.model.settings import DIRECT

GROUP = "gateway.algos"
FIRST = 1000  # FIX leaves the numbers from here on to those who trade with each other


class AlgoError(ValueError):
    """An installed package offers an algo that cannot be used. Says which, why, and what to do."""


@cache
def installed() -> Mapping[str, type[Algo]]:
    """By TargetStrategy(847), "0" being none. Raises AlgoError."""
    found = dict(ALGOS)
    for point in entry_points(group=GROUP):
        package = "a package without a name" if point.dist is None else f"{point.dist.name} {point.dist.version}"
        where = f"algo {point.name} of {package}"
        if not (point.name.isascii() and point.name.isdigit() and FIRST <= int(point.name) < 1_000_000_000):
            raise AlgoError(f"{where}: its name has to be a TargetStrategy(847) from {FIRST} on")
        if point.name in found:
            raise AlgoError(f"{where}: {point.name} is taken by {found[point.name].__module__}; give it another number")
        try:
            kind = point.load()
        except (ImportError, AttributeError) as error:
            raise AlgoError(f"{where}: {point.value} cannot be imported: {error!r}; mend or uninstall it") from error
        if Algo not in getattr(kind, "__mro__", ())[1:]:
            raise AlgoError(f"{where}: {point.value} is no gateway.model.Algo")
        is_checked = is_pydantic_dataclass(kind)
        if not is_checked:
            raise AlgoError(f"{where}: {point.value} is no pydantic.dataclasses.dataclass")
        found[point.name] = kind
    return MappingProxyType(found)


def named(text: object) -> str:
    """The TargetStrategy(847) of an algo by its name in any case, or by its number; '' of `none`. Raises ValueError."""
    wanted = str(text).upper()
    if wanted == "NONE":
        return ""
    for number, name in _names().items():
        if wanted in (number, name):
            return number
    raise ValueError(f"must be a TargetStrategy(847), or one of none, {', '.join(dict.fromkeys(_names().values()))}")


def algo_name(number: str | None) -> str | None:
    """The name of an algo that is installed, or the number as it is."""
    try:
        return _names().get(number or "", number)
    except AlgoError:
        return number


def _names() -> dict[str, str]:
    return {number: name_of(kind) for number, kind in installed().items() if number != DIRECT}
