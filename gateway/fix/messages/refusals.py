"""Messages that refuse another: Reject(3) and BusinessMessageReject(j)."""

import re

from gateway.fix.reader import REASON_TEXT, Fault, Message, SessionRejectReason

MAX_MSG_TYPE = 32  # a longer one is not repeated in the Reject


def write_reject(message: Message, fault: Fault, *, plain_text: bool) -> str:
    """Reject(3) about `message`; with `plain_text` in the standard's words, and as sparing as QuickFIX."""
    tag, text = fault.tag, fault.text
    if plain_text:
        if fault is not message.fault and fault.reason is not SessionRejectReason.REQUIRED_TAG_MISSING:
            tag = None  # what is wrong in the session and not in the message is pinned on no field
        text = REASON_TEXT[fault.reason]
    body = f"45={message.seq}\x01"
    if tag is not None:
        body += f"371={tag}\x01"
    if 0 < len(message.msg_type) <= MAX_MSG_TYPE:
        body += f"372={message.msg_type}\x01"
    return f"{body}373={fault.reason}\x0158={text}\x01"


def without_tags(text: str) -> str:
    """'MsgSeqNum(34) too low' as QuickFIX says it."""
    return _TAG.sub("", text)


_TAG = re.compile(r"\([0-9]+\)")


def write_business_reject(message: Message, reason: str, text: str, *, plain_text: bool = False) -> str:
    """BusinessMessageReject(j) about `message`; `reason` is BusinessRejectReason(380). Plain, it has no 379."""
    reference = message.get(_REFERENCES.get(message.msg_type, 11))
    told = f"379={reference}\x01" if reference and not plain_text else ""
    return f"45={message.seq}\x01372={message.msg_type}\x01{told}380={reason}\x0158={text}\x01"


# BusinessRejectRefID(379): the field by which the sender of a message knows it; ClOrdID(11) where nothing else is said.
_REFERENCES = {
    "6": 23, "7": 2, "B": 148, "C": 164, "E": 66, "J": 70, "K": 66, "L": 66, "M": 66, "N": 66, "P": 70, "Q": 37,
    "R": 131, "S": 117, "T": 214, "V": 262, "W": 262, "X": 262, "Y": 262, "Z": 117, "a": 117, "b": 117, "c": 320,
    "d": 320, "e": 324, "f": 324, "g": 335, "h": 335, "i": 117, "k": 390, "l": 390, "m": 66, "o": 513, "p": 513,
    "v": 320, "w": 320, "x": 320, "y": 320, "z": 320, "8": 17, "AA": 320, "AD": 568, "AE": 571, "AF": 584, "AG": 131,
    "AH": 644, "AI": 117, "AJ": 693, "AK": 664, "AL": 710, "AM": 721, "AN": 710, "AO": 721, "AP": 721, "AQ": 568,
    "AR": 571, "AS": 755, "AT": 755, "AU": 664, "AV": 777, "AW": 777, "AX": 894, "AY": 904, "AZ": 904, "BA": 908,
    "BB": 894, "BC": 923, "BD": 923, "BE": 923, "BF": 923, "BG": 909,
}  # fmt: skip
