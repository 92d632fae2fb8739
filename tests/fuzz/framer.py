"""The framer against a slow one that looks at every byte, whatever the stream and however it is cut."""

import zlib
from collections.abc import Sequence
from random import Random

from gateway.fix.frame import GARBLED_KEPT, Framer, GarbledBytes
from tests.fuzz import inputs
from tests.fuzz.target import Clock, Found
from tests.reference_parser import cut

MAX_MESSAGE = 2048
_MAX_CUTS = 8
_FLUSH = b"\x00" * MAX_MESSAGE  # decides whatever was still open


def frame(text: bytes, *, width: int = 1) -> bytes:
    """`text` as of `inputs`, with BodyLength(9), of so many digits at least, and CheckSum(10)."""
    begin, _, rest = text.partition(inputs.SOH)
    head = b"8=%s\x019=%0*d\x0135=%s" % (begin, width, len(rest) + 3, rest)
    return head + b"10=%03d\x01" % (sum(head) % 256)


class FramerTarget:
    name = "framer"

    def __init__(self) -> None:
        self.clock = Clock()

    def seeds(self) -> Sequence[bytes]:
        chance = Random(8)
        framed = [frame(text) for text in inputs.messages() if len(text) < 300]
        return [b"".join(chance.choices(framed, k=count)) for count in (1, 1, 1, 2, 2, 3) for _ in range(10)]

    def change(self, data: bytes, chance: Random) -> bytes:
        """Bytes, numbers in heads and trailers, whole messages put in the middle of others."""
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(data) + 1)
            match chance.randrange(5):
                case 0 | 1:
                    data = inputs.change_bytes(data, chance)
                case 2:
                    text = chance.choice(inputs.messages()[:90])
                    if chance.random() < 0.1:  # as long as a message may be, or a byte longer
                        text += b"58=%s\x01" % (
                            b"x" * (MAX_MESSAGE + chance.choice((0, 1)) - len(frame(text + b"58=\x01")) - 1)
                        )
                    data = data[:at] + frame(text, width=chance.choice((1, 1, 7, 8))) + data[at:]
                case 3:
                    data = data[:at] + chance.choice(_PIECES) + data[at:]
                case _:
                    where = data.find(b"\x019=", at) + 3
                    if where > 2:
                        data = data[:where] + b"%d" % chance.randint(0, 2 * MAX_MESSAGE) + data[where + 2 :]
        return data

    def examine(self, data: bytes) -> None:
        chance = Random(zlib.crc32(data))
        cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randrange(_MAX_CUTS)))
        parts = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        framer = Framer(MAX_MESSAGE)
        with self.clock:
            items = [item for part in parts for item in framer.feed(part)]
        if len(framer._rest) > MAX_MESSAGE:
            raise Found("framer holds more than a message", len(framer._rest))
        items += framer.feed(_FLUSH)
        expected = cut(data + _FLUSH, MAX_MESSAGE)
        messages = [item for item in items if isinstance(item, bytes)]
        if messages != [piece for piece, good in expected if good]:
            raise Found("framer and reference find different messages", messages)
        self._compare_garbled(items, expected)
        self.clock.check(len(data))

    @staticmethod
    def _compare_garbled(items: list[bytes | GarbledBytes], expected: list[tuple[bytes, bool]]) -> None:
        """What stands between the messages is handed out, each piece up to its bound."""
        stretches = [b"" for _ in items if isinstance(_, bytes)] + [b""]
        at, bounded = 0, False
        for item in items:
            if isinstance(item, bytes):
                at += 1
            else:
                stretches[at] += item.data
                bounded = bounded or len(item.data) == GARBLED_KEPT
        wanted = [b""] * len(stretches)
        at = 0
        for piece, good in expected:
            if good:
                at += 1
            else:
                wanted[at] = piece
        # The flush at the end is longer than what is kept of it.
        if not bounded and stretches[:-1] != wanted[:-1]:
            raise Found("framer and reference find different garbled bytes", stretches)
        if not wanted[-1].startswith(stretches[-1][:1]):
            raise Found("framer and reference find a different end", stretches[-1])


_PIECES = (
    *(b"8=FIX", b"8=FIX.4.4\x01", b"8=FIX.4.4\x019=", b"8=FIX.4.4\x019=0000012\x0135=", b"\x0110=", b"10=000\x01"),
    *(
        b"\x01",
        b"8",
        b"\x00",
        b"\x019=5\x01",
        b"8=FIX.4.4\x019=12345678\x0135=0\x01",
        b"8=FIX12345678\x019=5\x0135=0\x01",
    ),
)
