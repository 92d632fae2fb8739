"""A FIX client sets every parameter of every algo, in each of the three encodings, and each is refused in every wrong way."""

from functools import cache

import pytest

from algos import ALGOS
from gateway.fix.messages import write_strategy_parameters
from gateway.model import Algo, StrategyParameter
from gateway.model.dialects import Dialect, UserField, Word, Wording
from gateway.node import Gateway
from gateway.oms.parameters import known_to
from gateway.oms.plan import Plan
from tests.algo_words import algos, ended, house_value, saying, world_of

FIRST_TAG = 20_000
CASES = [(number, kind, name) for number, kind in algos() for name in known_to(kind)]
NAMES = sorted({name for _, _, name in CASES})
TAGS = {name: FIRST_TAG + place for place, name in enumerate(NAMES)}


@cache
def in_fields() -> Dialect:
    """Every parameter in a field of its own."""
    words = {number: {str(TAGS[name]): Word(name=name) for name in known_to(kind)} for number, kind in algos()}
    fields = tuple(UserField(tag, "STRING") for tag in TAGS.values())
    return Dialect(name="fields", strategies={number: number for number, _ in algos()}, words=words, fields=fields)


def group(kind: type[Algo], said: dict[str, str]) -> str:
    entries = tuple(StrategyParameter(name, known_to(kind)[name].type, text) for name, text in said.items())
    return "  ".join(f"'{field}'" for field in write_strategy_parameters(entries).split("\x01")[:-1])


def pairs(kind: type[Algo], said: dict[str, str]) -> str:  # noqa: ARG001
    return f"'848={';'.join(f'{name}={text}' for name, text in said.items())}'"


def fields(kind: type[Algo], said: dict[str, str]) -> str:  # noqa: ARG001
    return "  ".join(f"'{TAGS[name]}={text}'" for name, text in said.items())


@pytest.mark.parametrize("encoding", [group, pairs, fields])
@pytest.mark.parametrize(("number", "kind"), algos(), ids=lambda x: x if isinstance(x, str) else "")
def test_a_client_sets_every_parameter_in_every_encoding(number: str, kind: type[Algo], encoding: object) -> None:
    """One order for each, which begins later, and what it says is what the algo has."""
    assert callable(encoding)
    world = world_of(Wording(dialect=in_fields()) if encoding is fields else None)
    assert isinstance(world.node, Gateway)
    for name, parameter in known_to(kind).items():
        said = ended(saying(kind, name))
        later = "" if name == "StartTime" else "168=+60s"
        hedge = f"client < ExecutionReport  ClOrdID={name}-H" if "LegSymbol" in said and name != "DryRun" else ""
        world.converse(
            f"""
            client > NewOrderSingle   ClOrdID={name}  OrderQty=700  40=2  44=100.10  114=N  847={number}  {later}  {encoding(kind, said)}
            client < ExecutionReport  ClOrdID={name}
            {hedge}
            """
        )
        assert world.node.desk is not None
        (parent,) = (parent for parent in world.node.desk.parents.values() if parent.order.cl_ord_id == name)
        plan = parent.plan
        assert isinstance(plan, Plan), f"{name} of {number}: {said}"
        assert house_value(kind, plan, name) == parameter.read(said[name])
        assert ALGOS[number] is type(plan.algo)
