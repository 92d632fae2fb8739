"""Reading and validation: each rule with its SessionRejectReason(373), and layouts that never change a verdict."""

import gc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.fix import reader as reading
from gateway.fix.dictionary import Dictionary, default, load
from gateway.fix.faults import SessionRejectReason as Reason
from gateway.fix.frame import finish
from gateway.fix.reader import (
    LAYOUTS_KEPT,
    LEARN_AFTER,
    MAX_FIELDS,
    MET_KEPT,
    Entry,
    Layout,
    Message,
    Reader,
    Selection,
)
from gateway.fix.structure import MAX_ENTRIES, USER_DEFINED, Places
from gateway.model.sessions import Rules
from tests.conversation.wire import decode

HEAD = "49=C|56=G|34=2|52=20260105-14:30:00|"
ORDER = f"35=D|{HEAD}11=A|55=ACME|54=1|60=20260105-14:30:00|38=100|40=2|44=10.05|59=0|"
PARTIES = "453=2|448=a|447=D|452=1|802=2|523=x|803=1|523=y|803=2|448=b|447=D|452=2|"
PARAMETERS = "957=2|958=Duration|959=1|960=90|958=Urgency|959=14|960=HIGH|"
SNAPSHOT = f"35=W|{HEAD}262=M|55=ACME|268=2|269=0|270=9.9|271=100|269=1|270=10.1|271=200|"
INCREMENTAL = f"35=X|{HEAD}262=M|268=2|279=1|269=0|55=ACME|270=9.9|271=100|279=2|269=1|55=ACME|270=10.1|"
REQUEST = f"35=V|{HEAD}262=M|263=1|264=0|265=1|267=2|269=0|269=1|146=1|55=ACME|"


def wire(text: str) -> bytes:
    return finish(text.replace("|", "\x01"))


OWN_FIELDS = Rules(user_defined=False)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(default())


@pytest.fixture(scope="module")
def lenient() -> Reader:
    """Takes fields of the parties' own."""
    return Reader(default(), OWN_FIELDS)


RULES: dict[str, tuple[str, Reason, int | None]] = {
    "a tag that is no number": (f"{ORDER}x=1|", Reason.INVALID_TAG, None),
    "tag 0": (f"{ORDER}0=1|", Reason.INVALID_TAG, 0),
    "a tag with a leading zero": (f"{ORDER}0058=x|", Reason.INVALID_TAG, None),
    "a negative tag": (f"{ORDER}-58=x|", Reason.INVALID_TAG, -58),
    "a tag of ten digits": (f"{ORDER}9999999999=x|", Reason.INVALID_TAG, None),
    "a superscript tag": (f"{ORDER}\u00b9\u00b2=x|", Reason.INVALID_TAG, None),
    "a field without a tag": (f"{ORDER}=x|", Reason.INVALID_TAG, None),
    "a field without an equals sign": (f"{ORDER}58|", Reason.DELIMITER_IN_VALUE, 59),
    "an empty field": (f"{ORDER}|", Reason.DELIMITER_IN_VALUE, 59),
    "a missing field of the body": (ORDER.replace("11=A|", ""), Reason.REQUIRED_TAG_MISSING, 11),
    "a missing field of the header": (ORDER.replace("52=20260105-14:30:00|", ""), Reason.REQUIRED_TAG_MISSING, 52),
    "a tag of other messages": (f"{ORDER}108=30|", Reason.TAG_NOT_DEFINED_FOR_MESSAGE, 108),
    "a tag of the group's members outside of it": (f"{ORDER}958=x|", Reason.TAG_NOT_DEFINED_FOR_MESSAGE, 958),
    "a tag that FIX does not have": (f"{ORDER}4999=x|", Reason.INVALID_TAG, 4999),
    "a tag of nobody's own": (f"{ORDER}5001=x|", Reason.INVALID_TAG, 5001),
    "a tag of our own in other messages": (f"35=0|{HEAD}9001=x|", Reason.TAG_NOT_DEFINED_FOR_MESSAGE, 9001),
    "an empty value": (f"{ORDER}58=|", Reason.TAG_WITHOUT_VALUE, 58),
    "an empty value of the header": (ORDER.replace("49=C", "49="), Reason.TAG_WITHOUT_VALUE, 49),
    "an empty MsgType": (ORDER.replace("35=D", "35="), Reason.TAG_WITHOUT_VALUE, 35),
    "a value that is not listed": (ORDER.replace("54=1", "54=Z"), Reason.VALUE_INCORRECT, 54),
    "two listed values where one belongs": (ORDER.replace("54=1", "54=1 2"), Reason.INCORRECT_FORMAT, 54),
    "a list of values with one that is not listed": (f"{ORDER}18=1 % 2|", Reason.VALUE_INCORRECT, 18),
    "a MsgType that FIX does not have": (ORDER.replace("35=D", "35=ZZ"), Reason.INVALID_MSG_TYPE, None),
    "a field twice": (f"{ORDER}11=A|", Reason.TAG_REPEATED, 11),
    "a field of the header twice": (ORDER.replace("49=C|", "49=C|49=C|"), Reason.TAG_REPEATED, 49),
    "BeginString twice": (ORDER.replace("49=C|", "49=C|8=FIX.4.4|"), Reason.TAG_REPEATED, 8),
    "a field of our own twice": (f"{ORDER}9001=x|9001=x|", Reason.TAG_REPEATED, 9001),
    "CheckSum twice": (f"{ORDER}10=123|", Reason.TAG_REPEATED, 10),
    "a group twice": (f"{ORDER}{PARAMETERS}{PARAMETERS}", Reason.TAG_REPEATED, 957),
    "the number behind the body": (f"{ORDER.replace('34=2|', '')}34=2|", Reason.TAG_OUT_OF_ORDER, 34),
    "a header field behind the body": (f"{ORDER}50=x|", Reason.TAG_OUT_OF_ORDER, 50),
    "the body in the trailer": (f"{ORDER}93=1|89=x|58=x|", Reason.TAG_OUT_OF_ORDER, 58),
    "a field of our own in the header": (ORDER.replace("34=2", "9001=x|34=2"), Reason.TAG_OUT_OF_ORDER, 34),
    "a field of our own in the trailer": (f"{ORDER}93=1|89=x|9001=x|", Reason.TAG_OUT_OF_ORDER, 9001),
    "a count above the entries": (ORDER + PARAMETERS.replace("957=2", "957=3"), Reason.INCORRECT_GROUP_COUNT, 957),
    "a count below the entries": (ORDER + PARAMETERS.replace("957=2", "957=1"), Reason.INCORRECT_GROUP_COUNT, 957),
    "a count without entries": (f"{ORDER}957=1|", Reason.INCORRECT_GROUP_COUNT, 957),
    "a count of nothing before entries": (f"{ORDER}957=0|958=x|959=1|960=1|", Reason.INCORRECT_GROUP_COUNT, 957),
    "a field of other messages within a group": (
        f"{ORDER}957=2|958=x|959=1|960=1|108=30|958=y|959=1|960=1|", Reason.TAG_NOT_DEFINED_FOR_MESSAGE, 108,
    ),
    "a count of 10^9": (f"{ORDER}957=999999999|958=x|959=1|960=1|", Reason.INCORRECT_GROUP_COUNT, 957),
    "a count beyond any number": (f"{ORDER}957=9999999999|", Reason.INCORRECT_FORMAT, 957),
    "a negative count": (f"{ORDER}957=-1|", Reason.INCORRECT_FORMAT, 957),
    "a group that begins with another field": (
        f"{ORDER}957=1|959=1|958=x|960=1|", Reason.GROUP_OUT_OF_ORDER, 959,
    ),
    "fields of a group out of order": (f"{ORDER}957=1|958=x|960=1|959=1|", Reason.GROUP_OUT_OF_ORDER, 959),
    "a field twice in one entry": (f"{ORDER}957=1|958=x|959=1|959=1|960=1|", Reason.TAG_REPEATED, 959),
    "a missing field in an entry": (f"{ORDER}957=2|958=x|959=1|960=1|958=y|960=1|", Reason.REQUIRED_TAG_MISSING, 959),
    "a nested count above its entries": (
        ORDER + PARTIES.replace("802=2", "802=3"), Reason.INCORRECT_GROUP_COUNT, 802,
    ),
    "a nested count below its entries": (
        ORDER + PARTIES.replace("802=2", "802=1"), Reason.INCORRECT_GROUP_COUNT, 802,
    ),
    "a group bomb": (f"{ORDER}957={MAX_ENTRIES + 1}|", Reason.INCORRECT_GROUP_COUNT, 957),
    "a data field longer than its length": (f"{ORDER}354=2|355=abc|", Reason.INCORRECT_FORMAT, 355),
    "a data field shorter than its length": (f"{ORDER}354=4|355=abc|", Reason.INCORRECT_FORMAT, 355),
    "a data field of a length beyond the message": (f"{ORDER}354=9999|355=abc|", Reason.INCORRECT_FORMAT, 355),
    "a data field that takes the trailer with it": (f"{ORDER}354=10|355=abc|", Reason.INCORRECT_FORMAT, 355),
    "a data field without its length": (f"{ORDER}355=abc|", Reason.REQUIRED_TAG_MISSING, 354),
    "a length without its data field": (f"{ORDER}354=3|58=x|", Reason.REQUIRED_TAG_MISSING, 355),
    "a data field before its length": (f"{ORDER}355=abc|354=3|", Reason.TAG_OUT_OF_ORDER, 355),
    "a data field apart from its length": (f"{ORDER}354=3|58=x|355=abc|", Reason.TAG_OUT_OF_ORDER, 355),
    "a length between another and its data field": (f"{ORDER}354=3|93=1|355=abc|89=x|", Reason.TAG_OUT_OF_ORDER, 355),
    "a superscript length": (f"{ORDER}354=\u00b2|355=ab|", Reason.INCORRECT_FORMAT, 354),
    "a negative length": (f"{ORDER}354=-1|355=ab|", Reason.INCORRECT_FORMAT, 354),
    "a length of nothing": (f"{ORDER}354=0|355=|", Reason.TAG_WITHOUT_VALUE, 355),
}  # fmt: skip


@pytest.mark.parametrize("case", RULES)
def test_a_rule_is_kept_and_the_broken_one_named(reader: Reader, case: str) -> None:
    text, reason, tag = RULES[case]
    fault = reader.read(wire(text)).fault
    assert fault is not None
    assert (fault.reason, fault.tag) == (reason, tag), fault.text
    assert tag is None or f"({tag})" in fault.text
    assert "\x01" not in fault.text


@pytest.mark.parametrize("case", RULES)
def test_of_a_wrong_message_the_number_can_be_read(reader: Reader, case: str) -> None:
    """It has to be counted."""
    assert reader.read(wire(RULES[case][0])).seq == 2


FORMATS: dict[str, tuple[int, list[str], list[str]]] = {
    "PRICE": (44, ["0", "-1.5", "007.10", "1."], ["-", ".5", "+1", "1e9", "NaN", "1_000", "1.123456789", "1" * 13]),
    "QTY": (38, ["0", "100", "0.5"], ["-1", "-0", "Inf", "0x10", "\u00b2", " 1", "1 "]),
    "PERCENTAGE": (849, ["0.25", "-1"], ["25%", "abc"]),
    "INT": (847, ["1001", "-5", "007"], ["1.0", "+1", "1" * 19, "", "1\n"]),
    "CHAR": (206, ["a", "\xff"], ["ab"]),
    "BOOLEAN": (114, ["Y", "N"], ["y", "true", "1"]),
    "CURRENCY": (15, ["USD"], ["usd", "US", "USDX", "\xc4\xd6\xdc"]),
    "LOCALMKTDATE": (64, ["20260105", "20240229"], ["20260231", "20251301", "2026-01-05", "0" * 8, "20230229"]),
    "MONTHYEAR": (200, ["202601", "202601w5", "20260131"], ["202613", "202601w6", "20260132", "20260231", "2026"]),
    "UTCTIMESTAMP": (
        126,
        ["20260105-14:30:00", "20260105-14:30:00.123", "20260105-23:59:60", "20260105-14:30:00.123456789"],
        ["20260231-14:30:00", "20260105-24:00:00", "20260105 14:30:00", "20260105-14:30:00.1", "20260105"],
    ),
    "EXCHANGE": (207, ["XLON", "L"], []),
    "MULTIPLEVALUESTRING": (18, ["1", "1 2 a"], ["1  2", " 1", "1 "]),
    "STRING": (58, ["a=b", "8=FIX.4.4", "<script>", "\x1b[31m", "\x00", "\xff\xfe", "=cmd|' /C calc'!A0"[:4]], []),
}
FORMAT_CASES = [
    (kind, tag, value, right)
    for kind, (tag, good, bad) in FORMATS.items()
    for values, right in ((good, True), (bad, False))
    for value in values
]


@pytest.mark.parametrize(("kind", "tag", "value", "right"), FORMAT_CASES)
def test_a_value_has_the_format_of_its_type(reader: Reader, kind: str, tag: int, value: str, right: bool) -> None:
    assert default().fields[tag].type == kind
    data = wire(f"{ORDER.replace('38=100|', '').replace('44=10.05|', '')}{tag}={value}|")
    message = reader.read(data)
    assert (message.fault is None) == right
    if right:
        assert message.get(tag) == value
    else:
        assert message.fault and message.fault.tag == tag
        assert message.fault.reason in (Reason.INCORRECT_FORMAT, Reason.VALUE_INCORRECT, Reason.TAG_WITHOUT_VALUE)


def test_fields_of_the_parties_own_are_accepted_and_kept(lenient: Reader) -> None:
    """Tags from 5000 on, anywhere in the body, also between the standard's."""
    message = lenient.read(wire(ORDER.replace("55=ACME|", "5000=x|55=ACME|") + f"99999=y|{PARAMETERS}20000=z=|"))
    assert message.fault is None
    assert [message.get(tag) for tag in (5000, 99999, 20000, 5001)] == ["x", "y", "z=", None]


def test_a_message_that_only_the_enumeration_has_is_named_before_its_fields() -> None:
    """Of a message that we do not take, the fields may be unknown, too."""
    whole = default()
    messages = {msg_type: message for msg_type, message in whole.messages.items() if msg_type != "E"}
    fault = Reader(replace(whole, messages=messages)).read(wire(f"35=E|{HEAD}4999=|")).fault
    assert fault is not None and (fault.reason, fault.tag) == (Reason.INVALID_MSG_TYPE, None)


def test_a_message_that_the_enumeration_lacks_is_one() -> None:
    """Whoever adds messages of their own to a dictionary may well forget it."""
    whole = default()
    values = {msg_type: name for msg_type, name in whole.fields[35].values.items() if msg_type != "D"}
    fields = whole.fields | {35: replace(whole.fields[35], values=values)}
    assert Reader(replace(whole, fields=fields)).read(wire(ORDER)).fault is None


def test_fields_may_stand_in_any_order_within_their_section(reader: Reader) -> None:
    text = (
        f"35=D|34=2|43=Y|{HEAD.replace('34=2|', '')}59=0|44=10.05|60=20260105-14:30:00|40=2|38=100|11=A|54=1|55=ACME|"
    )
    message = reader.read(wire(text))
    assert message.fault is None and message.poss_dup and message.seq == 2


def test_an_empty_group_is_accepted(reader: Reader) -> None:
    message = reader.read(wire(f"{ORDER}957=0|58=x|"))
    assert (message.fault, message.groups(957), message.get(58)) == (None, [], "x")


def test_groups_and_what_is_nested_in_them_are_read(reader: Reader) -> None:
    """Each entry has its own nested entries; entries never borrow from each other."""
    message = reader.read(wire(ORDER + PARTIES + PARAMETERS + "58=x|"))
    assert message.fault is None
    first, second = message.groups(453)
    assert (first, second) == ({448: "a", 447: "D", 452: "1", 802: "2"}, {448: "b", 447: "D", 452: "2"})
    assert first.groups(802) == [{523: "x", 803: "1"}, {523: "y", 803: "2"}]
    assert second.groups(802) == first.groups(957) == []
    assert [entry[960] for entry in message.groups(957)] == ["90", "HIGH"]
    assert [message.get(tag) for tag in (448, 523, 958, 453, 58)] == [None, None, None, "2", "x"]
    assert message.groups(386) == []


def test_a_group_of_the_header_is_read(reader: Reader) -> None:
    """Hops(627)."""
    message = reader.read(wire(ORDER.replace("34=2|", "627=1|628=HUB|629=20260105-14:30:00|34=2|")))
    assert message.fault is None and [hop[628] for hop in message.groups(627)] == ["HUB"]


def test_a_data_field_is_read_by_its_length(reader: Reader) -> None:
    """SOH and what looks like a trailer or a field belong to it."""
    hostile = "a|58=y|10=000|"
    for _ in range(LEARN_AFTER + 1):
        message = reader.read(wire(f"{ORDER}354={len(hostile)}|355={hostile}|58=x|"))
        assert message.fault is None
        assert message.get(355) == hostile.replace("|", "\x01")
        assert message.get(58) == "x"


@pytest.mark.parametrize("fields", [MAX_FIELDS, MAX_FIELDS + 1])
def test_a_message_has_a_bounded_number_of_fields(lenient: Reader, fields: int) -> None:
    here = 2 + ORDER.count("|") + 1  # 8 and 9, 10
    message = lenient.read(wire(ORDER + "".join(f"{5000 + n}=x|" for n in range(fields - here))))
    if fields <= MAX_FIELDS:
        assert message.fault is None
    else:
        assert message.fault is not None and message.fault.reason is Reason.OTHER
    assert message.seq == 2


def test_a_group_has_a_bounded_number_of_entries(reader: Reader) -> None:
    message = reader.read(wire(f"{ORDER}957={MAX_ENTRIES}|" + "958=x|959=1|960=1|" * MAX_ENTRIES))
    assert message.fault is None and len(message.groups(957)) == MAX_ENTRIES


def test_values_are_picked_and_repeated_as_they_came(reader: Reader) -> None:
    message = reader.read(wire(ORDER))
    assert message.pick(Selection(44, 1, 11, 55)) == ("10.05", None, "A", "ACME")
    assert message.wire(Selection(55, 1, 11)) == "55=ACME\x0111=A\x01"


# -- layouts


EXAMPLES = [
    ORDER,
    f"{ORDER}1=ACC|58=hello|5001=x|",
    f"{ORDER}{PARAMETERS}847=1001|",
    f"{ORDER}{PARTIES}18=1 2|",
    ORDER.replace("34=2|", "34=2|43=Y|122=20260105-14:30:00.000|"),
    f"{ORDER}354=3|355=a|b|",
    f"35=F|{HEAD}11=B|41=A|55=ACME|54=1|60=20260105-14:30:00|",
    f"35=8|{HEAD}37=1|17=2|150=F|39=1|11=A|55=ACME|54=1|38=100|151=50|14=50|6=10|32=50|31=10|60=20260105-14:30:00|",
    f"35=A|{HEAD}98=0|108=30|141=Y|",
    f"35=2|{HEAD}7=1|16=0|",
    SNAPSHOT,
    INCREMENTAL,
    REQUEST,
]


def nested(entries: list[Entry]) -> object:
    return [(entry, nested(entry.groups(802))) for entry in entries]


def seen(message: Message) -> object:
    """Everything a message shows."""
    tags = (*default().fields, 5000, 5001, 5002)
    groups = [nested(message.groups(tag)) for tag in (453, 957, 268, 267, 146, 627)] if message.fault is None else None
    return (
        message.fault, message.msg_type, message.seq, message.poss_dup,
        [value for tag in tags if (value := message.get(tag)) is not None], groups,
    )  # fmt: skip


def learned() -> Reader:
    """A reader that knows all of the examples."""
    reader = Reader(default(), OWN_FIELDS)
    for text in EXAMPLES:
        for _ in range(LEARN_AFTER):
            assert reader.read(wire(text)).fault is None
    assert sum(map(len, reader._layouts.values())) == len(EXAMPLES) - 1  # a data field's length is no layout
    return reader


LEARNED, CAREFUL = learned(), Reader(default(), OWN_FIELDS)
VALUES = st.sampled_from(
    [
        "",
        "1",
        "2",
        "0",
        "3",
        "Y",
        "A",
        "-1",
        "1E3",
        "20260231-10:00:00",
        "20260105-14:30:00",
        "x=y",
        "\xb2",
        "1 2",
        "ACME",
    ]
) | st.text(st.characters(min_codepoint=0, max_codepoint=255, exclude_characters="\x01"), max_size=6)


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    """An example with a few of its fields changed, moved, doubled or left out."""
    fields = draw(st.sampled_from(EXAMPLES)).replace("|", "\x01").split("\x01")[:-1]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(1, len(fields) - 1))
        tag, _, _ = fields[at].partition("=")
        how = draw(st.sampled_from(["value", "value", "value", "tag", "leave out", "double", "swap"]))
        if how == "value":
            fields[at] = f"{tag}={draw(VALUES)}"
        elif how == "tag":
            fields[at] = f"{draw(st.sampled_from([1, 11, 34, 58, 268, 269, 957, 4999, 5001, 108, 355, 10]))}=1"
        elif how == "leave out" and len(fields) > 3:
            del fields[at]
        elif how == "double":
            fields.insert(draw(st.integers(1, len(fields))), fields[at])
        else:
            other = draw(st.integers(1, len(fields) - 1))
            fields[at], fields[other] = fields[other], fields[at]
    return finish("".join(f"{field}\x01" for field in fields))


@settings(max_examples=600)
@given(mutants())
def test_what_was_learned_never_changes_the_verdict(data: bytes) -> None:
    """Reason, tag, text and every value are those that the careful reading gives, however often it comes."""
    CAREFUL._layouts.clear()
    expected = seen(CAREFUL.read(data))
    for _ in range(LEARN_AFTER + 1):
        assert seen(LEARNED.read(data)) == expected
    CAREFUL._met.clear()


def places_of(index: dict[int, int], groups: dict[int, list[Places]]) -> dict[int, int]:
    """Position -> tag, of entries and what is nested in them too."""
    found = {at: tag for tag, at in index.items()}
    for entries in groups.values():
        for entry in entries:
            found |= places_of(entry.index, entry.groups)
    return found


@pytest.mark.parametrize("text", EXAMPLES)
def test_what_is_read_can_be_written_again_to_the_byte(text: str) -> None:
    """By the places that the layout has for it, and an independent reader sees the same values."""
    data = wire(text)
    for reader in (LEARNED, CAREFUL):
        message = reader.read(data)
        places = places_of(message.layout.index, message.layout.entries)
        fields = [(tag, message.values[at]) for at, tag in sorted(places.items())]
        assert finish("".join(f"{tag}={value}\x01" for tag, value in fields[2:-1])) == data
        if "355=" not in text:  # simplefix has to be told of data fields
            independent = decode(data)
            assert all(independent.get(tag) == message.get(tag) for tag in message.layout.index)


def test_a_byte_behind_the_trailer_is_seen_by_layouts_too() -> None:
    for reader in (learned(), Reader(default())):
        for tail in (b"\x01", b"x", b"58=x", b"58=x\x01"):
            assert reader.read(wire(ORDER) + tail).fault is not None


def test_a_sequence_is_learned_when_it_has_come_often() -> None:
    """To learn costs as much as many readings: somebody who never says the same twice must not make us learn."""
    reader = Reader(default())
    for _ in range(LEARN_AFTER - 1):
        reader.read(wire(ORDER))
    assert not reader._layouts
    reader.read(wire(ORDER))
    assert len(reader._layouts["D"]) == 1


def test_layouts_are_bounded_and_the_last_used_stay() -> None:
    reader = Reader(default(), OWN_FIELDS)
    favourite = f"{ORDER}1=ACC|"
    for n in range(2 * LAYOUTS_KEPT):
        for _ in range(LEARN_AFTER):
            assert reader.read(wire(f"{ORDER}{5000 + n}=x|")).get(5000 + n) == "x"
            assert reader.read(wire(favourite)).get(1) == "ACC"
    known = reader._layouts["D"]
    assert len(known) == LAYOUTS_KEPT
    assert any(1 in layout.index for layout in known)


def test_layouts_are_bounded_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a peer fills them, all are dropped, and what is still in use is learned again."""
    monkeypatch.setattr(reading, "LAYOUTS_IN_ALL", 5)
    reader = Reader(default())
    for text in EXAMPLES[6:] * 2:
        for _ in range(LEARN_AFTER + 1):
            assert reader.read(wire(text)).fault is None
            assert sum(map(len, reader._layouts.values())) <= 5
    assert reader.read(wire(EXAMPLES[-1])).layout in reader._layouts["V"]


def test_what_is_costly_to_compile_is_not_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{ORDER}126=20260105-14:30:00|168=20260105-14:30:00|"
    for longest, learned in ((reading.LONGEST_PATTERN, 1), (1_000, 0)):
        monkeypatch.setattr(reading, "LONGEST_PATTERN", longest)
        reader = Reader(default())
        for _ in range(2 * LEARN_AFTER):
            assert reader.read(wire(text)).fault is None
        assert len(reader._layouts) == learned


def test_sequences_on_the_way_to_being_learned_are_bounded() -> None:
    reader = Reader(default(), OWN_FIELDS)
    for n in range(2 * MET_KEPT):
        reader.read(wire(f"{ORDER}{5000 + n}=x|"))
        assert len(reader._met) <= MET_KEPT
    assert not reader._layouts


def test_another_BeginString_is_a_fault(reader: Reader) -> None:
    """Or a message of another FIX in the middle of a session would pass as one of ours."""
    fault = reader.read(wire(ORDER).replace(b"8=FIX.4.4", b"8=FIX.4.2")).fault
    assert fault is not None and fault.tag == 8


def test_a_wrong_message_is_never_learned() -> None:
    reader = Reader(default())
    for _ in range(2 * LEARN_AFTER):
        for text, _, _ in RULES.values():
            reader.read(wire(text))
    assert not reader._layouts and not reader._met


def test_layouts_that_are_not_learned_are_not_kept() -> None:
    """What followed what is remembered of learned ones alone, however a peer varies its messages."""
    reader = Reader(default(), OWN_FIELDS)
    last = None
    for _ in range(LEARN_AFTER + 1):
        last = reader.read(wire(ORDER), last).layout
    before = _layouts_alive()
    for tag in range(USER_DEFINED, USER_DEFINED + 500):
        last = reader.read(wire(f"{ORDER}{tag}=x|"), last).layout
    assert _layouts_alive() <= before + 2


def test_what_followed_a_forgotten_layout_is_forgotten_with_it() -> None:
    reader = Reader(default(), OWN_FIELDS)
    last = None
    before = _layouts_alive()
    for tag in range(USER_DEFINED, USER_DEFINED + 3 * LAYOUTS_KEPT):
        for _ in range(LEARN_AFTER + 1):
            last = reader.read(wire(f"{ORDER}{tag}=x|"), last).layout
    assert _layouts_alive() <= before + LAYOUTS_KEPT + 2


def _layouts_alive() -> int:
    return sum(type(thing) is Layout for thing in gc.get_objects())


OLD_DICTIONARY = """<fix type="FIX" major="4" minor="4">
  <header><field name="BeginString" required="Y"/><field name="BodyLength" required="Y"/>
    <field name="MsgType" required="Y"/><field name="MsgSeqNum" required="Y"/></header>
  <trailer><field name="CheckSum" required="Y"/></trailer>
  <messages><message name="List" msgtype="U1" msgcat="app">
    <group name="NoOrders" required="Y"><field name="ClOrdID" required="Y"/></group>
    <field name="Text" required="N"/></message>
  <message name="Both" msgtype="U2" msgcat="app">
    <group name="NoOrders" required="N"><field name="Text" required="N"/><field name="ClOrdID" required="N"/></group>
    <field name="ClOrdID" required="Y"/></message></messages>
  <fields><field number="8" name="BeginString" type="STRING"/><field number="9" name="BodyLength" type="INT"/>
    <field number="35" name="MsgType" type="STRING"/><field number="34" name="MsgSeqNum" type="INT"/>
    <field number="10" name="CheckSum" type="STRING"/><field number="73" name="NoOrders" type="INT"/>
    <field number="11" name="ClOrdID" type="STRING"/><field number="58" name="Text" type="STRING"/></fields>
</fix>"""


@pytest.fixture
def old(tmp_path: Path) -> Dictionary:
    path = tmp_path / "old.xml"
    path.write_text(OLD_DICTIONARY)
    return load(path)


def test_a_count_of_type_int_is_as_binding_as_any(old: Dictionary) -> None:
    """FIX 4.2 has no type for counts; what was learned with one count must not pass another."""
    reader = Reader(old)
    for _ in range(LEARN_AFTER + 1):
        assert reader.read(wire("35=U1|34=2|73=2|11=A|11=B|58=x|")).fault is None
    for count in ("1", "3", "-2", "02"):
        fault = reader.read(wire(f"35=U1|34=2|73={count}|11=A|11=B|58=x|")).fault
        assert (fault.reason if fault else None) == (None if count == "02" else Reason.INCORRECT_GROUP_COUNT)
    assert reader.read(wire("35=U1|34=2|73=-2|58=x|")).fault is not None


def test_a_required_field_must_not_stand_in_a_group_only(old: Dictionary) -> None:
    """And behind a count of nothing, what a group could have is the message's."""
    assert Reader(old).read(wire("35=U2|34=2|11=A|73=1|58=x|11=B|")).fault is None
    assert Reader(old).read(wire("35=U2|34=2|73=0|11=A|")).fault is None
    fault = Reader(old).read(wire("35=U2|34=2|73=1|58=x|11=B|")).fault
    assert fault is not None and (fault.reason, fault.tag) == (Reason.REQUIRED_TAG_MISSING, 11)


def test_a_dictionary_may_do_without_numbers(old: Dictionary) -> None:
    header = {tag: member for tag, member in old.header.items() if tag != 34}
    reader = Reader(replace(old, header=header))
    for _ in range(LEARN_AFTER + 1):
        message = reader.read(wire("35=U2|11=A|"))
        assert (message.fault, message.seq, message.get(11)) == (None, -1, "A")


def test_what_is_forgotten_is_not_read_by() -> None:
    reader = Reader(default())
    last = None
    for _ in range(LEARN_AFTER + 2):
        last = reader.read(wire(ORDER), last).layout
    assert last is reader.read(wire(ORDER), last).layout
    reader.forget()
    assert reader.read(wire(ORDER), last).layout is not last
