"""How the answers to replayed requests differ from those in the log, across FIX versions.

FIX 4.4 says once, in ExecType(150), what 4.2 says in ExecTransType(20) and ExecType; both are put into 4.4's terms
before they are compared. Identifiers and clocks differ by nature and are left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gateway.fix.dictionary import Dictionary
from gateway.model import parse_px

Fields = Sequence[tuple[int, str]]

ANSWERS = frozenset("893j")  # MsgType(35): ExecutionReport, OrderCancelReject, Reject, BusinessMessageReject

_TRANSACTIONS = {"1": "H", "2": "G", "3": "I"}  # ExecTransType(20) cancel, correct, status -> ExecType(150)
_FILLS = {"1": "F", "2": "F"}  # ExecType(150) partial fill, fill -> Trade
# ClOrdID, ExecID, OrderID, OrigClOrdID, RefSeqNum, TransactTime, SecondaryOrderID, SecondaryClOrdID
_BY_NATURE = frozenset({11, 17, 37, 41, 45, 60, 198, 526})
# fmt: off
_BEFORE_44 = {  # names of fields that FIX 4.4 took out
    20: "ExecTransType", 47: "Rule80A", 76: "ExecBroker", 92: "BrokerOfCredit", 105: "WaveNo", 109: "ClientID",
    204: "CustomerOrFirm", 205: "MaturityDay", 439: "ClearingFirm", 440: "ClearingAccount",
}
# fmt: on
_EXAMPLE = 60  # characters of a value shown


@dataclass(slots=True)
class Difference:
    """One way to differ, how often it was met, and where first."""

    what: str
    count: int
    example: str


@dataclass(slots=True)
class Differences:
    """Counts by what differs, in order of appearance."""

    _found: dict[str, Difference] = field(default_factory=dict)

    def add(self, what: str, example: str) -> None:
        known = self._found.setdefault(what, Difference(what, 0, example))
        known.count += 1

    def listed(self) -> list[Difference]:
        """The most frequent first."""
        return sorted(self._found.values(), key=lambda difference: -difference.count)


def kind(answer: Fields, dictionary: Dictionary) -> str:
    """What an answer says, in FIX 4.4's terms: 'New', 'Trade, Partially Filled', 'Order Cancel Reject'."""
    first = _first(answer)
    match first.get(35):
        case "8":
            status = first.get(39, "")
            # FIX 4.1 and before have no ExecType(150): the status said it.
            exec_type = first.get(150, status)
            exec_type = _TRANSACTIONS.get(first.get(20, "0"), _FILLS.get(exec_type, exec_type))
            said, stands = _name(dictionary, 150, exec_type), _name(dictionary, 39, status)
            return said if said == stands else f"{said}, {stands}"
        case "9":
            return "Order Cancel Reject"
        case "3":
            return "Reject"
        case _:
            return "Business Message Reject"


def is_pending(answer: Fields) -> bool:
    """True of a report that only says that an answer will come."""
    first = _first(answer)
    return first.get(35) == "8" and first.get(150, first.get(39)) in ("A", "6", "E")


def sequence(kinds: Iterable[str]) -> str:
    """Kinds in their order; a kind repeated counts as several, for how fills are cut is the market's business."""
    parts: list[str] = []
    for item in kinds:
        if parts and parts[-1].removesuffix(" (several)") == item:
            parts[-1] = f"{item} (several)"
        else:
            parts.append(item)
    return " - ".join(parts) or "nothing"


def how_sequences_differ(logged: list[str], ours: list[str]) -> str | None:
    """None if both say the same."""
    theirs, here = sequence(logged), sequence(ours)
    if theirs == here:
        return None
    if logged and here.endswith(f" - {theirs}"):
        return f"log: {theirs}; here: {theirs} preceded by {here.removesuffix(f' - {theirs}')}"
    return f"log: {theirs}; here: {here}"


def compare_fields(
    what: str, logged: Fields, ours: Fields, *, symbols: dict[str, str], dictionary: Dictionary, found: Differences
) -> None:
    """Add to `found` how two answers of the same kind `what` differ field by field."""
    theirs, here = _first(logged), _first(ours)
    skipped = _BY_NATURE | dictionary.header.keys() | dictionary.trailer.keys()
    for tag in theirs | here:
        if tag in skipped:
            continue
        label = name_of(tag, dictionary)
        if tag not in here:
            reason = "" if tag in _members(dictionary, theirs[35]) else ", which FIX 4.4 does not have there"
            found.add(f"{label} of {what}: only in the log{reason}", theirs[tag][:_EXAMPLE])
        elif tag not in theirs:
            found.add(f"{label} of {what}: only here", here[tag][:_EXAMPLE])
        else:
            expected = symbols.get(theirs[tag], theirs[tag]) if tag == 55 else theirs[tag]
            if not _equal(expected, here[tag]):
                found.add(f"{label} of {what}: differs", f"log {expected[:_EXAMPLE]}, here {here[tag][:_EXAMPLE]}")


def name_of(tag: int, dictionary: Dictionary) -> str:
    """'AvgPx(6)', or 'Tag(9999)' for one that nobody here knows."""
    known = dictionary.fields.get(tag)
    return f"{known.name if known else _BEFORE_44.get(tag, 'Tag')}({tag})"


def _members(dictionary: Dictionary, msg_type: str) -> Iterable[int]:
    return dictionary.messages[msg_type].members if msg_type in dictionary.messages else ()


def _first(message: Fields) -> dict[int, str]:
    """By tag; of a repeating group, its first entry."""
    return dict(reversed(message))


def _equal(theirs: str, here: str) -> bool:
    if theirs == here:
        return True
    try:
        return parse_px(theirs) == parse_px(here)  # 99.000 is 99
    except ValueError:
        return False


def _name(dictionary: Dictionary, tag: int, value: str) -> str:
    return dictionary.fields[tag].values.get(value, value).replace("_", " ").title()
