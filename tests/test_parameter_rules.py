"""Every rule about parameters of algos has an order that breaks it, and is refused with the code of that rule.

What the algos declare is broken in every way there is, so that an algo that lands later is in it by itself; the rules
that are about more than one declaration stand in a table.
"""

from collections.abc import Iterator
from itertools import product

import pytest
from pydantic import ValidationError

from gateway.model import (
    Algo,
    Common,
    NewOrder,
    OrdType,
    Parameter,
    ParameterType,
    Quote,
    Rejection,
    Side,
    StrategyParameter,
    parameters,
    parse_px,
    parse_qty,
)
from gateway.model.constraints import Constraint
from gateway.model.refusals import REFUSALS
from gateway.oms.parameters import known_to
from gateway.oms.strategy import plan
from tests.algo_words import algos, ended, saying, texts, world_of
from tests.conversation.language import START

ANY_TEXT = {"Venues", "ExclVenues", "LegSymbol"}  # what there is not is refused by what knows of it
_NO_VALUE = {
    ParameterType.INT: ("1.5", "-1", "x"),
    ParameterType.FLOAT: ("x", "1e2"),
    ParameterType.QTY: ("x", "1e2"),
    ParameterType.PRICE: ("x", "1e2"),
    ParameterType.PRICE_OFFSET: ("x", "1e2"),
    ParameterType.PERCENTAGE: ("x", "25%"),
    ParameterType.CHAR: ("xx",),
    ParameterType.BOOLEAN: ("1", "yes"),
    ParameterType.STRING: ("?",),
    ParameterType.UTC_TIMESTAMP: ("15:00:00", "20260231-15:00:00"),
    ParameterType.MULTIPLE_STRING_VALUE: (),
}
BY_ALGO = [(number, kind) for number, kind in algos()]


def refused(number: str, entries: list[tuple[str, str, str]]) -> str:
    """Text(58) of the refusal; '' where it is taken. An entry is name, type and value."""
    order = NewOrder(
        cl_ord_id="P",
        symbol="ACME",
        side=Side.BUY,
        order_qty=parse_qty("700"),
        ord_type=OrdType.LIMIT,
        price=parse_px("100.10"),
        target_strategy=number,
        strategy_parameters=tuple(StrategyParameter(*entry) for entry in entries),
    )
    found = plan(order, dict(algos()), now=START, close=None, quote=lambda symbol: Quote(symbol=symbol))
    return found.text if isinstance(found, Rejection) else ""


def as_entries(kind: type[Algo], said: dict[str, str]) -> list[tuple[str, str, str]]:
    return [(name, known_to(kind)[name].type.value, text) for name, text in said.items()]


def wrong_values(parameter: Parameter) -> Iterator[tuple[str, str]]:
    """Values that it cannot have, with the code."""
    if parameter.type is not ParameterType.STRING or (parameter.own_read is not None and not parameter.choices):
        yield from ((text, "ALGO.FORMAT") for text in _NO_VALUE[parameter.type])
    if parameter.choices:
        yield "?", "ALGO.RANGE"
    if parameter.minimum is not None and (parameter.minimum > 0 or parameter.type is not ParameterType.INT):
        yield parameter.show(parameter.minimum - 1), "ALGO.RANGE"
    if parameter.maximum is not None:
        yield parameter.show(parameter.maximum + 1), "ALGO.RANGE"


@pytest.mark.parametrize(("number", "kind"), BY_ALGO, ids=lambda x: x if isinstance(x, str) else "")
def test_each_parameter_is_refused_in_every_way_it_can_be_wrong(number: str, kind: type[Algo]) -> None:
    """Another type, no value of its type, out of bounds, none of its choices, twice, unknown, or missing."""
    for name, parameter in known_to(kind).items():
        said = ended(saying(kind, name))
        right = as_entries(kind, said)
        (place,) = (at for at, entry in enumerate(right) if entry[0] == name)
        code, text = right[place][1:]
        assert refused(number, right) == "", name
        rows = [(("14" if code != "14" else "1"), text, "ALGO.TYPE")]
        rows += [(code, wrong, answer) for wrong, answer in wrong_values(parameter)]
        assert len(rows) > 1 or name in ANY_TEXT, f"{name} can have any value"
        for other_code, wrong, answer in rows:
            entries = [*right[:place], (name, other_code, wrong), *right[place + 1 :]]
            found = refused(number, entries)
            assert found.startswith((f"{answer} {name}", f"{answer} StrategyParameterType(959) of {name}")), (
                wrong,
                found,
            )
        assert refused(number, [*right, right[place]]) == f"ALGO.CONFLICT {name} is given twice"
        assert refused(number, [*right, (f"{name}x", code, text)]) == f"ALGO.PARAMETER {name}x"
        if parameter.required:
            assert refused(number, right[:place] + right[place + 1 :]) == f"ALGO.MISSING {name}"


CONSTRAINTS = [
    (number, kind, constraint)
    for number, kind in algos()
    for model in (Common, kind)
    for constraint in model.constraints
    if all(known_to(kind).get(name) in parameters(model) for name in (constraint.name, constraint.other))
]


@pytest.mark.parametrize(("number", "kind", "constraint"), CONSTRAINTS, ids=str)
def test_parameters_that_contradict_each_other_are_refused(
    number: str, kind: type[Algo], constraint: Constraint
) -> None:
    """Whatever is declared not to go together: values that break it are found and sent."""
    said = breaking(kind, constraint)
    assert refused(number, as_entries(kind, ended(said))) == f"ALGO.CONFLICT {constraint.said}"


def breaking(kind: type[Algo], constraint: Constraint) -> dict[str, str]:
    model = Common if constraint in Common.constraints else kind
    own = {one.name: one for one in parameters(model)}
    wanted = [one for one in own.values() if one.required or one.name in (constraint.name, constraint.other)]
    for values in product(*map(texts, wanted)):
        try:
            model(**{one.field: one.read(text) for one, text in zip(wanted, values, strict=True)})
        except ValidationError as invalid:
            if str(invalid.errors()[0].get("ctx", {}).get("error")) == constraint.said:
                needed = saying(kind, "") if model is Common else {}
                return needed | {one.name: text for one, text in zip(wanted, values, strict=True)}
    raise AssertionError(f"nothing breaks {constraint.said}")


# What the order has to say beyond one declaration. The fields of an order on XLON, the code and OrdRejReason(103).
RULES = [
    ("the start is before the end", "847=1001  168=+60s  126=+30s", "ALGO.WINDOW", 99),
    ("the end has not passed", "847=1001  126=-1s", "ALGO.ENDTIME", 4),
    ("there is an end", "847=1001", "ALGO.MISSING EndTime", 99),
    ("a good till date order has one", "847=1001  59=6  848=Duration=60", "ALGO.MISSING EndTime", 99),
    ("not IOC", "847=1001  59=3  126=+60s", "ALGO.TIF", 11),
    ("not FOK", "847=1001  59=4  126=+60s", "ALGO.TIF", 11),
    ("not at the opening", "847=1001  59=2  126=+60s", "ALGO.TIF", 11),
    ("no stop", "847=1001  40=3  99=100  -44  126=+60s", "ORDER.TYPE", 11),
    ("pegged is for pegs", "847=1001  40=P  -44  18=M  126=+60s", "ORDER.TYPE", 11),
    ("an algo that there is", "847=1999  126=+60s", "ALGO.UNKNOWN", 11),
    ("parameters have an algo", "848=Duration=60", "ALGO.MISSING TargetStrategy(847)", 99),
    ("one encoding", "847=1001  848=Duration=60  957=1  958=NumSlices  959=1  960=3", "ALGO.CONFLICT", 99),
    ("the same once", "847=1001  126=+60s  848=EndTime=20260105-15:00:00", "ALGO.CONFLICT EndTime 126<>848", 99),
    ("849 is above 0", "847=1001  126=+60s  849=0", "ALGO.RANGE MaxParticipation", 99),
    ("849 is at most 1", "847=1001  126=+60s  849=1.01", "ALGO.RANGE MaxParticipation", 99),
    ("849 is a fraction", "847=2  126=+60s  849=25", "ALGO.RANGE TargetParticipation", 99),
    ("POV has a target", "847=2  126=+60s", "ALGO.MISSING TargetParticipation", 99),
    ("least, target, most", "847=2  126=+60s  849=0.2  848=MinParticipation=0.3", "ALGO.CONFLICT", 99),
    ("weights are not below 0", "847=1  126=+60s  848='VolumeProfile=14=-1 15=2'", "ALGO.FORMAT VolumeProfile", 99),
    ("one weight is above 0", "847=1  126=+60s  848='VolumeProfile=14=0'", "ALGO.FORMAT VolumeProfile", 99),
    ("a kind of day that there is", "847=1  126=+60s  848=VolumeProfile=X", "ALGO.RANGE there is no VolumeProfile X", 99),
    ("a benchmark within the collar", "847=1003  126=+60s  848=BenchmarkPx=200", "RISK.COLLAR", 3),
    ("risk aversion is not below 0", "847=1003  126=+60s  848=RiskAversion=-1", "ALGO.RANGE RiskAversion", 99),
    ("ICEBERG has a limit", "847=1004  -44  40=1  111=100  126=+60s", "ALGO.MISSING Price(44)", 99),
    ("ICEBERG shows something", "847=1004  126=+60s", "ALGO.MISSING DisplayQty", 99),
    ("it shows no more than there is", "847=1004  111=800  126=+60s", "RISK.LOT MaxFloor(111) 800", 13),
    ("it shows whole lots", "847=1004  126=+60s  848=DisplayQty=0.5", "ALGO.RANGE DisplayQty 0.5", 99),
    ("SNIPER has a limit", "847=1013  -44  40=1  126=+60s", "ALGO.MISSING Price(44)", 99),
    ("one reference", "847=1005  18='R P'  126=+60s", "ALGO.FORMAT PegRef", 99),
    ("a peg has a reference", "847=1005  126=+60s", "ALGO.MISSING PegRef", 99),
    ("HIDDEN is for dark venues", "847=1011  126=+60s  848=Venues=XLON", "ORDER.VENUE", 11),
    ("DISPLAY is for lit venues", "847=1012  126=+60s  848=Venues=DARK", "ORDER.VENUE", 11),
    ("weights of algos are not below 0", "847=1006  126=+60s  848='AlgoWeights=TWAP=-1'", "ALGO.FORMAT AlgoWeights", 99),
    ("it ends nearer than it begins", "847=1007  126=+60s  848='Lookback=60;EntryThreshold=1;ExitThreshold=1'", "ALGO.CONFLICT", 99),
    ("directed names a venue", "847=1001  126=+60s  848=RoutePolicy=directed", "ALGO.MISSING ExDestination(100)", 99),
    ("a venue that there is", "847=1001  126=+60s  848=Venues=XNONE", "ROUTE.VENUE", 99),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "code", "reason"), [row[1:] for row in RULES], ids=[row[0] for row in RULES])
def test_an_order_that_breaks_a_rule_is_refused_with_its_code(fields: str, code: str, reason: int) -> None:
    limit = "" if "40=" in fields else "40=2  44=100.10"
    world_of().converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  OrderQty=700  {limit}  {fields}
        client < ExecutionReport  ExecType=REJECTED  OrdRejReason={reason}  Text~'{code}'
        """
    )
    assert REFUSALS[code.split(maxsplit=1)[0]].order == str(reason)
