"""Passwords are masked before the first write: fields 554, 925, 96, 89, 1402 and 1404 become asterisks.

The masked value keeps its length, so BodyLength(9) and RawDataLength(95) stay true, and CheckSum(10) is made to fit,
since the old one would give the sum of the password away. The journal replays byte for byte only if the core never
looks into these values: whoever checks a password does so before the message becomes an input.
"""

import re

# Message types that carry no password and make up nearly all traffic, where they stand behind a BodyLength(9) of
# three, two and four digits; everything else is searched.
PLAIN = frozenset(b"\x0135=%c\x01" % kind for kind in b"D8FG9WXV0123j45Y")

_SECRET = re.compile(rb"(?:^|\x01)(?:554|925|96|89|1402|1404)=")
_LENGTH = re.compile(rb"\x01(?:95|93|1401|1403)=([0-9]{1,5})\x01(?:96|89|1402|1404)=\Z")


def mask(data: bytes) -> bytes:
    """A framed message without its secrets; the message itself when its type carries none."""
    if data[15:21] in PLAIN or data[14:20] in PLAIN or data[16:22] in PLAIN:
        return data
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
