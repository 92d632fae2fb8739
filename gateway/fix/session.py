"""The FIX 4.4 session, both roles, without IO (volume 2; fixspecs/session.md numbers the rules).

Bytes of framed messages and instants go in; messages for the application come out in sequence, each once, and what
has to be sent collects in `out`. Numbers and sent messages outlive the connection; nothing else does.
"""

from enum import Enum
from typing import Final

from gateway.fix import logon
from gateway.fix.dictionary import Dictionary
from gateway.fix.gap import Gap
from gateway.fix.header import Header, reverse_route
from gateway.fix.messages import without_tags, write_business_reject, write_reject
from gateway.fix.outgoing import Outgoing
from gateway.fix.pulse import Due, Pulse
from gateway.fix.reader import Fault, Layout, Message, Reader, SessionRejectReason, reader_for
from gateway.fix.throttle import Verdict, throttle_for
from gateway.model.numbers import SECOND, Ns
from gateway.model.refusals import TOO_MANY, UNSUPPORTED_TYPE
from gateway.model.sessions import Rules, SessionConfig

ADMIN: Final = frozenset("01245A")  # what the session answers itself; a Reject(3) is the application's to know


class State(Enum):
    DISCONNECTED = "disconnected"
    LOGGING_ON = "logging on"  # connected; no Logon has been received
    ACTIVE = "active"
    LOGGING_OUT = "logging out"  # our Logout is out, the answer is not in


_ACTIVE: Final = State.ACTIVE  # members of an Enum take their time to be looked up


class Session:
    """One session with one counterparty. Call a method, then send what `take()` gives, then mind `hangup`."""

    def __init__(self, config: SessionConfig, reader: Reader | Dictionary) -> None:
        self.name = config.name
        self.state = State.DISCONNECTED
        self.expected_seq = 1  # MsgSeqNum of the counterparty's next message
        self.ready: list[Message] = []  # held beyond a gap until `received` has closed it; next in sequence
        self.hangup = False
        self.pulse = Pulse(config.heartbeat_s)
        self.said = ""  # Text(58) of the counterparty's last Logout
        self.gap = Gap()
        self._layout: Layout | None = None  # of the last message
        self._deadline = Ns(0)  # of the Logon or Logout we wait for
        self._logon_seq = 0  # MsgSeqNum of the Logon an initiator has sent
        self._reset_asked = False  # our Logon said ResetSeqNumFlag(141)=Y
        self._reset_next = False  # our next Logon has to
        self.refusal = ""  # the Logon that comes next is refused with this Text(58)
        self.logged_out = False  # a Logout was exchanged on this connection
        self._was_active = False  # this connection got beyond its Logon
        self._take_options(config, reader)
        self.outgoing = Outgoing(self._header, config)
        self.send = self.outgoing.send  # the application's messages; see there

    def configure(self, config: SessionConfig, reader: Reader | Dictionary) -> None:
        """Other options from now on; those of a Logon count from the next one."""
        self._take_options(config, reader)
        self.outgoing.configure(self._header, config)

    def _take_options(self, config: SessionConfig, reader: Reader | Dictionary) -> None:
        self.config = config
        self.reader = reader if isinstance(reader, Reader) else reader_for(reader, config.rules, config.max_fields)
        self._header = Header(config, self.reader.dictionary, lambda: self.expected_seq - 1)
        self.lax = config.rules != Rules()  # what comes may be wrong in ways that the reader lets pass
        self._throttle = throttle_for(config)
        self._identity = logon.Identity(config)

    # -- the application's side

    @property
    def logged_on(self) -> bool:
        return self.state is _ACTIVE

    @property
    def next_seq(self) -> int:
        """MsgSeqNum of our next message."""
        return self.outgoing.next_seq

    @property
    def out(self) -> list[bytes]:
        return self.outgoing.out

    def logout(self, text: str, now: Ns) -> None:
        """Begin the Logout exchange; the counterparty's answer or a timeout ends the connection."""
        if self.state is not State.ACTIVE:
            self.hangup = self.state is not State.DISCONNECTED
            return
        self._log_out(text, Ns(now + self.config.logout_timeout_s * SECOND), now)

    def refuse(self, message: Message, reason: str, text: str, now: Ns) -> None:
        """BusinessMessageReject(j): the message is valid and not for us. `reason` is BusinessRejectReason(380)."""
        body = write_business_reject(message, reason, text, plain_text=self.config.plain_text)
        self.send("j", body, now, route=reverse_route(message) or None)

    def take(self) -> list[bytes]:
        """What is to be sent, once."""
        outgoing = self.outgoing
        out, outgoing.out = outgoing.out, []
        return out

    # -- the operator's side

    def set_numbers(self, now: Ns, *, next_in: int | None = None, next_out: int | None = None) -> None:
        """Numbers as agreed with the counterparty. Those we skip are filled when asked for."""
        if next_in is not None:
            self.expected_seq = next_in
            self.gap.close()
        if next_out is not None:
            self.outgoing.give_up(next_out)
            self.outgoing.send_carried(now)

    def reset(self, now: Ns, *, announce: bool = True) -> None:
        """Both numbers are 1; to `announce` it is an initiator's next Logon's. Not while connected."""
        assert self.state is State.DISCONNECTED
        self._reset()
        self._reset_next = announce and self.config.initiator
        self.outgoing.send_carried(now)

    def _reset(self) -> None:
        self.expected_seq = 1
        self.gap.close()
        self.outgoing.reset()

    # -- the connection's side

    def connected(self, now: Ns) -> None:
        """The connection stands. An initiator says Logon."""
        self.state = State.LOGGING_ON
        self.hangup = False
        self.gap.close()
        self.refusal = ""
        self.logged_out = self._was_active = False
        self.outgoing.begin(now)
        self.pulse.begin(self.config.heartbeat_s, now)
        self._deadline = Ns(now + self.config.logon_timeout_s * SECOND)
        if self.config.initiator:
            self._reset_asked = self.config.reset_on_logon or self._reset_next
            if self._reset_asked:
                self._reset()
            self._logon_seq = self.next_seq
            self._send_logon(reset=self._reset_asked, now=now)
            self.outgoing.send_carried(now)

    def disconnected(self, now: Ns) -> None:
        config = self.config
        over, self._was_active = self._was_active, False
        # Who called cannot know whether its Logon was taken; who was called may have heard it from anybody.
        begun = over or (config.initiator and self.state is not State.DISCONNECTED)
        self.state = State.DISCONNECTED
        self.ready = []
        self.hangup = False
        self.outgoing.end()
        if (begun and config.reset_on_disconnect) or (over and config.reset_on_logout and self.logged_out):
            self._reset()
            self.outgoing.send_carried(now)

    def wake_at(self) -> Ns | None:
        """When `timer` has something to do at the earliest."""
        if self.state is State.DISCONNECTED or self.hangup:
            return None
        if self.outgoing.resend.active:
            return self.outgoing.resend.next_at
        if self.state is not State.ACTIVE:
            return self._deadline
        return self.pulse.wake_at(self.outgoing.last_at)

    def timer(self, now: Ns) -> None:
        """Heartbeat, TestRequest after 1.2 intervals of silence, the end of the connection after 2."""
        if self.state is State.DISCONNECTED:
            return
        if self.outgoing.resend.active:
            self.outgoing.resend_some(now)
        if self.state is not State.ACTIVE:
            self.hangup = self.hangup or now >= self._deadline
            return
        match self.pulse.due(now, self.outgoing.last_at):
            case Due.HEARTBEAT:
                self.outgoing.admin("0", "", now)
            case Due.TEST:
                name = self.config.test_req_id or f"TEST-{self.next_seq}"
                self.pulse.tested(name, now)
                self.outgoing.admin("1", f"112={name}\x01", now)
            case Due.END:
                self.hang_up()
            case Due.NOTHING:
                pass

    def received(self, data: bytes, now: Ns) -> Message | None:
        """Take one framed message. Gives it back if it is the application's, or a Reject(3), and the next in sequence.

        Messages that were held for it follow in `ready`. A message that breaks a rule is answered here, as the
        standard says; it is never given back.
        """
        if self.hangup:
            return None
        message = self.reader.read(data, self._layout)
        self._layout = message.layout
        self.pulse.last_in = now
        if (
            message.seq == self.expected_seq
            and self.state is _ACTIVE
            and message.fault is None
            and message.msg_type not in ADMIN
            and not (message.poss_dup or self.gap.end or self._throttle)
            and self._identity.check(message, now) is None
        ):
            self.expected_seq += 1
            return message
        return self._received_otherwise(message, now)

    def _received_otherwise(self, message: Message, now: Ns) -> Message | None:
        if self.state is State.LOGGING_ON and not (message.msg_type == "A" and self._identity.names(message)):
            self._received_no_logon(message, now)
            return None
        version = self.reader.dictionary.version
        if message.get(8) != version:
            plain = "" if self.state is State.LOGGING_ON else "Incorrect BeginString"
            self._end(f"BeginString(8) must be {version}", now, plain=plain)
            return None
        if message.seq < (0 if _resets(message) else 1):
            self._end("MsgSeqNum(34) is missing or not a number", now)
            return None
        if self.logged_out and message.msg_type not in ("2", "5"):
            return None  # Both have said Logout; only what is missing may still be asked for.
        fault = message.fault or self._identity.check(message, now)
        if self.state is State.LOGGING_ON:
            self._received_first(message, fault, now)
            return None
        if fault is not None and fault.reason in _ENDS_SESSION:
            self._reject(message, fault, now)
            self._count(message)
            self._end(fault.text, now, plain="")
            return None
        if not self._bears(message, fault, now):
            return None
        if fault is None and self._out_of_turn(message, now):
            return None
        if message.seq > self.expected_seq:
            self._ahead(message, fault, now)
            return None
        if message.seq < self.expected_seq:
            self._behind(message, fault, now)
            return None
        found = self._next(message, fault, now)
        self._go_on(now, filled=message.msg_type == "4")
        return found

    def _bears(self, message: Message, fault: Fault | None, now: Ns) -> bool:
        """Whether the message is within its limits. What we asked for again is."""
        if self._throttle is None:
            return True
        again = message.poss_dup and 0 < message.seq <= self.gap.end
        verdict = self._throttle.take(message.msg_type, again=again, now=now)
        if verdict is Verdict.END:
            self._end("more messages than this session may send", now)
            return False
        if verdict is Verdict.TAKE or fault is not None:  # what is wrong with it says its Reject
            return True
        if message.seq == self.expected_seq:
            self._count(message)
            self.refuse(message, *TOO_MANY, now)
            self._go_on(now)
        elif message.seq > self.expected_seq:
            self._ahead(message, fault, now, room=0)
        return False

    def _out_of_turn(self, message: Message, now: Ns) -> bool:
        """What is dealt with whatever its MsgSeqNum says: a reset, and what lax counterparties number carelessly."""
        kind = message.msg_type
        if _resets(message):
            self._sequence_reset(message, now)
            self._go_on(now)
        elif kind == "A" and message.get(141) == "Y" and self.logged_on and not message.poss_dup:
            self._reset_live(message, now)
        elif kind == "5" and self.config.lax_logout_seq:
            self._count(message)
            self._answer_logout(message, now)
        elif kind == "2" and self.config.lax_resend_seq:
            self._count(message)
            self._asked_again(message, now)
            self._go_on(now)
        else:
            return False
        return True

    def _next(self, message: Message, fault: Fault | None, now: Ns) -> Message | None:
        """The message that is due."""
        self._count(message)
        if fault is None and message.poss_dup and message.msg_type != "4":
            fault = logon.wrong_duplicate(message)
        if fault is not None:
            if message.msg_type in ("A", "5"):
                self._end(fault.text, now)
            elif message.msg_type != "3":  # Two sides that reject each other's Rejects would not end.
                self._reject(message, fault, now)
                if fault.reason in _ENDS_SESSION:
                    self._end(fault.text, now, plain="")
            return None
        if message.msg_type in ADMIN:
            self._admin(message, now)
            return None
        return message

    # -- numbers

    def _count(self, message: Message) -> None:
        if message.seq == self.expected_seq:
            self.expected_seq += 1

    def _go_on(self, now: Ns, *, filled: bool = False) -> None:
        """After the expected number has moved: take what was held for it, ask for what is missing still."""
        gap = self.gap
        while not self.hangup and gap.holds(self.expected_seq):
            held = gap.take(self.expected_seq)
            if held is None:
                self.expected_seq += 1
            elif (message := self._next(held, held.fault, now)) is not None:
                self.ready.append(message)
        if gap.end:
            gap.moved(self.expected_seq, now, filled_to_end=filled and self.config.resend_open)
            self._ask(now)

    def _ahead(self, message: Message, fault: Fault | None, now: Ns, *, room: int | None = None) -> None:
        """Messages are missing before this one: ask for them once. `room` is for how many that are held."""
        wrong = logon.wrong_numbers(message.seq, self.expected_seq)
        if wrong is not None:
            self._end(wrong, now)
            return
        if message.msg_type == "5":
            self._answer_logout(message, now)
            return
        asks = message.msg_type == "2" and fault is None
        if asks and not self.gap.holds(message.seq):
            # Answered at once, or two sides that both miss messages would wait for each other.
            self._asked_again(message, now)
        self.gap.seen(message, self.config.hold if room is None else room, dealt_with=asks)
        self._ask(now)

    def _behind(self, message: Message, fault: Fault | None, now: Ns) -> None:
        if not message.poss_dup:
            self._end(logon.wrong_numbers(message.seq, self.expected_seq) or "", now)
            return
        wrong = logon.wrong_duplicate(message) if fault is None and message.msg_type != "4" else None
        if wrong is not None:
            self._reject(message, wrong, now)
            if wrong.reason in _ENDS_SESSION:
                self._end(wrong.text, now, plain="")

    def _ask(self, now: Ns) -> None:
        """Ask for what is missing, unless that has been done."""
        if self.gap.end and not self.hangup:
            wanted = self.gap.wanted(self.expected_seq, self.config, now)
            if wanted is not None:
                self.outgoing.admin("2", f"7={wanted[0]}\x0116={wanted[1]}\x01", now)

    def _sequence_reset(self, message: Message, now: Ns) -> None:
        """SequenceReset(4): where it fills a gap its MsgSeqNum counts, else only NewSeqNo(36) does."""
        new = int(message.get(36) or 0)
        text = ""
        if _resets(message):
            if new < self.expected_seq:
                text = f"NewSeqNo(36) {new} is below the expected {self.expected_seq}"
        elif new <= message.seq:
            text = f"NewSeqNo(36) {new} does not lead beyond MsgSeqNum(34) {message.seq}"
        if text:
            self._reject(message, logon.incorrect(36, text), now)
            return
        beyond = logon.wrong_numbers(new, self.expected_seq) if new > self.expected_seq else None
        if beyond is not None:
            self._end(beyond.replace("MsgSeqNum(34)", "NewSeqNo(36)"), now)
            return
        if _resets(message):
            self.gap.close()  # what came from beyond belongs to numbers that are given up
        self.expected_seq = max(self.expected_seq, new)

    def _reset_live(self, message: Message, now: Ns) -> None:
        """A Logon with ResetSeqNumFlag(141) on a session that is logged on: both sides begin at 1 again."""
        refusal = logon.check(message, self.config, logon_seq=0, reset_asked=self._reset_asked)
        if refusal is not None:
            self._end(refusal.text, now)
            return
        self._reset()
        self._count(message)
        if not self.config.initiator:
            self.pulse.interval_ns = int(message.get(108) or 0) * SECOND
        self._send_logon(reset=True, now=now)
        self.outgoing.send_carried(now)

    # -- the counterparty's admin messages

    def _admin(self, message: Message, now: Ns) -> None:
        match message.msg_type:
            case "0":
                self.pulse.answered(message.get(112), now)
            case "1":
                name = message.get(112)
                self.outgoing.admin("0", f"112={name}\x01" if name else "", now)
            case "2":
                self._asked_again(message, now)
            case "4":
                self._sequence_reset(message, now)
            case "5":
                self._answer_logout(message, now)
            case _:
                self._end("Logon(A) received while logged on", now)

    def _answer_logout(self, message: Message, now: Ns) -> None:
        self.said = message.get(58) or ""
        answers = self.state is State.LOGGING_OUT
        self._log_out("", Ns(now + self.config.logout_timeout_s * SECOND), now)
        if answers or self.config.hang_up_after_logout:
            self.hang_up()
        self.logged_out = True

    def _received_no_logon(self, message: Message, now: Ns) -> None:
        """Strangers get no answer; a counterparty that we called either refuses us or begins in the wrong way."""
        if self.config.initiator and self._identity.names(message):
            if message.msg_type == "5":
                self._count(message)
                self.said = message.get(58) or ""
            else:
                self._end("the first message must be a Logon(A)", now)
        self.hang_up()

    def _received_first(self, message: Message, fault: Fault | None, now: Ns) -> None:
        """The Logon. Nothing is reset before all that can be wrong with it has been looked at."""
        config = self.config
        if self.refusal:
            self._end(self.refusal, now)
            return
        asked = config.initiator and self._reset_asked
        fault = fault or logon.check(message, config, logon_seq=self._logon_seq, reset_asked=asked)
        if fault is not None:
            self._end(fault.text, now, plain="")
            return
        reset = message.get(141) == "Y"
        expected = 1 if reset or (config.reset_on_logon and not config.initiator) else self.expected_seq
        known = int(message.get(789) or 0) if config.next_expected and not reset else 0  # expected of us next
        ours = self._logon_seq + 1 if config.initiator else self.next_seq
        wrong = logon.wrong_numbers(message.seq, expected, known, ours)
        if wrong is not None:
            self._end(wrong, now)
        else:
            self._begin(message, reset=reset, known=known, now=now)

    def _begin(self, message: Message, *, reset: bool, known: int, now: Ns) -> None:
        """The Logon stands: answer it, and close the gaps it shows."""
        config = self.config
        if not config.initiator and (reset or config.reset_on_logon):
            self._reset()
            known = 0
        elif config.initiator and reset:
            self.expected_seq = 1
        self._count(message)
        self.state = State.ACTIVE
        self._was_active = self.outgoing.live = True
        if config.initiator:
            self._reset_next = False
            # What was sent while we waited has a number behind our Logon's: the counterparty sees no gap before it.
            last = self._logon_seq
        else:
            self.pulse.interval_ns = int(message.get(108) or 0) * SECOND
            last = self.next_seq
            self._send_logon(reset=reset, now=now)
        if 0 < known <= (last if config.initiator else last - 1):
            self.outgoing.again(known, last, now)  # over our Logon too, which came too early for them to count
        self.outgoing.release(last, now)
        self.outgoing.send_carried(now)
        if message.seq >= self.expected_seq:
            self.gap.seen(message, config.hold, dealt_with=True)
            if config.next_expected and message.get(789):
                self.gap.promised(now)
            self._ask(now)

    def _asked_again(self, message: Message, now: Ns) -> None:
        """ResendRequest(2)."""
        wrong = self.outgoing.asked(int(message.get(7) or 0), int(message.get(16) or 0), now)
        if isinstance(wrong, Fault):
            self._reject(message, wrong, now)
        elif wrong is not None:
            self._end(wrong, now)

    # -- our messages

    def _send_logon(self, *, reset: bool, now: Ns) -> None:
        body = logon.write(self.config, self.pulse.interval_ns // SECOND, reset=reset, expected=self.expected_seq)
        self.outgoing.admin("A", body, now)

    def _reject(self, message: Message, fault: Fault, now: Ns) -> None:
        types = self.reader.dictionary.fields[35].values
        if fault.reason is SessionRejectReason.INVALID_MSG_TYPE and message.msg_type in types:
            # FIX has the message, this dictionary does not: that is the application's refusal, not the session's.
            self.refuse(message, *UNSUPPORTED_TYPE, now)
        else:
            body = write_reject(message, fault, plain_text=self.config.plain_text)
            self.outgoing.admin("3", body, now, reverse_route(message) or None)

    def _log_out(self, text: str, deadline: Ns, now: Ns) -> None:
        """Say Logout, unless we have; a resend that went on ends there."""
        if self.state is not State.LOGGING_OUT:
            self.outgoing.admin("5", f"58={text}\x01" if text else "", now)
        self.outgoing.cut(now)
        self.state = State.LOGGING_OUT
        self._deadline = deadline

    def _end(self, text: str, now: Ns, *, plain: str | None = None) -> None:
        """The session cannot go on: say why, with `plain_text` in the words `plain`, and drop the connection."""
        if self.config.plain_text:
            text = without_tags(text) if plain is None else plain
        if text or self.state is not State.LOGGING_ON:
            self._log_out(text, now, now)
        self.hang_up()

    def hang_up(self) -> None:
        """Drop the connection, without a word."""
        self.hangup = True
        self.outgoing.live = False  # what is numbered from now on waits for the next connection


def _resets(message: Message) -> bool:
    """Whether it is a SequenceReset(4) that does not fill a gap: then its own number does not count."""
    return message.msg_type == "4" and message.get(123) != "Y"


_ENDS_SESSION: Final = frozenset({SessionRejectReason.COMP_ID_PROBLEM, SessionRejectReason.SENDING_TIME})
