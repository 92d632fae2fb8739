"""`gateway atdl import`: what a file says is mapped where names say it, the rest is left open, and no file does harm."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from gateway.run.atdl import NAMESPACES, XSI, proposal
from gateway.run.atdl.document import MAX_FILE, AtdlError, load
from gateway.run.atdl.export import export
from gateway.run.atdl.proposal import propose
from gateway.run.atdl.tickets import in_house
from gateway.run.atdl.toml import render
from gateway.run.cli import app
from gateway.run.dialect_table import FOLDER, load_dialect
from gateway.run.strategies import strategies
from tests.atdl.rules import faults

HERE = Path(__file__).parent
HEAD = f'<Strategies xmlns="{NAMESPACES[""]}" xmlns:xsi="{XSI}" strategyIdentifierTag="847">'


def imported(path: Path) -> Result:
    return CliRunner().invoke(app, ["atdl", "import", str(path), "--name", "desk"])


def dialect(path: Path) -> dict[str, Any]:
    result = imported(path)
    assert result.exit_code == 0, result.output
    return tomllib.loads(result.stdout)


def left_open(path: Path) -> list[str]:
    return [line.partition("# open: ")[2] for line in imported(path).stdout.splitlines() if line.startswith("# open: ")]


def of_one(tmp_path: Path, parameter: str, strategy: str = 'name="TWAP" wireValue="T"') -> Path:
    """A file with one parameter."""
    path = tmp_path / "one.xml"
    path.write_text(f"{HEAD}<Strategy {strategy}><Parameter {parameter}</Strategy></Strategies>", "utf-8")
    return path


def test_what_we_export_is_read_as_itself(tmp_path: Path) -> None:
    """Every algo is its own number, every parameter its own name, and nothing is open: the identity."""
    path = tmp_path / "house.xml"
    path.write_text(export(in_house(strategies())), "utf-8")
    found = dialect(path)
    assert left_open(path) == []
    assert (found["strategy_tag"], found["percent_style"]) == (847, "fraction")
    assert found["strategies"] == {each.numbers[0]: each.numbers[0] for each in strategies()}
    of_all, of_one = found["parameters"], found.get("strategy", {})
    for each in strategies():
        mapped = of_all | of_one.get(each.numbers[0], {}).get("parameters", {})
        assert {name: mapped[name] for name in (p.name for p in each.parameters)} == {
            p.name: p.name for p in each.parameters
        }
        assert of_one.get(each.numbers[0], {"parameters": None})["parameters"] != {}


def test_fields_of_a_desks_own_lead_to_our_parameters() -> None:
    """north.xml: numbers and fields of its own; 849 is one thing of the one strategy and another of the other."""
    assert dialect(HERE / "north.xml") == {
        "strategy_tag": 847,
        "percent_style": "integer",
        "strategies": {"1014": "1001", "1002": "2"},
        "parameters": {"12103": "StartTime", "12104": "EndTime", "12100": "IWouldPrice"},
        "strategy": {
            "1014": {"parameters": {"849": "MaxParticipation"}},
            "1002": {"parameters": {"849": "TargetParticipation"}},
        },
    }


def test_what_nobody_can_know_is_left_open_with_its_line() -> None:
    assert left_open(HERE / "north.xml") == [
        'strategy LiquiditySeeker (847="1024", line 38)',
        "Auctions (12106, Boolean, line 11), which is always sent",
        "Service (12190, Char, line 12), which is always the same",
    ]
    assert imported(HERE / "north.xml").stderr == "2 of 3 strategies mapped; open points: 3\n"


def test_names_in_the_group_are_mapped_with_their_types_and_values() -> None:
    """west.xml: a 1 that a list calls Yes is our Y; what is an Int there is told by its StrategyParameterType(959)."""
    assert dialect(HERE / "west.xml") == {
        "strategy_tag": 16847,
        "percent_style": "fraction",
        "strategies": {"VW": "1"},
        "parameters": {
            "Max_Pct_Volume": "MaxParticipation",
            "Live": {"name": "Live", "type": "1", "values": {"1": "Y", "0": "N"}},
            "ChildTIF": {"name": "ChildTIF", "type": "14"},
        },
        "strategy": {"VW": {"parameters": {}}},
    }


def test_another_type_is_no_ground_for_a_guess() -> None:
    """A time without a day is no timestamp, and of a Float nobody says whether 25 is a quarter."""
    assert left_open(HERE / "west.xml") == [
        "field 16848 says which version of a strategy is meant; it is not read",
        "StartTime (StartTime, UTCTimeOnly, line 7): StartTime is a UTC_TIMESTAMP",
        "MinPctVol (MinPctVol, Float, line 9): MinParticipation is a PERCENTAGE",
        "Live (Live, Int, line 10): which Live is 2?",
        "Mode (Mode, Char, line 19)",
    ]


@pytest.mark.parametrize("name", ["EndTime", "end_time", "END-TIME", "End Time", "ExpireTime", "Stop_Time"])
def test_case_and_punctuation_of_a_name_do_not_count(tmp_path: Path, name: str) -> None:
    path = of_one(tmp_path, f'name="{name}" fixTag="126" xsi:type="UTCTimestamp_t"/>')
    assert dialect(path)["parameters"] == {"126": "EndTime"}


def test_a_field_that_fix_44_has_for_it_needs_no_word(tmp_path: Path) -> None:
    path = of_one(tmp_path, 'name="MaxFloor" fixTag="111" xsi:type="Qty_t"/>', 'name="Iceberg" wireValue="1"')
    assert "parameters" not in dialect(path) and left_open(path) == []


@pytest.mark.parametrize(
    ("tag", "why"),
    [(58, "is a field that every order may have"), (847, "names the strategy already"), (2000, "is below 5000")],
)
def test_a_field_that_means_something_else_is_left_open(tmp_path: Path, tag: int, why: str) -> None:
    path = of_one(tmp_path, f'name="EndTime" fixTag="{tag}" xsi:type="UTCTimestamp_t"/>')
    (said,) = left_open(path)
    assert said.startswith(f"EndTime ({tag}, UTCTimestamp, line 1): {tag} {why}")


def test_two_that_mean_the_same_are_not_both_taken(tmp_path: Path) -> None:
    second = '/><Parameter name="StopTime" fixTag="7002" xsi:type="UTCTimestamp_t"/>'
    path = of_one(tmp_path, f'name="EndTime" fixTag="7001" xsi:type="UTCTimestamp_t"{second}')
    assert dialect(path)["parameters"] == {"7001": "EndTime"}
    assert left_open(path) == ["StopTime (7002, UTCTimestamp, line 1): EndTime is EndTime already"]


def test_a_parameter_that_we_have_to_have_and_nothing_says_is_left_open(tmp_path: Path) -> None:
    path = of_one(tmp_path, 'name="Rate" fixTag="7009" xsi:type="Percentage_t"/>', 'name="POV" wireValue="1"')
    assert "nothing says TargetParticipation, which POV has to have" in left_open(path)


def test_words_of_a_true_and_a_false_of_its_own_are_mapped(tmp_path: Path) -> None:
    parameter = 'name="Live" fixTag="7009" xsi:type="Boolean_t" trueWireValue="T" falseWireValue="F"/>'
    path = of_one(tmp_path, parameter, 'name="VWAP" wireValue="V"')
    assert dialect(path)["parameters"] == {"7009": {"name": "Live", "values": {"T": "Y", "F": "N"}}}


def test_one_percentage_of_another_style_says_so(tmp_path: Path) -> None:
    more = '/><Parameter name="MinPctVol" fixTag="7002" xsi:type="Percentage_t" multiplyBy100="true"/>'
    path = of_one(
        tmp_path, f'name="MaxPctVol" fixTag="7001" xsi:type="Percentage_t"{more}', 'name="VWAP" wireValue="V"'
    )
    found = dialect(path)
    assert found["percent_style"] == "fraction"
    assert found["parameters"] == {
        "7001": "MaxParticipation",
        "7002": {"name": "MinParticipation", "percent_style": "integer"},
    }


def test_texts_of_a_file_stay_texts(tmp_path: Path) -> None:
    """A name with a line break, a quote or a control character begins no line and no table of the dialect."""
    name = "End&#10;strategy_tag = 1&#10;[strategies]&#13;&quot;&#x7f;&#x85;\\"
    path = of_one(tmp_path, f'name="{name}" fixTag="7009" xsi:type="Char_t"/>', f'name="TWAP" wireValue="{name}"')
    found = dialect(path)
    wire = 'End\nstrategy_tag = 1\n[strategies]\r"\x7f\x85\\'
    assert found["strategies"] == {wire: "1001"} and found["strategy_tag"] == 847


BOMB = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>\n'
OUTSIDE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n'
TWAP = '<Strategy name="TWAP" wireValue="T">'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: is not XML: no element found"),
        ("<a>\n<b>\n</a>", ":3: is not XML: mismatched tag"),
        ('<?xml version="1.0" encoding="nonsense"?><a/>', ":1: is not XML: unknown encoding"),
        (f"{BOMB}<a>&b;</a>", ":1: has a document type declaration, which FIXatdl has no use for"),
        (f"\n{OUTSIDE}<a>&a;</a>", ":2: has a document type declaration"),
        (f"{HEAD}{'<a>' * 80}", ":1: elements are nested more than 64 deep"),
        (f"{HEAD}{'<a/>' * 100_001}", ":1: has more than 100000 elements"),
        ("<a/>", ":1: begins with <a>, not with <Strategies> of FIXatdl 1.1"),
        (HEAD.replace("1-1/Core", "1-2/Core") + "</Strategies>", ":1: is of the namespace http://www.fixprotocol.org/FIXatdl-1-2/Core"),
        (HEAD.replace("strategyIdentifierTag", "tag") + "</Strategies>", ":1: Strategies has no strategyIdentifierTag"),
        (HEAD.replace("847", "0") + "</Strategies>", ':1: strategyIdentifierTag "0" is no tag'),
        (f"{HEAD}</Strategies>", ":1: has no Strategy"),
        (f'{HEAD}\n<Strategy name="A"/></Strategies>', ":2: Strategy has no wireValue"),
        (f"{HEAD}{TWAP}</Strategy>\n{TWAP}</Strategy></Strategies>", ':2: wireValue "T" is that of the Strategy in line 1, too'),
        (f'{HEAD}{TWAP}\n<Parameter name="A"/></Strategy></Strategies>', ":2: Parameter has no type"),
        (f'{HEAD}{TWAP}\n<Parameter name="A" xsi:type="Odd_t"/></Strategy></Strategies>', ":2: Parameter A has the xsi:type Odd_t"),
        (f'{HEAD}{TWAP}\n<Parameter name="A" xsi:type="Int_t"/></Strategy></Strategies>', ":2: A has no fixTag, and tag957Support is not true"),
        (f'{HEAD}{TWAP}\n<Parameter name="A" xsi:type="Int_t" fixTag="x"/></Strategy></Strategies>', ':2: fixTag "x" is no tag'),
        (f'{HEAD}{TWAP}\n<Parameter name="A" xsi:type="Int_t" fixTag="1"><EnumPair enumID="e"/></Parameter></Strategy></Strategies>', ":2: EnumPair has no wireValue"),
        (f'{HEAD}{TWAP}\n{2 * """<Parameter name="A" xsi:type="Int_t" fixTag="1"/>"""}</Strategy></Strategies>', ":2: Parameter A is in line 2, too"),
    ],
    ids=range(20),
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_one_line_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "desk.xml"
    path.write_text(text, "utf-8")
    result = imported(path)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith(f"desk.xml{said}")


def test_a_file_that_is_too_large_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "desk.xml"
    assert imported(path).stderr == f"{path}: cannot be read: No such file or directory\n"
    path.write_bytes(b" " * (MAX_FILE + 1))
    assert imported(path).stderr == f"desk.xml: is larger than {MAX_FILE} bytes\n"


SEEDS = [(HERE / f"{name}.xml").read_bytes() for name in ("north", "west")]


@settings(max_examples=150)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 40), st.binary(max_size=12)), min_size=1),
)
def test_a_damaged_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, seed: bytes, damage: list[tuple[int, int, bytes]]
) -> None:
    """Whatever it holds, the answer is a dialect in TOML or an AtdlError."""
    for place, length, other in damage:
        seed = seed[:place] + other + seed[place + length :]
    path = tmp_path_factory.getbasetemp() / "damaged.xml"
    path.write_bytes(seed)
    try:
        document = load(path)
    except AtdlError:
        return
    tomllib.loads(render(propose(document, strategies()), "damaged"))


URGENCY = '<EnumPair enumID="e_{}" wireValue="{}"/>'


@pytest.mark.parametrize(
    ("pairs", "values", "unknown"),
    [
        ({"Low": "L", "Medium": "M", "High": "H"}, {"L": "PASSIVE", "M": "NEUTRAL", "H": "AGGRESSIVE"}, ""),
        ({"Low": "5", "High": "1"}, {"5": "PASSIVE", "1": "AGGRESSIVE"}, ""),
        ({"a": "1", "b": "2"}, None, "1, 2"),  # of five, which is the most?
        ({"High": "LOW", "Medium": "M"}, {"M": "NEUTRAL"}, "LOW"),  # it says both
        ({"low": "P", "high": "A"}, {"P": "PASSIVE", "A": "AGGRESSIVE"}, ""),
    ],
)
def test_a_value_is_taken_for_ours_where_its_words_say_one_thing(
    tmp_path: Path, pairs: dict[str, str], values: dict[str, str] | None, unknown: str
) -> None:
    listed = "".join(URGENCY.format(word, wire) for word, wire in pairs.items())
    parameter = f'name="Aggression" fixTag="7009" xsi:type="Char_t">{listed}</Parameter>'
    path = of_one(tmp_path, parameter, 'name="ImplementationShortfall" wireValue="I"')
    entries = None if values is None else {"7009": {"name": "Urgency", "values": values}}
    assert dialect(path).get("parameters") == entries
    said = [f"Aggression (7009, Char, line 1): which Urgency is {unknown}?"] if unknown else []
    assert left_open(path) == said


def test_the_table_of_words_is_about_what_there_is() -> None:
    """A row of an algo, a parameter or a value that is gone would be found by nobody else."""
    ours = strategies()
    parameters = [parameter for each in ours for parameter in each.parameters]
    assert {*proposal.STRATEGIES} <= {each.name for each in ours}
    assert {*proposal.PARAMETERS} <= {parameter.name for parameter in parameters}
    assert {*proposal.VALUES} - {"Y", "N"} <= {value for parameter in parameters for value in parameter.choices}


def test_a_type_that_fix_44_has_not_is_left_open(tmp_path: Path) -> None:
    path = of_one(tmp_path, 'name="Venues" fixTag="7009" xsi:type="Country_t"/>')
    assert left_open(path) == ["Venues (7009, Country, line 1): Venues is a MULTIPLE_STRING_VALUE"]


@pytest.mark.parametrize("source", ["north.xml", "west.xml", "ours"])
def test_what_is_proposed_can_be_loaded(tmp_path: Path, source: str) -> None:
    """Whatever is left open: a session can have it, and refuses that."""
    path = HERE / source
    if source == "ours":
        (path := tmp_path / "ours.xml").write_text(export(in_house(strategies())), "utf-8")
    (proposal := tmp_path / "desk.toml").write_text(imported(path).stdout, "utf-8")
    loaded = load_dialect(proposal)
    assert loaded.strategies == dialect(path)["strategies"]
    assert all(loaded.words.values())


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.toml")))
def test_a_dialect_is_written_and_read_back(tmp_path: Path, name: str) -> None:
    """Fields lead to the same parameters again, with the same values. Minutes are no seconds, and no file says so."""
    result = CliRunner().invoke(app, ["atdl", "export", "--dialect", str(FOLDER / f"{name}.toml")])
    assert result.exit_code == 0 and faults(result.stdout) == []
    written, back = tmp_path / "desk.xml", tmp_path / "desk.toml"
    written.write_text(result.stdout, "utf-8")
    back.write_text(imported(written).stdout, "utf-8")
    before, after = load_dialect(FOLDER / f"{name}.toml"), load_dialect(back)
    assert (after.strategy_tag, after.strategies) == (before.strategy_tag, before.strategies)
    for wire, words in before.words.items():
        fields = {key: word for key, word in words.items() if key.isdigit() and word.factor == 1}
        assert {key: after.words[wire].get(key) for key in fields} == fields


def test_a_dialect_and_another_field_are_not_both_named() -> None:
    arguments = ["atdl", "export", "--dialect", str(FOLDER / "letters.toml"), "--identifier-tag", "7"]
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.stderr) == (2, "--identifier-tag: the dialect says it\n")
