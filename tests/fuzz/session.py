"""A session that was logged on, and then whatever messages at whatever times: it neither raises nor goes astray.

An input is a configuration's number (one byte), then steps: a byte for the time that passes, one for what happens
then, and a message as of `inputs`.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, cast

from msgspec.structs import replace

from gateway.fix.dictionary import default
from gateway.fix.frame import Framer
from gateway.fix.reader import Message, Reader, reader_for
from gateway.fix.session import Session, State
from gateway.model import MILLISECOND, SECOND, Ns, parse_timestamp, print_timestamp
from gateway.model.sessions import Rules, SessionConfig
from tests.fuzz import inputs
from tests.fuzz.reader import RULES, framed
from tests.fuzz.target import Clock, Found
from tests.reference_parser import judge

NOW = parse_timestamp("20260105-14:30:00")
MAX_STEPS = 24
MAX_TIMERS = 40  # that may be due at one instant
_STEP = b"\n\n"
_WAITS = (0, MILLISECOND, SECOND, 2 * SECOND, 10 * SECOND, 36 * SECOND, 61 * SECOND, 3600 * SECOND, -SECOND, -(10**12))
_PLAIN = SessionConfig(sender="G", target="C")
_LAWLESS = Rules(**dict.fromkeys(RULES, False))
_CONFIGS = tuple(
    replace(_PLAIN, **options)
    for options in cast(
        tuple[dict[str, Any], ...],
        (
            *({}, {"initiator": True}, {"initiator": True, "reset_on_logon": True}, {"reset_on_logon": True}),
            *({"hold": 4}, {"hold": 4, "resend_chunk": 2}, {"resend_chunk": 3}, {"resend_burst": 1}),
            *({"next_expected": True, "last_processed": True}, {"initiator": True, "next_expected": True}),
            *({"ascending_tags": True, "timestamp_digits": 9}, {"timestamp_digits": 0, "plain_text": True}),
            *({"lax_logout_seq": True, "lax_resend_seq": True}, {"hang_up_after_logout": False, "test_req_id": "TEST"}),
            *({"max_messages_per_s": 2, "max_cancels_per_s": 1}, {"stale_order_s": 1, "reset_on_disconnect": True}),
            *({"accept_reset": False, "clock_tolerance_s": 0}, {"reset_on_logout": True, "resend_patience_s": 0}),
            *({"rules": Rules(**{name: False})} for name in RULES),
            {"rules": _LAWLESS, "clock_tolerance_s": 0},
            {"rules": _LAWLESS, "hold": 8, "next_expected": True},
            {"rules": _LAWLESS, "initiator": True},
        ),
    )
)


class SessionTarget:
    name = "session"

    def __init__(self) -> None:
        self.clock = Clock()
        self._readers = {config.rules: reader_for(default(), config.rules, config.max_fields) for config in _CONFIGS}

    def seeds(self) -> Sequence[bytes]:
        chance = Random(30)
        return [
            b"%c" % (number % len(_CONFIGS)) + _STEP.join(_step(chance) for _ in range(chance.randint(1, 8)))
            for number in range(8 * len(_CONFIGS))
        ]

    def change(self, data: bytes, chance: Random) -> bytes:
        number = data[:1] if chance.random() < 0.9 else b"%c" % chance.randrange(len(_CONFIGS))
        steps = data[1:].split(_STEP)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(steps))
            match chance.randrange(7):
                case 0:
                    steps.insert(at, _step(chance))
                case 1 if len(steps) > 1:
                    del steps[at]
                case 2:
                    steps.insert(chance.randint(0, len(steps)), steps[at])
                case 3:
                    steps[at] = b"%c%s" % (chance.choice(_TIMES), steps[at][1:])
                case 4:
                    steps[at] = steps[at][:1] + b"%c%s" % (chance.choice(_EVENTS), steps[at][2:])
                case _:
                    steps[at] = steps[at][:2] + inputs.change_message(steps[at][2:], chance)
        return number + _STEP.join(steps)

    def examine(self, data: bytes) -> None:
        config = _CONFIGS[data[0] % len(_CONFIGS) if data else 0]
        course = _Course(config, self._readers[config.rules], self.clock)
        for step in data[1:].split(_STEP)[:MAX_STEPS]:
            course.take(step)
        self.clock.check(course.bytes)


_TIMES = bytes(range(ord("a"), ord("a") + len(_WAITS)))
_EVENTS = b"mmmmmmmMtwdskoxnj"
_ADMIN = tuple(
    b"FIX.4.4\x01%s\x01%s%s" % (msg_type, inputs.HEAD, body)
    for msg_type, body in (
        *(
            (b"0", b""),
            (b"0", b"112=TEST\x01"),
            (b"1", b"112=x\x01"),
            (b"2", b"7=1\x0116=0\x01"),
            (b"2", b"7=2\x0116=3\x01"),
        ),
        *((b"3", b"45=2\x01"), (b"4", b"36=9\x01"), (b"4", b"123=Y\x0136=4\x01"), (b"5", b""), (b"5", b"58=bye\x01")),
        *((b"A", b"98=0\x01108=30\x01"), (b"A", b"98=0\x01108=30\x01141=Y\x01"), (b"A", b"98=0\x01108=0\x01789=1\x01")),
    )
)
_TEXTS = (*_ADMIN, *(text.replace(b"34=2\x01", b"34=5\x01") for text in _ADMIN))


def _step(chance: Random) -> bytes:
    text = chance.choice(_TEXTS) if chance.random() < 0.7 else chance.choice(inputs.messages())
    if chance.random() < 0.2:
        text = text.replace(inputs.HEAD, inputs.HEAD + b"43=Y\x01122=20260105-14:29:00\x01")
    return b"%c%c%s" % (
        chance.choice(_TIMES[:4]) if chance.random() < 0.8 else chance.choice(_TIMES),
        chance.choice(_EVENTS),
        text,
    )


class _Counting(Session):
    """Counts how often its numbers were reset."""

    resets = 0

    def _reset(self) -> None:
        super()._reset()
        self.resets += 1


class _Course:
    """One session's life, watched from outside."""

    def __init__(self, config: SessionConfig, reader: Reader, clock: Clock) -> None:
        self.session = _Counting(config, reader)
        self.bytes = 0  # in and out
        self._clock = clock
        self._now = NOW
        self._framer = Framer(1 << 20)
        self._said = 0  # MsgSeqNum of the last message that was sent for the first time
        self._resets = 0  # when it was
        self._orders = 0
        self._sent_as: dict[
            bytes, tuple[int, int]
        ] = {}  # ClOrdID -> resets and MsgSeqNum, of the orders that have left

    def take(self, step: bytes) -> None:
        if len(step) < 2:
            return
        session = self.session
        if session.state is State.DISCONNECTED:
            self._log_on()
        self._now = Ns(max(self._now + _WAITS[step[0] % len(_WAITS)], SECOND))
        match chr(step[1]):
            case "m":
                self._receive(self._renumbered(step[2:]))
            case "M":
                self._receive(step[2:])
            case "t":
                self._do(lambda: session.timer(self._now))
            case "w":
                self._wake()
            case "d":
                self._disconnect()
                self._do(lambda: session.connected(self._now))
            case "s" | "k" as how:
                self._order(keep=how == "s")
            case "o":
                self._do(lambda: session.logout("the end", self._now))
            case "x":
                self._disconnect()
                self._do(lambda: session.reset(self._now))
            case "n":
                self._skip(2, 2)
            case "j":
                self._skip(0, 100_000)

    def _skip(self, inwards: int, outwards: int) -> None:
        """Numbers that an operator gives up."""
        next_in, next_out = self.session.expected_seq + inwards, self.session.next_seq + outwards
        self._do(lambda: self.session.set_numbers(self._now, next_in=next_in, next_out=next_out))

    def _log_on(self) -> None:
        self._do(lambda: self.session.connected(self._now))
        body = b"98=0\x01108=30\x01"
        if self.session.config.initiator and self.session.config.reset_on_logon:
            body += b"141=Y\x01"
        self._receive(self._renumbered(b"FIX.4.4\x01A\x01%s%s" % (inputs.HEAD, body)))

    def _renumbered(self, text: bytes) -> bytes:
        """With the number that is due, or one three ahead, and the time that it is, unless the fuzzer changed them."""
        text = text.replace(b"\x0134=2\x01", b"\x0134=%d\x01" % self.session.expected_seq)
        text = text.replace(b"\x0134=5\x01", b"\x0134=%d\x01" % (self.session.expected_seq + 3))
        for tag, usual, now in ((52, b"14:30:00", self._now), (122, b"14:29:00", Ns(self._now - SECOND))):
            stamp = print_timestamp(now).encode()
            text = text.replace(b"\x01%d=20260105-%s\x01" % (tag, usual), b"\x01%d=%s\x01" % (tag, stamp))
        return text

    def _do(self, action: Callable[[], None]) -> None:
        with self._clock:
            action()
        self._watch()

    def _order(self, *, keep: bool) -> None:
        self._orders += 1
        stamp = print_timestamp(self._now)
        body = f"11={self._orders}\x0155=ACME\x0154=1\x0160={stamp}\x0138=1\x0140=1\x01"
        self._do(lambda: self.session.send("D", body, self._now, keep=keep))

    def _wake(self) -> None:
        """Time passes to when the session wants to be woken; what is due then is done by a few calls."""
        due = self.session.wake_at()
        if due is None:
            return
        self._now = max(self._now, due)
        for _ in range(MAX_TIMERS):
            self._do(lambda: self.session.timer(self._now))
            due = self.session.wake_at()
            if due is None or due > self._now:
                return
        raise Found("a timer is due for ever")

    def _receive(self, text: bytes) -> None:
        session = self.session
        data = framed(text)
        if data is None or session.state is State.DISCONNECTED:
            return
        self.bytes += len(data)
        expected = session.expected_seq
        with self._clock:
            message = session.received(data, self._now)
        delivered = session.ready if message is None else [message, *session.ready]
        session.ready = []
        self._check_delivered(delivered, expected)
        if not delivered and session.expected_seq > expected and session.logged_on and self._is_due(data, expected):
            raise Found("a message that counts is not given to the application", data)
        self._watch()

    def _is_due(self, data: bytes, expected: int) -> bool:
        """Whether it is a good one of the application's, next in sequence, and within the limits."""
        verdict = judge(data, inputs.book(), self.session.config.rules)
        values = dict(verdict.fields)
        of_application = values.get(35) not in (b"0", b"1", b"2", b"4", b"5", b"A") and values.get(43) != b"Y"
        limited = self.session.config.max_messages_per_s
        return not verdict.faults and of_application and values.get(34) == b"%d" % expected and not limited

    def _check_delivered(self, delivered: list[Message], expected: int) -> None:
        """Each once, in sequence, and only what is valid."""
        for message in delivered:
            if message.seq < expected or message.seq >= self.session.expected_seq:
                raise Found("a message is given out of sequence", (message.seq, expected, self.session.expected_seq))
            if message.fault is not None:
                raise Found("a message with a fault is given to the application", message.fault.text)
            expected = message.seq + 1

    def _watch(self) -> None:
        """All that is sent is valid, and no number is used twice."""
        with self._clock:
            sent = self.session.take()
        for data in sent:
            self.bytes += len(data)
            if self._framer.feed(data) != [data]:
                raise Found("what is sent is no message", data)
            verdict = judge(data, inputs.book())
            if any(value == b"None" for _, value in verdict.fields):
                raise Found("what is missing is sent as a value", data)
            kind = verdict.fields[2][1].decode("latin-1")
            if verdict.faults:
                raise Found(f"what is sent is not valid ({kind})", (verdict.faults, data))
            self._check_sent(kind, dict(verdict.fields), data)
        if self.session.hangup:
            self._disconnect()

    def _disconnect(self) -> None:
        with self._clock:
            self.session.disconnected(self._now)

    def _check_sent(self, kind: str, values: dict[int, bytes], data: bytes) -> None:
        seq = int(values[34])
        if self._resets != self.session.resets:
            self._resets, self._said = self.session.resets, 0
        if values.get(43) == b"Y":
            if seq >= self.session.next_seq:
                raise Found(f"what was never sent is sent again ({kind})", data)
        elif seq <= self._said:
            raise Found(f"MsgSeqNum is used twice ({kind})", (self._said, data))
        else:
            self._said = seq
        if kind == "D":
            number = self._resets, seq
            if self._sent_as.setdefault(values[11], number) != number:
                raise Found("an order is sent under two numbers", (self._sent_as[values[11]], number, data))
