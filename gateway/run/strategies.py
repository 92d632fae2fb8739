"""What can be asked for: every algo with its numbers and parameters, as the algos declare them.

Bounds and defaults are as they stand on the wire: a PERCENTAGE of a quarter is 0.25.
"""

import re
import sys
from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

from msgspec import Struct, structs

from gateway.model import Algo, Common, Constraint, ParameterType, name_of, parameters
from gateway.model import Parameter as Declared
from gateway.model.settings import DIRECT
from gateway.oms.parameters import known_to
from gateway.run.algos import installed

_SENTENCE = re.compile(r"(?s).+?\.(?=\s|$)")


class Parameter(Struct, frozen=True, kw_only=True):
    name: str  # StrategyParameterName(958)
    kind: ParameterType
    about: str
    is_required: bool
    is_common: bool  # of every algo
    default: str | None  # None: it is required, or what its absence means is said in `about`
    minimum: str | None
    maximum: str | None
    choices: tuple[str, ...]  # all values there are; empty: any
    aliases: dict[str, str]  # another word for a choice -> the choice
    is_mutable: bool  # by a replace, once a child is out
    tag: int | None  # the field of FIX 4.4 that says the same


class Strategy(Struct, frozen=True, kw_only=True):
    name: str
    numbers: tuple[str, ...]  # of TargetStrategy(847); any but the first is another word for it
    about: str  # a sentence
    more: str  # how it works, in paragraphs
    parameters: tuple[Parameter, ...]  # its own, and then those of all
    constraints: tuple[Constraint, ...]


def strategies(algos: Mapping[str, type[Algo]] | None = None) -> list[Strategy]:
    """All that TargetStrategy(847) can be, in the order of the registry; None: of all that are installed.

    Raises AlgoError.
    """
    algos = installed() if algos is None else algos
    numbers: dict[type[Algo], list[str]] = {}
    for number, kind in algos.items():
        if number != DIRECT:
            numbers.setdefault(kind, []).append(number)
    return [_strategy(kind, tuple(known)) for kind, known in numbers.items()]


def find(text: str, known: list[Strategy]) -> Strategy | None:
    """By its name in any case, or one of its numbers."""
    return next((each for each in known if text.upper() == each.name or text in each.numbers), None)


def _strategy(kind: type[Algo], numbers: tuple[str, ...]) -> Strategy:
    about, more = _said(kind)
    own, declared = parameters(kind), known_to(kind)
    common = [each for each in declared.values() if each not in own]
    return Strategy(
        name=name_of(kind),
        numbers=numbers,
        about=about,
        more=more,
        parameters=tuple(_shown(each, is_common=each in common) for each in (*own, *common)),
        constraints=tuple(
            structs.replace(each, value=_text(declared[each.other], each.value))
            for each in (*kind.constraints, *Common.constraints, Common.window)
            if {each.name, each.other} <= declared.keys()
        ),
    )


def _said(kind: type[Algo]) -> tuple[str, str]:
    """The first sentence of its docstring, else its module's, without the name that it begins with; what follows."""
    own = kind.__dict__.get("__doc__")
    is_written = own and not own.startswith(f"{kind.__name__}(")  # what a dataclass without one is given
    said = cleandoc((own if is_written else sys.modules[kind.__module__].__doc__) or "")
    first = _SENTENCE.match(said)
    if first is None:
        return "", ""
    more = "\n\n".join(" ".join(each.split()) for each in said[first.end() :].split("\n\n"))
    return " ".join(first[0].partition(": ")[2].split()), more.strip()


def _shown(declared: Declared, *, is_common: bool) -> Parameter:
    first: dict[Any, str] = {}
    choices = {text: first.setdefault(declared.read(text), text) for text in declared.choices}
    return Parameter(
        name=declared.name,
        kind=declared.type,
        about=declared.doc,
        is_required=declared.required,
        is_common=is_common,
        default=_text(declared, declared.default),
        minimum=_text(declared, declared.minimum),
        maximum=_text(declared, declared.maximum),
        choices=tuple(text for text, choice in choices.items() if text == choice),
        aliases={text: choice for text, choice in choices.items() if text != choice},
        is_mutable=declared.mutable,
        tag=declared.tag,
    )


def _text(declared: Declared, value: Any) -> str | None:
    """As it stands on the wire; None for what is not there."""
    return None if value is None else declared.show(value) or None
