"""The words of a conversation test: lines, names for tags and values, and messages by an encoder that is not ours.

A line is `[who] > Message Field=value ...` for what arrives, `<` for what is answered, or `+30s`. Names are the
dictionary's; `seq` is MsgSeqNum(34), a number is the tag itself. A value is a name of the field's enumeration or what
goes on the wire, `$name` remembers it, `+60s` is a time after the beginning and `now+60s` one after the present. An
expectation may also say `Field~part` (the value contains it), `Field=*` (any value) and `-Field` (absent). On a line
that sends, `-Field` leaves out a default. In an order with TargetStrategy(847), `TargetStrategy=TWAP` being the algo's
name, every other name is a parameter: `Duration=90`, or `Duration:FLOAT=90` to say another StrategyParameterType(959).
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from algos import ALGOS
from gateway.fix.dictionary import Dictionary
from gateway.model import SECOND, Common, Ns, ParameterType, parameters, parse_timestamp, print_timestamp
from gateway.model import enums as model_enums
from tests.conversation.wire import Pair, Wire

START = Ns(int(datetime(2026, 1, 5, 14, 30, tzinfo=UTC).timestamp()) * SECOND)  # a Monday in the trading day
_UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND}
_SPAN = re.compile(r"\+([0-9]+)(ns|us|ms|s|m|h)")
_MOMENT = re.compile(r"(now)?([+-][0-9]+(?:ns|us|ms|s|m|h))?")
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9]*|[0-9]+)(?::([A-Z_0-9]+))?([=~])(.*)", re.DOTALL)
_NUMERIC = {"PRICE", "PRICEOFFSET", "QTY", "AMT", "FLOAT", "PERCENTAGE", "INT", "SEQNUM", "LENGTH", "NUMINGROUP"}
_WITH_PARAMETERS = ("D", "G", "8")  # NewOrderSingle, OrderCancelReplaceRequest, and the ExecutionReport that echoes
_OUTER = (8, 9, 10, 49, 52, 56)  # fields every message has and no reader of a failure wants to see
_MODEL_NAMES: dict[str, dict[str, str]] = {  # what our own vocabulary calls a value may differ from the dictionary
    name: {member.name: member.value for member in kind}
    for name, kind in vars(model_enums).items()
    if isinstance(kind, type) and issubclass(kind, StrEnum) and kind is not StrEnum
}


_MODEL_NAMES["TargetStrategy"] = {algo.__name__.upper(): number for number, algo in ALGOS.items()}
_PARAMETER_TYPES: dict[str, ParameterType] = {
    one.name: one.type for model in (Common, *ALGOS.values()) for one in parameters(model)
}


class ScriptError(Exception):
    """The script itself cannot be understood."""


@dataclass(frozen=True, slots=True)
class Line:
    number: int  # from 1, within its script
    text: str
    who: str  # '' in a conversation with one session
    verb: str  # '>', '<', '+', or a word
    words: tuple[str, ...]  # what follows the verb; of '>' and '<' the message's name first


def span(text: str) -> Ns:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ScriptError(f"'{text}' is not a time like +30s or +500ms")
    return Ns(int(found[1]) * _UNITS[found[2]])


def moment(text: str, now: Ns) -> str | None:
    """`now`, `+60s`, `now-5s` as a UTCTimestamp; None for any other text."""
    found = _MOMENT.fullmatch(text)
    if not text or found is None:
        return None
    offset = found[2] or "+0s"
    distance = span("+" + offset[1:]) * (-1 if offset[0] == "-" else 1)
    return print_timestamp(Ns((now if found[1] else START) + distance))


def read_script(script: str, names: Iterable[str] = ()) -> list[Line]:
    """The lines of a script; `names` are those who may begin one, none in a conversation with one session."""
    names = tuple(names)
    lines = []
    for number, raw in enumerate(script.strip("\n").splitlines(), 1):
        text = raw.strip()
        try:
            words = shlex.split(text, comments=True)
        except ValueError as unbalanced:
            raise ScriptError(f"line {number}: {unbalanced}: {text}") from None
        if not words:
            continue
        who = ""
        if names and words[0] in names:
            who = words.pop(0)
        if words and words[0].startswith("+"):
            if who:
                raise ScriptError(f"line {number}: time passes for everybody: {text}")
            lines.append(Line(number, text, "", "+", (words[0],)))
            continue
        if not words or (words[0] in "<>" and (len(words) < 2 or bool(who) != bool(names))):
            known = f"; {', '.join(names)} may begin a line" if names else ""
            raise ScriptError(f"line {number} says nothing we know{known}: {text}")
        lines.append(Line(number, text, who, words[0], tuple(words[1:])))
    return lines


@dataclass(frozen=True, slots=True)
class Given:
    """The fields of one line, names resolved."""

    fields: tuple[tuple[int, str, str], ...]  # tag, '=' or '~', value
    absent: frozenset[int]
    parameters: tuple[tuple[str, str, str], ...]  # name, type code, value

    @property
    def pairs(self) -> list[Pair]:
        return [(tag, value) for tag, _, value in self.fields]


@dataclass
class Language:
    """Names to numbers and back, by one dictionary; `remembered` holds what `$name` stands for."""

    dictionary: Dictionary
    remembered: dict[str, str] = field(default_factory=dict)
    msg_types: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.msg_types = {message.name: msg_type for msg_type, message in self.dictionary.messages.items()}

    def msg_type(self, name: str) -> str:
        """By name; a MsgType that no dictionary knows is written `35=xx`."""
        if name.startswith("35="):
            return name[3:]
        if name not in self.msg_types:
            raise ScriptError(f"'{name}' is no message of {self.dictionary.version}")
        return self.msg_types[name]

    def read(self, msg_type: str, words: Iterable[str], now: Ns, *, sending: bool = False) -> Given:
        """What a line says after the message's name. One that is to be sent cannot hold a `$name` nobody has set."""
        words = tuple(words)
        algo = msg_type in _WITH_PARAMETERS and (
            msg_type == "8" or any(word.startswith(("TargetStrategy=", "847=")) for word in words)
        )
        said, absent, parameters = [], set(), []
        for word in words:
            if word.startswith("-"):
                absent.add(self._tag(word[1:], msg_type, algo=False) or 0)
                continue
            found = _FIELD.fullmatch(word)
            if found is None:
                raise ScriptError(f"'{word}' is not Field=value")
            name, kind, sign, value = found.groups()
            tag = self._tag(name, msg_type, algo)
            if tag is None:
                parameters.append((name, _parameter_type(name, kind, value), moment(value, now) or value))
            else:
                wire_value = self._value(tag, value, now)
                if sending and (sign == "~" or wire_value.startswith("$")):
                    raise ScriptError(f"'{word}' has no value to send")
                said.append((tag, sign, wire_value))
        return Given(tuple(said), frozenset(absent), tuple(parameters))

    def _tag(self, name: str, msg_type: str, algo: bool) -> int | None:
        """None: the name is an algo parameter's."""
        if name == "seq":
            return 34
        if name.isdigit():
            return int(name)
        tag = self.dictionary.numbers.get(name)
        if not algo:
            if tag is None:
                raise ScriptError(f"'{name}' is no field of {self.dictionary.version}")
            return tag
        message = self.dictionary.messages[msg_type]
        known = tag is not None and any(tag in part for part in (self.dictionary.header, _all_members(message.members)))
        return tag if known else None

    def _value(self, tag: int, text: str, now: Ns) -> str:
        if text.startswith("$"):
            return self.remembered.get(text[1:], text)
        definition = self.dictionary.fields.get(tag)
        if definition is None:
            return text
        if definition.type == "UTCTIMESTAMP":
            return moment(text, now) or text
        if tag == 35:
            return self.msg_types.get(text, text)
        named = {name: value for value, name in definition.values.items()}
        return named.get(text) or _MODEL_NAMES.get(definition.name, {}).get(text, text)

    def mismatch(self, wire: Wire, line: Line, now: Ns) -> list[str]:
        """How a message differs from the one that the line expects; empty when it does not."""
        msg_type = self.msg_type(line.words[0])
        if wire.msg_type != msg_type:
            return [f"expected {line.words[0]}, got {self._name(wire)}"]
        return self.differences(wire, self.read(msg_type, line.words[1:], now))

    def differences(self, wire: Wire, expected: Given) -> list[str]:
        """What `wire` has otherwise than expected. A tag named twice means its second occurrence."""
        wrong = []
        seen: dict[int, int] = {}
        for tag, sign, value in expected.fields:
            place = seen[tag] = seen.get(tag, -1) + 1
            values = wire.all(tag)
            got = values[place] if place < len(values) else None
            if got is None:
                wrong.append(f"{self.label(tag)} is missing, expected {self.named(tag, value)}")
            elif value.startswith("$"):
                self.remembered[value[1:]] = got
            elif not (value == "*" or (value in got if sign == "~" else self._same(tag, value, got))):
                word = "expected something with" if sign == "~" else "expected"
                wrong.append(f"{self.label(tag)} {word} {self.named(tag, value)}, got {self.named(tag, got)}")
        wrong += [
            f"{self.label(tag)} should be absent, got {self.named(tag, got)}"
            for tag in sorted(expected.absent)
            if (got := wire.get(tag)) is not None
        ]
        for name, _, value in expected.parameters:
            got = wire.parameters.get(name)
            if got is None or (value != "*" and not _equal_numbers(value, got) and value != got):
                wrong.append(f"parameter {name} expected {value}, got {got}")
        return wrong

    def _same(self, tag: int, expected: str, got: str) -> bool:
        if expected == got:
            return True
        definition = self.dictionary.fields.get(tag)
        if definition is None:
            return False
        if definition.type in _NUMERIC:
            return _equal_numbers(expected, got)
        if definition.type == "UTCTIMESTAMP":
            try:
                return parse_timestamp(expected) == parse_timestamp(got)
            except ValueError:
                return False
        return False

    def label(self, tag: int) -> str:
        definition = self.dictionary.fields.get(tag)
        return f"{definition.name}({tag})" if definition else f"Tag({tag})"

    def named(self, tag: int, value: str) -> str:
        definition = self.dictionary.fields.get(tag)
        name = definition.values.get(value) if definition else None
        return name or (f'"{value}"' if " " in value or not value else value)

    def _name(self, wire: Wire) -> str:
        message = self.dictionary.messages.get(wire.msg_type)
        return message.name if message else f"35={wire.msg_type}"

    def show(self, wire: Wire) -> str:
        """As a script would say it."""
        words = [self._name(wire)]
        for tag, value in wire.pairs:
            if tag not in _OUTER and tag != 35:
                definition = self.dictionary.fields.get(tag)
                name = "seq" if tag == 34 else definition.name if definition else str(tag)
                words.append(f"{name}={self.named(tag, value)}")
        return "  ".join(words)


def _parameter_type(name: str, kind: str | None, value: str) -> str:
    """StrategyParameterType(959): as given, by name or code, as an algo declares it, or what the value looks like."""
    if kind is not None:
        return ParameterType[kind] if kind in ParameterType.__members__ else kind
    if name in _PARAMETER_TYPES:
        return _PARAMETER_TYPES[name]
    if value.isdigit():
        return ParameterType.INT
    if value in ("Y", "N"):
        return ParameterType.BOOLEAN
    if _MOMENT.fullmatch(value):
        return ParameterType.UTC_TIMESTAMP
    return ParameterType.FLOAT if _number(value) is not None else ParameterType.STRING


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _equal_numbers(one: str, other: str) -> bool:
    number = _number(one)
    return number is not None and number == _number(other)


def _all_members(members: object) -> set[int]:
    """Tags of a message, those inside of its groups included."""
    return set(_walk(members))


def _walk(members: object) -> Iterator[int]:
    assert isinstance(members, dict)
    for number, member in members.items():
        yield number
        if member.group is not None:
            yield from _walk(member.group.members)


@dataclass
class Transcript:
    """What was said so far, for the failure that a reader has to understand at once."""

    language: Language
    said: list[str] = field(default_factory=list)
    wire: list[str] = field(default_factory=list)  # everything that passed, what no script names included

    def line(self, line: Line) -> None:
        self.said.append(line.text)

    def passed(self, who: str, direction: str, wire: Wire) -> None:
        self.wire.append(f"{who} {direction} {self.language.show(wire)}".strip())

    def failure(self, what: str, *details: str) -> AssertionError:
        story = [f"    {text}" for text in self.said]
        if story:
            story[-1] = f"--> {self.said[-1]}"
        parts = [what, *(f"    {detail}" for detail in details), "", "the conversation so far:", *story]
        if self.wire:
            parts += ["", "the wire, last messages:", *(f"    {text}" for text in self.wire[-12:])]
        return AssertionError("\n".join(parts))
