"""The structure of a message: what belongs to it and what to an entry of one of its groups, nested ones too."""

from msgspec import Struct

from gateway.fix.dictionary import Dictionary, GroupDef, MemberDef
from gateway.fix.faults import Fault, SessionRejectReason, name_of
from gateway.model.sessions import Rules

MAX_ENTRIES = 64  # of one repeating group
USER_DEFINED = 5000  # tags from here on are the parties' own


class Places(Struct):
    """Where the fields of a message stand among its values, or those of an entry of a group."""

    index: dict[int, int]  # tag -> position; fields of groups are in the entries
    groups: dict[int, list["Places"]]  # count tag -> its entries


class Plan(Struct):
    """What the fields of one MsgType are."""

    name: str
    members: dict[int, MemberDef]  # of header, body and trailer
    required: list[int]


class Walk:
    """Goes from field to field and says of each to what it belongs: the message, or an entry of a group."""

    __slots__ = ("at", "counts", "dictionary", "open", "places", "plan", "rules", "tags", "values")

    def __init__(self, dictionary: Dictionary, rules: Rules, plan: Plan, tags: list[int], values: list[str]) -> None:
        self.dictionary = dictionary
        self.rules = rules
        self.plan = plan
        self.tags = tags
        self.values = values
        self.places = Places({}, {})
        self.counts: list[int] = []
        self.open: list[GroupDef] = []  # in which the walk is
        self.at = 0

    def message(self) -> Fault | None:
        members, index = self.plan.members, self.places.index
        while self.at < len(self.tags):
            tag = self.tags[self.at]
            member = members.get(tag)
            if member is None and (fault := self._undefined(tag)) is not None:
                return fault
            if tag in index and self.rules.repeated:
                return self._fault(SessionRejectReason.TAG_REPEATED, tag, "appears more than once")
            fault = self._take(tag, member, self.places)
            if fault is not None:
                return fault
        if not self.rules.empty:
            self._leave_out_empty(self.places)
        return None

    def _take(self, tag: int, member: MemberDef | None, places: Places) -> Fault | None:
        """The field that the walk has come to. Of one that stands twice the first counts."""
        places.index.setdefault(tag, self.at)
        self.at += 1
        if member is None or member.group is None:
            return None
        entries: list[Places] = []
        self.open.append(member.group)
        fault = self._group(member.group, entries)
        self.open.pop()
        places.groups.setdefault(tag, entries)
        return fault

    def _group(self, group: GroupDef, entries: list[Places]) -> Fault | None:
        """The entries behind a count."""
        count = careful_int(self.values[self.at - 1] or "0")
        if self.rules.group_count:
            self.counts.append(self.at - 1)
        wrong = SessionRejectReason.INCORRECT_GROUP_COUNT
        while self.at < len(self.tags) and self.tags[self.at] == group.delimiter:
            if len(entries) == MAX_ENTRIES:
                return self._fault(wrong, group.count, f"has more than {MAX_ENTRIES} entries")
            entry = Places({}, {})
            fault = self._entry(group, entry)
            if fault is not None:
                return fault
            entries.append(entry)
        if count and not entries and self.rules.group_order and self.at < len(self.tags):
            tag = self.tags[self.at]
            if tag in group.members:
                what = f"stands before {self._name(group.delimiter)}, which begins each entry"
                return self._fault(SessionRejectReason.GROUP_OUT_OF_ORDER, tag, what)
        if len(entries) != count and self.rules.group_count:
            return self._fault(wrong, group.count, "is not the number of entries that follow")
        return None

    def _entry(self, group: GroupDef, entry: Places) -> Fault | None:
        index, rules = entry.index, self.rules
        in_order = iter(group.members)
        while self.at < len(self.tags):
            tag = self.tags[self.at]
            member = group.members.get(tag)
            if member is None:
                before = self.at
                fault = self._strays(group, index)
                if fault is not None:
                    return fault
                if self.at == before:
                    break
                continue
            if tag == group.delimiter and index:
                break
            if tag in index and rules.repeated:
                return self._fault(SessionRejectReason.TAG_REPEATED, tag, "appears twice in one group entry")
            if rules.group_order and tag not in in_order:  # goes on to it
                return self._fault(SessionRejectReason.GROUP_OUT_OF_ORDER, tag, "is out of order in its group")
            fault = self._take(tag, member, entry)
            if fault is not None:
                return fault
        if rules.required:
            for tag, member in group.members.items():
                if member.required and not (tag in index and self.values[index[tag]]):
                    what = f"is missing in an entry of {self._name(group.count)}"
                    return self._fault(SessionRejectReason.REQUIRED_TAG_MISSING, tag, what)
        return None

    def _strays(self, group: GroupDef, index: dict[int, int]) -> Fault | None:
        """Takes fields that have no place here into the entry, if it goes on behind them; or they are the message's."""
        at = self.at
        while at < len(self.tags) and not self._has_place(self.tags[at]):
            fault = self._undefined(self.tags[at])
            if fault is not None:
                return fault
            at += 1
        if at < len(self.tags) and self.tags[at] in group.members:
            for stray in range(self.at, at):
                if index.setdefault(self.tags[stray], stray) != stray and self.rules.repeated:
                    what = "appears twice in one group entry"
                    return self._fault(SessionRejectReason.TAG_REPEATED, self.tags[stray], what)
            self.at = at
        return None

    def _has_place(self, tag: int) -> bool:
        return tag in self.plan.members or any(tag in group.members for group in self.open)

    def _undefined(self, tag: int) -> Fault | None:
        """A field that has no place where it stands."""
        rules = self.rules
        if tag in self.dictionary.fields and (rules.user_defined if tag >= USER_DEFINED else rules.defined):
            what = f"is not a field of {self.plan.name}"
            return self._fault(SessionRejectReason.TAG_NOT_DEFINED_FOR_MESSAGE, tag, what)
        return None

    def _leave_out_empty(self, places: Places) -> None:
        """A field without a value is as good as none."""
        places.index = {tag: at for tag, at in places.index.items() if self.values[at]}
        for entries in places.groups.values():
            for entry in entries:
                self._leave_out_empty(entry)

    def _fault(self, reason: SessionRejectReason, tag: int, what: str) -> Fault:
        return Fault.of(self.dictionary, reason, tag, what)

    def _name(self, tag: int) -> str:
        return name_of(self.dictionary, tag)


def careful_int(text: str | None) -> int:
    """A number of a message that may be wrong anywhere; -1 where it has none that can be read."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= 9 else -1
