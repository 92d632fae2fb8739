"""Passwords are masked before the first write: fields 554, 925, 96, 89, 1402 and 1404 become asterisks.

The masked value keeps its length, so BodyLength(9) and RawDataLength(95) stay true, and CheckSum(10) is made to fit,
since the old one would give the sum of the password away. The driver masks whatever comes before the core sees it, so
that what the journal keeps is what the core was given; whoever checks a password does so before that.
"""

import re

# Message types that carry no password and make up nearly all traffic, where they stand behind a BodyLength(9) of
# three, two and four digits; of our own messages, everything else is searched.
PLAIN = frozenset(b"\x0135=%c\x01" % kind for kind in b"D8FG9WXV0123j45Y")

_SECRET = re.compile(rb"(?:^|\x01)(?:554|925|96|89|1402|1404)=")
_LENGTH = re.compile(rb"\x01(?:95|93|1401|1403)=([0-9]{1,5})\x01(?:96|89|1402|1404)=\Z")

# Whether framed messages of any type, one behind the other, have such a field. It is asked of all that comes.
carries_secret = re.compile(rb"\x01(?:554|9(?:25|6)|89|140[24])=").search


def mask(data: bytes) -> bytes:
    """A framed message without its secrets; the message itself when its type carries none."""
    if data[15:21] in PLAIN or data[14:20] in PLAIN or data[16:22] in PLAIN:
        return data
    return mask_message(data)


def mask_message(data: bytes) -> bytes:
    """A framed message of whatever type without its secrets; the message itself when there are none."""
    body = data[:-8]  # without the last SOH and CheckSum(10)
    masked = mask_garbled(body)
    if masked is body:
        return data
    masked += b"\x01"
    return b"%b10=%03d\x01" % (masked, sum(masked) & 255)


def mask_garbled(data: bytes) -> bytes:
    """Any bytes without secrets, of the same length."""
    found = _SECRET.search(data)
    if found is None:
        return data
    parts: list[bytes] = []
    done = 0
    while found is not None:
        start = found.end()
        length = _LENGTH.search(data, max(0, start - 24), start)
        # A data field may hold SOH; its length field says where it ends, and a length that lies hides more, not less.
        end = data.find(b"\x01", start + (int(length[1]) if length else 0))
        end = len(data) if end < 0 else end
        parts += data[done:start], b"*" * (end - start)
        done = end
        found = _SECRET.search(data, end)
    return b"".join([*parts, data[done:]])


class GarbledMask:
    """Masks the garbled stretches of one connection, in which a password may be cut in two."""

    __slots__ = ("_broken_off",)

    def __init__(self) -> None:
        self._broken_off: bool | None = None  # whether the last stretch ended inside a field; None: there was none

    def mask(self, data: bytes) -> bytes:
        """The next stretch. Where it goes on with the last one, nobody can tell whose value it begins with."""
        broken_off, self._broken_off = self._broken_off, not data.endswith(b"\x01")
        if broken_off is None:
            return mask_garbled(data)
        if not data.startswith(b"8=FIX"):
            return b"*" * len(data)
        first = data.find(b"\x01") if broken_off else 0
        if first < 0:
            return b"*" * len(data)
        return b"*" * first + mask_garbled(data[first:])
