"""The rules of `fixspecs/session.md` and the conversations of `tests/session_rules`: none without the other."""

import importlib
import inspect
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.model.sessions import Rules, SessionConfig
from tests.conversation.rules import RULES, read_rules, rule

TEXT = RULES.read_text(encoding="utf-8")
FOLDER = Path(__file__).parent / "session_rules"

# The session test cases of FIX volume 2, for initiators (1B), acceptors (1S) and both.
STANDARD = {
    *("1B-a", "1B-b", "1B-c", "1B-d", "1B-e", "1S-a", "1S-b", "1S-c", "1S-d", "1S-e"),
    *("2a", "2b", "2c", "2d", "2e", "2f", "2g", "2h", "2i", "2j", "2k", "2l", "2m", "2n", "2o", "2p", "2q", "2r", "2s", "2t"),
    *("3a", "3b", "3c", "3d", "3e", "4a", "4b", "5", "6", "7", "8", "9"),
    *("10a", "10b", "10c", "10d", "10e", "11a", "11b", "11c", "12", "13a", "13b"),
    *("14a", "14b", "14c", "14d", "14e", "14f", "14g", "14h", "14i", "14j", "14k", "15", "16", "17", "18", "19", "20"),
    "21",  # the QuickFIX family's: a repeating group with a count of zero
}  # fmt: skip
# Options that are about something else than what a counterparty sees of the session.
ELSEWHERE = {
    *("sender", "initiator", "dictionary"),  # who it is, and what it speaks
    *("cancel_on_disconnect_s", "cancel_on_logout", "wording"),  # orders: the desk's
    *("target", "sender_sub", "sender_location", "target_sub", "target_location"),
}  # fmt: skip


def conversations() -> Iterator[tuple[str, Callable[..., Any]]]:
    for path in sorted(FOLDER.glob("test_*.py")):
        module = importlib.import_module(f"tests.session_rules.{path.stem}")
        for name, test in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("test_") and test.__module__ == module.__name__:
                yield f"{path.name}::{name}", test


def told() -> Counter[str]:
    return Counter(number for _, test in conversations() for number in getattr(test, "rules", ()))


def test_every_rule_has_a_conversation() -> None:
    numbers = [number for number, _ in read_rules(TEXT)]
    assert len(numbers) > 90
    assert [number for number in numbers if number not in told()] == []


def test_every_conversation_tells_a_rule_that_there_is() -> None:
    known = {number for number, _ in read_rules(TEXT)}
    lost = {name: getattr(test, "rules", None) for name, test in conversations()}
    assert {name: numbers for name, numbers in lost.items() if not numbers or not set(numbers) <= known} == {}


def test_every_conversation_is_held_with_and_without_a_network() -> None:
    """`converse` and `connect` come both ways."""
    alone = [
        name for name, test in conversations() if not {"converse", "connect"} & set(inspect.signature(test).parameters)
    ]
    assert alone == []


def test_rules_are_numbered_in_order_and_in_their_chapters() -> None:
    numbers = [tuple(map(int, number[2:].split("."))) for number, _ in read_rules(TEXT)]
    chapters = [int(chapter) for chapter in re.findall(r"^## ([0-9]+) ", TEXT, re.MULTILINE)]
    assert chapters == list(range(1, len(chapters) + 1))
    expected = [
        (chapter, place) for chapter in chapters for place in range(1, 1 + sum(one[0] == chapter for one in numbers))
    ]
    assert numbers == expected
    assert len(re.findall(r"\*\*S-", TEXT)) == len(numbers), "a rule is not written as the others are"


def test_every_test_case_of_the_standard_is_answered() -> None:
    cited = re.findall(r"\[([0-9][^\]]*)\]", TEXT)
    assert {case for cases in cited for case in cases.split()} == STANDARD


def test_every_option_of_a_session_is_listed_with_its_default_and_its_rules() -> None:
    """And a rule says what it does."""
    rules, _, table = TEXT.partition("## Options and their defaults")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", table.partition("\n## ")[0], re.MULTILINE)
    options = [option for option in msgspec.structs.fields(SessionConfig) if option.name not in ELSEWHERE]
    plain = {
        option.name: json.dumps(option.default) for option in options if isinstance(option.default, bool | int | str)
    }
    defaults = plain | {"rules": "all on", "hours": "always open"}
    assert [(name, default) for name, default, _ in rows] == [
        (option.name, defaults[option.name]) for option in options
    ]
    assert [name for name, _, _ in rows if f"`{name}`" not in rules] == []
    known = {number for number, _ in read_rules(TEXT)} | {"S-9"}
    assert {number for _, _, cited in rows for number in re.findall(r"S-[0-9.]+", cited)} <= known


@pytest.mark.parametrize("switch", Rules.__struct_fields__)
def test_every_rule_of_the_reader_stands_in_a_rule_here(switch: str) -> None:
    assert f"(`{switch}`)" in TEXT


# -- these checks themselves


def test_a_rule_is_read_with_its_continuation() -> None:
    text = "## 1 One\n\n- **S-1.1** You say\n  this. [2a]\n- **S-1.2** That.\n\nText.\n\n## 2 Two\n- **S-2.1** End.\n"
    assert read_rules(text) == [("S-1.1", "You say this. [2a]"), ("S-1.2", "That."), ("S-2.1", "End.")]


def test_a_test_keeps_the_numbers_of_its_rules() -> None:
    @rule("S-1.1", "S-1.2")
    def test() -> None: ...

    assert test.rules == ("S-1.1", "S-1.2")  # type: ignore[attr-defined]
