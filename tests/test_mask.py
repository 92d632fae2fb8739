"""Passwords on their way to the core and the journal: in whole messages of any type, and in what is none."""

from pathlib import Path

import pytest
import uvloop

from gateway.fix.frame import Framer, GarbledBytes
from gateway.model import Garbled
from gateway.record.mask import GarbledMask, carries_secret, mask_message
from tests.shell import Acceptor, framed, logon, probe, shell

ORDER = "35=D|34=2|49=CLIENT|56=GATEWAY|11=A|55=ACME|54=1|60=20260105-10:00:00|38=100|40=2|44=96.89|"


@pytest.mark.parametrize("tag", ["554", "925", "96", "89", "1402", "1404"])
def test_a_password_is_masked_in_whatever_message_it_comes(tag: str) -> None:
    """An order that has one is rejected, and recorded all the same."""
    data = framed(f"{ORDER}{tag}=hunter2|58=x|")
    assert carries_secret(data)
    masked = mask_message(data)
    assert masked == framed(f"{ORDER}{tag}=*******|58=x|")


@pytest.mark.parametrize("rest", ["", "58=554|", "5554=x|", "1554=x|", "96.89=x|", "553=me|"])
def test_a_message_without_one_is_left_alone(rest: str) -> None:
    data = framed(ORDER + rest)
    assert carries_secret(data) is None
    assert mask_message(data) is data


@pytest.mark.parametrize("content", [ORDER, "35=A|49=CLIENT|56=GATEWAY|", "35=D|", "35=8|", "35=0|"])
def test_no_header_hides_a_password(tmp_path: Path, content: str) -> None:
    """However long BodyLength(9) and BeginString(8) are, so that MsgType(35) stands where another one's would."""
    body = (content + "35=D|554=hunter2|").replace("|", "\x01").encode()
    heads = [b"8=FIX%b\x019=%b\x01" % (version, b"%0*d" % (width, len(body))) for version in (b".", b".4.4", b"T.1.1..")
             for width in (1, 2, 3, 4, 7)]  # fmt: skip
    messages = [head + body + b"10=%03d\x01" % (sum(head + body) % 256) for head in heads]
    assert sum(isinstance(found, bytes) for found in Framer().feed(b"".join(messages))) == len(heads)

    async def scenario() -> Acceptor:
        async with shell(tmp_path) as it:
            peer = await it.log_on()
            await peer.say(b"".join(messages) + probe())
            assert await peer.next() in ("0", "A")
        assert b"hunter2" not in it.written()
        return it.node

    node = uvloop.run(scenario())
    assert len(node.heard) == len(messages) + 2
    assert not any(b"hunter2" in data for data in node.heard)


def stretches(data: bytes, cuts: list[int]) -> list[bytes]:
    """What a Framer gives of bytes that are no messages, when they come in these parts."""
    framer, found = Framer(), []
    for start, stop in zip([0, *cuts], [*cuts, len(data)], strict=True):
        found += framer.feed(data[start:stop])
    return [stretch.data for stretch in found if isinstance(stretch, GarbledBytes)]


@pytest.mark.parametrize(
    "secret",
    [
        b"554=hunter2\x01925=hunter3",
        b"95=14\x0196=hunter2\x01hunter3",
        b"554=hunter2 8=FIX.4.4 hunter3",
        b"554=" + b"hunter2" * 90,
    ],
)
def test_a_garbled_password_is_masked_however_it_is_cut(secret: bytes) -> None:
    """BodyLength(9) says too little, so each part that arrives is a stretch of its own, with or without the tag."""
    data = b"8=FIX.4.4\x019=5\x0135=A\x0149=ME\x01" + secret + b"\x0110=000\x01"
    for cut in range(1, len(data)):
        mask = GarbledMask()
        shown = b"|".join(mask.mask(stretch) for stretch in stretches(data, [cut]))
        for part in (b"hunter", b"unter2", b"nter3", b"hunte", b"ter3"):
            assert part not in shown, (cut, shown)


def test_a_stretch_of_its_own_is_shown() -> None:
    """What is no FIX at all, and a garbled message behind another one."""
    mask = GarbledMask()
    message = framed("35=A|49=ME|554=hunter2|")[:-2]
    assert mask.mask(b"GET / HTTP/1.1\r\n") == b"GET / HTTP/1.1\r\n"
    assert mask.mask(message + b"\x01").startswith(b"*********\x019=")
    assert mask.mask(message + b"\x01").startswith(b"8=FIX.4.4\x019=")
    assert mask.mask(b"more") == b"****"


def test_no_dump_has_a_password(tmp_path: Path) -> None:
    """Of a Logon(A) in a wrong frame within a session, and of one in two segments."""

    async def scenario() -> Acceptor:
        async with shell(tmp_path) as it:
            it.node.hangs_up_on_garbage = False
            peer = await it.connect()
            await peer.say(logon())
            assert await peer.next() == "A"
            await peer.say(logon(rest="554=hunter2|").replace(b"\x0110=", b"\x0110=x") + probe())
            assert await peer.next() == "0"
            await peer.say(b"8=FIX.4.4\x019=5\x0135=A\x01554=hun")
            await it.until(lambda: len(it.node.of(Garbled)) == 2)
            await peer.say(b"ter2\x01" + probe())
            assert await peer.next() == "0"
        assert b"hunter2" not in it.written() and b"ter2" not in it.written()
        return it.node

    node = uvloop.run(scenario())
    whole, *parts = [item.data for item in node.of(Garbled)]
    assert b"\x01554=*******\x01" in whole
    assert parts == [b"8=FIX.4.4\x019=5\x0135=A\x01554=***", b"*****"]
