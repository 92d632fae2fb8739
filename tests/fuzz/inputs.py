"""Where inputs come from: messages made from the dictionary, and what may be done to them.

The same code serves the coverage-guided fuzzer, which adds its own changes to bytes, and the plain loop in the tests.
A message is written without its frame, as `text`: BeginString, then from MsgType's value on, each field with its SOH.
So a change breaks no BodyLength and no CheckSum, which only the framer is about.
"""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random

import fixspecs
from tests.reference_parser import MAX_ENTRIES, MAX_FIELDS, USER_DEFINED, Book, Member, read_book

SOH = b"\x01"
MAX_TEXT = 3_000  # bytes of one message made here
_MAX_ENTRIES = 3
_NEVER = (9, 10)  # BodyLength and CheckSum belong to the frame
HEAD = b"49=C\x0156=G\x0134=2\x0152=20260105-14:30:00\x01"  # of every message made here

SPITEFUL = (
    *(b"", b"0", b"-1", b"1E9", b"\xb2", b"20260231-00:00:00", b"9" * 9, b"9" * 30, b"Y", b"\x00", b"A", b"=", b"00"),
    *(b"+1", b" 1", b"1 ", b".", b"-", b"-.", b"1.", b".5", b"0x10", b"1_000", b"NaN", b"1.123456789", b"1" * 13),
    *(b"\xd9\xa3", b"20260105-24:00:00", b"20260105-23:59:60", b"20240229", b"20230229", b"202601w5", b"202613"),
    *(b"20260105-14:30:00.1", b"20260105-14:30:00.123456789", b"10=000", b"8=FIX.4.4", b"1 2", b"1  2", b"31", b"01"),
)
_SAMPLES = {
    "BOOLEAN": (b"Y", b"N"),
    "CHAR": (b"1", b"A"),
    "COUNTRY": (b"DE",),
    "CURRENCY": (b"USD",),
    "DAYOFMONTH": (b"1", b"31"),
    "INT": (b"1", b"-7", b"007"),
    "LENGTH": (b"3", b"0"),
    "LOCALMKTDATE": (b"20260105", b"20240229"),
    "MONTHYEAR": (b"202601", b"20260105", b"202601w2"),
    "NUMINGROUP": (b"0", b"1"),
    "SEQNUM": (b"1", b"2"),
    "STRING": (b"x", b"ACME"),
    "UTCDATEONLY": (b"20260105",),
    "UTCTIMEONLY": (b"14:30:00", b"23:59:60.123"),
    "UTCTIMESTAMP": (b"20260105-14:30:00", b"20260105-14:30:00.123"),
    **dict.fromkeys(("AMT", "FLOAT", "PERCENTAGE", "PRICE", "PRICEOFFSET"), (b"1", b"0.25", b"-10.05")),
    "QTY": (b"100", b"0.5"),
}


@cache
def book() -> Book:
    """FIX 4.4 and the house's own, as the reference parser reads them."""
    folder = Path(fixspecs.__file__).parent
    return read_book(folder / "FIX44.xml", folder / "house.xml")


def value_of(tag: int, chance: Random) -> bytes:
    """A value that the field may have."""
    values = book().values.get(tag)
    if values:
        return chance.choice(sorted(values))
    return chance.choice(_SAMPLES.get(book().types.get(tag, "STRING"), _SAMPLES["STRING"]))


def fields_of(member: Member, chance: Random, optional: float) -> list[bytes]:
    """One member of a message as it may stand there, a group with its entries. `optional`: their probability."""
    length = _length_of().get(member.tag)
    if length is not None:
        data = chance.choice((b"abc", b"a\x01b", b"\x0110=000\x01", b"=", b"\xff"))
        return [b"%d=%d" % (length, len(data)), b"%d=%s" % (member.tag, data)]
    if not member.group:
        return [b"%d=%s" % (member.tag, value_of(member.tag, chance))]
    counts = sorted(map(int, book().values.get(member.tag, ()))) or range(1, _MAX_ENTRIES + 1)
    entries = chance.choice(counts)
    made = [b"%d=%d" % (member.tag, entries)]
    for _ in range(entries):
        for place, inner in enumerate(member.group):
            if inner.tag not in book().data_of and (place == 0 or inner.required or chance.random() < optional):
                made += fields_of(inner, chance, optional / 3)
    return made


@cache
def _length_of() -> dict[int, int]:
    return {data: length for length, data in book().data_of.items()}


def message(msg_type: bytes, chance: Random, optional: float = 0.2) -> bytes:
    """A good message of that type, as text."""
    made = [b"FIX.4.4", msg_type, HEAD[:-1]]
    length = 0
    for member in book().messages[msg_type]:
        if member.tag not in book().data_of and (member.required or chance.random() < optional):
            fields = fields_of(member, chance, optional)
            length += sum(map(len, fields)) + len(fields)
            if member.required or length < MAX_TEXT:
                made += fields
    return SOH.join(made) + SOH


@cache
def messages() -> tuple[bytes, ...]:
    """The corpus: every message with what it must have, and with some of what it may have."""
    chance = Random(44)
    types = sorted(book().messages)
    return tuple(message(msg_type, chance, optional) for optional in (0.0, 0.1, 0.4) for msg_type in types)


def change_message(text: bytes, chance: Random) -> bytes:
    """One to four things done to its fields."""
    fields = text.split(SOH)[:-1]
    head, rest = fields[:2], fields[2:]
    if len(head) < 2 or chance.random() < 0.04:
        head = [
            chance.choice((b"FIX.4.4", b"FIX.4.4", b"FIX.4.2", b"FIX")),
            chance.choice((*book().messages, b"", b"ZZ")),
        ]
    for _ in range(chance.randint(1, 4)):
        rest = chance.choice(_SELDOM if chance.random() < 0.003 else _CHANGES)(rest or [b"58=x"], head[1], chance)
    return SOH.join(head + rest) + SOH


Change = Callable[[list[bytes], bytes, Random], list[bytes]]  # fields behind MsgType, MsgType


def _other_value(fields: list[bytes], _type: bytes, chance: Random) -> list[bytes]:
    at = chance.randrange(len(fields))
    tag = fields[at].partition(b"=")[0]
    value = value_of(int(tag), chance) if tag.isdigit() and chance.random() < 0.5 else chance.choice(SPITEFUL)
    fields[at] = b"%s=%s" % (tag, value)
    return fields


def _other_tag(fields: list[bytes], _type: bytes, chance: Random) -> list[bytes]:
    at = chance.randrange(len(fields))
    fields[at] = b"%s=%s" % (_tag(chance), fields[at].partition(b"=")[2])
    return fields


def _tag(chance: Random) -> bytes:
    odd = (b"4999", b"5001", b"9001", b"0", b"058", b"9" * 10, b"-1", b"x")
    return chance.choice(odd) if chance.random() < 0.2 else b"%d" % chance.choice(_tags())


@cache
def _tags() -> tuple[int, ...]:
    return tuple(sorted(book().types))


def _leave_out(fields: list[bytes], _type: bytes, chance: Random) -> list[bytes]:
    at = chance.randrange(len(fields))
    return fields[:at] + fields[at + chance.choice((1, 1, 1, 3)) :]


def _double(fields: list[bytes], _type: bytes, chance: Random) -> list[bytes]:
    fields.insert(chance.randint(0, len(fields)), chance.choice(fields))
    return fields


def _move(fields: list[bytes], _type: bytes, chance: Random) -> list[bytes]:
    moved = fields.pop(chance.randrange(len(fields)))
    fields.insert(chance.randint(0, len(fields)), moved)
    return fields


def _swap(fields: list[bytes], _type: bytes, chance: Random) -> list[bytes]:
    one, other = chance.randrange(len(fields)), chance.randrange(len(fields))
    fields[one], fields[other] = fields[other], fields[one]
    return fields


def _add(fields: list[bytes], msg_type: bytes, chance: Random) -> list[bytes]:
    """A field, or a group with its entries: of this message mostly, and mostly in a place where it may stand."""
    members: Sequence[Member] = book().messages.get(msg_type, ())
    if members and chance.random() < 0.8:
        added = fields_of(chance.choice(members), chance, 0.3)
    else:
        tag = _tag(chance)
        added = [b"%s=%s" % (tag, value_of(int(tag), chance) if tag.isdigit() else b"x")]
    at = chance.choice((len(fields), chance.randint(0, len(fields))))
    return fields[:at] + added + fields[at:]


def _other_count(fields: list[bytes], _type: bytes, chance: Random) -> list[bytes]:
    counts = [at for at, one in enumerate(fields) if _is_count(one.partition(b"=")[0])]
    if counts:
        at = chance.choice(counts)
        tag, _, value = fields[at].partition(b"=")
        near = int(value) + chance.choice((-1, 1, 100)) if value.isdigit() and len(value) < 9 else 1
        fields[at] = b"%s=%d" % (tag, near)
    return fields


def _is_count(tag: bytes) -> bool:
    return tag.isdigit() and book().types.get(int(tag)) in ("NUMINGROUP", "LENGTH")


def _many(fields: list[bytes], msg_type: bytes, chance: Random) -> list[bytes]:
    """As many fields, or entries of a group, as a message may have, or one more."""
    groups = [member for member in book().messages.get(msg_type, ()) if member.group]
    if not groups or chance.random() < 0.5:
        missing = MAX_FIELDS - len(fields) - len((8, 9, 35, 10)) + chance.choice((-1, 0, 0, 1))
        return fields + [b"%d=x" % (USER_DEFINED + n) for n in range(missing)]
    group = chance.choice(groups)
    entry = [field for member in group.group if member.required for field in fields_of(member, chance, 0)]
    entries = MAX_ENTRIES + chance.choice((0, 0, 1))
    entry = entry or fields_of(group.group[0], chance, 0)
    return [*fields, b"%d=%d" % (group.tag, entries), *entry * entries]


def _splice(fields: list[bytes], _type: bytes, chance: Random) -> list[bytes]:
    other = chance.choice(messages()).split(SOH)[:-1]
    begin = chance.randint(2 if chance.random() < 0.1 else 2 + HEAD.count(SOH), len(other))
    return fields[: chance.randint(0, len(fields))] + other[begin:]


def _other_bytes(fields: list[bytes], _type: bytes, chance: Random) -> list[bytes]:
    return change_bytes(SOH.join(fields) + SOH, chance).split(SOH)[:-1]


_CHANGES: tuple[Change, ...] = (
    *(_other_value, _other_value, _other_value, _other_tag, _leave_out, _double, _move, _swap, _add, _add, _add),
    *(_other_count, _other_count, _splice, _other_bytes),
)
_SELDOM: tuple[Change, ...] = (_many,)  # for they are long


def change_bytes(data: bytes, chance: Random) -> bytes:
    """One to four bytes changed, put in or taken out."""
    changed = bytearray(data or b"8")
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[at] = chance.randrange(256)
            case 1:
                changed[at:at] = bytes([chance.choice(b"0123456789=\x01.- 8\x00\xff")]) * chance.choice((1, 1, 9))
            case 2:
                del changed[at : at + chance.choice((1, 1, 2, 8))]
            case _:
                changed[at:at] = changed[chance.randrange(len(changed)) :][: chance.choice((1, 8, 64))]
        if not changed:
            changed += b"="
    return bytes(changed)
