"""The order state scenarios of FIX 4.4 Volume 4 and those of parents and their children, told as conversations.

A file a letter of "Order State Change Matrices"; a test's name begins with the id of its scenario, A_1_a for A.1.a.
`pytest -m conformance` runs just these and prints a verdict for each (tests/conformance.py).
`RULES` is the document that numbers what we answer; each conversation says which of its rules it shows.
"""

import re
from pathlib import Path

RULES = Path(__file__).resolve().parents[2] / "fixspecs" / "orders.md"

# What a conversation's venues need to hold a child for a while.
RESTING = "TargetStrategy=TWAP  NumSlices=1  Duration=3600  ChildTIF:CHAR=0"


def listed(cl_ord_id: str, place: int, *, side: str = "BUY", qty: int = 100, price: str = "100.10", link: str = "",
           more: str = "") -> str:  # fmt: skip
    """An order of a NewOrderList, its fields in the order that the standard gives them; `more` are those at the end."""
    linked = f"ClOrdLinkID={link}  " if link else ""
    terms = f"Symbol=ACME  Side={side}  OrderQty={qty}  OrdType=LIMIT  Price={price}"
    return f"ClOrdID={cl_ord_id}  ListSeqNo={place}  {linked}{terms}  {more}"


SCENARIOS = {
    "A.1.a": "Filled order",
    "A.1.b": "Part-filled day order, done for day",
    "B.1.a": "Cancel request for a zero-filled order",
    "B.1.b": "Cancel request for a part-filled order, executions while it is active",
    "B.1.c": "Cancel request for an order that is filled before it can be accepted",
    "B.1.d": "Cancel request for an order that is not acknowledged yet",
    "B.1.e": "The same, and the acknowledgement crosses the request",
    "B.1.f": "Cancel request for an unknown order",
    "C.1.a": "Zero-filled order, replace to increase the quantity",
    "C.1.b": "Part-filled order, replace to increase the quantity, execution while it is pending",
    "C.1.c": "Filled order, replace to increase the quantity",
    "C.2.a": "Replace not for quantity, rejected as a fill has occurred",
    "C.3.a": "Replace to decrease, to more than CumQty; then filled",
    "C.3.b": "Replace to decrease, to CumQty",
    "C.3.c": "Replace to decrease, to less than CumQty",
    "D.1.a": "A replace is accepted, then another one",
    "D.1.b": "A replace is rejected before it is pending, then another one is accepted",
    "D.1.c": "A replace is rejected after it was pending, then another one is accepted",
    "D.2.a": "A replace and at once another one, processed sequentially",
    "D.2.b": "A replace and at once another one, pending replaces before replaces",
    "D.2.c": "A replace and at once another one, both rejected",
    "D.2.d": "A replace and at once another one, rejected as the order is pending",
    "E.1.a": "Telephoned order",
    "E.1.b": "Unsolicited cancel of a part-filled order",
    "E.1.c": "Unsolicited replacement",
    "E.1.d": "Unsolicited reduction of the quantity",
    "E.1.e": "Unsolicited cancel of a cancel-if-not-best order",
    "E.1.f": "Order is held, then activated",
    "F.1.a": "Order rejected for a duplicate ClOrdID",
    "F.1.b": "PossResend and duplicate ClOrdID",
    "F.1.c": "Order rejected because it was submitted verbally",
    "G.1.a": "Status request for an unknown order",
    "G.1.b": "CMS: nothing done",
    "G.1.c": "Status requests during an order's life",
    "H.1.a": "GTC order part-filled, restated, part-filled the next day",
    "H.1.b": "GTC order and a 2:1 split",
    "H.1.c": "GTC order restated, then canceled",
    "H.1.d": "GTC order restated, then replaced to increase the quantity",
    "I.1.a": "Fill or kill order that cannot be filled",
    "I.1.b": "Immediate or cancel order that cannot be hit",
    "J.1.a": "Filled order, then correction and cancel of executions",
    "J.1.b": "Canceled order, then cancel of an execution and a new one",
    "J.1.c": "GTC order restated, corrections of both days' executions",
    "J.1.d": "Part-filled order, done for day, then correction and cancel of executions",
    "K.1.a": "Trading halt, reinstate",
    "K.1.b": "Trading halt, cancel",
    "L.1.a": "Guarantee of execution before the execution",
    "L.1.b": "CashOrderQty",
}

PARENT_AND_CHILD = {
    "P1": "Replace of the parent while a child is out",
    "P2": "Cancel of the parent while a child is filled",
    "P3": "A child is rejected",
    "P4": "A child expires, or is canceled though nobody asked",
    "P5": "A child's fill is busted after the parent was filled",
    "P6": "A venue disconnects with children open",
    "P7": "A venue fills more than it was sent",
    "P8": "A fill after the child was canceled",
    "P9": "A child is not acknowledged, then late",
    "P10": "An algo ends with children open",
    "P11": "Kill switch in mid-slice",
    "P12": "Crash between journal and wire",
    "P13": "An ExecID comes twice",
    "P14": "A child's fill turns the position",
}

# Told beside what they are about; the test's name has the id there too.
ELSEWHERE = {"P11": "tests/test_stops.py"}

_ID = re.compile(r"test_(?:([A-L])_([0-9])_([a-f])|(P[0-9]+))_")


def scenario_of(name: str) -> str | None:
    """The id of the scenario that a test of this name tells."""
    found = _ID.match(name)
    return found and (found[4] or f"{found[1]}.{found[2]}.{found[3]}")
