"""Plays the client side of a FIX log, of whatever version, into a FIX 4.4 gateway.

Orders, cancels and replaces keep their content and their order. The session layer, sequence numbers, clocks and
identifiers are this run's own, and fields that FIX 4.4 does not have in the message are left out and reported.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from gateway.fix.dictionary import Dictionary, MemberDef
from gateway.model import SECOND, Ns, parse_timestamp, print_timestamp
from gateway.run.fixlog import LogMessage
from gateway.run.fixlog.answers import (
    ANSWERS,
    Difference,
    Differences,
    compare_fields,
    how_sequences_differ,
    is_pending,
    kind,
    name_of,
)
from gateway.run.sample_client import FixClient, Message, SessionError, timestamp, value

Pace = Literal["original", "fast"]

WINDOW = 50  # requests without an answer, at most, when played as fast as they are answered
PATIENCE_S = 10.0  # without any answer while one is owed, and the play is over
SETTLE_S = 1.0  # silence after the last answer before they are compared

_REQUESTS = ("D", "F", "G")  # NewOrderSingle, OrderCancelRequest, OrderCancelReplaceRequest
_SHIFTED = (126, 168)  # ExpireTime, EffectiveTime: as far from now as they were from SendingTime(52)
# Of every session, of no interest: BeginString, BodyLength, CheckSum, MsgSeqNum, MsgType, PossDupFlag, SenderCompID,
# SendingTime, TargetCompID, PossResend, OrigSendingTime
_SESSION = frozenset({8, 9, 10, 34, 35, 43, 49, 52, 56, 97, 122})
_MAX_ID = 64  # characters of a ClOrdID


class NothingToPlay(Exception):
    """The log holds no order, cancel or replace; the text says what was looked for."""


@dataclass(slots=True)
class Request:
    """An order, cancel or replace of the log, and what became of it there and here."""

    logged: LogMessage
    names: "Request | None"  # the request whose ClOrdID(11) its OrigClOrdID(41) is
    cl_ord_id: str  # ours
    body: list[tuple[int, str]] = field(default_factory=list)
    logged_answers: list[LogMessage] = field(default_factory=list)
    sent: bool = False
    answers: list[Message] = field(default_factory=list)
    answered: bool = False  # by more than the word that an answer will come


@dataclass(slots=True)
class Plan:
    client: str  # CompID of the side that is played
    symbols: dict[str, str]  # what the log calls them -> what we do
    requests: list[Request] = field(default_factory=list)
    dropped: Differences = field(default_factory=Differences)  # fields left out
    passed_over: Counter[str] = field(default_factory=Counter)  # MsgType(35)s that the client sent and we do not


@dataclass(frozen=True, slots=True)
class Summary:
    client: str
    requests: int
    sent: int
    answered: int
    same: int  # requests with the same answers as in the log
    stopped: str | None  # why the play ended before its end
    differing: list[Difference]
    fields: list[Difference]
    dropped: list[Difference]
    passed_over: dict[str, int]

    @property
    def all_answered(self) -> bool:
        return self.answered == self.requests


def prepare(
    log: Iterable[LogMessage],
    dictionary: Dictionary,
    *,
    run: str,  # prefix that makes the ClOrdIDs this run's own
    client: str | None = None,  # None: the side that sent most of the requests
    symbols: dict[str, str],
    limit: int | None = None,
) -> Plan:
    """What is to be sent, and what the log has for answers. Raises NothingToPlay."""
    messages = list({message.raw: message for message in log}.values())  # a log of both ends has each message twice
    senders = Counter(message.get(49) for message in messages if message.get(35) in _REQUESTS)
    if client is None and senders:
        client = senders.most_common(1)[0][0]
    if client is None or client not in senders:
        whose = "" if client is None else f" from SenderCompID(49) {client}, but from {', '.join(senders) or 'nobody'}"
        raise NothingToPlay(f"holds no NewOrderSingle, cancel or replace to play{whose}")
    plan = Plan(client=client, symbols=symbols)
    by_id: dict[str, Request] = {}
    by_seq: dict[str, Request] = {}
    for message in messages:
        msg_type = message.get(35)
        if message.get(43) == "Y":
            continue  # its original stands before it
        if message.get(49) == client and msg_type in _REQUESTS:
            if limit is None or len(plan.requests) < limit:
                cl_ord_id = message.get(11)
                request = Request(message, names=by_id.get(message.get(41)), cl_ord_id=_own_id(run, cl_ord_id))
                request.body = _translate(request, run, symbols, dictionary, plan.dropped)
                plan.requests.append(request)
                by_id[cl_ord_id] = by_seq[message.get(34)] = request
        elif message.get(49) == client and not _is_admin(msg_type, dictionary):
            plan.passed_over[msg_type] += 1
        elif message.get(56) == client and msg_type in ANSWERS:
            answered = by_seq.get(message.get(45)) if msg_type in ("3", "j") else by_id.get(message.get(11))
            if answered is not None:
                answered.logged_answers.append(message)
    return plan


def _own_id(run: str, cl_ord_id: str) -> str:
    """Of this run, and still to be recognised; what is too long for it keeps its end, which is where ids differ."""
    return run + cl_ord_id[-(_MAX_ID - len(run)) :]


def _translate(
    request: Request, run: str, symbols: dict[str, str], dictionary: Dictionary, dropped: Differences
) -> list[tuple[int, str]]:
    """The body as FIX 4.4 has it; TransactTime(60) is left to the sending."""
    msg_type = request.logged.get(35)
    allowed = _tags(dictionary.messages[msg_type].members)
    body: list[tuple[int, str]] = []
    for tag, text in request.logged.fields:
        if tag in _SESSION or tag == 60:
            continue
        label = f"{name_of(tag, dictionary)} of {dictionary.messages[msg_type].name}"
        if tag == 37:
            dropped.add(f"{label}: the other side's identifier", text)
        elif tag in dictionary.header:
            dropped.add(f"{label}: belongs to the session in the log", text)
        elif tag not in allowed:
            dropped.add(f"{label}: not in FIX 4.4", text)
        elif tag in (11, 41):
            body.append((tag, _own_id(run, text)))
        elif tag == 55:
            body.append((tag, symbols.get(text, text)))
        else:
            body.append((tag, text))
    return body


def _tags(members: dict[int, MemberDef]) -> set[int]:
    """The tags of a message or a group, those of groups within included."""
    tags = set(members)
    for member in members.values():
        if member.group is not None:
            tags |= _tags(member.group.members)
    return tags


def _is_admin(msg_type: str, dictionary: Dictionary) -> bool:
    known = dictionary.messages.get(msg_type)
    return known is not None and known.admin


class Player:
    """One play of a plan over a session that is logged on."""

    def __init__(
        self,
        plan: Plan,
        client: FixClient,
        *,
        pace: Pace,
        window: int = WINDOW,
        patience_s: float = PATIENCE_S,
        settle_s: float = SETTLE_S,
        on_progress: Callable[[int], None] = lambda _answered: None,
    ) -> None:
        self._plan = plan
        self._client = client
        self._pace = pace
        self._window = window
        self._patience_s = patience_s
        self._settle_s = settle_s
        self._on_progress = on_progress
        self._by_id: dict[str, list[Request]] = {}
        self._by_seq: dict[str, Request] = {}
        self._sent = 0
        self._answered = 0

    def play(self) -> str | None:
        """Send everything and take what comes back; why it ended early, None if it did not."""
        try:
            self._play()
            settled = time.monotonic() + 10 * self._settle_s  # a market that goes on filling has no end
            while time.monotonic() < settled and self._take(self._settle_s):
                pass
        except SessionError as error:
            return str(error)
        if self._answered < len(self._plan.requests):
            return f"no answer for {self._patience_s:g} s"
        return None

    def _play(self) -> None:
        requests = self._plan.requests
        began = owed_since = time.monotonic()
        origin = next((request.logged.at for request in requests if request.logged.at is not None), 0)
        while self._answered < len(requests):
            now = time.monotonic()
            wait = owed_since + self._patience_s - now
            if self._sent < len(requests):
                request = requests[self._sent]
                if self._pace == "original":
                    due = began + ((request.logged.at or origin) - origin) / SECOND - now
                    if due <= 0:
                        self._send(request)
                        owed_since = now
                    wait = max(due, 0)
                elif self._may_follow(request):
                    self._send(request)
                    wait = 0
            if wait < 0:
                return
            before = self._answered
            self._take(wait)
            if self._answered > before:
                owed_since = time.monotonic()

    def _may_follow(self, request: Request) -> bool:
        """True when the next request may go out before anything else is answered."""
        if self._sent - self._answered >= self._window:
            return False
        return request.names is None or request.names.answered

    def _send(self, request: Request) -> None:
        now = Ns(time.time_ns())
        body = [(tag, _shifted(request.logged, text, now) if tag in _SHIFTED else text) for tag, text in request.body]
        self._by_id.setdefault(request.cl_ord_id, []).append(request)
        seq = self._client.send(request.logged.get(35), [*body, (60, timestamp())])
        self._by_seq[str(seq)] = request
        request.sent = True
        self._sent += 1

    def _take(self, wait_s: float) -> bool:
        """Wait for one message and give it to the request it answers; False if none came."""
        message = self._client.receive(wait_s)
        if message is None:
            return False
        if value(message, 35) in ("3", "j"):
            request = self._by_seq.get(value(message, 45))
        elif value(message, 35) in ANSWERS:
            request = self._owner(value(message, 11))
        else:
            request = None
        if request is not None:
            request.answers.append(message)
            if not request.answered and not is_pending(message):
                request.answered = True
                self._answered += 1
                self._on_progress(self._answered)
        return True

    def _owner(self, cl_ord_id: str) -> Request | None:
        """Of requests that share an identifier, as in a log that tries that, the first without an answer."""
        sharing = self._by_id.get(cl_ord_id, [])
        return next((request for request in sharing if not request.answered), sharing[-1] if sharing else None)


def _shifted(logged: LogMessage, text: str, now: Ns) -> str:
    try:
        return print_timestamp(Ns(now + parse_timestamp(text) - parse_timestamp(logged.get(52))))
    except ValueError:
        return text  # wrong in the log too: the gateway says so


def summarise(plan: Plan, stopped: str | None, dictionary: Dictionary) -> Summary:
    differing, fields = Differences(), Differences()
    same = 0
    for request in plan.requests:
        if not request.answered:
            continue
        logged = [(kind(answer.fields, dictionary), answer.fields) for answer in request.logged_answers]
        ours = [(kind(answer, dictionary), answer) for answer in request.answers]
        how = how_sequences_differ([what for what, _ in logged], [what for what, _ in ours])
        if how is None:
            same += 1
        else:
            name = dictionary.messages[request.logged.get(35)].name
            differing.add(f"{name}: {how}", _example(request))
        for what, answer in logged:
            match = next((n for n, (kind_here, _) in enumerate(ours) if kind_here == what), None)
            if match is not None:
                compare_fields(
                    what, answer, ours.pop(match)[1], symbols=plan.symbols, dictionary=dictionary, found=fields
                )
    return Summary(
        client=plan.client,
        requests=len(plan.requests),
        sent=sum(request.sent for request in plan.requests),
        answered=sum(request.answered for request in plan.requests),
        same=same,
        stopped=stopped,
        differing=differing.listed(),
        fields=fields.listed(),
        dropped=plan.dropped.listed(),
        passed_over=dict(plan.passed_over),
    )


def _example(request: Request) -> str:
    """The request's ClOrdID in the log, and what we said of it if we refused it."""
    texts = [value(answer, 58) for answer in request.answers]
    said = next((text for text in texts if text), "")
    return request.logged.get(11) + (f": {said}" if said else "")
