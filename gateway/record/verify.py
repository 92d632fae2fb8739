"""Whether a participant, given the recorded inputs again, says what is recorded: asked by recovery and replay.

The outputs recorded between one input and the next are what that input caused, in that order.
"""

from collections import deque
from collections.abc import Iterable

from msgspec import Struct

from gateway.model import Node, Output
from gateway.record.records import CLOSE, INPUTS, NOTE, SEND, Record, decode_input, encode


class Difference(Struct, frozen=True, kw_only=True):
    """The first output that differs. Both sides are as recorded: with passwords masked."""

    seq: int  # the record that says otherwise, or the input whose answer is not recorded
    expected: str  # what is recorded
    got: str  # what was said now

    def __str__(self) -> str:
        return f"record {self.seq}: expected {self.expected}, got {self.got}"


def compare(records: Iterable[Record], node: Node) -> Difference | None:
    """Run the recorded inputs through `node`; None if every output is the recorded one, byte for byte.

    Without a difference, `node` is afterwards what it was when the last record was written.
    """
    said: deque[Output] = deque()
    asked = 0
    for record in records:
        if record.kind in INPUTS:
            if said:
                return Difference(seq=asked, expected="nothing more", got=_shown(*encode(said[0])))
            asked = record.seq
            said.extend(node.handle(decode_input(record)))
            continue
        recorded = record.kind, record.link, record.payload
        got = encode(said.popleft()) if said else None
        if got != recorded:
            return Difference(seq=record.seq, expected=_shown(*recorded), got=_shown(*got) if got else "nothing")
    return Difference(seq=asked, expected="nothing more", got=_shown(*encode(said[0]))) if said else None


def _shown(kind: int, link: int, payload: bytes) -> str:
    text = payload.replace(b"\x01", b"|").decode("utf-8", "backslashreplace")
    return f"{_NAMES[kind]} {f'on link {link} ' if link else ''}{text}".rstrip()


_NAMES = {SEND: "Send", CLOSE: "Close", NOTE: "Note"}
