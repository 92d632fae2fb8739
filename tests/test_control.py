"""The operators' door: who may use it, what it answers, and that nothing it is told is forgotten."""

import asyncio
import json
import os
import pwd
import socket
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvloop

from gateway.fix.engine import Engine
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.model import Command, Hours, Ns, SessionConfig, Started
from gateway.run import control
from gateway.run.commands import (
    AddSession,
    Answer,
    ChangeSession,
    Disable,
    Enable,
    Logout,
    Order,
    RemoveSession,
    Request,
    Reset,
    Sessions,
    SetSequence,
)
from gateway.run.control import ControlError, ask, operators
from gateway.run.net.credentials import Credential, hash_password

THEY = SessionConfig(sender="WE", target="THEY")
OTHERS = SessionConfig(sender="WE", target="OTHERS", enabled=False)
HASH = hash_password(b"secret")
WHO = pwd.getpwuid(os.geteuid()).pw_name


class Silent:
    """An application that has nothing to say."""

    def received(self, session: Session, message: Message, now: Ns) -> None: ...
    def logged_on(self, session: Session, now: Ns) -> None: ...
    def leaving(self, session: Session, now: Ns) -> None: ...

    def logged_out(self, session: Session, now: Ns, *, politely: bool) -> None: ...
    def stale(self, session: Session, data: bytes, now: Ns) -> None: ...
    def kept(self, session: Session, data: bytes) -> None: ...


class Driver:
    """Has a clock that stands still, and a journal that is durable when the test says so."""

    def __init__(self) -> None:
        self.engine = Engine(Silent())
        self.commands: list[Command] = []
        self.admitted: list[tuple[str, Credential | None]] = []
        self.durable = True
        self.waiting: list[Callable[[], None]] = []
        payload = msgspec.json.encode({"sessions": (THEY, OTHERS)})
        self.engine.handle(Started(Ns(1), payload))

    def command(self, name: str, who: str, payload: bytes) -> None:
        self.commands.append(Command(Ns(2), name, who, payload))
        self.engine.handle(self.commands[-1])

    def when_durable(self, then: Callable[[], None]) -> None:
        if self.durable:
            then()
        else:
            self.waiting.append(then)

    def admit(self, session: str, credential: Credential | None) -> None:
        self.admitted.append((session, credential))


class Wire:
    """A connection to the door that says what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def say(self, line: bytes | Request) -> None:
        self._writer.write(line if isinstance(line, bytes) else msgspec.json.encode(line) + b"\n")

    async def hear(self) -> Answer:
        async with asyncio.timeout(5):
            return msgspec.json.decode(await self._reader.readline(), type=Answer)

    async def ended(self) -> bool:
        async with asyncio.timeout(5):
            return await self._reader.read() == b""


@asynccontextmanager
async def wire(data: Path) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_unix_connection(data / control.NAME)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


def at_the_door(folder: Path, talk: Callable[[Driver, Wire], Awaitable[None]]) -> Driver:
    """Have `talk` talk to the door of an engine with the sessions THEY and OTHERS."""

    async def run() -> Driver:
        driver = Driver()
        async with operators(driver.engine, driver, folder), wire(folder) as connection:
            await talk(driver, connection)
        return driver

    return uvloop.run(run())


def asked(folder: Path, *requests: Request) -> tuple[Driver, list[Answer]]:
    answers: list[Answer] = []

    async def talk(_: Driver, connection: Wire) -> None:
        for request in requests:
            connection.say(request)
            answers.append(await connection.hear())

    return at_the_door(folder, talk), answers


def test_the_sessions_are_told_and_nothing_is_journaled(tmp_path: Path) -> None:
    """Looking changes nothing."""
    driver, (answer,) = asked(tmp_path, Sessions())
    assert [(one.name, one.state, one.enabled, one.next_in, one.next_out) for one in answer.sessions] == [
        ("THEY", "disconnected", True, 1, 1),
        ("OTHERS", "disconnected", False, 1, 1),
    ]
    assert driver.commands == []


def payload_of(order: Order) -> dict[str, Any]:
    arguments: dict[str, Any] = json.loads(msgspec.json.encode(order))
    del arguments["do"]
    return {key: value for key, value in arguments.items() if value is not None}


NEW = SessionConfig(sender="WE", target="NEW", hours=Hours(start_s=0, end_s=0))


@pytest.mark.parametrize(
    ("order", "name"),
    [
        (SetSequence(session="THEY", next_in=5, next_out=7, why="both agreed"), "set-sequence"),
        (SetSequence(session="THEY", next_out=7, why="both agreed"), "set-sequence"),
        (Reset(session="THEY", why="a new day"), "reset"),
        (Enable(session="OTHERS", why="signed"), "enable"),
        (Disable(session="THEY", why="left"), "disable"),
        (AddSession(session="NEW", config=NEW, why="signed"), "add-session"),
        (
            ChangeSession(session="THEY", config=msgspec.structs.replace(THEY, hold=5), why="asked for"),
            "change-session",
        ),
        (RemoveSession(session="THEY", why="left"), "remove-session"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_changes_something_is_a_command_with_who_and_why(tmp_path: Path, order: Order, name: str) -> None:
    """The user is the one that the kernel names; the reason is the operator's."""
    driver, (answer,) = asked(tmp_path, order)
    assert answer == Answer()
    (command,) = driver.commands
    assert (command.name, command.who) == (name, WHO)
    assert json.loads(command.payload) == payload_of(order)


def test_an_order_has_its_effect(tmp_path: Path) -> None:
    """As the next look at the sessions shows."""
    orders: list[Order] = [
        SetSequence(session="THEY", next_in=5, next_out=7, why="both agreed"),
        Enable(session="OTHERS", why="signed"),
        AddSession(session="NEW", config=NEW, why="signed"),
        RemoveSession(session="OTHERS", why="left"),
    ]
    _, answers = asked(tmp_path, *orders, Sessions())
    found = answers[-1].sessions
    assert [(one.name, one.next_in, one.next_out) for one in found] == [("THEY", 5, 7), ("NEW", 1, 1)]


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (Reset(session="NOBODY", why="x"), "there is no session NOBODY"),
        (Logout(session="THEY", why="x"), "THEY is not connected"),
        (AddSession(session="THEY", config=THEY, why="x"), "there is a session THEY already"),
        (ChangeSession(session="THEY", config=NEW, why="x"), "who both sides are cannot be changed"),
    ],
)
def test_what_the_sessions_refuse_is_the_answer(tmp_path: Path, order: Order, error: str) -> None:
    """It is in the journal all the same: somebody wanted it."""
    driver, (answer,) = asked(tmp_path, order)
    assert answer.error is not None and answer.error.startswith(error)
    assert len(driver.commands) == 1
    assert driver.admitted == []


def test_done_is_said_once_it_is_durable(tmp_path: Path) -> None:
    """What was confirmed cannot be lost; what is asked meanwhile is answered in its turn."""

    async def talk(driver: Driver, connection: Wire) -> None:
        driver.durable = False
        connection.say(Reset(session="THEY", why="a new day"))
        connection.say(Sessions())
        async with asyncio.timeout(5):
            while not driver.waiting:
                await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await connection._reader.readline()
        driver.waiting.pop()()
        assert await connection.hear() == Answer()
        assert len((await connection.hear()).sessions) == 2

    at_the_door(tmp_path, talk)


def test_a_secret_goes_to_the_listener_and_not_to_the_journal(tmp_path: Path) -> None:
    """What a counterparty has to show changes with its session; one without a password has none from then on."""
    credential = Credential(stored=HASH, username="they")
    changed = msgspec.structs.replace(THEY, hold=5)
    driver, answers = asked(
        tmp_path,
        AddSession(session="NEW", config=NEW, credential=credential, why="signed"),
        ChangeSession(session="THEY", config=changed, why="no password any more"),
    )
    assert answers == [Answer(), Answer()]
    assert driver.admitted == [("NEW", credential), ("THEY", None)]
    assert not any(b"scrypt" in command.payload for command in driver.commands)


@pytest.mark.parametrize(
    ("config", "error"),
    [
        (msgspec.structs.replace(NEW, max_fields=0), "max_fields: must be at least 16"),
        (msgspec.structs.replace(NEW, hours=Hours(start_s=0, end_s=0, zone="Mars")), "'Mars' is no time zone"),
        (msgspec.structs.replace(NEW, target="N W"), "must be 1 to 64 printable ASCII characters"),
        (msgspec.structs.replace(NEW, target="N*"), "N*: a pattern takes a restart"),
    ],
)
def test_options_that_mean_nothing_do_not_reach_the_sessions(tmp_path: Path, config: SessionConfig, error: str) -> None:
    """Whoever writes to the socket by hand has no configuration file that would have been checked."""
    driver, (answer,) = asked(tmp_path, AddSession(session="NEW", config=config, why="x"))
    assert answer.error is not None and answer.error.startswith(error)
    assert driver.commands == []


def test_a_hash_that_is_none_does_not_reach_the_listener(tmp_path: Path) -> None:
    """It would refuse everybody, or nobody."""
    driver, (answer,) = asked(
        tmp_path, AddSession(session="NEW", config=NEW, credential=Credential(stored="secret"), why="x")
    )
    assert answer.error is not None
    assert (driver.commands, driver.admitted) == ([], [])


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\x00\xff",
        b"[]",
        b"{}",
        b'{"do":"stop","session":"THEY","why":"x"}',
        b'{"do":"refuse","link":1,"why":"x"}',
        b'{"do":"reset","session":"THEY"}',
        b'{"do":"reset","session":"THEY","why":""}',
        b'{"do":"reset","session":"THEY","why":"x","who":"root"}',
        b'{"do":"set-sequence","session":"THEY","why":"x","next_in":0}',
        b'{"do":"set-sequence","session":"THEY","why":"x","next_in":"5"}',
        b'{"do":"set-sequence","session":"THEY","why":"x","next_in":1000000000}',
        b'{"do":"add-session","session":"THEY","why":"x","config":{"sender":"WE"}}',
        b'{"do":"reset","session":"THEY","why":"' + b"x" * 501 + b'"}',
    ],
)
def test_what_is_no_request_is_refused_and_the_next_one_heard(tmp_path: Path, line: bytes) -> None:
    """A driver's own commands are none, and nobody says who he is himself."""

    async def talk(_: Driver, connection: Wire) -> None:
        connection.say(line + b"\n")
        assert ((await connection.hear()).error or "").startswith("no request: ")
        connection.say(Sessions())
        assert len((await connection.hear()).sessions) == 2

    assert at_the_door(tmp_path, talk).commands == []


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_request_has_a_bound(tmp_path: Path, end: bytes) -> None:
    """Beyond it the connection is closed; up to it, it is not."""

    async def talk(_: Driver, connection: Wire) -> None:
        why = b" " * (control.MAX_REQUEST - 20)
        connection.say(b'{"do":"sessions"' + why + b"}\n")
        assert (await connection.hear()).error is None
        connection.say(b" " * (control.MAX_REQUEST + 1) + end)
        assert (await connection.hear()).error == f"a request has at most {control.MAX_REQUEST} bytes"
        assert await connection.ended()

    at_the_door(tmp_path, talk)


def test_there_are_only_so_many_operators(tmp_path: Path) -> None:
    """One more is dropped, and the others go on."""

    async def talk(_: Driver, connection: Wire) -> None:
        others = [await asyncio.open_unix_connection(tmp_path / control.NAME) for _ in range(control.MAX_OPERATORS)]
        connection.say(Sessions())
        assert len((await connection.hear()).sessions) == 2
        async with asyncio.timeout(5):
            assert await others[-1][0].read() == b""
        for pair in others:
            pair[1].close()

    at_the_door(tmp_path, talk)


def test_the_door_is_for_its_user_alone_and_goes_with_the_gateway(tmp_path: Path) -> None:
    """From its first moment on, whatever the umask is."""
    umask = os.umask(0)
    try:

        async def talk(_: Driver, __: Wire) -> None:
            mode = (tmp_path / control.NAME).stat().st_mode
            assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600

        at_the_door(tmp_path, talk)
    finally:
        os.umask(umask)
    assert not (tmp_path / control.NAME).exists()


def test_a_socket_left_behind_is_replaced(tmp_path: Path) -> None:
    """After a kill; who holds the journal knows that nobody uses it."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / control.NAME))
    _, (answer,) = asked(tmp_path, Sessions())
    assert len(answer.sessions) == 2


def test_a_file_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    """It is not ours."""
    (tmp_path / control.NAME).write_text("mine")
    with pytest.raises(ControlError, match=r"control\.sock: it is no socket, and has to go"):
        asked(tmp_path, Sessions())
    assert (tmp_path / control.NAME).read_text() == "mine"


def test_a_folder_may_have_a_long_name(tmp_path: Path) -> None:
    """The address of a socket has room for 107 bytes; a folder's name has more."""
    data = tmp_path / ("x" * 120)
    data.mkdir()

    async def run() -> Answer:
        driver = Driver()
        async with operators(driver.engine, driver, data):
            return await asyncio.to_thread(ask, data, Sessions())

    assert len(uvloop.run(run()).sessions) == 2


# --- asking ---


def test_without_a_gateway_it_is_said_what_to_do(tmp_path: Path) -> None:
    """Whether it never ran there, was killed, or the folder is another one."""
    nobody = f"no gateway runs on {tmp_path}; start it with: gateway serve CONFIG.toml"
    with pytest.raises(ControlError) as never:
        ask(tmp_path, Sessions())
    assert str(never.value) == nobody
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / control.NAME))
    with pytest.raises(ControlError) as killed:
        ask(tmp_path, Sessions())
    assert str(killed.value) == nobody
    with pytest.raises(ControlError, match="absent: no such folder; --data has to name the data folder of a gateway"):
        ask(tmp_path / "absent", Sessions())


@pytest.mark.parametrize(
    ("said", "error"), [(b"", "answers what nobody understands"), (b"42\n", "answers what nobody understands")]
)
def test_an_answer_that_is_none_is_an_error(tmp_path: Path, said: bytes, error: str) -> None:
    """Another program may have made the socket."""

    async def run() -> None:
        async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.write(said)
            writer.close()

        async with await asyncio.start_unix_server(reply, tmp_path / control.NAME):
            await asyncio.to_thread(ask, tmp_path, Sessions())

    with pytest.raises(ControlError, match=error):
        uvloop.run(run())


def test_a_gateway_that_hangs_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be stopped in a debugger."""
    monkeypatch.setattr(control, "PATIENCE_S", 0.05)
    with socket.socket(socket.AF_UNIX) as hanging:
        hanging.bind(str(tmp_path / control.NAME))
        hanging.listen()
        with pytest.raises(ControlError, match="does not answer"):
            ask(tmp_path, Sessions())
