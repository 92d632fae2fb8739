"""The one append-only record of all that came in and all that it caused. What leaves the process waits for its batch.

Every input and output becomes a record of the open batch; `seal` ends the batch and gives its bytes, `write` makes them
durable: in `disk` mode when the sync has returned, in `process` mode when the operating system has them (that survives
a kill, not a power cut). After a failed write or sync nobody knows what is on the disk, and a second sync may lie about
it: so a journal that failed once accepts nothing more, and its owner has to stop.

In `disk` mode segments are filled with zeros and synced before use: then a sync of a batch has no file size to write.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from typing import Final, Literal, Self
from zlib import crc32

from gateway.model import Input, Note, Output, Received, Send
from gateway.record.mask import PLAIN, mask
from gateway.record.reading import Reading, Torn, segment_path
from gateway.record.records import CHECKS, HEAD, LONG, NOTE, RECEIVED, SEND, Record, encode, pack, pack_commit

SEGMENT_BYTES = 16 * 1024 * 1024

_HEAD = HEAD.pack
_CHECKS = CHECKS.pack
_FRAMED: Final[dict[type, int]] = {Received: RECEIVED, Send: SEND}  # by far the most


class JournalBusy(Exception):
    """Another process owns the journal."""


class JournalFailed(Exception):
    """A write or sync failed. What is on the disk is unknown; only a new start, which verifies it, may go on."""


def _records(items: Iterable[tuple[Input, Sequence[Output]]], seq: int) -> list[bytes]:
    """The records of inputs and what they caused, numbered from `seq` + 1 on, in three parts each.

    That is `encode` and `pack` without a call for each of those that make up nearly all.
    """
    parts: list[bytes] = []
    for item, outputs in items:
        at = item.at
        for one in (item, *outputs):
            seq += 1
            kind = _FRAMED.get(type(one))
            if kind is not None:
                link, payload = one.link, one.data  # type: ignore[union-attr]
                if payload[15:21] not in PLAIN:
                    payload = mask(payload)
            elif type(one) is Note:
                kind, link, payload = NOTE, 0, b"%b\n%b" % (one.kind.encode(), one.payload)
            else:
                kind, link, payload = encode(one)
            length = len(payload)
            if length < LONG:
                head = _HEAD(kind, length, seq, at, link)
                check = crc32(head)
                parts += (head, _CHECKS(check, crc32(payload, check)), payload)
            else:
                parts += pack(kind, seq, at, link, payload)
    return parts


class Journal:
    """`add` and `seal` belong to one thread; `write` may run in another, in the order of sealing."""

    def __init__(
        self, folder: Path, durability: Literal["disk", "process"], lock: int, read: Reading, segment_bytes: int
    ) -> None:
        self.folder = folder
        self.torn: Torn | None = read.torn  # what was cut at open
        self.sync_ns = 0  # what a sync takes on this disk, median of a few
        self._sync = durability == "disk"
        self._lock = lock
        self._seq = read.end.seq
        self._digest = read.end.digest
        self._open: list[tuple[Input, Sequence[Output]]] = []
        self.add = self._open.append  # an input and what it caused, to the open batch
        self._segment_bytes = segment_bytes
        self._segment = read.end.segment
        self._offset = read.end.offset
        self._failed = False
        self._fd = os.open(_prepared(segment_path(folder, self._segment), segment_bytes, fill=self._sync), os.O_RDWR)
        self._preparing = threading.Thread()
        self._unprepared: OSError | None = None

    @classmethod
    def open(
        cls,
        folder: Path,
        durability: Literal["disk", "process"],
        recover: Callable[[Iterator[Record]], None] | None = None,
        *,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> Self:
        """Take the journal, verify all of it, cut a torn end. Raises JournalBusy, JournalDamaged, JournalFailed.

        `recover` is given the records of all whole batches in the pass that verifies them, each batch once it is
        verified. What it raises passes through, and nothing in the folder has changed then but the lock's holder.
        """
        with ExitStack() as undo:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                lock = _own(folder / "lock")
                undo.callback(os.close, lock)
                reading = Reading(folder)
                records = iter(reading)
                if recover is not None:
                    recover(records)
                for _ in records:
                    pass
                if reading.torn is not None:
                    _clear(reading.torn)
                journal = cls(folder, durability, lock, reading, segment_bytes)
                undo.callback(os.close, journal._fd)
                _prepared(segment_path(folder, journal._segment + 1), segment_bytes, fill=journal._sync)
                journal.sync_ns = journal._measure()
            except OSError as error:
                raise JournalFailed(f"{error.filename or folder}: {error.strerror or error}") from error
            undo.pop_all()
        return journal

    @property
    def open_inputs(self) -> int:
        """How many inputs the open batch holds, each with what it caused."""
        return len(self._open)

    def seal(self) -> bytes | None:
        """End the open batch: the bytes to write, None if nothing was appended.

        Raises ValueError for a record beyond PAYLOAD_LIMIT.
        """
        if not self._open:
            return None
        at = self._open[-1][0].at
        records = _records(self._open, self._seq)
        batch = b"".join(records)
        self._open.clear()
        self._seq += len(records) // 3 + 1
        commit, self._digest = pack_commit(self._seq, at, batch, self._digest)
        return batch + commit

    def write(self, batch: bytes) -> None:
        """Make a sealed batch durable. Raises JournalFailed, and then on every call."""
        if self._failed:
            raise JournalFailed("the journal failed before; only a restart may go on")
        try:
            if self._offset + len(batch) > self._segment_bytes and self._offset:
                self._turn()
            _write(self._fd, batch, self._offset)
            if self._sync:
                os.fdatasync(self._fd)
        except OSError as error:
            self._failed = True
            raise JournalFailed(f"{segment_path(self.folder, self._segment).name}: {error}") from error
        self._offset += len(batch)

    def close(self) -> None:
        """End the last segment where its last batch ends, and give the journal up. What was not written is lost."""
        self._join()
        if not self._failed:
            os.ftruncate(self._fd, self._offset)
            os.fsync(self._fd)
            segment_path(self.folder, self._segment + 1).unlink(missing_ok=True)
        os.close(self._fd)
        os.close(self._lock)

    def _turn(self) -> None:
        """Go on in the next segment, prepared while this one was filling."""
        self._join()
        if self._unprepared is not None:
            raise self._unprepared
        finished = self._fd, self._offset
        self._segment += 1
        self._offset = 0
        self._fd = os.open(segment_path(self.folder, self._segment), os.O_RDWR)
        self._preparing = threading.Thread(target=self._prepare, args=finished, name="journal-prepare", daemon=True)
        self._preparing.start()

    def _prepare(self, finished: int, used: int) -> None:
        """End the finished segment where its last batch ends, and make the next one."""
        try:
            os.ftruncate(finished, used)
            os.fsync(finished)
            os.close(finished)
            _prepared(segment_path(self.folder, self._segment + 1), self._segment_bytes, fill=self._sync)
        except OSError as error:
            self._unprepared = error

    def _join(self) -> None:
        if self._preparing.ident is not None:
            self._preparing.join()

    def _measure(self) -> int:
        """Nanoseconds of a sync here: zeros over zeros behind the last batch."""
        taken = []
        for _ in range(5):
            began = time.perf_counter_ns()
            os.pwrite(self._fd, bytes(512), self._offset)
            os.fdatasync(self._fd)
            taken.append(time.perf_counter_ns() - began)
        return int(median(taken))


class CommitThread:
    """Writes batches for a loop that goes on meanwhile. `done(number)` and `failed(error)` are called in the thread."""

    def __init__(self, journal: Journal, done: Callable[[int], None], failed: Callable[[JournalFailed], None]) -> None:
        self._journal = journal
        self._done = done
        self._failed = failed
        self._queue: SimpleQueue[tuple[bytes, int] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal-commit", daemon=True)
        self._thread.start()

    def submit(self, batch: bytes, number: int) -> None:
        self._queue.put((batch, number))

    def close(self) -> None:
        """Return when everything submitted is written, or the journal has failed."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (task := self._queue.get()) is not None:
            batch, number = task
            try:
                self._journal.write(batch)
            except JournalFailed as error:
                self._failed(error)
                return
            self._done(number)


def _own(path: Path) -> int:
    """The lock's file descriptor; the lock lasts as long as it is open. Raises JournalBusy."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(fd, 32, 0).decode("ascii", "replace").strip()
        os.close(fd)
        raise JournalBusy(f"{path.parent} is in use by process {owner}: one gateway owns a journal") from None
    os.ftruncate(fd, 0)
    os.pwrite(fd, b"%d\n" % os.getpid(), 0)
    return fd


def _prepared(path: Path, size: int, *, fill: bool) -> Path:
    """The segment, `size` zeros on the disk; a new one appears under its name only when it is whole.

    Written zeros make a later sync cheap. Without `fill` they are a hole in the file, which costs nothing.
    """
    have = path.stat().st_size if path.exists() else None
    if have is not None and have >= size:
        return path
    making = path if have else path.with_suffix(".new")
    fd = os.open(making, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if fill:
            _write(fd, bytes(size - (have or 0)), have or 0)
        else:
            os.ftruncate(fd, size)
        os.fsync(fd)
    finally:
        os.close(fd)
    if making != path:
        making.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path


def _clear(torn: Torn) -> None:
    fd = os.open(torn.path, os.O_RDWR)
    try:
        _write(fd, bytes(torn.length), torn.offset)
        os.fsync(fd)
    finally:
        os.close(fd)


def _write(fd: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written
