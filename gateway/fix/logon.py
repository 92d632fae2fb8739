"""Whether a message comes from this session's counterparty at a plausible time, and whether a Logon may be accepted."""

from typing import Final

from gateway.fix.reader import Fault, Message, SessionRejectReason
from gateway.model.numbers import SECOND, Ns, parse_timestamp
from gateway.model.sessions import SessionConfig

MAX_SEQ_JUMP: Final = 1_000_000  # a MsgSeqNum further ahead than this is a mistake, not a gap


def incorrect(tag: int, text: str) -> Fault:
    return Fault(reason=SessionRejectReason.VALUE_INCORRECT, tag=tag, text=text)


class Identity:
    """Who both sides are, as every header has to say it."""

    def __init__(self, config: SessionConfig) -> None:
        self._target = config.target
        self._sender = config.sender
        self._tolerance = config.clock_tolerance_s * SECOND
        self._sending: str | None = None  # SendingTime(52) of the message before, and what it means
        self._sent_at = Ns(0)
        further = {
            50: config.target_sub,
            142: config.target_location,
            57: config.sender_sub,
            143: config.sender_location,
        }
        self._further = {tag: value for tag, value in further.items() if value}

    def names(self, message: Message) -> bool:
        """Whether the CompIDs, and the SubIDs and LocationIDs that are set, are ours."""
        return (
            message.get(49) == self._target
            and message.get(56) == self._sender
            and all(message.get(tag) == value for tag, value in self._further.items())
        )

    def check(self, message: Message, now: Ns) -> Fault | None:
        values, layout = message.values, message.layout
        if (
            values[layout.sender_at] != self._target
            or values[layout.target_at] != self._sender
            or (self._further and not self.names(message))
        ):
            return Fault(
                reason=SessionRejectReason.COMP_ID_PROBLEM,
                text="SenderCompID(49) and TargetCompID(56) are not this session's",
            )
        sending = values[layout.sending_at]
        if sending != self._sending:
            self._sending, self._sent_at = sending, parse_timestamp(sending or "")
        tolerance = self._tolerance
        if tolerance and not -tolerance <= now - self._sent_at <= tolerance:
            return Fault(
                reason=SessionRejectReason.SENDING_TIME,
                tag=52,
                text=f"SendingTime(52) is more than {tolerance // SECOND} s off",
            )
        return None


def wrong_duplicate(message: Message) -> Fault | None:
    """A message that says PossDupFlag(43)=Y has to say when it was sent first, and not later than now."""
    original, sending = message.get(122), message.get(52)
    if original is None:
        return Fault(reason=SessionRejectReason.REQUIRED_TAG_MISSING, tag=122, text="OrigSendingTime(122) is missing")
    if sending is not None and parse_timestamp(original) > parse_timestamp(sending):
        return Fault(
            reason=SessionRejectReason.SENDING_TIME,
            tag=122,
            text="OrigSendingTime(122) is later than SendingTime(52)",
        )
    return None


def check(message: Message, config: SessionConfig, *, logon_seq: int, reset_asked: bool) -> Fault | None:
    """What is wrong with a Logon(A), apart from its MsgSeqNum; `logon_seq` is that of ours, where we sent the first."""
    if message.get(98) != "0":
        return incorrect(98, "EncryptMethod(98) must be 0")
    heartbeat = int(message.get(108) or 0)
    least, most = config.min_heartbeat_s, config.max_heartbeat_s
    if not least <= heartbeat <= most and not config.initiator:
        return incorrect(108, f"HeartBtInt(108) must be between {least} and {most}")
    if message.get(141) == "Y":
        if message.seq != 1:
            return incorrect(34, "MsgSeqNum(34) must be 1 where ResetSeqNumFlag(141) is Y")
        if config.initiator and not reset_asked and logon_seq != 1:
            # Our numbers say what the counterparty may not have got; they are not given up unasked.
            return incorrect(141, "ResetSeqNumFlag(141) Y was not asked for")
        if not (config.initiator or config.accept_reset):
            return incorrect(141, "ResetSeqNumFlag(141) Y is not accepted here")
    return None


def wrong_numbers(seq: int, expected: int, known: int = 0, ours: int = 0) -> str | None:
    """Why the session ends there, if it does: MsgSeqNum(34) too low or no gap any more, 789 (`known`) beyond ours."""
    if seq < expected:
        return f"MsgSeqNum(34) too low, expecting {expected} but received {seq}"
    if seq > expected + MAX_SEQ_JUMP:
        return f"MsgSeqNum(34) {seq} is too far ahead of {expected}"
    if known > ours:
        return f"NextExpectedMsgSeqNum(789) too high, expecting {ours} but received {known}"
    return None


def write(config: SessionConfig, heartbeat_s: int, *, reset: bool, expected: int) -> str:
    """Our Logon(A); `expected` is the MsgSeqNum of the counterparty's next message."""
    body = f"98=0\x01108={heartbeat_s}\x01"
    if reset:
        body += "141=Y\x01"
    if config.next_expected:
        body += f"789={expected}\x01"
    return f"{body}553={config.username}\x01" if config.initiator and config.username else body
