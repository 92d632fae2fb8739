"""Whole messages of a session: the standard header before a body, in the order and precision the session wants.

A header is put together here and taken apart here, when a message is sent again or its sender's routing is turned
round for the answer.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from gateway.fix.dictionary import Dictionary, GroupDef, MemberDef
from gateway.fix.frame import finish
from gateway.fix.reader import Message, Reader, Selection
from gateway.model.numbers import SECOND, Ns, print_timestamp
from gateway.model.sessions import SessionConfig

SOH: Final = "\x01"

# Tags of the header behind MsgType(35), in the order of FIX 4.4 volume 1, which is how we send them.
_ORDER: Final = (49, 56, 115, 128, 34, 50, 142, 57, 143, 116, 144, 129, 145, 43, 97, 52, 122, 347, 369)
_PLACE: Final = {tag: place for place, tag in enumerate(_ORDER)}
_HEADER: Final = re.compile(rf"(?:(?:8|9|35|{'|'.join(map(str, _ORDER))})=[^\x01]*+\x01)*+")
_TRAILER: Final = len("10=000\x01")

# A message's routing fields and where they stand in the answer to it (FIX vol. 1, "Use of CompIDs").
_ROUTE: Final = Selection(50, 57, 142, 143, 115, 128, 116, 129, 144, 145)
_BACK: Final = (57, 50, 143, 142, 128, 115, 129, 116, 145, 144)

Fields = Mapping[int, str]


def stamp(now: Ns, digits: int) -> str:
    """SendingTime(52) with so many digits behind the second."""
    text = print_timestamp(now)
    if digits == 3:
        return text
    return text[:17] if digits == 0 else f"{text[:18]}{now % SECOND:09}"[: 18 + digits]


def reverse_route(message: Message) -> dict[int, str]:
    """SubIDs, LocationIDs and third parties of an answer: what `message` came from is where the answer goes."""
    return {tag: value for tag, value in zip(_BACK, message.pick(_ROUTE), strict=True) if value}


def body_of(message: Message, reader: Reader) -> str:
    """The fields between header and trailer as they came: 'tag=value\\x01...'."""
    text = message.raw.decode("latin-1")
    found = _HEADER.match(text)
    assert found is not None
    body = text[found.end() : -_TRAILER]
    dictionary = reader.dictionary
    if reader.rules.order and not (body and int(body[: body.index("=")]) in dictionary.header):
        return body
    # Header fields that we never send, or that stand wherever their sender liked.
    definition = dictionary.messages.get(message.msg_type)
    outer = {**dictionary.header, **dictionary.trailer, 9: None, 35: None}
    members = {**dictionary.header, **(definition.members if definition is not None else {})}
    whole = text[text.index(f"{SOH}35=") + 1 : -_TRAILER]
    return "".join([part for tag, part in _parts(dictionary, members, whole) if tag not in outer])


class Introduction(NamedTuple):
    """Who a message says it is from and for."""

    msg_type: str
    sender: str
    target: str
    sender_sub: str
    sender_location: str
    target_sub: str
    target_location: str


def introduction(data: bytes) -> Introduction | None:
    """What a framed message says of itself, before it is read with a session's dictionary; None: no CompIDs."""
    fields: dict[str, str] = {}
    for field in data.decode("latin-1").split(SOH)[:24]:
        tag, _, value = field.partition("=")
        fields.setdefault(tag, value)
    found = Introduction(*(fields.get(tag, "") for tag in ("35", "49", "56", "50", "142", "57", "143")))
    return found if found.sender and found.target else None


class Header:
    """Composes the messages of one session."""

    def __init__(self, config: SessionConfig, dictionary: Dictionary, processed: Callable[[], int]) -> None:
        """`processed` gives LastMsgSeqNumProcessed(369)."""
        ids = {
            49: config.sender,
            56: config.target,
            50: config.sender_sub,
            142: config.sender_location,
            57: config.target_sub,
            143: config.target_location,
        }
        self._ids = {tag: value for tag, value in ids.items() if value}
        self._dictionary = dictionary
        self._digits = config.timestamp_digits
        self._ascending = config.ascending_tags
        self._processed = processed if config.last_processed else None
        # Where no option is on, `Outgoing.send` puts the header together by itself.
        self.plain = None
        if not (config.ascending_tags or config.last_processed or len(self._ids) > 2 or self._digits != 3):
            self.plain = f"49={config.sender}\x0156={config.target}\x01"

    def compose(self, msg_type: str, seq: int, body: str, now: Ns, extra: Fields | None = None) -> bytes:
        """A message; `extra` are further header fields."""
        fields = {**self._ids, 34: str(seq), 52: stamp(now, self._digits)}
        if extra:
            fields |= extra
        return self._finish(msg_type, fields, body)

    def fill(self, seq: int, following: int, now: Ns) -> bytes:
        """SequenceReset(4) in gap fill mode for the numbers from `seq` to before `following`."""
        extra = {43: "Y", 122: stamp(now, self._digits)}
        return self.compose("4", seq, f"123=Y\x0136={following}\x01", now, extra)

    def again(self, data: bytes, now: Ns) -> bytes:
        """A message we sent, as a possible duplicate: PossDupFlag(43), OrigSendingTime(122), new SendingTime(52)."""
        msg_type, fields, body = _apart(data)
        fields |= {43: "Y", 52: stamp(now, self._digits), 122: fields[52]}
        return self._finish(msg_type, fields, body, sort_body=False)

    def renumbered(self, data: bytes, seq: int, now: Ns) -> bytes:
        """A message that never left us, under another number."""
        msg_type, fields, body = _apart(data)
        fields |= {34: str(seq), 52: stamp(now, self._digits)}
        return self._finish(msg_type, fields, body, sort_body=False)

    def _finish(self, msg_type: str, fields: dict[int, str], body: str, *, sort_body: bool = True) -> bytes:
        if self._processed is not None:
            fields[369] = str(self._processed())
        order = sorted(fields) if self._ascending else sorted(fields, key=_PLACE.__getitem__)
        if self._ascending and sort_body:
            body = ascending(self._dictionary, msg_type, body)
        return finish(f"35={msg_type}\x01{''.join([f'{tag}={fields[tag]}{SOH}' for tag in order])}{body}")


def _apart(data: bytes) -> tuple[str, dict[int, str], str]:
    """MsgType, header fields behind it, and body of a message that was composed here."""
    text = data.decode("latin-1")
    found = _HEADER.match(text)
    assert found is not None
    fields: dict[int, str] = {}
    for field in found[0][:-1].split(SOH):
        tag, _, value = field.partition("=")
        fields[int(tag)] = value
    del fields[8], fields[9]
    return fields.pop(35), fields, text[found.end() : -_TRAILER]


def ascending(dictionary: Dictionary, msg_type: str, body: str) -> str:
    """A body ordered by tag; groups stay whole where their count stands, data fields behind their length."""
    definition = dictionary.messages.get(msg_type)
    members = definition.members if definition is not None else {}
    parts = sorted(_parts(dictionary, members, body), key=lambda part: part[0])
    return "".join([text for _, text in parts])


def _parts(dictionary: Dictionary, members: Mapping[int, MemberDef], body: str) -> Iterator[tuple[int, str]]:
    """Top-level fields as (tag, text): a group is one of them, a length and its data another."""
    begun = at = 0
    tag, inside = 0, frozenset[int]()
    length = -1  # of the data field that comes next
    while at < len(body):
        equals = body.index("=", at)
        number = int(body[at:equals])
        stop = body.index(SOH, equals)
        field = dictionary.fields.get(number)
        is_data = length >= 0 and field is not None and field.type == "DATA"
        if is_data:
            stop = equals + 1 + length
        length = -1
        if not (is_data or number in inside):
            if at:
                yield tag, body[begun:at]
            begun, tag = at, number
            member = members.get(number)
            inside = _tags_in(member.group) if member is not None and member.group is not None else frozenset()
        if field is not None and field.type == "LENGTH":
            length = int(body[equals + 1 : stop])
        at = stop + 1
    if body:
        yield tag, body[begun:]


def _tags_in(group: GroupDef) -> frozenset[int]:
    tags = set(group.members)
    for member in group.members.values():
        if member.group is not None:
            tags |= _tags_in(member.group)
    return frozenset(tags)
