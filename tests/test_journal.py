"""The journal keeps what was committed, whole batches only, and never passes damage off as data."""

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from gateway.record.journal import CommitThread, Journal, JournalBusy, JournalFailed
from gateway.record.mask import mask, mask_garbled
from gateway.record.reading import SECTOR, JournalDamaged, Position, Reading, Tail, batch_at, segment_path
from gateway.record.records import Record, decode

AT = Ns(1_700_000_000_000_000_000)
SMALL = 4096  # bytes a segment


def framed(body: str) -> bytes:
    data = f"8=FIX.4.4\x019={len(body)}\x01{body}".encode("latin-1")
    return data + b"10=%03d\x01" % (sum(data) & 255)


ORDER = framed("35=D\x0149=CLIENT\x0156=GATEWAY\x0134=2\x0111=A1\x0155=IBM\x0154=1\x0138=100\x0140=1\x01")
ITEMS: list[Input | Output] = [
    Started(AT, b'{"version":"1"}'),
    LinkUp(AT, 1, "clients", "127.0.0.1:5\n\0"),
    Received(AT, 1, ORDER),
    Send(1, ORDER),
    Note("decision", b'{"slice":1}\n'),
    Garbled(AT, 1, b"\xff\x00\x01no message"),
    Timer(AT),
    Command(AT, "kill", "operator\n", b'{"all":true}\n'),
    Close(1),
    LinkDown(AT, 1, "closed by peer"),
]


def append(journal: Journal, items: list[Input | Output]) -> None:
    """Each input with the outputs behind it; the first is an input."""
    inputs: list[tuple[Input, list[Output]]] = []
    for item in items:
        if isinstance(item, Send | Close | Note):
            inputs[-1][1].append(item)
        else:
            inputs.append((item, []))
    for one in inputs:
        journal.add(one)
    batch = journal.seal()
    assert batch is not None
    journal.write(batch)


def written(folder: Path, batches: list[list[Input | Output]], *, close: bool = True) -> bytes:
    """A journal of these batches; the bytes of its first segment, zeros and all when it was not closed."""
    journal = Journal.open(folder, "process", segment_bytes=SMALL)
    for items in batches:
        append(journal, items)
    data = segment_path(folder, 1).read_bytes()
    journal.close()
    return segment_path(folder, 1).read_bytes() if close else data


def items_of(records: list[Record]) -> list[Input | Output]:
    return [decode(record) for record in records]


def read_again(folder: Path, data: bytes) -> tuple[list[Record], Reading]:
    """What a reader makes of these bytes as the only segment."""
    folder.mkdir(exist_ok=True)
    segment_path(folder, 1).write_bytes(data)
    reading = Reading(folder)
    return list(reading), reading


def batch_ends(data: bytes) -> list[tuple[int, int]]:
    """(offset, records so far) at the start and after each batch, told by reading every prefix's tail."""
    ends = [(0, 0)]
    position, count = Position(), 0
    while (batch := batch_at(data, position)) is not None:
        position, count = batch.end, count + len(batch.records)
        ends.append((position.offset, count))
    return ends


def test_every_input_and_output_comes_back_as_it_was(tmp_path: Path) -> None:
    """The journal is what recovery and replay read: nothing is lost or reshaped, whatever bytes are in it."""
    written(tmp_path, [ITEMS[:5], ITEMS[5:]])
    records: list[Record] = []
    journal = Journal.open(tmp_path, "process", records.extend, segment_bytes=SMALL)
    journal.close()
    assert items_of(records) == ITEMS
    assert [r.seq for r in records] == [1, 2, 3, 4, 5, 7, 8, 9, 10, 11]  # 6 and 12 are the COMMITs
    assert journal.torn is None


def test_a_reopened_journal_goes_on_where_it_ended(tmp_path: Path) -> None:
    """Numbers and the digest chain run on over restarts."""
    written(tmp_path, [ITEMS])
    written(tmp_path, [ITEMS[:3]])
    assert items_of(list(Reading(tmp_path))) == ITEMS + ITEMS[:3]


def test_recovery_reads_the_journal_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pass that verifies is the one that recovers, and what recovery does not take is verified all the same."""
    written(tmp_path, [ITEMS] * 20)
    read: list[str] = []
    read_bytes = Path.read_bytes

    def counted(path: Path) -> bytes:
        read.append(path.name)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", counted)
    taken: list[Record] = []
    Journal.open(tmp_path, "process", lambda records: taken.append(next(records)), segment_bytes=SMALL).close()
    assert len(read) == len(set(read)) > 1
    assert items_of(taken) == ITEMS[:1]
    monkeypatch.undo()
    written(tmp_path, [ITEMS])
    assert items_of(list(Reading(tmp_path))) == ITEMS * 21


def test_a_recovery_that_fails_gives_the_journal_back(tmp_path: Path) -> None:
    """Another version of the core may take the folder then, and finds it as it was."""
    written(tmp_path, [ITEMS])
    before = segment_path(tmp_path, 1).read_bytes()

    def refuse(records: Iterator[Record]) -> None:
        raise ValueError(f"record {next(records).seq} is not what I would say")

    for _ in range(2):
        with pytest.raises(ValueError, match="record 1 is not"):
            Journal.open(tmp_path, "process", refuse, segment_bytes=SMALL)
    assert [path.name for path in tmp_path.glob("journal-*")] == ["journal-00000001.seg"]
    assert segment_path(tmp_path, 1).read_bytes() == before


def test_recovery_is_given_no_record_of_a_damaged_batch(tmp_path: Path) -> None:
    """A batch is verified before the first of its records is handed out."""
    written(tmp_path, [ITEMS] * 3)
    path = segment_path(tmp_path, 1)
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    records: list[Record] = []
    with pytest.raises(JournalDamaged):
        Journal.open(tmp_path, "process", records.extend, segment_bytes=SMALL)
    assert items_of(records) == ITEMS * 2


def test_a_closed_journal_holds_no_spare_bytes(tmp_path: Path) -> None:
    """The last segment ends with its last batch, and the one prepared ahead is gone."""
    data = written(tmp_path, [ITEMS])
    assert data[-1:] == b"\xa5"
    assert [path.name for path in sorted(tmp_path.glob("journal-*"))] == ["journal-00000001.seg"]


def test_batches_go_on_in_the_next_segment(tmp_path: Path) -> None:
    """A batch that does not fit starts the next segment; one larger than a segment has its own."""
    large: list[Input | Output] = [Started(AT, b"x" * 3 * SMALL)]
    batches = [ITEMS] * 20 + [large] + [ITEMS] * 20
    written(tmp_path, batches)
    assert len(list(tmp_path.glob("journal-*.seg"))) == 9
    assert items_of(list(Reading(tmp_path))) == [item for batch in batches for item in batch]


def test_an_empty_batch_is_nothing_to_write(tmp_path: Path) -> None:
    """A loop turn without events costs no sync."""
    journal = Journal.open(tmp_path, "process", segment_bytes=SMALL)
    assert journal.seal() is None
    journal.close()
    assert list(Reading(tmp_path)) == []


@pytest.mark.parametrize("close", [True, False])
def test_no_flipped_byte_is_accepted(tmp_path: Path, close: bool) -> None:
    """Damage in a batch is refused with the record's number; in the zeros after the end it is at least reported."""
    data = written(tmp_path / "journal", [ITEMS, ITEMS[2:4], ITEMS[2:6]], close=close)
    used = len(data.rstrip(b"\0"))
    # Zeros further behind the end are alike: a few, at each place that a byte may have in a word, stand for them.
    for offset in (at for at in range(len(data)) if at < used + 64 or at % 29 == 0):
        for flip in (0x01, 0xFF):
            damaged = bytearray(data)
            damaged[offset] ^= flip
            refused: JournalDamaged | None = None
            try:
                records, reading = read_again(tmp_path / "copy", bytes(damaged))
            except JournalDamaged as error:
                refused = error
            if refused is not None:
                assert 1 <= refused.seq <= 24 and f"record {refused.seq} " in str(refused)
                assert refused.offset <= offset
            else:
                assert offset >= used, f"byte {offset} of {used} flipped by {flip:#x} was accepted"
                assert reading.torn is not None
                assert items_of(records) == ITEMS + ITEMS[2:4] + ITEMS[2:6]


def test_a_journal_cut_anywhere_keeps_its_whole_batches(tmp_path: Path) -> None:
    """A file that ends early loses the batch it ends in and nothing before; what was cut is said."""
    data = written(tmp_path / "journal", [ITEMS, ITEMS[2:4], ITEMS])
    ends = batch_ends(data)
    assert len(ends) == 4
    for length in range(len(data)):
        records, reading = read_again(tmp_path / "copy", data[:length])
        end, count = max(entry for entry in ends if entry[0] <= length)
        assert len(records) == count
        assert (reading.torn is not None) == (length > end)
        assert reading.torn is None or reading.torn.offset == end


def with_zeroed(data: bytes, start: int, sectors: tuple[int, ...]) -> bytes:
    """The sectors (numbered in the file) as they were before the batch at `start` was written."""
    torn = bytearray(data)
    for sector in sectors:
        begin, end = max(start, sector * SECTOR), min((sector + 1) * SECTOR, len(torn))
        torn[begin:end] = bytes(end - begin)
    return bytes(torn)


@pytest.mark.parametrize("before", range(1, 520, 37))
def test_a_batch_torn_between_sectors_is_cut(tmp_path: Path, before: int) -> None:
    """Power fails in a write: each sector is written or not, in any combination, wherever the batch begins."""
    first: list[Input | Output] = [Started(AT, b"x" * before)]
    last: list[Input | Output] = [Timer(AT), *ITEMS[2:5], Note("n", bytes(500)), Garbled(AT, 1, bytes(600))]
    data = written(tmp_path / "journal", [first, last], close=False)
    (_, _), (start, _), (end, _) = batch_ends(data)
    sectors = range(start // SECTOR, -(-end // SECTOR))
    for count in range(1, len(sectors) + 1):
        for lost in combinations(sectors, count):
            torn = with_zeroed(data, start, lost)
            records, reading = read_again(tmp_path / "copy", torn)
            assert items_of(records) == first
            assert (reading.torn is not None) == any(torn[start:])


def test_a_torn_batch_is_cut_at_open_and_written_over(tmp_path: Path) -> None:
    """After recovery nothing of the torn batch is left, so that it cannot look like damage later."""
    data = written(tmp_path / "journal", [ITEMS, ITEMS * 3], close=False)
    (_, _), (start, _), (end, _) = batch_ends(data)
    folder = tmp_path / "copy"
    read_again(folder, with_zeroed(data, start, ((end - 1) // SECTOR,)))
    journal = Journal.open(folder, "disk", segment_bytes=SMALL)
    assert journal.torn is not None and journal.torn.offset == start and "record 12 on" in str(journal.torn)
    assert not segment_path(folder, 1).read_bytes()[start:].strip(b"\0")
    append(journal, ITEMS[:1])
    journal.close()
    assert items_of(list(Reading(folder))) == ITEMS + ITEMS[:1]


def test_a_batch_torn_in_a_fresh_segment_is_cut(tmp_path: Path) -> None:
    """The first write into a segment may fail like any other; the segment is used again."""
    large: list[Input | Output] = [Started(AT, b"x" * 3000)]
    written(tmp_path, [large, large])
    second = segment_path(tmp_path, 2)
    second.write_bytes(with_zeroed(second.read_bytes(), 0, (0, 3)))
    journal = Journal.open(tmp_path, "process", segment_bytes=SMALL)
    assert journal.torn is not None and (journal.torn.path, journal.torn.offset) == (second, 0)
    append(journal, ITEMS)
    journal.close()
    assert items_of(list(Reading(tmp_path))) == large + ITEMS


def test_a_hole_before_a_whole_batch_is_damage(tmp_path: Path) -> None:
    """A batch is written after the one before it is synced, so a zero sector in an earlier one was lost later."""
    batch: list[Input | Output] = [Started(AT, b"x" * 1100)]
    data = written(tmp_path / "journal", [batch, batch, batch])
    (_, _), (start, _), (end, _), _ = batch_ends(data)
    inside = range(start // SECTOR + 1, end // SECTOR)
    assert inside
    for sector in inside:
        with pytest.raises(JournalDamaged, match="record 3 "):
            read_again(tmp_path / "copy", with_zeroed(data, start, (sector,)))


def test_a_missing_or_exchanged_segment_is_damage(tmp_path: Path) -> None:
    """The chain runs through all segments; none can be taken out or put elsewhere."""
    written(tmp_path, [ITEMS] * 30)
    second, third = segment_path(tmp_path, 2), segment_path(tmp_path, 3)
    kept = second.read_bytes()
    second.write_bytes(third.read_bytes())
    with pytest.raises(JournalDamaged, match="journal-00000002"):
        list(Reading(tmp_path))
    second.unlink()
    with pytest.raises(JournalDamaged, match="segment is missing"):
        list(Reading(tmp_path))
    second.write_bytes(kept[:-5])
    with pytest.raises(JournalDamaged, match="a later batch is whole"):
        list(Reading(tmp_path))


def test_a_damaged_journal_does_not_open(tmp_path: Path) -> None:
    """The owner is told, and the lock is free again for whoever looks into it."""
    data = bytearray(written(tmp_path, [ITEMS]))
    data[100] ^= 1
    segment_path(tmp_path, 1).write_bytes(data)
    for _ in range(2):
        with pytest.raises(JournalDamaged, match="record 2 "):
            Journal.open(tmp_path, "process", segment_bytes=SMALL)
    assert segment_path(tmp_path, 1).read_bytes() == data


@settings(max_examples=60)
@given(
    payloads=st.lists(st.lists(st.binary(max_size=900), min_size=1, max_size=4), min_size=1, max_size=4),
    zeros=st.integers(0, 1500),
    seed=st.data(),
)
def test_any_batches_survive_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, payloads: list[list[bytes]], zeros: int, seed: st.DataObject
) -> None:
    """Any content, zeros included: whole it reads back; one changed byte is refused; a torn end is cut."""
    folder = tmp_path_factory.mktemp("journal")
    payloads[-1].append(bytes(zeros))
    batches: list[list[Input | Output]] = [[Received(AT, 1, data) for data in batch] for batch in payloads]
    journal = Journal.open(folder, "process", segment_bytes=64 * 1024)
    for batch in batches:
        append(journal, batch)
    journal.close()
    assert items_of(list(Reading(folder))) == [item for batch in batches for item in batch]

    data = segment_path(folder, 1).read_bytes()
    damaged = bytearray(data)
    damaged[seed.draw(st.integers(0, len(data) - 1))] ^= 1 << seed.draw(st.integers(0, 7))
    with pytest.raises(JournalDamaged):
        read_again(folder, bytes(damaged))

    start, count = batch_ends(data)[-2]
    sectors = range(start // SECTOR, -(-len(data) // SECTOR))
    lost = seed.draw(st.sets(st.sampled_from(sectors), min_size=1))
    records, _ = read_again(folder, with_zeroed(data + bytes(4096), start, tuple(lost)))
    assert len(records) == count


def test_a_second_owner_is_turned_away(tmp_path: Path) -> None:
    """Two gateways on one journal would send one MsgSeqNum(34) with two contents."""
    journal = Journal.open(tmp_path, "process", segment_bytes=SMALL)
    code = (
        "import sys; from pathlib import Path; from gateway.record.journal import Journal, JournalBusy\n"
        "try: Journal.open(Path(sys.argv[1]), 'process', segment_bytes=4096)\n"
        "except JournalBusy as busy: print(busy)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    assert f"in use by process {os.getpid()}" in told
    with pytest.raises(JournalBusy):
        Journal.open(tmp_path, "process", segment_bytes=SMALL)
    journal.close()
    assert subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout == ""


def test_a_killed_owner_leaves_all_that_was_written(tmp_path: Path) -> None:
    """`process` durability: what `write` returned from survives kill -9, and so the lock does not."""
    code = (
        "import os, sys; from pathlib import Path; from gateway.model import Timer\n"
        "from gateway.record.journal import Journal\n"
        "journal = Journal.open(Path(sys.argv[1]), 'process', segment_bytes=4096)\n"
        "for at in range(200):\n"
        "    journal.add((Timer(at), [])); journal.write(journal.seal())\n"
        "journal.add((Timer(999), []))\n"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=30)
    records: list[Record] = []
    journal = Journal.open(tmp_path, "process", records.extend, segment_bytes=4096)
    assert [record.at for record in records] == list(range(200))
    journal.close()


def test_a_failed_sync_ends_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync that failed may have dropped the pages and succeed when called again: nothing is tried a second time."""
    journal = Journal.open(tmp_path, "disk", segment_bytes=SMALL)
    append(journal, ITEMS)
    calls = []

    def failing(fd: int) -> None:
        calls.append(fd)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", failing)
    with pytest.raises(JournalFailed, match=r"journal-00000001\.seg.*Input/output error"):
        append(journal, ITEMS)
    monkeypatch.undo()
    with pytest.raises(JournalFailed):
        append(journal, ITEMS)
    assert len(calls) == 1
    journal.close()


def test_a_segment_that_could_not_be_prepared_ends_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk shows when the next segment is made; the batches before it are kept."""
    journal = Journal.open(tmp_path, "process", segment_bytes=SMALL)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for _ in range(10):  # the current segment and the one prepared at open
        append(journal, ITEMS)
    with pytest.raises(JournalFailed, match="No space left"):
        append(journal, ITEMS)
    monkeypatch.undo()
    journal.close()
    assert items_of(list(Reading(tmp_path))) == ITEMS * 10


def test_the_commit_thread_reports_each_batch_when_it_is_written(tmp_path: Path) -> None:
    """What waits for batch n may leave once done(n) is called, and not before."""
    journal = Journal.open(tmp_path, "disk", segment_bytes=SMALL)
    done: list[tuple[int, int]] = []
    thread = CommitThread(journal, lambda number: done.append((number, len(list(Reading(tmp_path))))), lambda _: None)
    for number in range(1, 6):
        journal.add((Timer(Ns(number)), []))
        batch = journal.seal()
        assert batch is not None
        thread.submit(batch, number)
    thread.close()
    journal.close()
    assert [number for number, _ in done] == [1, 2, 3, 4, 5]
    assert all(on_disk >= number for number, on_disk in done)


def test_the_commit_thread_reports_a_failure_once_and_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner has to stop at the first failure; no later batch may be confirmed."""
    journal = Journal.open(tmp_path, "disk", segment_bytes=SMALL)
    failed: list[JournalFailed] = []
    seen = threading.Event()
    done: list[int] = []

    def failing(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    def on_failure(error: JournalFailed) -> None:
        failed.append(error)
        seen.set()

    monkeypatch.setattr(os, "fdatasync", failing)
    thread = CommitThread(journal, done.append, on_failure)
    for number in (1, 2):
        journal.add((Timer(Ns(number)), []))
        batch = journal.seal()
        assert batch is not None
        thread.submit(batch, number)
    assert seen.wait(10)
    thread.close()
    journal.close()
    assert len(failed) == 1 and done == []


def test_a_tail_sees_each_batch_as_it_is_written(tmp_path: Path) -> None:
    """The projector reads while the gateway writes, through every change of segment, and resumes anywhere."""
    journal = Journal.open(tmp_path, "process", segment_bytes=SMALL)
    tail = Tail(tmp_path)
    assert tail.read() is None
    seen: list[Record] = []
    large: list[Input | Output] = [Started(AT, b"x" * 300_000)]
    for number in range(40):
        append(journal, large if number == 20 else ITEMS)
        batch = tail.read()
        assert batch is not None and tail.read() is None
        seen += batch.records
        if number % 7 == 0:
            position, tail = tail.position, Tail(tmp_path, tail.position)
            assert tail.on_chain() and tail.position == position
    journal.close()
    assert seen == list(Reading(tmp_path))
    late = Tail(tmp_path)
    assert sum(len(batch.records) for batch in iter(late.read, None)) == len(seen)
    assert late.position == tail.position


def test_a_tail_waits_for_the_rest_of_a_batch(tmp_path: Path) -> None:
    """A batch half written is no batch."""
    data = written(tmp_path / "journal", [ITEMS, ITEMS], close=False)
    (_, _), (start, _), (end, _) = batch_ends(data)
    folder = tmp_path / "copy"
    read_again(folder, data[: end - 10])
    tail = Tail(folder)
    assert tail.read() is not None and tail.read() is None
    read_again(folder, data)
    batch = tail.read()
    assert batch is not None and batch.end.offset == end and start < end


def test_a_tail_refuses_what_the_journal_left_behind_damaged(tmp_path: Path) -> None:
    """When later batches are whole, a bad one will not become whole by waiting."""
    written(tmp_path, [ITEMS] * 20)
    path = segment_path(tmp_path, 1)
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    tail = Tail(tmp_path)
    for _ in range(4):
        assert tail.read() is not None
    with pytest.raises(JournalDamaged, match="record 45 "):
        tail.read()


def test_a_position_of_another_journal_is_noticed(tmp_path: Path) -> None:
    """A projection may be ahead of a journal that lost its unsynced end, or belong to one that was replaced."""
    written(tmp_path / "one", [ITEMS, ITEMS])
    written(tmp_path / "two", [ITEMS[:2] + ITEMS[3:4] + ITEMS[2:3] + ITEMS[4:], ITEMS])
    tail = Tail(tmp_path / "one")
    while tail.read():
        pass
    assert Tail(tmp_path / "one", tail.position).on_chain()
    assert not Tail(tmp_path / "two", tail.position).on_chain()
    assert not Tail(tmp_path / "none", tail.position).on_chain()
    data = segment_path(tmp_path / "one", 1).read_bytes()
    segment_path(tmp_path / "one", 1).write_bytes(data[:-1])
    assert not Tail(tmp_path / "one", tail.position).on_chain()


LOGON = "35=A\x0149=CLIENT\x0156=GATEWAY\x0134=1\x0198=0\x01108=30\x01"


@pytest.mark.parametrize(
    ("fields", "hidden"),
    [
        ("553=me\x01554=hunter2\x01", ["hunter2"]),
        ("554=hunter2\x01925=hunter3\x01", ["hunter2", "hunter3"]),
        ("95=9\x0196=hun\x01ter23\x01", ["hun", "ter23"]),
        ("95=99\x0196=hunter2\x01", ["hunter2"]),
        ("95=2\x0196=hunter2\x01", ["hunter2"]),
        ("1401=7\x011402=hunter2\x011403=7\x011404=hunter3\x01", ["hunter2", "hunter3"]),
    ],
)
def test_no_password_reaches_the_journal(tmp_path: Path, fields: str, hidden: list[str]) -> None:
    """554, 925, 96, 1402 and 1404 are masked before the first write, in whole messages, garbled ones and our own."""
    logon = framed(LOGON + fields)
    written(tmp_path, [[Received(AT, 1, logon), Send(1, logon), Garbled(AT, 1, logon[20:])]])
    kept = segment_path(tmp_path, 1).read_bytes()
    assert not [secret for secret in hidden if secret.encode() in kept]
    received, sent, garbled = list(Reading(tmp_path))
    assert len(received.payload) == len(logon) and received.payload == sent.payload
    assert len(garbled.payload) == len(logon) - 20
    body = received.payload.rpartition(b"10=")[0]
    assert received.payload == body + b"10=%03d\x01" % (sum(body) & 255), "the old CheckSum would tell on the password"


def test_what_holds_no_password_is_untouched() -> None:
    """Nearly every message passes without a search; a Logon without a password comes back as it was."""
    for data in (ORDER, framed(LOGON), framed("35=0\x01"), framed("35=8\x0158=" + "x" * 2000 + "\x01")):
        assert mask(data) is data
    assert mask_garbled(b"1554=x\x01") == b"1554=x\x01"
