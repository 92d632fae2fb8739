"""What a client's session says to algos in words of its own, put into those of the house.

A dialect is data: which field names the strategy, which fields, names and values stand for which of ours. Nothing is
guessed. What cannot be understood leaves a fault in the order, which is refused for it; reports repeat what was sent.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

from msgspec import structs

from gateway.fix import messages
from gateway.fix.reader import Message
from gateway.model import (
    SCALE,
    Algo,
    NewOrder,
    Parameter,
    ParameterType,
    ReplaceRequest,
    StrategyParameter,
    print_scaled,
)
from gateway.model.dialects import Dialect, PercentStyle, Word, Wording
from gateway.model.lists import NewOrderList
from gateway.model.settings import DIRECT
from gateway.oms.parameters import TEXT, known_to, named, natives
from gateway.oms.plan import Refused

_RATE: Final = 849
# Fields of FIX 4.4 that a dialect may read otherwise; then the order has none of them.
_NATIVE: Final = {168: "effective_time", 126: "expire_time", TEXT: "strategy_text", _RATE: "participation"}


class _Said(NamedTuple):
    label: str  # as the client knows it
    word: Word | None  # None: nobody knows it
    code: str | None  # StrategyParameterType(959), where the encoding has one
    text: str
    tag: int


def read_order(message: Message, wording: Wording | None, algos: Mapping[str, type[Algo]]) -> NewOrder:
    """NewOrderSingle(D), as a client without a wording of its own would have sent it."""
    order = messages.read_new_order(message)
    return order if wording is None else _in_house_terms(order, message, wording, algos)


def read_replace(message: Message, wording: Wording | None, algos: Mapping[str, type[Algo]]) -> ReplaceRequest:
    """OrderCancelReplaceRequest(G)."""
    request = messages.read_replace(message)
    if wording is None:
        return request
    return structs.replace(request, order=_in_house_terms(request.order, message, wording, algos))


def read_list(message: Message, wording: Wording | None, algos: Mapping[str, type[Algo]]) -> NewOrderList:
    """NewOrderList(E)."""
    fragment = messages.read_new_order_list(message)
    if wording is None:
        return fragment
    orders = tuple(
        structs.replace(line, order=_in_house_terms(line.order, entry, wording, algos))
        for line, entry in zip(fragment.orders, message.entries(73), strict=True)
    )
    return structs.replace(fragment, orders=orders)


def _in_house_terms(order: NewOrder, message: Message, wording: Wording, algos: Mapping[str, type[Algo]]) -> NewOrder:
    dialect = wording.dialect
    try:
        if dialect is None:
            kind = algos.get(order.target_strategy or DIRECT)
            if order.target_strategy in (None, DIRECT) or kind is None:
                return order
            return _translated(order, {}, wording, kind, _house_words(kind, wording.percent_style))
        own = {field.number: message.get(field.number) for field in dialect.fields}
        fields = {tag: value for tag, value in own.items() if value is not None}
        echo = "".join(f"{tag}={value}\x01" for tag, value in fields.items())
        order = structs.replace(order, echo=order.echo + echo)
        said = _strategy(order, message, dialect, fields)
        if said is None:
            return order
        kind = algos.get(dialect.strategies.get(said, ""))
        if kind is None:
            raise Refused(f"ALGO.UNKNOWN {_field(dialect)} {said[:64]}")
        words = dialect.words[said]
        changes: dict[str, str | None] = {"target_strategy": dialect.strategies[said]}
        for tag, name in _NATIVE.items():
            value = message.get(tag)
            if value is not None and str(tag) in words:
                fields[tag], changes[name] = value, None
        return _translated(structs.replace(order, **changes), fields, wording, kind, words)
    except Refused as refused:
        return structs.replace(order, fault=refused.rejection.text)


def _strategy(order: NewOrder, message: Message, dialect: Dialect, fields: dict[int, str]) -> str | None:
    """Which one its field names; that is none of the parameters then."""
    said = fields.pop(dialect.strategy_tag, None) or message.get(dialect.strategy_tag)
    if said is not None:
        return said
    if order.target_strategy is not None:
        raise Refused(f"ALGO.UNKNOWN TargetStrategy(847) {order.target_strategy}: {_field(dialect)} names the algo")
    if fields:
        raise Refused(f"ALGO.MISSING {_field(dialect)}")
    return None


def _field(dialect: Dialect) -> str:
    return "TargetStrategy(847)" if dialect.strategy_tag == 847 else f"Tag({dialect.strategy_tag})"


def _translated(
    order: NewOrder, fields: Mapping[int, str], wording: Wording, kind: type[Algo], words: Mapping[str, Word]
) -> NewOrder:
    known, found, ignored = known_to(kind), dict[str, StrategyParameter](), list[str]()
    if order.strategy_parameters and order.strategy_text:
        return order  # two encodings, which is refused
    for said in _said(order, fields, words):
        word = said.word
        if word is None:
            if wording.unknown_params == "strict":
                raise Refused(f"ALGO.PARAMETER {said.label[:64]}")
            ignored.append(said.label[:64])
            continue
        parameter = known[word.name]
        given = StrategyParameter(word.name, _code(said, word, parameter), _house_text(said, word, parameter), said.tag)
        before = found.get(word.name)
        if before is not None and _differ(parameter, before.value, given.value):
            which = "is given twice" if before.tag == given.tag else f"{before.tag}<>{given.tag}"
            raise Refused(f"ALGO.CONFLICT {word.name} {which}")
        found[word.name] = given
    rate = natives(kind).get(_RATE)
    percent_style = wording.percent_style if wording.dialect is None else wording.dialect.percent_style
    if order.participation is not None and rate is not None and percent_style == "integer":
        order = structs.replace(order, participation=_fraction("ParticipationRate(849)", order.participation, rate))
    return structs.replace(order, strategy_parameters=tuple(found.values()), strategy_text=None, ignored=tuple(ignored))


def _said(order: NewOrder, fields: Mapping[int, str], words: Mapping[str, Word]) -> Iterator[_Said]:
    own = [tag for tag in fields if tag not in _NATIVE]
    other = "StrategyParametersGrp(957)" if order.strategy_parameters else "848" if order.strategy_text else ""
    if own and other:
        raise Refused(f"ALGO.CONFLICT {other} and Tag({own[0]}) in one order")
    for tag, text in fields.items():
        yield _Said(f"Tag({tag})", words.get(str(tag)), None, text, tag)
    once = set()
    for name, code, text, tag in named(order):
        if name in once:
            raise Refused(f"ALGO.CONFLICT {name[:64]} is given twice")
        once.add(name)
        yield _Said(name, words.get(name), code, text, tag)


def _code(said: _Said, word: Word, parameter: Parameter) -> str:
    """That of the house, where it is the one that was to come."""
    expected = parameter.type if word.type is None else word.type
    if said.code is not None and said.code != expected:
        raise Refused(f"ALGO.TYPE StrategyParameterType(959) of {said.label[:64]} is {expected}, not {said.code}")
    return parameter.type


def _house_text(said: _Said, word: Word, parameter: Parameter) -> str:
    if word.values is not None:
        value = word.values.get(said.text)
        if value is None:
            raise Refused(f"ALGO.RANGE {said.label[:64]} {said.text[:64]} must be one of {', '.join(word.values)}")
        return value
    if parameter.type is ParameterType.PERCENTAGE and word.percent_style == "integer":
        return _fraction(said.label[:64], said.text, parameter)
    is_number = said.text.isascii() and said.text.isdigit() and len(said.text) <= 9
    return str(int(said.text) * word.factor) if word.factor != 1 and is_number else said.text


def _fraction(label: str, text: str, parameter: Parameter) -> str:
    """Of whole per cent, which alone are taken: 0.25 could be a quarter of one as well."""
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise Refused(f"ALGO.FORMAT {label}: '{text[:32]}' is not whole per cent")
    value, one = int(text) * SCALE // 100, SCALE // 100
    least, most = -(-(parameter.minimum or 0) // one), SCALE if parameter.maximum is None else parameter.maximum
    if not least <= int(text) <= most // one:
        raise Refused(f"ALGO.RANGE {label} {text} must be from {least} to {most // one} per cent")
    return print_scaled(value)


def _differ(parameter: Parameter, one: str, other: str) -> bool:
    try:
        return bool(parameter.read(one) != parameter.read(other))
    except ValueError:
        return one != other


@cache
def _house_words(kind: type[Algo], percent_style: PercentStyle) -> Mapping[str, Word]:
    return {name: Word(name=name, percent_style=percent_style) for name in known_to(kind)}
