"""What an order cannot come to in its window is said when it is taken: by a share of what usually trades, or by its pace."""

import pytest

from tests.conftest import make_world
from tests.conversation.world import World

OPEN_S = 14 * 3600 + 1860  # a minute after the conversations begin


@pytest.fixture
def world() -> World:
    """A day without a close has just begun, and on the one before others traded 24,000: 12,000 by the middle of it."""
    world = make_world(open_s=OPEN_S)
    world.converse("XLON prints ACME 100.00x24000\n+60s\nXLON quotes ACME 99.90x500 100.10x500")
    return world


USUALLY = "since others usually trade 12000 in the window"


@pytest.mark.parametrize(
    ("algo", "qty", "said", "text"),
    [
        *(
            (algo, 3001, "MaxParticipation=0.2", f"MaxParticipation 0.2 comes to 3000 of 3001, {USUALLY}")
            for algo in ("1", "1001", "1003", "1006")
        ),
        ("1001", 3000, "MaxParticipation=0.2", ""),
        ("1001", 3001, "", ""),
        ("2", 3001, "TargetParticipation=0.2", f"TargetParticipation 0.2 comes to 3000 of 3001, {USUALLY}"),
        ("1007", 100, "Lookback=3600;EntryThreshold=1;MaxSlices=13", "12 of MaxSlices 13 fit in the window"),
        ("1007", 100, "Lookback=3600;EntryThreshold=1;MaxSlices=12", ""),
        ("1010", 43201, "MaxClip=1", "MaxClip 1 a second comes to 43200 of 43201 in the window"),
        ("1010", 43200, "MaxClip=1", ""),
        ("1015", 43201, "MaxClip=1", ""),
    ],
)
def test_what_an_order_cannot_come_to_is_said_when_it_is_taken(
    world: World, algo: str, qty: int, said: str, text: str
) -> None:
    """It is taken all the same. What others trade counts r / (1 - r) times. SOR has one release and no pace."""
    ended = ";".join(filter(None, (said, "Duration=43200")))
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty={qty}  OrdType=LIMIT  Price=95.5  TargetStrategy={algo}  848='{ended}'
        client < ExecutionReport  ExecType=NEW  {f"Text='{text}'" if text else "-Text"}
        """
        + ("client < ExecutionReport  ExecType=CANCELED" if algo == "1015" else "")
    )


def test_a_start_that_is_to_come_begins_the_window(world: World) -> None:
    """The second quarter of the day, 0.175 of its volume: 4,200 beside which a fifth is 1,050."""
    world.converse(
        """
        client > NewOrderSingle   OrderQty=2000  OrdType=LIMIT  Price=95.5  TargetStrategy=POV  849=0.2  168=+21660s  126=+43260s
        client < ExecutionReport  ExecType=NEW  Text='TargetParticipation 0.2 comes to 1050 of 2000, since others usually trade 4200 in the window'
        """
    )


def test_before_there_was_a_usual_day_nobody_knows() -> None:
    make_world().converse(
        """
        XLON quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   OrderQty=3001  OrdType=LIMIT  Price=95.5  TargetStrategy=POV  849=0.2  848=Duration=60
        client < ExecutionReport  ExecType=NEW  -Text
        """
    )
