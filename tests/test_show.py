"""What a person reads in a terminal: whole ids, whole times, numbers no longer than they tell something."""

from io import StringIO

import pytest
from rich.console import Console

from gateway.fix.dictionary import default
from gateway.record.answers import Choice, Event, LoggedMessage, Order, Slippage, Story
from gateway.run import show

AT = "2026-11-21T12:40:48.688123Z"
CL_ORD_ID = "A-CLIENTS-LONG-CLORDID-WITH-BLANKS IN IT-0123456789"
TEXT = "RISK.COLLAR Price(44) 120 is further than 500 bps from the opposite best quote 100.01"


def order(role: str = "parent", **facts: object) -> Order:
    empty: dict[str, object] = dict.fromkeys(Order.__struct_fields__)
    values = {
        "role": role,
        "order_id": "TOUR80-1",
        "cl_ord_id": CL_ORD_ID,
        "session": "DEMO",
        "symbol": "ACME",
        "side": "BUY",
        "order_qty": "10000",
        "status": "PARTIALLY_FILLED",
        "cum_qty": "590",
        "avg_px": "99.99179661",
        "strategy": "1001",
        "created": AT,
    }
    return Order(**(empty | values | facts))  # type: ignore[arg-type]


def event(**facts: object) -> Event:
    empty: dict[str, object] = dict.fromkeys(Event.__struct_fields__)
    return Event(**(empty | {"seq": 1, "time": AT, "session": "DEMO", "cl_ord_id": CL_ORD_ID} | facts))  # type: ignore[arg-type]


STORY = Story(
    order=order(),
    history=[
        event(event="NewOrderSingle", order_qty="10000"),
        event(event="TRADE", status="PARTIALLY_FILLED", last_qty="590", last_px="99.9", last_mkt="XLON", text=TEXT),
        event(event="TRADE", status="FILLED", last_qty="10", last_px="99.9", last_mkt="XLON"),
    ],
    executions=[],
    children=[order("child", cl_ord_id="TOUR80-1-1", order_id="V1", venue="XLON", slice=1)],
    child_executions=[],
    decisions=[
        Choice(
            seq=2, time=AT, slice=1, due="600", filled="0", working="0", release="600", limit=None, bid="99", ask="100",
            policy="price_time", why=None, passed_over={}, through={}, candidates=[], children=[{"cl_ord_id": "C1", "venue": "XLON", "qty": 60_000_000_000, "price": 9_999_000_000}],
        )
    ],
    slippage=Slippage(
        order_id="TOUR80-1", side="BUY", cum_qty="590", avg_px="99.99179661", reference="ask", arrival="99.9",
        slippage_bps=9.1888,
    ),
)  # fmt: skip


def printed(width: int | None) -> list[str]:
    """Lines in a terminal of that width; None: in a file."""
    out = StringIO()
    show.story(STORY, Console(file=out, width=width or 80, force_terminal=width is not None, color_system=None))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 80, 120, 250, None])
def test_no_id_and_no_time_is_broken_or_cut(width: int | None) -> None:
    """They are there to be copied; a terminal that is too narrow goes on in its next line."""
    lines = printed(width)
    told = [line for line in lines if "2026-11-21 12:40:48.688" in line]
    assert len(told) == 1 + 3 + 1 + 1, "order, history, releases, children"
    assert len([line for line in told if CL_ORD_ID in line]) == 4
    assert [line for line in told if "TOUR80-1-1" in line]
    assert "…" not in "".join(lines)


def test_a_long_text_is_broken_between_words_in_a_terminal_and_not_in_a_file() -> None:
    """What goes through a pipe is searched line by line."""
    assert [line for line in printed(None) if TEXT in line]
    broken = printed(120)
    assert not [line for line in broken if TEXT in line]
    words = {word for line in broken for word in line.split()}
    assert set(TEXT.split()) <= words


def test_an_average_has_at_most_six_decimals() -> None:
    """99.99179661 is a quotient; nobody trades at it."""
    lines = "\n".join(printed(None))
    assert "590 at 99.991797" in lines and "99.9917966" not in lines


def test_an_order_says_its_algo_its_fills_and_what_each_release_sent() -> None:
    """Names for numbers; that a partial fill left the order partially filled goes without saying."""
    lines = printed(None)
    assert " TWAP " in "\n".join(lines)
    assert len([line for line in lines if " TRADE " in line and "PARTIALLY" not in line]) == 1
    assert [line for line in lines if "TRADE, FILLED" in line and "10 at 99.9 on XLON" in line]
    assert [line for line in lines if "99 / 100" in line and "600 to XLON at 99.99" in line]


def test_slippage_says_what_it_is_measured_against() -> None:
    """Against the ask a buyer's cost is half a spread less than against the mid."""
    assert "590 at 99.991797 against an arrival ask of 99.9: slippage 9.1888 bps" in printed(80)


def test_a_message_kept_for_later_is_told_from_one_that_was_sent() -> None:
    """It has its MsgSeqNum(34) and waits; the resend is a line of its own."""
    fields = {"seq": 7, "time": AT, "session": "DEMO", "direction": "out", "msg_type": "8", "poss_dup": False}
    text = "8=FIX.4.4|35=8|34=3|37=G-1|"
    lines = [
        show.logged_message(LoggedMessage(**fields, msg_seq_num=3, kept=kept, text=text), default()).plain  # type: ignore[arg-type]
        for kept in (True, False)
    ]
    assert lines[0].startswith(f"7 {AT} DEMO kept > ExecutionReport")
    assert lines[1].startswith(f"7 {AT} DEMO > ExecutionReport")
