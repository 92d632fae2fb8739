"""Ties a test to the rules of `fixspecs/session.md`, `orders.md`, `market.md` or `routing.md` that it shows."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

RULES = Path(__file__).resolve().parents[2] / "fixspecs" / "session.md"
_RULE = re.compile(r"^- \*\*([SOMW]-[0-9]+\.[0-9]+)\*\* (.*?)(?=^- \*\*|^#|^$)", re.MULTILINE | re.DOTALL)

Test = TypeVar("Test", bound=Callable[..., Any])


def rule(*numbers: str) -> Callable[[Test], Test]:
    """What a conversation shows: `@rule("S-2.2")`."""

    def tie(test: Test) -> Test:
        test.rules = numbers  # type: ignore[attr-defined]
        return test

    return tie


def read_rules(text: str) -> list[tuple[str, str]]:
    """Numbers and sentences, in the order of the document."""
    return [(number, " ".join(sentence.split())) for number, sentence in _RULE.findall(text)]
