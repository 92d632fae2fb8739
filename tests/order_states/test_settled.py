"""Children whose venues cannot tell what became of them, and operators who can."""

import pytest

from tests.conftest import lots, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import RESTING

OUT = f"""
    client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=100.10  {RESTING}
    client < ExecutionReport  ClOrdID=X  ExecType=NEW  OrderID=$order
    XLON   < NewOrderSingle   OrderQty=100  ClOrdID=$child
    XLON   > ExecutionReport  ExecType=NEW
"""
FORGOTTEN = """
    XLON   > disconnect
    XLON   > connect
    XLON   < OrderStatusRequest  ClOrdID=$child
    XLON   > ExecutionReport     ExecType=ORDER_STATUS  OrdStatus=REJECTED  OrdRejReason=5
"""
SETTLED = 'operator settle-child  order=$order  child=$child  became=canceled  why="asked on the phone"'


def codes(world: World) -> list[str]:
    return [note["code"] for note in world.notes("alert")]


def error(world: World) -> str | None:
    return world.node.command_error  # type: ignore[attr-defined, no-any-return]


@rule("O-5.11")
def test_what_a_forgotten_child_reserved_is_its_orders_again(world: World) -> None:
    """It leaves anew, past the governor too; nothing is in doubt after a restart."""
    world.converse(
        OUT
        + FORGOTTEN
        + "BATE quotes ACME 99.90x300 100.10x300\n"
        + SETTLED
        + """
        BATE   < NewOrderSingle      OrderQty=100
        restart
        BATE   < OrderStatusRequest
        BATE   > ExecutionReport     ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport     ExecType=TRADE  OrdStatus=FILLED  CumQty=100
        """
    )
    assert codes(world) == ["CHILD.UNKNOWN_THERE"]
    (order,) = world.notes("parent")
    (note,) = world.notes("settled")
    assert (note["order_id"], note["child"], note["who"]) == (order["order_id"], f"{order['order_id']}-1", "operator")
    assert (note["why"], note["before"], note["after"]) == ("asked on the phone", "0 of 100 filled", "canceled")


@rule("O-5.11")
def test_a_cancel_that_waited_for_a_forgotten_child_is_carried_out(world: World) -> None:
    world.converse(
        OUT
        + FORGOTTEN
        + """
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ExecType=PENDING_CANCEL
        XLON   < OrderCancelRequest
        """
        + SETTLED
        + """
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=CANCELED  CumQty=0  LeavesQty=0
        """
    )


@rule("O-5.11")
def test_a_fill_that_its_venue_has_not_reported_is_booked_and_told(world: World) -> None:
    """The rest stays reserved until somebody says what became of that."""
    world.converse(
        OUT
        + FORGOTTEN
        + """
        operator settle-child  order=$order  child=$child  became=filled  qty=40  price=100.05  why=called
        client < ExecutionReport     ExecType=TRADE  OrdStatus=PARTIALLY_FILLED  CumQty=40  LeavesQty=60  LastQty=40  LastPx=100.05  LastMkt=XLON
        """
        + SETTLED
        + """
        BATE   < NewOrderSingle      OrderQty=60
        """
    )
    assert world.notes("position")[-1]["held"][0] == lots(40)


@rule("O-5.11")
def test_fills_that_make_a_child_whole_end_it(world: World) -> None:
    """Here the venue has said that it filled 70 before it canceled the rest, and reported 30 of these."""
    world.converse(
        OUT
        + """
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=30  LastPx=100.10
        client < ExecutionReport     CumQty=30
        XLON   > ExecutionReport     ExecType=CANCELED  CumQty=70  LeavesQty=0
        XLON   < OrderStatusRequest  ClOrdID=$child
        operator settle-child  order=$order  child=$child  became=filled  qty=40  price=100.05  why=called
        client < ExecutionReport     ExecType=TRADE  CumQty=70  LeavesQty=30  LastQty=40
        XLON   < NewOrderSingle      OrderQty=30
        """
    )


@rule("O-5.12", "O-5.6")
def test_what_a_venue_fills_after_all_is_booked_and_flagged(world: World) -> None:
    world.converse(
        OUT
        + FORGOTTEN
        + SETTLED
        + """
        BATE   < NewOrderSingle      OrderQty=100
        XLON   > ExecutionReport     ExecType=TRADE  ClOrdID=$child  LastQty=20  LastPx=100.10
        client < ExecutionReport     ExecType=TRADE  CumQty=20  LeavesQty=80
        BATE   > ExecutionReport     ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport     ExecType=TRADE  OrdStatus=FILLED  CumQty=120  LeavesQty=0
        """
    )
    assert codes(world) == ["CHILD.UNKNOWN_THERE", "CHILD.LATE_FILL"]


@rule("O-5.12", "O-5.8")
def test_a_fill_that_was_said_with_its_exec_id_counts_once(world: World) -> None:
    world.converse(
        OUT
        + FORGOTTEN
        + """
        operator settle-child  order=$order  child=$child  became=filled  qty=100  price=100.10  exec_id=E7  why=called
        client < ExecutionReport     ExecType=TRADE  OrdStatus=FILLED
        XLON   > ExecutionReport     ExecType=TRADE  ExecID=E7  ClOrdID=$child  LastQty=100  LastPx=100.10
        """
    )
    assert codes(world) == ["CHILD.UNKNOWN_THERE"]


@rule("O-5.11")
def test_an_order_that_stands_still_for_another_reason_too_does_not_go_on() -> None:
    world = make_world()
    world.converse(
        """
        XLON   quotes ACME 99.90x500 100.10x500
        BATE   quotes ACME 99.90x300 100.10x300
        """
        + OUT
        + """
        XLON   > ExecutionReport     ExecType=TRADE  ExecID=E1  LastQty=10  LastPx=100.10
        client < ExecutionReport     CumQty=10
        XLON   > ExecutionReport     ExecType=TRADE  ExecID=E1  LastQty=20  LastPx=100.10
        XLON   < DontKnowTrade       ExecID=E1
        """
        + FORGOTTEN
        + SETTLED
    )
    assert codes(world) == ["CHILD.EXEC_ID", "CHILD.UNKNOWN_THERE"]


@rule("O-5.11")
def test_of_a_child_whose_venue_knows_it_nobody_else_says_what_became(world: World) -> None:
    """Nor while the venue's answer to a question stands; where the venue has gone, somebody may."""
    world.converse(OUT + SETTLED)
    refused = error(world)
    assert refused is not None and refused.endswith("XLON is here, and has said how it stands")
    world.converse(
        """
        XLON   > disconnect
        XLON   > connect
        XLON   < OrderStatusRequest
        XLON   > ExecutionReport     ExecType=ORDER_STATUS  OrdStatus=NEW
        """
    )
    (order,) = world.notes("parent")
    told = {"order": order["order_id"], "child": f"{order['order_id']}-1", "became": "canceled", "why": "called"}
    world.command("settle-child", **told)
    assert error(world) == refused
    world.converse("XLON > disconnect")
    world.command("settle-child", **told)
    assert error(world) is None
    world.converse("BATE < NewOrderSingle OrderQty=100")


@rule("O-5.11")
def test_a_venue_that_never_answers_for_a_child_leaves_it_to_an_operator(world: World) -> None:
    """Nor is it taken for a venue that answered: what a person says is not how well the venue serves us."""
    world.converse(
        OUT
        + """
        XLON   > disconnect
        XLON   > connect
        XLON   < OrderStatusRequest
        +60s
        """
        + SETTLED
        + """
        BATE   < NewOrderSingle      OrderQty=100
        """
    )
    xlon, _ = world.node.venue_statistics()  # type: ignore[attr-defined]
    assert (xlon.answers, xlon.rests) == (1, 0)


@rule("O-5.11")
@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        ({"why": " "}, "settle-child: why is not said"),
        ({"order": "NONE"}, "no order has the OrderID(37) NONE"),
        ({"child": "{}-2"}, "{} has no child {}-2 at a venue"),
        ({"became": "lost"}, "settle-child: became is canceled or filled"),
        ({"qty": "", "price": "100"}, "settle-child: '' is not a number of at most 12 digits and 8 decimals"),
        ({"qty": "0", "price": "100"}, "a fill has a quantity and a price above zero"),
        ({"qty": "91", "price": "100"}, "of {}-1 90 is not filled, and no more"),
        ({"qty": "1", "price": "100.11"}, "XLON fills nothing beyond its Price(44) 100.1"),
        ({"qty": "1", "price": "100", "exec_id": "E1"}, "ExecID(17) E1 is booked already"),
        ({"qty": "1", "price": "100", "exec_id": "E\x01"}, "an ExecID(17) has printable ASCII characters"),
    ],
)
def test_what_cannot_have_become_of_it_changes_nothing(world: World, arguments: dict[str, str], refused: str) -> None:
    filled = """
        XLON   > ExecutionReport     ExecType=TRADE  ExecID=E1  LastQty=10  LastPx=100.10
        client < ExecutionReport     CumQty=10
    """
    world.converse(OUT + filled + FORGOTTEN)
    order_id = world.notes("parent")[0]["order_id"]
    became = "filled" if "qty" in arguments else "canceled"
    usual = {"order": order_id, "child": "{}-1", "became": became, "why": "called"}
    told = {name: value.replace("{}", order_id) for name, value in (usual | arguments).items()}
    world.command("settle-child", **told)
    assert error(world) == refused.replace("{}", order_id)
    assert not world.client().inbox and not world.notes("settled")
