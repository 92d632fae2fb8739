"""Faults of a venue, each as the bytes that a counterparty gets: by a script, by chance, and by an operator's word."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.model import SECOND, Close, Command, LinkDown, LinkUp, Note, Output, Send
from tests.venues.world import Answer, Client, World
from venues.exchange import Exchange
from venues.faults.kinds import LEAST, SPECS, FaultKind
from venues.faults.plan import Faults

TABLE = Path(__file__).parents[2] / "fixspecs" / "venues.md"
MS = 1_000_000


def faulty(fault: str, *more: str, **changes: Any) -> World:
    """A venue with that fault, once, on the first occasion."""
    return World(faults=Faults.parse("\n".join(("[[script]]", f'fault = "{fault}"', *more))), **changes)


def pair(world: World) -> tuple[Client, Client]:
    """Ours, and one who sells 10 at 100."""
    client, other = Client(world, "GW"), Client(world, "OTHER")
    other.order("2", "10", "100")
    return client, other


def types(answers: list[Answer]) -> str:
    """ExecTypes, or MsgTypes of what is no report."""
    return "".join(answer[150] or f"({answer[35]})" for answer in answers)


def later(world: World, client: Client, ms: int) -> list[Answer]:
    return client.mine(world.pass_time(ms * MS))


def drops(outputs: list[Output], client: Client) -> bool:
    return Close(client.link) in outputs


def lose(world: World, client: Client) -> None:
    world.give(LinkDown(world.now, client.link, "closed"))


def come_back(world: World, client: Client, *, seq: int | None = None) -> list[Answer]:
    client.link = world.connect()
    client.seq = client.seq if seq is None else seq
    return client.say("A", (98, "0"), (108, "30"))


# -- orders and cancels


def test_an_order_is_rejected() -> None:
    """REJECT: OrdRejReason(103) 0, the order was never on the book, and the next one is like any other."""
    client = Client(faulty("REJECT"))
    (report,) = client.order("1", "10", "100")
    assert report.has(_150="8", _39="8", _103="0", _151="0", _58="a fault of this venue")
    assert types(client.order("2", "10", "100")) == "0"


def test_an_order_is_lost() -> None:
    """LOST: nothing is said, and who asks hears that it is not known."""
    client = Client(faulty("LOST"))
    assert client.order("1", "10", "100", cl="A") == []
    (status,) = client.say("H", (11, "A"), (55, "ACME"), (54, "1"))
    assert status.has(_37="NONE", _150="I", _39="8")


def test_a_cancel_is_rejected_while_the_order_is_live() -> None:
    """CANCEL_REJECT: too late, says OrderCancelReject(9), and then the order trades."""
    world = faulty("CANCEL_REJECT")
    client = Client(world)
    client.order("1", "10", "100", cl="A")
    (reject,) = client.cancel("A", "B")
    assert reject.has(_35="9", _102="0", _39="0", _41="A")
    Client(world, "OTHER").order("2", "10", "100")
    assert types(client.mine(world.outputs))[-1:] == "F"


def test_a_cancel_is_lost() -> None:
    """CANCEL_LOST"""
    client = Client(faulty("CANCEL_LOST"))
    client.order("1", "10", "100", cl="A")
    assert client.cancel("A", "B") == []
    assert types(client.cancel("A", "C")) == "4"


# -- reports


def test_an_order_is_never_acknowledged_and_trades() -> None:
    """NO_ACK"""
    client = Client(faulty("NO_ACK", 'counterparty = "GW"'))
    Client(client.world, "OTHER").order("2", "4", "100")
    (fill,) = client.order("1", "10", "100")
    assert fill.has(_150="F", _14="4", _151="6")


def test_an_order_is_canceled_though_nobody_asked() -> None:
    """UNSOLICITED_CANCEL: without OrigClOrdID(41)."""
    client = Client(faulty("UNSOLICITED_CANCEL", "delay_ms = 70"))
    assert types(client.order("1", "10", "100", cl="A")) == "0"
    assert later(client.world, client, 69) == []
    (canceled,) = later(client.world, client, 1)
    assert canceled.has(_150="4", _39="4", _11="A", _151="0") and canceled[41] is None
    assert types(client.cancel("A", "B")) == "(9)"


def test_a_fill_comes_after_the_cancel_was_acknowledged() -> None:
    """LATE_FILL: of all that was open. The order stays Canceled, and says so when asked."""
    client = Client(faulty("LATE_FILL", "delay_ms = 20"))
    client.order("1", "10", "100", cl="A")
    (canceled,) = client.cancel("A", "B")
    assert canceled.has(_150="4", _14="0")
    (fill,) = later(client.world, client, 20)
    assert fill.has(_150="F", _39="4", _32="10", _31="100", _14="10", _151="0")
    (status,) = client.say("H", (11, "A"), (55, "ACME"), (54, "1"))
    assert status.has(_14="10", _6="100")


def test_a_fill_comes_in_parts() -> None:
    """PARTIAL_FILLS: ExecIDs of their own, CumQty and Commission that add up, and Filled at the last."""
    world = faulty("PARTIAL_FILLS", 'counterparty = "GW"', "parts = 4", taker_fee=4_500)
    client, other = pair(world)
    _, *fills = client.order("1", "10", "100")
    assert [(fill[32], fill[14], fill[151], fill[39]) for fill in fills] == [
        ("2", "2", "8", "1"),
        ("3", "5", "5", "1"),
        ("2", "7", "3", "1"),
        ("3", "10", "0", "2"),
    ]
    assert len({fill[17] for fill in fills}) == 4 and {fill[6] for fill in fills} == {"100"}
    assert sum(float(fill[12] or 0) for fill in fills) == pytest.approx(0.045)
    assert types(other.mine(world.outputs)).count("F") == 1


def test_a_fill_is_taken_back() -> None:
    """BUST: ExecRefID(19) names the fill; what was open stays so, of a smaller order."""
    client, _ = pair(faulty("BUST", 'counterparty = "GW"', "delay_ms = 20"))
    _, fill = client.order("1", "12", "100", cl="A")
    (bust,) = later(client.world, client, 20)
    assert bust.has(_150="H", _14="0", _151="2", _38="2", _39="0") and bust[19] == fill[17]
    (canceled,) = client.cancel("A", "B")
    assert canceled.has(_150="4", _14="0", _38="2")


def test_a_fill_of_all_is_taken_back() -> None:
    """BUST of the last fill: the order is Canceled, and not open again."""
    client, _ = pair(faulty("BUST", 'counterparty = "GW"', "delay_ms = 20"))
    client.order("1", "10", "100")
    (bust,) = later(client.world, client, 20)
    assert bust.has(_150="H", _14="0", _151="0", _39="4", _38="10")


def test_a_price_is_corrected() -> None:
    """CORRECT: ExecType G with the same quantity; AvgPx follows."""
    client, _ = pair(faulty("CORRECT", 'counterparty = "GW"', "ticks = 3"))
    _, fill = client.order("1", "12", "100")
    (corrected,) = later(client.world, client, 500)
    assert corrected.has(_150="G", _32="10", _31="100.03", _14="10", _151="2", _6="100.03")
    assert corrected[19] == fill[17] and corrected[17] != fill[17]


@pytest.mark.parametrize(("qty", "beyond"), [("12", "7"), ("10", "5")], ids=["of what is open", "of what is filled"])
def test_more_is_filled_than_was_ordered(qty: str, beyond: str) -> None:
    """OVERFILL: what is open and 5 lots; then the order is done."""
    client, _ = pair(faulty("OVERFILL", 'counterparty = "GW"', "lots = 5"))
    _, _, more = client.order("1", qty, "100", cl="A")
    assert more.has(_150="F", _39="2", _38=qty, _32=beyond, _14=str(int(qty) + 5), _151="0")
    assert types(client.cancel("A", "B")) == "(9)"


def test_a_report_comes_twice() -> None:
    """DUPLICATE: the same ExecID under the next MsgSeqNum."""
    client = Client(faulty("DUPLICATE"))
    first, again = client.order("1", "10", "100")
    assert first[17] == again[17] and int(again[34] or 0) == int(first[34] or 0) + 1 and again[43] is None


def test_reports_come_late_in_their_order() -> None:
    """DELAY: what follows waits too."""
    client = Client(faulty("DELAY", "delay_ms = 30"))
    assert client.order("1", "10", "100", cl="A") == []
    assert client.cancel("A", "B") == []
    assert types(later(client.world, client, 30)) == "04"


def test_reports_come_out_of_order() -> None:
    """OUT_OF_ORDER: New after the fill, in sequence as far as the session goes."""
    client, _ = pair(faulty("OUT_OF_ORDER", 'counterparty = "GW"', "delay_ms = 30"))
    (fill,) = client.order("1", "12", "100")
    (new,) = later(client.world, client, 30)
    assert (fill[150], new[150], new[14]) == ("F", "0", "0") and int(new[34] or 0) == int(fill[34] or 0) + 1


# -- connections


def test_the_connection_breaks_before_the_answer_leaves() -> None:
    """DISCONNECT: the answer has its number, and comes again when it is asked for."""
    world = faulty("DISCONNECT")
    client = Client(world)
    assert client.order("1", "10", "100") == [] and drops(world.outputs, client)
    (logon,) = come_back(world, client)
    assert logon.has(_34="3")
    (again,) = client.say("2", (7, "2"), (16, "0"))[:1]
    assert again.has(_35="8", _34="2", _43="Y", _150="0")


def test_a_connection_is_half_open() -> None:
    """HALF_OPEN: neither requests nor heartbeats are answered, and nobody closes it but who notices."""
    world = faulty("HALF_OPEN")
    client = Client(world)
    assert client.order("1", "10", "100") == [] and client.say("1", (112, "?")) == []
    assert not drops(world.outputs, client)
    assert client.mine(world.pass_time(40 * SECOND)) == []
    lose(world, client)
    assert come_back(world, client)[0].has(_35="A")


def test_a_venue_begins_its_numbers_again() -> None:
    """SEQUENCE_RESET: the connection breaks and the next Logon has MsgSeqNum 1; orders are as they were."""
    world = faulty("SEQUENCE_RESET")
    client = Client(world)
    assert client.order("1", "10", "100", cl="A") == [] and drops(world.outputs, client)
    (logon,) = come_back(world, client, seq=0)
    assert logon.has(_35="A", _34="1")
    assert types(client.cancel("A", "B")) == "4"


def test_who_is_too_fast_is_logged_out_for_a_while() -> None:
    """THROTTLE_LOGOUT: a Logon before its time is answered by Logout."""
    world = faulty("THROTTLE_LOGOUT", "for_ms = 1000")
    client = Client(world)
    report, logout = client.order("1", "10", "100")
    assert report.has(_150="0") and logout.has(_35="5", _58="too many messages a second")
    client.say("5")
    lose(world, client)
    assert types(come_back(world, client))[-3:] == "(5)"
    lose(world, client)
    world.pass_time(SECOND)
    assert types(come_back(world, client))[:3] == "(A)"


def test_a_venue_restarts_and_remembers() -> None:
    """RESTART: for everybody at once, and for a while nobody gets in."""
    world = faulty("RESTART", "at_s = 5", "for_ms = 1000")
    client, other = Client(world), Client(world, "OTHER")
    client.order("1", "10", "100", cl="A")
    outputs = world.pass_time(5 * SECOND)
    assert drops(outputs, client) and drops(outputs, other)
    assert world.give(LinkUp(world.now, 77, "fix", "")) == [Close(77)]
    world.pass_time(SECOND)
    assert come_back(world, client)[0].has(_35="A", _34="3")
    assert types(client.cancel("A", "B")) == "4"


def test_a_venue_restarts_and_has_forgotten_everything() -> None:
    """RESTART_WITHOUT_MEMORY: numbers are 1, orders are unknown, ClOrdIDs are free, and nothing is on the book."""
    world = faulty("RESTART_WITHOUT_MEMORY", "for_ms = 1")
    client = Client(world)
    client.order("1", "10", "100", cl="A")
    world.pass_time(MS)
    assert come_back(world, client, seq=0)[0].has(_35="A", _34="1")
    assert client.cancel("A", "B")[0].has(_35="9", _102="1")
    assert types(client.order("2", "10", "100", cl="A")) == "0"


# -- market data


def test_market_data_stands_still_and_then_catches_up() -> None:
    """STALL: the first change is told with the last, in order."""
    world = faulty("STALL", "nth = 2", "for_ms = 100")
    client = Client(world)
    assert types(client.watch()) == "(W)"
    assert [types(client.order("1", "10", price)) for price in ("99", "98")] == ["0", "0"]
    assert later(world, client, 99) == []
    first, second = later(world, client, 1)
    assert [answer.entries()[0][:3] for answer in (first, second)] == [("0", "0", "99"), ("0", "0", "98")]
    assert types(client.order("1", "10", "97")) == "0(X)"


def test_market_data_is_old() -> None:
    """STALE: for 100 ms it comes 40 ms late, and nothing overtakes it then."""
    world = faulty("STALE", "nth = 2", "for_ms = 100", "delay_ms = 40")
    client = Client(world)
    client.watch()
    client.order("1", "10", "99")
    assert (types(later(world, client, 39)), types(later(world, client, 1))) == ("", "(X)")
    later(world, client, 59)
    client.order("1", "10", "98")
    later(world, client, 1)
    assert types(client.order("1", "10", "97")) == "0"
    assert types(later(world, client, 39)) == "(X)(X)"
    assert types(client.order("1", "10", "96")) == "0(X)"


def test_a_venue_holds_up_so_much_market_data_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the bound the connection is dropped; after the next Logon nothing of it comes."""
    monkeypatch.setattr("venues.faults.slow.MAX_HELD", 3)
    world = faulty("STALL", "nth = 2", "for_ms = 100")
    client = Client(world)
    client.watch()
    for price in ("99", "98"):
        client.order("1", "10", price)
    assert not drops(world.outputs, client)
    client.order("1", "10", "97")
    world.pass_time(0)
    assert drops(world.outputs, client)
    come_back(world, client)
    assert types(later(world, client, 100)) == ""


# -- when


def test_a_script_counts_occasions() -> None:
    """`nth`, `times`, `symbol` and `from_s`: the second and third order in BOND after one second."""
    world = faulty("REJECT", "nth = 2", "times = 2", 'symbol = "BOND"', "from_s = 1", symbols=("ACME", "BOND"))
    client = Client(world)

    def bond() -> str:
        return types(client.say("D", (11, f"B{client.seq}"), (55, "BOND"), (54, "1"), (60, "20131121-13:20:00"),
                                (38, "1"), (40, "2"), (44, "9")))  # fmt: skip

    assert bond() == "0"
    world.pass_time(SECOND)
    assert types(client.order("1", "1", "9")) == "0"
    assert [bond() for _ in range(4)] == ["0", "8", "8", "0"]


def chances(seed: int, ends_s: int = 0) -> str:
    text = f'seed = {seed}\nends_s = {ends_s}\n[percent]\nREJECT = "30"\nDUPLICATE = "10"'
    client = Client(World(faults=Faults.parse(text)))
    said = ""
    for _ in range(100):
        client.world.pass_time(SECOND)
        client.say("0")
        said += types(client.order("1", "1", "9")) + " "
    return said


def test_chance_follows_its_seed_and_ends() -> None:
    """The same seed brings the same faults, another one others; about as many as was said; none after `ends_s`."""
    assert chances(1) == chances(1) != chances(2)
    assert 20 <= chances(1).count("8") <= 45 and "00" in chances(1)
    assert "8" not in chances(1, ends_s=50)[150:]


def test_an_operator_lets_a_fault_happen() -> None:
    """On the next occasion, or at once; noted with who and why. What does not fit changes nothing."""
    world = World()
    client = Client(world)

    def inject(fault: dict[str, object], why: str = "drill") -> str | None:
        world.give(Command(world.now, "inject-fault", "anna", json.dumps({"fault": fault, "why": why}).encode()))
        return world.exchange.command_error

    assert inject({"fault": "REJECT"}, " ") == "inject-fault: why is not said"
    assert inject({"fault": "BUST", "parts": 3}) == "BUST has no parts"
    assert inject({"fault": "REJECT", "counterparty": "WHO"}) == "nobody has logged on as WHO"
    assert types(client.order("1", "10", "100")) == "0"
    assert inject({"fault": "REJECT"}) is None
    assert [types(client.order("1", "10", "100")) for _ in range(2)] == ["8", "0"]
    assert inject({"fault": "DISCONNECT", "counterparty": "GW"}) is None
    assert drops(world.outputs, client)
    noted = [json.loads(output.payload) for output in world.outputs if isinstance(output, Note)]
    assert [(note["fault"], note["who"], note["cl_ord_id"]) for note in noted if "fault" in note] == [
        ("REJECT", "anna", ""),
        ("REJECT", "", "C2"),
        ("DISCONNECT", "anna", ""),
    ]


def test_the_same_inputs_give_the_same_faults_again() -> None:
    """Replay: chance, delays and restarts are state like any other."""
    rates = "\n".join(f'{kind} = "20"' for kind in FaultKind if SPECS[kind].on.name not in ("REQUEST", "DATA"))
    world = World(faults=Faults.parse(f"[percent]\n{rates}"))
    client, other = pair(world)
    for number in range(60):
        client.order("1", "3", "100", cl=f"A{number}")
        other.order("2", "2", "100")
        client.cancel(f"A{number}", f"B{number}")
        world.pass_time(100 * MS)
    again = Exchange()
    assert [output for item in world.inputs for output in again.handle(item)] == world.outputs
    assert {json.loads(o.payload)["fault"] for o in world.outputs if isinstance(o, Note)} >= {"BUST", "LATE_FILL"}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("x = ", "not TOML"),
        ("colour = 1", "colour"),
        ('[percent]\nREJECTS = "1"', "REJECTS"),
        ('[percent]\nREJECT = "101"', "percent.REJECT must be from 0.01 to 100"),
        ('[percent]\nREJECT = "0.001"', "percent.REJECT is below 0.01"),
        ('[[script]]\nfault = "REJECT"\ndelay_ms = 1', "REJECT has no delay_ms"),
        ('[[script]]\nfault = "BUST"\ndelay_ms = 600001', "BUST delay_ms must be from 0 to 600000"),
        ('[[script]]\nfault = "BUST"\nat_s = 1', "at_s is for those that happen to connections"),
        ('[[script]]\nfault = "RESTART"\nat_s = 1\nnth = 2', "at_s goes without nth"),
        ('[[script]]\nfault = "RESTART"\nsymbol = "ACME"', "RESTART is not about a symbol"),
        ('[[script]]\nfault = "BUST"\nnth = 0', "nth is 1 at least"),
        ("ends_s = -1", "ends_s is 0 at least"),
    ],
)
def test_a_file_of_faults_that_is_wrong_says_where(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        Faults.parse(text)


def test_the_document_lists_the_faults_as_they_are() -> None:
    """Each with its occasion, what it does, and its usual amounts; and every amount belongs to some fault."""
    rows = [line.strip("|").split("|") for line in TABLE.read_text().splitlines() if line.startswith("| `")]
    listed = {row[0].strip("` "): tuple(cell.strip() for cell in row[1:]) for row in rows}
    assert {kind: listed.get(kind) for kind in SPECS} == {
        kind: (spec.on.value, spec.about, ", ".join(f"{name} {much}" for name, much in spec.usual.items()))
        for kind, spec in SPECS.items()
    }
    assert set(SPECS) == set(FaultKind) and {name for spec in SPECS.values() for name in spec.usual} == set(LEAST)


@pytest.mark.parametrize("fees", [{}, {"maker_fee": -2_000, "taker_fee": 3_000}])
def test_reports_are_the_same_where_faults_are_only_feared(fees: dict[str, Any]) -> None:
    """Plain reports are written more quickly where nothing can go wrong; not a byte of them differs."""
    quiet, wary = World(**fees), faulty("REJECT", 'counterparty = "NOBODY"', **fees)
    for world in (quiet, wary):
        client, other = pair(world)
        client.order("1", "3", "100", (1, "ACC"))
        client.order("1", "4", None, (526, "PARENT"))
        other.order("2", "5", "100.01")
        other.order("5", "5", "100.02", cl="S")
        client.order("1", "20", "100.02", (59, "3"))
        other.order("2", "1", "100.015")
        other.cancel("S", "X", side="5")
    assert quiet.outputs == wary.outputs
    assert sum(b"\x01150=F\x01" in item.data for item in quiet.outputs if isinstance(item, Send)) == 10
