"""Where the fields of a message stand, as it was learned from one of its kind."""

import operator
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from gateway.fix.structure import Places
from gateway.fix.validation import MSG_SEQ_NUM, POSS_DUP


class Selection:
    """Some tags whose values are wanted together and in this order; see `Message.pick`."""

    __slots__ = ("tags",)

    def __init__(self, *tags: int) -> None:
        self.tags = tags


class Shape(NamedTuple):
    """Tags, in the order of the wire."""

    before: tuple[int, ...]  # the group's count is the last of them
    runs: tuple[tuple[int, ...], ...]  # of one entry of each
    behind: tuple[int, ...]


def _matches_nothing(text: str) -> None:  # noqa: ARG001
    return


class Layout:
    """A (MsgType, tag sequence) that was found valid, and where each field stands in it."""

    __slots__ = (
        "_getters", "_printers", "_rows", "count", "entries", "following", "index",
        "match", "msg_type", "poss_dup_at", "sender_at", "sending_at", "seq_at", "shape", "target_at",
    )  # fmt: skip

    def __init__(self, msg_type: str, places: Places) -> None:
        self.msg_type = msg_type
        self.index = index = places.index  # tag -> position among the values; outside of groups
        self.entries = places.groups  # count tag -> for each entry, the same
        self.count = 0  # fields, once it is learned
        self.shape: Shape | None = None  # of one that is learned and has one group
        self.following: Layout | None = None  # learned; of what came after it the last time: peers repeat themselves
        self.seq_at = index.get(MSG_SEQ_NUM, -1)  # the last value of a message is None
        self.poss_dup_at = index.get(POSS_DUP, -1)
        self.sender_at, self.target_at, self.sending_at = (index.get(tag, -1) for tag in (49, 56, 52))
        self.match: Callable[[str], re.Match[str] | None] = _matches_nothing  # until it is learned
        self._getters: dict[Selection, Callable[[Any], Any]] = {}
        self._printers: dict[Selection, Callable[[Any], str] | None] = {}
        self._rows: dict[tuple[int, Selection], list[Callable[[Any], Any]]] = {}

    def forget(self) -> None:
        """It is needed no more; what once followed it would be kept for ever, and it by what it followed."""
        self.match, self.following = _matches_nothing, None

    def getter(self, selection: Selection) -> Callable[[Any], Any]:
        found = self._getters.get(selection)
        if found is None:
            # The last value of a message is None (see Message): what the layout lacks is read there.
            found = operator.itemgetter(*(self.index.get(tag, -1) for tag in selection.tags))
            self._getters[selection] = found
        return found

    def rows(self, count_tag: int, selection: Selection) -> list[Callable[[Any], Any]]:
        """A getter for each entry of a repeating group."""
        found = self._rows.get((count_tag, selection))
        if found is None:
            entries = self.entries.get(count_tag, ())
            found = [operator.itemgetter(*(e.index.get(tag, -1) for tag in selection.tags)) for e in entries]
            self._rows[count_tag, selection] = found
        return found

    def present(self, selection: Selection) -> bool:
        """Whether it has any of the selection's fields."""
        return self.printer(selection) is not None

    def printer(self, selection: Selection) -> Callable[[Any], str] | None:
        """Writes those of the selection's fields that the layout has as 'tag=value\\x01...'; None: it has none."""
        try:
            return self._printers[selection]
        except KeyError:
            there = [(tag, self.index[tag]) for tag in selection.tags if tag in self.index]
            self._printers[selection] = found = _printer(there, often=self.count > 0) if there else None
            return found


def _printer(there: list[tuple[int, int]], *, often: bool) -> Callable[[Any], str]:
    """Writes fields given as tag and position. An f-string takes a third of the time, once it is compiled."""
    if not often:
        return lambda values: "".join([f"{tag}={values[at]}\x01" for tag, at in there])
    fields = "".join([f"{tag}={{values[{at}]}}\\x01" for tag, at in there])
    return eval(f"lambda values: f'{fields}'")  # type: ignore[no-any-return]  # it is made of numbers only
