"""The rules of a document of `fixspecs` and the tests of the folder of its name: none without the others."""

import importlib
import inspect
from pathlib import Path

import pytest

from tests.conversation.rules import RULES, read_rules


@pytest.mark.parametrize("room", ["market", "routing"])
def test_every_rule_has_a_test_and_they_are_numbered_in_order(room: str) -> None:
    numbers = [number for number, _ in read_rules(RULES.with_name(f"{room}.md").read_text(encoding="utf-8"))]
    shown = {
        number
        for path in (Path(__file__).parent / room).glob("test_*.py")
        for _, test in inspect.getmembers(importlib.import_module(f"tests.{room}.{path.stem}"), inspect.isfunction)
        for number in getattr(test, "rules", ())
    }
    assert shown == set(numbers)
    assert numbers == sorted(set(numbers), key=lambda number: [int(part) for part in number[2:].split(".")])
