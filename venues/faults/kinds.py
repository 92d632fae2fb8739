"""The faults that a venue can have: on which occasion each may happen, what it does, and by how much."""

from enum import StrEnum
from typing import Final

from msgspec import Struct


class Occasion(StrEnum):
    """What a fault happens to; in a script these are counted."""

    ORDER = "an order that comes"
    CANCEL = "a cancel request that comes"
    NEW = "an order that was accepted"
    CANCELED = "an order that was canceled as asked, with some of it open"
    FILL = "a fill"
    REPORT = "a report"
    REQUEST = "a request about orders that was dealt with"
    DATA = "a market data message"


class FaultKind(StrEnum):
    REJECT = "REJECT"
    LOST = "LOST"
    CANCEL_REJECT = "CANCEL_REJECT"
    CANCEL_LOST = "CANCEL_LOST"
    NO_ACK = "NO_ACK"
    UNSOLICITED_CANCEL = "UNSOLICITED_CANCEL"
    LATE_FILL = "LATE_FILL"
    PARTIAL_FILLS = "PARTIAL_FILLS"
    BUST = "BUST"
    CORRECT = "CORRECT"
    OVERFILL = "OVERFILL"
    DUPLICATE = "DUPLICATE"
    DELAY = "DELAY"
    OUT_OF_ORDER = "OUT_OF_ORDER"
    DISCONNECT = "DISCONNECT"
    HALF_OPEN = "HALF_OPEN"
    SEQUENCE_RESET = "SEQUENCE_RESET"
    THROTTLE_LOGOUT = "THROTTLE_LOGOUT"
    RESTART = "RESTART"
    RESTART_WITHOUT_MEMORY = "RESTART_WITHOUT_MEMORY"
    STALL = "STALL"
    STALE = "STALE"


class Spec(Struct, frozen=True):
    on: Occasion
    about: str
    usual: dict[str, int] = {}  # its parameters, and what they are where nothing is said


_O, _K = Occasion, FaultKind
SPECS: Final[dict[FaultKind, Spec]] = {
    _K.REJECT: Spec(_O.ORDER, "it is Rejected, OrdRejReason(103) 0"),
    _K.LOST: Spec(_O.ORDER, "it never was there: nothing is said, and whoever asks hears that it is not known"),
    _K.CANCEL_REJECT: Spec(_O.CANCEL, "OrderCancelReject(9) with CxlRejReason(102) 0, too late; the order goes on"),
    _K.CANCEL_LOST: Spec(_O.CANCEL, "nothing is done and nothing is said"),
    _K.NO_ACK: Spec(_O.NEW, "it is at work, but New is never said; what follows is"),
    _K.UNSOLICITED_CANCEL: Spec(_O.NEW, "it is Canceled though nobody asked, if open then", {"delay_ms": 500}),
    _K.LATE_FILL: Spec(_O.CANCELED, "what was open is filled after all, at the order's price", {"delay_ms": 500}),
    _K.PARTIAL_FILLS: Spec(_O.FILL, "it is told in so many parts, whole lots each", {"parts": 3}),
    _K.BUST: Spec(_O.FILL, "it is taken back by ExecType(150) H, and is not open again", {"delay_ms": 500}),
    _K.CORRECT: Spec(_O.FILL, "its price is corrected by ExecType G, up", {"delay_ms": 500, "ticks": 1}),
    _K.OVERFILL: Spec(
        _O.FILL, "all that is open is filled, and so many lots more, if it was not ended", {"delay_ms": 0, "lots": 10}
    ),
    _K.DUPLICATE: Spec(_O.REPORT, "it is said once more, with the same ExecID(17)", {"delay_ms": 0}),
    _K.DELAY: Spec(_O.REPORT, "it comes late, and so does what follows it", {"delay_ms": 500}),
    _K.OUT_OF_ORDER: Spec(_O.REPORT, "it comes late, and what follows it does not", {"delay_ms": 50}),
    _K.DISCONNECT: Spec(_O.REQUEST, "the connection breaks before the answer leaves"),
    _K.HALF_OPEN: Spec(_O.REQUEST, "the connection stands, but nothing comes through it any more, either way"),
    _K.SEQUENCE_RESET: Spec(_O.REQUEST, "the connection breaks; both MsgSeqNum(34) of the session are 1"),
    _K.THROTTLE_LOGOUT: Spec(_O.REQUEST, "Logout for too many messages, and no Logon for so long", {"for_ms": 2_000}),
    _K.RESTART: Spec(_O.REQUEST, "all connections break, and none stands for so long", {"for_ms": 2_000}),
    _K.RESTART_WITHOUT_MEMORY: Spec(
        _O.REQUEST, "the same; orders, ClOrdIDs and MsgSeqNums are forgotten", {"for_ms": 2_000}
    ),
    _K.STALL: Spec(_O.DATA, "nothing is shown for so long, then all of it at once", {"for_ms": 3_000}),
    _K.STALE: Spec(_O.DATA, "for so long everything is shown so late", {"for_ms": 3_000, "delay_ms": 1_000}),
}
LEAST: Final = {"delay_ms": 0, "for_ms": 1, "parts": 2, "lots": 1, "ticks": 1}
MOST: Final = {"delay_ms": 600_000, "for_ms": 3_600_000, "parts": 100, "lots": 1_000_000, "ticks": 1_000}


class Fault(Struct, frozen=True, kw_only=True):
    """One that happens. Of the amounts only those of its kind mean anything."""

    kind: FaultKind
    delay_ms: int = 0
    for_ms: int = 0
    parts: int = 0
    lots: int = 0
    ticks: int = 0


def of(occasion: Occasion) -> tuple[FaultKind, ...]:
    return tuple(kind for kind, spec in SPECS.items() if spec.on is occasion)
