"""A journal becomes the state it is the record of: the recorded inputs through the same core, every output compared."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gateway.model import Node, Ns
from gateway.record.journal import Journal
from gateway.record.records import LINK_UP, Record
from gateway.record.verify import compare


class RecoveryFailed(Exception):
    """The core of today does not say what the journal says it said."""


@dataclass(frozen=True, slots=True)
class Recovered:
    journal: Journal
    records: int  # 0: a new journal
    last_at: Ns
    last_link: int


def recover(folder: Path, durability: Literal["disk", "process"], node: Node) -> Recovered:
    """Open the journal and bring `node` to where it ends. Raises RecoveryFailed and what Journal.open does."""
    last = Record(0, Ns(0), 0, 0, b"")
    last_link = 0

    def watched(records: Iterator[Record]) -> Iterator[Record]:
        nonlocal last, last_link
        for record in records:
            last = record
            if record.kind == LINK_UP:
                last_link = record.link
            yield record

    def replay(records: Iterator[Record]) -> None:
        difference = compare(watched(records), node)
        if difference is not None:
            raise RecoveryFailed(
                f"{folder}: {difference}. The journal was written by another version of the core or of an algo; "
                "let that version finish its orders, or start with another data folder"
            )

    journal = Journal.open(folder, durability, replay)
    return Recovered(journal, last.seq, last.at, last_link)
