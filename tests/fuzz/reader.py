"""The reader against the reference parser, against itself, and back through what it read.

`ReaderTarget` has all rules on and one reader for the whole run, so that layouts are learned and forgotten;
`ValidatorTarget` has some rules off, chosen by the input's first two bytes.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from msgspec.structs import fields

from gateway.fix import messages as typed
from gateway.fix.dictionary import default
from gateway.fix.frame import Framer, finish
from gateway.fix.reader import LEARN_AFTER, Entry, Layout, Message, Reader
from gateway.fix.structure import Places
from gateway.model import Ns
from gateway.model.sessions import Rules
from tests.fuzz import inputs
from tests.fuzz.framer import frame
from tests.fuzz.target import Clock, Found
from tests.reference_parser import Tree, judge

MAX_MESSAGE = 8192
RULES = tuple(field.name for field in fields(Rules))
_SETS = 48  # of rules, each with its reader
_LEARN_ONE_IN = 256  # inputs that are read until they are learned


def tree_of(message: Message) -> Tree:
    """All that a message shows, as the reference parser has it."""
    layout = message.layout
    tree: Tree = {tag: (message.get(tag) or "").encode("latin-1") for tag in layout.index}
    for tag in layout.entries:
        tree[tag] = [_tree_of_entry(entry) for entry in message.groups(tag)]
    return tree


def _tree_of_entry(entry: Entry) -> Tree:
    tree: Tree = {tag: value.encode("latin-1") for tag, value in entry.items()}
    for tag in entry._groups:
        tree[tag] = [_tree_of_entry(inner) for inner in entry.groups(tag)]
    return tree


def framed(text: bytes) -> bytes | None:
    """`text` as of `inputs` in its frame; None where that is no one message."""
    data = frame(text if text.endswith(inputs.SOH) else text + inputs.SOH)
    return data if Framer(MAX_MESSAGE).feed(data) == [data] else None


def compare(message: Message, data: bytes, rules: Rules) -> None:
    """Raises Found where the reference parser would not have read the same."""
    verdict = judge(data, inputs.book(), rules)
    fault = message.fault
    if fault is None:
        if verdict.faults:
            raise Found(f"reader accepts what has a fault {_reason(min(verdict.faults, key=str))}", verdict.faults)
        if tree_of(message) != verdict.tree:
            raise Found("reader and reference read different fields", (tree_of(message), verdict.tree))
    elif not verdict.faults:
        raise Found(f"reader rejects what is good ({fault.reason})", fault.text)
    elif (int(fault.reason), fault.tag) not in verdict.faults:
        raise Found(
            f"reader names another fault ({fault.reason})", f"{fault.text} -- {sorted(verdict.faults, key=str)}"
        )


def _reason(fault: tuple[int, int | None]) -> int:
    return fault[0]


def shown(message: Message) -> tuple[object, Tree]:
    """Everything of a message that must not depend on what was learned before, the fields apart."""
    tree = tree_of(message) if message.fault is None else {}
    return (message.fault, message.msg_type, message.seq, message.poss_dup, message.raw), tree


class ReaderTarget:
    name = "reader"

    def __init__(self) -> None:
        self.clock = Clock()
        self._learning = Reader(default(), Rules())
        self._careful = Reader(default(), Rules())
        self._last: Layout | None = None

    def seeds(self) -> Sequence[bytes]:
        return inputs.messages()

    def change(self, data: bytes, chance: Random) -> bytes:
        return inputs.change_message(data, chance)

    def examine(self, data: bytes) -> None:
        whole = framed(data)
        if whole is None:
            return
        times = LEARN_AFTER + 1 if zlib.crc32(data) % _LEARN_ONE_IN == 0 else 1
        for _ in range(times):
            with self.clock:
                message = self._learning.read(whole, self._last)
            self._last = message.layout
        self._careful._met.clear()  # so that it never learns
        if shown(message) != shown(self._careful.read(whole)):
            raise Found("what was learned changes the reading", shown(message))
        compare(message, whole, Rules())
        if message.fault is None:
            self._encode_again(message, whole)
        self.clock.check(times * len(whole))

    def _encode_again(self, message: Message, data: bytes) -> None:
        """Parse, encode, parse: the same bytes, and the same order, report or market data."""
        places = sorted(_places(Places(message.layout.index, message.layout.entries)))
        encoded = finish("".join(f"{tag}={message.values[at]}\x01" for at, tag in places[2:-1]))
        if encoded != data:
            raise Found("parse, encode is not the identity", (data, encoded))
        if message.msg_type not in _TYPED:
            return
        read, write, ignored = _TYPED[message.msg_type]
        first = read(message)
        again = self._learning.read(finish(f"35={message.msg_type}\x01{_HEAD}{write(first)}"))
        if again.fault is not None:
            raise Found(f"what we write of a {message.msg_type} is not valid", (again.fault.text, again.raw))
        second = read(again)
        for name in (field.name for field in fields(first)):
            if name not in ignored and getattr(first, name) != getattr(second, name):
                raise Found(f"{message.msg_type}: {name} does not survive", (first, second))


def _places(places: Places) -> Iterator[tuple[int, int]]:
    """Position and tag of every field, those of groups too."""
    yield from ((at, tag) for tag, at in places.index.items())
    for entries in places.groups.values():
        for entry in entries:
            yield from _places(entry)


_HEAD = "49=C\x0156=G\x0134=2\x0152=20260105-14:30:00.000\x01"
_NOW = Ns(0)
# What reads a message, what writes it again, and what the writer leaves to others: a child order has no strategy, and
# of a report's terms only the echo is read. A fill needs both LastQty(32) and LastPx(31) to be written, a fee both
# Commission(12) and CommType(13).
_TYPED: dict[str, tuple[Callable[[Message], Any], Callable[[Any], str], tuple[str, ...]]] = {
    "D": (
        typed.read_new_order,
        lambda order: typed.write_new_order(order, _NOW),
        (
            *("effective_time", "expire_time", "expire_date", "destination", "target_strategy", "strategy_text"),
            *("participation", "strategy_parameters", "position_id", "handling", "instructions", "echo"),
        ),
    ),
    "F": (typed.read_cancel, lambda request: typed.write_cancel(request, _NOW), ()),
    "8": (
        typed.read_execution_report,
        typed.write_execution_report,
        ("last_qty", "last_px", "last_mkt", "last_liquidity", "commission", "comm_type", "transact_time", "text"),
    ),
    "9": (typed.read_cancel_reject, typed.write_cancel_reject, ()),
    "V": (typed.read_market_data_request, typed.write_market_data_request, ()),
}


class ValidatorTarget:
    name = "validator"

    def __init__(self) -> None:
        self.clock = Clock()
        chance = Random(373)
        singles = [Rules(**{name: False}) for name in RULES]
        some = [Rules(**{name: chance.random() < 0.6 for name in RULES}) for _ in range(_SETS - len(singles) - 2)]
        nothing = Rules(**dict.fromkeys(RULES, False))
        self._readers = [(rules, Reader(default(), rules)) for rules in (Rules(), nothing, *singles, *some)]

    def seeds(self) -> Sequence[bytes]:
        return [b"%c%s" % (number % _SETS, text) for number, text in enumerate(inputs.messages())]

    def change(self, data: bytes, chance: Random) -> bytes:
        rules = chance.randrange(_SETS) if chance.random() < 0.3 else data[0] % _SETS if data else 0
        return b"%c%s" % (rules, inputs.change_message(data[1:], chance))

    def examine(self, data: bytes) -> None:
        whole = framed(data[1:])
        if whole is None:
            return
        rules, reader = self._readers[data[0] % _SETS]
        with self.clock:
            message = reader.read(whole)
        compare(message, whole, rules)
        self.clock.check(len(whole))
