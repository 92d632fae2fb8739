"""`gateway atdl export`: what is implemented and nothing else, in the structure of FIXatdl 1.1, with rules that hold."""

import itertools
import re
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from typer.testing import CliRunner

from algos import ALGOS
from gateway.model import Common, ParameterType
from gateway.model.dialects import Dialect, Word
from gateway.oms.parameters import known_to
from gateway.run.algos import installed
from gateway.run.atdl import NAMESPACES, TYPES, XSI
from gateway.run.atdl.export import export
from gateway.run.atdl.tickets import CannotSay, in_dialect, in_house
from gateway.run.cli import app
from gateway.run.strategies import strategies
from tests.atdl.rules import faults

HERE = Path(__file__).parent
CORE = {"": NAMESPACES[""], "val": NAMESPACES["val"]}


@pytest.fixture(scope="module")
def document() -> str:
    return export(in_house(strategies()))


def test_it_lists_exactly_the_implemented_strategies(document: str) -> None:
    """Each algo of the registry once, by its first number; another number is another word for it, and 0 is no algo."""
    first: dict[type, str] = {}
    for number, kind in installed().items():
        first.setdefault(kind, number)
    del first[ALGOS["0"]]
    listed = fromstring(document).findall("Strategy", CORE)
    assert [each.get("wireValue") for each in listed] == list(first.values())
    for strategy, kind in zip(listed, first, strict=True):
        assert {each.get("name") for each in strategy.findall("Parameter", CORE)} == known_to(kind).keys()


def test_every_parameter_is_of_its_type_with_its_bounds(document: str) -> None:
    for strategy, ours in zip(fromstring(document).findall("Strategy", CORE), strategies(), strict=True):
        for element, parameter in zip(strategy.findall("Parameter", CORE), ours.parameters, strict=True):
            assert element.get(f"{{{XSI}}}type") == f"{TYPES[int(parameter.kind) - 1]}_t"
            assert (element.get("use") == "required") is parameter.is_required
            least = "-1000000" if parameter.kind is ParameterType.PRICE_OFFSET else None
            bounds = (element.get("minValue"), element.get("maxValue"))
            assert bounds == (parameter.minimum or least, parameter.maximum), parameter.name


def test_another_word_for_a_value_is_not_listed_twice(document: str) -> None:
    """A list of PASSIVE, LOW and P would ask a person for a choice that there is not."""
    urgency = next(each for each in fromstring(document).iter() if each.get("name") == "Urgency")
    listed = [pair.get("wireValue") for pair in urgency.findall("EnumPair", CORE)]
    assert listed == ["PASSIVE", "NEUTRAL", "AGGRESSIVE", "ADAPTIVE"]


def test_it_keeps_the_structure_of_the_standard(document: str) -> None:
    assert faults(document) == []


@pytest.mark.parametrize("name", ["north", "west"])
def test_so_do_the_documents_that_we_read_in_tests(name: str) -> None:
    assert faults((HERE / f"{name}.xml").read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        (' strategyIdentifierTag="847"', "", "Strategies has no strategyIdentifierTag"),
        (' wireValue="2"', ' wireValue="1"', "Strategy wireValue 1 is there twice"),
        ('<Strategy name="POV"', '<Strategy name="VWAP"', "Strategy name VWAP is there twice"),
        (' version="0.1', ' verzion="0.1', "Strategy has no version"),
        ("</Strategies>", "<Description/></Strategies>", "Strategies has the children"),
        ('xsi:type="Int_t"', 'xsi:type="Whole_t"', "Parameter is of no type Whole_t"),
        (' use="required"', ' use="always"', "Parameter has use=always"),
        ('parameterRef="IWouldPrice"', 'parameterRef="Limit"', "shows Limit, which there is not"),
        ('parameterRef="StartTime"', 'parameterRef="EndTime"', "parameterRef EndTime is there twice"),
        ('ID="c_StartTime"', 'ID="c_EndTime"', "Control ID c_EndTime is there twice"),
        ('ID="c_StartTime"', 'ID="1"', "lay:Control has the ID '1'"),
        ("lay:Clock_t", "lay:SingleSpinner_t", "and StartTime is a UTCTimestamp_t"),
        ('maxValue="10000"', 'maxValue="0"', "NumSlices is from 1 to 0"),
        (' tag957Support="true"', "", "travels in no field"),
        ('enumID="e_N" wireValue', 'enumID="e_Y" wireValue', "Live enumID e_Y is there twice"),
        ('operator="NX"', 'operator="NX" value="1"', "has NX with"),
        ('field="EndTime" operator="NX"', 'field="Until" operator="NX"', "is about Until, which there is not"),
        ('logicOperator="OR"', 'logicOperator="NOR"', "val:Edit has logicOperator=NOR"),
        (' enabled="false" value="{NULL}"', "", "does nothing"),
    ],
)
def test_the_rules_of_the_standard_find_what_is_wrong(document: str, was: str, becomes: str, fault: str) -> None:
    assert was in document
    found = faults(document.replace(was, becomes))
    assert any(fault in each for each in found), found


def test_what_contradicts_each_other_is_locked_and_refused(document: str) -> None:
    """NumSlices and IntervalSec, EndTime and Duration: the one empties the other's control, and both break an edit."""
    twap = next(each for each in fromstring(document).findall("Strategy", CORE) if each.get("name") == "TWAP")
    flat = re.sub(r"\s*\n\s*", "", document[document.index('<Strategy name="TWAP"') :])
    lock = '<flow:StateRule enabled="false" value="{NULL}"><val:Edit field="c_NumSlices" operator="EX" />'
    assert lock in flat
    messages = [each.get("errorMessage") for each in twap.findall("val:StrategyEdit", CORE)]
    assert {"NumSlices and IntervalSec", "EndTime and Duration"} <= {*messages}
    assert not holds(twap, "NumSlices and IntervalSec", {"NumSlices": "2", "IntervalSec": "3"})
    assert holds(twap, "NumSlices and IntervalSec", {"NumSlices": "2"})


def holds(strategy: Element, message: str, values: dict[str, str]) -> bool:
    """What an order ticket would find of the StrategyEdit."""
    edit = next(e for e in strategy.findall("val:StrategyEdit", CORE) if e.get("errorMessage") == message)
    return evaluate(edit[-1], values)


def evaluate(edit: Element, values: dict[str, str]) -> bool:
    if edit.get("logicOperator"):
        assert edit.get("logicOperator") == "OR"
        return any(evaluate(each, values) for each in edit)
    value, other = values.get(edit.get("field", "")), edit.get("value", values.get(edit.get("field2", "")))
    match edit.get("operator"):
        case "EX":
            return value is not None
        case "NX":
            return value is None
        case "NE":
            return value != other
    assert value is not None and other is not None
    try:
        left, right = float(value), float(other)
    except ValueError:
        return {"NE": value != other, "LT": value < other}[edit.get("operator", "")]
    return {"LE": left <= right, "GE": left >= right, "LT": left < right}[edit.get("operator", "")]


def test_another_field_can_name_the_strategy() -> None:
    result = CliRunner().invoke(app, ["atdl", "export", "--identifier-tag", "7620"])
    assert result.exit_code == 0 and fromstring(result.stdout).get("strategyIdentifierTag") == "7620"


VALUES = {
    ParameterType.INT: ("1", "2"),
    ParameterType.FLOAT: ("0.5", "1"),
    ParameterType.QTY: ("100", "200"),
    ParameterType.PRICE: ("9.5", "10"),
    ParameterType.PERCENTAGE: ("0.1", "0.2"),
    ParameterType.BOOLEAN: ("N", "Y"),
    ParameterType.UTC_TIMESTAMP: ("20260105-14:30:00", "20260105-15:30:00"),
}


def test_an_edit_is_false_exactly_where_we_refuse(document: str) -> None:
    """A ticket that checks it sends nothing that we would refuse, and holds nothing back that we would take."""
    listed = fromstring(document).findall("Strategy", CORE)
    for element, kind in zip(listed, dict.fromkeys(k for n, k in installed().items() if n != "0"), strict=True):
        declared = known_to(kind)
        possible = (*kind.constraints, *Common.constraints, Common.window)
        constraints = [each for each in possible if {each.name, each.other} <= declared.keys()]
        assert [each.get("errorMessage") for each in element.findall("val:StrategyEdit", CORE)] == [
            c.said for c in constraints
        ]
        for each in constraints:
            one, other = declared[each.name], declared[each.other]
            texts = [(None, *(VALUES.get(p.type) or p.choices[:2] or (p.example,))) for p in (one, other)]
            for left, right in itertools.product(*texts):
                given = {name: text for name, text in ((each.name, left), (each.other, right)) if text is not None}
                refused = len(given) == 2 and each.broken(one.read(given[each.name]), other.read(given[each.other]))
                assert holds(element, each.said, given) is not refused, (kind, each, given)


TWAP = "1001"
WORDS = {
    "7001": Word(name="EndTime"),
    "7002": Word(name="MaxParticipation", percent_style="integer"),
    "7003": Word(name="Duration", factor=60),
    "7004": Word(name="ChildTIF", values={"R": "0", "T": "3"}),
}
DIALECT = Dialect(name="desk", strategy_tag=7000, strategies={"slicer": TWAP}, words={"slicer": WORDS})


def spelled(dialect: Dialect) -> Element:
    written = export(in_dialect(strategies(), dialect), strategy_tag=dialect.strategy_tag)
    assert faults(written) == []
    return fromstring(written)


def test_a_dialect_is_written_in_its_own_words() -> None:
    """Fields, values, minutes for seconds, and 25 for 25 %; what it has no word for is not there."""
    root = spelled(DIALECT)
    strategy = root[0]
    assert (root.get("strategyIdentifierTag"), root.get("tag957Support")) == ("7000", "false")
    assert (strategy.get("name"), strategy.get("wireValue")) == ("TWAP", "slicer")
    found = {each.get("fixTag"): each for each in strategy.findall("Parameter", CORE)}
    assert {tag: each.get("name") for tag, each in found.items()} == {tag: word.name for tag, word in WORDS.items()}
    assert (found["7003"].get("minValue"), found["7003"].get("maxValue")) == ("1", str(30 * 24 * 60))
    assert [pair.get("wireValue") for pair in found["7004"].findall("EnumPair", CORE)] == ["R", "T"]
    assert found["7002"].get("multiplyBy100") == "true"
    assert [each.get("errorMessage") for each in strategy.findall("val:StrategyEdit", CORE)] == ["EndTime and Duration"]


def test_a_dialect_of_names_travels_in_the_group_with_its_types() -> None:
    words = {"Stop": Word(name="EndTime"), "Follow": Word(name="Live", type="1", values={"1": "Y", "0": "N"})}
    root = spelled(Dialect(name="desk", strategies={"V": "1"}, words={"V": words}))
    found = {each.get("name"): each for each in root[0].findall("Parameter", CORE)}
    assert root.get("tag957Support") == "true" and found.keys() == {"Stop", "Follow"}
    assert found["Follow"].get(f"{{{XSI}}}type") == "Int_t"


def test_what_has_to_be_said_and_has_no_word_is_said_in_its_field_of_fix() -> None:
    root = spelled(Dialect(name="desk", strategies={"P": "2"}, words={"P": {"7001": Word(name="EndTime")}}))
    found = {each.get("name"): each for each in root[0].findall("Parameter", CORE)}
    assert {name: each.get("fixTag") for name, each in found.items()} == {
        "TargetParticipation": "849",
        "EndTime": "7001",
    }


def test_two_words_for_one_algo_are_two_strategies() -> None:
    root = spelled(Dialect(name="desk", strategies={"A": TWAP, "B": TWAP}, words={"A": WORDS, "B": WORDS}))
    assert [(each.get("name"), each.get("wireValue")) for each in root] == [("TWAP", "A"), ("TWAP_2", "B")]


@pytest.mark.parametrize(
    ("strategy", "words", "said"),
    [
        (TWAP, {"7001": Word(name="EndTime"), "Slices": Word(name="NumSlices")}, "all of them in one way"),
        (TWAP, {"End Time": Word(name="EndTime")}, "End Time is no name"),
        ("1008", {"7001": Word(name="EndTime")}, "MEANREV has to have Lookback, and nothing says it"),
    ],
)
def test_what_cannot_be_written_is_said(strategy: str, words: dict[str, Word], said: str) -> None:
    with pytest.raises(CannotSay, match=said):
        spelled(Dialect(name="desk", strategies={"S": strategy}, words={"S": words}))
