"""What a client says by telephone, and an operator does for it."""

import msgspec
import pytest

from gateway.oms.telephone import REMEMBERED
from tests.conftest import SETTINGS, clients, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import RESTING, listed

(USUAL,) = clients("CLIENT")
AT_WORK = f"""
    client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=100.10  {RESTING}
    client < ExecutionReport  ClOrdID=X  ExecType=NEW  OrderID=$order
    XLON   < NewOrderSingle   OrderQty=100
"""


def error(world: World) -> str | None:
    """Why the last command could not be carried out."""
    return world.node.command_error  # type: ignore[attr-defined, no-any-return]


@rule("O-19.1")
def test_E_1_a_an_order_by_telephone_is_reported_without_a_client_order_id(world: World) -> None:
    world.converse(
        """
        operator enter-order  client=CLIENT  side=BUY  symbol=ACME  qty=100  account=A-1  why="asked by telephone"
        client < ExecutionReport  -ClOrdID  ExecType=NEW    OrdStatus=NEW               Account=A-1  Side=BUY  OrderQty=100  CumQty=0    LeavesQty=100  OrdType=MARKET
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=20  LastPx=100.10
        client < ExecutionReport  -ClOrdID  ExecType=TRADE  OrdStatus=PARTIALLY_FILLED  CumQty=20   LeavesQty=80   LastQty=20
        restart
        XLON   < OrderStatusRequest
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport  -ClOrdID  ExecType=TRADE  OrdStatus=PARTIALLY_FILLED  CumQty=30   LeavesQty=70   LastQty=10
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=70  LastPx=100.10
        client < ExecutionReport  -ClOrdID  ExecType=TRADE  OrdStatus=FILLED            CumQty=100  LeavesQty=0    LastQty=70
        """
    )
    assert error(world) is None
    assert world.notes("telephone") == [
        {
            "order_id": world.notes("parent")[0]["order_id"],
            "client": "CLIENT",
            "what": "enter-order",
            "who": "operator",
            "why": "asked by telephone",
            "before": "",
            "after": f"{world.notes('parent')[0]['order_id']}: BUY 100 ACME",
        }
    ]


@rule("O-19.1")
def test_requests_name_an_order_by_telephone_by_its_order_id(world: World) -> None:
    """From the first replace on it has a ClOrdID(11) of its client's."""
    world.converse(
        """
        operator enter-order  client=CLIENT  side=BUY  symbol=ACME  qty=100  price=99  why=called
        client < ExecutionReport            -ClOrdID  ExecType=NEW  OrderID=$order
        client > OrderStatusRequest         OrderID=$order  ClOrdID=any  Symbol=ACME  Side=BUY
        client < ExecutionReport            -ClOrdID  ExecType=ORDER_STATUS  OrdStatus=NEW
        client > OrderCancelReplaceRequest  ClOrdID=Y  OrigClOrdID=$order  OrderQty=50  OrdType=LIMIT  Price=99
        client < ExecutionReport            ClOrdID=Y  OrigClOrdID=$order  ExecType=REPLACED  OrderQty=50
        client > OrderCancelRequest         ClOrdID=Z  OrigClOrdID=Y
        client < ExecutionReport            ClOrdID=Z  OrigClOrdID=Y  ExecType=CANCELED
        """
    )


@rule("O-19.1")
def test_another_clients_order_may_be_called_as_one_by_telephone_is() -> None:
    world = make_world(clients=clients("CLIENT", "OTHER"))
    world.converse(
        """
        XLON   quotes ACME 99.90x500 100.10x500
        operator enter-order  client=CLIENT  side=BUY  symbol=ACME  qty=100  price=99  why=called
        client < ExecutionReport  -ClOrdID  OrderID=$order
        other  > NewOrderSingle   ClOrdID=$order  OrderQty=100  OrdType=LIMIT  Price=99
        other  < ExecutionReport  ClOrdID=$order  ExecType=NEW
        """
    )


@rule("O-19.1")
@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        ({"client": "NOBODY"}, "NOBODY is no client's session"),
        ({"client": "XLON"}, "XLON is no client's session"),
        ({"symbol": "NOPE"}, "RISK.SYMBOL Symbol(55) NOPE is not traded here"),
        ({"qty": "100001"}, "RISK.QTY OrderQty(38) 100001 is above 100000"),
        ({"qty": "1e3"}, "enter-order: '1e3' is not a number of at most 12 digits and 8 decimals"),
        ({"qty": ""}, "RISK.LOT OrderQty(38) 0 is not a multiple of 1 from 1 on"),
        ({"price": "200"}, "RISK.COLLAR Price(44) 200 is more than 500 bps through 100.1"),
        ({"side": "SELL_SHORT"}, "enter-order: side is one of BUY, SELL, time_in_force of DAY, GTC, IOC, FOK"),
        ({"time_in_force": "GTD"}, "enter-order: side is one of BUY, SELL, time_in_force of DAY, GTC, IOC, FOK"),
        ({"account": "A\x0144=1"}, "enter-order: an account has printable ASCII characters"),
        ({"why": " "}, "enter-order: why is not said"),
    ],
)
def test_an_order_that_is_not_taken_is_the_operators_to_explain(
    world: World, arguments: dict[str, str], refused: str
) -> None:
    """The client hears nothing, and there is no order."""
    usual = {"client": "CLIENT", "side": "BUY", "symbol": "ACME", "qty": "100", "why": "called"}
    world.command("enter-order", **usual | arguments)
    assert error(world) == refused
    assert not world.client().inbox and not world.notes("parent") and not world.notes("telephone")
    assert [note["text"] for note in world.notes("risk")] == [refused] * refused.startswith("RISK")


@rule("O-19.2")
def test_an_order_by_telephone_stays_when_the_connection_is_lost() -> None:
    """Another order of the same session does not."""
    world = make_world(clients=(msgspec.structs.replace(USUAL, cancel_on_disconnect_s=10),))
    world.converse(
        """
        XLON   quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=99
        client < ExecutionReport  ClOrdID=X  ExecType=NEW
        client > disconnect
        operator enter-order  client=CLIENT  side=BUY  symbol=ACME  qty=50  price=99  why="their line is down"
        +10s
        client > connect
        client < ExecutionReport  -ClOrdID   ExecType=NEW       OrderQty=50
        client < ExecutionReport  ClOrdID=X  ExecType=CANCELED
        """
    )


@rule("O-19.3")
def test_E_1_c_an_order_is_replaced_without_a_request(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=99
        client < ExecutionReport  ClOrdID=X  ExecType=NEW       OrdStatus=NEW               OrderQty=100  CumQty=0   LeavesQty=100  OrderID=$order
        operator replace-order  order=$order  qty=110  why="more, by telephone"
        client < ExecutionReport  ClOrdID=X  -OrigClOrdID  ExecType=RESTATED  OrdStatus=NEW  ExecRestatementReason=VERBAL_CHANGE  OrderQty=110  CumQty=0  LeavesQty=110  Price=99
        operator replace-order  order=$order  price=100.10  why="and now"
        client < ExecutionReport  ClOrdID=X  -OrigClOrdID  ExecType=RESTATED  OrdStatus=NEW  ExecRestatementReason=VERBAL_CHANGE  OrderQty=110  CumQty=0  LeavesQty=110  Price=100.10
        XLON   < NewOrderSingle   OrderQty=110
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE     OrdStatus=PARTIALLY_FILLED  OrderQty=110  CumQty=10  LeavesQty=100  LastQty=10
        XLON   > ExecutionReport  ExecType=CANCELED
        BATE   < NewOrderSingle   OrderQty=100
        BATE   > ExecutionReport  ExecType=CANCELED
        operator replace-order  order=$order  qty=120  why="still more"
        client < ExecutionReport  ClOrdID=X  -OrigClOrdID  ExecType=RESTATED  OrdStatus=PARTIALLY_FILLED  ExecRestatementReason=VERBAL_CHANGE  OrderQty=120  CumQty=10  LeavesQty=110
        restart
        """
    )
    noted = [(note["before"], note["after"], note["why"]) for note in world.notes("telephone")]
    assert noted == [
        ("BUY 100 ACME at 99", "BUY 110 ACME at 99", "more, by telephone"),
        ("BUY 110 ACME at 99", "BUY 110 ACME at 100.1", "and now"),
        ("BUY 110 ACME at 100.1", "BUY 120 ACME at 100.1", "still more"),
    ]


@rule("O-19.3")
def test_an_order_is_what_it_was_until_its_children_are_back(world: World) -> None:
    """A fill meanwhile has its old terms and no pending status; a request meanwhile comes after it."""
    world.converse(
        AT_WORK
        + """
        operator replace-order  order=$order  qty=80  price=100  why=less
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport     ClOrdID=X  ExecType=TRADE  OrdStatus=PARTIALLY_FILLED  OrderQty=100  Price=100.10  CumQty=10  LeavesQty=90
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=PENDING_CANCEL  OrdStatus=PENDING_CANCEL
        restart
        XLON   < OrderStatusRequest
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=X  ExecType=RESTATED  OrdStatus=PENDING_CANCEL  OrderQty=80  Price=100
        client < ExecutionReport     ClOrdID=Y  OrigClOrdID=X  ExecType=CANCELED  OrdStatus=CANCELED  CumQty=10
        """
    )


@rule("O-19.3")
def test_an_order_that_is_filled_first_is_not_changed_and_somebody_is_told(world: World) -> None:
    world.converse(
        AT_WORK
        + """
        operator replace-order  order=$order  price=99  why=cheaper
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport     ClOrdID=X  ExecType=TRADE  OrdStatus=FILLED  Price=100.10
        """
    )
    assert [note["code"] for note in world.notes("alert")] == ["TELEPHONE.LATE"]
    (order,) = world.notes("parent")
    assert world.node.desk.guard.exposure.owner(order["order_id"]) is None, "it counts for nothing any more"  # type: ignore[attr-defined]


@rule("O-19.3")
def test_what_is_filled_by_then_stays_filled(world: World) -> None:
    """OrderQty below CumQty is CumQty, as in a replace; more than is open keeps the order open."""
    world.converse(
        AT_WORK
        + """
        operator replace-order  order=$order  qty=50  why=less
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=60  LastPx=100.10
        client < ExecutionReport     ClOrdID=X  CumQty=60  LeavesQty=40
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=X  ExecType=RESTATED  OrdStatus=FILLED  OrderQty=60  CumQty=60  LeavesQty=0
        """
    )


@rule("O-19.3")
def test_new_terms_count_from_the_call_on() -> None:
    """While its children come back the order counts for whichever terms are more, and afterwards for those it has."""
    limits = {"client=CLIENT": msgspec.structs.replace(SETTINGS.limits["ACME"], max_open_gross=20_000 * 10**8)}
    world = make_world(scoped_limits=dict(SETTINGS.scoped_limits) | limits)
    world.converse(
        "XLON quotes ACME 99.90x500 100.10x500\n"
        + AT_WORK
        + """
        operator replace-order  order=$order  qty=150  why=more
        XLON   < OrderCancelRequest
        client > NewOrderSingle   ClOrdID=Z  OrderQty=50  OrdType=LIMIT  Price=100
        client < ExecutionReport  ClOrdID=Z  ExecType=REJECTED  Text~RISK.GROSS
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100
        client < ExecutionReport  ClOrdID=X  ExecType=TRADE     OrdStatus=FILLED  OrderQty=100
        client < ExecutionReport  ClOrdID=X  ExecType=RESTATED  OrdStatus=PARTIALLY_FILLED  OrderQty=150  LeavesQty=50
        XLON   < NewOrderSingle   OrderQty=50
        """
    )


@rule("O-19.3")
@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        ({"qty": "100001"}, "RISK.QTY OrderQty(38) 100001 is above 100000"),
        ({"price": "200"}, "RISK.COLLAR Price(44) 200 is more than 500 bps through 100.1"),
        ({"qty": "9"}, "of {} 10 is filled already"),
        ({"qty": "0"}, "of {} 10 is filled already"),
        ({}, "replace-order: neither qty nor price is said"),
        ({"qty": "-1"}, "replace-order: '-1' is negative"),
        ({"order": "X", "qty": "50"}, "no order has the OrderID(37) X"),
        ({"why": "", "qty": "50"}, "replace-order: why is not said"),
    ],
)
def test_terms_that_are_not_taken_change_nothing(world: World, arguments: dict[str, str], refused: str) -> None:
    world.converse(
        AT_WORK
        + """
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport  CumQty=10
        """
    )
    order_id = world.notes("parent")[0]["order_id"]
    world.command("replace-order", **{"order": order_id, "why": "called"} | arguments)
    assert error(world) == refused.format(order_id)
    assert not world.client().inbox and not world.notes("telephone")


@rule("O-19.3")
def test_a_market_order_gets_no_limit_and_a_request_is_waited_for(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderSingle      ClOrdID=X  OrderQty=100  OrdType=MARKET  {RESTING}
        client < ExecutionReport     ClOrdID=X  ExecType=NEW  OrderID=$order
        XLON   < NewOrderSingle      OrderQty=100
        operator replace-order  order=$order  price=99  why=called
        """
    )
    order_id = world.notes("parent")[0]["order_id"]
    assert error(world) == f"{order_id} has no Price(44)"
    world.converse(
        """
        client > OrderCancelRequest  ClOrdID=Y  OrigClOrdID=X
        client < ExecutionReport     ExecType=PENDING_CANCEL
        XLON   < OrderCancelRequest
        operator replace-order  order=$order  qty=90  why=called
        """
    )
    assert error(world) == f"{order_id} waits for an earlier request to be carried out"


@rule("O-19.3", "O-16.3")
def test_an_order_that_a_list_lowered_keeps_what_it_was_lowered_to(world: World) -> None:
    """Another price by telephone asks for no more than is left."""
    orders = f"{listed('A', 1, price='99')}  {listed('B', 2, price='100.10')}"
    world.converse(
        f"""
        client > NewOrderList     ListID=L  ContingencyType=3  NoOrders=2  {orders}
        client < ListStatus       ListStatusType=ACK
        client < ExecutionReport  ClOrdID=A  ExecType=NEW  OrderID=$order
        client < ExecutionReport  ClOrdID=B  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=40  LastPx=100.10
        client < ExecutionReport  ClOrdID=B  CumQty=40
        client < ExecutionReport  ClOrdID=A  ExecType=RESTATED  OrderQty=60
        operator replace-order  order=$order  price=98  why=cheaper
        client < ExecutionReport  ClOrdID=A  ExecType=RESTATED  ExecRestatementReason=VERBAL_CHANGE  OrderQty=60  Price=98
        operator replace-order  order=$order  qty=61  why=more
        """
    )
    assert (error(world) or "").startswith("LIST.QTY")


@rule("O-19.3")
def test_an_order_in_money_is_changed_in_shares(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  -OrderQty  CashOrderQty=990  OrdType=LIMIT  Price=99
        client < ExecutionReport  ClOrdID=X  ExecType=NEW  OrderQty=10  CashOrderQty=990  OrderID=$order
        operator replace-order  order=$order  price=98  why=cheaper
        client < ExecutionReport  ClOrdID=X  ExecType=RESTATED  OrderQty=10  Price=98  CashOrderQty=990
        operator replace-order  order=$order  qty=12  why=more
        client < ExecutionReport  ClOrdID=X  ExecType=RESTATED  OrderQty=12  Price=98  -CashOrderQty
        """
    )


@rule("O-19.4")
def test_an_order_is_canceled_by_telephone(world: World) -> None:
    """Twice said, it is once done; a venue that kept the child is asked again."""
    world.converse(
        AT_WORK
        + """
        XLON   > ExecutionReport    ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport    ClOrdID=X  OrdStatus=PARTIALLY_FILLED
        operator cancel-order  order=$order  why="their system is down"
        XLON   < OrderCancelRequest
        XLON   > OrderCancelReject  CxlRejReason=TOO_LATE
        operator replace-order  order=$order  qty=90  why="not now"
        operator cancel-order  order=$order  why="still down"
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport    ExecType=CANCELED
        client < ExecutionReport    ClOrdID=X  -OrigClOrdID  ExecType=CANCELED  OrdStatus=CANCELED  CumQty=10  LeavesQty=0  ExecRestatementReason=VERBAL_CHANGE  Text~telephone
        operator cancel-order  order=$order  why="still down"
        """
    )
    order_id = world.notes("parent")[0]["order_id"]
    assert error(world) == f"{order_id} has ended"
    assert [note["after"] for note in world.notes("telephone")] == ["canceled", "canceled"]


@rule("O-19.4")
def test_why_an_order_ends_is_said_as_it_was_first(world: World) -> None:
    world.converse(
        AT_WORK
        + """
        operator kill  scope=client=CLIENT  why=storm
        XLON   < OrderCancelRequest
        operator cancel-order  order=$order  why="they called too"
        XLON   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=X  ExecType=CANCELED  ExecRestatementReason=BROKER_OPTION
        """
    )


@rule("O-19.5")
def test_F_1_c_an_order_that_comes_after_it_was_given_by_telephone_is_rejected(world: World) -> None:
    world.converse(
        """
        +10s
        operator enter-order  client=CLIENT  side=BUY  symbol=ACME  qty=100  price=100.10  why="X did not come"
        client < ExecutionReport  -ClOrdID  ExecType=NEW  OrderID=$order
        XLON   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100.10
        client < ExecutionReport  -ClOrdID  OrderID=$order  CumQty=10
        restart
        XLON   < OrderStatusRequest
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=100.10  TransactTime=+9s
        client < ExecutionReport  ClOrdID=X  ExecType=REJECTED  OrdStatus=REJECTED  OrdRejReason=DUPLICATE_OF_VERBAL_ORDER  OrderQty=100  CumQty=0  LeavesQty=0  Text~ORDER.VERBAL
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=90  LastPx=100.10
        client < ExecutionReport  -ClOrdID  OrderID=$order  OrdStatus=FILLED
        """
    )


@rule("O-19.5")
@pytest.mark.parametrize(
    "other",
    [
        "TransactTime=+11s",
        "OrderQty=99  TransactTime=+9s",
        "Price=100  TransactTime=+9s",
        "Side=SELL  TransactTime=+9s",
        "Account=A-1  TransactTime=+9s",
    ],
)
def test_an_order_that_was_sent_later_or_is_another_one_is_taken(world: World, other: str) -> None:
    world.parties["XLON"].silent += ("D",)
    world.parties["BATE"].silent += ("D",)
    more = "" if "OrderQty" in other else "OrderQty=100"
    more += "" if "Price" in other else "  Price=100.10"
    world.converse(
        f"""
        +10s
        operator enter-order  client=CLIENT  side=BUY  symbol=ACME  qty=100  price=100.10  why="X did not come"
        client < ExecutionReport  -ClOrdID  ExecType=NEW
        +2s
        client > NewOrderSingle   ClOrdID=X  OrdType=LIMIT  {more}  {other}
        client < ExecutionReport  ClOrdID=X  ExecType=NEW
        """
    )


@rule("O-19.5")
def test_each_order_by_telephone_stands_for_one_that_comes_within_a_day(world: World) -> None:
    world.converse(
        """
        +10s
        operator enter-order  client=CLIENT  side=BUY  symbol=ACME  qty=100  price=99  why="X did not come"
        client < ExecutionReport  -ClOrdID  ExecType=NEW
        client > NewOrderSingle   ClOrdID=X  OrderQty=100  OrdType=LIMIT  Price=99  TransactTime=+9s
        client < ExecutionReport  ClOrdID=X  ExecType=REJECTED
        client > NewOrderSingle   ClOrdID=Y  OrderQty=100  OrdType=LIMIT  Price=99  TransactTime=+9s
        client < ExecutionReport  ClOrdID=Y  ExecType=NEW
        operator enter-order  client=CLIENT  side=BUY  symbol=ACME  qty=100  price=99  why="nor did Z"
        client < ExecutionReport  -ClOrdID  ExecType=NEW
        +24h
        +1ns
        client > NewOrderSingle   ClOrdID=Z  OrderQty=100  OrdType=LIMIT  Price=99  TransactTime=+9s
        client < ExecutionReport  ClOrdID=Z  ExecType=NEW
        """
    )


@rule("O-19.5")
def test_the_last_64_orders_by_telephone_are_remembered(world: World) -> None:
    world.converse("+10s")
    for qty in range(1, REMEMBERED + 2):
        world.command("enter-order", client="CLIENT", side="BUY", symbol="ACME", qty=str(qty), price="90", why="called")
    world.client().inbox.clear()
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=1  OrdType=LIMIT  Price=90  TransactTime=+9s
        client < ExecutionReport  ClOrdID=X  ExecType=NEW
        client > NewOrderSingle   ClOrdID=Y  OrderQty=2  OrdType=LIMIT  Price=90  TransactTime=+9s
        client < ExecutionReport  ClOrdID=Y  ExecType=REJECTED  Text~ORDER.VERBAL
        """
    )
