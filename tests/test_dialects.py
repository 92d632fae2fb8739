"""Dialects: each that comes with the gateway says all it can say, reports repeat it, and one that is wrong is not loaded."""

import re
from pathlib import Path

import pytest

from algos import ALGOS
from gateway.model import SECOND, Ns, Parameter, ParameterType, print_timestamp
from gateway.model.dialects import Dialect, Word, Wording
from gateway.node import Gateway
from gateway.oms.parameters import known_to
from gateway.oms.plan import Plan
from gateway.run.check import summary
from gateway.run.config import load
from gateway.run.dialect_table import FOLDER, load_dialect
from gateway.run.tables import ConfigError
from tests.algo_words import house_value, saying, texts, world_of
from tests.conversation.language import START
from tests.conversation.world import World
from tests.test_config import WHOLE

FILES = sorted(FOLDER.glob("*.toml"))
CASES = [(path.stem, wire) for path in FILES for wire in load_dialect(path).strategies]
TEXT, RATE = "848", "849"


def named(name: str) -> Dialect:
    return load_dialect(FOLDER / f"{name}.toml")


def at_instants(text: str) -> str:
    """`12104=+60s` as the instant that is a minute after the beginning: the words of conversations know FIX alone."""
    return re.sub(
        r"\b([0-9]{4,5})=([+-][0-9]+)s\b",
        lambda found: f"{found[1]}={print_timestamp(Ns(START + int(found[2]) * SECOND))}",
        text,
    )


def ask(world: World, fields: str, answer: str, cl_ord_id: str = "P") -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID={cl_ord_id}  OrderQty=200  40=2  44=100.10  59=1  {at_instants(fields)}
        client < ExecutionReport  ClOrdID={cl_ord_id}  {answer}
        """
    )


def plan_of(world: World, cl_ord_id: str = "P") -> Plan:
    assert isinstance(world.node, Gateway) and world.node.desk is not None
    (plan,) = (p.plan for p in world.node.desk.parents.values() if p.order.cl_ord_id == cl_ord_id)
    assert plan is not None
    return plan


def on_the_wire(word: Word, parameter: Parameter, house: str) -> tuple[str, str]:
    """How the dialect writes a value, and which of ours that is."""
    if word.values is not None:
        return next(iter(word.values.items()))
    if parameter.type is ParameterType.PERCENTAGE and word.percent_style == "integer":
        return "25", "0.25"
    return ("30", str(30 * word.factor)) if word.factor != 1 else (house, house)


def said_as(dialect: Dialect, wire: str, words: dict[str, tuple[str, str]], *, twice: bool = False) -> str:
    """Fields of an order: those of the dialect's own, native ones, and the group. `words`: key -> value, type."""
    tags = {key: value for key, (value, _) in words.items() if key.isdigit()}
    group = {key: value for key, value in words.items() if not key.isdigit()}
    entries = "  ".join(f"'958={key}'  959={code}  '960={value}'" for key, (value, code) in group.items())
    count = f"957={len(group)}  {entries}" if group else ""
    fields = "  ".join(f"'{tag}={value}'" for tag, value in tags.items())
    return f"'{dialect.strategy_tag}={wire}'  {fields}  {count}" * (2 if twice else 1)


@pytest.mark.parametrize(("name", "wire"), CASES)
def test_a_dialect_says_all_it_can_say_and_reports_repeat_it(name: str, wire: str) -> None:
    """One order for each word: the algo is the house's, its parameter has the value, the echo is as it was sent."""
    dialect = named(name)
    words, number = dialect.words[wire], dialect.strategies[wire]
    kind = ALGOS[number]
    keys = {word.name: key for key, word in words.items()}
    world = world_of(Wording(dialect=dialect))
    assert set(saying(kind, "")) <= keys.keys(), "it cannot say what the algo has to have"
    for place, (key, word) in enumerate(words.items()):
        house = saying(kind, word.name)
        sent, expected = {}, {}
        for parameter in (known_to(kind)[ours] for ours in house):
            its = words[keys[parameter.name]] if parameter.name != word.name else word
            text, expected[parameter.name] = on_the_wire(its, parameter, house[parameter.name])
            sent[keys[parameter.name] if its is not word else key] = (text, its.type or parameter.type.value)
        until = "" if word.name in ("EndTime", "Duration") else "126=+3600s"
        until = "126=20260105-16:00:00" if word.name == "StartTime" else until
        echo = "  ".join(
            f"'{tag}={value}'" for tag, (value, _) in sent.items() if tag.isdigit() and tag not in ("126", "168")
        )
        count = sum(not tag.isdigit() for tag in sent)
        later = "" if word.name == "StartTime" else "168=+60s"
        ask(
            world,
            f"{said_as(dialect, wire, sent)}  {until}  {later}",
            f"ExecType=NEW  '{dialect.strategy_tag}={wire}'  {echo}  {f'957={count}' if count else '-957'}",
            f"O{place}",
        )
        plan = plan_of(world, f"O{place}")
        assert type(plan.algo) is kind
        for ours, text in expected.items():
            assert house_value(kind, plan, ours) == known_to(kind)[ours].read(text)


@pytest.mark.parametrize(
    ("name", "fields", "text"),
    [
        ("nordic", "847=1001", "ALGO.UNKNOWN TargetStrategy(847) 1001"),
        ("nordic", "847=1014  957=1  958=NumSlices  959=1  960=3", "ALGO.PARAMETER NumSlices"),
        ("nordic", "847=1014  210=5", "ALGO.PARAMETER Tag(210)"),
        ("nordic", "847=1014  849=0.25", "ALGO.FORMAT Tag(849): '0.25' is not whole per cent"),
        ("nordic", "847=1014  849=101", "ALGO.RANGE Tag(849) 101 must be from 1 to 100 per cent"),
        ("nordic", "847=1014  849=0", "ALGO.RANGE Tag(849) 0 must be from 1 to 100 per cent"),
        ("nordic", "847=1003  848=URGENT", "ALGO.RANGE Tag(848) URGENT must be one of LOW, MEDIUM, HIGH"),
        ("nordic", "847=1003  848=NEUTRAL", "ALGO.RANGE Tag(848) NEUTRAL must be one of LOW, MEDIUM, HIGH"),
        ("nordic", "847=1014  12104=+60s  126=+61s", "ALGO.CONFLICT EndTime 126<>12104"),
        ("nordic", "847=1014  12103=+60s  168=+61s  126=+99s", "ALGO.CONFLICT StartTime 168<>12103"),
        ("nordic", "847=1014  12104=+60s  957=1  958=X  959=1  960=3", "ALGO.CONFLICT StrategyParametersGrp(957) and Tag(12104)"),
        ("chicago", "847=1008  8152=+60s  848=X=1", "ALGO.CONFLICT 848 and Tag(8152) in one order"),
        ("nordic", "847=1014  12104=-60s", "ALGO.ENDTIME"),
        ("nordic", "847=1002  12104=+60s", "ALGO.MISSING TargetParticipation"),
        ("nordic", "12104=+60s", "ALGO.MISSING TargetStrategy(847)"),
        ("chicago", "847=1008  9030=0", "ALGO.RANGE Duration 0 must be at least 1"),
        ("chicago", "847=1008  9030=10  8152=+600s", "ALGO.CONFLICT EndTime and Duration"),
        ("ladder", "847=1001", "ALGO.UNKNOWN TargetStrategy(847) 1001: Tag(16847) names the algo"),
        ("ladder", "16847=TWAP", "ALGO.UNKNOWN Tag(16847) TWAP"),
        ("ladder", "16847=TimeSliced  957=1  958=Duration  959=1  960=60", "ALGO.PARAMETER Duration"),
        ("ladder", "16847=TimeSliced  957=1  958=ChildTif  959=12  960=Day", "ALGO.TYPE StrategyParameterType(959) of ChildTif is 14, not 12"),
        ("ladder", "16847=TimeSliced  957=2  958=Slices  959=1  960=3  958=Slices  959=1  960=3", "ALGO.CONFLICT Slices is given twice"),
        ("ladder", "16847=TimeSliced  957=1  958=PctCap  959=11  960=0.25", "ALGO.FORMAT PctCap: '0.25' is not whole"),
        ("letters", "5181=N", "ALGO.MISSING Tag(5180)"),
        ("letters", "5180=S  5181=X", "ALGO.RANGE Tag(5181) X must be one of N, P, A"),
    ],
)  # fmt: skip
def test_what_a_dialect_does_not_say_is_refused_in_its_words(name: str, fields: str, text: str) -> None:
    quote = '"' if "'" in text else "'"
    ask(world_of(Wording(dialect=named(name))), fields, f"ExecType=REJECTED  {quote}Text~{text}{quote}")


def test_a_field_of_the_wrong_format_is_the_sessions_to_reject() -> None:
    """A field of a dialect has the type of what it stands for; who has no dialect has no such field."""
    order = "client > NewOrderSingle  ClOrdID=P  847=1014  12104=tomorrow"
    world_of(Wording(dialect=named("nordic"))).converse(
        f"{order}\nclient < Reject  RefTagID=12104  SessionRejectReason=6"
    )
    world_of(None).converse(f"{order}\nclient < Reject  RefTagID=12104  SessionRejectReason=0")


def test_a_dialect_replaces_as_it_orders() -> None:
    world = world_of(Wording(dialect=named("nordic")))
    ask(world, "847=1014  12103=+60s  12104=+600s", "ExecType=NEW")
    world.converse(
        at_instants("""
        client > OrderCancelReplaceRequest  ClOrdID=R  OrigClOrdID=P  OrderQty=200  847=1014  12103=+90s  12104=+900s  849=10
        client < ExecutionReport  ClOrdID=R  ExecType=PENDING_REPLACE
        client < ExecutionReport  ClOrdID=R  ExecType=REPLACED  849=10  847=1014
        client > OrderCancelReplaceRequest  ClOrdID=S  OrigClOrdID=R  OrderQty=200  847=1  12104=+900s
        client < OrderCancelReject  ClOrdID=S  CxlRejReason=2  Text~ALGO.CHANGED
        """)
    )


def test_an_order_without_a_strategy_is_one_without_an_algo() -> None:
    world = world_of(Wording(dialect=named("ladder")))
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=P  OrderQty=200  40=2  44=100.10
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=200
        """
    )


def test_orders_of_a_list_are_said_in_the_dialect_too() -> None:
    world = world_of(Wording(dialect=named("letters")))
    world.converse(
        at_instants("""
        client > NewOrderList  ListID=L  BidType=3  68=1  73=1  11=A  67=1  55=ACME  54=1  38=200  40=1  168=+60s  5180=T  6324=+600s
        client < ListStatus    ListID=L
        client < ExecutionReport  ClOrdID=A  ExecType=NEW  5180=T
        """)
    )


# -- the house scheme, with options


@pytest.mark.parametrize(
    ("wording", "fields", "answer"),
    [
        (Wording(unknown_params="ignore"), "847=1001  848='Duration=90;Foo=1;Bar=2'", "ExecType=NEW  Text~'Foo, Bar ignored'"),
        (Wording(unknown_params="ignore"), "847=1001  957=2  958=Duration  959=1  960=90  958=Foo  959=14  960=x", "ExecType=NEW  Text='Foo ignored'"),
        (Wording(unknown_params="ignore"), "847=1001  168=-60s  848='Duration=90;Foo=1'", "ExecType=NEW  Text='StartTime has passed; started now; Foo ignored'"),
        (Wording(unknown_params="ignore"), "847=1001  848='Duration=90;Duration=90'", "ExecType=REJECTED  Text='ALGO.CONFLICT Duration is given twice'"),
        (Wording(unknown_params="ignore"), "847=1001  848='Duration=x'", "ExecType=REJECTED  Text~ALGO.FORMAT"),
        (Wording(unknown_params="ignore"), "847=1099", "ExecType=REJECTED  Text~ALGO.UNKNOWN"),
        (Wording(unknown_params="ignore"), "847=1001  848=Duration=90  957=1  958=Foo  959=1  960=1", "ExecType=REJECTED  Text~'ALGO.CONFLICT StrategyParametersGrp(957) and 848'"),
        (Wording(unknown_params="ignore", dialect=named("nordic")), "847=1014  12104=+600s  210=5", "ExecType=NEW  Text='Tag(210) ignored'"),
        (Wording(percent_style="integer"), "847=1001  848='Duration=90;MaxParticipation=25'", "ExecType=NEW  -Text"),
        (Wording(percent_style="integer"), "847=1001  957=2  958=Duration  959=1  960=90  958=MaxParticipation  959=11  960=25", "ExecType=NEW"),
        (Wording(percent_style="integer"), "847=1001  848=Duration=90  849=25", "ExecType=NEW  849=25"),
        (Wording(percent_style="integer"), "847=1001  848='Duration=90;MaxParticipation=25'  849=26", "ExecType=REJECTED  Text='ALGO.CONFLICT MaxParticipation 849<>848'"),
        (Wording(percent_style="integer"), "847=1001  848=Duration=90  849=0.25", "ExecType=REJECTED  Text~'ALGO.FORMAT ParticipationRate(849)'"),
        (Wording(percent_style="integer"), "847=1001  848='Duration=90;Foo=1'", "ExecType=REJECTED  Text='ALGO.PARAMETER Foo'"),
        (None, "847=1001  848='Duration=90;Foo=1'", "ExecType=REJECTED  Text='ALGO.PARAMETER Foo'"),
        (None, "847=1001  848=Duration=90  849=25", "ExecType=REJECTED  Text~'25 % is 0.25'"),
    ],
)  # fmt: skip
def test_a_session_may_leave_out_what_nobody_knows_and_count_in_whole_per_cent(
    wording: Wording | None, fields: str, answer: str
) -> None:
    later = "" if "168=" in fields else "  168=+60s"
    world = world_of(wording)
    if "168=-60s" in fields:
        world.converse("XLON quotes ACME - -\nBATE quotes ACME 99x500 101x500")
    ask(world, fields + later, answer)
    if "NEW" in answer and "25" in fields:
        assert house_value(ALGOS["1001"], plan_of(world), "MaxParticipation") == 25_000_000


# -- loading

GOOD = """
[strategies]
"T" = "1001"
[parameters]
"12103" = "StartTime"
"Speed" = { name = "MaxParticipation", percent_style = "integer" }
[strategy."T".parameters]
"Minutes" = { name = "Duration", factor = 60 }
"""


def test_a_dialect_of_ones_own_is_loaded_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(GOOD)
    (path := tmp_path / "gateway.toml").write_text(
        WHOLE.replace('comp_id = "CLIENT"', 'comp_id = "CLIENT"\ndialect = "ours.toml"\nunknown_params = "ignore"')
    )
    (client,) = load(path).settings.clients
    assert client.wording == Wording(dialect=load_dialect(tmp_path / "ours.toml"), unknown_params="ignore")
    path.write_text(WHOLE.replace('comp_id = "CLIENT"', 'comp_id = "CLIENT"\ndialect = "chicago"'))
    (client,) = load(path).settings.clients
    assert client.wording == Wording(dialect=named("chicago"))
    path.write_text(WHOLE.replace('comp_id = "CLIENT"', 'comp_id = "CLIENT"\npercent_style = "integer"'))
    (client,) = load(path).settings.clients
    assert client.wording == Wording(percent_style="integer")


def test_a_check_of_the_configuration_tells_how_a_client_speaks(tmp_path: Path) -> None:
    keys = 'dialect = "nordic"\nunknown_params = "ignore"\nalgos = ["1"]'
    (path := tmp_path / "gateway.toml").write_text(WHOLE.replace('comp_id = "CLIENT"', f'comp_id = "CLIENT"\n{keys}'))
    lines = summary(load(path))
    assert "session CLIENT: dialect = nordic, unknown_params = ignore" in lines
    assert "algos for client CLIENT: 1" in lines


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ('dialect = "nowhere"', "client[1].dialect: "),
        ('dialect = "bad.toml"', 'client[1].dialect: bad.toml: strategies."T": there is no algo 1099'),
        ('dialect = "nordic"\npercent_style = "integer"', "client[1].percent_style: is for the house scheme"),
        ('unknown_params = "maybe"', 'client[1].unknown_params: must be "strict" or "ignore"'),
    ],
)
def test_a_client_with_a_wrong_wording_is_no_configuration(tmp_path: Path, keys: str, error: str) -> None:
    (tmp_path / "bad.toml").write_text(GOOD.replace("1001", "1099"))
    (path := tmp_path / "gateway.toml").write_text(WHOLE.replace('comp_id = "CLIENT"', f'comp_id = "CLIENT"\n{keys}'))
    with pytest.raises(ConfigError) as refused:
        load(path)
    assert any(line.startswith(f"gateway.toml: {error}") for line in refused.value.errors), refused.value.errors


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('"T" = "1001"', '"T" = "0"', 'strategies."T": there is no algo 0'),
        ('"T" = "1001"', "", "strategies: must not be empty"),
        ('"12103"', '"Speed"', "ours.toml:"),
        ('= "StartTime"', '= "Begin"', 'parameters."12103": none of the strategies has a parameter Begin'),
        ('= "StartTime"', '= "TargetParticipation"', 'parameters."12103": none of the strategies has a parameter Target'),
        ('"12103"', '"44"', 'parameters."44": is a field that every order may have, with a meaning of its own'),
        ('"12103"', '"9004"', 'parameters."9004": is a field that every order may have'),
        ('"12103"', '"10"', 'parameters."10": is a field that every order may have'),
        ('"12103"', '"4999"', 'parameters."4999": is below 5000 and no field of an order'),
        ('"12103"', '"847"', 'parameters."847": names the strategy already'),
        ('"12103"', '"012103"', 'parameters."012103": is no tag from 1 to 99999'),
        ('"12103"', '"100000"', 'parameters."100000": is no tag from 1 to 99999'),
        ('"12103"', '"a=b"', 'parameters."a=b": must be a tag, or a name'),
        ('"Minutes" = { name = "Duration"', '"Minutes" = { name = "RefreshDelayMs"', 'strategy."T".parameters."Minutes": that algo has no'),
        ('[strategy."T"', '[strategy."U"', 'strategy."U": strategies has no such value'),
        ("factor = 60", "factor = 0", "strategy.T.parameters.Minutes.factor: must be at least 1"),
        ("factor = 60", 'percent_style = "integer"', 'strategy."T".parameters."Minutes".percent_style: Duration is no percentage'),
        ('percent_style = "integer"', "factor = 2", 'parameters."Speed".factor: MaxParticipation is no whole number'),
        ('percent_style = "integer"', 'values = { A = "much" }', 'parameters."Speed".values."A": MaxParticipation much must be'),
        ('percent_style = "integer"', 'percent_style = "integer", values = { A = "0.1" }', 'parameters."Speed".values: say all'),
        ('percent_style = "integer"', 'type = "x"', "parameters.Speed.type: "),
        ("[strategies]", "strategy_tag = 44\n[strategies]", "strategy_tag: 44 is a field of every order"),
        ("[strategies]", "nonsense = 1\n[strategies]", "nonsense: unknown key"),
    ],
)  # fmt: skip
def test_a_dialect_that_says_what_means_nothing_is_not_loaded(tmp_path: Path, old: str, new: str, error: str) -> None:
    (path := tmp_path / "ours.toml").write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ConfigError) as refused:
        load_dialect(path)
    assert any(f"{error}" in line for line in refused.value.errors), refused.value.errors


def test_every_value_of_a_parameter_can_be_said_in_house_words() -> None:
    """What the tests send as an example is one."""
    for kind in {ALGOS[number] for path in FILES for number in load_dialect(path).strategies.values()}:
        for parameter in known_to(kind).values():
            assert all(parameter.read(text) is not None for text in texts(parameter))
