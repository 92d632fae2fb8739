"""Cuts a byte stream into messages: find `8=`, read `9=`, see `35=`, jump, verify `10=`.

Feeding never raises. What is no message is skipped up to the next thing that could begin one, as FIX says of garbled
messages (Volume 2, "Message integrity"), and handed out so that the record can keep it. How the stream was cut into
segments changes nothing.
"""

import re
from zlib import adler32

from msgspec import Struct

SOH = "\x01"
GARBLED_KEPT = 512  # bytes of each garbled stretch that are kept

# MsgType(35) elsewhere than third makes a message garbled, too.
_HEAD = re.compile(rb"8=FIX[^\x01]{1,8}\x019=([0-9]{1,7})\x0135=")
_HEAD_BEGUN = re.compile(
    rb"8(?:\Z|=(?:\Z|F(?:\Z|I(?:\Z|X(?:\Z|[^\x01]{1,8}(?:\Z|\x01(?:\Z|9(?:\Z|=(?:\Z|"
    rb"[0-9]{1,7}(?:\Z|\x01(?:\Z|3(?:\Z|5\Z))))))))))))",
)
_NEXT_HEAD = re.compile(rb"8(?:\Z|=(?:\Z|F(?:\Z|I(?:\Z|X))))")
_MSG_TYPE_BEGUN = len(b"35=")  # of what BodyLength(9) counts, the head has this much
_CHECK_SUM = b"\x0110="  # what has to stand where the body ends, its last SOH included
_TRAILER = tuple(b"10=%03d\x01" % n for n in range(256))
# What the sum of a whole message has to be, by its end. Looked at before the sum is taken: many short heads could
# announce one long message.
_SUMS = {b"\x01" + trailer: (n + sum(trailer)) & 255 for n, trailer in enumerate(_TRAILER)}
_TRAILER_LENGTH = 7
_HEAD_BYTES = 20  # enough of a message to hold its head, but for odd ones
_SIZES_KEPT = 4096
_sizes: dict[bytes, int] = {}  # bytes of a whole message, by its first `_HEAD_BYTES`: heads repeat themselves


class GarbledBytes(Struct, frozen=True, gc=False):
    """The beginning of a stretch of bytes that is no message."""

    data: bytes


def checksum(data: bytes) -> int:
    """CheckSum(10): the sum of all bytes modulo 256. Adler-32's low half is that sum plus one while it fits 16 bits."""
    if len(data) <= 256 or (len(data) <= 512 and data.isascii()):
        return (adler32(data) - 1) & 255
    total = 0
    for start in range(0, len(data), 256):
        total += (adler32(data[start : start + 256]) & 0xFFFF) - 1
    return total & 255


def finish(text: str) -> bytes:
    """The wire form of a message given from MsgType(35) to its last body field. What is not latin-1 becomes '?'."""
    data = f"8=FIX.4.4\x019={len(text)}\x01{text}".encode("latin-1", "replace")
    if len(data) <= 256 or (len(data) <= 512 and data.isascii()):  # `checksum` without the call
        return data + _TRAILER[(adler32(data) - 1) & 255]
    return data + _TRAILER[checksum(data)]


def _size(buffer: bytes, start: int) -> int | None:
    """Bytes of the message that begins there, as its head says; None: no head stands there."""
    head = _HEAD.match(buffer, start)
    if head is None:
        return None
    size = head.end() - start - _MSG_TYPE_BEGUN + int(head[1]) + _TRAILER_LENGTH
    if head.end() - start <= _HEAD_BYTES:
        if len(_sizes) >= _SIZES_KEPT:
            _sizes.clear()
        _sizes[buffer[start : start + _HEAD_BYTES]] = size
    return size


class Framer:
    """Holds at most one unfinished message of `max_message` bytes.

    `believes_length`: a wrong BodyLength(9) takes along all that it covers, as with QuickFIX.
    """

    def __init__(self, max_message: int = 8192, *, believes_length: bool = False) -> None:
        self.max_message = max_message
        self._believes_length = believes_length
        self._rest = b""

    @property
    def pending(self) -> bool:
        """Whether a message has begun and not ended."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[bytes | GarbledBytes]:
        """All messages that `data` completes, each verified by BodyLength(9) and CheckSum(10)."""
        buffer = self._rest + data if self._rest else data
        found: list[bytes | GarbledBytes] = []
        start, end = 0, len(buffer)
        while start < end:
            size = _sizes.get(buffer[start : start + _HEAD_BYTES]) or _size(buffer, start)
            if size is None:
                if _HEAD_BEGUN.match(buffer, start):
                    break
                start = self._skip(buffer, start, found)
                continue
            stop = start + size
            if size > self.max_message:
                start = self._skip(buffer, start, found)
            elif stop > end:
                trailer = stop - _TRAILER_LENGTH
                if _CHECK_SUM.startswith(buffer[trailer - 1 : trailer + 3]):
                    break
                start = self._skip(buffer, start, found)
            else:
                total = _SUMS.get(buffer[stop - _TRAILER_LENGTH - 1 : stop])
                message = buffer[start:stop] if total is not None else b""
                if total == ((adler32(message) - 1) & 255 if size <= 256 else checksum(message)):
                    found.append(message)
                    start = stop
                else:
                    least = stop - _TRAILER_LENGTH if self._believes_length else 0
                    start = self._skip(buffer, start, found, least)
        self._rest = buffer[start:]
        return found

    @staticmethod
    def _skip(buffer: bytes, start: int, found: list[bytes | GarbledBytes], least: int = 0) -> int:
        """Where the next message may begin. A wrong BodyLength must not swallow the message behind it."""
        following = _NEXT_HEAD.search(buffer, max(start + 1, least))
        stop = following.start() if following else len(buffer)
        found.append(GarbledBytes(buffer[start : min(stop, start + GARBLED_KEPT)]))
        return stop
