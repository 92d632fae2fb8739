"""The rules of `fixspecs/orders.md`, the scenarios of the standard, and the conversations here: none without the others."""

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conversation.rules import read_rules
from tests.order_states import ELSEWHERE, PARENT_AND_CHILD, RULES, SCENARIOS, scenario_of

TEXT = RULES.read_text(encoding="utf-8")


def conversations() -> Iterator[tuple[str, Callable[..., Any]]]:
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if path.name != Path(__file__).name:
            module = importlib.import_module(f"tests.order_states.{path.stem}")
            for name, test in inspect.getmembers(module, inspect.isfunction):
                if name.startswith("test_"):
                    yield name, test


def told() -> set[str]:
    """Ids of the scenarios that have a conversation."""
    return {id_ for name, _ in conversations() if (id_ := scenario_of(name)) is not None}


def test_every_scenario_is_told() -> None:
    assert len(SCENARIOS) == 48 and len(PARENT_AND_CHILD) == 14
    assert told() | set(ELSEWHERE) == set(SCENARIOS) | set(PARENT_AND_CHILD)
    assert not told() & set(ELSEWHERE)


@pytest.mark.parametrize(("scenario", "path"), ELSEWHERE.items())
def test_a_scenario_that_is_told_elsewhere_is_told_there(scenario: str, path: str) -> None:
    tests = re.findall(r"^def (test_\w+)", (Path(__file__).parents[2] / path).read_text("utf-8"), re.MULTILINE)
    assert scenario in map(scenario_of, tests)


def test_every_rule_has_a_conversation_and_the_other_way_round() -> None:
    numbers = {number for number, _ in read_rules(TEXT)}
    ties = {name: set(getattr(test, "rules", ())) for name, test in conversations()}
    assert [name for name, rules in ties.items() if not rules or not rules <= numbers] == []
    assert numbers - set().union(*ties.values()) == set()


def test_every_scenario_of_the_standard_stands_in_a_rule() -> None:
    assert {id_ for ids in re.findall(r"\[([A-L][^\]]*)\]", TEXT) for id_ in ids.split()} == set(SCENARIOS)


def test_rules_are_numbered_in_order_and_in_their_chapters() -> None:
    numbers = [tuple(map(int, number[2:].split("."))) for number, _ in read_rules(TEXT)]
    chapters = [int(chapter) for chapter in re.findall(r"^## ([0-9]+) ", TEXT, re.MULTILINE)]
    assert chapters == list(range(1, len(chapters) + 1))
    assert numbers == [
        (chapter, place) for chapter in chapters for place in range(1, 1 + sum(one[0] == chapter for one in numbers))
    ]
    assert len(re.findall(r"\*\*O-", TEXT)) == len(numbers), "a rule is not written as the others are"
