"""What a script leaves unsaid: the standard header, and fields that a message needs and the test is not about."""

from collections.abc import Iterable, Sequence

from gateway.fix.dictionary import Dictionary
from tests.conversation.language import Given
from tests.conversation.wire import Pair

ADMIN_DEFAULTS: dict[str, tuple[Pair, ...]] = {
    "A": ((98, "0"), (108, "30")),
    "1": ((112, "TEST"),),
    "2": ((7, "1"), (16, "0")),
}
_USUAL_ORDER = (49, 56, 34, 43, 52, 122)


def compose(
    dictionary: Dictionary, given: Given, header_defaults: Sequence[Pair], body_defaults: Sequence[Pair]
) -> tuple[list[Pair], list[Pair]]:
    """Header and body: defaults where the line says nothing, then what it says, in its order."""
    outer = {*dictionary.header, 10}
    header = [pair for pair in given.pairs if pair[0] in outer]
    body = [pair for pair in given.pairs if pair[0] not in outer] + parameter_pairs(given.parameters)
    if (43, "Y") in header:
        header_defaults = [*header_defaults, *((122, value) for tag, value in header_defaults if tag == 52)]
    whole = _complete(header_defaults, header, given)
    whole.sort(key=lambda pair: _USUAL_ORDER.index(pair[0]) if pair[0] in _USUAL_ORDER else len(_USUAL_ORDER))
    return whole, _complete(body_defaults, body, given)


def parameter_pairs(parameters: Iterable[tuple[str, str, str]]) -> list[Pair]:
    """StrategyParametersGrp(957) as it goes on the wire."""
    entries = [((958, name), (959, code), (960, value)) for name, code, value in parameters]
    return [(957, str(len(entries))), *(pair for entry in entries for pair in entry)] if entries else []


def _complete(defaults: Sequence[Pair], said: Sequence[Pair], given: Given) -> list[Pair]:
    tags = {tag for tag, _ in said} | given.absent
    return [*(pair for pair in defaults if pair[0] not in tags), *said]
