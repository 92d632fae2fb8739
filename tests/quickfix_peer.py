"""A real QuickFIX engine (C++, through its Python binding) as counterparty, in either role.

It numbers, stores, validates and resends by its own lights, which is the point of it. Messages come out as lists of
(tag, value) in the order in which QuickFIX keeps them: header, body by tag with groups in place, trailer.
"""

import queue
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from xml.etree import ElementTree

import quickfix as fix

Pair = tuple[int, str]
Entries = Sequence[Sequence[Pair]]

_PATIENCE = 5.0  # seconds that a logon, a logout or an expected message may take
_SETTINGS = """\
[DEFAULT]
ConnectionType={role}
BeginString=FIX.4.4
SenderCompID={sender}
StartTime=00:00:00
EndTime=00:00:00
HeartBtInt={heartbeat_s}
ReconnectInterval=1
SocketNodelay=Y
SocketReuseAddress=Y
FileStorePath={store}
UseDataDictionary=Y
DataDictionary={dictionary}
{place}
{settings}
"""
_SESSION = "[SESSION]\nTargetCompID={target}\n"


def own_dictionary() -> Path:
    """FIX 4.4 as QuickFIX delivers it, without the house's fields."""
    return Path(sys.prefix) / "share" / "quickfix" / "FIX44.xml"


def house_dictionary(folder: Path) -> Path:
    """QuickFIX's own FIX 4.4 with what fixspecs/house.xml adds, as its users would extend their copy."""
    with (files("fixspecs") / "house.xml").open() as house:
        return extended_dictionary(folder, house.read())


def extended_dictionary(folder: Path, addition: str) -> Path:
    base = ElementTree.parse(own_dictionary())
    extra = ElementTree.fromstring(addition)
    components = {part.attrib["name"]: part for root in (base, extra) for part in root.iterfind("components/*")}
    for section, key in (("messages", "msgtype"), ("components", "name"), ("fields", "number")):
        known = {element.get(key): element for element in base.iterfind(f"{section}/*")}
        for element in extra.iterfind(f"{section}/*"):
            old = known.get(element.get(key))
            if old is None:
                into = base.find(section)
                assert into is not None
                into.append(element)
            else:
                said = {value.get("enum") for value in old.iterfind("value")}
                for part in element:
                    group = _group(components, old, part) if part.tag == "group" else None
                    if group is not None:
                        group.extend(part)
                    elif part.tag != "value" or part.get("enum") not in said:
                        old.append(part)
    path = folder / "dictionary.xml"
    base.write(path)
    return path


def _group(
    components: dict[str, ElementTree.Element], within: ElementTree.Element, wanted: ElementTree.Element
) -> ElementTree.Element | None:
    """The group of that name which a message has already, in a component of its perhaps; None if it has none."""
    for part in within:
        if part.tag == "group" and part.get("name") == wanted.get("name"):
            return part
        component = components[part.attrib["name"]] if part.tag == "component" else None
        if component is not None and (found := _group(components, component, wanted)) is not None:
            return found
    return None


class _Application(fix.Application):  # type: ignore[misc]
    """Callbacks of QuickFIX's thread. They only hand over, for an exception in them would end the process."""

    def __init__(self, reaction: Callable[[list[Pair]], list[tuple[str, list[Any]]]] | None) -> None:
        super().__init__()
        self.reaction = reaction
        self.logged_on = threading.Event()
        self.logged_out = threading.Event()
        self.received: queue.Queue[list[Pair]] = queue.Queue(maxsize=100_000)
        self.admin: list[list[Pair]] = []

    def onCreate(self, session: fix.SessionID) -> None: ...

    def onLogon(self, _session: fix.SessionID) -> None:
        self.logged_out.clear()
        self.logged_on.set()

    def onLogout(self, _session: fix.SessionID) -> None:
        self.logged_on.clear()
        self.logged_out.set()

    def toAdmin(self, message: fix.Message, session: fix.SessionID) -> None: ...

    def toApp(self, message: fix.Message, session: fix.SessionID) -> None: ...

    def fromAdmin(self, message: fix.Message, _session: fix.SessionID) -> None:
        self.admin.append(_pairs(message))

    def fromApp(self, message: fix.Message, session: fix.SessionID) -> None:
        pairs = _pairs(message)
        self.received.put_nowait(pairs)
        if self.reaction is not None:
            for msg_type, fields in self.reaction(pairs):
                fix.Session.sendToTarget(_message(msg_type, fields), session)


class QuickFix:
    """One engine from `with` to the end of the block, where it logs out; that takes QuickFIX up to a second.

    `folder` keeps settings and store: used again, numbers go on.
    """

    role: str

    def __init__(
        self,
        folder: Path,
        *,
        sender: str,
        targets: Sequence[str],
        place: str,
        dictionary: Path | None = None,
        heartbeat_s: int = 30,
        reaction: Callable[[list[Pair]], list[tuple[str, list[Any]]]] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        text = _SETTINGS.format(
            role=self.role,
            sender=sender,
            heartbeat_s=heartbeat_s,
            store=folder,
            dictionary=dictionary or own_dictionary(),
            place=place,
            settings="\n".join(f"{name}={value}" for name, value in (settings or {}).items()),
        )
        config = folder / f"{self.role}-{sender}.cfg"
        config.write_text(text + "".join(_SESSION.format(target=target) for target in targets))
        # The C++ side holds bare references to all of these, so they live as long as the engine.
        self._application = _Application(reaction)
        self._sessions = [fix.SessionID("FIX.4.4", sender, target) for target in targets]
        self._settings = fix.SessionSettings(str(config))
        self._stores = fix.FileStoreFactory(self._settings)
        self._engine = self._make_engine(self._application, self._stores, self._settings)

    def _make_engine(self, *parts: Any) -> Any:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._engine.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        self._engine.stop(True)
        # Its destructor takes its sessions out of a table of the process, where the next engine needs the place.
        del self._engine

    @property
    def admin(self) -> list[list[Pair]]:
        """Session messages received, oldest first."""
        return list(self._application.admin)

    def wait_for_logon(self, seconds: float = _PATIENCE) -> None:
        assert self._application.logged_on.wait(seconds), f"no logon within {seconds} s; received {self.admin}"

    def log_out(self) -> None:
        """Logout and its answer."""
        for session in self._sessions:
            fix.Session.lookupSession(session).logout()
        assert self._application.logged_out.wait(_PATIENCE), f"no logout within {_PATIENCE} s"

    def log_on(self) -> None:
        """Again, after `log_out`.

        QuickFIX tells of a logout while it still closes the connection, and a Logon that it makes then goes nowhere and
        uses a number up; nothing tells when that is over.
        """
        time.sleep(0.25)
        for session in self._sessions:
            fix.Session.lookupSession(session).logon()
        self.wait_for_logon()

    def send(self, msg_type: str, fields: Sequence[tuple[int, str | Entries]], to: int = 0) -> None:
        """A message to session number `to`. The value of a group's count field is the list of its entries."""
        assert fix.Session.sendToTarget(_message(msg_type, fields), self._sessions[to])

    def offer(self, msg_type: str, fields: Sequence[tuple[int, str | Entries]], to: int = 0) -> None:
        """As `send`, whether it is logged on or not: QuickFIX numbers the message and keeps it for a resend."""
        fix.Session.sendToTarget(_message(msg_type, fields), self._sessions[to])

    def numbers(self, to: int = 0) -> tuple[int, int]:
        """MsgSeqNum(34) of its next message, and of the counterparty's."""
        session = fix.Session.lookupSession(self._sessions[to])
        return session.getExpectedSenderNum(), session.getExpectedTargetNum()

    def set_numbers(self, *, next_out: int, to: int = 0) -> None:
        fix.Session.lookupSession(self._sessions[to]).setNextSenderMsgSeqNum(next_out)

    def stored_numbers(self, to: int = 0) -> tuple[int, int]:
        """The same as its file has them, which is there when the engine is gone, too."""
        session = self._sessions[to]
        ids = (session.getBeginString(), session.getSenderCompID(), session.getTargetCompID())
        name = "-".join(each.getString() for each in ids)
        ours, _, theirs = (self._folder / f"{name}.seqnums").read_text().partition(":")
        return int(ours), int(theirs)

    def taken(self) -> list[list[Pair]]:
        """Application messages that have come by now, oldest first."""
        received = self._application.received
        return [received.get_nowait() for _ in range(received.qsize())]

    def next(self, msg_type: str | None = None, seconds: float = _PATIENCE) -> list[Pair]:
        """The next application message; fails when it is of another type or does not come in time."""
        try:
            message = self._application.received.get(timeout=seconds)
        except queue.Empty:
            last = self._application.admin[-1:]
            raise AssertionError(f"no message within {seconds} s; last session message {last}") from None
        got = dict(message)[35]
        assert msg_type in (None, got), f"expected a message {msg_type}, got {message}"
        return message

    def nothing_more(self, seconds: float = 0.3) -> None:
        """Fails if another application message arrives."""
        try:
            message = self._application.received.get(timeout=seconds)
        except queue.Empty:
            return
        raise AssertionError(f"expected no further message, got {message}")


class QuickFixClient(QuickFix):
    """Connects to an acceptor and logs on; a block begins when it is logged on."""

    role = "initiator"

    def __init__(self, folder: Path, port: int, *, sender: str, target: str, **options: Any) -> None:
        place = f"SocketConnectHost=127.0.0.1\nSocketConnectPort={port}"
        super().__init__(folder, sender=sender, targets=(target,), place=place, **options)

    def _make_engine(self, *parts: Any) -> Any:
        return fix.SocketInitiator(*parts)

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self.wait_for_logon()
        except AssertionError:
            self._stop()
            raise
        return self


class QuickFixAcceptor(QuickFix):
    """Waits for `targets` to log on. QuickFIX listens on every interface, which it has no setting against.

    `reaction` turns each application message into answers at once: [(MsgType, fields), ...].
    """

    role = "acceptor"

    def __init__(self, folder: Path, port: int, *, sender: str, targets: Sequence[str], **options: Any) -> None:
        super().__init__(folder, sender=sender, targets=targets, place=f"SocketAcceptPort={port}", **options)

    def _make_engine(self, *parts: Any) -> Any:
        return fix.SocketAcceptor(*parts)


def _pairs(message: fix.Message) -> list[Pair]:
    fields = message.toString().rstrip("\x01").split("\x01")
    return [(int(tag), value) for tag, _, value in (field.partition("=") for field in fields)]


def _message(msg_type: str, fields: Sequence[tuple[int, str | Entries]]) -> fix.Message:
    message = fix.Message()
    message.getHeader().setField(fix.MsgType(msg_type))
    for tag, value in fields:
        if isinstance(value, str):
            message.setField(fix.StringField(tag, value))
            continue
        for entry in value:
            group = fix.Group(tag, entry[0][0])
            for inner, inner_value in entry:
                group.setField(fix.StringField(inner, inner_value))
            message.addGroup(group)
    return message
