"""The process that keeps audit.db: `python -m gateway.record.projector FOLDER [PID]`.

It follows the journal from where audit.db stands and is the database's only writer; a journal is never kept waiting for
it. The database may be deleted at any time: what does not fit the journal is thrown away and built anew. It ends when
asked to (SIGTERM) or when the process that started it is gone, in both cases after all that is in the journal. Who
started it says so with its PID, for it may be gone before we can look. The projector of an earlier run may be at work
still: then it waits for that one, and gives up only if nobody is there any more to wait for it.
"""

import fcntl
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from gateway.record.audit import VERSION, create
from gateway.record.projection import Projection
from gateway.record.reading import JournalDamaged, Tail

ROWS = 8_000  # records a commit takes together when there are so many: fewer commits write the same pages fewer times
IDLE_S = 0.05  # the longest that a record waits for its commit when nothing follows
POLL_S = 0.01
WORK_S = 0.005  # a stretch of work, after which we look whether the gateway needs the machine more
REST = 9  # times that long we then leave it alone
BUSY = 0.7  # of a core: a gateway that uses more has all it can do
LOOK_S = 0.1  # between two looks


def database_path(folder: Path) -> Path:
    return folder / "audit.db"


def open_projection(folder: Path) -> tuple[sqlite3.Connection, Projection, Tail]:
    """The database as it stands, or a new one where it is missing, broken, of another version or not this journal's."""
    path = database_path(folder)
    if path.exists():
        database = sqlite3.connect(path)
        try:
            _prepare(database)
            if database.execute("PRAGMA quick_check(1)").fetchone() == ("ok",) and _version(database) == VERSION:
                projection = Projection(database)
                tail = Tail(folder, projection.position())
                if tail.on_chain():
                    return database, projection, tail
                tail.close()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                database.close()
                raise
        database.close()
    for leftover in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        leftover.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    _prepare(database)
    with database:
        create(Database(database))
    return database, Projection(database), Tail(folder)


def _prepare(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("PRAGMA wal_autocheckpoint = 8000")  # pages
    database.execute("PRAGMA cache_size = -32000")  # KiB


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


class Gateway:
    """The process that writes the journal, as far as the projector minds it."""

    def __init__(self, pid: int) -> None:
        self._stat = Path(f"/proc/{pid}/stat")
        self._looked = 0.0
        self._ticks = 0
        self._busy = False

    def busy(self) -> bool:
        """Whether it lately used a core nearly whole. Then caches and cores are left to it: a burst is projected after
        it, and on two cores the gateway is about a fifth faster in it.
        """
        now = time.monotonic()
        if now - self._looked < LOOK_S:
            return self._busy
        try:
            used = self._stat.read_text().rpartition(")")[2].split()[11:13]
        except OSError:
            return False  # it is gone
        ticks = sum(map(int, used))
        self._busy = (ticks - self._ticks) / os.sysconf("SC_CLK_TCK") > BUSY * (now - self._looked)
        self._looked, self._ticks = now, ticks
        return self._busy


def follow(folder: Path, ended: Callable[[], bool], busy: Callable[[], bool] = lambda: False) -> None:
    """Project the journal as it grows until `ended`, and then what there is; slowly while the gateway is `busy`.

    Raises JournalDamaged, sqlite3.Error.
    """
    database, projection, tail = open_projection(folder)
    with closing(database), closing(tail):
        committed = began = time.monotonic()
        while True:
            ending = ended()  # asked before reading: what was written before the end is read after it
            batch = tail.read()
            while batch is not None:
                projection.add(batch.records)
                if projection.pending >= ROWS:
                    projection.commit(tail.position)
                worked = time.monotonic() - began
                if worked > WORK_S:
                    if busy() and not ended():
                        time.sleep(REST * worked)
                    began = time.monotonic()
                batch = tail.read()
            if projection.pending and (ending or time.monotonic() - committed >= IDLE_S):
                projection.commit(tail.position)
                committed = time.monotonic()
            if ending:
                return
            time.sleep(POLL_S)
            began = time.monotonic()


def main() -> int:
    folder = Path(sys.argv[1])
    parent = int(sys.argv[2]) if len(sys.argv) > 2 else os.getppid()
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the gateway; it ends us when the journal is closed
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))  # which it had blocked until now
    os.nice(19)

    def ended() -> bool:
        return bool(asked) or os.getppid() != parent

    with (folder / "audit.lock").open("a") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:  # the projector of an earlier run is still draining
                if os.getppid() != parent:
                    return 0
                time.sleep(POLL_S)
        try:
            follow(folder, ended, Gateway(parent).busy)
        except (JournalDamaged, sqlite3.Error, OSError) as error:
            print(f"audit projection stopped: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
