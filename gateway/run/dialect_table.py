"""How a client's session words what it says to algos: `dialect`, `unknown_params` and `percent_style` of a [[client]].

A dialect is a file: one of fixspecs/dialects by its name, or one's own by its path. It is believed as a whole or
refused with every place that is wrong: nobody finds out by an order that a word of it means nothing.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

import fixspecs
from gateway.fix.dictionary import default
from gateway.model import Parameter, ParameterType
from gateway.model.dialects import Dialect, PercentStyle, UserField, Word, Wording
from gateway.oms.parameters import known_to
from gateway.run.algos import installed
from gateway.run.tables import ConfigError, Name, Table, read, validate

FOLDER: Final = Path(fixspecs.__file__).parent / "dialects"
# Fields of an order that a dialect may read otherwise than FIX does. What else the order has means what it means there.
_OTHERWISE: Final = frozenset({126, 168, 210, 848, 849})
_TYPES: Final = {
    ParameterType.INT: "INT",
    ParameterType.FLOAT: "FLOAT",
    ParameterType.QTY: "QTY",
    ParameterType.PRICE: "PRICE",
    ParameterType.PRICE_OFFSET: "PRICEOFFSET",
    ParameterType.PERCENTAGE: "PERCENTAGE",
    ParameterType.BOOLEAN: "BOOLEAN",
    ParameterType.UTC_TIMESTAMP: "UTCTIMESTAMP",
}
_LARGEST_TAG: Final = 99_999


class WordTable(Table):
    name: str
    type: str | None = Field(default=None, pattern="^([1-9]|1[0-9]|2[0-4])$")
    percent_style: PercentStyle | None = None
    values: dict[str, str] | None = Field(default=None, min_length=1)
    factor: int = Field(default=1, ge=1, le=86_400)


def _word(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


_Words = dict[str, Annotated[WordTable, BeforeValidator(_word)]]


class StrategyTable(Table):
    parameters: _Words = Field(default={})


class DialectFile(Table):
    strategy_tag: int = Field(default=847, ge=1, le=_LARGEST_TAG)
    percent_style: PercentStyle = "fraction"
    strategies: dict[str, str] = Field(min_length=1)
    parameters: _Words = Field(default={})
    strategy: dict[str, StrategyTable] = Field(default={})


class WordingKeys(Table):
    """Of a [[client]]."""

    dialect: Name | None = None
    unknown_params: Literal["strict", "ignore"] = "strict"
    percent_style: PercentStyle = "fraction"


def wording(keys: WordingKeys, folder: Path) -> Wording | None:
    """None where there is nothing beside the house scheme. Raises ConfigError."""
    found = Wording(
        dialect=None if keys.dialect is None else load_dialect(_path(keys.dialect, folder)),
        unknown_params=keys.unknown_params,
        percent_style=keys.percent_style,
    )
    return None if found == Wording() else found


def contradictions(place: str, table: dict[str, Any], folder: Path) -> Iterator[str]:
    """What is wrong in the file that a [[client]] names."""
    name = table.get("dialect")
    if not isinstance(name, str) or not name:
        return
    if "percent_style" in table:
        yield f"{place}.percent_style: is for the house scheme; the dialect says its own"
    try:
        load_dialect(_path(name, folder))
    except ConfigError as broken:
        for error in broken.errors:
            yield f"{place}.dialect: {error}"


def load_dialect(path: Path) -> Dialect:
    """Raises ConfigError with all that is wrong."""
    document = read(path)
    file = validate(document, DialectFile, (), path)
    wrong = list(_wrong(file))
    if wrong:
        raise ConfigError([f"{path.name}: {error}" for error in wrong])
    words = {wire: _words(file, wire, number) for wire, number in file.strategies.items()}
    return Dialect(
        name=path.stem,
        strategy_tag=file.strategy_tag,
        percent_style=file.percent_style,
        strategies=file.strategies,
        words=words,
        fields=tuple(_fields(file, words)),
    )


def _path(name: str, folder: Path) -> Path:
    return folder / name if name.endswith(".toml") else FOLDER / f"{name}.toml"


def _wrong(file: DialectFile) -> Iterator[str]:
    of_all: set[str] = set()
    for wire, number in file.strategies.items():
        if not wire or number == "0" or number not in installed():
            yield f'strategies."{wire}": there is no algo {number}'
        else:
            of_all |= known_to(installed()[number]).keys()
    if file.strategy_tag != 847 and file.strategy_tag in _order_fields():
        yield f"strategy_tag: {file.strategy_tag} is a field of every order"
    for key, word in file.parameters.items():
        yield from _wrong_key(f'parameters."{key}"', key, file)
        if word.name not in of_all:
            yield f'parameters."{key}": none of the strategies has a parameter {word.name[:64]}'
        for number in dict.fromkeys(file.strategies.values()):
            parameter = _known(number).get(word.name)
            if parameter is not None:
                yield from _wrong_word(f'parameters."{key}"', word, parameter)
                break
    for wire, table in file.strategy.items():
        place = f'strategy."{wire}"'
        if wire not in file.strategies:
            yield f"{place}: strategies has no such value"
            continue
        for key, word in table.parameters.items():
            yield from _wrong_key(f'{place}.parameters."{key}"', key, file)
            parameter = _known(file.strategies[wire]).get(word.name)
            if parameter is None:
                yield f'{place}.parameters."{key}": that algo has no parameter {word.name[:64]}'
            else:
                yield from _wrong_word(f'{place}.parameters."{key}"', word, parameter)


def objection(key: str, strategy_tag: int) -> str | None:
    """Why a field, or a name, cannot lead to a parameter."""
    if not key.isdigit():
        if not key or len(key) > 64 or not key.isprintable() or "=" in key or ";" in key:
            return "must be a tag, or a name of at most 64 characters without '=' and ';'"
        return None
    tag = int(key)
    if str(tag) != key or not 0 < tag <= _LARGEST_TAG:
        return f"is no tag from 1 to {_LARGEST_TAG}"
    if tag == strategy_tag:
        return "names the strategy already"
    if tag in _OTHERWISE:
        return None
    if tag in _order_fields():
        return "is a field that every order may have, with a meaning of its own"
    return "is below 5000 and no field of an order" if tag < 5000 else None


def _wrong_key(place: str, key: str, file: DialectFile) -> Iterator[str]:
    why = objection(key, file.strategy_tag)
    if why is not None:
        yield f"{place}: {why}"


def _wrong_word(place: str, word: WordTable, parameter: Parameter) -> Iterator[str]:
    if word.percent_style is not None and parameter.type is not ParameterType.PERCENTAGE:
        yield f"{place}.percent_style: {word.name} is no percentage"
    if word.factor != 1 and parameter.type is not ParameterType.INT:
        yield f"{place}.factor: {word.name} is no whole number"
    if word.values is not None and (word.percent_style is not None or word.factor != 1):
        yield f"{place}.values: say all there is to say; percent_style and factor do not go with them"
    for wire, ours in (word.values or {}).items():
        try:
            parameter.read(ours)
        except ValueError as wrong:
            yield f'{place}.values."{wire}": {word.name} {ours} must be {wrong}'


def _words(file: DialectFile, wire: str, number: str) -> dict[str, Word]:
    """What that strategy has of the words of all, and its own before them."""
    known, found = _known(number), dict[str, Word]()
    own = file.strategy.get(wire, StrategyTable()).parameters
    for key, word in (file.parameters | own).items():
        if word.name in known:
            found[key] = Word(
                name=word.name,
                type=word.type,
                percent_style=file.percent_style if word.percent_style is None else word.percent_style,
                values=word.values,
                factor=word.factor,
            )
    return found


def _fields(file: DialectFile, words: Mapping[str, Mapping[str, Word]]) -> Iterator[UserField]:
    """Those that the house's dictionary does not read for an algo, each of the type that all strategies have for it."""
    if file.strategy_tag != 847:
        yield UserField(file.strategy_tag, "STRING")
    types: dict[int, set[str]] = {}
    for wire, own in words.items():
        for key, word in own.items():
            if key.isdigit() and int(key) not in (126, 168, 848, 849):
                parameter = _known(file.strategies[wire])[word.name]
                kind = "STRING" if word.values is not None else _TYPES.get(parameter.type, "STRING")
                types.setdefault(int(key), set()).add(kind)
    for tag, kinds in sorted(types.items()):
        yield UserField(tag, kinds.pop() if len(kinds) == 1 else "STRING")


def _known(number: str) -> Mapping[str, Parameter]:
    kind = installed().get(number)
    return {} if kind is None else known_to(kind)


def _order_fields() -> frozenset[int]:
    """The fields of an order, its header and its trailer."""
    dictionary = default()
    members = [*dictionary.header, *dictionary.trailer]
    for msg_type in ("D", "G", "8"):
        for number, member in dictionary.messages[msg_type].members.items():
            members += [number, *(member.group.members if member.group is not None else ())]
    return frozenset(members)
