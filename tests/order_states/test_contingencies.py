"""Orders of a list that depend on each other: one cancels, triggers or updates the other, and what crosses on the wire."""

import pytest

from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import listed

REST = "TargetStrategy=TWAP  957=3  958=NumSlices  959=1  960=1  958=Duration  959=1  960=3600  958=ChildTIF  959=12  960=0"


def pair(kind: int, *, qty: int = 100, more: str = REST) -> str:
    """A takes the profit and B rests further away; both are out, on their own venue."""
    orders = f"{listed('A', 1, side='SELL', price='99.90', more=more)}  {listed('B', 2, side='SELL', qty=qty, price='99.80', more=more)}"
    return f"""
        XLON   quotes ACME 99.90x100 -
        BATE   quotes ACME 99.80x500 100.10x500
        client > NewOrderList     ListID=L  ContingencyType={kind}  NoOrders=2  {orders}
        client < ListStatus       ListStatusType=ACK  ContingencyType={kind}
        client < ExecutionReport  ClOrdID=A  ExecType=NEW  ContingencyType={kind}
        client < ExecutionReport  ClOrdID=B  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  ClOrdID=$a
        BATE   < NewOrderSingle   OrderQty={qty}  ClOrdID=$b
    """


def codes(world: World) -> list[str]:
    return [note["code"] for note in world.notes("alert")]


# --- one cancels the other


@rule("O-16.1", "O-16.2")
def test_the_first_fill_of_one_cancels_the_other(world: World) -> None:
    """A part is enough; the order that was filled goes on."""
    world.converse(
        pair(1)
        + """
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE  LastQty=30
        client < ExecutionReport     ClOrdID=A  CumQty=30  LeavesQty=70
        BATE   < OrderCancelRequest  OrigClOrdID=$b
        BATE   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=B  -OrigClOrdID  ExecType=CANCELED  ExecRestatementReason=99  Text="canceled as A was filled"
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE  LastQty=70
        client < ExecutionReport     ClOrdID=A  OrdStatus=FILLED
        client < ListStatus          ListStatusType=ALL_DONE  CumQty=100  CumQty=0  CxlQty=0  CxlQty=100
        """
    )
    assert codes(world) == []


@rule("O-16.5")
def test_the_cancel_of_the_other_may_lose_against_a_fill(world: World) -> None:
    """Both count, and both sides are told; what was filled too much is taken off the one that was first."""
    world.converse(
        pair(1)
        + """
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE  LastQty=30
        client < ExecutionReport     ClOrdID=A  CumQty=30
        BATE   < OrderCancelRequest  OrigClOrdID=$b
        BATE   > ExecutionReport     ClOrdID=$b  ExecType=TRADE  LastQty=40
        client < ExecutionReport     ClOrdID=B  CumQty=40  LeavesQty=60
        XLON   < OrderCancelRequest  OrigClOrdID=$a
        client < ListStatus          ListStatusType=ALERT  ListOrderStatus=ALERT  ListStatusText="A and B were filled in the same moment: 40 more than they should have been"
        BATE   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=B  ExecType=CANCELED  CumQty=40
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=A  ExecType=RESTATED  OrderQty=60  LeavesQty=30  Text="reduced as B was filled"
        XLON   quotes ACME 99.90x100 -
        XLON   < NewOrderSingle      SecondaryClOrdID=A  OrderQty=30
        """
    )
    assert codes(world) == ["LIST.RACE"]


@rule("O-16.5")
def test_two_that_are_filled_as_a_whole_are_told_of_once(world: World) -> None:
    world.converse(
        pair(1)
        + """
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE
        client < ExecutionReport     ClOrdID=A  OrdStatus=FILLED
        BATE   < OrderCancelRequest  OrigClOrdID=$b
        BATE   > ExecutionReport     ClOrdID=$b  ExecType=TRADE
        client < ExecutionReport     ClOrdID=B  OrdStatus=FILLED
        client < ListStatus          ListStatusType=ALERT  ListStatusText~"100 more"
        client < ListStatus          ListStatusType=ALL_DONE
        BATE   > OrderCancelReject
        client > ListStatusRequest   ListID=L
        client < ListStatus          ListStatusType=RESPONSE
        """
    )
    assert codes(world) == ["LIST.RACE"]


@rule("O-16.5")
def test_an_order_is_not_sent_while_what_another_has_out_may_fill(world: World) -> None:
    """Children that do not rest come back by themselves; only then it is the other's turn."""
    world.converse(
        f"""
        client > NewOrderList     ContingencyType=1  NoOrders=2  {listed("A", 1)}  {listed("B", 2)}
        client < ListStatus       ListStatusType=ACK
        client < ExecutionReport  ClOrdID=A
        client < ExecutionReport  ClOrdID=B
        XLON   < NewOrderSingle   SecondaryClOrdID=A
        BATE   quotes ACME 99.90x500 100.05x500
        XLON   > ExecutionReport  ExecType=CANCELED
        BATE   < NewOrderSingle   SecondaryClOrdID=A
        BATE   > ExecutionReport  ExecType=REJECTED
        XLON   quotes ACME 99.90x500 100.20x500
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=A
        client < ExecutionReport  ClOrdID=C  ExecType=CANCELED
        BATE   quotes ACME 99.90x500 100.05x500
        BATE   < NewOrderSingle   SecondaryClOrdID=B
        """
    )


@rule("O-16.6")
def test_only_fills_cancel_the_other(world: World) -> None:
    world.converse(
        pair(1)
        + """
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=A
        client < ExecutionReport     ExecType=PENDING_CANCEL
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=C  ExecType=CANCELED
        BATE   > ExecutionReport     ClOrdID=$b  ExecType=TRADE
        client < ExecutionReport     ClOrdID=B  OrdStatus=FILLED
        client < ListStatus          ListStatusType=ALL_DONE
        """
    )


@rule("O-16.6")
def test_a_bust_gives_the_other_nothing_back(world: World) -> None:
    world.converse(
        pair(1)
        + """
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE  LastQty=30  ExecID=T
        client < ExecutionReport     ClOrdID=A  CumQty=30
        BATE   < OrderCancelRequest  OrigClOrdID=$b
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE_CANCEL  ExecRefID=T
        client < ExecutionReport     ClOrdID=A  ExecType=TRADE_CANCEL  CumQty=0
        BATE   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=B  ExecType=CANCELED
        """
    )


@rule("O-16.6")
def test_a_bust_before_the_update_is_carried_out_changes_nothing_about_it(world: World) -> None:
    world.converse(
        pair(3)
        + """
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE  LastQty=30  ExecID=T
        client < ExecutionReport     ClOrdID=A  CumQty=30
        BATE   < OrderCancelRequest  OrigClOrdID=$b
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE_CANCEL  ExecRefID=T
        client < ExecutionReport     ClOrdID=A  ExecType=TRADE_CANCEL  CumQty=0
        BATE   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=B  ExecType=RESTATED  OrderQty=70
        BATE   < NewOrderSingle      SecondaryClOrdID=B  OrderQty=70
        """
    )


@rule("O-16.1", "O-16.2")
def test_each_link_is_a_group_of_its_own(world: World) -> None:
    orders = "  ".join(
        listed(name, place, link=link, price=price)
        for place, (name, link, price) in enumerate(
            [("A", "X", "100.10"), ("B", "Y", "99"), ("C", "X", "99"), ("D", "Y", "99"), ("E", "X", "99")], 1
        )
    )
    reports = "\n".join(f"client < ExecutionReport  ClOrdID={name}  ExecType=NEW" for name in "ABCDE")
    world.converse(
        f"""
        client > NewOrderList     ContingencyType=1  NoOrders=5  {orders}
        client < ListStatus       ListStatusType=ACK
        {reports}
        XLON   < NewOrderSingle   SecondaryClOrdID=A
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=A  OrdStatus=FILLED
        client < ExecutionReport  ClOrdID=C  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=E  ExecType=CANCELED
        """
    )


@rule("O-16.8")
def test_orders_that_are_bonded_may_close_the_same_position(world: World) -> None:
    """One of them does in the end; a third that would close it too is refused."""
    exits = "  ".join(
        f"ClOrdID={name}  ListSeqNo={place}  {{link}}  Symbol=ACME  Side=SELL  OrderQty=100  OrdType=LIMIT  Price={price}  PositionEffect=CLOSE"
        for place, (name, price) in enumerate([("A", "101.00"), ("B", "102.00")], 1)
    )
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=X  OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  OrdStatus=FILLED
        client > NewOrderList     NoOrders=2  {exits.format(link="")}
        client < ListStatus       ListOrderStatus=REJECT  OrdRejReason=99  OrdRejReason=99  Text~LIST.REFUSED  Text~POSITION.CLOSE
        client > NewOrderList     ContingencyType=1  NoOrders=2  {exits.format(link="")}
        client < ListStatus       ListOrderStatus=EXECUTING
        client < ExecutionReport  ClOrdID=A  ExecType=NEW
        client < ExecutionReport  ClOrdID=B  ExecType=NEW
        client > OrderCancelReplaceRequest  ClOrdID=C  OrigClOrdID=A  Price=100.50
        client < ExecutionReport  ClOrdID=C  ExecType=REPLACED
        client > NewOrderSingle   ClOrdID=D  Side=SELL  OrderQty=1  PositionEffect=CLOSE
        client < ExecutionReport  ClOrdID=D  ExecType=REJECTED  Text~"the 0 open"
        """
    )


# --- one updates the other


@rule("O-16.3")
def test_a_fill_is_taken_off_the_other(world: World) -> None:
    """What is out is called back first; then the order is Restated and goes on with what is left."""
    world.converse(
        pair(3)
        + """
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE  LastQty=30
        client < ExecutionReport     ClOrdID=A  CumQty=30  LeavesQty=70
        BATE   < OrderCancelRequest  OrigClOrdID=$b
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE  LastQty=10
        client < ExecutionReport     ClOrdID=A  CumQty=40
        BATE   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=B  ExecType=RESTATED  ExecRestatementReason=99  OrderQty=60  LeavesQty=60  Text="reduced as A was filled"
        BATE   < NewOrderSingle      SecondaryClOrdID=B  OrderQty=60  ClOrdID=$again
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE  LastQty=60
        client < ExecutionReport     ClOrdID=A  OrdStatus=FILLED
        BATE   < OrderCancelRequest  OrigClOrdID=$again
        BATE   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=B  ExecType=CANCELED  Text="canceled as A was filled"
        client < ListStatus          ListStatusType=ALL_DONE
        """
    )
    assert codes(world) == []


@rule("O-16.3")
def test_a_fill_takes_as_great_a_share_off_the_other(world: World) -> None:
    """A third of 100 is taken off 50 as 17: whole lots, and rather one too many."""
    world.converse(
        pair(4, qty=50)
        + """
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE  LastQty=33
        client < ExecutionReport     ClOrdID=A  CumQty=33
        BATE   < OrderCancelRequest  OrigClOrdID=$b
        BATE   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=B  ExecType=RESTATED  OrderQty=33  LeavesQty=33
        BATE   < NewOrderSingle      SecondaryClOrdID=B  OrderQty=33
        """
    )


@rule("O-16.5")
def test_fills_of_both_may_cross_the_update(world: World) -> None:
    world.converse(
        pair(3)
        + """
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE  LastQty=60
        client < ExecutionReport     ClOrdID=A  CumQty=60
        BATE   < OrderCancelRequest  OrigClOrdID=$b
        BATE   > ExecutionReport     ClOrdID=$b  ExecType=TRADE  LastQty=70
        client < ExecutionReport     ClOrdID=B  CumQty=70  LeavesQty=30
        XLON   < OrderCancelRequest  OrigClOrdID=$a
        client < ListStatus          ListStatusType=ALERT  ListStatusText~"30 more"
        BATE   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=B  ExecType=CANCELED  CumQty=70
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=A  ExecType=CANCELED  CumQty=60
        client < ListStatus          ListStatusType=ALL_DONE
        """
    )


@rule("O-16.7")
def test_a_replace_of_an_order_that_depends_on_others_only_lowers_it(world: World) -> None:
    """A fill that crosses it is taken off what it asks for."""
    world.converse(
        pair(3)
        + """
        client > OrderCancelReplaceRequest  ClOrdID=C  OrigClOrdID=B  OrderQty=101
        client < OrderCancelReject   CxlRejReason=2  Text~LIST.QTY
        client > OrderCancelReplaceRequest  ClOrdID=D  OrigClOrdID=B  OrderQty=90
        client < ExecutionReport     ExecType=PENDING_REPLACE
        BATE   < OrderCancelRequest  OrigClOrdID=$b
        XLON   > ExecutionReport     ClOrdID=$a  ExecType=TRADE  LastQty=30
        client < ExecutionReport     ClOrdID=A  CumQty=30
        BATE   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=D  ExecType=REPLACED  OrderQty=70  LeavesQty=70
        BATE   < NewOrderSingle      OrderQty=70
        """
    )


# --- one triggers the other: a bracket

ENTRY = listed("E", 1, qty=200, more=REST)
PROFIT = listed("P", 2, side="SELL", qty=200, price="99.50", link="X")
STOP = "ClOrdID=S  ListSeqNo=3  ClOrdLinkID=X  Symbol=ACME  Side=SELL  OrderQty=200  OrdType=STOP  StopPx=99.80"
BRACKET = f"""
    client > NewOrderList     ListID=L  ContingencyType=2  NoOrders=3  {ENTRY}  {PROFIT}  {STOP}
    client < ListStatus       ListStatusType=ACK  WorkingIndicator=Y  WorkingIndicator=N  WorkingIndicator=N
    client < ExecutionReport  ClOrdID=E  ExecType=NEW  -WorkingIndicator
    client < ExecutionReport  ClOrdID=P  ExecType=NEW  WorkingIndicator=N
    client < ExecutionReport  ClOrdID=S  ExecType=NEW  WorkingIndicator=N
    XLON   < NewOrderSingle   SecondaryClOrdID=E  OrderQty=200  ClOrdID=$e
"""


@pytest.fixture
def market(world: World) -> World:
    world.converse("XLON quotes ACME 99.40x500 100.10x500\nBATE quotes ACME 99.40x500 100.10x500")
    return world


@rule("O-16.1", "O-16.4", "O-16.3")
def test_a_bracket_lets_its_exits_go_as_its_entry_is_filled(market: World) -> None:
    """Half of the entry lets half of each exit go; a stop that was reached before is waited for anew."""
    market.converse(
        BRACKET
        + """
        XLON   quotes ACME - 100.10x500
        XLON   prints ACME 99.80x10
        XLON   > ExecutionReport  ClOrdID=$e  ExecType=TRADE  LastQty=101
        client < ExecutionReport  ClOrdID=E  CumQty=101  LeavesQty=99
        client < ExecutionReport  ClOrdID=P  ExecType=RESTATED  ExecRestatementReason=99  WorkingIndicator=Y
        BATE   quotes ACME 99.50x500 100.10x500
        BATE   < NewOrderSingle   SecondaryClOrdID=P  OrderQty=101
        BATE   > ExecutionReport  ExecType=TRADE  LastQty=40
        client < ExecutionReport  ClOrdID=P  CumQty=40  LeavesQty=160
        client < ExecutionReport  ClOrdID=S  ExecType=RESTATED  OrderQty=160  LeavesQty=160  WorkingIndicator=N
        BATE   > ExecutionReport  ExecType=CANCELED
        XLON   prints ACME 99.80x10
        client < ExecutionReport  ClOrdID=S  ExecType=RESTATED  WorkingIndicator=Y  Text~triggered
        BATE   quotes ACME 99.40x500 100.10x500
        BATE   < NewOrderSingle   SecondaryClOrdID=S  OrderQty=61
        """
    )


@rule("O-16.4")
def test_exits_wait_for_their_entry_whatever_the_market_does(market: World) -> None:
    market.converse(
        BRACKET
        + """
        XLON   prints ACME 99.80x10
        BATE   quotes ACME 99.50x500 100.10x500
        +60s
        """
    )


@rule("O-16.4")
def test_exits_are_canceled_when_nothing_was_entered(market: World) -> None:
    market.converse(
        BRACKET
        + """
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=E
        client < ExecutionReport     ExecType=PENDING_CANCEL
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=C  ExecType=CANCELED
        client < ExecutionReport     ClOrdID=P  ExecType=CANCELED  Text="canceled as E ended"
        client < ExecutionReport     ClOrdID=S  ExecType=CANCELED
        client < ListStatus          ListStatusType=ALL_DONE
        """
    )


@rule("O-16.4")
def test_exits_are_reduced_to_what_was_entered(market: World) -> None:
    market.converse(
        BRACKET
        + """
        XLON   > ExecutionReport     ClOrdID=$e  ExecType=TRADE  LastQty=50
        client < ExecutionReport     ClOrdID=E  CumQty=50
        client < ExecutionReport     ClOrdID=P  ExecType=RESTATED  OrderQty=200  WorkingIndicator=Y
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=E
        client < ExecutionReport     ExecType=PENDING_CANCEL
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ClOrdID=C  ExecType=CANCELED  CumQty=50
        client < ExecutionReport     ClOrdID=P  ExecType=RESTATED  OrderQty=50  LeavesQty=50  Text="reduced as E ended"
        client < ExecutionReport     ClOrdID=S  ExecType=RESTATED  OrderQty=50  LeavesQty=50  WorkingIndicator=N
        restart
        BATE   quotes ACME 99.50x500 100.10x500
        BATE   < NewOrderSingle      SecondaryClOrdID=P  OrderQty=50
        BATE   > ExecutionReport     ExecType=TRADE
        client < ExecutionReport     ClOrdID=P  OrdStatus=FILLED
        client < ExecutionReport     ClOrdID=S  ExecType=CANCELED  CumQty=0
        client < ListStatus          ListStatusType=ALL_DONE
        """
    )


@rule("O-16.4")
def test_an_immediate_exit_waits_until_the_entry_is_done(market: World) -> None:
    now = listed("P", 2, side="SELL", price="99.40", more="TimeInForce=IMMEDIATE_OR_CANCEL")
    market.converse(
        f"""
        client > NewOrderList     ListID=L  ContingencyType=2  NoOrders=2  {listed("E", 1, more=REST)}  {now}
        client < ListStatus       ListStatusType=ACK
        client < ExecutionReport  ClOrdID=E
        client < ExecutionReport  ClOrdID=P  WorkingIndicator=N
        XLON   < NewOrderSingle   SecondaryClOrdID=E  OrderQty=100  ClOrdID=$e
        XLON   > ExecutionReport  ClOrdID=$e  ExecType=TRADE  LastQty=50
        client < ExecutionReport  ClOrdID=E  CumQty=50
        XLON   > ExecutionReport  ClOrdID=$e  ExecType=TRADE  LastQty=50
        client < ExecutionReport  ClOrdID=E  OrdStatus=FILLED
        client < ExecutionReport  ClOrdID=P  ExecType=RESTATED  WorkingIndicator=Y
        XLON   < NewOrderSingle   SecondaryClOrdID=P  OrderQty=100
        """
    )


@rule("O-16.4")
def test_a_bracket_that_waits_is_executed_from_its_entry_on(market: World) -> None:
    """To cancel the entry before cancels the exits."""
    market.converse(
        f"""
        client > NewOrderList     ListID=L  ListExecInstType=WAIT_FOR_EXECUTE  ContingencyType=2  NoOrders=2  {ENTRY}  {PROFIT.replace("ClOrdLinkID=X", "")}
        client < ListStatus       ListStatusType=ACK
        client < ExecutionReport  ClOrdID=E  WorkingIndicator=N
        client < ExecutionReport  ClOrdID=P  WorkingIndicator=N
        client > ListExecute      ListID=L  TransactTime=now
        client < ListStatus       ListStatusType=EXEC_STARTED  WorkingIndicator=Y  WorkingIndicator=N
        client < ExecutionReport  ClOrdID=E  ExecType=RESTATED  WorkingIndicator=Y
        XLON   < NewOrderSingle   SecondaryClOrdID=E  OrderQty=200
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=E  OrdStatus=FILLED
        client < ExecutionReport  ClOrdID=P  ExecType=RESTATED  WorkingIndicator=Y
        client > NewOrderList     ListID=M  ListExecInstType=WAIT_FOR_EXECUTE  ContingencyType=2  NoOrders=2  {ENTRY.replace("=E ", "=F ")}  {PROFIT.replace("ClOrdLinkID=X", "").replace("=P ", "=Q ")}
        client < ListStatus       ListStatusType=ACK
        client < ExecutionReport  ClOrdID=F  WorkingIndicator=N
        client < ExecutionReport  ClOrdID=Q  WorkingIndicator=N
        client > OrderCancelRequest  ClOrdID=G  OrigClOrdID=F
        client < ExecutionReport  ClOrdID=G  ExecType=CANCELED
        client < ExecutionReport  ClOrdID=Q  ExecType=CANCELED
        client < ListStatus       ListID=M  ListStatusType=ALL_DONE
        """
    )


@rule("O-16.1")
@pytest.mark.parametrize(
    ("kind", "links"),
    [
        (1, [""]),
        (2, [""]),
        (1, ["X", "X", ""]),
        (3, ["X", "X", "Y"]),
        (2, ["X", "X", "X"]),
        (2, ["", "X", "Y"]),
    ],
)
def test_links_that_do_not_say_who_depends_on_whom_refuse_the_list(world: World, kind: int, links: list[str]) -> None:
    orders = "  ".join(listed(f"O{place}", place, link=link) for place, link in enumerate(links, 1))
    world.converse(
        f"""
        client > NewOrderList     ContingencyType={kind}  NoOrders={len(links)}  {orders}
        client < ListStatus       ListOrderStatus=REJECT  ListStatusText~LIST.LINK
        """
    )


@rule("O-16.1")
def test_links_alone_make_no_order_depend_on_another(world: World) -> None:
    world.converse(
        f"""
        client > NewOrderList     NoOrders=2  {listed("A", 1, link="X")}  {listed("B", 2, link="X")}
        client < ListStatus       ListStatusType=ACK  -ContingencyType
        client < ExecutionReport  ClOrdID=A  ClOrdLinkID=X  -ContingencyType
        client < ExecutionReport  ClOrdID=B
        XLON   < NewOrderSingle   SecondaryClOrdID=A
        XLON   < NewOrderSingle   SecondaryClOrdID=B
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=B  OrdStatus=FILLED
        """
    )
