"""Messages to and from the model: what is written is valid, and reads back as what it was."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fix import messages as m
from gateway.fix.dictionary import default
from gateway.fix.frame import finish
from gateway.fix.reader import Message, Reader
from gateway.model import (
    BookUpdate,
    CancelReject,
    CancelRequest,
    CxlRejReason,
    CxlRejResponseTo,
    ExecType,
    ExecutionReport,
    MarketData,
    MarketDataRequest,
    NewOrder,
    Ns,
    OrdRejReason,
    OrdStatus,
    OrdType,
    Px,
    Qty,
    ReplaceRequest,
    Side,
    StrategyParameter,
    TimeInForce,
    parse_timestamp,
    print_scaled,
    print_timestamp,
)
from gateway.model.enums import ListOrderStatus, ListStatusType
from gateway.model.lists import ListLine, ListStatus
from gateway.model.trading import SecurityStatus

NOW = parse_timestamp("20260105-14:30:00.123")
READER = Reader(default())
GIVEN = settings(max_examples=80)

words = st.text(st.characters(min_codepoint=0, max_codepoint=255, exclude_characters="\x01"), min_size=1, max_size=12)
quantities = st.integers(0, 10**20 - 1).map(Qty)
prices = st.integers(1 - 10**20, 10**20 - 1).map(Px)
instants = st.integers(0, 253_402_300_799_999).map(lambda ms: Ns(ms * 1_000_000))
places = st.integers(0, 10**17)
parameters = st.lists(st.builds(StrategyParameter, words, st.integers(1, 24).map(str), words), max_size=5).map(tuple)


def maybe(values: Any) -> Any:
    return st.none() | values


def read(msg_type: str, body: str) -> Message:
    """The body as the session sends it and the other side reads it, found valid."""
    stamp = print_timestamp(NOW)
    message = READER.read(finish(f"35={msg_type}\x0149=A\x0156=B\x0134=2\x0152={stamp}\x01{body}"))
    assert message.fault is None, message.fault
    return message


@GIVEN
@given(
    st.builds(
        NewOrder, cl_ord_id=words, symbol=words, side=st.sampled_from(Side), order_qty=quantities,
        ord_type=st.sampled_from(OrdType), price=maybe(prices), time_in_force=st.sampled_from(TimeInForce),
        account=maybe(words), secondary_cl_ord_id=maybe(words), parent_order_id=maybe(words), slice_no=maybe(places),
    )
)  # fmt: skip
def test_a_new_order_reads_back(order: NewOrder) -> None:
    """With the fields that its reports repeat."""
    echoed = {1: order.account, 40: order.ord_type, 44: order.price, 59: order.time_in_force}
    texts = {tag: print_scaled(value) if isinstance(value, int) else value for tag, value in echoed.items()}
    echo = "".join(f"{tag}={text}\x01" for tag, text in texts.items() if text is not None)
    expected = msgspec.structs.replace(order, echo=echo)
    assert m.read_new_order(read("D", m.write_new_order(order, NOW))) == expected


ORDER = "11=A\x0155=ACME\x0154=1\x0160=20260105-14:30:00\x0140=2\x01"


@GIVEN
@given(st.tuples(maybe(instants), maybe(instants)), st.tuples(maybe(words), maybe(words)), maybe(prices), parameters)
def test_what_clients_add_to_an_order_is_read(
    schedule: tuple[Ns | None, Ns | None],
    texts: tuple[str | None, str | None],
    rate: Px | None,
    algo: tuple[StrategyParameter, ...],
) -> None:
    """Algo fields as they were sent; every report repeats them."""
    (effective, expire), (account, strategy_text) = schedule, texts
    echoed = {1: account, 15: "USD", 40: "2", 847: "1001", 848: strategy_text, 849: rate and print_scaled(rate)}
    times = {168: effective, 126: expire}
    body = ORDER.replace("40=2\x01", "") + "".join(
        f"{tag}={print_timestamp(at)}\x01" for tag, at in times.items() if at is not None
    )
    echo = "".join(f"{tag}={value}\x01" for tag, value in echoed.items() if value)
    echo += m.write_strategy_parameters(algo)
    order = m.read_new_order(read("D", body + echo))
    assert (order.effective_time, order.expire_time, order.order_qty, order.time_in_force) == (
        effective, expire, 0, TimeInForce.DAY,
    )  # fmt: skip
    assert (order.account, order.target_strategy, order.strategy_text) == (account, "1001", strategy_text)
    assert order.strategy_parameters == algo
    assert order.echo == echo
    read("8", m.write_execution_report(report(order_qty=order.order_qty, echo=order.echo)))


def test_an_order_without_a_symbol_is_read_for_the_business_to_refuse() -> None:
    order = m.read_new_order(read("D", ORDER.replace("55=ACME\x01", "")))
    assert (order.symbol, order.order_qty, order.price) == ("", 0, None)


@GIVEN
@given(
    st.builds(
        CancelRequest, cl_ord_id=words, orig_cl_ord_id=words, symbol=words | st.just(""),
        side=st.sampled_from(Side), order_qty=maybe(quantities),
    )
)  # fmt: skip
def test_a_cancel_request_reads_back(request: CancelRequest) -> None:
    assert m.read_cancel(read("F", m.write_cancel(request, NOW))) == request


@GIVEN
@given(words, words, prices)
def test_a_replace_request_is_the_order_as_it_shall_be(orig: str, cl_ord_id: str, price: Px) -> None:
    body = f"41={orig}\x0111={cl_ord_id}\x0155=ACME\x0154=2\x0160=20260105-14:30:00\x0138=7\x0140=2\x01"
    replace = m.read_replace(read("G", f"{body}44={print_scaled(price)}\x01"))
    assert replace == ReplaceRequest(
        orig_cl_ord_id=orig,
        order=NewOrder(
            cl_ord_id=cl_ord_id, symbol="ACME", side=Side.SELL, order_qty=Qty(700_000_000), ord_type=OrdType.LIMIT,
            price=price, echo=f"40=2\x0144={print_scaled(price)}\x01",
        ),
    )  # fmt: skip


def report(**changes: Any) -> ExecutionReport:
    usual: dict[str, Any] = {
        "order_id": "1", "exec_id": "2", "exec_type": ExecType.NEW, "ord_status": OrdStatus.NEW, "cl_ord_id": "A",
        "symbol": "ACME", "side": Side.BUY, "order_qty": Qty(0), "leaves_qty": Qty(0), "cum_qty": Qty(0),
        "avg_px": Px(0),
    }  # fmt: skip
    return ExecutionReport(**(usual | changes))


@st.composite
def reports(draw: st.DrawFn) -> ExecutionReport:
    last: dict[str, Any] = {}
    if draw(st.booleans()):
        last = {
            "last_qty": draw(quantities), "last_px": draw(prices), "last_mkt": draw(maybe(words)),
            "last_liquidity": draw(maybe(st.sampled_from("123"))),
        }  # fmt: skip
    return report(
        order_id=draw(words), exec_id=draw(words), exec_type=draw(st.sampled_from(ExecType)),
        ord_status=draw(st.sampled_from(OrdStatus)), cl_ord_id=draw(words | st.just("")),
        symbol=draw(words | st.just("")), side=draw(st.sampled_from(Side)), order_qty=draw(quantities),
        leaves_qty=draw(quantities), cum_qty=draw(quantities), avg_px=draw(prices), **last,
        orig_cl_ord_id=draw(maybe(words)), exec_ref_id=draw(maybe(words)), secondary_cl_ord_id=draw(maybe(words)),
        ord_type=draw(maybe(st.sampled_from(OrdType))), price=draw(maybe(prices)),
        time_in_force=draw(maybe(st.sampled_from(TimeInForce))),
        ord_rej_reason=draw(maybe(st.sampled_from(OrdRejReason))), text=draw(maybe(words)),
        transact_time=draw(instants),
    )  # fmt: skip


@settings(max_examples=200)
@given(reports(), parameters)
def test_an_execution_report_reads_back(sent: ExecutionReport, algo: tuple[StrategyParameter, ...]) -> None:
    """What it repeats of the order, StrategyParametersGrp(957) included, is on the wire; its reader knows it already."""
    echo = "1=ACC\x0115=USD\x01847=1001\x01" + m.write_strategy_parameters(algo)
    message = read("8", m.write_execution_report(msgspec.structs.replace(sent, echo=echo)))
    not_read = {"secondary_cl_ord_id": None, "ord_type": None, "price": None, "time_in_force": None, "transact_time": 0}
    assert m.read_execution_report(message) == msgspec.structs.replace(sent, **not_read)
    assert (message.get(526), message.get(40), message.get(59)) == (
        sent.secondary_cl_ord_id, sent.ord_type, sent.time_in_force,
    )  # fmt: skip
    assert (message.get(1), message.get(15), message.get(847)) == ("ACC", "USD", "1001")
    assert [(e[958], e[959], e[960]) for e in message.groups(957)] == [(p.name, p.type, p.value) for p in algo]


def test_an_empty_text_is_left_out() -> None:
    """A field without a value would have the whole report rejected."""
    assert read("8", m.write_execution_report(report(text="", symbol="", cl_ord_id=""))).get(58) is None


def test_every_field_that_is_repeated_is_a_field_of_a_report() -> None:
    assert all(tag in default().messages["8"].members for tag in (*m.orders._ECHO.tags, 957))


@pytest.mark.parametrize(
    ("tag", "table"),
    [
        (54, m.common.SIDES),
        (40, m.orders._ORD_TYPES),
        (59, m.orders._TIMES),
        (39, m.orders._STATUSES),
        (150, m.orders._EXEC_TYPES),
    ],
)
def test_the_model_knows_every_value_that_the_wire_lets_through(tag: int, table: dict[str, object]) -> None:
    assert table.keys() == default().fields[tag].values.keys()


@pytest.mark.parametrize("reason", default().fields[103].values)
def test_a_reason_that_the_model_lacks_is_no_reason(reason: str) -> None:
    """A venue may have its own; the Text(58) says more."""
    body = m.write_execution_report(report()) + f"103={reason}\x01"
    known = m.read_execution_report(read("8", body)).ord_rej_reason
    assert known == reason if reason in set(OrdRejReason) else known is None


@pytest.mark.parametrize("reason", [*default().fields[102].values, None])
def test_a_reason_for_refusing_a_cancel_is_read(reason: str | None) -> None:
    body = "37=1\x0111=B\x0141=A\x0139=0\x01434=2\x01" + (f"102={reason}\x01" if reason else "")
    assert m.read_cancel_reject(read("9", body)).reason == (reason or CxlRejReason.OTHER)


@GIVEN
@given(
    st.builds(
        CancelReject, order_id=words, cl_ord_id=words, orig_cl_ord_id=words, ord_status=st.sampled_from(OrdStatus),
        response_to=st.sampled_from(CxlRejResponseTo), reason=st.sampled_from(CxlRejReason), text=words | st.just(""),
    )
)  # fmt: skip
def test_a_cancel_reject_reads_back(reject: CancelReject) -> None:
    assert m.read_cancel_reject(read("9", m.write_cancel_reject(reject))) == reject


# -- market data


def updates(*, symbols: Any, deletes: bool) -> Any:
    sizes = quantities if deletes else quantities.filter(bool)
    return st.lists(
        st.builds(BookUpdate, symbol=symbols, entry=st.sampled_from("012"), price=prices, size=sizes), max_size=12
    ).map(tuple)


@GIVEN
@given(updates(symbols=st.just("ACME"), deletes=True))
def test_a_snapshot_reads_back(levels: tuple[BookUpdate, ...]) -> None:
    """An empty one clears the book: its single entry has size 0."""
    data = m.read_market_data(
        read("W", m.write_snapshot(MarketData(snapshot=True, symbol="ACME", updates=levels), "REQ"))
    )
    nothing = (BookUpdate(symbol="ACME", entry="0", price=Px(0), size=Qty(0)),)
    assert data == MarketData(snapshot=True, symbol="ACME", updates=levels or nothing, sent=NOW)


@GIVEN
@given(updates(symbols=words, deletes=True))
def test_an_incremental_reads_back(changes: tuple[BookUpdate, ...]) -> None:
    """Size 0 is a Delete(2), which has size 0 whatever it says."""
    message = read("X", m.write_incremental(MarketData(snapshot=False, symbol="", updates=changes), "REQ"))
    assert m.read_market_data(message) == MarketData(snapshot=False, symbol="", updates=changes, sent=NOW)
    actions = [entry[279] for entry in message.groups(268)]
    assert actions == ["0" if u.entry == "2" else "1" if u.size else "2" for u in changes]


def test_a_deleted_level_has_no_size() -> None:
    entry = "279=2\x01269=0\x0155=ACME\x01270=10\x01271=500\x01"
    (update,) = m.read_market_data(read("X", f"268=1\x01{entry}")).updates
    assert update == BookUpdate(symbol="ACME", entry="0", price=Px(1_000_000_000), size=Qty(0))


def test_entries_that_are_neither_levels_nor_trades_are_passed_over() -> None:
    body = "55=ACME\x01268=3\x01269=4\x01270=1\x01269=0\x01270=2\x01271=3\x01269=B\x01271=9\x01"
    (update,) = m.read_market_data(read("W", body)).updates
    assert update == BookUpdate(symbol="ACME", entry="0", price=Px(200_000_000), size=Qty(300_000_000))


@GIVEN
@given(
    st.builds(
        MarketDataRequest, md_req_id=words, subscription=st.sampled_from("012"), depth=st.integers(0, 50),
        entries=st.lists(st.sampled_from("012"), max_size=3).map(tuple), symbols=st.lists(words, max_size=3).map(tuple),
    )
)  # fmt: skip
def test_a_market_data_request_reads_back(request: MarketDataRequest) -> None:
    assert m.read_market_data_request(read("V", m.write_market_data_request(request))) == request


def test_refusals_name_what_they_refuse() -> None:
    refusal = read("Y", m.write_market_data_reject("REQ", "0", "no such symbol"))
    assert [refusal.get(tag) for tag in (262, 281, 58)] == ["REQ", "0", "no such symbol"]
    refused = read("H", "37=O-1\x0111=ORDER\x0155=ACME\x0154=1\x01")
    refusal = read("j", m.write_business_reject(refused, "3", "Unsupported Message Type"))
    assert [refusal.get(tag) for tag in (372, 379, 380, 58)] == ["H", "ORDER", "3", "Unsupported Message Type"]


LINES = st.builds(
    ListLine, cl_ord_id=words, cum_qty=quantities, ord_status=st.sampled_from(OrdStatus), working=maybe(st.booleans()),
    leaves_qty=quantities, cxl_qty=quantities, avg_px=prices, reason=maybe(st.sampled_from(OrdRejReason)), text=words,
)  # fmt: skip


@GIVEN
@given(
    st.builds(
        ListStatus, list_id=words, type=st.sampled_from(ListStatusType), status=st.sampled_from(ListOrderStatus),
        tot_orders=places, report=st.just(2), reports=st.integers(2, 3), lines=st.lists(LINES, min_size=1).map(tuple),
        text=words,
    )
)  # fmt: skip
def test_a_list_status_is_valid(status: ListStatus) -> None:
    message = read("N", m.write_list_status(status))
    assert [message.get(tag) for tag in (66, 429, 431, 444)] == [
        status.list_id,
        status.type,
        status.status,
        status.text,
    ]
    assert message.get(893) == ("Y" if status.reports == 2 else "N")
    entries = message.groups(73)
    for line, entry in zip(status.lines, entries, strict=True):
        found = (line.cum_qty, line.leaves_qty, line.cxl_qty, line.avg_px)
        assert [entry[tag] for tag in (14, 151, 84, 6)] == [print_scaled(value) for value in found]
        assert (entry[11], entry.get(636)) == (line.cl_ord_id, {None: None, True: "Y", False: "N"}[line.working])


def test_the_orders_of_a_list_read_as_orders_do() -> None:
    """Each as if it had come in a message of its own, with its algo parameters; of the list's fields none is theirs."""
    one = "55=ACME\x0154=1\x0138=100\x0140=2\x0144=10.05\x01847=1001\x01957=1\x01958=NumSlices\x01959=1\x01960=2\x01"
    other = "1=ACC\x0118=K\x0155=BOND\x0154=2\x0138=5\x0140=1\x0159=3\x01"
    head = "66=L\x01394=3\x01433=2\x0168=7\x01893=N\x01"
    found = m.read_new_order_list(read("E", f"{head}73=2\x0111=A\x0167=3\x01583=W\x01{one}11=B\x0167=4\x01{other}"))
    assert (found.list_id, found.bid_type, found.exec_type, found.tot_orders, found.last) == ("L", "3", "2", 7, False)
    assert [(line.seq_no, line.link_id) for line in found.orders] == [(3, "W"), (4, None)]
    for line, fields in zip(found.orders, (f"11=A\x01{one}", f"11=B\x01{other}"), strict=True):
        assert line.order == m.read_new_order(read("D", f"60={print_timestamp(NOW)}\x01{fields}"))


@GIVEN
@given(
    st.builds(
        SecurityStatus, request_id=words, symbol=words, status=st.sampled_from(["2", "17", "21"]),
        unsolicited=st.booleans(), session_sub_id=words, text=words, transact_time=instants,
    )
)  # fmt: skip
def test_a_security_status_reads_back(status: SecurityStatus) -> None:
    assert m.read_security_status(read("f", m.write_security_status(status))) == status


def test_a_security_status_without_its_time_was_true_when_it_was_sent() -> None:
    assert m.read_security_status(read("f", "55=ACME\x01")).transact_time == NOW
