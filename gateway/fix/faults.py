"""What a peer can do wrong on the session level, in the words of Reject(3)."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from gateway.fix.dictionary import Dictionary


class SessionRejectReason(StrEnum):  # SessionRejectReason(373)
    INVALID_TAG = "0"  # no number, or one that nobody knows; "3", Undefined Tag, is what nobody expects (case 14a)
    REQUIRED_TAG_MISSING = "1"
    TAG_NOT_DEFINED_FOR_MESSAGE = "2"
    TAG_WITHOUT_VALUE = "4"
    VALUE_INCORRECT = "5"
    INCORRECT_FORMAT = "6"
    COMP_ID_PROBLEM = "9"
    SENDING_TIME = "10"
    INVALID_MSG_TYPE = "11"
    TAG_REPEATED = "13"
    TAG_OUT_OF_ORDER = "14"
    GROUP_OUT_OF_ORDER = "15"
    INCORRECT_GROUP_COUNT = "16"
    DELIMITER_IN_VALUE = "17"
    OTHER = "99"


REASON_TEXT: Final = {  # the standard's words for each
    SessionRejectReason.INVALID_TAG: "Invalid tag number",
    SessionRejectReason.REQUIRED_TAG_MISSING: "Required tag missing",
    SessionRejectReason.TAG_NOT_DEFINED_FOR_MESSAGE: "Tag not defined for this message type",
    SessionRejectReason.TAG_WITHOUT_VALUE: "Tag specified without a value",
    SessionRejectReason.VALUE_INCORRECT: "Value is incorrect (out of range) for this tag",
    SessionRejectReason.INCORRECT_FORMAT: "Incorrect data format for value",
    SessionRejectReason.COMP_ID_PROBLEM: "CompID problem",
    SessionRejectReason.SENDING_TIME: "SendingTime accuracy problem",
    SessionRejectReason.INVALID_MSG_TYPE: "Invalid MsgType",
    SessionRejectReason.TAG_REPEATED: "Tag appears more than once",
    SessionRejectReason.TAG_OUT_OF_ORDER: "Tag specified out of required order",
    SessionRejectReason.GROUP_OUT_OF_ORDER: "Repeating group fields out of order",
    SessionRejectReason.INCORRECT_GROUP_COUNT: "Incorrect NumInGroup count for repeating group",
    SessionRejectReason.DELIMITER_IN_VALUE: 'Non "data" value includes field delimiter (SOH character)',
    SessionRejectReason.OTHER: "Other",
}


class Fault(Struct, frozen=True, gc=False, kw_only=True):
    """What the peer did wrong, as Reject(3) says it."""

    reason: SessionRejectReason
    text: str
    tag: int | None = None  # RefTagID(371)

    @classmethod
    def of(cls, dictionary: Dictionary, reason: SessionRejectReason, tag: int, what: str) -> "Fault":
        """Of the field `tag`, which the text names as Field(tag)."""
        return cls(reason=reason, tag=tag, text=f"{name_of(dictionary, tag)} {what}")


def name_of(dictionary: Dictionary, tag: int) -> str:
    field = dictionary.fields.get(tag)
    return f"{field.name}({tag})" if field else f"Tag({tag})"
