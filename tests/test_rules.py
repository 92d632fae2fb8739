"""Each rule of `Rules`, on and off, by the careful reading and by what was learned; groups and data fields."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from gateway.fix import messages
from gateway.fix import reader as reading
from gateway.fix.dictionary import default
from gateway.fix.faults import REASON_TEXT
from gateway.fix.faults import SessionRejectReason as Reason
from gateway.fix.reader import LEARN_AFTER, READERS_KEPT, Message, Reader, reader_for
from gateway.fix.structure import MAX_ENTRIES
from gateway.fix.types import compiled
from gateway.fix.validation import SESSION_TYPES
from gateway.model.sessions import Rules
from tests.test_reader import HEAD, ORDER, PARAMETERS, PARTIES, mutants, seen, wire

NAMES = tuple(field.name for field in fields(Rules))
NOTHING = Rules(**dict.fromkeys(NAMES, False))


@dataclass(frozen=True)
class Switch:
    """A rule, a message that keeps it and one that breaks nothing else, and what its Reject(3) says."""

    rule: str
    good: str
    bad: str
    reason: Reason
    tag: int


def value(rule: str, good: str, bad: str, reason: Reason) -> Switch:
    """Two values of the last field: the sequence of tags is the same, so that what was learned is asked first."""
    return Switch(rule, f"{ORDER}{good}|", f"{ORDER}{bad}|", reason, int(bad.rpartition("|")[2].partition("=")[0]))


SWITCHES = [
    Switch("required", ORDER, ORDER.replace("11=A|", ""), Reason.REQUIRED_TAG_MISSING, 11),
    Switch("required", ORDER, ORDER.replace("49=C|", ""), Reason.REQUIRED_TAG_MISSING, 49),
    Switch(
        "required", ORDER + PARAMETERS, ORDER + PARAMETERS.replace("959=1|", ""), Reason.REQUIRED_TAG_MISSING, 959,
    ),
    Switch("required", f"{ORDER}354=3|355=abc|", f"{ORDER}354=3|", Reason.REQUIRED_TAG_MISSING, 355),
    Switch("required", f"{ORDER}354=3|355=abc|", f"{ORDER}355=abc|", Reason.REQUIRED_TAG_MISSING, 354),
    Switch("defined", ORDER, f"{ORDER}108=30|", Reason.TAG_NOT_DEFINED_FOR_MESSAGE, 108),
    Switch("defined", ORDER, f"{ORDER}958=x|", Reason.TAG_NOT_DEFINED_FOR_MESSAGE, 958),
    Switch(
        "defined", ORDER + PARAMETERS, ORDER + PARAMETERS.replace("959=1|", "108=3|959=1|"),
        Reason.TAG_NOT_DEFINED_FOR_MESSAGE, 108,
    ),
    Switch("known", ORDER, f"{ORDER}4999=x|", Reason.INVALID_TAG, 4999),
    Switch("user_defined", ORDER, f"{ORDER}5000=x|", Reason.INVALID_TAG, 5000),
    Switch("user_defined", f"35=0|{HEAD}", f"35=0|{HEAD}9001=x|", Reason.TAG_NOT_DEFINED_FOR_MESSAGE, 9001),
    Switch(
        "user_defined", ORDER + PARTIES, ORDER + PARTIES.replace("802=2|", "20000=x|802=2|"), Reason.INVALID_TAG, 20000,
    ),
    Switch("repeated", ORDER, f"{ORDER}40=2|", Reason.TAG_REPEATED, 40),
    Switch("repeated", ORDER, ORDER.replace("49=C|", "49=C|49=C|"), Reason.TAG_REPEATED, 49),
    Switch("repeated", ORDER + PARAMETERS, ORDER + PARAMETERS + PARAMETERS, Reason.TAG_REPEATED, 957),
    value("empty", "58=x", "58=", Reason.TAG_WITHOUT_VALUE),
    value("empty", "15=USD", "15=", Reason.TAG_WITHOUT_VALUE),
    Switch("empty", ORDER.replace("49=C|", "49=C|50=x|"), ORDER.replace("49=C|", "49=C|50=|"),
           Reason.TAG_WITHOUT_VALUE, 50),
    value("enums", "21=3", "21=4", Reason.VALUE_INCORRECT),
    value("enums", "18=1 2 a", "18=1 % a", Reason.VALUE_INCORRECT),
    value("enums", "453=1|448=x|447=D|452=1", "453=1|448=x|447=D|452=9999", Reason.VALUE_INCORRECT),
    value("formats", "15=USD", "15=Dollar", Reason.INCORRECT_FORMAT),
    value("formats", "111=100", "111=+100", Reason.INCORRECT_FORMAT),
    value("formats", "126=20260105-14:30:00", "126=20040415", Reason.INCORRECT_FORMAT),
    Switch("order", ORDER, ORDER.replace("34=2|", "") + "34=2|", Reason.TAG_OUT_OF_ORDER, 34),
    Switch("order", ORDER, ORDER.replace("11=A|", "").replace("49=C|", "11=A|49=C|"), Reason.TAG_OUT_OF_ORDER, 49),
    Switch("order", f"{ORDER}93=1|89=x|", f"{ORDER}93=1|89=x|58=x|", Reason.TAG_OUT_OF_ORDER, 58),
    Switch("order", f"{ORDER}354=3|355=abc|", f"{ORDER}355=abc|354=3|", Reason.TAG_OUT_OF_ORDER, 355),
    Switch("group_count", ORDER + PARAMETERS, ORDER + PARAMETERS.replace("957=2", "957=3"),
           Reason.INCORRECT_GROUP_COUNT, 957),
    Switch("group_count", ORDER + PARAMETERS, ORDER + PARAMETERS.replace("957=2", "957=0"),
           Reason.INCORRECT_GROUP_COUNT, 957),
    Switch("group_count", ORDER + PARTIES, ORDER + PARTIES.replace("802=2", "802=1"), Reason.INCORRECT_GROUP_COUNT, 802),
    Switch("group_order", ORDER + PARAMETERS, ORDER + PARAMETERS.replace("959=1|960=90|", "960=90|959=1|"),
           Reason.GROUP_OUT_OF_ORDER, 959),
    Switch("group_order", ORDER + PARTIES, ORDER + PARTIES.replace("447=D|452=1|802=2|", "802=2|", 1).replace(
        "803=2|", "803=2|452=1|447=D|"), Reason.GROUP_OUT_OF_ORDER, 452),
]  # fmt: skip


def text_of(switch: Switch) -> str:
    return f"{switch.rule}: {switch.bad.replace(ORDER, '... ')}"


def taught(rules: Rules, *texts: str) -> Reader:
    """A reader that has had these messages so often that it has learned them, if they are good."""
    reader = Reader(default(), rules)
    for text in texts:
        for _ in range(LEARN_AFTER + 8):
            reader.read(wire(text))
    return reader


def test_every_rule_has_a_switch() -> None:
    assert {switch.rule for switch in SWITCHES} == set(NAMES)


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("switch", SWITCHES, ids=text_of)
def test_a_rule_that_is_on_is_kept(switch: Switch, learned: bool) -> None:
    """All are, and it is this one that answers."""
    reader = taught(Rules(), switch.good) if learned else Reader(default())
    assert reader.read(wire(switch.good)).fault is None
    fault = reader.read(wire(switch.bad)).fault
    assert fault is not None
    assert (fault.reason, fault.tag) == (switch.reason, switch.tag), fault.text
    assert f"({switch.tag})" in fault.text


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("switch", SWITCHES, ids=text_of)
def test_a_rule_stands_by_itself(switch: Switch, learned: bool) -> None:
    """It is kept when all others are off."""
    rules = replace(NOTHING, **{switch.rule: True})
    reader = taught(rules, switch.good) if learned else Reader(default(), rules)
    fault = reader.read(wire(switch.bad)).fault
    assert fault is not None and (fault.reason, fault.tag) == (switch.reason, switch.tag), fault


@pytest.mark.parametrize("switch", SWITCHES, ids=text_of)
def test_a_rule_that_is_off_is_none(switch: Switch) -> None:
    """By itself, or with all others; and what was learned of the message shows the same as the first reading."""
    for rules in (replace(Rules(), **{switch.rule: False}), NOTHING):
        first = Reader(default(), rules).read(wire(switch.bad))
        assert first.fault is None
        reader = taught(rules, switch.good, switch.bad)
        assert seen(reader.read(wire(switch.bad))) == seen(first)
        assert bool(reader._layouts) != bool(re.search("354=|355=|93=", switch.bad))  # data fields are never learned


# -- what there is to read where a rule is off


def read(text: str, **off: bool) -> Message:
    message = Reader(default(), replace(Rules(), **off)).read(wire(text))
    assert message.fault is None, message.fault
    return message


def test_out_of_order_each_field_is_found() -> None:
    message = read("35=D|11=A|49=C|453=1|448=x|55=ACME|34=7|54=1|60=20260105-14:30:00|52=20260105-14:30:00|"
                   "40=1|93=1|89=x|56=G|43=Y|38=1|", order=False)  # fmt: skip
    assert [message.get(tag) for tag in (49, 56, 11, 55, 89)] == ["C", "G", "A", "ACME", "x"]
    assert (message.seq, message.poss_dup, message.groups(453)) == (7, True, [{448: "x"}])


def test_of_a_field_twice_the_first_counts() -> None:
    message = read(f"{ORDER}{PARTIES}11=B|453=1|448=z|", repeated=False)
    assert (message.get(11), [entry[448] for entry in message.groups(453)]) == ("A", ["a", "b"])
    twice = read(f"{ORDER}957=1|958=x|959=1|960=1|960=2|", repeated=False, group_order=False)
    assert twice.groups(957) == [{958: "x", 959: "1", 960: "1"}]


def test_a_member_twice_in_an_entry_is_out_of_order_at_least() -> None:
    text = f"{ORDER}957=1|958=x|959=1|960=1|960=2|"
    for rules, reason in ((Rules(), Reason.TAG_REPEATED), (Rules(repeated=False), Reason.GROUP_OUT_OF_ORDER)):
        fault = Reader(default(), rules).read(wire(text)).fault
        assert fault is not None and (fault.reason, fault.tag) == (reason, 960)


def test_a_field_without_a_value_is_as_good_as_none() -> None:
    """Nobody has to expect an empty text: it is not there, also where it is required."""
    message = read(f"{ORDER}58=|15=|453=|{PARAMETERS.replace('960=90', '960=')}",
                   empty=False, required=False)  # fmt: skip
    assert [message.get(tag) for tag in (58, 15, 453)] == [None] * 3
    assert message.groups(453) == []
    assert message.groups(957) == [{958: "Duration", 959: "1"}, {958: "Urgency", 959: "14", 960: "HIGH"}]
    for text, tag in ((ORDER.replace("11=A", "11="), 11), (ORDER + PARAMETERS.replace("960=90", "960="), 960)):
        fault = Reader(default(), Rules(empty=False)).read(wire(text)).fault
        assert fault is not None and (fault.reason, fault.tag) == (Reason.REQUIRED_TAG_MISSING, tag)


def test_a_field_without_a_value_is_learned_as_that() -> None:
    """The same tags with and without the value, in turns."""
    reader = taught(Rules(empty=False), f"{ORDER}58=|15=USD|", f"{ORDER}58=x|15=|", f"{ORDER}58=x|15=EUR|")
    assert len(reader._layouts["D"]) == 3
    for text, expected in (("58=|15=EUR|", [None, "EUR"]), ("58=y|15=|", ["y", None]), ("58=y|15=CHF|", ["y", "CHF"])):
        message = reader.read(wire(ORDER + text))
        assert [message.get(tag) for tag in (58, 15)] == expected


@pytest.mark.parametrize(("off", "stray"), [("user_defined", 5000), ("known", 4999), ("defined", 108)])
def test_a_field_that_no_message_has_stays_in_its_entry(off: str, stray: int) -> None:
    """Parties put their own fields into groups, too. Behind the last entry it is the message's."""
    text = f"{ORDER}453=2|448=a|{stray}=1|447=D|802=1|523=x|{stray}=2|803=1|448=b|{stray}=3|{stray + 1}=4|"
    message = read(text, **{off: False, "known": False, "defined": False, "user_defined": False})
    first, second = message.groups(453)
    assert (first, second) == ({448: "a", stray: "1", 447: "D", 802: "1"}, {448: "b"})
    assert first.groups(802) == [{523: "x", stray: "2", 803: "1"}]
    assert [message.get(tag) for tag in (stray, stray + 1)] == ["3", "4"]


def test_what_no_delimiter_begins_is_no_entry() -> None:
    """Where the order of members is free, the count still tells; where nothing does, the fields are the message's."""
    text = wire(f"{ORDER}957=1|959=1|958=x|960=1|")
    for off, reason, tag in (
        (("group_order",), Reason.INCORRECT_GROUP_COUNT, 957),
        (("group_order", "group_count"), Reason.TAG_NOT_DEFINED_FOR_MESSAGE, 959),
    ):
        fault = Reader(default(), replace(Rules(), **dict.fromkeys(off, False))).read(text).fault
        assert fault is not None and (fault.reason, fault.tag) == (reason, tag)
    message = Reader(default(), NOTHING).read(text)
    assert message.fault is None and message.groups(957) == []
    assert [message.get(tag) for tag in (959, 958, 960)] == ["1", "x", "1"]


def test_an_entry_has_a_field_of_others_once() -> None:
    text = f"{ORDER}453=1|448=a|5000=1|5000=2|447=D|"
    fault = Reader(default(), Rules(user_defined=False)).read(wire(text)).fault
    assert fault is not None and (fault.reason, fault.tag) == (Reason.TAG_REPEATED, 5000)
    assert read(text, user_defined=False, repeated=False).groups(453) == [{448: "a", 5000: "1", 447: "D"}]


def test_a_member_of_a_closed_group_is_a_field_of_others_in_the_next() -> None:
    message = read(f"{ORDER}453=1|448=a|957=1|958=x|448=b|959=1|960=1|", defined=False)
    assert message.groups(957) == [{958: "x", 448: "b", 959: "1", 960: "1"}]


def test_a_message_without_a_type_has_an_unknown_one() -> None:
    fault = Reader(default(), NOTHING).read(wire(f"35=|{HEAD}")).fault
    assert fault is not None and fault.reason is Reason.INVALID_MSG_TYPE


def test_between_two_entries_it_is_the_first_ones() -> None:
    message = read(f"{ORDER}453=2|448=a|5000=1|5001=2|448=b|447=D|5000=3|", user_defined=False)
    assert message.groups(453) == [{448: "a", 5000: "1", 5001: "2"}, {448: "b", 447: "D"}]
    assert message.get(5000) == "3"


@pytest.mark.parametrize("count", ["0", "1", "3", "abc", "-1", "999999999"])
def test_where_the_count_does_not_count_the_entries_do(count: str) -> None:
    rules = replace(Rules(), group_count=False, formats=False)
    reader = taught(rules, f"{ORDER}{PARAMETERS}58=x|")
    message = reader.read(wire(ORDER + PARAMETERS.replace("957=2", f"957={count}") + "58=x|"))
    assert message.fault is None and len(message.groups(957)) == 2 and message.get(58) == "x"
    assert [message.layout] == reader._layouts["D"]


@pytest.mark.parametrize("rules", [Rules(), NOTHING])
def test_entries_are_bounded_whatever_the_rules(rules: Rules) -> None:
    entries = "958=x|959=1|960=1|"
    good = Reader(default(), rules).read(wire(f"{ORDER}957={MAX_ENTRIES}|{entries * MAX_ENTRIES}"))
    assert good.fault is None and len(good.groups(957)) == MAX_ENTRIES
    fault = Reader(default(), rules).read(wire(f"{ORDER}957={MAX_ENTRIES + 1}|{entries * (MAX_ENTRIES + 1)}")).fault
    assert fault is not None and (fault.reason, fault.tag) == (Reason.INCORRECT_GROUP_COUNT, 957)


def test_the_number_of_fields_is_an_option() -> None:
    fields_in_all = ORDER.count("|") + 3
    assert Reader(default(), max_fields=fields_in_all).read(wire(ORDER)).fault is None
    fault = Reader(default(), NOTHING, max_fields=fields_in_all - 1).read(wire(ORDER)).fault
    assert fault is not None and (fault.reason, fault.tag) == (Reason.OTHER, None)


# What the session reads, in the message where it does, and how that may be wrong.
SESSION_FAULTS = [
    (ORDER.replace("34=2|", ""), Reason.REQUIRED_TAG_MISSING, 34),
    (ORDER.replace("34=2|", "34=|"), Reason.REQUIRED_TAG_MISSING, 34),
    (ORDER.replace("34=2|", "34=-2|"), Reason.INCORRECT_FORMAT, 34),
    (ORDER.replace("34=2|", "34=1234567890|"), Reason.INCORRECT_FORMAT, 34),
    (ORDER.replace("52=20260105-14:30:00|", ""), Reason.REQUIRED_TAG_MISSING, 52),
    (ORDER.replace("52=20260105-14:30:00|", "52=20260231-14:30:00|"), Reason.INCORRECT_FORMAT, 52),
    (ORDER.replace("34=2|", "34=2|43=y|"), Reason.INCORRECT_FORMAT, 43),
    (ORDER.replace("34=2|", "34=2|97=1|"), Reason.INCORRECT_FORMAT, 97),
    (ORDER.replace("34=2|", "34=2|122=now|"), Reason.INCORRECT_FORMAT, 122),
    (ORDER.replace("34=2|", "34=2|369=x|"), Reason.INCORRECT_FORMAT, 369),
    (f"35=A|{HEAD}98=0|", Reason.REQUIRED_TAG_MISSING, 108),
    (f"35=A|{HEAD}98=0|108=30.5|", Reason.INCORRECT_FORMAT, 108),
    (f"35=A|{HEAD}98=0|108=30|141=1|", Reason.INCORRECT_FORMAT, 141),
    (f"35=A|{HEAD}98=0|108=30|789=-1|", Reason.INCORRECT_FORMAT, 789),
    (f"35=2|{HEAD}16=0|", Reason.REQUIRED_TAG_MISSING, 7),
    (f"35=2|{HEAD}7=x|16=0|", Reason.INCORRECT_FORMAT, 7),
    (f"35=2|{HEAD}7=1|", Reason.REQUIRED_TAG_MISSING, 16),
    (f"35=2|{HEAD}7=1|16=|", Reason.REQUIRED_TAG_MISSING, 16),
    (f"35=2|{HEAD}7=1|16=+1|", Reason.INCORRECT_FORMAT, 16),
    (f"35=4|{HEAD}123=Y|", Reason.REQUIRED_TAG_MISSING, 36),
    (f"35=4|{HEAD}36=\xb2|", Reason.INCORRECT_FORMAT, 36),
    (f"35=4|{HEAD}123=n|36=9|", Reason.INCORRECT_FORMAT, 123),
]


@pytest.mark.parametrize(("text", "reason", "tag"), SESSION_FAULTS)
def test_what_the_session_reads_is_checked_whatever_the_rules(text: str, reason: Reason, tag: int) -> None:
    reader = taught(NOTHING, ORDER, f"35=A|{HEAD}98=0|108=30|141=N|", f"35=2|{HEAD}7=1|16=0|", f"35=4|{HEAD}36=9|")
    fault = reader.read(wire(text)).fault
    assert fault is not None and (fault.reason, fault.tag) == (reason, tag)


def test_each_field_that_the_session_reads_is_tried() -> None:
    assert {tag for _, _, tag in SESSION_FAULTS} == set(SESSION_TYPES)
    assert all(default().fields[tag].type == kind for tag, kind in SESSION_TYPES.items())


def test_with_three_rules_on_again_typed_reading_is_safe() -> None:
    """Where orders are read, `required`, `enums` and `formats` decide whether that can be done."""
    strict = Reader(default(), replace(NOTHING, required=True, enums=True, formats=True))
    for text in (ORDER.replace("11=A|", ""), ORDER.replace("54=1", "54=Z"), ORDER.replace("38=100", "38=1E3"),
                 ORDER.replace("54=1", "54="), ORDER.replace("40=2", "40=")):  # fmt: skip
        assert strict.read(wire(text)).fault is not None
    message = strict.read(wire(ORDER.replace("59=0|", "59=|").replace("44=10.05|", "44=|") + "4999=x|5000=y|"))
    assert message.fault is None and messages.read_new_order(message).price is None


# -- which of several faults


FIRST: dict[str, tuple[str, Reason, int | None]] = {
    "what is no tag, before all": (f"35=ZZ|{HEAD}0=x|54=Z|", Reason.INVALID_TAG, 0),
    "the first of those": (f"{ORDER}0=x|-1=x|", Reason.INVALID_TAG, 0),
    "MsgType before the rest": (f"35=ZZ|55=x|{HEAD}54=Z|", Reason.INVALID_MSG_TYPE, None),
    "order before what is missing": ("35=D|11=A|34=2|", Reason.TAG_OUT_OF_ORDER, 34),
    "order before repetition": (f"{ORDER}49=C|", Reason.TAG_OUT_OF_ORDER, 49),
    "what is missing before values": (ORDER.replace("11=A|", "").replace("54=1", "54="), Reason.REQUIRED_TAG_MISSING, 11),
    "what is missing before unknown tags": (f"35=D|{HEAD}4999=x|", Reason.REQUIRED_TAG_MISSING, 11),
    "the header's before the body's": (ORDER.replace("49=C|", "").replace("11=A|", ""), Reason.REQUIRED_TAG_MISSING, 49),
    "values as they stand": (ORDER.replace("54=1", "54=Z").replace("38=100", "38=x"), Reason.VALUE_INCORRECT, 54),
    "the header's value, then": (
        ORDER.replace("49=C|", "49=C|145=|").replace("40=2", "40=w"), Reason.TAG_WITHOUT_VALUE, 145,
    ),
    "the type before the enumeration": (ORDER.replace("54=1", "54=AA"), Reason.INCORRECT_FORMAT, 54),
    "a value before its place": (f"35=0|{HEAD}108=x|", Reason.INCORRECT_FORMAT, 108),
    "no value before an unknown tag": (f"{ORDER}4999=|", Reason.TAG_WITHOUT_VALUE, 4999),
    "a value before a repetition": (f"{ORDER}40=2|38=x|", Reason.INCORRECT_FORMAT, 38),
    "a value before a group": (f"{ORDER}957=9|958=x|58=|", Reason.TAG_WITHOUT_VALUE, 58),
    "another message's field before the group it stands in": (
        f"{ORDER}957=2|958=x|959=1|960=1|108=30|", Reason.TAG_NOT_DEFINED_FOR_MESSAGE, 108,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FIRST)
def test_of_several_faults_one_is_named(case: str) -> None:
    text, reason, tag = FIRST[case]
    fault = Reader(default()).read(wire(text)).fault
    assert fault is not None
    assert (fault.reason, fault.tag) == (reason, tag), fault.text


def test_of_a_wrong_message_no_empty_text_is_given() -> None:
    """Whoever answers it by its OnBehalfOfCompID(115) would send a field without a value."""
    message = Reader(default()).read(wire(ORDER.replace("49=C|", "49=C|115=|")))
    assert message.fault is not None and message.get(115) is None and message.get(49) == "C"


def test_reasons_have_the_standards_words() -> None:
    """As the dictionary describes them, and maybe more."""
    assert set(REASON_TEXT) == set(Reason)
    for reason, text in REASON_TEXT.items():
        described, words = (re.sub("[^A-Z]", "", x.upper()) for x in (default().fields[373].values[reason], text))
        assert words.startswith(described)
    assert REASON_TEXT[Reason.VALUE_INCORRECT] == "Value is incorrect (out of range) for this tag"


# -- nested groups


def listed(parties: str) -> str:
    """A NewOrderList(E) of two orders, the second with these Parties."""
    return f"35=E|{HEAD}66=L|394=3|68=2|73=2|11=A|67=1|54=1|11=B|67=2|{parties}54=2|"


def test_groups_are_read_to_any_depth() -> None:
    """NoOrders(73), NoPartyIDs(453), NoPartySubIDs(802)."""
    text = listed("453=2|448=x|447=D|452=1|448=y|447=D|452=3|802=2|523=s|803=1|523=t|803=2|")
    reader = Reader(default())
    for _ in range(LEARN_AFTER + 1):
        message = reader.read(wire(text))
        assert message.fault is None
        first, second = message.groups(73)
        assert (first[11], first.groups(453), second[11], second[54]) == ("A", [], "B", "2")
        x, y = second.groups(453)
        assert (x[448], x.groups(802), y[448]) == ("x", [], "y")
        assert [(entry[523], entry[803], entry.groups(802)) for entry in y.groups(802)] == [
            ("s", "1", []),
            ("t", "2", []),
        ]
        assert message.groups(453) == message.groups(802) == []
    assert len(reader._layouts["E"]) == 1


@pytest.mark.parametrize(
    ("parties", "reason", "tag"),
    [
        ("453=2|448=x|802=1|523=s|803=1|", Reason.INCORRECT_GROUP_COUNT, 453),
        ("453=1|448=x|802=2|523=s|803=1|", Reason.INCORRECT_GROUP_COUNT, 802),
        ("453=1|448=x|802=1|523=s|803=1|523=t|", Reason.INCORRECT_GROUP_COUNT, 802),
        ("453=1|448=x|802=1|803=1|523=s|", Reason.GROUP_OUT_OF_ORDER, 803),
        ("453=1|448=x|802=1|523=s|523=t|", Reason.INCORRECT_GROUP_COUNT, 802),
        ("453=1|448=x|802=1|523=s|803=1|447=D|", Reason.GROUP_OUT_OF_ORDER, 447),
        ("453=1|448=x|802=1|523=s|803=failboat|", Reason.INCORRECT_FORMAT, 803),
        ("453=1|448=x|802=1|523=s|803=1|803=2|", Reason.TAG_REPEATED, 803),
        ("453=1|448=x|448=y|", Reason.INCORRECT_GROUP_COUNT, 453),
        ("453=1|523=s|", Reason.INCORRECT_GROUP_COUNT, 453),
    ],
)
def test_a_nested_group_keeps_the_rules_of_groups(parties: str, reason: Reason, tag: int) -> None:
    good = listed("453=1|448=x|802=1|523=s|803=1|")
    for reader in (Reader(default()), taught(Rules(), good)):
        assert reader.read(wire(good)).fault is None
        fault = reader.read(wire(listed(parties))).fault
        assert fault is not None
        assert (fault.reason, fault.tag) == (reason, tag), fault.text


def test_nested_counts_are_part_of_what_is_learned() -> None:
    """The same tags belong to other entries where another count stands."""
    texts = [listed("453=1|448=x|802=0|"), listed("453=1|448=x|")]
    reader = taught(Rules(), *texts)
    assert len(reader._layouts["E"]) == 2
    fault = reader.read(wire(listed("453=1|448=x|802=1|"))).fault
    assert fault is not None and fault.tag == 802


# -- data fields


HOSTILE = "a|58=y|10=000|=\xff"
DATA = {
    "header": ORDER.replace("49=C|", f"49=C|90={len(HOSTILE)}|91={HOSTILE}|"),
    "body": f"{ORDER}354={len(HOSTILE)}|355={HOSTILE}|58=x|",
    "end of the body": f"{ORDER}58=x|354={len(HOSTILE)}|355={HOSTILE}|",
    "trailer": f"{ORDER}58=x|93={len(HOSTILE)}|89={HOSTILE}|",
}
TAGS = {"header": 91, "body": 355, "end of the body": 355, "trailer": 89}


@pytest.mark.parametrize("place", DATA)
def test_a_data_field_holds_any_bytes_anywhere(place: str) -> None:
    for rules in (Rules(), NOTHING):
        reader = Reader(default(), rules)
        for _ in range(LEARN_AFTER + 1):
            message = reader.read(wire(DATA[place]))
            assert message.fault is None
            assert message.get(TAGS[place]) == HOSTILE.replace("|", "\x01")
            assert message.get(59) == "0"


def test_a_data_field_stands_in_an_entry_too() -> None:
    """EncodedText(355) in LinesOfText(33)."""
    text = f"35=B|{HEAD}148=x|33=2|58=a|354={len(HOSTILE)}|355={HOSTILE}|58=b|"
    message = Reader(default()).read(wire(text))
    assert message.fault is None
    raw = HOSTILE.replace("|", "\x01")
    assert message.groups(33) == [{58: "a", 354: str(len(HOSTILE)), 355: raw}, {58: "b"}]


@pytest.mark.parametrize("place", DATA)
@pytest.mark.parametrize("lie", [-1, 1, 7, 8, 9, 5000])
def test_a_length_that_lies_is_seen(place: str, lie: int) -> None:
    text = DATA[place].replace(f"={len(HOSTILE)}|", f"={len(HOSTILE) + lie}|")
    fault = Reader(default()).read(wire(text)).fault
    assert fault is not None and (fault.reason, fault.tag) == (Reason.INCORRECT_FORMAT, TAGS[place])


def test_where_formats_are_free_a_lying_length_is_not_believed() -> None:
    for length in ("2", "9", "abc", "99999"):
        message = read(f"{ORDER}354={length}|355=abc|58=x|", formats=False)
        assert (message.get(355), message.get(58)) == ("abc", "x")


def test_each_data_field_of_fix_knows_its_length() -> None:
    data = {tag for tag, field in default().fields.items() if field.type == "DATA"}
    assert set(Reader(default())._validation._length_of) == data
    assert {96: 95, 89: 93, 355: 354, 213: 212}.items() <= Reader(default())._validation._length_of.items()


# -- what readers share


def test_sessions_of_equal_options_share_a_reader() -> None:
    dictionary = default()
    one = reader_for(dictionary, Rules(order=False), 100)
    assert reader_for(dictionary, Rules(order=False), 100) is one
    others = [
        reader_for(dictionary, Rules(), 100),
        reader_for(dictionary, Rules(order=False), 101),
        reader_for(replace(dictionary), Rules(order=False), 100),
    ]
    assert len({id(reader) for reader in (one, *others)}) == 4
    assert (one.dictionary is dictionary, one.rules, one.max_fields) == (True, Rules(order=False), 100)


def test_the_readers_that_are_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_readers", [])
    first = reader_for(default(), Rules(), 1)
    for fields_in_all in range(2, 2 * READERS_KEPT):
        reader_for(default(), Rules(), fields_in_all)
    assert len(reading._readers) == READERS_KEPT and first not in reading._readers


def test_a_reader_costs_little_until_it_reads() -> None:
    """A dictionary has a thousand fields; their patterns are compiled when a message has them."""
    before = compiled.cache_info()
    reader = Reader(default())
    assert compiled.cache_info() == before
    reader.read(wire(ORDER))
    assert compiled.cache_info() != before


# -- chance


def subsets() -> Iterator[Rules]:
    yield Rules()
    yield NOTHING
    for name in NAMES:
        yield replace(Rules(), **{name: False})


READERS = {rules: (Reader(default(), rules), Reader(default(), rules)) for rules in subsets()}


@settings(max_examples=400)
@given(mutants(), st.sampled_from(NAMES))
def test_a_rule_that_is_off_changes_nothing_else(data: bytes, name: str) -> None:
    """What is good stays good and reads the same; what breaks another rule still does."""
    strict, lax = READERS[Rules()][0].read(data), READERS[replace(Rules(), **{name: False})][0].read(data)
    if strict.fault is None:
        assert seen(lax) == seen(strict)
    everything = READERS[NOTHING][0].read(data)
    if everything.fault is not None:
        assert lax.fault is not None


@settings(max_examples=300)
@given(mutants(), st.sampled_from(list(READERS)))
def test_by_any_rules_what_was_learned_shows_what_the_careful_reading_does(data: bytes, rules: Rules) -> None:
    learning, careful = READERS[rules]
    careful.forget()
    expected = seen(careful.read(data))
    for _ in range(LEARN_AFTER + 1):
        assert seen(learning.read(data)) == expected
