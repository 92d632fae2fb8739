"""Nothing is said that is not durable: on a fast disk, on a slow one, and when the disk fails."""

import asyncio
import os
import select
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest

from gateway.fix.frame import Framer, finish
from gateway.model import Input, Ns, Output, Received, Send, print_timestamp
from gateway.record.journal import Journal
from gateway.run.net.live import Live
from tests.loopback import free_port
from tests.stack import Process, Stack
from tests.tape_client import TapeClient

SEGMENT_BYTES = 1 << 18


class Echo:
    """The least that a Node can be: it says what it hears."""

    def handle(self, item: Input) -> Sequence[Output]:
        return [Send(item.link, item.data)] if isinstance(item, Received) else []

    def wake_at(self) -> Ns | None:
        return None


class Disk:
    """os.fdatasync that takes its time; what it has synced counts as durable only afterwards."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.durable = b""
        self.threads: list[int] = []

    def sync(self, fd: int) -> None:
        written = os.pread(fd, SEGMENT_BYTES, 0)
        time.sleep(self.seconds)
        self.durable = written
        self.threads.append(threading.get_ident())


class Talker(threading.Thread):
    """A client that says a hundred things, one each millisecond, and looks whether an answer is durable by then."""

    def __init__(self, port: int, disk: Disk) -> None:
        super().__init__()
        self._link = socket.create_connection(("127.0.0.1", port), 10)
        self._disk = disk
        self._framer = Framer()
        self._unsaid = [finish(f"35=0\x0158=message {number}\x01") for number in range(100)]
        self.heard: list[bytes] = []
        self.early: list[bytes] = []

    def run(self) -> None:
        with self._link:
            while len(self.heard) < 100:
                if self._unsaid:
                    self._link.sendall(self._unsaid.pop(0))
                if select.select([self._link], [], [], 0.001 if self._unsaid else 10)[0]:
                    self._listen()

    def _listen(self) -> None:
        durable_by_now = self._disk.durable
        for message in self._framer.feed(self._link.recv(1 << 16)):
            assert isinstance(message, bytes)
            self.heard.append(message)
            if durable_by_now.count(message) < 2:  # once as what the node heard, once as what it said
                self.early.append(message)


async def talk(folder: Path, disk: Disk, *, slow: bool, durability: Literal["disk", "process"]) -> tuple[Talker, int]:
    """The client, and how many turns the loop took meanwhile. A slow disk is one that was slow from the start."""
    disk.seconds = 0.02 if slow else 0.0
    journal = Journal.open(folder, durability, segment_bytes=SEGMENT_BYTES)
    disk.seconds = 0.02 if slow else 0.005
    disk.threads.clear()
    live = Live(Echo(), journal, durability=durability)
    live.start(b"{}")
    _, port = await live.listen("127.0.0.1", 0, "clients")
    client = Talker(port, disk)
    client.start()
    turns = 0
    async with asyncio.timeout(20):
        while client.is_alive():
            await asyncio.sleep(0.001)
            turns += 1
    await live.stop(1)
    return client, turns


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    monkeypatch.setattr(os, "fdatasync", disk.sync)
    return disk


def assert_all_said(client: Talker) -> None:
    assert [b"message %d\x01" % n in data for n, data in enumerate(client.heard)] == [True] * 100


def test_on_a_fast_disk_the_loop_syncs_before_it_speaks(tmp_path: Path, disk: Disk) -> None:
    client, _ = asyncio.run(talk(tmp_path, disk, slow=False, durability="disk"))
    assert_all_said(client)
    assert client.early == []
    assert set(disk.threads) == {threading.get_ident()}


def test_on_a_slow_disk_the_loop_goes_on_and_its_words_wait(tmp_path: Path, disk: Disk) -> None:
    """A thread syncs; what comes meanwhile makes the next batch, so that a sync is shared by many messages."""
    client, turns = asyncio.run(talk(tmp_path, disk, slow=True, durability="disk"))
    assert_all_said(client)
    assert client.early == []
    assert threading.get_ident() not in disk.threads[:-1]  # the last batch, at the end, is the loop's own
    assert len(disk.threads) < 40
    assert turns > 2 * len(disk.threads)


def test_process_durability_never_syncs(tmp_path: Path, disk: Disk) -> None:
    """What the operating system has survives our death; that is all this mode promises."""
    client, _ = asyncio.run(talk(tmp_path, disk, slow=False, durability="process"))
    assert_all_said(client)
    assert disk.threads == []


FAILING = """
import os, sys, time
from gateway.run.cli import app
real = os.fdatasync
def sync(fd):
    time.sleep({seconds})
    if os.path.exists("broken"):
        raise OSError(5, "Input/output error")
    real(fd)
os.fdatasync = sync
app(sys.argv[1:])
"""


@pytest.mark.parametrize("seconds", [0, 0.003], ids=["in the loop", "in a thread"])
def test_a_disk_that_fails_stops_the_gateway_before_it_says_more(tmp_path: Path, seconds: float) -> None:
    """Exit status 70, at once and without a second sync; a new start goes on with what is really there."""
    stack = Stack(tmp_path, venues=(), others={"XLON": free_port()}, durability="disk")
    program = ("-c", FAILING.format(seconds=seconds))
    gateway = Process("serve", str(stack.config), program=program, folder=tmp_path)
    client = TapeClient()
    try:
        gateway.wait_until_it_says("listening on ")
        client.connect(stack.port)
        answered(client, "BEFORE")
        (tmp_path / "broken").touch()
        send(client, "BROKEN")
        client.work(2)
        assert gateway.wait() == 70
        gateway.wait_until_it_says("Input/output error")
        assert [message.get(11) for message in client.messages] == ["BEFORE"]
    finally:
        gateway.end()
    (tmp_path / "broken").unlink()
    with stack:
        client.connect(stack.port)
        answered(client, "AFTER")
        assert [message.get(11) for message in client.messages] == ["BEFORE", "BROKEN", "AFTER"]
        client.close()


def send(client: TapeClient, cl_ord_id: str) -> None:
    now = print_timestamp(Ns(time.time_ns()))
    client.send("D", f"11={cl_ord_id}|55=ACME|54=1|60={now}|38=1|40=1|59=0|")


def answered(client: TapeClient, cl_ord_id: str) -> None:
    """An order, and its rejection for want of prices."""
    send(client, cl_ord_id)
    end = time.monotonic() + 5
    while not any(message.get(11) == cl_ord_id for message in client.messages):
        assert time.monotonic() < end
        client.work(0.02)
