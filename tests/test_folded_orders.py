"""Orders that are over are folded away, and answer as if they were not."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis.stateful import invariant

from algos import ALGOS
from gateway.model import ExecRestatementReason, NewOrder, Ns, OrdStatus, OrdType, Px, Qty, Side, TimeInForce
from gateway.model.enums import ContingencyType
from gateway.oms import alarms, ids
from gateway.oms.ends import Closing, End
from gateway.oms.folding import BLOCK, EMPTY, Archive, ChildRecord, OrderRecord, fold, is_over, unfold
from gateway.oms.order import Child, Day, ParentOrder
from gateway.oms.orders import Orders
from gateway.oms.pair import Pair
from gateway.oms.plan import Plan
from gateway.oms.ties import Bond, Line, Tie, tie_of
from gateway.oms.triggers import Trigger
from tests.conversation.world import World
from tests.races.test_hostile_venues import Hostile

ORDER = NewOrder(cl_ord_id="P", symbol="ACME", side=Side.SELL, order_qty=Qty(7), ord_type=OrdType.LIMIT, price=Px(3))
NOON = Ns(1_767_614_400 * 10**9)


@pytest.fixture
def folding(world: World) -> World:
    """Each order is folded as soon as its client was told that it is over."""
    orders_of(world).lately = 0
    return world


def orders_of(world: World) -> Orders:
    orders = world.node.desk.parents  # type: ignore[attr-defined]
    assert isinstance(orders, Orders)
    return orders


def facts(thing: Any) -> Any:
    """All that an order is, without what refers back to it."""
    if isinstance(thing, ParentOrder | Child | Day | Line | Tie):
        return {name: facts(getattr(thing, name)) for name in thing.__slots__ if name != "parent"}
    return [facts(item) for item in thing] if isinstance(thing, tuple) else thing


def test_an_order_comes_back_with_every_fact() -> None:
    """Whatever an order or a child may know has another value here than at its beginning."""
    parent = ParentOrder(order_id="G-12", client="CLIENT", order=msgspec.structs.replace(ORDER, target_strategy="1001"))
    assert not is_over(parent), "it was not answered yet"
    new = facts(parent)
    parent.more_ids, parent.order_qty, parent.accepted, parent.ended = ("P", "R"), Qty(8), True, End.EXPIRED
    parent.cum_qty, parent.notional, parent.halted, parent.held = Qty(5), 10**21, ("A", "B"), OrdStatus.SUSPENDED
    parent.closing = Closing(End.CANCELED, "because", ExecRestatementReason.BROKER_OPTION)
    parent.withheld, parent.slices, parent.child_rejects, parent.base_qty = Qty(1), 2, 3, Qty(4)
    parent.fees = -(10**20)
    parent.traded_at_start, parent.trigger = Qty(6), Trigger(is_above=True, price=Px(5))
    parent.line = Line(list_id="L", echo="66=L\x01", held=False)
    parent.line.tie, parent.line.allowed = Tie(Qty(3)), Qty(3)
    parent.pair = Pair("G-11", "BETA", hedges=True, since=Ns(1), told=-2)
    parent.day = Day()
    parent.day.carried_qty, parent.day.carried_notional, parent.day.first_exec = Qty(1), 10**20, 9
    parent.day.closing = parent.day.done = True
    algo = ALGOS["1001"](slices=3, max_participation=Px(25))  # type: ignore[call-arg]
    parent.plan = Plan(
        algo=algo, start=NOON, end=Ns(NOON + 1), expire_at=NOON, note="late", immediate=True, child_tif=TimeInForce.DAY
    )
    child = Child(cl_ord_id="G-12-1", parent=parent, venue="XLON", qty=Qty(7), price=Px(3), may_rest=True)
    began = facts(child)
    child.cum_qty, child.executions, child.undone = Qty(5), {"E": (Qty(5), Px(3), 17)}, {"E": "F"}
    child.heard = child.overtaken = True
    child.done, child.ended_cum, child.held, child.cancels, child.canceling = True, Qty(5), OrdStatus.STOPPED, 2, True
    parent.sent = (child,)
    unchanged = {"order_id", "client", "order"} | EMPTY
    assert {name for name, value in facts(parent).items() if value == new[name]} == unchanged
    assert {name for name, value in facts(child).items() if value == began[name]} == {
        "cl_ord_id", "venue", "qty", "price", "may_rest", "sent_at",
    }  # fmt: skip
    for qty in (Qty(7), Qty(10**20 - 1)):  # a number on the wire may be as large as that
        parent.order = msgspec.structs.replace(parent.order, order_qty=qty)
        back = unfold(fold(parent), ALGOS)
        assert facts(back) == facts(parent)
        assert back.sent[0].parent is back
        assert type(back.order.side) is Side and type(back.held) is OrdStatus


def test_an_order_for_more_shares_than_there_are_is_only_rejected(folding: World) -> None:
    folding.converse(
        """
        client > NewOrderSingle      ClOrdID=X  OrderQty=999999999999  OrdType=LIMIT  Price=999999999999
        client < ExecutionReport     ClOrdID=X  ExecType=REJECTED
        client > OrderStatusRequest  ClOrdID=X  Symbol=ACME  Side=BUY
        client < ExecutionReport     ClOrdID=X  OrdStatus=REJECTED  OrderQty=999999999999
        restart
        """
    )


def test_an_order_stays_while_one_that_it_is_tied_to_goes_on() -> None:
    """What becomes of it concerns the other; of both that are over each keeps what the other left of it."""
    one, other = (ParentOrder(order_id=name, client="CLIENT", order=ORDER) for name in ("G-1", "G-2"))
    bond = Bond(ContingencyType.ONE_UPDATES_THE_OTHER_ABSOLUTE, (one, other))
    for parent in bond.members:
        parent.accepted = True
        parent.line = Line(list_id="L", echo="", held=False)
        parent.line.tie = Tie(parent.order_qty, bond=bond)
    one.ended = End.CANCELED
    tie_of(one).ceiling = Qty(2)
    assert not is_over(one)
    other.ended = End.CANCELED
    assert is_over(one)
    back = unfold(fold(one), ALGOS)
    assert back.tied and back.within_list(Qty(5)) == 2


def test_the_archive_finds_records_in_any_order() -> None:
    """One that was written again is the newer one."""
    archive, count = Archive(), 3 * BLOCK + 5
    numbers = [number * 7 % count + 1 for number in range(count)]
    for number in numbers:
        archive.put(number, b"%d" % number)
    archive.put(BLOCK, b"again")
    for number in (*range(1, BLOCK), *numbers[-9:], count):
        assert archive.get(number) == (b"again" if number == BLOCK else b"%d" % number)
    assert archive.get(0) is None and archive.get(count + 1) is None


@dataclass(frozen=True)
class Late:
    """What comes about an order that is long over."""

    name: str
    script: str


FILLED = """
    client > NewOrderSingle   ClOrdID=P  OrderQty=100
    client < ExecutionReport  ExecType=NEW    OrderID=$order
    XLON   < NewOrderSingle   OrderQty=100    ClOrdID=$child
    XLON   > ExecutionReport  ExecType=TRADE  LastQty=100  LastPx=100.10  ExecID=E
    client < ExecutionReport  ExecType=TRADE  OrdStatus=FILLED  ExecID=$exec
    client > NewOrderSingle   ClOrdID=Q  OrderQty=100  TimeInForce=3  Price=99
    client < ExecutionReport  ExecType=NEW
    client < ExecutionReport  ExecType=CANCELED
"""
LATE = [
    Late("its status is asked", """
        client > OrderStatusRequest  ClOrdID=P  Symbol=ACME  Side=BUY
        client < ExecutionReport     ClOrdID=P  ExecType=ORDER_STATUS  OrdStatus=FILLED  CumQty=100  AvgPx=100.1
        client > OrderStatusRequest  ClOrdID=Z  OrderID=$order  Symbol=ACME  Side=BUY
        client < ExecutionReport     ClOrdID=P  ExecType=ORDER_STATUS  OrdStatus=FILLED  CumQty=100  AvgPx=100.1
        """),
    Late("it is to be canceled", """
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=P
        client < OrderCancelReject   ClOrdID=C  OrigClOrdID=P  OrdStatus=FILLED  CxlRejReason=0
        """),
    Late("its ClOrdID comes again", """
        client > NewOrderSingle   ClOrdID=P  OrderQty=300
        client < ExecutionReport  ClOrdID=P  ExecType=REJECTED  OrdStatus=FILLED  OrderQty=100  OrdRejReason=6
        client > NewOrderSingle   ClOrdID=Q  OrderQty=300  PossResend=Y
        client < ExecutionReport  ClOrdID=Q  ExecType=ORDER_STATUS  OrdStatus=CANCELED
        """),
    Late("its fill comes again", """
        XLON   > ExecutionReport  ClOrdID=$child  ExecType=TRADE  LastQty=100  LastPx=100.10  ExecID=E
        """),
    Late("a fill comes late", """
        XLON   > ExecutionReport  ClOrdID=$child  ExecType=TRADE  LastQty=50  LastPx=100.10  ExecID=L
        client < ExecutionReport  ClOrdID=P  ExecType=TRADE  LastQty=50  CumQty=150  LeavesQty=0
        """),
    Late("its fill is busted", """
        XLON   > ExecutionReport  ClOrdID=$child  ExecType=TRADE_CANCEL  ExecRefID=E  LeavesQty=0
        client < ExecutionReport  ClOrdID=P  ExecType=TRADE_CANCEL  ExecRefID=$exec  OrdStatus=NEW  CumQty=0  LeavesQty=100
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=P
        client < ExecutionReport     ClOrdID=C  OrigClOrdID=P  ExecType=CANCELED  LeavesQty=0
        """),
    Late("its fill is corrected, twice", """
        XLON   > ExecutionReport  ClOrdID=$child  ExecType=TRADE_CORRECT  ExecRefID=E  ExecID=F  LastQty=100  LastPx=100.20
        client < ExecutionReport  ClOrdID=P  ExecType=TRADE_CORRECT  ExecRefID=$exec  AvgPx=100.2  ExecID=$second
        XLON   > ExecutionReport  ClOrdID=$child  ExecType=TRADE_CORRECT  ExecRefID=F  ExecID=G  LastQty=100  LastPx=100.30
        client < ExecutionReport  ClOrdID=P  ExecType=TRADE_CORRECT  ExecRefID=$second  AvgPx=100.3
        """),
    Late("it is enlarged", """
        client > OrderCancelReplaceRequest  ClOrdID=R  OrigClOrdID=P  OrderQty=150  OrdType=LIMIT  Price=99
        client < ExecutionReport            ClOrdID=R  OrigClOrdID=P  ExecType=REPLACED  CumQty=100  LeavesQty=50
        """),
    Late("its client does not know the trade", "client > DontKnowTrade  OrderID=$order  ExecID=$exec  DKReason=D  Symbol=ACME  Side=BUY"),
    Late("the gateway starts again", """
        restart
        client > NewOrderSingle   ClOrdID=P  OrderQty=300
        client < ExecutionReport  ClOrdID=P  ExecType=REJECTED  OrdStatus=FILLED  OrderQty=100  OrdRejReason=6
        """),
]  # fmt: skip


@pytest.mark.parametrize("late", LATE, ids=lambda late: late.name)
def test_an_order_that_is_folded_away_answers_as_before(folding: World, late: Late) -> None:
    folding.converse(FILLED)
    assert not list(orders_of(folding))
    folding.converse(late.script)


RACES = [
    Late("no request", ""),
    Late("a cancel", """
        client > OrderCancelRequest         ClOrdID=C  OrigClOrdID=P
        client < ExecutionReport            ExecType=PENDING_CANCEL
        """),
    Late("a replace", """
        client > OrderCancelReplaceRequest  ClOrdID=C  OrigClOrdID=P  OrderQty=80  OrdType=LIMIT  Price=100.10
        client < ExecutionReport            ExecType=PENDING_REPLACE
        """),
]  # fmt: skip


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.name)
def test_the_checks_keep_nothing_of_an_order_that_is_over(world: World, race: Late) -> None:
    """Whatever the fill was faster than."""
    world.converse(
        """
        client > NewOrderSingle     ClOrdID=P  OrderQty=100
        client < ExecutionReport    ExecType=NEW
        XLON   < NewOrderSingle     OrderQty=100
        """
        + race.script
        + """
        XLON   > ExecutionReport    ExecType=TRADE  LastQty=100  LastPx=100.10
        client < ExecutionReport    CumQty=100
        """
        + ("client < OrderCancelReject  CxlRejReason=0" if race.script else "")
    )
    edge = world.node._edge  # type: ignore[attr-defined]
    exposure, governor = edge._guard.exposure, edge._governor
    assert not (exposure._open or exposure._live or governor._parents or any(governor._sent.values()))


def test_what_was_only_asked_about_is_not_written_again(folding: World) -> None:
    """However often; only what changed takes new room."""
    folding.converse(FILLED)
    written = orders_of(folding)._archive._newest
    assert len(written) == 2
    for _ in range(5):
        folding.converse("""
            client > OrderStatusRequest  ClOrdID=P  Symbol=ACME  Side=BUY
            client < ExecutionReport     OrdStatus=FILLED
        """)
    assert len(written) == 2
    folding.converse("""
        XLON   > ExecutionReport  ClOrdID=$child  ExecType=TRADE  LastQty=50  LastPx=100.10  ExecID=L
        client < ExecutionReport  CumQty=150
    """)
    assert len(written) == 3


def test_an_order_whose_child_is_out_is_not_folded_away(folding: World) -> None:
    """Filled by one venue's overfill, it has a child at the other that may still be filled."""
    folding.converse("""
        client > NewOrderSingle   ClOrdID=P  OrderQty=600  Price=100.10
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=500
        BATE   < NewOrderSingle   OrderQty=100
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=600  LastPx=100.10
        client < ExecutionReport  OrdStatus=FILLED  CumQty=600
    """)
    (parent,) = orders_of(folding).values()
    folding.converse("""
        BATE   > ExecutionReport  ExecType=CANCELED
        client > NewOrderSingle   ClOrdID=Q  OrderQty=100  TimeInForce=3  Price=99
        client < ExecutionReport  ExecType=NEW
        client < ExecutionReport  ExecType=CANCELED
    """)
    assert not list(orders_of(folding))
    assert orders_of(folding)[parent.order_id] is not parent


def test_names_that_are_like_ids_of_children_find_none(folding: World) -> None:
    folding.converse(FILLED)
    orders = orders_of(folding)
    (order_id,) = [note["order_id"] for note in folding.notes("parent")][:1]
    assert orders.child("XLON", f"{order_id}-1") is not None
    for name in (f"{order_id}-2", f"{order_id}-0", f"{order_id}--1", f"{order_id}-01", f"{order_id}-²", f"{order_id}-١", f"{order_id}-{'9' * 5000}", "-1", "",
                 f"0{order_id}-1", f"{order_id}0-1", order_id):  # fmt: skip
        assert orders.child("XLON", name) is None
    assert orders.child("BATE", f"{order_id}-1") is None
    assert orders.get(f"{order_id} ") is None and orders.get(order_id.replace("-", "-0")) is None


def test_ids_that_cannot_be_told_apart_by_their_hashes_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every id has the same one, and it looks like a part of an entry's number."""
    monkeypatch.setattr(ids, "hash", lambda _: 0, raising=False)
    orders = Orders("G", ALGOS)
    for number in range(1, 300):
        orders.enter(f"CLIENT-{number % 3}", msgspec.structs.replace(ORDER, cl_ord_id=f"X{number}"), NOON)
    for number in range(1, 300):
        for client in range(3):
            found = orders.find(f"CLIENT-{client}", f"X{number}", NOON)
            assert (found is not None) is (number % 3 == client)
            assert found is None or found.order_id == f"G-{number}"


class Folding(Hostile):
    """Whatever clients and venues do: folding all that is over away after each step changes nothing of it."""

    @invariant()
    def all_agrees(self) -> None:
        orders = self.core.orders.parents
        for order_id in self.watch.wholes:
            assert orders[order_id].order_id == order_id
        super().all_agrees()
        orders.tidy()


TestFolding = Folding.TestCase
TestFolding.settings = settings(max_examples=60, stateful_step_count=50)


def test_alarms_of_orders_that_are_over_go_when_they_are_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that ends early leaves its alarm behind; the one that goes on keeps its own, and so does the close."""
    monkeypatch.setattr(world.node._alarms, "_many", 6)  # type: ignore[attr-defined]
    monkeypatch.setattr(alarms, "MANY", 6)
    orders_of(world).lately = 0
    world.converse("""
        client > NewOrderSingle      ClOrdID=P  OrderQty=100  OrdType=LIMIT  Price=99  847=1001  848=Duration=60;NumSlices=1
        client < ExecutionReport     ExecType=NEW
    """)
    for number in range(30):
        world.converse(f"""
            client > NewOrderSingle      ClOrdID=X{number}  OrderQty=100  OrdType=LIMIT  Price=99  847=1001  848=Duration=90
            client < ExecutionReport     ExecType=NEW
            client > OrderCancelRequest  ClOrdID=C{number}  OrigClOrdID=X{number}
            client < ExecutionReport     ExecType=CANCELED
        """)
        assert len(world.node._alarms) <= 7  # type: ignore[attr-defined]
    world.converse("""
        restart
        +60s
        client < ExecutionReport  ClOrdID=P  ExecType=EXPIRED
    """)


def test_no_fact_of_an_order_is_forgotten() -> None:
    """Whoever adds a fact to an order or a child decides whether it is folded with it."""
    assert {*OrderRecord.__struct_fields__, *EMPTY} == set(ParentOrder.__slots__)
    assert {*ChildRecord.__struct_fields__, "cl_ord_id", "parent", "sent_at"} == set(Child.__slots__)
