"""The sample client against an acceptor that tests script: session rules, the order on the wire, what it says of it."""

from pathlib import Path

import pytest

from gateway.run.sample_client import FixClient, LogonFailed, Message, Order, SessionError, send_order, value
from tests.fix_acceptor import Acceptor, Fields, accepted, to

ORDER = Order(side="BUY", quantity="100", symbol="ACME")
C1 = {35: "D", 11: "C1", 55: "ACME", 54: "1"}  # as the acceptor hears ORDER.fields("C1")


def filled(request: dict[int, str]) -> list[Fields] | None:
    if request[35] != "D":
        return None
    trade = [(14, "100"), (6, "10.5")]
    return [accepted(request), [field for field in accepted(request, "F", "2") if field[0] not in (14, 6)] + trade]


def test_an_order_is_followed_to_its_fill() -> None:
    """Logon, order, New, Filled, Logout; the result is what the last report said."""
    seen: list[str] = []

    def record(direction: str, message: Message) -> None:
        seen.append(direction + value(message, 35))

    with Acceptor(filled) as acceptor:
        result = send_order(ORDER, port=acceptor.port, wait_s=5, on_message=record)
    assert result.filled
    assert (result.cum_qty, result.avg_px) == ("100", "10.5")
    assert seen == [">A", "<A", ">D", "<8", "<8", ">5", "<5"]


def test_an_algo_order_carries_its_parameters_in_the_group() -> None:
    """847 by name, 18=e, and StrategyParametersGrp(957) with type 1, an integer, for each."""
    parameters = (("Duration", "1", "60"), ("NumSlices", "1", "6"))
    order = Order(side="SELL", quantity="5003", symbol="ACME", price="99.5", algo="1001", parameters=parameters)
    body = order.fields("C1")
    assert [field for field in body if field[0] not in (60,)] == [
        (11, "C1"),
        (55, "ACME"),
        (54, "2"),
        (38, "5003"),
        (40, "2"),
        (59, "0"),
        (44, "99.5"),
        (18, "e"),
        (847, "1001"),
        (957, "2"),
        (958, "Duration"),
        (959, "1"),
        (960, "60"),
        (958, "NumSlices"),
        (959, "1"),
        (960, "6"),
    ]


def test_a_refused_order_ends_the_wait() -> None:
    """A session level Reject(3) of the order is its end too."""
    with Acceptor(lambda m: [[(35, "3"), (45, m[34]), (58, "Side(54) is odd")]] if m[35] == "D" else None) as acceptor:
        result = send_order(ORDER, port=acceptor.port, wait_s=5)
    assert not result.filled
    assert (result.ord_status, result.text) == ("8", "Side(54) is odd")


def test_a_test_request_is_answered_with_its_id() -> None:
    """FIX volume 2, Test Request: the Heartbeat repeats TestReqID(112)."""

    def probe(request: dict[int, str]) -> list[Fields] | None:
        match request[35]:
            case "D":
                return [[(35, "1"), (112, "ping")]]
            case "0":
                return filled(C1)
            case _:
                return None

    with Acceptor(probe) as acceptor, FixClient("CLIENT", "GATEWAY") as client:
        client.logon("127.0.0.1", acceptor.port)
        client.send("D", ORDER.fields("C1"))
        report = client.receive(5)
    assert report is not None and value(report, 35) == "8"
    assert acceptor.of_type("0")[0][112] == "ping"


def test_a_resend_request_is_answered_with_one_gap_fill() -> None:
    """Nothing is kept and no order goes out twice: SequenceReset(4) with GapFillFlag(123)=Y to the next number."""

    def ask(request: dict[int, str]) -> list[Fields] | None:
        match request[35]:
            case "D":
                return [[(35, "2"), (7, "1"), (16, "0")]]
            case "4":
                return filled(C1)
            case _:
                return None

    with Acceptor(ask) as acceptor, FixClient("CLIENT", "GATEWAY") as client:
        client.logon("127.0.0.1", acceptor.port)
        client.send("D", ORDER.fields("C1"))
        assert client.receive(5) is not None
    (gap_fill,) = acceptor.of_type("4")
    assert {tag: gap_fill[tag] for tag in (34, 36, 43, 123)} == {34: "1", 36: "3", 43: "Y", 123: "Y"}


def test_a_gap_is_asked_for_and_what_comes_again_is_taken_in_turn() -> None:
    """A report ahead of its turn is not looked at before those that it overtook."""

    def gap(request: dict[int, str]) -> list[Fields] | None:
        match request[35]:
            case "D":
                return [[*accepted(request, "F", "2"), (34, "3")]]
            case "2":
                again = [(43, "Y"), (122, "20260105-14:30:00.000")]
                return [[*accepted(C1), *again, (34, "2")], [*accepted(C1, "F", "2"), *again, (34, "3")]]
            case _:
                return None

    with Acceptor(gap) as acceptor, FixClient("CLIENT", "GATEWAY") as client:
        client.logon("127.0.0.1", acceptor.port)
        client.send("D", ORDER.fields("C1"))
        reports = [client.receive(5), client.receive(5)]
    assert [value(report or (), 150) for report in reports] == ["0", "F"]
    (asked,) = acceptor.of_type("2")
    assert (asked[7], asked[16]) == ("2", "0")


def test_a_number_too_low_ends_the_session() -> None:
    """MsgSeqNum(34) below the expected without PossDupFlag(43) is beyond repair (FIX volume 2)."""
    with Acceptor(to("D", [*accepted(C1), (34, "1")])) as acceptor, FixClient("CLIENT", "GATEWAY") as client:
        client.logon("127.0.0.1", acceptor.port)
        client.send("D", ORDER.fields("C1"))
        with pytest.raises(SessionError, match=r"MsgSeqNum\(34\) too low, expecting 2 but received 1"):
            client.receive(5)


def test_sequence_numbers_continue_from_their_file(tmp_path: Path) -> None:
    """With a file, only the first session resets; the next one begins at the number after the last Logout."""
    numbers = tmp_path / "numbers"
    with Acceptor(filled) as acceptor:
        send_order(ORDER, port=acceptor.port, numbers=numbers, wait_s=5)
    assert numbers.read_text() == "4 5\n"
    logon = to("A", [(35, "A"), (98, "0"), (108, "30"), (34, "5")])
    with Acceptor(logon) as acceptor, FixClient("CLIENT", "GATEWAY", numbers=numbers) as client:
        client.logon("127.0.0.1", acceptor.port)
    assert acceptor.received[0][34] == "4"
    assert 141 not in acceptor.received[0]
    assert numbers.read_text() == "5 6\n"


def test_nobody_there_is_said_with_the_address() -> None:
    """The port of an acceptor that has gone."""
    with Acceptor() as acceptor:
        port = acceptor.port
    with pytest.raises(LogonFailed, match=rf"no connection to 127.0.0.1:{port}"):
        send_order(ORDER, port=port)


def test_a_refused_logon_is_told_with_the_reason() -> None:
    """A Logout(5) in place of the Logon."""
    refused = to("A", [(35, "5"), (58, "not today")])
    with Acceptor(refused) as acceptor, pytest.raises(LogonFailed, match="Logon refused: not today"):
        send_order(ORDER, port=acceptor.port)


@pytest.mark.parametrize("fields", [[(58, "x" * 200_000)], [(58, "x")] * 40_000], ids=["a value", "fields"])
def test_endless_bytes_end_the_session(fields: Fields) -> None:
    """What does not end is not collected for ever."""
    with Acceptor(to("D", [(35, "8"), *fields])) as acceptor, FixClient("CLIENT", "GATEWAY") as client:
        client.logon("127.0.0.1", acceptor.port)
        client.send("D", ORDER.fields("C1"))
        with pytest.raises(SessionError, match="no end of message in sight"):
            client.receive(5)
