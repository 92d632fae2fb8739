"""The bytes of the journal: records, and the batches they are committed in.

A record is a head (kind, payload length, number, instant, link), two checksums, and its payload. The first checksum is
the head's alone, so that a length can be trusted before it is followed; the second covers head and payload. A batch is
some records and a COMMIT, whose link field holds the batch's length and whose payload is
SHA-256(previous digest + batch) and one mark byte.

Recovery tells a batch that never reached the disk from one that was damaged there by looking for sectors that are
still zero. So no record may contribute a whole sector of zeros: kinds are letters (a record starts non-zero, and stays
so when any one bit flips), a batch ends with the mark, and a payload with a long run of zeros is stored as hex.
"""

from collections.abc import Callable
from hashlib import sha256
from struct import Struct
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from gateway.model import (
    Close,
    Command,
    Garbled,
    Input,
    LinkDown,
    LinkUp,
    Note,
    Ns,
    Output,
    Received,
    Send,
    Started,
    Timer,
)
from gateway.record.mask import mask, mask_garbled

STARTED, LINK_UP, LINK_DOWN, RECEIVED, GARBLED, TIMER, COMMAND = b"SUDRGTO"
SEND, CLOSE, NOTE, COMMIT = b"WXNC"
HEXED = 0x80  # added to a kind whose payload is stored as hex

HEAD = Struct("<BIQqI")  # kind, payload bytes, number from 1 without gaps, instant in Ns, link
CHECKS = Struct("<II")  # CRC-32 of the head, CRC-32 of head and payload
HEADER_BYTES = HEAD.size + CHECKS.size
MARK = b"\xa5"
DIGEST_BYTES = 32
COMMIT_BYTES = DIGEST_BYTES + len(MARK)
PAYLOAD_LIMIT = (
    4 * 1024 * 1024
)  # bytes of one record; a message is 8 KiB, only a Started with its configuration is long
GENESIS = sha256(b"FIX execution gateway journal, format 1").digest()

LONG = 480  # bytes of a payload that could hold a sector's worth of zeros: 512 less those that a head can add
_ZERO_RUN = bytes(LONG)


class Record(NamedTuple):
    seq: int
    at: Ns
    kind: int
    link: int
    payload: bytes


def pack(kind: int, seq: int, at: int, link: int, payload: bytes) -> tuple[bytes, bytes, bytes]:
    """Head, checksums and payload. Raises ValueError beyond PAYLOAD_LIMIT."""
    length = len(payload)
    if length >= LONG and (length > PAYLOAD_LIMIT or _ZERO_RUN in payload):
        if length > PAYLOAD_LIMIT:
            raise ValueError(f"a record of {length} bytes exceeds {PAYLOAD_LIMIT}")
        kind, payload = kind | HEXED, payload.hex().encode()
        length = len(payload)
    head = HEAD.pack(kind, length, seq, at, link)
    check = crc32(head)
    return head, CHECKS.pack(check, crc32(payload, check)), payload


def pack_commit(seq: int, at: int, batch: bytes, previous: bytes) -> tuple[bytes, bytes]:
    """The COMMIT record that ends `batch`, and the new digest."""
    chain = sha256(previous)
    chain.update(batch)
    digest = chain.digest()
    return b"".join(pack(COMMIT, seq, at, len(batch), digest + MARK)), digest


def _names(*names: str) -> bytes:
    return msgspec.json.encode(names) + b"\n"


def encode(item: Input | Output) -> tuple[int, int, bytes]:
    """Kind, link and payload of an item's record, with passwords masked."""
    match item:
        case Received(link=link, data=data):
            return RECEIVED, link, mask(data)
        case Send(link=link, data=data):
            return SEND, link, mask(data)
        case Timer():
            return TIMER, 0, b""
        case Note(kind=kind, payload=payload):
            return NOTE, 0, b"%b\n%b" % (kind.encode(), payload)
        case LinkUp(link=link, port=port, peer=peer):
            return LINK_UP, link, _names(port, peer)
        case LinkDown(link=link, reason=reason):
            return LINK_DOWN, link, _names(reason)
        case Garbled(link=link, data=data):
            return GARBLED, link, mask_garbled(data)
        case Close(link=link):
            return CLOSE, link, b""
        case Command(name=name, who=who, payload=payload):
            return COMMAND, 0, _names(name, who) + payload
        case Started(payload=payload):
            return STARTED, 0, payload


def decode(record: Record) -> Input | Output:
    """The item again. Raises KeyError for a COMMIT, which is none."""
    return _OUTPUTS[record.kind](record) if record.kind in _OUTPUTS else _INPUTS[record.kind](record)


def decode_input(record: Record) -> Input:
    """The input again; raises KeyError for anything else."""
    return _INPUTS[record.kind](record)


def _text(record: Record) -> Any:
    names, _, payload = record.payload.partition(b"\n")
    return [*msgspec.json.decode(names, type=list[str]), payload]


def _note(record: Record) -> Note:
    kind, _, payload = record.payload.partition(b"\n")
    return Note(kind.decode(), payload)


def _link_up(record: Record) -> LinkUp:
    port, peer, _ = _text(record)
    return LinkUp(record.at, record.link, port, peer)


def _command(record: Record) -> Command:
    name, who, payload = _text(record)
    return Command(record.at, name, who, payload)


_INPUTS: dict[int, Callable[[Record], Input]] = {
    STARTED: lambda r: Started(r.at, r.payload),
    LINK_UP: _link_up,
    LINK_DOWN: lambda r: LinkDown(r.at, r.link, _text(r)[0]),
    RECEIVED: lambda r: Received(r.at, r.link, r.payload),
    GARBLED: lambda r: Garbled(r.at, r.link, r.payload),
    TIMER: lambda r: Timer(r.at),
    COMMAND: _command,
}
_OUTPUTS: dict[int, Callable[[Record], Output]] = {
    SEND: lambda r: Send(r.link, r.payload),
    CLOSE: lambda r: Close(r.link),
    NOTE: _note,
}
INPUTS = frozenset(_INPUTS)  # kinds that a participant is given; the others are what it said
