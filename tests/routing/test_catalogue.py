"""The rules of `fixspecs/routing.md` and the tests here: none without the others."""

import importlib
import inspect
from pathlib import Path

from tests.conversation.rules import RULES, read_rules


def test_every_rule_has_a_test_and_they_are_numbered_in_order() -> None:
    numbers = [number for number, _ in read_rules(RULES.with_name("routing.md").read_text(encoding="utf-8"))]
    shown = {
        number
        for path in Path(__file__).parent.glob("test_*.py")
        for _, test in inspect.getmembers(importlib.import_module(f"tests.routing.{path.stem}"), inspect.isfunction)
        for number in getattr(test, "rules", ())
    }
    assert shown == set(numbers)
    assert numbers == sorted(set(numbers), key=lambda number: [int(part) for part in number[2:].split(".")])
