"""PEG: with the market, as far from it as its client says, and never beyond the limit."""

import msgspec
import pytest

from algos.peg import Pegged
from gateway.model import Decision, Ns, Peg, Posting, Px, Qty, Visibility
from gateway.model.settings import OFFERED, Offer
from tests.conftest import SETTINGS, make_world
from tests.conversation.world import World
from tests.parents import QUIET, START, parent

BUY = "NewOrderSingle  ClOrdID=P  Side=BUY  OrderQty=100  TargetStrategy=1005"


@pytest.mark.parametrize(("reference", "to"), [("R", "5"), ("P", "4"), ("M", "2"), ("L", "1")])
def test_a_reference_is_what_execinst_says(reference: str, to: str) -> None:
    algo = Pegged(reference=reference, offset=Px(-3), offset_type="2", discretion=Px(7))
    assert algo.decide(parent(), QUIET, Ns(START - 1)) == Decision(due=Qty(0), wake_at=START)
    posting = Posting(peg=Peg(to, Px(-3), "2"), discretion=Px(7))
    assert algo.decide(parent(), QUIET, START) == Decision(due=Qty(300), posting=posting, where=Visibility.LIT)


def test_it_follows_its_reference_but_not_beyond_its_limit(world: World) -> None:
    """The middle of 99.90 and 100.11 is rounded away from the market."""
    world.converse(
        f"""
        XLON   quotes ACME 99.90x500 100.11x500
        BATE   quotes ACME 99.90x300 100.11x300
        client > {BUY}  OrdType=LIMIT  Price=100.02  848=PegRef=M;PegOffset=-0.01
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=99.99  TimeInForce=DAY  -ExecInst
        +1s
        XLON   quotes ACME 100.00x500 100.11x500
        XLON   < OrderCancelRequest
        XLON   > ExecutionReport  ExecType=CANCELED
        XLON   < NewOrderSingle   OrderQty=100  Price=100.02
        restart
        XLON   < OrderStatusRequest
        """
    )


def test_it_is_pegged_to_the_last_trade_by_native_fields(world: World) -> None:
    """OrdType(40) P, ExecInst(18) L and PegOffsetValue(211) instead of parameters."""
    world.converse(
        f"""
        client > {BUY}  OrdType=PEGGED  ExecInst=L  PegOffsetValue=-0.02
        client < ExecutionReport  ExecType=NEW  ExecInst=L
        BATE   prints ACME 100.00x200
        XLON   < NewOrderSingle   OrderQty=100  OrdType=LIMIT  Price=99.98
        """
    )


def test_with_a_discretion_it_takes_beyond_where_it_rests(world: World) -> None:
    """It rests at the best bid, 99.90, and has up to 99.94 for whoever shows that."""
    world.converse(
        f"""
        client > {BUY}  848=PegRef=R;Discretion=0.04
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=99.90  ClOrdID=$rests
        XLON   > ExecutionReport  ClOrdID=$rests  ExecType=CANCELED
        BATE   quotes ACME 99.90x300 99.95x60
        BATE   quotes ACME 99.90x300 99.94x60
        BATE   < NewOrderSingle   OrderQty=60  Price=99.94  TimeInForce=IMMEDIATE_OR_CANCEL
        """
    )


def test_a_least_quantity_goes_to_a_venue_that_knows_one() -> None:
    world = make_world(
        venues=(
            SETTINGS.venues[0],
            msgspec.structs.replace(SETTINGS.venues[1], offers=(*OFFERED, Offer.MIN_QTY)),
        )
    )
    world.converse(
        f"""
        XLON   quotes ACME 99.90x500 100.10x500
        client > {BUY}  848=PegRef=R;MinQty=50
        client < ExecutionReport  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=100  Price=99.90  MinQty=50
        """
    )


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("", "ALGO.MISSING PegRef"),
        ("848=PegRef=Q", "ALGO.RANGE PegRef Q must be one of R, P, M, L"),
        ("848=PegRef=R;PegOffsetType=3", "ALGO.RANGE PegOffsetType 3 must be one of 0, 1, 2"),
        ("848=PegRef=R;Discretion=-1", "ALGO.RANGE Discretion -1 must be at least 0"),
        ("848=PegRef=R;DiscretionInst=1", "ALGO.RANGE DiscretionInst 1 must be one of 0"),
        ("848=PegRef=R;Discretion=0.01;MinQty=10", "ALGO.CONFLICT Discretion and MinQty"),
        ("848=PegRef=R;MinQty=101", "ALGO.RANGE MinQty 101 must be in lots and at most OrderQty(38)"),
        ("848=PegRef=R;MinQty=10", "ORDER.VENUE no venue offers DAY and MIN_QTY"),
        ("848=PegRef=R  ExecInst=M", "ALGO.CONFLICT PegRef 18<>848"),
    ],
)
def test_what_it_cannot_be_asked_for_is_refused(world: World, said: str, text: str) -> None:
    world.converse(f"client > {BUY}  {said}\nclient < ExecutionReport  ExecType=REJECTED")
    assert world.notes("risk")[-1]["text"] == text
