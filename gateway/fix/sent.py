"""What a session sent and may have to send again.

Nearly nothing of it ever is, so all but the newest messages are packed, a block at a time: some 30 bytes a message, as
the fields of one are the fields of the next. One block at most is open; a resend reads them one after the other.
"""

import zlib
from bisect import bisect_left, bisect_right
from typing import Final

import msgspec

BLOCK: Final = 128  # messages; more pack hardly better, and each session holds as many unpacked
_LEVEL: Final = 2

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[int, bytes]).decode


class SentMessages:
    """Application messages by MsgSeqNum(34). Admin messages are not kept; a gap fill stands for them."""

    __slots__ = ("_blocks", "_changed", "_first", "_newest", "_open", "_which")

    def __init__(self) -> None:
        self._newest: dict[int, bytes] = {}
        self._blocks: list[bytes] = []
        self._first: list[int] = []  # the first number of each block, as it was packed; some may be dropped by now
        self._which = -1  # the block that is open
        self._open: dict[int, bytes] = {}
        self._changed = False  # since it was opened

    def add(self, seq: int, data: bytes) -> None:
        """`seq` is above all that were added before."""
        newest = self._newest
        if len(newest) >= BLOCK:
            self._first.append(next(iter(newest)))
            self._blocks.append(_pack(newest))
            newest.clear()
        newest[seq] = data

    def get(self, seq: int) -> bytes | None:
        return self._holding(seq).get(seq)

    def following(self, seq: int) -> int | None:
        """The first number from `seq` on that is kept."""
        if seq in self._newest:
            return seq
        for which in range(max(bisect_right(self._first, seq) - 1, 0), len(self._blocks)):
            found = _from(self._opened(which), seq)
            if found is not None:
                return found
        return _from(self._newest, seq)

    def drop(self, seq: int) -> None:
        held = self._holding(seq)
        if held.pop(seq, None) is not None and held is self._open:
            self._changed = True

    def drop_from(self, seq: int) -> None:
        """Nothing from `seq` on is kept any more."""
        if self._first and not (self._newest and next(iter(self._newest)) < seq):
            which = max(bisect_left(self._first, seq) - 1, 0)
            self._newest = self._opened(which)
            del self._blocks[which:], self._first[which:]
            self._which, self._open, self._changed = -1, {}, False
        for number in [number for number in self._newest if number >= seq]:
            del self._newest[number]

    def _holding(self, seq: int) -> dict[int, bytes]:
        """Where that number is, if it is anywhere."""
        if seq in self._newest or not self._first or seq < self._first[0]:
            return self._newest
        return self._opened(bisect_right(self._first, seq) - 1)

    def _opened(self, which: int) -> dict[int, bytes]:
        if which != self._which:
            if self._changed:
                self._blocks[self._which] = _pack(self._open)
            self._which, self._open, self._changed = which, _decode(zlib.decompress(self._blocks[which])), False
        return self._open


def _pack(messages: dict[int, bytes]) -> bytes:
    return zlib.compress(_encode(messages), _LEVEL)


def _from(messages: dict[int, bytes], seq: int) -> int | None:
    """The first number from `seq` on."""
    if seq in messages:
        return seq
    return next((number for number in messages if number >= seq), None)
