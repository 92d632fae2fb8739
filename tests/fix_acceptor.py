"""A FIX acceptor in a thread: what the sample client and the log player talk to in tests, and what it heard.

It knows no rules. It numbers what it sends, answers Logon, TestRequest and Logout, and leaves the rest to the test.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

import simplefix

Fields = list[tuple[int, str]]  # with MsgType(35); a MsgSeqNum(34) given is used and not counted
Answer = Callable[[dict[int, str]], list[Fields] | None]  # None: as the acceptor itself would


def accepted(request: dict[int, str], exec_type: str = "0", ord_status: str | None = None) -> Fields:
    """An ExecutionReport(8) for a request."""
    report = [(35, "8"), (37, "O1"), (17, "E1"), (150, exec_type), (39, ord_status or exec_type), (11, request[11])]
    if 41 in request:
        report.append((41, request[41]))
    return [*report, (55, request[55]), (54, request[54]), (14, "0"), (151, "0"), (6, "0")]


def new_and_canceled(request: dict[int, str]) -> list[Fields] | None:
    """Orders are New, cancels Canceled."""
    kinds = {"D": "0", "F": "4", "G": "5"}
    return [accepted(request, kinds[request[35]])] if request[35] in kinds else None


def to(msg_type: str, *answers: Fields) -> Answer:
    """Give these answers to messages of one type."""
    return lambda heard: list(answers) if heard[35] == msg_type else None


class Acceptor:
    """Listens on 127.0.0.1 at a free port while in its `with` block, for one connection after another."""

    def __init__(self, answer: Answer = new_and_canceled) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(5)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port: int = self._listener.getsockname()[1]
        self.received: list[dict[int, str]] = []  # in a group, the first entry

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # Wakes the accept; close alone would leave it waiting.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()

    def of_type(self, msg_type: str) -> list[dict[int, str]]:
        return [message for message in self.received if message[35] == msg_type]

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):  # the client may go at any time
                connection.settimeout(5)
                self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        parser, seq = simplefix.FixParser(), 0
        while data := connection.recv(65536):
            parser.append_buffer(data)
            while (message := parser.get_message()) is not None:
                heard: dict[int, str] = {}
                for tag, text in message.pairs:
                    heard.setdefault(int(tag), text.decode("latin-1"))
                self.received.append(heard)
                answers = self._answer(heard)
                for fields in _session_answers(heard) if answers is None else answers:
                    if not any(tag == 34 for tag, _ in fields):
                        seq += 1
                    connection.sendall(_encode(heard, fields, seq))


def _session_answers(heard: dict[int, str]) -> list[Fields]:
    match heard[35]:
        case "A":
            reset = [(141, "Y")] if heard.get(141) == "Y" else []
            return [[(35, "A"), (98, "0"), (108, heard[108]), *reset]]
        case "1":
            return [[(35, "0"), (112, heard[112])]]
        case "5":
            return [[(35, "5")]]
        case _:
            return []


def _encode(heard: dict[int, str], fields: Fields, seq: int) -> bytes:
    message = simplefix.FixMessage()
    given = dict(fields)
    header = [(8, "FIX.4.4"), (35, given[35]), (49, heard[56]), (56, heard[49]), (34, given.get(34, str(seq)))]
    body = [(tag, text) for tag, text in fields if tag not in (34, 35)]
    for tag, text in [*header, (52, "20260105-14:30:00.000"), *body]:
        message.append_pair(tag, text)
    encoded: bytes = message.encode()
    return encoded
