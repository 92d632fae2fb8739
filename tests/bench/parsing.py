"""Parse and validate one NewOrderSingle of 20 fields: ours with every rule on, and the QuickFIX Python binding.

Ours is framer and reader together, from bytes to all values of a message whose every field was validated. Theirs is
what its users call: `quickfix.Message(text, dictionary, True)` looks at BodyLength, CheckSum and groups, and leaves a
C++ object, whose values are then asked for. Both read the same messages, which differ in numbers, prices and times.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from statistics import median
from typing import Any

from gateway.fix.dictionary import default
from gateway.fix.frame import Framer, finish
from gateway.fix.reader import LEARN_AFTER, Reader, Selection
from gateway.model.sessions import Rules

FIELDS = 20
TARGET = 0.30  # of the binding's time
_DISTINCT = 512  # messages, so that no memo of values helps
_ROUNDS = 9
_HEADER, _BODY = (35, 49, 56, 34, 52), (11, 1, 21, 55, 54, 60, 38, 40, 44, 15, 59, 528)
_VALUES = Selection(*_HEADER, *_BODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """Medians of all rounds, in microseconds of CPU time a message; ratios are of the same round. None: QuickFIX is not there."""

    ours: float
    binding: float | None
    bare: float | None  # the binding's constructor alone, no value read
    ratio: float | None
    bare_ratio: float | None


def orders() -> list[bytes]:
    """Of one client, as they follow each other."""
    made = [
        finish(
            f"35=D\x0149=CLIENT\x0156=GATEWAY\x0134={n + 2}\x0152=20260105-14:30:{n % 60:02}.{n:03}\x0111=ORD-{n:06}\x01"
            f"1=ACC-7\x0121=1\x0155={('ACME', 'VOD.L', 'AAPL')[n % 3]}\x0154={n % 2 + 1}\x01"
            f"60=20260105-14:30:{n % 60:02}.{n:03}\x0138={100 + n}\x0140=2\x0144={10 + n % 90}.{n % 100:02}\x0115=USD\x01"
            f"59=0\x01528=A\x01"
        )
        for n in range(_DISTINCT)
    ]
    assert all(data.count(b"\x01") == FIELDS for data in made)
    return made


def measure(*, repeats: int) -> Parsed:
    """`repeats` times all messages in each round."""
    messages = orders()
    framer, reader = Framer(), Reader(default(), Rules())
    for data in messages[: LEARN_AFTER + 1]:
        assert reader.read(data).fault is None

    def ours() -> None:
        layout = None
        for data in messages:
            for item in framer.feed(data):
                message = reader.read(item, layout)  # type: ignore[arg-type]
                layout = message.layout
                message.pick(_VALUES)

    actions = [ours, *_binding([data.decode("latin-1") for data in messages])]
    rounds = [[_us_per_message(action, repeats) for action in actions] for _ in range(_ROUNDS)]
    middle = [median(column) for column in zip(*rounds, strict=True)]
    if len(actions) == 1:
        return Parsed(ours=middle[0], binding=None, bare=None, ratio=None, bare_ratio=None)
    return Parsed(
        ours=middle[0],
        binding=middle[1],
        bare=middle[2],
        ratio=median(own / theirs for own, theirs, _ in rounds),
        bare_ratio=median(own / theirs for own, _, theirs in rounds),
    )


def _binding(texts: list[str]) -> list[Callable[[], None]]:
    """With all values and without; nothing where QuickFIX is not installed."""
    try:
        import quickfix
    except ImportError:
        return []
    with as_file(files("fixspecs") / "FIX44.xml") as path:
        dictionary: Any = quickfix.DataDictionary(str(path))
    make: Callable[[str, Any, bool], Any] = quickfix.Message

    def parse() -> None:
        for text in texts:
            message = make(text, dictionary, True)
            header = message.getHeader()
            for tag in _HEADER:
                header.getField(tag)
            for tag in _BODY:
                message.getField(tag)

    def construct() -> None:
        for text in texts:
            make(text, dictionary, True)

    return [parse, construct]


def _us_per_message(action: Callable[[], None], repeats: int) -> float:
    gc.collect()
    start = time.thread_time_ns()
    for _ in range(repeats):
        action()
    return (time.thread_time_ns() - start) / 1000 / repeats / _DISTINCT
