"""The recorded inputs, given again, cause the recorded outputs, or the first difference has its record's number."""

from pathlib import Path

from gateway.model import Input, LinkUp, Ns, Output, Received, Send
from gateway.record.reading import Reading, segment_path
from gateway.record.verify import Difference, compare
from tests.test_audit import AT, VENUE, from_client, to_venue, written


class Echo:
    """A Node that sends back what it receives; `spoiled` changes one answer, `more` adds one."""

    def __init__(self, spoiled: int = 0, more: int = 0) -> None:
        self._count = 0
        self._spoiled = spoiled
        self._more = more

    def handle(self, item: Input) -> list[Output]:
        if not isinstance(item, Received):
            return []
        self._count += 1
        data = item.data + b"!" if self._count == self._spoiled else item.data
        return [Send(item.link, data)] * (2 if self._count == self._more else 1)

    def wake_at(self) -> Ns | None:
        return None


def test_a_journal_replays_or_says_where_it_differs(tmp_path: Path) -> None:
    """Byte for byte, passwords masked on both sides; the first difference has its record's number."""
    node = Echo()
    batches: list[list[Input | Output]] = []
    for text in ("35=A|554=hunter2", "35=D|11=1", "35=D|11=2"):
        item = from_client(text)
        batch: list[Input | Output] = [item, *node.handle(item)]
        batches.append(batch)
    written(tmp_path, batches)
    records = list(Reading(tmp_path))
    assert compare(records, Echo()) is None
    changed = compare(records, Echo(spoiled=2))
    assert isinstance(changed, Difference) and changed.seq == 5 and changed.got == changed.expected + "!"
    early = compare(records, Echo(more=1))
    assert early is not None and (early.seq, early.expected) == (1, "nothing more")
    added = compare(records, Echo(more=3))
    assert added is not None and (added.seq, added.expected) == (7, "nothing more")
    missing = compare([*records, records[-1]._replace(seq=9)], Echo())
    assert missing is not None and (missing.seq, missing.got) == (9, "nothing")


class Caller:
    """A Node that logs on with its password when a link is up."""

    def handle(self, item: Input) -> list[Output]:
        return [to_venue("35=A|34=1|554=hunter2")] if isinstance(item, LinkUp) else []

    def wake_at(self) -> Ns | None:
        return None


def test_our_own_password_is_masked_and_replays(tmp_path: Path) -> None:
    """The journal never had it; what is said again is masked before it is compared or shown."""
    up = LinkUp(AT, VENUE, "XLON", "127.0.0.1:9001")
    written(tmp_path, [[up, *Caller().handle(up)]])
    records = list(Reading(tmp_path))
    assert b"hunter2" not in segment_path(tmp_path, 1).read_bytes()
    assert compare(records, Caller()) is None
    assert "554=*******" in str(compare(records[:1], Caller()))
