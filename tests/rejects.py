"""Writes `fixspecs/rejects.md` from the tables it is about: `python -m tests.rejects`."""

from pathlib import Path

from gateway.fix.faults import REASON_TEXT
from gateway.model.refusals import (
    DROP_COPY_ONLY,
    NO_ORD_TYPE,
    NO_ORDERS,
    REFUSALS,
    TOO_MANY,
    UNKNOWN_LIST,
    UNREADABLE,
    UNSUPPORTED_TYPE,
    WRONG_LIST_ID,
)

DOCUMENT = Path(__file__).resolve().parents[1] / "fixspecs" / "rejects.md"

_HEAD = """# Refusals

Written from the table in `gateway/model/refusals.py` by `python -m tests.rejects`. "You" are the client.

## Orders and requests

Text(58) begins with the code, and words for people follow. 103 is OrdRejReason of an ExecutionReport(8) or ListStatus(N),
102 is CxlRejReason of an OrderCancelReject(9), 532 is MassCancelRejectReason of an OrderMassCancelReport(r), 728 is
PosReqResult of a RequestForPositionsAck(AO), 88 is AllocRejCode of an AllocationInstructionAck(P). What is refused to
children only you never see; what stops trading is in the audit.

| code | answer | when |
|---|---|---|
"""
_MESSAGES = """
## Messages that are not for us

BusinessMessageReject(j), with BusinessRejectReason(380):

| 380 | Text(58) | when |
|---|---|---|
"""
_SESSION = """
## Messages that break the rules of the session

Reject(3), with SessionRejectReason(373); Text(58) says more, and RefTagID(371) where. A session with `plain_text` says
just these words, which are the standard's. session.md has the rules.

| 373 | Text(58) |
|---|---|
"""
_BUSINESS = {
    UNSUPPORTED_TYPE: "a message type that is not for us",
    DROP_COPY_ONLY: "whatever a drop copy's session asks for",
    TOO_MANY: "beyond `max_messages_per_s`",
    UNKNOWN_LIST: "ListExecute(L), ListCancelRequest(K) or ListStatusRequest(M) about no list of yours",
    WRONG_LIST_ID: "a NewOrderList(E)",
    NO_ORDERS: "a NewOrderList(E) whose NoOrders(73) is 0",
    NO_ORD_TYPE: "a NewOrderList(E)",
    (UNREADABLE, "it cannot be read: ..."): "rules of the reader are off, and what they let pass cannot be understood",
}


def document() -> str:
    text = _HEAD
    for code, row in REFUSALS.items():
        answers = [(103, row.order), (102, row.request), (532, row.mass), (728, row.position), (88, row.allocation)]
        said = ", ".join(f"{tag}={reason}" for tag, reason in answers if reason is not None)
        text += f"| {code} | {said or row.unsaid} | {row.when} |\n"
    text += _MESSAGES
    text += "".join(f"| {reason} | {said} | {when} |\n" for (reason, said), when in _BUSINESS.items())
    text += _SESSION
    return text + "".join(f"| {reason} | {words} |\n" for reason, words in REASON_TEXT.items())


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
