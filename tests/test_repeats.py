"""Groups of any number of entries are learned at once, and what was learned never changes a verdict."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fix.dictionary import default
from gateway.fix.reader import LAYOUTS_KEPT, LEARN_AFTER, MAX_FIELDS, Reader, Selection
from gateway.fix.structure import MAX_ENTRIES
from gateway.model.sessions import Rules
from tests.test_reader import HEAD, seen, wire

LEVEL = "279=1|269=0|55=ACME|270=9.9|271=100|346=2|290=1|"
TRADE = "279=0|269=2|55=ACME|270=9.9|271=40|"
SHOWN = Selection(269, 271, 346)


def incremental(*entries: str, count: int | None = None) -> bytes:
    return wire(f"35=X|{HEAD}262=M|268={len(entries) if count is None else count}|{''.join(entries)}")


def learned(*runs: list[str], reader: Reader | None = None) -> Reader:
    """A reader that has seen these entries, once and twice in a row, as often as it takes."""
    reader = reader or Reader(default())
    for number in range(LEARN_AFTER):
        entries = [entry for run in runs for entry in run * (1 + number % 2)]
        assert reader.read(incremental(*entries)).fault is None
    return reader


def test_a_message_of_one_entry_is_expected_after_another() -> None:
    """By a pattern of its own, which gives what the one for any length gives; after `forget` it matches nothing."""
    reader = learned([LEVEL])
    one, other = incremental(LEVEL), incremental(LEVEL.replace("271=100", "271=7"))
    layout = reader.read(one).layout
    message = reader.read(other, layout)
    assert layout.following is message.layout is layout
    assert layout.match(other.decode()) is not None
    assert message.rows(268, SHOWN) == [("0", "7", "2")]
    assert seen(message) == seen(Reader(default()).read(other))
    for wrong in (incremental(LEVEL, count=2), incremental(LEVEL, LEVEL), incremental(LEVEL.replace("269=0", "269=?"))):
        assert layout.match(wrong.decode()) is None
    reader.forget()
    assert layout.match(one.decode()) is None and layout.following is None


def test_one_pattern_reads_runs_of_any_length() -> None:
    """Of entries with the same fields in a row, as the careful reading does."""
    reader = learned([LEVEL], [TRADE])
    assert len(reader._repeats["X"]) == 1
    for levels, trades in ((1, 1), (2, 1), (17, 3), (40, 24), (17, 3)):
        data = incremental(*[LEVEL] * levels, *[TRADE] * trades)
        message = reader.read(data)
        assert message.rows(268, SHOWN) == [("0", "100", "2")] * levels + [("2", "40", None)] * trades
        assert seen(message) == seen(Reader(default()).read(data))
    assert not reader._layouts, "none is kept for one number of entries"


def test_an_entry_is_not_taken_for_the_beginning_of_a_longer_one() -> None:
    """A trade has the first fields of a level; the run of trades ends before the levels."""
    (known,) = learned([TRADE], [LEVEL])._repeats["X"]
    assert known.read(incremental(TRADE, TRADE, LEVEL).decode()) is not None


def test_a_number_of_entries_that_never_changes_keeps_its_layout() -> None:
    """It is the quicker one; it gives way when another number turns up."""
    reader = Reader(default())
    for _ in range(LEARN_AFTER):
        reader.read(incremental(LEVEL, LEVEL))
    assert len(reader._layouts["X"]) == 1 and not reader._repeats
    for _ in range(LEARN_AFTER):
        reader.read(incremental(LEVEL))
    assert reader._layouts["X"] == [] and len(reader._repeats["X"]) == 1
    assert reader.read(incremental(*[LEVEL] * 9)).rows(268, SHOWN) == [("0", "100", "2")] * 9


@pytest.mark.parametrize("count", [0, 2, 4, 300])
def test_a_count_that_is_not_the_number_of_entries_is_a_fault(count: int) -> None:
    data = incremental(*[LEVEL] * 3, count=count)
    fault = learned([LEVEL]).read(data).fault
    assert fault is not None and fault == Reader(default()).read(data).fault


def test_entries_and_fields_are_bounded_as_in_the_careful_reading() -> None:
    reader = learned([LEVEL])
    assert reader.read(incremental(*[LEVEL] * MAX_ENTRIES)).fault is None
    assert reader.read(incremental(*[LEVEL] * (MAX_ENTRIES + 1))).fault is not None
    few = learned([LEVEL], reader=Reader(default(), max_fields=40))
    fits = (40 - 10) // LEVEL.count("|")
    assert few.read(incremental(*[LEVEL] * fits)).fault is None
    assert few.read(incremental(*[LEVEL] * (fits + 1))).fault is not None
    assert MAX_ENTRIES * LEVEL.count("|") < MAX_FIELDS


def test_what_is_learned_of_any_length_is_bounded() -> None:
    reader = Reader(default(), Rules(user_defined=False))
    for tag in range(5001, 5001 + 2 * LAYOUTS_KEPT):
        for number in range(LEARN_AFTER):
            data = wire(f"35=X|{HEAD}{tag}=1|268={1 + number % 2}|{TRADE * (1 + number % 2)}")
            assert reader.read(data).fault is None
    assert len(reader._repeats["X"]) == LAYOUTS_KEPT
    reader.forget()
    assert not reader._repeats


ENTRIES = st.sampled_from(
    [
        LEVEL,
        TRADE,
        LEVEL.replace("271=100", "271=1E3"),
        LEVEL.replace("269=0", "269=Z"),
        LEVEL.replace("346=2|", ""),
        TRADE.replace("270=9.9", "270=-1"),
        TRADE.replace("270=9.9|271=40", "271=40|270=9.9"),
        TRADE.replace("271=40", "271="),
        TRADE.replace("279=0|269=2", "269=2|279=0"),
        TRADE + "58=x|",
        TRADE + "108=3|",
        "279=2|",
    ]
)
LEARNED = Reader(default())
for runs in ([[LEVEL]], [[TRADE]], [[LEVEL], [TRADE]], [[TRADE], [LEVEL]]):
    learned(*runs, reader=LEARNED)


@settings(max_examples=120)
@given(
    st.lists(st.sampled_from([LEVEL, LEVEL, TRADE]) | ENTRIES, min_size=1, max_size=8),
    st.sampled_from([0, 0, 0, 1, -1]),
)
def test_what_was_learned_never_changes_the_verdict(entries: list[str], more: int) -> None:
    """Reason, tag, text and every value, whatever the entries are and wherever they stand."""
    data = incremental(*entries, count=len(entries) + more)
    assert seen(LEARNED.read(data)) == seen(Reader(default()).read(data))
