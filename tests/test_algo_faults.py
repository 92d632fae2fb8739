"""An algo that fails, as one of another package may, costs its own order and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic.dataclasses import dataclass

from algos import ALGOS
from gateway.model import SECOND, Algo, Decision, Market, Ns, Parent, Posting, Px, Qty
from gateway.node import Gateway
from tests.conftest import SETTINGS
from tests.conversation.world import World

BROKEN: dict[str, tuple[Callable[[Parent, Ns], Any], str]] = {
    "raises": (lambda parent, now: Decision(due=Qty(1 // 0)), "raises ZeroDivisionError"),  # noqa: ARG005
    "none": (lambda parent, now: None, "raises AttributeError"),  # noqa: ARG005
    "below zero": (lambda parent, now: Decision(due=Qty(-parent.lot)), "a due that is no quantity"),  # noqa: ARG005
    "half": (lambda parent, now: Decision(due=parent.order_qty / 2), "a due that is no quantity"),  # type: ignore[arg-type]  # noqa: ARG005
    "at a fraction": (lambda parent, now: Decision(due=parent.order_qty, limit=Px(0.5)), "a limit that is no price"),  # type: ignore[arg-type]  # noqa: ARG005
    "at once again": (lambda parent, now: Decision(due=Qty(0), wake_at=now), "to be woken when that is past"),  # noqa: ARG005
}


def world_with(answer: Callable[[Parent, Ns], Any]) -> World:
    """Algo 2001 rests a third of its order for ten seconds, and then answers that."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Failing(Algo):
        def decide(self, parent: Parent, market: Market, now: Ns) -> Decision:  # noqa: ARG002
            later = Ns(parent.start + 10 * SECOND)
            if now < later:
                return Decision(due=Qty(parent.order_qty // 3), posting=Posting(takes=False), wake_at=later)
            found: Decision = answer(parent, now)
            return found

    world = World(lambda: Gateway({**ALGOS, "2001": Failing}), SETTINGS)
    world.converse("XLON quotes ACME 99.90x500 100.10x500\nBATE quotes ACME 99.90x300 100.10x300")
    return world


@pytest.mark.parametrize(("answer", "why"), BROKEN.values(), ids=BROKEN)
def test_what_rests_comes_back_and_the_order_ends_by_its_end(answer: Callable[[Parent, Ns], Any], why: str) -> None:
    """Other orders go on, and the journal is read again with the same faults."""
    world = world_with(answer)
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=300  OrdType=LIMIT  Price=99.90  TargetStrategy=2001  Duration=30
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   ClOrdID=$a  OrderQty=100  Price=99.90
        +10s
        XLON   < OrderCancelRequest  OrigClOrdID=$a
        XLON   > ExecutionReport  ClOrdID=$a  ExecType=CANCELED
        client > NewOrderSingle   ClOrdID=Q  OrderQty=100
        client < ExecutionReport  ClOrdID=Q  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  Price=100.10
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  ClOrdID=Q  OrdStatus=FILLED
        restart
        XLON quotes ACME 99.90x500 100.10x500
        +20s
        client < ExecutionReport  ClOrdID=P  ExecType=EXPIRED
        """
    )
    (alert,) = (alert for alert in world.notes("alert") if alert["code"] == "ALGO.FAULT")
    assert alert["text"].startswith("Failing ") and alert["text"].endswith(why)


@pytest.mark.parametrize(("answer", "why"), BROKEN.values(), ids=BROKEN)
def test_a_dry_run_says_so(answer: Callable[[Parent, Ns], Any], why: str) -> None:
    world = world_with(answer)
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=300  TargetStrategy=2001  848=Duration=30;DryRun=Y
        client < ExecutionReport  ExecType=REJECTED  OrdRejReason=BROKER
        """
    )
    assert world.notes("risk")[-1]["text"].endswith(why)
