"""AllowCross N: nothing of an order takes what a venue shows. Judged by what arrives at the venues, algo by algo."""

import msgspec
import pytest

from algos import ALGOS
from gateway.model import Algo, Instrument, Send
from gateway.model.settings import Offer
from gateway.oms.parameters import known_to
from tests.algo_words import algos, saying
from tests.conftest import SETTINGS, make_world
from tests.conversation.wire import Wire, decode
from tests.conversation.world import World

MAY_REST = [(number, kind) for number, kind in algos() if "AllowCross" in known_to(kind)]
ONLY_RESTS = "6"  # ExecInst(18)
MIDDLE_AT = [100 + 0.2 * (10 - abs(step % 20 - 10)) for step in range(30)]  # up by 200 basis points, down and up again


@pytest.fixture
def both() -> World:
    """One venue that takes orders that only rest, and has auctions; two symbols."""
    return make_world(
        venues=(msgspec.structs.replace(SETTINGS.venues[0], offers=(*Offer,)),),
        instruments=(Instrument(symbol="ACME"), Instrument(symbol="BETA")),
        limits=dict.fromkeys(("ACME", "BETA"), SETTINGS.limits["ACME"]),
    )


def children(world: World) -> list[Wire]:
    sent = [output for outputs in world.outputs for output in outputs if isinstance(output, Send)]
    return [wire for output in sent if b"\x0135=D\x01" in output.data for wire in [decode(output.data)]]


@pytest.mark.parametrize(("number", "kind"), MAY_REST, ids=lambda x: x if isinstance(x, str) else "")
def test_no_child_takes_where_its_order_does_not_allow_that(both: World, number: str, kind: type[Algo]) -> None:
    """To buy and to sell. The market goes up, down and up, trades, and answers nothing: whatever is due is behind."""
    both.parties["XLON"].silent += ("D", "F")
    both.converse("XLON quotes ACME 99.90x500 100.10x500\nXLON quotes BETA 99.90x500 100.10x500")
    said = saying(kind, "AllowCross") | {"AllowCross": "N", "Duration": "600"}
    wanted = {"Lookback": "10", "AuctionPct": "0.1", "EntryThreshold": "1"}
    text = ";".join(f"{name}={text}" for name, text in (said | wanted).items() if name in known_to(kind))
    rests_at_its_limit = "DisplayQty" in known_to(kind) and not kind.has_child_tif
    for symbol, side, limit in (("ACME", "BUY", "100"), ("BETA", "SELL", "102")):
        price = limit if rests_at_its_limit else {"BUY": "105", "SELL": "95"}[side]
        both.converse(
            f"""
            client > NewOrderSingle   55={symbol}  Side={side}  OrderQty=400  40=2  44={price}  847={number}  848='{text}'
            client < ExecutionReport  ExecType=NEW
            """
        )
    seen, symbols = 0, set()
    for middle in MIDDLE_AT:
        bid, ask = middle - 0.1, middle + 0.1
        both.converse(
            "\n".join(
                f"XLON quotes {symbol} {bid:.2f}x500 {ask:.2f}x500\nXLON prints {symbol} {middle:.2f}x500"
                for symbol in ("ACME", "BETA")
            )
            + "\n+1s"
        )
        for child in children(both)[seen:]:
            seen, symbol, at = seen + 1, child.get(55) or "", float(child.get(44) or 0)
            symbols.add(symbol)
            assert child.get(18) == ONLY_RESTS and child.get(59) == "0", child
            assert at < ask - 0.001 if symbol == "ACME" else at > bid + 0.001
    assert symbols == {"ACME", "BETA"}


def test_what_is_behind_goes_on_resting(both: World) -> None:
    """PASSIVE would cross at the third slice, and IWouldPrice with all of it."""
    both.converse(
        """
        XLON quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   OrderQty=400  TargetStrategy=TWAP  NumSlices=4  Duration=40  Urgency=PASSIVE  AllowCross=N
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   ClOrdID=$a  OrderQty=100  Price=99.90  TimeInForce=DAY  ExecInst=6
        +10s
        XLON   < NewOrderSingle   ClOrdID=$b  OrderQty=100  Price=99.90  TimeInForce=DAY  ExecInst=6
        +10s
        XLON   < NewOrderSingle   ClOrdID=$c  OrderQty=100  Price=99.90  TimeInForce=DAY  ExecInst=6
        XLON   > ExecutionReport  ClOrdID=$b  ExecType=TRADE
        client < ExecutionReport  CumQty=100
        """
    )
    both.restart()


def test_a_price_that_would_do_is_no_reason_to_take(both: World) -> None:
    both.converse(
        """
        XLON quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle   OrderQty=400  TargetStrategy=TWAP  NumSlices=4  Duration=40  IWouldPrice=100.20  AllowCross=N
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=400  Price=99.90  TimeInForce=DAY  ExecInst=6
        """
    )


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("", "ORDER.VENUE no venue offers DAY and POST_ONLY"),
        (";Urgency=HIGH", "ALGO.CONFLICT AllowCross N and Urgency AGGRESSIVE"),
        (";CompleteByEnd=Y", "ALGO.CONFLICT AllowCross N and CompleteByEnd Y"),
    ],
)
def test_what_could_not_be_kept_is_refused(world: World, said: str, text: str) -> None:
    """No venue here takes orders that only rest."""
    world.converse(
        f"""
        client > NewOrderSingle   OrderQty=400  847=1001  848=Duration=40;AllowCross=N{said}
        client < ExecutionReport  ExecType=REJECTED  Text='{text}'
        """
    )


@pytest.mark.parametrize("number", ["1009", "1010", "1011", "1013", "1015"])
def test_who_does_nothing_but_take_or_never_takes_is_not_asked(number: str) -> None:
    """ARBITRAGE, STEALTH, SNIPER and SOR are nothing without taking, and HIDDEN rests where nothing is shown."""
    assert number in ALGOS and number not in {able for able, _ in MAY_REST}
