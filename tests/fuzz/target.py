"""What every target has: seeds, a way to change them, an examination; and a clock of the engine's own time.

An examination raises `Found` where the engine disagrees with an oracle or with itself, and `Slow` where it takes too
long; whatever the engine raises is a finding as it is.
"""

import time
from collections.abc import Sequence
from random import Random
from types import TracebackType
from typing import Protocol

NS_PER_KIB = 1_000_000  # of the engine's time; a shorter input is given as much


class Found(AssertionError):
    """`kind` is the same for findings of one cause."""

    def __init__(self, kind: str, detail: object = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind


class Slow(Found):
    """May be chance: it counts when it happens again."""

    def __init__(self, took_ns: int, size: int) -> None:
        super().__init__("takes more than 1 ms per KiB", f"{took_ns / 1e6:.1f} ms for {size} bytes")
        self.ms_per_kib = took_ns / 1e6 / max(size / 1024, 1)


class Target(Protocol):
    name: str
    clock: "Clock"

    def seeds(self) -> Sequence[bytes]: ...

    def change(self, data: bytes, chance: Random) -> bytes: ...

    def examine(self, data: bytes) -> None: ...


class Clock:
    """The engine's own time, without the oracle's: of what runs `with` it."""

    def __init__(self) -> None:
        self.spent_ns = 0
        self.bytes = 0
        self._input_ns = 0  # of what is being examined
        self._start = 0

    def __enter__(self) -> None:
        self._start = time.thread_time_ns()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._input_ns += time.thread_time_ns() - self._start

    def check(self, size: int) -> None:
        """Ends an examination. Raises Slow after more than 1 ms for each KiB of `size`."""
        took, self._input_ns = self._input_ns, 0
        self.spent_ns += took
        self.bytes += size
        if took * 1024 > NS_PER_KIB * max(size, 1024):
            raise Slow(took, size)
