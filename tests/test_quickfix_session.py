"""Sessions with QuickFIX in both roles, through a proxy that loses messages: numbers and applications agree in the end."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("quickfix", reason="quickfix-ssl has no wheel for this Python")

from tests.fault_proxy import Fate
from tests.interop import Pairing, order, paired, run

ROLES = pytest.mark.parametrize("ours_call", [False, True], ids=["quickfix calls", "we call"])


class Tap:
    """What went through the proxy, and which messages it is told to drop: (from us, MsgType) -> how many more."""

    def __init__(self, *, ours_call: bool) -> None:
        self.passed: list[tuple[bool, dict[int, str]]] = []
        self.dropping: dict[tuple[bool, str], int] = {}
        self._ours_call = ours_call

    def __call__(self, from_caller: bool, message: bytes) -> Fate:
        from_us = from_caller is self._ours_call
        fields = {int(tag): value for tag, _, value in (each.partition("=") for each in _fields(message))}
        left = self.dropping.get((from_us, fields[35]), 0)
        if left and 112 not in fields:  # an answer to a TestRequest passes
            self.dropping[from_us, fields[35]] = left - 1
            return Fate.DROP
        self.passed.append((from_us, fields))
        return Fate.PASS

    def seen(self, msg_type: str, *, from_us: bool, tag: int = 35) -> list[dict[int, str]]:
        """Messages of a type, with that field."""
        return [each for side, each in self.passed if side is from_us and each[35] == msg_type and tag in each]

    def answered(self, *, from_us: bool) -> bool:
        return bool(self.seen("0", from_us=from_us, tag=112))


def _fields(message: bytes) -> list[str]:
    return message.decode("latin-1").rstrip("\x01").split("\x01")


def trade(pair: Pairing, count: int = 3) -> None:
    """So many orders each way, each answered."""
    before, sent = pair.heard(), len(pair.ours.trading.orders)
    pair.ours.send_orders(count)
    for number in range(count):
        pair.quickfix.offer("D", order(f"Q{sent + number + 1}"))
    pair.wait(lambda: pair.heard() == before + 4 * count)
    trading = pair.ours.trading
    assert trading.orders == pair.reports == [f"Q{number + 1}" for number in range(sent + count)]
    assert trading.reports == pair.orders
    pair.wait(pair.agree)


@ROLES
def test_a_thousand_messages_arrive_once_through_cuts_and_losses(tmp_path: Path, ours_call: bool) -> None:
    """Both stores agree afterwards, and our journal, replayed, says the same bytes. `python -m tests.interop` does more."""
    outcome = run(tmp_path, 1_000, 7, ours_call=ours_call, drops=12, cuts=4, restarts=1)
    assert (outcome.messages, outcome.cuts) == (1_000, 4)


OPTIONS: dict[str, dict[str, Any]] = {
    "dropped and asked for to the end": {},
    "held": {"hold": 100},
    "in chunks": {"resend_chunk": 2},
    "with fields that QuickFIX does not mind": {"next_expected": True, "last_processed": True},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@ROLES
def test_a_gap_is_filled_both_ways(tmp_path: Path, ours_call: bool, options: dict[str, Any]) -> None:
    """ResendRequest(2) from who misses messages, the same messages again with PossDupFlag(43)."""
    tap = Tap(ours_call=ours_call)
    with paired(tmp_path, tap, ours_call=ours_call, resend_patience_s=1, **options) as pair:
        tap.dropping = {(True, "D"): 2, (False, "D"): 2}
        trade(pair, 5)
    assert not any(tap.dropping.values())
    for from_us in (True, False):
        assert tap.seen("2", from_us=from_us)
        assert {each[11] for each in tap.seen("D", from_us=from_us, tag=43)} >= {("O" if from_us else "Q") + "1"}


@ROLES
def test_a_gap_that_shows_at_logon_is_filled(tmp_path: Path, ours_call: bool) -> None:
    """What was said while the other was away comes by resend, also where our Logon has NextExpectedMsgSeqNum(789)."""
    tap = Tap(ours_call=ours_call)
    with paired(tmp_path, tap, ours_call=ours_call, next_expected=True) as pair:
        tap.dropping = {(True, "D"): 99, (False, "D"): 99}
        pair.ours.send_orders(2)
        pair.quickfix.offer("D", order("Q1"))
        pair.wait(lambda: (tap.dropping[True, "D"], tap.dropping[False, "D"]) == (97, 98))
        pair.cut()
        tap.dropping = {}
        pair.wait(lambda: pair.heard() == 6)
        pair.wait(pair.agree)
    assert [each[789] for each in tap.seen("A", from_us=True)][-1] == "2"


@ROLES
def test_numbers_that_quickfix_skips_are_asked_for_and_filled(tmp_path: Path, ours_call: bool) -> None:
    """SequenceReset(4) with GapFillFlag(123) stands for messages that were never there."""
    tap = Tap(ours_call=ours_call)
    with paired(tmp_path, tap, ours_call=ours_call) as pair:
        pair.quickfix.set_numbers(next_out=50)
        trade(pair)
    assert tap.seen("4", from_us=False, tag=123)


def test_quickfix_begins_at_1_again_with_every_logon(tmp_path: Path) -> None:
    """ResetOnLogon=Y: its Logon says ResetSeqNumFlag(141)=Y, and so does our answer, as our MsgSeqNum 1."""
    tap = Tap(ours_call=False)
    with paired(tmp_path, tap, ours_call=False, theirs={"ResetOnLogon": "Y"}) as pair:
        trade(pair)
        before = pair.quickfix.numbers()
        pair.cut()
        pair.wait(lambda: len(tap.seen("A", from_us=True)) == 2)
        trade(pair)
        assert pair.quickfix.numbers() <= before
    assert [(each[34], each[141]) for each in tap.seen("A", from_us=True)] == [("1", "Y")] * 2


def test_quickfix_begins_at_1_again_after_a_logout(tmp_path: Path) -> None:
    """ResetOnLogout=Y: the Logon after it says ResetSeqNumFlag(141)=Y."""
    tap = Tap(ours_call=False)
    with paired(tmp_path, tap, ours_call=False, theirs={"ResetOnLogout": "Y"}) as pair:
        trade(pair)
        pair.quickfix.log_out()
        pair.quickfix.log_on()
        trade(pair)
    assert [each[34] for each in tap.seen("A", from_us=True, tag=141)][-1] == "1"


def test_we_begin_at_1_again_with_every_logon(tmp_path: Path) -> None:
    """QuickFIX takes our ResetSeqNumFlag(141)=Y."""
    tap = Tap(ours_call=True)
    with paired(tmp_path, tap, ours_call=True, reset_on_logon=True) as pair:
        trade(pair)
        pair.cut()
        pair.wait(lambda: len(tap.seen("A", from_us=False)) == 2)
        trade(pair)
    assert [(each[34], each[141]) for each in tap.seen("A", from_us=False)] == [("1", "Y")] * 2


def test_an_operator_resets_the_numbers(tmp_path: Path) -> None:
    """Disabled, reset, enabled again: our next Logon says it, and only that one."""
    tap = Tap(ours_call=True)
    with paired(tmp_path, tap, ours_call=True) as pair:
        trade(pair)
        assert pair.ours.command("reset") is not None  # not while connected
        assert pair.ours.command("disable") is None
        pair.wait(lambda: pair.ours.command("reset") is None)
        assert pair.ours.command("enable") is None
        pair.wait(pair.agree)  # QuickFIX would lose what it says before it hears of the reset
        trade(pair)
        pair.cut()
        pair.wait(lambda: len(tap.seen("A", from_us=False)) == 3)
        trade(pair)
    assert [each.get(141) for each in tap.seen("A", from_us=True)] == [None, "Y", None]


@ROLES
def test_who_hears_nothing_asks_and_is_answered(tmp_path: Path, ours_call: bool) -> None:
    """Heartbeats(0) that do not arrive make the other side send TestRequest(1); its answer repeats TestReqID(112)."""
    tap = Tap(ours_call=ours_call)
    with paired(tmp_path, tap, ours_call=ours_call) as pair:
        for from_us in (True, False):
            tap.dropping = {(from_us, "0"): 99}
            pair.wait(partial(tap.answered, from_us=from_us))
        tap.dropping = {}
        trade(pair)
    for from_us in (True, False):
        asked = {each[112] for each in tap.seen("1", from_us=not from_us)}
        assert {each[112] for each in tap.seen("0", from_us=from_us, tag=112)} <= asked
