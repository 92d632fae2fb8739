"""Which orders are taken, on which terms, and with which code the others are refused: the rules of fixspecs/algos.md."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from algos import ALGOS
from algos.twap import Twap
from gateway.model import (
    SECOND,
    Common,
    NewOrder,
    Ns,
    OrdRejReason,
    OrdType,
    ParameterType,
    Quote,
    Rejection,
    Side,
    StrategyParameter,
    TimeInForce,
    parameters,
    parse_px,
    parse_qty,
    parse_timestamp,
)
from gateway.model.refusals import REFUSALS
from gateway.model.settings import DIRECT
from gateway.oms.plan import Plan
from gateway.oms.strategy import plan
from gateway.oms.terms import wrong_terms
from tests.conftest import make_world
from tests.conversation.language import START
from tests.conversation.world import World

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "fixspecs" / "algos.md").read_text("utf-8")
ANSWERS = {
    (code, f"{tag}={reason}")
    for code, row in REFUSALS.items()
    for tag, reason in ((103, row.order), (102, row.request))
}

STRING = ParameterType.STRING.value
MODELS: dict[str, type] = {"all": Common} | {number: kind for number, kind in ALGOS.items() if number != DIRECT}
TYPES = {one.name: one.type.value for model in MODELS.values() for one in parameters(model)}
CLOSE = Ns(START + 2 * 3600 * SECOND)  # 16:30


def order(*parameters: str, **changes: Any) -> NewOrder:
    """A TWAP of 300 shares; a parameter is 'Name=value' or 'Name:959=value'."""
    group = []
    for text in parameters:
        name, _, value = text.partition("=")
        name, _, code = name.partition(":")
        group.append(StrategyParameter(name, code or TYPES.get(name, STRING), value))
    usual = NewOrder(
        cl_ord_id="P",
        symbol="ACME",
        side=Side.BUY,
        order_qty=parse_qty("300"),
        ord_type=OrdType.MARKET,
        target_strategy="1001",
        strategy_parameters=tuple(group),
    )
    return msgspec.structs.replace(usual, **changes)


def read(given: NewOrder, *, close: Ns | None = None) -> Plan | Rejection:
    return plan(given, ALGOS, now=START, close=close, quote=lambda symbol: Quote(symbol=symbol))


def taken(given: NewOrder, *, close: Ns | None = None) -> Plan:
    result = read(given, close=close)
    assert isinstance(result, Plan), result
    return result


def at(text: str) -> Ns:
    return parse_timestamp(f"20260105-{text}")


# -- what is taken


def test_a_twap_without_parameters_runs_from_now_to_the_close() -> None:
    found = taken(order(), close=CLOSE)
    assert found == Plan(algo=Twap(), start=START, end=CLOSE, expire_at=CLOSE, note=None, common=Common())
    assert found.child_tif == TimeInForce.IOC and not found.immediate


@pytest.mark.parametrize(
    ("given", "algo"),
    [
        (order("Duration=90", "NumSlices=3"), Twap(slices=3)),
        (order("Duration=90", "NumSlices=1"), Twap(slices=1)),
        (order("Duration=90", "NumSlices=10000"), Twap(slices=10_000)),
        (order("Duration=90", "NumSlices=007"), Twap(slices=7)),
        (order("Duration=90", "IntervalSec=1"), Twap(interval_s=1)),
        (order("Duration=90", "IntervalSec=86400"), Twap(interval_s=86_400)),
        (order("Duration=90", "MaxParticipation=0.25"), Twap(max_participation=parse_px("0.25"))),
        (order("Duration=90", "MaxParticipation=1"), Twap(max_participation=parse_px("1"))),
        (order("Duration=90", "MaxParticipation=0.00000001"), Twap(max_participation=parse_px("0.00000001"))),
        (order("Duration=90", participation="0.25"), Twap(max_participation=parse_px("0.25"))),
        (order("Duration=90", "MaxParticipation=0.250", participation="0.25"), Twap(max_participation=parse_px("0.25"))),
        (order(strategy_text="Duration=90;NumSlices=3"), Twap(slices=3)),
        (order(strategy_text="Duration=90;NumSlices=3;"), Twap(slices=3)),
        (order(strategy_text="Duration=90;MaxParticipation=0.1", participation="0.1"), Twap(max_participation=parse_px("0.1"))),
        (order(strategy_text="Duration=90", participation="0.5"), Twap(max_participation=parse_px("0.5"))),
    ],
)  # fmt: skip
def test_parameters_come_in_either_encoding_with_native_fields_beside(given: NewOrder, algo: Twap) -> None:
    found = taken(given)
    assert (found.algo, found.start, found.end) == (algo, START, START + 90 * SECOND)


@pytest.mark.parametrize(
    ("given", "start", "end", "note"),
    [
        (order("Duration=1"), "14:30:00", "14:30:01", None),
        (order("Duration=2592000"), "14:30:00", None, None),
        (order("EndTime=20260105-15:00:00"), "14:30:00", "15:00:00", None),
        (order(expire_time=at("15:00:00")), "14:30:00", "15:00:00", None),
        (order("EndTime=20260105-15:00:00", expire_time=at("15:00:00")), "14:30:00", "15:00:00", None),
        (order("StartTime=20260105-14:40:00", "Duration=60"), "14:40:00", "14:41:00", None),
        (order("Duration=60", effective_time=at("14:40:00")), "14:40:00", "14:41:00", None),
        (order("StartTime=20260105-14:40:00.000", "Duration=60", effective_time=at("14:40:00")), "14:40:00", "14:41:00", None),
        (order("StartTime=20260105-14:40:00.000001", "Duration=60", effective_time=at("14:40:00.000001")), "14:40:00.000001", "14:41:00.000001", None),
        (order("Duration=60", effective_time=at("14:30:00")), "14:30:00", "14:31:00", None),
        (order("Duration=60", effective_time=at("14:30:00.000000001")), "14:30:00.000000001", "14:31:00.000000001", None),
        (order("Duration=60", effective_time=at("14:29:59.999")), "14:30:00", "14:31:00", "StartTime has passed; started now"),
        (order("StartTime=20260101-09:00:00", "EndTime=20260105-15:00:00"), "14:30:00", "15:00:00", "StartTime has passed; started now"),
        (order(strategy_text="StartTime=20260105-14:40:00;EndTime=20260105-15:00:00"), "14:40:00", "15:00:00", None),
        (order(expire_time=at("15:00:00"), time_in_force=TimeInForce.GTD), "14:30:00", "15:00:00", None),
    ],
)  # fmt: skip
def test_the_window_is_what_start_end_and_duration_say(
    given: NewOrder, start: str, end: str | None, note: str | None
) -> None:
    """A start that has passed is now, and the client is told; 168 and 126 count to the nanosecond."""
    found = taken(given)
    until = at(end) if end else START + 30 * 86_400 * SECOND
    assert (found.start, found.end, found.expire_at, found.note) == (at(start), until, until, note)


def test_a_day_order_may_not_run_past_the_close_and_others_may() -> None:
    late = at("16:30:00.001")
    assert taken(order(expire_time=CLOSE), close=CLOSE).end == CLOSE
    assert isinstance(read(order(expire_time=late), close=CLOSE), Rejection)
    assert isinstance(read(order("Duration=7201"), close=CLOSE), Rejection)
    for time_in_force in (TimeInForce.GTC, TimeInForce.GTD):
        assert taken(order(expire_time=late, time_in_force=time_in_force), close=CLOSE).end == late


@pytest.mark.parametrize("value", ["0", "3"])
def test_children_rest_or_not_as_ChildTIF_says(value: str) -> None:
    assert taken(order("Duration=90", f"ChildTIF={value}")).child_tif == value


@pytest.mark.parametrize(
    ("time_in_force", "expire", "expire_at", "immediate"),
    [
        (TimeInForce.DAY, None, None, False),
        (TimeInForce.GTC, None, None, False),
        (TimeInForce.IOC, None, None, True),
        (TimeInForce.GTD, at("15:00:00"), at("15:00:00"), False),
        (TimeInForce.DAY, at("15:00:00"), None, False),
    ],
)
def test_an_order_without_algo_ends_as_its_TimeInForce_says(
    time_in_force: TimeInForce, expire: Ns | None, expire_at: Ns | None, immediate: bool
) -> None:
    found = taken(order(target_strategy=None, time_in_force=time_in_force, expire_time=expire))
    assert (found.start, found.expire_at, found.immediate, found.child_tif) == (START, expire_at, immediate, "3")


def test_an_order_without_algo_may_start_later() -> None:
    assert taken(order(target_strategy=None, effective_time=at("15:00:00"))).start == at("15:00:00")
    assert taken(order(target_strategy=None, effective_time=at("14:00:00"))).start == START


# -- what is refused

REFUSED: list[tuple[NewOrder, str, OrdRejReason]] = [
    (order(target_strategy="9"), "ALGO.UNKNOWN TargetStrategy(847) 9", OrdRejReason.UNSUPPORTED),
    (order(target_strategy="0"), "ALGO.UNKNOWN TargetStrategy(847) 0", OrdRejReason.UNSUPPORTED),
    (order(target_strategy="01001"), "ALGO.UNKNOWN TargetStrategy(847) 01001", OrdRejReason.UNSUPPORTED),
    *((order("Duration=9", time_in_force=tif), f"ALGO.TIF TimeInForce(59) {tif}", OrdRejReason.UNSUPPORTED)
      for tif in TimeInForce if tif not in ("0", "1", "6")),
    (order("Duration=9", time_in_force=TimeInForce.GTD), "ALGO.MISSING EndTime", OrdRejReason.OTHER),
    (order(), "ALGO.MISSING EndTime", OrdRejReason.OTHER),
    (order("NumSlices=3", target_strategy=None), "ALGO.MISSING TargetStrategy(847)", OrdRejReason.OTHER),
    (order(strategy_text="NumSlices=3", target_strategy=None), "ALGO.MISSING TargetStrategy(847)", OrdRejReason.OTHER),
    (order(participation="0.25", target_strategy=None), "ALGO.MISSING TargetStrategy(847)", OrdRejReason.OTHER),
    (order("Duration=9", "Zeal=HIGH"), "ALGO.PARAMETER Zeal", OrdRejReason.OTHER),
    (order("Duration=9", "numslices=3"), "ALGO.PARAMETER numslices", OrdRejReason.OTHER),
    (order(strategy_text="Duration=9;Slices=3"), "ALGO.PARAMETER Slices", OrdRejReason.OTHER),
    (order("Duration=9", strategy_text="NumSlices=3"), "ALGO.CONFLICT StrategyParametersGrp(957) and 848", OrdRejReason.OTHER),
    (order("Duration=9", "EndTime=20260105-15:00:00"), "ALGO.CONFLICT EndTime and Duration", OrdRejReason.OTHER),
    (order("Duration=9", expire_time=at("15:00:00")), "ALGO.CONFLICT EndTime and Duration", OrdRejReason.OTHER),
    (order("Duration=9", "NumSlices=3", "IntervalSec=3"), "ALGO.CONFLICT NumSlices and IntervalSec", OrdRejReason.OTHER),
    (order("Duration=9", "NumSlices=3", "NumSlices=3"), "ALGO.CONFLICT NumSlices is given twice", OrdRejReason.OTHER),
    (order(strategy_text="Duration=9;Duration=9"), "ALGO.CONFLICT Duration is given twice", OrdRejReason.OTHER),
    (order("Duration=9", "StartTime=20260105-14:40:00", effective_time=at("14:40:00.001")), "ALGO.CONFLICT StartTime 168<>958", OrdRejReason.OTHER),
    (order("Duration=9", "StartTime=20260105-14:40:00", effective_time=at("14:40:00.000000001")), "ALGO.CONFLICT StartTime 168<>958", OrdRejReason.OTHER),
    (order(strategy_text="EndTime=20260105-15:00:00", expire_time=at("15:01:00")), "ALGO.CONFLICT EndTime 126<>848", OrdRejReason.OTHER),
    (order("Duration=9", "MaxParticipation=0.2", participation="0.25"), "ALGO.CONFLICT MaxParticipation 849<>958", OrdRejReason.OTHER),
    *((order("Duration=9", f"{bound}=0.2", participation=rate, target_strategy=number), f"ALGO.CONFLICT {bound} is", OrdRejReason.OTHER)
      for number in ("2", "1002") for bound, rate in (("MinParticipation", "0.19999999"), ("MaxParticipation", "0.20000001"))),
    (order("Duration=9", "TargetParticipation=0.2", participation="0.25", target_strategy="2"), "ALGO.CONFLICT TargetParticipation 849<>958", OrdRejReason.OTHER),
    (order("Duration=9", "MinParticipation=0.3", participation="0.2", target_strategy="1"), "ALGO.CONFLICT MinParticipation is above", OrdRejReason.OTHER),
    (order("Duration=9", "VolumeProfile=14=1", "Live=Y", target_strategy="1"), "ALGO.CONFLICT VolumeProfile and Live", OrdRejReason.OTHER),
    (order("Duration=9", "NumSlices=3", "IntervalSec=3", target_strategy="1"), "ALGO.CONFLICT NumSlices and IntervalSec", OrdRejReason.OTHER),
    *((order("Duration=9", f"VolumeProfile={text}", target_strategy="1"), "ALGO.FORMAT VolumeProfile", OrdRejReason.OTHER)
      for text in ("U U", "14", "14=", "14=x", "14=1 14=2", "24=1", "1=1", "14=-1", "14=0", "14=0 15=0", "14=-1 15=2", " ")),
    (order("Duration=9", "Live=1", target_strategy="1"), "ALGO.FORMAT Live", OrdRejReason.OTHER),
    (order("Duration=9", "MaxParticipation=0.2", target_strategy="2"), "ALGO.MISSING TargetParticipation", OrdRejReason.OTHER),
    (order("Duration=9", participation="20", target_strategy="2"), "ALGO.RANGE TargetParticipation 20 must be a fraction", OrdRejReason.OTHER),
    (order("Duration=9", "IWouldPrice=0"), "ALGO.RANGE IWouldPrice 0 must be at least 0.00000001", OrdRejReason.OTHER),
    (order("Duration=9", "IWouldPrice:6=1"), "ALGO.TYPE StrategyParameterType(959) of IWouldPrice is 8 (PRICE), not 6", OrdRejReason.OTHER),
    (order("Duration=9", "NumSlices:6=3"), "ALGO.TYPE StrategyParameterType(959) of NumSlices is 1 (INT), not 6", OrdRejReason.OTHER),
    (order("Duration:14=9"), "ALGO.TYPE StrategyParameterType(959) of Duration is 1", OrdRejReason.OTHER),
    (order("Duration=9", "MaxParticipation:6=0.1"), "ALGO.TYPE StrategyParameterType(959) of MaxParticipation is 11", OrdRejReason.OTHER),
    (order("Duration=9", "StartTime:14=20260105-14:40:00", effective_time=at("14:40:00")), "ALGO.TYPE", OrdRejReason.OTHER),
    (order("Duration=9", "ChildTIF:1=0"), "ALGO.TYPE", OrdRejReason.OTHER),
    *((order("Duration=9", f"NumSlices={text}"), "ALGO.FORMAT NumSlices", OrdRejReason.OTHER)
      for text in ("-3", "3.0", "+3", " 3", "1_000", "1e2", "0x10", "٣", "1000000000", "NaN")),
    *((order("Duration=9", f"MaxParticipation={text}"), "ALGO.FORMAT MaxParticipation", OrdRejReason.OTHER)
      for text in (".25", "25%", "1e-1", "0.000000001", "NaN", "Inf", "+0.1")),
    (order("Duration=9", "ChildTIF=33"), "ALGO.FORMAT ChildTIF", OrdRejReason.OTHER),
    (order("EndTime=15:00:00"), "ALGO.FORMAT EndTime", OrdRejReason.OTHER),
    (order("EndTime=20260231-15:00:00"), "ALGO.FORMAT EndTime", OrdRejReason.OTHER),
    (order(strategy_text="LOW"), "ALGO.FORMAT TargetStrategyParameters(848)", OrdRejReason.OTHER),
    (order(strategy_text="Duration=9;NumSlices"), "ALGO.FORMAT TargetStrategyParameters(848)", OrdRejReason.OTHER),
    (order(strategy_text="Duration=9;=3"), "ALGO.FORMAT TargetStrategyParameters(848)", OrdRejReason.OTHER),
    (order("Duration=0"), "ALGO.RANGE Duration 0 must be at least 1 and at most 2592000", OrdRejReason.OTHER),
    (order("Duration=2592001"), "ALGO.RANGE Duration", OrdRejReason.OTHER),
    (order("Duration=9", "NumSlices=0"), "ALGO.RANGE NumSlices 0 must be at least 1 and at most 10000", OrdRejReason.OTHER),
    (order("Duration=9", "NumSlices=10001"), "ALGO.RANGE NumSlices", OrdRejReason.OTHER),
    (order("Duration=9", "IntervalSec=86401"), "ALGO.RANGE IntervalSec", OrdRejReason.OTHER),
    *((order("Duration=9", f"MaxParticipation={text}"), f"ALGO.RANGE MaxParticipation {text} must be a fraction", OrdRejReason.OTHER)
      for text in ("25", "1.5", "1.00000001", "0", "-0.25")),
    *((order("Duration=9", participation=text), f"ALGO.RANGE MaxParticipation {text}", OrdRejReason.OTHER)
      for text in ("25", "1.5", "0")),
    (order("Duration=9", "ChildTIF=1"), "ALGO.RANGE ChildTIF 1", OrdRejReason.OTHER),
    (order("EndTime=20260105-14:29:59"), "ALGO.ENDTIME EndTime has passed", OrdRejReason.TOO_LATE),
    (order(expire_time=START), "ALGO.ENDTIME EndTime has passed", OrdRejReason.TOO_LATE),
    (order(effective_time=at("15:00:00"), expire_time=at("15:00:00")), "ALGO.WINDOW", OrdRejReason.OTHER),
    (order(effective_time=at("15:00:01"), expire_time=at("15:00:00")), "ALGO.WINDOW", OrdRejReason.OTHER),
    (order(target_strategy=None, time_in_force=TimeInForce.GTD), "ORDER.MISSING ExpireTime(126)", OrdRejReason.OTHER),
    (order(target_strategy=None, time_in_force=TimeInForce.GTD, expire_time=START), "ORDER.EXPIRED", OrdRejReason.TOO_LATE),
]  # fmt: skip


def name_of(row: object) -> str | None:
    return row if isinstance(row, str) else ""


@pytest.mark.parametrize(("given", "text", "reason"), REFUSED, ids=name_of)
def test_an_order_that_breaks_a_rule_is_refused_with_its_code(given: NewOrder, text: str, reason: OrdRejReason) -> None:
    refused = read(given)
    assert isinstance(refused, Rejection), refused
    assert refused.text.startswith(text)
    assert refused.reason == reason
    assert (text.split(maxsplit=1)[0], f"103={reason}") in ANSWERS


@pytest.mark.parametrize(
    ("changes", "text", "reason"),
    [
        ({"cl_ord_id": "x" * 65}, "ORDER.CLORDID", OrdRejReason.OTHER),
        ({"cl_ord_id": "a b"}, "ORDER.CLORDID", OrdRejReason.OTHER),
        ({"cl_ord_id": "\xe9"}, "ORDER.CLORDID", OrdRejReason.OTHER),
        ({"cl_ord_id": "a\n"}, "ORDER.CLORDID", OrdRejReason.OTHER),
        ({"cl_ord_id": ""}, "ORDER.CLORDID", OrdRejReason.OTHER),
        ({"ord_type": OrdType.LIMIT}, "ORDER.MISSING Price(44)", OrdRejReason.OTHER),
        ({"price": parse_px("10")}, "ORDER.CONFLICT", OrdRejReason.OTHER),
        *(
            ({"ord_type": kind}, f"ORDER.TYPE OrdType(40) {kind}", OrdRejReason.UNSUPPORTED)
            for kind in OrdType
            if kind not in ("1", "2")
        ),
    ],
)
def test_terms_that_no_order_may_have(changes: dict[str, Any], text: str, reason: OrdRejReason) -> None:
    refused = wrong_terms(order(**changes))
    assert refused is not None
    assert refused.text.startswith(text) and refused.reason == reason
    assert (text.split(maxsplit=1)[0], f"103={reason}") in ANSWERS


def test_a_refusal_repeats_only_so_much_of_what_was_sent() -> None:
    """The report echoes the order as well; it must stay within what a counterparty reads."""
    long = "n" * 4000
    for given in (
        order(f"{long}=1", "Duration=9"),
        order(f"{long}=1", f"{long}=1"),
        order(strategy_text=f"{long}=1;Duration=9"),
    ):
        refused = read(given)
        assert isinstance(refused, Rejection) and len(refused.text) < 200


def test_terms_at_their_bounds_pass() -> None:
    assert wrong_terms(order(cl_ord_id="!" + "~" * 63)) is None
    assert wrong_terms(order(ord_type=OrdType.LIMIT, price=parse_px("10"))) is None


# -- through the gateway


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ("TargetStrategy=TWAP  Duration=90  NumSlices=3", "ExecType=NEW  TargetStrategy=1001  957=2  Duration=90  NumSlices=3  -Text"),
        ("TargetStrategy=TWAP  848='Duration=90;NumSlices=3'", "ExecType=NEW  848='Duration=90;NumSlices=3'  -957"),
        ("TargetStrategy=TWAP  126=+60s  849=0.25  NumSlices=2", "ExecType=NEW  849=0.25  957=1  NumSlices=2"),
        ("TargetStrategy=TWAP  168=+60s  126=+120s", "ExecType=NEW  -Text") ,
        ("TargetStrategy=TWAP  168=-60s  126=+60s", "ExecType=NEW  Text='StartTime has passed; started now'"),
        ("TargetStrategy=TWAP  168=+60s  StartTime=+60s  Duration=60", "ExecType=NEW"),
        ("TargetStrategy=TWAP  168=+60s  StartTime=+61s  Duration=60", "ExecType=REJECTED  OrdRejReason=99  Text='ALGO.CONFLICT StartTime 168<>958'"),
        ("TargetStrategy=TWAP  Duration=90  EndTime=+90s", "ExecType=REJECTED  OrdRejReason=99  Text~'ALGO.CONFLICT EndTime and Duration'"),
        ("TargetStrategy=TWAP  126=-1s", "ExecType=REJECTED  OrdRejReason=4  Text~ALGO.ENDTIME"),
        ("TargetStrategy=TWAP  Duration=90  Urgency=HOT", "ExecType=REJECTED  OrdRejReason=99  Text~Urgency"),
        ("TargetStrategy=TWAP  Duration:FLOAT=90", "ExecType=REJECTED  OrdRejReason=99  Text~ALGO.TYPE"),
        ("TargetStrategy=TWAP  Duration=90  849=25", "ExecType=REJECTED  OrdRejReason=99  849=25  Text~'25 % is 0.25'"),
        ("TargetStrategy=TWAP  Duration=90  TimeInForce=3", "ExecType=REJECTED  OrdRejReason=11  Text~ALGO.TIF"),
        ("TargetStrategy=TWAP  Duration=90  TimeInForce=4", "ExecType=REJECTED  OrdRejReason=11  Text~ALGO.TIF"),
        ("TargetStrategy=1099   Duration=90", "ExecType=REJECTED  OrdRejReason=11  Text~'ALGO.UNKNOWN TargetStrategy(847) 1099'"),
        ("TargetStrategy=VWAP  Duration=90  VolumeProfile='14=.08 15=.12'  849=0.3", "ExecType=NEW  849=0.3  957=2"),
        ("TargetStrategy=VWAP  848='Duration=90;VolumeProfile=14=.08 15=.12'", "ExecType=NEW"),
        ("TargetStrategy=VWAP  Duration=90  VolumeProfile=14=0", "ExecType=REJECTED  OrdRejReason=99  Text~ALGO.FORMAT"),
        ("TargetStrategy=POV  Duration=90", "ExecType=REJECTED  OrdRejReason=99  Text='ALGO.MISSING TargetParticipation'"),
        ("TargetStrategy=POV  Duration=90  849=0.1  MinParticipation=0.2", "ExecType=REJECTED  OrdRejReason=99  Text~ALGO.CONFLICT"),
        ("TargetStrategy=POV  Duration=90  849=0.1  IWouldPrice=100", "ExecType=NEW  849=0.1  957=2"),
        ("TargetStrategy=TWAP", "ExecType=REJECTED  OrdRejReason=99  Text='ALGO.MISSING EndTime'"),
        ("957=1  958=NumSlices  959=1  960=3", "ExecType=REJECTED  OrdRejReason=99  Text='ALGO.MISSING TargetStrategy(847)'"),
        ("848=NumSlices=3", "ExecType=REJECTED  OrdRejReason=99  Text='ALGO.MISSING TargetStrategy(847)'"),
        ("TimeInForce=2", "ExecType=REJECTED  OrdRejReason=11  Text='ORDER.VENUE no venue offers OPG'"),
        ("TimeInForce=5", "ExecType=REJECTED  OrdRejReason=99  Text='ORDER.MISSING Price(44)'"),
        ("TimeInForce=6  126=+0s", "ExecType=REJECTED  OrdRejReason=4  Text~ORDER.EXPIRED"),
        ("152=10", "ExecType=REJECTED  OrdRejReason=99  Text~ORDER.CONFLICT"),
        ("ExecInst=e", "ExecType=REJECTED  OrdRejReason=11  Text~ORDER.INSTRUCTION"),
        ("ExecInst=e  TargetStrategy=TWAP  Duration=9", "ExecType=NEW"),
        ("OrdType=FUNARI", "ExecType=REJECTED  OrdRejReason=11  Text~ORDER.TYPE"),
        ("OrdType=STOP", "ExecType=REJECTED  OrdRejReason=99  Text~ORDER.MISSING"),
        ("OrdType=MARKET  Price=100", "ExecType=REJECTED  OrdRejReason=99  Text~ORDER.CONFLICT"),
        ("OrdType=LIMIT", "ExecType=REJECTED  OrdRejReason=99  Text~ORDER.MISSING"),
    ],
)  # fmt: skip
def test_an_order_is_answered_on_the_wire(fields: str, answer: str) -> None:
    """Nothing of a refused order reaches a venue, and all that is echoed comes back as it was sent."""
    world = make_world()
    world.converse("XLON quotes ACME 99.90x500 100.10x500")
    status = "OrdStatus=REJECTED  LeavesQty=0  CumQty=0" if "REJECTED" in answer else "OrdStatus=NEW  LeavesQty=7"
    world.parties["XLON"].silent += ("D",)
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  OrderQty=7  {fields}
        client < ExecutionReport  ClOrdID=P  {status}  {answer}
        """
    )
    assert not ("REJECTED" in answer and world.notes("decision"))


def test_more_slices_than_lots_become_one_lot_each_and_the_client_is_told(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   OrderQty=3  TargetStrategy=TWAP  NumSlices=4  Duration=30
        client < ExecutionReport  ExecType=NEW  Text='NumSlices taken as 3, the smallest order each'
        XLON   < NewOrderSingle   OrderQty=1
        +9999ms
        +1ms
        XLON   < NewOrderSingle   OrderQty=1
        """
    )


def test_both_remarks_reach_the_client(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   OrderQty=3  TargetStrategy=TWAP  NumSlices=4  168=-1s  126=+30s
        client < ExecutionReport  Text='StartTime has passed; started now; NumSlices taken as 3, the smallest order each'
        XLON   < NewOrderSingle   OrderQty=1
        """
    )


@pytest.mark.parametrize(
    ("fields", "tag"),
    [
        ("TargetStrategy=TWAP  849=abc", 849),
        ("TargetStrategy=TWAP  126=tomorrow", 126),
        ("847=TWAP?", 847),
        ("TargetStrategy=TWAP  957=2  958=NumSlices  959=1  960=3", 957),
        ("TargetStrategy=TWAP  957=1  958=NumSlices  960=3", 959),
        ("TargetStrategy=TWAP  957=1  958=NumSlices  959=99  960=3", 959),
        ("TimeInForce=x", 59),
    ],
)
def test_a_fault_of_format_is_the_sessions_to_reject(world: World, fields: str, tag: int) -> None:
    world.converse(
        f"""
        client > NewOrderSingle  {fields}
        client < Reject          RefTagID={tag}  RefMsgType=D
        """
    )


def test_an_immediate_order_waits_for_its_effective_time(world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=900  TimeInForce=3  168=+10s
        client < ExecutionReport  ExecType=NEW
        +9999ms
        +1ms
        client < ExecutionReport  ExecType=RESTATED  WorkingIndicator=Y
        XLON   < NewOrderSingle   OrderQty=500
        BATE   < NewOrderSingle   OrderQty=300
        XLON   > ExecutionReport  ExecType=CANCELED
        BATE   > ExecutionReport  ExecType=CANCELED
        client < ExecutionReport  ExecType=CANCELED  CumQty=0
        """
    )


# -- the document


def test_the_parameter_table_of_the_document_is_what_the_algos_declare() -> None:
    declared = set()
    for algo, model in MODELS.items():
        for one in parameters(model):
            bounds = ["" if bound is None else one.show(bound) for bound in (one.minimum, one.maximum)]
            if one.type is ParameterType.PERCENTAGE and bounds == ["0.00000001", "1"]:
                bounds = ["", ""]  # as every fraction
            declared.add((one.name, one.type.value, one.type.name, *bounds, algo))
    table = DOCUMENT.split("### Parameters")[1].split("### Encodings")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("|")
    ]
    assert {(*row[:5], algo) for row in rows[2:] for algo in row[6].split(", ")} == declared
    assert {row[0]: row[1] for row in rows[2:]} == TYPES


def test_the_examples_of_the_document_are_answered_as_it_says(world: World) -> None:
    """Each line is sent as it stands; the gateway takes them all."""
    examples = re.findall(r"^    35=D\|(.+)$", DOCUMENT, re.MULTILINE)
    assert len(examples) == 3
    world.converse("XLON quotes ACME 9.95x90000 10.00x90000")
    world.converse("BATE quotes ACME - -")
    for example in examples:
        fields = "  ".join(f"'{field}'" for field in example.split("|"))
        world.converse(
            f"""
            client > NewOrderSingle   {fields}
            client < ExecutionReport  ExecType=NEW  OrdStatus=NEW
            XLON   < NewOrderSingle
            """
            if "849" not in example
            else f"""
            client > NewOrderSingle   {fields}
            client < ExecutionReport  ExecType=NEW  OrdStatus=NEW  849=0.25
            """
        )
