"""A journal becomes the state it is the record of: the recorded inputs through the same core, every output compared."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.model import Node, Ns
from gateway.record.journal import Journal
from gateway.record.records import LINK_UP, Record
from gateway.record.verify import compare


class RecoveryFailed(Exception):
    """The core of today does not say what the journal says it said."""


@dataclass(frozen=True, slots=True)
class Recovered:
    records: int  # 0: a new journal
    last_at: Ns
    last_link: int


def recover(journal: Journal, node: Node) -> Recovered:
    """Bring `node` to where the journal ends. Raises RecoveryFailed, JournalDamaged."""
    last = Record(0, Ns(0), 0, 0, b"")
    last_link = 0

    def watched() -> Iterator[Record]:
        nonlocal last, last_link
        for record in journal.records():
            last = record
            if record.kind == LINK_UP:
                last_link = record.link
            yield record

    difference = compare(watched(), node)
    if difference is not None:
        raise RecoveryFailed(
            f"{journal.folder}: {difference}. The journal was written by another version of the core; "
            "let that version finish its orders, or start with another data folder"
        )
    return Recovered(last.seq, last.at, last_link)
