"""Who may connect, on which terms, and what a link's coming and going does to sessions and orders."""

from collections.abc import Sequence

import msgspec
import pytest

from algos import ALGOS
from gateway.fix import dictionary
from gateway.fix.engine import LOGON_DEADLINE, MAX_GARBLED
from gateway.fix.reader import MAX_ENTRIES, Reader
from gateway.model import (
    SECOND,
    Close,
    Command,
    Garbled,
    Input,
    Instrument,
    LinkDown,
    LinkUp,
    Note,
    Ns,
    Output,
    Received,
    Send,
    SessionConfig,
    Settings,
    Started,
    Timer,
    print_timestamp,
)
from gateway.node import Gateway
from tests.conftest import SETTINGS, clients, make_world
from tests.conversation.language import START
from tests.conversation.wire import Wire, decode, encode
from tests.conversation.world import World

LOGON_TIMEOUT = SessionConfig(sender="", target="").logon_timeout_s * SECOND


class Links:
    """A gateway and bare links to it: each step gives what the gateway does at once."""

    def __init__(self) -> None:
        self.gateway = Gateway(ALGOS)
        self.now = START
        self.seqs: dict[str, int] = {}
        self.start()

    def start(self, settings: Settings = SETTINGS) -> None:
        self.feed(Started(self.now, msgspec.json.encode({"version": "test", "config": settings})))

    def feed(self, item: Input) -> Sequence[Output]:
        return self.gateway.handle(item)

    def up(self, link: int, port: str = "clients") -> Sequence[Output]:
        return self.feed(LinkUp(self.now, link, port, "127.0.0.1:50000"))

    def say(
        self, link: int, msg_type: str, *body: tuple[int, str], sender: str = "CLIENT", target: str = "GATEWAY"
    ) -> Sequence[Output]:
        seq = self.seqs[sender] = self.seqs.get(sender, 0) + 1
        header = [(49, sender), (56, target), (34, str(seq)), (52, print_timestamp(self.now))]
        return self.feed(Received(self.now, link, encode(msg_type, header, body)))

    def logon(self, link: int, sender: str = "CLIENT", target: str = "GATEWAY") -> Sequence[Output]:
        return self.say(link, "A", (98, "0"), (108, "30"), sender=sender, target=target)

    def pass_to(self, at: Ns) -> list[Output]:
        said: list[Output] = []
        while (wake := self.gateway.wake_at()) is not None and wake <= at:
            self.now = max(self.now, wake)
            said += self.feed(Timer(self.now))
        self.now = at
        return said


@pytest.fixture
def links() -> Links:
    return Links()


def kinds(outputs: Sequence[Output]) -> list[tuple[int, str]]:
    """(link, MsgType) of what is sent, (link, 'close') of what is dropped."""
    shown = []
    for output in outputs:
        if isinstance(output, Send):
            shown.append((output.link, decode(output.data).msg_type))
        elif isinstance(output, Close):
            shown.append((output.link, "close"))
    return shown


def sent(outputs: Sequence[Output]) -> list[Wire]:
    return [decode(output.data) for output in outputs if isinstance(output, Send)]


def test_a_client_that_is_known_is_answered(links: Links) -> None:
    assert kinds(links.up(1)) == []
    assert kinds(links.logon(1)) == [(1, "A")]


@pytest.mark.parametrize(
    ("sender", "target"),
    [("NOBODY", "GATEWAY"), ("CLIENT", "OTHER"), ("client", "GATEWAY"), ("XLON", "GATEWAY"), ("GATEWAY", "CLIENT")],
)
def test_who_is_not_known_gets_silence(links: Links, sender: str, target: str) -> None:
    """No reply at all: a stranger learns nothing, not even which names exist."""
    links.up(1)
    assert kinds(links.logon(1, sender, target)) == [(1, "close")]


@pytest.mark.parametrize("msg_type", ["0", "1", "2", "4", "5", "D", "V", "ZZ"])
def test_nothing_but_a_Logon_comes_first(links: Links, msg_type: str) -> None:
    links.up(1)
    assert kinds(links.say(1, msg_type, (112, "HELLO"))) == [(1, "close")]


def test_a_second_connection_of_a_live_session_is_closed_and_the_first_lives_on(links: Links) -> None:
    links.up(1)
    links.logon(1)
    links.up(2)
    links.seqs["CLIENT"] -= 1
    assert kinds(links.logon(2)) == [(2, "close")]
    links.feed(LinkDown(links.now, 2, "closed by us"))
    assert kinds(links.say(1, "1", (112, "STILL"))) == [(1, "0")]


def test_the_session_may_come_back_on_another_link_once_the_first_is_down(links: Links) -> None:
    links.up(1)
    links.logon(1)
    links.feed(LinkDown(links.now, 1, "closed by peer"))
    links.up(2)
    answers = sent(links.logon(2))
    assert [(wire.msg_type, wire.seq) for wire in answers] == [("A", 2)]


def test_a_link_that_does_not_log_on_in_time_is_dropped(links: Links) -> None:
    links.up(1)
    links.up(2)
    links.logon(2)
    assert kinds(links.pass_to(Ns(START + LOGON_DEADLINE - 1))) == []
    assert kinds(links.pass_to(Ns(START + LOGON_DEADLINE))) == [(1, "close")]
    assert LOGON_DEADLINE == 5 * SECOND


def test_a_link_that_went_down_before_its_deadline_is_not_closed_again(links: Links) -> None:
    links.up(1)
    links.feed(LinkDown(links.now, 1, "closed by peer"))
    assert kinds(links.pass_to(Ns(START + 2 * LOGON_DEADLINE))) == []


def test_garbled_bytes_before_the_Logon_end_the_connection(links: Links) -> None:
    links.up(1)
    assert kinds(links.feed(Garbled(links.now, 1, b"GET / HTTP/1.1\r\n"))) == [(1, "close")]


def test_garbled_bytes_of_a_session_are_ignored_up_to_a_bound(links: Links) -> None:
    """FIX ignores them; who sends nothing else is dropped, and a message between starts the count anew."""
    links.up(1)
    links.logon(1)
    for _ in range(MAX_GARBLED):
        assert kinds(links.feed(Garbled(links.now, 1, b"x"))) == []
    assert kinds(links.say(1, "1", (112, "HERE"))) == [(1, "0")]
    for _ in range(MAX_GARBLED):
        assert kinds(links.feed(Garbled(links.now, 1, b"x"))) == []
    assert kinds(links.feed(Garbled(links.now, 1, b"x"))) == [(1, "close")]


def test_what_arrives_on_a_link_that_is_down_is_nobodys(links: Links) -> None:
    """The driver may have read it before it knew."""
    links.up(1)
    links.logon(1)
    links.feed(LinkDown(links.now, 1, "closed by peer"))
    assert kinds(links.say(1, "1", (112, "LATE"))) == []
    assert kinds(links.feed(Garbled(links.now, 1, b"x"))) == []
    assert kinds(links.feed(LinkDown(links.now, 1, "closed by peer"))) == []


def test_a_venue_is_called_by_us_and_only_once(links: Links) -> None:
    """The Logon is ours to say on a link to a venue's port; a second link there is closed."""
    assert kinds(links.up(1, "XLON")) == [(1, "A")]
    assert kinds(links.up(2, "XLON")) == [(2, "close")]


def test_a_venue_that_never_answers_the_Logon_is_hung_up_on(links: Links) -> None:
    """Or the connection would stand for ever, and the venue never be called again."""
    links.up(1, "XLON")
    assert kinds(links.pass_to(Ns(links.now + LOGON_TIMEOUT - 1))) == []
    assert kinds(links.pass_to(Ns(links.now + 1))) == [(1, "close")]


def test_every_instrument_is_asked_for_by_itself(links: Links) -> None:
    """A venue refuses a request as a whole; a symbol it does not trade must not cost the prices of the others."""
    names = [f"S{number}" for number in range(MAX_ENTRIES * 2)]
    instruments = tuple(Instrument(symbol=name) for name in names)
    links.start(msgspec.structs.replace(SETTINGS, instruments=instruments))
    links.up(1, "XLON")
    requests = sent(links.say(1, "A", (98, "0"), (108, "30"), sender="XLON"))
    assert [request.all(55) for request in requests] == [[name] for name in names]
    assert len({request.get(262) for request in requests}) == len(requests)
    reader = Reader(dictionary.default())
    assert all(reader.read(encode(wire.msg_type, [], wire.pairs[1:])).fault is None for wire in requests)


def test_a_venue_we_hang_up_on_is_not_traded_on_while_its_link_lingers(links: Links) -> None:
    links.up(1, "XLON")
    links.say(1, "A", (98, "0"), (108, "30"), sender="XLON")
    quote = ((262, "MD-1"), (55, "ACME"), (268, "1"), (269, "1"), (270, "100"), (271, "500"))
    links.say(1, "W", *quote, sender="XLON")
    links.pass_to(Ns(links.now + 50 * SECOND))
    links.up(2)
    links.logon(2)
    assert kinds(links.pass_to(Ns(links.now + 10 * SECOND)))[-1] == (1, "close")
    order = ((55, "ACME"), (54, "1"), (60, print_timestamp(links.now)), (38, "100"), (40, "1"))
    assert kinds(links.say(2, "D", (11, "P"), *order)) == [(2, "8")]


def test_a_client_that_was_removed_cannot_log_on_any_more(links: Links) -> None:
    links.up(1)
    links.logon(1)
    links.start(msgspec.structs.replace(SETTINGS, clients=clients("ANOTHER")))
    links.up(2)
    assert kinds(links.logon(2)) == [(2, "close")]
    links.up(3)
    assert kinds(links.logon(3, "ANOTHER")) == [(3, "A")]
    links.start()
    links.up(4)
    links.seqs["CLIENT"] = 1
    assert [(wire.msg_type, wire.seq) for wire in sent(links.logon(4))] == [("A", 2)]


def test_a_venue_that_was_removed_is_not_called_again(links: Links) -> None:
    links.start(msgspec.structs.replace(SETTINGS, venues=SETTINGS.venues[:1]))
    assert kinds(links.up(1, "XLON")) == [(1, "A")]
    assert kinds(links.up(2, "BATE")) == [(2, "close")]


# -- with orders


def test_a_message_that_we_do_not_take_is_refused_by_the_business(world: World) -> None:
    """BusinessRejectReason(380) 3, with the number and type of what was refused."""
    world.converse(
        """
        client > QuoteStatusRequest     seq=2  Symbol=ACME
        client < BusinessMessageReject  RefSeqNum=2  RefMsgType=a  BusinessRejectReason=3
        client > MarketDataRequest      seq=3  262=R  263=1  264=0  267=1  269=0  146=1  55=ACME
        client < BusinessMessageReject  RefSeqNum=3  RefMsgType=V  BusinessRejectReason=3
        XLON   > NewOrderSingle         11=X  55=ACME  54=1  60=+0s  40=1  38=1
        XLON   < BusinessMessageReject  RefMsgType=D  BusinessRejectReason=3
        """
    )


def test_a_client_that_was_away_gets_its_reports_by_resend(world: World) -> None:
    """They are numbered and kept while it is away, and come once."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100
        client > disconnect
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=40  LastPx=100.10
        XLON   > ExecutionReport  ExecType=TRADE  LastQty=60  LastPx=100.10
        client > connect
        client < ExecutionReport  PossDupFlag=Y  ExecType=TRADE  CumQty=40  LeavesQty=60
        client < ExecutionReport  PossDupFlag=Y  ExecType=TRADE  CumQty=100  OrdStatus=FILLED
        """
    )


def test_a_venue_whose_link_is_down_has_no_quotes(world: World) -> None:
    world.converse(
        """
        XLON   > disconnect
        BATE   > disconnect
        client > NewOrderSingle   OrderQty=100
        client < ExecutionReport  ExecType=REJECTED  Text~RISK.REFERENCE
        """
    )


def test_a_child_at_a_venue_out_of_reach_stays_reserved(world: World) -> None:
    """V1: unknown is not rejected. What it holds is not sent elsewhere, and the fill comes by resend."""
    world.converse(
        """
        client > NewOrderSingle      ClOrdID=P  OrderQty=100
        client < ExecutionReport     ExecType=NEW
        XLON   < NewOrderSingle      OrderQty=100
        XLON   > disconnect
        BATE quotes ACME 99.90x300 100.00x300
        +60s
        client > OrderCancelRequest  ClOrdID=C  OrigClOrdID=P
        client < ExecutionReport     ExecType=PENDING_CANCEL
        XLON   > connect
        XLON   < OrderStatusRequest
        XLON   > ExecutionReport     ExecType=TRADE  LastQty=40  LastPx=100.10
        client < ExecutionReport     CumQty=40
        XLON   > ExecutionReport     ExecType=CANCELED
        client < ExecutionReport     ExecType=CANCELED  CumQty=40
        """
    )


def test_stop_takes_no_new_risk_and_logs_everybody_out(world: World) -> None:
    """C10: what is at work stays; orders and replaces that still arrive are refused, cancels are carried out."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=100  Price=99.00
        client < ExecutionReport  ExecType=NEW
        operator stop
        client < Logout           Text="the gateway is stopping"
        client < disconnect
        XLON   < Logout
        XLON   < disconnect
        BATE   < Logout
        BATE   < disconnect
        """
    )


def test_orders_that_cross_the_stop_are_refused_and_cancels_carried_out(links: Links) -> None:
    """The answers wait for the next connection, because our Logout has left."""
    links.up(1, "XLON")
    links.say(1, "A", (98, "0"), (108, "30"), sender="XLON")
    quote = ((262, "MD-1"), (55, "ACME"), (268, "1"), (269, "1"), (270, "100"), (271, "500"))
    links.say(1, "W", *quote, sender="XLON")
    links.up(2)
    links.logon(2)
    stamp = (60, print_timestamp(links.now))
    order = ((55, "ACME"), (54, "1"), stamp, (38, "100"), (40, "2"), (44, "99"))
    (new,) = sent(links.say(2, "D", (11, "P"), *order))
    assert new.get(150) == "0"
    assert kinds(links.feed(Command(links.now, "stop", "operator", b"{}"))) == [(2, "5"), (1, "5")]
    (refused,) = kept(links.say(2, "D", (11, "Q"), *order))
    assert (refused.get(150), refused.get(103)) == ("8", "0")
    assert (refused.get(58) or "").startswith("GATEWAY.STOPPING")
    (not_replaced,) = kept(links.say(2, "G", (41, "P"), (11, "R"), *order))
    assert (not_replaced.msg_type, not_replaced.get(102), not_replaced.get(39)) == ("9", "2", "0")
    assert (not_replaced.get(58) or "").startswith("GATEWAY.STOPPING")
    better = ((262, "MD-1"), (55, "ACME"), (268, "1"), (269, "1"), (270, "99"), (271, "500"))
    assert sent(links.say(1, "W", *better, sender="XLON")) == []
    (canceled,) = kept(links.say(2, "F", (41, "P"), (11, "C"), *order[:3]))
    assert (canceled.get(150), canceled.get(39)) == ("4", "4")


def kept(outputs: Sequence[Output]) -> list[Wire]:
    """What was numbered for somebody who is leaving."""
    notes = [output for output in outputs if isinstance(output, Note) and output.kind == "kept"]
    return [decode(msgspec.json.decode(note.payload)["data"].encode("latin-1")) for note in notes]


def test_a_restart_ends_the_stop_and_keeps_the_numbers(world: World) -> None:
    """Sessions outlive the process: neither side starts again at 1, and nobody misses anything."""
    world.converse(
        """
        client > NewOrderSingle   seq=2  ClOrdID=P  OrderQty=100  Price=99.00
        client < ExecutionReport  seq=2  ExecType=NEW
        restart
        client > NewOrderSingle   seq=4  ClOrdID=P  OrderQty=100  Price=99.00
        client < ExecutionReport  seq=4  ExecType=REJECTED  Text~ORDER.DUPLICATE
        """
    )


def test_what_was_not_released_because_of_the_stop_is_released_after_the_restart(links: Links) -> None:
    links.up(1, "XLON")
    links.say(1, "A", (98, "0"), (108, "30"), sender="XLON")
    quote = ((262, "MD-1"), (55, "ACME"), (268, "1"), (269, "1"), (270, "100"), (271, "500"))
    links.say(1, "W", *quote, sender="XLON")
    links.up(2)
    links.logon(2)
    order = ((55, "ACME"), (54, "1"), (60, print_timestamp(links.now)), (38, "100"), (40, "1"))
    parameters = ((847, "1001"), (848, "Duration=2;NumSlices=2"))
    said = kinds(links.say(2, "D", (11, "P"), *order, *parameters))
    assert said == [(2, "8"), (1, "D")]
    links.feed(Command(links.now, "stop", "operator", b"{}"))
    assert (1, "D") not in kinds(links.pass_to(Ns(links.now + SECOND)))
    links.start()
    links.up(3, "XLON")
    links.say(3, "A", (98, "0"), (108, "30"), sender="XLON")
    assert kinds(links.say(3, "W", *quote, sender="XLON")) == [(3, "D")]


def test_clients_do_not_know_each_others_orders() -> None:
    """I24: the same ClOrdID in two sessions is two orders."""
    world = make_world(clients=clients("CLIENT", "RIVAL"))
    world.converse(
        """
        XLON quotes ACME 99.90x500 100.10x500
        client > NewOrderSingle      ClOrdID=P  OrderQty=100  Price=99.00
        client < ExecutionReport     ExecType=NEW
        rival  > OrderCancelRequest  ClOrdID=C  OrigClOrdID=P  Symbol=ACME  Side=BUY
        rival  < OrderCancelReject   OrderID=NONE  CxlRejReason=1
        rival  > NewOrderSingle      ClOrdID=P  OrderQty=50  Price=98.00
        rival  < ExecutionReport     ExecType=NEW  OrderQty=50
        """
    )


def test_a_venue_cannot_speak_of_another_venues_children(world: World) -> None:
    """The session says who a report comes from, not the report."""
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=100  ClOrdID=$child
        BATE   > ExecutionReport  ExecType=TRADE  ClOrdID=$child  LastQty=100  LastPx=100.10
        BATE   < DontKnowTrade    DKReason=D  LastQty=100
        """
    )
    assert [note["code"] for note in world.notes("alert")] == ["CHILD.UNKNOWN"]
