"""Our algos as FIXatdl 1.1: what an order ticket needs to offer them, and to refuse what we would refuse.

The house's parameters have no field of their own, so they travel in StrategyParametersGrp(957). What contradicts each
other is said twice: as a StateRule, which empties and locks the one control while the other has a value, and as a
StrategyEdit.
"""

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from gateway import __version__
from gateway.model import Constraint, ParameterType, Relation
from gateway.run.atdl import NAMESPACES, TYPES, XSI
from gateway.run.atdl.tickets import Field, Ticket

PROVIDER = "GATEWAY"

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Types of a number. FIXatdl has minValue for others, too, but of times.
_BOUNDED = frozenset({"Int", "Float", "Qty", "Price", "PriceOffset", "Percentage"})
_LEAST = {"PriceOffset": "-1000000"}  # where we have no least, FIXatdl has 0, and offsets may be negative
_OPERATORS = {Relation.AT_LEAST: "GE", Relation.AT_MOST: "LE", Relation.BEFORE: "LT", Relation.BELOW: "LT"}
_SPINNERS = {
    ParameterType.INT: {"increment": "1"},
    ParameterType.FLOAT: {"increment": "0.01"},
    ParameterType.PERCENTAGE: {"increment": "0.01"},
    ParameterType.QTY: {"incrementPolicy": "LotSize"},
    ParameterType.PRICE: {"incrementPolicy": "Tick"},
    ParameterType.PRICE_OFFSET: {"incrementPolicy": "Tick"},
}


def export(tickets: Iterable[Ticket], *, strategy_tag: int = 847) -> str:
    """The document, ready to be saved. `strategy_tag` is the field that names the strategy."""
    tickets = list(tickets)
    in_group = all(field.tag is None for ticket in tickets for field in ticket.fields)
    root = Element(
        "Strategies",
        {f"xmlns:{prefix}" if prefix else "xmlns": space for prefix, space in NAMESPACES.items()}
        | {
            "xmlns:xsi": XSI,
            "strategyIdentifierTag": str(strategy_tag),
            "changeStrategyOnCxlRpl": "false",
            "tag957Support": "true" if in_group else "false",
        },
    )
    for ticket in tickets:
        _strategy(root, ticket)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _strategy(root: Element, ticket: Ticket) -> None:
    element = SubElement(
        root,
        "Strategy",
        name=ticket.name,
        uiRep=ticket.name,
        wireValue=ticket.wire,
        version=__version__,
        fixMsgType="D",
        providerID=PROVIDER,
    )
    SubElement(element, "Description").text = ticket.about
    for field in ticket.fields:
        _parameter(element, field)
    _layout(element, ticket)
    for constraint in ticket.constraints:
        _edit(element, constraint)


def _parameter(strategy: Element, field: Field) -> None:
    kind = TYPES[field.type - 1]
    attributes = {"name": field.name, "xsi:type": f"{kind}_t"}
    if field.tag is not None:
        attributes["fixTag"] = str(field.tag)
    attributes |= {
        "use": "required" if field.ours.is_required else "optional",
        "mutableOnCxlRpl": "true" if field.ours.is_mutable else "false",
        "revertOnCxlRpl": "false",  # a replace states all of the order; what it leaves out is not carried over
    }
    if kind in _BOUNDED:
        least = _LEAST.get(kind) if field.minimum is None else field.minimum
        bounds = (("minValue", least), ("maxValue", field.maximum))
        attributes |= {name: bound for name, bound in bounds if bound is not None}
    if field.is_per_cent:
        attributes["multiplyBy100"] = "true"
    if kind == "Boolean":
        sides = {"Y": "trueWireValue", "N": "falseWireValue"}
        attributes |= {sides[ours]: wire for wire, ours in field.values}
    element = SubElement(strategy, "Parameter", attributes)
    SubElement(element, "Description").text = field.about
    for wire, _ in field.values:
        SubElement(element, "EnumPair", enumID=_enum_id(wire), wireValue=wire)


def _layout(strategy: Element, ticket: Ticket) -> None:
    """One panel of the algo's own parameters, one of those that all have."""
    panel = SubElement(SubElement(strategy, "lay:StrategyLayout"), "lay:StrategyPanel", orientation="VERTICAL")
    for title, is_common in ((ticket.name, False), ("Every algo", True)):
        chosen = [field for field in ticket.fields if field.ours.is_common is is_common]
        if chosen:
            inner = SubElement(panel, "lay:StrategyPanel", title=title, orientation="VERTICAL", border="Line")
            for field in chosen:
                _control(inner, field, ticket.constraints)


def _control(panel: Element, field: Field, constraints: Iterable[Constraint]) -> None:
    kind = field.ours.kind
    more: dict[str, str] = {}
    if field.values:
        control = "MultiSelectList" if kind is ParameterType.MULTIPLE_STRING_VALUE else "DropDownList"
    elif kind in _SPINNERS:
        control, more = "SingleSpinner", _SPINNERS[kind]
    else:
        control = "Clock" if kind is ParameterType.UTC_TIMESTAMP else "TextField"
    excluding = _excluding(field.name, constraints)
    if field.default is not None and not excluding:
        more = more | {"initValue": _enum_id(field.default) if field.values else field.default}
    element = SubElement(
        panel,
        "lay:Control",
        {
            "xsi:type": f"lay:{control}_t",
            "ID": _control_id(field.name),
            "parameterRef": field.name,
            "label": _WORD.sub(" ", field.ours.name),
            "tooltip": field.about,
            **more,
        },
    )
    if excluding:
        _any(SubElement(element, "flow:StateRule", enabled="false", value="{NULL}"), excluding)
    for wire, shown in field.values:
        SubElement(element, "lay:ListItem", enumID=_enum_id(wire), uiRep=shown)


def _excluding(name: str, constraints: Iterable[Constraint]) -> list[dict[str, str]]:
    """What other controls show while the parameter may not be given."""
    conditions = []
    for each in constraints:
        if each.relation is not Relation.NOT_WITH or name not in (each.name, each.other):
            continue
        other = _control_id(each.other if name == each.name else each.name)
        if each.value is None:
            conditions.append({"field": other, "operator": "EX"})
        elif name == each.name:
            conditions.append({"field": other, "operator": "EQ", "value": _enum_id(each.value)})
    return conditions


def _edit(strategy: Element, constraint: Constraint) -> None:
    """True where the one or the other is not there; else where their values are in order."""
    element = SubElement(strategy, "val:StrategyEdit", errorMessage=constraint.said)
    conditions = [{"field": name, "operator": "NX"} for name in (constraint.name, constraint.other)]
    if constraint.relation in _OPERATORS:
        operator = _OPERATORS[constraint.relation]
        conditions.append({"field": constraint.name, "operator": operator, "field2": constraint.other})
    elif constraint.value is not None:
        conditions.append({"field": constraint.other, "operator": "NE", "value": constraint.value})
    _any(element, conditions)


def _any(parent: Element, conditions: list[dict[str, str]]) -> None:
    if len(conditions) > 1:
        parent = SubElement(parent, "val:Edit", logicOperator="OR")
    for condition in conditions:
        SubElement(parent, "val:Edit", condition)


def _control_id(name: str) -> str:
    return f"c_{name}"


def _enum_id(value: str) -> str:
    return "e_" + re.sub(r"[^A-Za-z0-9_]", "_", value)
