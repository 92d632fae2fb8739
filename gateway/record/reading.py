"""Reading the journal: whole verified batches, and what to make of the place where they end.

A batch is one write followed by one sync, so only the last one may be unfinished. What a crash leaves of it is whole
sectors, each written or still zero as prepared (or a file that ends early). That picture is a *torn* batch: it was
never confirmed, nothing of it left the process, and it may be cut. Any other picture is damage, and is refused.
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from gateway.model import Ns
from gateway.record.records import (
    CHECKS,
    COMMIT,
    COMMIT_BYTES,
    DIGEST_BYTES,
    GENESIS,
    HEAD,
    HEADER_BYTES,
    HEXED,
    MARK,
    PAYLOAD_LIMIT,
    Record,
)

SECTOR = 512  # bytes that a disk writes whole or not at all
_COMMIT_HEAD = bytes((COMMIT,)) + COMMIT_BYTES.to_bytes(4, "little")


class Position(NamedTuple):
    """The end of a batch: where the next one starts, the last record's number, the chain's digest so far."""

    segment: int = 1
    offset: int = 0
    seq: int = 0
    digest: bytes = GENESIS


class Batch(NamedTuple):
    records: list[Record]  # without the COMMIT
    end: Position


class Torn(NamedTuple):
    """A batch at the journal's end that was never confirmed as durable."""

    path: Path
    offset: int
    length: int  # bytes up to the last one that is not zero
    seq: int  # number of the first record lost

    def __str__(self) -> str:
        return (
            f"{self.path}: {self.length} bytes at offset {self.offset}, from record {self.seq} on, "
            "are an unfinished batch that was never confirmed"
        )


class JournalDamaged(Exception):
    """The journal is not what was written. Naming the record, its segment and its offset there."""

    def __init__(self, path: Path, offset: int, seq: int, what: str) -> None:
        super().__init__(f"journal damaged at record {seq} ({path}, offset {offset}): {what}")
        self.path, self.offset, self.seq = path, offset, seq


def segment_path(folder: Path, number: int) -> Path:
    return folder / f"journal-{number:08}.seg"


def segment_numbers(folder: Path) -> list[int]:
    return sorted(int(path.name[8:16]) for path in folder.glob("journal-" + "[0-9]" * 8 + ".seg"))


def batch_at(data: bytes, start: Position) -> Batch | None:
    """The whole, valid batch that begins at `start`; None if there is no such thing."""
    offset, seq, size = start.offset, start.seq, len(data)
    unpack = HEAD.unpack_from
    records: list[Record] = []
    while offset + HEADER_BYTES <= size:
        kind, length, number, at, link = unpack(data, offset)
        seq += 1
        begin, offset = offset, offset + HEADER_BYTES + length
        if number != seq or offset > size or length > 2 * PAYLOAD_LIMIT:
            return None
        payload = data[begin + HEADER_BYTES : offset]
        if kind == COMMIT:
            # The chain covers every byte of the batch, so its records' own checksums need no look.
            chain = sha256(start.digest)
            chain.update(memoryview(data)[start.offset : begin])
            whole = payload == chain.digest() + MARK and _intact(data, begin)
            return Batch(records, Position(start.segment, offset, seq, payload[:DIGEST_BYTES])) if whole else None
        if kind & HEXED:
            kind, payload = kind ^ HEXED, bytes.fromhex(payload.decode("latin-1")) if _is_hex(payload) else b""
        records.append(Record(seq, Ns(at), kind, link, payload))
    return None


def _is_hex(payload: bytes) -> bool:
    return len(payload) % 2 == 0 and not payload.strip(b"0123456789abcdef")


def _head_length(data: bytes, offset: int) -> int | None:
    """Payload length of the record at `offset`, None if its head is not intact."""
    if offset + HEADER_BYTES > len(data):
        return None
    head = data[offset : offset + HEAD.size]
    check, _ = CHECKS.unpack_from(data, offset + HEAD.size)
    return int(HEAD.unpack(head)[1]) if crc32(head) == check else None


def _intact(data: bytes, offset: int) -> bool:
    length = _head_length(data, offset)
    if length is None or offset + HEADER_BYTES + length > len(data):
        return False
    check, whole = CHECKS.unpack_from(data, offset + HEAD.size)
    payload = memoryview(data)[offset + HEADER_BYTES : offset + HEADER_BYTES + length]
    return bool(crc32(payload, check) == whole)


def torn_at(path: Path, data: bytes, end: Position, *, last: bool) -> Torn | None:
    """What stands in a segment after its last whole batch: nothing but zeros (None), or a torn batch.

    `last`: no later segment holds anything. Raises JournalDamaged where it is neither.
    """
    used = len(data.rstrip(b"\0"))
    if used <= end.offset:
        return None
    bad, seq = end.offset, end.seq + 1
    while _intact(data, bad):
        kind, length, number, _, _ = HEAD.unpack_from(data, bad)
        if number != seq:
            raise JournalDamaged(path, bad, seq, f"it carries number {number}")
        if kind == COMMIT:
            raise JournalDamaged(path, bad, seq, "its digest does not continue the chain")
        bad, seq = bad + HEADER_BYTES + length, seq + 1
    if not _is_torn(data, end.offset, bad, used):
        raise JournalDamaged(path, bad, seq, "checksum or structure is wrong")
    if not last or _committed_after(data, end.offset, bad, used):
        raise JournalDamaged(path, bad, seq, "checksum or structure is wrong, and a later batch is whole")
    return Torn(path, end.offset, used - end.offset, end.seq + 1)


def _is_torn(data: bytes, start: int, bad: int, used: int) -> bool:
    """Whether some sector of the batch is still zero, or the bad record goes on where nothing was written."""
    for sector in range(start - start % SECTOR, used, SECTOR):
        if not data[max(sector, start) : min(sector + SECTOR, used)].strip(b"\0"):
            return True
    written = min(-(-used // SECTOR) * SECTOR, len(data))
    if bad + HEADER_BYTES > written:
        return True
    length = _head_length(data, bad)
    return length is not None and bad + HEADER_BYTES + length > written


def _committed_after(data: bytes, start: int, bad: int, used: int) -> bool:
    """Whether a COMMIT behind the bad record shows that the batch at `start` is not the last that was written."""
    found = data.find(_COMMIT_HEAD, bad, used)
    while found >= 0:
        if _intact(data, found):
            batch_bytes = HEAD.unpack_from(data, found)[4]
            if found - batch_bytes != start or found + HEADER_BYTES + COMMIT_BYTES < used:
                return True
        found = data.find(_COMMIT_HEAD, found + 1, used)
    return False


class Reading:
    """One pass over a journal that nobody is writing; every byte is verified. Raises JournalDamaged.

    After the pass, `end` is the end of the last whole batch and `torn` what follows it, if anything does.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.end = Position()
        self.torn: Torn | None = None

    def batches(self) -> Iterator[Batch]:
        numbers = segment_numbers(self._folder)
        # A segment prepared ahead of use is all zeros; the journal ends before it.
        while len(numbers) > 1 and not any(_chunks(segment_path(self._folder, numbers[-1]))):
            numbers.pop()
        for expected, number in enumerate(numbers, start=1):
            path = segment_path(self._folder, number)
            if number != expected:
                raise JournalDamaged(
                    segment_path(self._folder, expected), 0, self.end.seq + 1, "the segment is missing"
                )
            data = path.read_bytes()
            self.end = self.end._replace(segment=number, offset=0)
            while (batch := batch_at(data, self.end)) is not None:
                self.end = batch.end
                yield batch
            self.torn = torn_at(path, data, self.end, last=number == numbers[-1])

    def __iter__(self) -> Iterator[Record]:
        for batch in self.batches():
            yield from batch.records


def _chunks(path: Path) -> Iterator[bool]:
    """For each stretch of a file, whether it holds anything but zeros."""
    with path.open("rb") as file:
        while chunk := file.read(1 << 16):
            yield bool(chunk.strip(b"\0"))


class Tail:
    """Whole batches as another process appends them. `position` is where to resume later."""

    def __init__(self, folder: Path, position: Position | None = None) -> None:
        self._folder = folder
        self.position = position or Position()
        self._fd = -1
        self._fd_segment = 0
        self._data = b""
        self._base = 0  # offset of _data in its segment

    def on_chain(self) -> bool:
        """Whether the journal really has a batch that ends at `position`; not, if it was replaced or lost its end."""
        if self.position == Position():
            return True
        size = HEADER_BYTES + COMMIT_BYTES
        if self.position.offset < size or not self._open(self.position.segment):
            return False
        commit = os.pread(self._fd, size, self.position.offset - size)
        if len(commit) < size or not _intact(commit, 0):
            return False
        return HEAD.unpack_from(commit)[2] == self.position.seq and commit[HEADER_BYTES:] == self.position.digest + MARK

    def read(self) -> Batch | None:
        """The next batch, None while there is none. Raises JournalDamaged when the journal went on without it."""
        batch = self._batch(self.position)
        if batch is None:
            following = self.position._replace(segment=self.position.segment + 1, offset=0)
            if not self._begun(following.segment):
                return None
            # What the writer put here before it moved on is final now: look once more, then follow it.
            batch = self._batch(self.position)
            if batch is None and self._rest():
                path = segment_path(self._folder, self.position.segment)
                raise JournalDamaged(path, self.position.offset, self.position.seq + 1, "a later segment is in use")
            batch = batch or self._batch(following)
            if batch is None:
                return None
        self.position = batch.end
        return batch

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd, self._fd_segment = -1, 0

    def _batch(self, start: Position) -> Batch | None:
        """The batch at `start`, from what was read before or else from the file as it is now."""
        if not self._open(start.segment):
            return None
        batch = None
        if self._base <= start.offset < self._base + len(self._data):
            batch = batch_at(self._data, start._replace(offset=start.offset - self._base))
        if batch is None and os.pread(self._fd, 1, start.offset) not in (b"", b"\0"):
            size = 1 << 16
            while batch is None and (size == 1 << 16 or len(self._data) == size // 4):
                self._data, self._base = os.pread(self._fd, size, start.offset), start.offset
                batch = batch_at(self._data, start._replace(offset=0))
                size *= 4
        return batch and batch._replace(end=batch.end._replace(offset=batch.end.offset + self._base))

    def _rest(self) -> bool:
        """Whether the current segment holds anything behind the position."""
        return self._open(self.position.segment) and any(
            os.pread(self._fd, 1 << 16, offset).strip(b"\0")
            for offset in range(self.position.offset, os.fstat(self._fd).st_size, 1 << 16)
        )

    def _begun(self, segment: int) -> bool:
        try:
            with segment_path(self._folder, segment).open("rb") as file:
                return file.read(1) not in (b"", b"\0")
        except FileNotFoundError:
            return False

    def _open(self, segment: int) -> bool:
        if self._fd_segment != segment:
            self.close()
            try:
                self._fd = os.open(segment_path(self._folder, segment), os.O_RDONLY)
            except FileNotFoundError:
                return False
            self._fd_segment, self._data, self._base = segment, b"", 0
        return True
