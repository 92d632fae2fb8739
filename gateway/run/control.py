"""The operators' door: a socket in the data folder, on which a running gateway says how its sessions, stops and limits
stand and is told what to do with them.

One JSON object a line asks, one answers. What changes something becomes a Command in the journal, with the user that
the kernel names and the reason that the user gives; it is answered once it is durable.
"""

import asyncio
import errno
import os
import pwd
import socket
import stat
import struct
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final, Protocol, cast, runtime_checkable

import msgspec

from gateway.fix.dictionary import DictionaryError, named
from gateway.model.health import VenueStatistics
from gateway.model.quotes import MarketStatus
from gateway.model.sessions import SessionStatus
from gateway.model.settings import RiskStatus
from gateway.run.commands import (
    Act,
    AddSession,
    Answer,
    ByTelephone,
    ChangeSession,
    EnterOrder,
    Market,
    Request,
    Risk,
    RiskOrder,
    Sessions,
    SettleChild,
    Venues,
)
from gateway.run.net.credentials import Credential, check_stored
from gateway.run.session_table import check

NAME: Final = "control.sock"
MAX_REQUEST: Final = 64 * 1024  # bytes
MAX_ANSWER: Final = 16 * 1024 * 1024  # some ten thousand sessions
MAX_OPERATORS: Final = 16  # connections at once
LIFE_S: Final = 30.0  # of a connection
PATIENCE_S: Final = 10.0  # for an answer

_PEER: Final = struct.Struct("3i")  # pid, uid, gid


class Operated(Protocol):
    """A Node that operators can ask and command."""

    def status(self) -> Sequence[SessionStatus]: ...

    @property
    def command_error(self) -> str | None:
        """Why the last Command could not be carried out; None: it was."""


@runtime_checkable
class Guarded(Protocol):
    """One that orders go through."""

    def risk_status(self) -> RiskStatus: ...

    @property
    def entered(self) -> str:
        """OrderID(37) of the last order that an operator entered."""


@runtime_checkable
class Informed(Protocol):
    """One that knows what venues show, and how well they serve us."""

    def market_status(self, symbol: str) -> MarketStatus: ...

    def venue_statistics(self) -> Sequence[VenueStatistics]: ...


class Driver(Protocol):
    """Whoever runs that Node."""

    def command(self, name: str, who: str, payload: bytes) -> None: ...

    def when_durable(self, then: Callable[[], None]) -> None:
        """Call `then` once everything up to now is in the journal for good."""

    def admit(self, session: str, credential: Credential | None) -> None:
        """What that session has to show from now on; None: nothing. Raises ValueError for a bad hash."""


class ControlError(Exception):
    """There is no door; the text says why, and what to do."""


_decode = msgspec.json.Decoder(Request).decode
_encode = msgspec.json.Encoder().encode


@asynccontextmanager
async def operators(node: Operated, driver: Driver, data: Path) -> AsyncIterator[None]:
    """Answers operators while it lasts.

    The caller holds the journal in `data`, so a socket found there is nobody's. Raises ControlError.
    """
    loop = asyncio.get_running_loop()
    open_: set[_Operator] = set()
    with _folder(data) as folder:
        try:
            endpoint = _bind(folder / NAME)
        except OSError as error:
            raise ControlError(f"{data / NAME}: {error.strerror}") from None
        server = await loop.create_unix_server(lambda: _Operator(node, driver, open_), sock=endpoint)
        try:
            yield
        finally:
            server.close()
            for operator in list(open_):
                operator.transport.abort()
            (folder / NAME).unlink(missing_ok=True)


def ask(data: Path, request: Request, *, who: str = "gateway", started_by: str = "gateway serve CONFIG.toml") -> Answer:
    """Of whoever runs on that data folder. Raises ControlError."""
    nobody = f"no {who} runs on {data}; start it with: {started_by}"
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_S)
        try:
            with _folder(data) as folder:
                connection.connect(str(folder / NAME))
            connection.sendall(_encode(request) + b"\n")
            return msgspec.json.decode(_line(connection), type=Answer)
        except TimeoutError:
            raise ControlError(f"the {who} on {data} does not answer") from None
        except PermissionError:
            raise ControlError(f"{data / NAME}: only the user that runs the {who} may use it") from None
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            if not data.is_dir():
                nobody = f"{data}: no such folder; --data has to name the data folder of a {who}"
            raise ControlError(nobody) from None
        except OSError as error:
            raise ControlError(f"the {who} on {data} has gone: {error.strerror}") from None
        except msgspec.DecodeError as error:
            raise ControlError(f"the {who} on {data} answers what nobody understands: {error}") from None


def _line(connection: socket.socket) -> bytes:
    """Up to the end of the line, or as much of it as came."""
    heard = bytearray()
    while not heard.endswith(b"\n") and len(heard) < MAX_ANSWER:
        data = connection.recv(64 * 1024)
        if not data:
            break
        heard += data
    return bytes(heard)


@contextmanager
def _folder(data: Path) -> Iterator[Path]:
    """A short name of that folder: the address of a socket has room for a hundred bytes."""
    opened = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield Path(f"/proc/self/fd/{opened}")
    finally:
        os.close(opened)


def _bind(path: Path) -> socket.socket:
    """A socket for us alone from its first moment on. Raises OSError."""
    if path.exists() or path.is_symlink():
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FileExistsError(errno.EEXIST, "it is no socket, and has to go")
        path.unlink()
    endpoint = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    os.fchmod(endpoint.fileno(), stat.S_IRUSR | stat.S_IWUSR)  # Linux makes the file with the mode of the socket.
    endpoint.bind(str(path))
    return endpoint


class _Operator(asyncio.Protocol):
    """One connection. What it asks is answered in turn."""

    def __init__(self, node: Operated, driver: Driver, open_: "set[_Operator]") -> None:
        self._node = node
        self._driver = driver
        self._open = open_
        self._heard = b""
        self._waiting = False  # for the journal
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._open.add(self)
        with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as endpoint:
            _, uid, _ = _PEER.unpack(endpoint.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        self._who = _user(uid)
        self._end = asyncio.get_running_loop().call_later(LIFE_S, self.transport.abort)
        if uid not in (0, os.geteuid()) or len(self._open) > MAX_OPERATORS:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._open.discard(self)
        if self._end is not None:
            self._end.cancel()

    def data_received(self, data: bytes) -> None:
        self._heard += data
        self._work_off()
        if len(self._heard) > MAX_REQUEST:
            self._too_long()

    def _work_off(self) -> None:
        while not (self._waiting or self.transport.is_closing()) and (end := self._heard.find(b"\n")) >= 0:
            line, self._heard = self._heard[:end], self._heard[end + 1 :]
            if end > MAX_REQUEST:
                self._too_long()
            else:
                self._take(line)

    def _too_long(self) -> None:
        self._answer(Answer(error=f"a request has at most {MAX_REQUEST} bytes"))
        self.transport.close()

    def _take(self, line: bytes) -> None:
        try:
            request = _decode(line)
        except msgspec.DecodeError as wrong:
            self._answer(Answer(error=f"no request: {wrong}"))
            return
        if isinstance(request, Sessions):
            self._answer(Answer(sessions=tuple(self._node.status())))
        elif isinstance(request, Risk | RiskOrder | ByTelephone | SettleChild) and not isinstance(self._node, Guarded):
            self._answer(Answer(error="there are sessions here, and no orders"))
        elif isinstance(request, Market | Venues):
            if not isinstance(self._node, Informed):
                self._answer(Answer(error="there are sessions here, and no market"))
            elif isinstance(request, Market):
                self._answer(Answer(market=self._node.market_status(request.symbol)))
            else:
                self._answer(Answer(venues=tuple(self._node.venue_statistics())))
        elif isinstance(request, Risk):
            assert isinstance(self._node, Guarded)
            self._answer(Answer(risk=self._node.risk_status()))
        else:
            self._carry_out(request)

    def _carry_out(self, order: Act) -> None:
        try:
            _check(order)
        except ValueError as wrong:
            self._answer(Answer(error=str(wrong)))
            return
        name = type(order).__struct_config__.tag
        assert isinstance(name, str)
        arguments = {key: value for key, value in msgspec.structs.asdict(order).items() if value is not None}
        arguments.pop("credential", None)
        self._driver.command(name, self._who, _encode(arguments))
        error, order_id = self._node.command_error, None
        if error is None and isinstance(order, EnterOrder) and isinstance(self._node, Guarded):
            order_id = self._node.entered
        if error is None and isinstance(order, AddSession | ChangeSession) and not order.config.initiator:
            self._driver.admit(order.config.name, order.credential)
        self._waiting = True
        self._driver.when_durable(lambda: self._carried_out(error, order_id))

    def _carried_out(self, error: str | None, order_id: str | None) -> None:
        self._waiting = False
        self._answer(Answer(error=error, order_id=order_id))
        self._work_off()

    def _answer(self, answer: Answer) -> None:
        if not self.transport.is_closing():
            self.transport.write(_encode(answer) + b"\n")


def _check(order: Act) -> None:
    """Raises ValueError for what `gateway sessions` would not send."""
    if isinstance(order, AddSession | ChangeSession):
        check(order.config)
        try:
            named(order.config.dictionary)
        except DictionaryError as broken:
            raise ValueError(str(broken)) from None
        if "*" in order.config.target:
            raise ValueError(f"{order.config.target}: a pattern takes a restart")
        if order.credential is not None:
            check_stored(order.credential.stored)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
