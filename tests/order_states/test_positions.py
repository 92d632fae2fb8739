"""Accounts and what they hold: opened and closed by orders, asked for, and kept apart."""

import pytest

from gateway.model import parse_qty
from gateway.model.positions import Accounting
from tests.conftest import clients, make_world
from tests.conversation.rules import rule
from tests.conversation.world import World
from tests.order_states import RESTING

ASK = "RequestForPositions  PosReqID=R  PosReqType=0  NoPartyIDs=1  PartyID=DESK  PartyRole=24  AccountType=1  ClearingBusinessDate=20260105  TransactTime=20260105-14:30:00"
QUOTES = "\nXLON   quotes ACME 99.90x500 100.10x500\n"


def trading(**accounts: Accounting) -> World:
    world = make_world(accounts=accounts)
    world.converse(QUOTES)
    return world


def filled(cl_ord_id: str, qty: int, price: str, **terms: str) -> str:
    """A conversation about an order that its venue fills at once."""
    said = "  ".join(f"{name}={value}" for name, value in terms.items())
    return f"""
        client > NewOrderSingle   ClOrdID={cl_ord_id}  OrderQty={qty}  {said}
        client < ExecutionReport  ClOrdID={cl_ord_id}  ExecType=NEW  OrderID=${cl_ord_id.lower()}
        XLON   < NewOrderSingle   OrderQty={qty}
        XLON   > ExecutionReport  ExecType=TRADE  LastQty={qty}  LastPx={price}
        client < ExecutionReport  ClOrdID={cl_ord_id}  ExecType=TRADE  OrdStatus=FILLED
        {QUOTES}
    """


def refused(text: str, reason: str = "99", **terms: str) -> str:
    said = "  ".join(f"{name}={value}" for name, value in terms.items())
    return f"""
        client > NewOrderSingle   {said}
        client < ExecutionReport  ExecType=REJECTED  OrdRejReason={reason}  Text~{text}
    """


@pytest.fixture
def hedging() -> World:
    return trading(H=Accounting(mode="hedging"))


@rule("O-10.1", "O-10.4")
def test_P14_a_childs_fill_turns_the_position(world: World) -> None:
    """What is beyond the position is one of the other side, at the price of that fill."""
    world.converse(
        filled("X", 100, "100.00", Account="A")
        + filled("Y", 150, "99.00", Account="A", Side="SELL")
        + f"""
        client > {ASK}  Account=A
        client < RequestForPositionsAck  PosReqID=R  TotalNumPosReports=1  PosReqResult=0  PosReqStatus=0  Account=A  PartyID=DESK
        client < PositionReport  PosReqID=R  Symbol=ACME  SettlPrice=100  PosType=TQ  LongQty=0  ShortQty=50  PosAmtType=TVAR  PosAmt=-150  PosAmtType=CASH  PosAmt=4850
        """
    )


@rule("O-10.4")
def test_who_holds_nothing_is_told_so_and_what_is_not_kept_is_not_told(world: World) -> None:
    world.converse(
        f"""
        client > {ASK}  Account=A
        client < RequestForPositionsAck  TotalNumPosReports=0  PosReqResult=2  PosReqStatus=0
        client > {ASK.replace("PosReqType=0", "PosReqType=1")}  Account=A
        client < RequestForPositionsAck  TotalNumPosReports=0  PosReqResult=1  PosReqStatus=2  Text~POSITION.REQUEST
        client > {ASK}  Account=A  SubscriptionRequestType=1
        client < RequestForPositionsAck  PosReqResult=1  PosReqStatus=2
        """
    )


@rule("O-10.1", "O-10.4")
def test_an_account_may_be_one_sessions_alone() -> None:
    """Nobody else trades in it or hears what it holds."""
    world = make_world(clients=clients("CLIENT", "OTHER"), accounts={"A": Accounting(clients=("OTH*",))})
    world.converse(QUOTES + refused("ORDER.ACCOUNT", reason="15", Account="A"))
    world.converse(
        f"""
        client > {ASK}  Account=A
        client < RequestForPositionsAck  PosReqResult=3  PosReqStatus=2  Text~POSITION.ACCOUNT
        other  > {ASK}  Account=A
        other  < RequestForPositionsAck  PosReqResult=2
        other  > NewOrderSingle   Account=A
        other  < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle
        """
    )


@rule("O-10.2", "O-10.3")
def test_orders_open_positions_side_by_side_and_close_them_by_their_ids(hedging: World) -> None:
    """Both sides at once, told together; a position that is named without C has to be of the order's side."""
    hedging.converse(
        filled("X", 100, "100.00", Account="H")
        + filled("Y", 60, "100.00", Account="H", Side="SELL")
        + filled("Z", 30, "101.00", Account="H", Side="SELL", PositionEffect="CLOSE", PositionID="$x")
        + filled("W", 10, "100.00", Account="H", PositionEffect="OPEN", PositionID="$x")
        + refused("POSITION.OPEN", Account="H", Side="SELL", OrderQty="1", PositionID="$x")
        + refused("POSITION.CLOSE", Account="H", Side="SELL", OrderQty="81", PositionEffect="CLOSE", PositionID="$x")
        + refused("POSITION.CLOSE", Account="H", PositionEffect="CLOSE", OrderQty="1", PositionID="$x")
        + f"""
        client > {ASK}  Account=H  Symbol=ACME
        client < RequestForPositionsAck  TotalNumPosReports=1
        client < PositionReport  LongQty=80  ShortQty=60  Text~30,
        """
    )
    held = {note["position_id"]: note["held"][0] for note in hedging.notes("position")}
    assert held == {
        hedging.language.remembered["x"]: parse_qty("80"),
        hedging.language.remembered["y"]: -parse_qty("60"),
    }


@rule("O-10.3")
def test_orders_at_work_close_no_more_than_there_is_whether_they_name_it_or_not(hedging: World) -> None:
    """What is left of one position is not there if an order without a name may come to close it."""
    closing = {"Account": "H", "Side": "SELL", "Price": "101.00", "PositionEffect": "CLOSE"}
    terms = "  ".join(f"{name}={value}" for name, value in closing.items())
    hedging.converse(
        filled("X", 100, "100.00", Account="H")
        + filled("Y", 50, "100.00", Account="H")
        + f"""
        client > NewOrderSingle   {terms}  OrderQty=100  PositionID=$x
        client < ExecutionReport  ExecType=NEW
        """
        + refused("POSITION.CLOSE", **closing, OrderQty="51")
        + f"""
        client > NewOrderSingle   {terms}  OrderQty=49
        client < ExecutionReport  ExecType=NEW
        """
        + refused("POSITION.CLOSE", **closing, OrderQty="2", PositionID="$y")
        + f"""
        client > NewOrderSingle   {terms}  OrderQty=1  PositionID=$y
        client < ExecutionReport  ExecType=NEW
        """
    )


@rule("O-10.3")
def test_a_replace_that_waits_closes_what_it_asks_for(world: World) -> None:
    world.converse(
        filled("X", 100, "100.00", Side="SELL")
        + f"""
        client > NewOrderSingle   ClOrdID=A  PositionEffect=CLOSE  OrderQty=40  {RESTING}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=40
        client > OrderCancelReplaceRequest  ClOrdID=B  OrigClOrdID=A  OrderQty=90
        client < ExecutionReport  ExecType=PENDING_REPLACE
        XLON   < OrderCancelRequest
        """
        + refused("POSITION.CLOSE", PositionEffect="CLOSE", OrderQty="11")
    )


@rule("O-10.3")
def test_a_replace_may_turn_an_order_into_one_that_closes(world: World) -> None:
    world.converse(
        filled("X", 100, "100.00", Side="SELL")
        + """
        client > NewOrderSingle   ClOrdID=A  OrderQty=100  Price=99.00
        client < ExecutionReport  ExecType=NEW
        client > OrderCancelReplaceRequest  ClOrdID=B  OrigClOrdID=A  PositionEffect=CLOSE
        client < ExecutionReport  ExecType=REPLACED
        """
        + refused("POSITION.CLOSE", PositionEffect="CLOSE", OrderQty="1")
    )


@rule("O-10.3")
def test_buy_to_cover_never_turns_a_position(world: World) -> None:
    """What is promised to an order at work is not there for another one, whether new or replaced; busts open it again."""
    world.converse(
        refused("POSITION.CLOSE", PositionEffect="CLOSE", OrderQty="1")
        + filled("X", 100, "100.00", Side="SELL")
        + refused("POSITION.CLOSE", PositionEffect="CLOSE", OrderQty="101")
        + refused("POSITION.ID", PositionEffect="CLOSE", PositionID="P")
        + refused("POSITION.EFFECT", reason="11", PositionEffect="ROLLED")
        + """
        client > NewOrderSingle   ClOrdID=A  PositionEffect=CLOSE  OrderQty=60  Price=99.00
        client < ExecutionReport  ClOrdID=A  ExecType=NEW  PositionEffect=CLOSE
        """
        + refused("POSITION.CLOSE", PositionEffect="FIFO", OrderQty="41")
        + """
        client > NewOrderSingle   ClOrdID=B  PositionEffect=FIFO  OrderQty=40  Price=99.00
        client < ExecutionReport  ClOrdID=B  ExecType=NEW
        client > OrderCancelReplaceRequest  ClOrdID=C  OrigClOrdID=A  OrderQty=61
        client < OrderCancelReject  CxlRejReason=2  Text~POSITION.CLOSE
        client > OrderCancelRequest  ClOrdID=D  OrigClOrdID=B
        client < ExecutionReport     ClOrdID=D  ExecType=CANCELED
        client > OrderCancelReplaceRequest  ClOrdID=E  OrigClOrdID=A  OrderQty=100  Price=100.10
        client < ExecutionReport     ClOrdID=E  ExecType=REPLACED
        XLON   < NewOrderSingle      OrderQty=100  PositionEffect=CLOSE
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=100  LastPx=100.10  ExecID=F
        client < ExecutionReport     OrdStatus=FILLED
        """
        + refused("POSITION.CLOSE", PositionEffect="CLOSE", OrderQty="1")
        + """
        XLON   > ExecutionReport     ExecType=TRADE_CANCEL  ExecRefID=F  LeavesQty=100
        client < ExecutionReport     ExecType=TRADE_CANCEL  OrdStatus=NEW  LeavesQty=100
        """
        + refused("POSITION.CLOSE", PositionEffect="CLOSE", OrderQty="1")
    )


@rule("O-10.5")
def test_what_venues_charge_is_booked_with_their_fills(world: World) -> None:
    """Money, so much a share, or a fraction; a rebate; what is said in another way is for a person to look at."""
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=100  Account=A  {RESTING}
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100  ExecID=1  Commission=4.5     CommType=3
        client < ExecutionReport  ExecType=TRADE  -Commission
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100  ExecID=2  Commission=0.01    CommType=1
        client < ExecutionReport  ExecType=TRADE
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100  ExecID=3  Commission=-0.0002 CommType=2
        client < ExecutionReport  ExecType=TRADE
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=10  LastPx=100  ExecID=4  Commission=7       CommType=6
        client < ExecutionReport  ExecType=TRADE
        client > {ASK}  Account=A
        client < RequestForPositionsAck
        client < PositionReport   Text="realised 0, net of fees -4.4, unrealised 0, fees 4.4"
        XLON   > ExecutionReport  ExecType=TRADE_CANCEL   ExecRefID=1
        client < ExecutionReport  ExecType=TRADE_CANCEL
        XLON   > ExecutionReport  ExecType=TRADE_CORRECT  ExecRefID=2  LastQty=10  LastPx=100.00
        client < ExecutionReport  ExecType=TRADE_CORRECT
        XLON   > ExecutionReport  ExecType=TRADE_CORRECT  ExecRefID=3  LastQty=10  LastPx=100.00  Commission=3  CommType=3
        client < ExecutionReport  ExecType=TRADE_CORRECT
        client > {ASK}  Account=A
        client < RequestForPositionsAck
        client < PositionReport   Text="realised 0, net of fees -3.1, unrealised 0, fees 3.1"
        """
    )
    assert next(note["code"] for note in world.notes("alert")) == "CHILD.FEE"


@rule("O-10.6", "O-10.3")
@pytest.mark.parametrize("side", ["SELL_SHORT", "SELL_SHORT_EXEMPT"])
def test_a_short_sale_goes_to_its_venue_as_one(world: World, side: str) -> None:
    """With who located the shares; it opens, whatever is held."""
    world.converse(
        refused("RISK.LOCATE", Side=side)
        + refused("POSITION.CLOSE", Side=side, LocateReqd="Y", PositionEffect="CLOSE")
        + f"""
        client > NewOrderSingle   Side={side}  LocateReqd=N  LocateBroker=LENDER  PositionEffect=OPEN
        client < ExecutionReport  ExecType=NEW  Side={side}
        XLON   < NewOrderSingle   Side={side}  LocateReqd=N  LocateBroker=LENDER  PositionEffect=OPEN
        """
    )
