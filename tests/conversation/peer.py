"""One scripted end of a connection: makes the bytes that arrive, and holds what is answered against the script."""

from collections import deque
from collections.abc import Iterable, Sequence

from gateway.model import Ns, print_timestamp
from tests.conversation.compose import ADMIN_DEFAULTS, compose
from tests.conversation.language import Line, Transcript, moment
from tests.conversation.wire import SOH, Wire, decode, encode, finish

_TIMES = ("52", "60", "122")


class Peer:
    def __init__(self, transcript: Transcript, *, us: str, peer: str, who: str = "") -> None:
        self.language = transcript.language
        self.us = us
        self.peer = peer
        self.who = who  # as the script calls it
        self.heard: list[bytes] = []  # all that we have said
        self._transcript = transcript
        self._answers: deque[Wire | None] = deque()  # None: we hung up
        self._next_seq = 1

    def says(self, words: Sequence[str], now: Ns) -> bytes:
        name, *rest = words
        if name == "raw":
            return " ".join(rest).replace("|", SOH).encode("latin-1")
        return self._fields(" ".join(rest), now) if name == "fields" else self._message(name, rest, now)

    def _fields(self, text: str, now: Ns) -> bytes:
        fields = []
        for field in text.removesuffix("|").split("|"):
            tag, equals, value = field.partition("=")
            fields.append(tag + equals + ((moment(value, now) if tag in _TIMES else None) or value))
        seq = next((field[3:] for field in fields if field.startswith("34=")), "")
        self._next_seq = (int(seq) if seq.isdigit() else self._next_seq) + 1
        return finish(fields)

    def _message(self, name: str, words: Sequence[str], now: Ns) -> bytes:
        msg_type = self.language.msg_type(name)
        given = self.language.read(msg_type, words, now, sending=True)
        seq = next((int(value) for tag, value in given.pairs if tag == 34 and value.isdigit()), self._next_seq)
        if (141, "Y") in given.pairs or (43, "Y") not in given.pairs:
            self._next_seq = seq + 1
        outer = [(49, self.peer), (56, self.us), (34, str(seq)), (52, print_timestamp(now))]
        header, body = compose(self.language.dictionary, given, outer, ADMIN_DEFAULTS.get(msg_type, ()))
        self._transcript.passed(self.who, ">", Wire(((35, msg_type), *header, *body)))
        return encode(msg_type, header, body)

    def hears(self, said: Iterable[bytes | None]) -> None:
        """What has come from us since; None: we hung up."""
        for data in said:
            if data is None:
                self._answers.append(None)
                continue
            wire = decode(data)
            self.heard.append(data)
            self._transcript.passed(self.who, "<", wire)
            for tag, value in ((49, self.us), (56, self.peer)):
                if wire.get(tag) != value:
                    raise self._transcript.failure(f"{self.language.label(tag)} should be {value}", f"{data!r}")
            self._answers.append(wire)

    def expects(self, line: Line, now: Ns) -> None:
        __tracebackhide__ = True
        if not self._answers:
            raise self._transcript.failure(f"line {line.number} expects an answer, and none came")
        answer = self._answers.popleft()
        if line.words[0] == "disconnect":
            if answer is not None:
                raise self._transcript.failure(
                    f"line {line.number} expects us to hang up, we sent", self.language.show(answer)
                )
            return
        if answer is None:
            raise self._transcript.failure(f"line {line.number} expects a message, we hung up")
        if wrong := self.language.mismatch(answer, line, now):
            raise self._transcript.failure(
                f"line {line.number} expects another answer", *wrong, "", f"got < {self.language.show(answer)}"
            )

    def nothing_left(self, when: str) -> None:
        __tracebackhide__ = True
        if self._answers:
            shown = (
                f"{self.who} < {self.language.show(answer) if answer else 'disconnect'}".strip()
                for answer in self._answers
            )
            raise self._transcript.failure(f"{when} there are answers that nobody expected", *shown)
