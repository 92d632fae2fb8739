"""Filled blocks that are given to accounts, and taken back."""

from typing import Any

import pytest

from gateway.model import SCALE
from gateway.model.positions import Accounting
from tests.conftest import clients, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states.test_positions import ASK, QUOTES

# What of AllocationInstruction(J) most conversations are not about.
USUAL = {
    "AllocTransType": "NEW",
    "AllocType": "CALCULATED",
    "AllocNoOrdersType": "1",
    "Side": "BUY",
    "Symbol": "ACME",
    "TradeDate": "20260105",
}


def bought(cl_ord_id: str, *fills: tuple[int, str], fee: str = "0", **terms: str) -> str:
    """An order of account BLOCK that ends as it is filled, in so many shares at that price."""
    said = "  ".join(f"{name}={value}" for name, value in ({"Account": "BLOCK"} | terms).items())
    qty = sum(qty for qty, _ in fills)
    lines = [
        f"client > NewOrderSingle   ClOrdID={cl_ord_id}  OrderQty={qty}  {said}",
        f"client < ExecutionReport  ClOrdID={cl_ord_id}  ExecType=NEW  OrderID=${cl_ord_id.lower()}",
        f"XLON   < NewOrderSingle   OrderQty={qty}  ClOrdID=$child_{cl_ord_id.lower()}",
    ]
    for number, (size, price) in enumerate(fills):
        lines += [
            f"XLON   > ExecutionReport  ExecType=TRADE  LastQty={size}  LastPx={price}  ExecID={cl_ord_id}{number}  "
            f"Commission={fee}  CommType=3",
            "client < ExecutionReport  ExecType=TRADE",
        ]
    return "\n".join([*lines, QUOTES])


def give(
    alloc_id: str, orders: str, quantity: int, avg_px: str, shares: dict[str, int], *, order_id: str = "", **more: str
) -> str:
    """AllocationInstruction(J) on the orders of these ClOrdIDs."""
    said = "  ".join(f"{name}={value}" for name, value in (USUAL | more).items())
    of = "  ".join(f"ClOrdID={cl_ord_id}" for cl_ord_id in orders.split())
    if order_id:
        of += f"  OrderID={order_id}"
    to = "  ".join(f"AllocAccount={account}  AllocQty={qty}" for account, qty in shares.items())
    return (
        f"client > AllocationInstruction  AllocID={alloc_id}  {said}  NoOrders={len(orders.split())}  {of}  "
        f"Quantity={quantity}  AvgPx={avg_px}  NoAllocs={len(shares)}  {to}\n"
    )


def answer(alloc_id: str, text: str = "", code: int = 7, status: int = 1) -> str:
    """AllocationInstructionAck(P): accepted, or refused with a text."""
    said = f"AllocStatus={status}  AllocRejCode={code}  Text~{text}" if text else "AllocStatus=0  -AllocRejCode"
    return f"client < AllocationInstructionAck  AllocID={alloc_id}  {said}\n"


def held(world: World) -> dict[str, tuple[Any, ...]]:
    """Shares, cost and fees of each account, as the last note on its position has them."""
    accounts = {}
    for note in world.notes("position"):
        qty, cost, _, fees = note["held"]
        accounts[note["account"]] = qty / SCALE, cost / SCALE**2, fees / SCALE
    return accounts


def codes(world: World) -> list[str]:
    return [note["code"] for note in world.notes("alert")]


@pytest.fixture
def block(world: World) -> World:
    """X, 100 shares at 100.05 on average and for a fee of 3."""
    world.converse(bought("X", (50, "100.00"), (50, "100.10"), fee="1.5"))
    return world


@rule("O-14.1", "O-14.2")
def test_a_filled_block_is_given_to_accounts_at_its_average_price(block: World) -> None:
    """Each has its part of the fees; the account of the block has nothing left."""
    block.converse(
        give("J1", "X", 100, "100.05", {"A": 70, "B": 30})
        + answer("J1")
        + f"""
        client > {ASK}  Account=A
        client < RequestForPositionsAck
        client < PositionReport   LongQty=70  Text~"fees 2.1"
        client > {ASK}  Account=BLOCK
        client < RequestForPositionsAck
        client < PositionReport   LongQty=0  Text="realised 0, net of fees 0, unrealised 0, fees 0"
        """
    )
    assert held(block) == {"BLOCK": (0, 0, 0), "A": (70, 7003.5, 2.1), "B": (30, 3001.5, 0.9)}


@rule("O-14.3")
def test_a_preliminary_allocation_is_worked_out_in_lots(world: World) -> None:
    """Pro rata to what the accounts wanted, by the largest remainder: 100 of 1000 in 7 : 2 : 1 with lots of 1."""
    world.converse(
        bought("X", (95, "100.00"))
        + give("J1", "X", 1000, "0", {"A": 665, "B": 225, "C": 110}, AllocType="PRELIMINARY")
        + answer("J1")
        + """
        client < AllocationReport  AllocID=J1  AllocTransType=NEW  AllocReportType=3  AllocStatus=0  ClOrdID=X  OrderID=$x  Quantity=95  AvgPx=100  NoAllocs=3  AllocAccount=A  AllocPrice=100  AllocQty=63  AllocAccount=B  AllocPrice=100  AllocQty=21  AllocAccount=C  AllocPrice=100  AllocQty=11  AllocReportID=$r
        client > AllocationReportAck  AllocReportID=$r  AllocID=J1  TransactTime=20260105-14:30:00  AllocStatus=0
        client > AllocationReportAck  AllocReportID=$r  AllocID=J1  TransactTime=20260105-14:30:00  AllocStatus=1  Text="not ours"
        """
    )
    assert held(world) == {"BLOCK": (0, 0, 0), "A": (63, 6300, 0), "B": (21, 2100, 0), "C": (11, 1100, 0)}
    assert codes(world) == ["CLIENT.ALLOC"]


@rule("O-14.1")
def test_several_orders_are_one_block(world: World) -> None:
    """Their average is exact where it has no end: 100.03333333."""
    world.converse(
        bought("X", (10, "100.00"))
        + bought("Y", (20, "100.05"))
        + give("J1", "X Y", 30, "100.0333", {"A": 15, "B": 15})
        + answer("J1", "ALLOC.PRICE", code=2)
        + give("J2", "X Y", 30, "100.0333", {"A": 15, "B": 15}, AvgPxPrecision="4")
        + answer("J2")
    )
    assert held(world) == {"BLOCK": (0, 0, 0), "A": (15, 1500.5, 0), "B": (15, 1500.5, 0)}


REFUSED = [
    (give("J1", "Z", 100, "100.05", {"A": 100}), "ALLOC.UNKNOWN", 12),
    (give("J1", "X X", 200, "100.05", {"A": 200}), "ALLOC.MISMATCH", 11),
    (give("J1", "X", 100, "100.05", {"A": 100}, Side="SELL"), "ALLOC.MISMATCH", 11),
    (give("J1", "X", 100, "100.05", {"A": 100}, order_id="other"), "ALLOC.ORDERID", 5),
    (give("J1", "X Y", 200, "100.05", {"A": 200}), "ALLOC.MISMATCH", 11),
    (give("J1", "W", 100, "100.05", {"A": 100}), "ALLOC.OPEN", 7),
    (give("J1", "X", 99, "100.05", {"A": 99}), "ALLOC.QTY", 1),
    (give("J1", "X", 100, "100.05", {"A": 99}), "ALLOC.SUM", 8),
    (give("J1", "X", 100, "100.05", {"A": 100, "B": 0}), "ALLOC.SUM", 8),
    (give("J1", "X", 100, "100.06", {"A": 100}), "ALLOC.PRICE", 2),
    (give("J1", "X", 100, "100.05", {"A": 100}, AvgPxPrecision="9"), "ALLOC.PRICE", 2),
    (give("J1", "X", 100, "0", {"A": 100}), "ALLOC.PRICE", 2),
    (give("J1", "X", 1000, "101", {"A": 1000}, AllocType="PRELIMINARY"), "ALLOC.PRICE", 2),
    (give("J1", "X", 100, "100.05", {"A": 100}, AllocType="5"), "ALLOC.TYPE", 7),
    (give("J1", "X", 100, "100.05", {"A": 100}, LastFragment="N"), "ALLOC.TYPE", 7),
    (give("J1", "X", 100, "100.05", {"A": 100}, AllocTransType="REPLACE", RefAllocID="J0"), "ALLOC.REF", 7),
    (give("J1", "X", 100, "100.05", {"A": 100}, AllocTransType="CANCEL"), "ALLOC.REF", 7),
]


@rule("O-14.4")
@pytest.mark.parametrize(("instruction", "text", "code"), REFUSED, ids=[row[1] for row in REFUSED])
def test_what_does_not_agree_with_the_orders_is_refused(block: World, instruction: str, text: str, code: int) -> None:
    """And nothing is booked. W is still open, Y was traded in another account."""
    block.converse(
        bought("Y", (100, "100.05"), Account="OTHER")
        + """
        client > NewOrderSingle   ClOrdID=W  OrderQty=100  Price=99.00
        client < ExecutionReport  ExecType=NEW
        """
    )
    before = block.notes("position")
    block.converse(instruction + answer("J1", text, code))
    assert block.notes("position") == before


@rule("O-14.4", "O-10.1")
def test_an_account_of_another_session_gets_nothing() -> None:
    """The answer names it: AllocStatus(87) 2, and IndividualAllocRejCode(776)."""
    world = make_world(clients=clients("CLIENT", "OTHER"), accounts={"B": Accounting(clients=("OTHER",))})
    world.converse(
        QUOTES
        + bought("X", (100, "100.00"))
        + give("J1", "X", 100, "100", {"A": 70, "B": 30})
        + """
        client < AllocationInstructionAck  AllocStatus=2  AllocRejCode=0  NoAllocs=1  AllocAccount=B  IndividualAllocRejCode=0
        """
        + f"other > {give('J1', 'X', 100, '100', {'A': 100}).removeprefix('client > ')}"
        + "other < AllocationInstructionAck  AllocStatus=1  AllocRejCode=12  Text~ALLOC.UNKNOWN\n"
    )


@rule("O-14.4")
def test_an_order_of_another_session_of_the_firm_is_that_sessions_to_give_away() -> None:
    """By its ClOrdID, which is the firm's, or by its OrderID."""
    world = make_world(clients=clients("CLIENT", "OTHER"), firms={"CLIENT": "F", "OTHER": "F"})
    world.converse(
        QUOTES
        + bought("X", (100, "100.00"))
        + f"other > {give('J1', 'X', 100, '100', {'A': 100}).removeprefix('client > ')}"
        + "other < AllocationInstructionAck  AllocStatus=1  AllocRejCode=12  Text~ALLOC.UNKNOWN\n"
        + f"other > {give('J1', 'X', 100, '100', {'A': 100}, order_id='$x').removeprefix('client > ')}"
        + "other < AllocationInstructionAck  AllocStatus=1  AllocRejCode=5   Text~ALLOC.ORDERID\n"
    )


@rule("O-14.1")
def test_the_day_after_an_order_is_named_with_its_order_id(block: World) -> None:
    """Its ClOrdID is free for another one by then."""
    block.converse(
        "+24h\n"
        + give("J1", "X", 100, "100.05", {"A": 100})
        + answer("J1", "ALLOC.UNKNOWN", code=12)
        + give("J1", "W", 100, "100.05", {"A": 100}, order_id="$x")
        + answer("J1", "ALLOC.ORDERID", code=5)
        + give("J1", "X", 100, "100.05", {"A": 100}, order_id="$x")
        + answer("J1")
    )


@rule("O-14.4")
def test_positions_that_an_order_closed_cannot_be_given_away() -> None:
    """In an account that hedges what it opened can; by its position, whatever else is held."""
    world = make_world(accounts={"BLOCK": Accounting(mode="hedging"), "A": Accounting(mode="hedging")})
    world.converse(
        QUOTES
        + bought("X", (60, "100.00"))
        + bought("Y", (60, "100.00"), Side="SELL", PositionEffect="CLOSE")
        + give("J1", "Y", 60, "100", {"A": 60}, Side="SELL")
        + answer("J1", "ALLOC.CLOSED")
        + bought("Z", (50, "100.00"))
        + bought("W", (40, "100.00"))
        + give("J2", "Z", 50, "100", {"A": 50})
        + answer("J2")
    )
    last = {(note["account"], note["position_id"]): note["held"][0] // SCALE for note in world.notes("position")}
    assert sorted(last.values()) == [0, 0, 40, 50]


@rule("O-14.5")
def test_an_order_is_allocated_once_and_an_instruction_is_carried_out_once(block: World) -> None:
    block.converse(
        give("J1", "X", 100, "100.05", {"A": 100})
        + answer("J1")
        + give("J1", "X", 100, "100.05", {"A": 100})
        + answer("J1", "ALLOC.DUPLICATE")
        + give("J1", "X", 100, "100.05", {"A": 100}, PossResend="Y")
        + answer("J1")
        + give("J2", "X", 100, "100.05", {"B": 100})
        + answer("J2", "ALLOC.TWICE")
    )
    assert held(block) == {"BLOCK": (0, 0, 0), "A": (100, 10005, 3)}


@rule("O-14.6")
def test_an_allocation_is_replaced_as_a_whole_and_canceled(block: World) -> None:
    """A replace that is refused leaves it as it was."""
    block.converse(
        give("J1", "X", 100, "100.05", {"A": 100})
        + answer("J1")
        + give("J2", "X", 100, "100.05", {"B": 90}, AllocTransType="REPLACE", RefAllocID="J1")
        + answer("J2", "ALLOC.SUM", code=8)
    )
    assert held(block)["A"] == (100, 10005, 3)
    block.converse(
        give("J2", "X", 100, "100.05", {"B": 90, "C": 10}, AllocTransType="REPLACE", RefAllocID="J1")
        + answer("J2")
        + give("J3", "X", 100, "100.05", {"B": 100}, AllocTransType="REPLACE", RefAllocID="J1")
        + answer("J3", "ALLOC.REF")
    )
    assert held(block) == {"BLOCK": (0, 0, 0), "A": (0, 0, 0), "B": (90, 9004.5, 2.7), "C": (10, 1000.5, 0.3)}
    block.converse(give("J4", "X", 100, "0", {"B": 1}, AllocTransType="CANCEL", RefAllocID="J2") + answer("J4"))
    assert held(block) == {"BLOCK": (100, 10005, 3), "A": (0, 0, 0), "B": (0, 0, 0), "C": (0, 0, 0)}
    assert [(note["alloc_id"], note["status"], note["by"]) for note in block.notes("allocation")] == [
        ("J1", "booked", ""), ("J1", "replaced", "J2"), ("J2", "booked", ""), ("J2", "canceled", "J4"),
    ]  # fmt: skip


UNDONE = "client < AllocationReport  AllocID=J1  AllocTransType=CANCEL  AllocCancReplaceReason=2  AllocReportType=4  Quantity=100  AllocAccount=A  AllocQty=70  AllocAccount=B  AllocQty=30\n"
CHANGES = [
    "XLON   > ExecutionReport  ClOrdID=$child_x  ExecType=TRADE_CANCEL  ExecRefID=X0  LeavesQty=0\n"
    "client < ExecutionReport  ExecType=TRADE_CANCEL\n",
    "XLON   > ExecutionReport  ClOrdID=$child_x  ExecType=TRADE_CORRECT  ExecRefID=X0  LastQty=50  LastPx=100.02\n"
    "client < ExecutionReport  ExecType=TRADE_CORRECT\n",
    "XLON   > ExecutionReport  ClOrdID=$child_x  ExecType=TRADE_CORRECT  ExecRefID=X0  LastQty=50  LastPx=100  "
    "Commission=7  CommType=3\nclient < ExecutionReport  ExecType=TRADE_CORRECT\n",
    "XLON   > ExecutionReport  ClOrdID=$child_x  ExecType=TRADE  LastQty=1  LastPx=100  ExecID=late\n"
    "client < ExecutionReport  ExecType=TRADE\n",
]
LEFT = [
    ("100.1", (50, 5005, 1.5)),
    ("100.06", (100, 10006, 3)),
    ("100.05", (100, 10005, 8.5)),
    ("100.04950495", (101, 10105, 3)),
]


@rule("O-14.7")
@pytest.mark.parametrize(
    ("change", "left"), list(zip(CHANGES, LEFT, strict=True)), ids=["bust", "price", "fee", "late fill"]
)
def test_an_allocation_of_fills_that_change_is_taken_back(
    block: World, change: str, left: tuple[str, tuple[int, ...]]
) -> None:
    """All of it, whatever changed; the order may be allocated anew."""
    block.converse(give("J1", "X", 100, "100.05", {"A": 70, "B": 30}) + answer("J1") + change + UNDONE)
    avg_px, facts = left
    assert held(block) == {"BLOCK": facts, "A": (0, 0, 0), "B": (0, 0, 0)}
    assert codes(block)[-1] == "ALLOC.UNDONE"
    if facts[0] < 100:  # what was busted may be had again until its client has enough
        block.converse("client > OrderCancelRequest  OrigClOrdID=X\nclient < ExecutionReport  ExecType=CANCELED")
    block.converse(give("J2", "X", facts[0], avg_px, {"B": facts[0]}) + answer("J2"))
    assert held(block) == {"BLOCK": (0, 0, 0), "A": (0, 0, 0), "B": facts}


@rule("O-14.7", "O-4.2")
def test_an_allocation_of_an_order_that_is_opened_again_is_taken_back(block: World) -> None:
    block.converse(
        give("J1", "X", 100, "100.05", {"A": 70, "B": 30})
        + answer("J1")
        + """
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=X  OrderQty=150
        """
        + UNDONE
        + """
        client < ExecutionReport  ExecType=REPLACED
        XLON   < NewOrderSingle   OrderQty=50
        """
    )
    assert held(block) == {"BLOCK": (100, 10005, 3), "A": (0, 0, 0), "B": (0, 0, 0)}


@rule("O-14.1")
def test_an_allocation_survives_a_restart(block: World) -> None:
    block.converse(
        give("J1", "X", 100, "100.05", {"A": 100})
        + answer("J1")
        + "restart\n"
        + give("J2", "X", 100, "100.05", {"B": 100})
        + answer("J2", "ALLOC.TWICE")
    )


@rule("O-14.4")
def test_an_order_that_closed_and_then_opened_has_nothing_to_give_away() -> None:
    """A replace said so between two fills: they are in two positions."""
    world = make_world(accounts={"BLOCK": Accounting(mode="hedging")})
    world.converse(
        QUOTES
        + bought("X", (60, "100.00"))
        + """
        client > NewOrderSingle             ClOrdID=Y  Side=SELL  OrderQty=60  Account=BLOCK  OrdType=LIMIT  Price=99.00  PositionEffect=CLOSE
        client < ExecutionReport            ExecType=NEW
        XLON   < NewOrderSingle
        XLON   > ExecutionReport            ExecType=TRADE  LastQty=20  LastPx=100
        client < ExecutionReport            ExecType=TRADE
        client > OrderCancelReplaceRequest  ClOrdID=Z  OrigClOrdID=Y  PositionEffect=OPEN
        client < ExecutionReport            ExecType=PENDING_REPLACE
        XLON   > ExecutionReport            ExecType=CANCELED
        client < ExecutionReport            ExecType=REPLACED
        XLON   quotes ACME 99.90x500 100.10x500
        XLON   < NewOrderSingle             OrderQty=40
        XLON   > ExecutionReport            ExecType=TRADE  LastPx=100
        client < ExecutionReport            ExecType=TRADE  OrdStatus=FILLED
        """
        + give("J1", "Z", 60, "100", {"A": 60}, Side="SELL")
        + answer("J1", "ALLOC.CLOSED")
    )
