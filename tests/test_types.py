"""The types of FIX (Volume 1, "FIX field types"): what is a value of each and what is none."""

import pytest

from gateway.fix.dictionary import TYPES, Dictionary, FieldDef, MemberDef, MessageDef
from gateway.fix.faults import SessionRejectReason as Reason
from gateway.fix.frame import finish
from gateway.fix.reader import LEARN_AFTER, Reader
from gateway.model.sessions import Rules

TIMES = ["00:00:00", "23:59:59", "23:59:60", "14:30:00.123", "14:30:00.123456", "14:30:00.123456789"]
NO_TIMES = [
    *("24:00:00", "14:60:00", "14:30:61", "14:30", "14:30:00.", "14:30:00.1", "14:30:00.12", "14:30:00.1234"),
    *("14:30:00.1234567890", "4:30:00", "14-30-00", "14:30:00Z", " 14:30:00", "14:30:00\n", "\xb24:30:00"),
]
DATES = ["20260105", "20240229", "20000229", "99991231", "00010101"]
NO_DATES = [
    "20260229",
    "19000229",
    "20260431",
    "20261301",
    "20260100",
    "00000101",
    "260105",
    "2026-01-05",
    "2026010",
    "202601051",
]
DECIMALS = ["0", "-1", "-0.5", "10.05", "007.10", "23.", "999999999999.12345678"]
NO_DECIMALS = [
    "+1",
    "-",
    ".",
    ".5",
    "1e9",
    "1E3",
    "1,000",
    "1_000",
    "0x10",
    "NaN",
    "Inf",
    "1.123456789",
    "1" * 13,
    " 1",
    "1 ",
    "--1",
]
COUNTS, NO_COUNTS = ["0", "1", "007", "999999999"], ["-1", "+1", "1.0", "1" * 10, "", "\xb2", "1 "]
WORDS, NO_WORDS = ["a", "a bc d", "\xff"], ["", " a", "a ", "a  b"]
VALUES: dict[str, tuple[list[str], list[str]]] = {
    **dict.fromkeys(("AMT", "FLOAT", "PERCENTAGE", "PRICE", "PRICEOFFSET"), (DECIMALS, NO_DECIMALS)),
    "QTY": ([text for text in DECIMALS if text[0] != "-"], [*NO_DECIMALS, "-1", "-0"]),
    "INT": (["0", "-5", "00023", "9" * 18, "-" + "9" * 18], ["+1", "-", "1.0", "1" * 19, "0x1", "\xb2", "1\n"]),
    **dict.fromkeys(("LENGTH", "NUMINGROUP", "SEQNUM"), (COUNTS, NO_COUNTS)),
    "TAGNUM": (["1", "5000"], ["0", "01", "-1", "1" * 10]),
    "DAYOFMONTH": (["1", "01", "9", "10", "31"], ["0", "00", "32", "-1", "1.", "40"]),
    "BOOLEAN": (["Y", "N"], ["y", "n", "1", "0", "true", "YN", ""]),
    "CHAR": (["a", "1", " ", "\xff", "="], ["", "ab"]),
    "STRING": (["x", "a=b", "8=FIX.4.4", "\x00", "\xff\xfe", " "], [""]),
    "EXCHANGE": (["XLON", "L"], [""]),
    "COUNTRY": (["DE"], ["de", "DEU", "D", "D1", "\xc4\xd6"]),
    "CURRENCY": (["USD"], ["usd", "US", "USDX", "US1"]),
    "LANGUAGE": (["en"], ["EN", "eng", "e"]),
    **dict.fromkeys(("MULTIPLEVALUESTRING", "MULTIPLESTRINGVALUE"), (WORDS, NO_WORDS)),
    "MULTIPLECHARVALUE": (["a", "a b c"], ["", "ab", "a bc", "a  b", " a"]),
    **dict.fromkeys(("UTCDATEONLY", "UTCDATE", "LOCALMKTDATE", "DATE"), (DATES, NO_DATES)),
    "MONTHYEAR": (
        [*DATES, "202601", "202612", "202601w1", "202601w5"],
        [*NO_DATES[:6], "202600", "202613", "202601w0", "202601w6", "202601W1", "2026", "2026w1"],
    ),
    "UTCTIMEONLY": (TIMES, NO_TIMES),
    **dict.fromkeys(("UTCTIMESTAMP", "TIME"), (
        [f"{date}-{time}" for date in DATES[:2] for time in TIMES],
        [f"20260105-{time}" for time in NO_TIMES] + [f"{date}-14:30:00" for date in NO_DATES] + ["20260105 14:30:00", ""],
    )),
    "TZTIMEONLY": (["07:39", "07:39Z", "07:39-05", "15:39+08", "13:09:40.123+05:30"], ["7:39", "07:39+5", "07:39+15", "07:39z"]),
    "TZTIMESTAMP": (["20260105-07:39Z", "20260105-15:39:00+08", "20240229-13:09+05:30"], ["20260229-07:39Z", "20260105"]),
    **dict.fromkeys(("DATA", "XMLDATA"), (["x", "\x00\xff", "="], [""])),
}  # fmt: skip
VALUE_CASES = [
    (kind, text, right) for kind, both in VALUES.items() for texts, right in zip(both, (True, False), strict=True)
    for text in texts
]  # fmt: skip


def members(*numbers: int, required: bool = False) -> dict[int, MemberDef]:
    return {number: MemberDef(number, required) for number in numbers}


def of_types() -> Dictionary:
    """One message, U1, with a field of each type: 1001, 1002, ..."""
    kinds = {1001 + n: kind for n, kind in enumerate(sorted(TYPES))}
    kinds |= {8: "STRING", 9: "LENGTH", 35: "STRING", 34: "SEQNUM", 10: "STRING"}
    return Dictionary(
        version="FIX.4.4",
        fields={tag: FieldDef(tag, f"Field{tag}", kind, {}) for tag, kind in kinds.items()},
        numbers={f"Field{tag}": tag for tag in kinds},
        header=members(8, 9, 35, 34, required=True),
        trailer=members(10, required=True),
        messages={"U1": MessageDef("Typed", "U1", False, members(*(tag for tag in kinds if tag > 1000)))},
    )


TYPED = {rules: Reader(of_types(), rules) for rules in (Rules(), Rules(formats=False))}


def test_every_type_has_its_table() -> None:
    assert set(VALUES) == TYPES


@pytest.mark.parametrize(("kind", "text", "right"), VALUE_CASES)
def test_a_value_is_of_its_type_or_not(kind: str, text: str, right: bool) -> None:
    """By the careful reading and, as the first good value of the type has come often, by what was learned."""
    tag = 1001 + sorted(TYPES).index(kind)
    for rules, reader in TYPED.items():
        for _ in range(LEARN_AFTER):
            assert reader.read(finish(f"35=U1\x0134=1\x01{tag}={VALUES[kind][0][0]}\x01")).fault is None
        message = reader.read(finish(f"35=U1\x0134=1\x01{tag}={text}\x01"))
        if right or (text and not rules.formats):
            assert message.fault is None and message.get(tag) == text
        else:
            reason = Reason.INCORRECT_FORMAT if text else Reason.TAG_WITHOUT_VALUE
            assert message.fault is not None and (message.fault.reason, message.fault.tag) == (reason, tag)
