"""Reading FIX dictionaries: a file with a mistake is refused where the mistake is, an addition adds and never contradicts.

What ours has to say is in test_dictionary_complete.py.
"""

import sys
from pathlib import Path

import pytest

import fixspecs
from gateway.fix.dictionary import Dictionary, DictionaryError, MemberDef, default, load, named
from gateway.model import CxlRejReason, CxlRejResponseTo, ExecType, OrdRejReason, OrdStatus, OrdType, Side, TimeInForce

FIX44 = Path(fixspecs.__file__).with_name("FIX44.xml")
QUICKFIX = Path(sys.prefix) / "share" / "quickfix"  # comes with quickfix-ssl

needs_quickfix = pytest.mark.skipif(not QUICKFIX.exists(), reason="no quickfix-ssl, whose dictionaries we read")


@pytest.fixture(scope="module")
def standard() -> Dictionary:
    return load(FIX44)


@needs_quickfix
@pytest.mark.parametrize("name", ["FIX40", "FIX41", "FIX42", "FIX43", "FIX44", "FIXT11"])
def test_quickfixs_own_dictionaries_load(name: str) -> None:
    """Users bring theirs; these are the ones that most of them start from."""
    assert load(QUICKFIX / f"{name}.xml").version == f"{name[:-2]}.{name[-2]}.{name[-1]}"


def test_the_gateway_speaks_algo_parameters_over_fix_44() -> None:
    """957 to 960 come from FIX 5.0 SP1; over 4.4 they are an agreement, which house.xml states."""
    spoken = default()
    assert spoken is default()
    for msg_type in "DG8":
        group = spoken.messages[msg_type].members[957].group
        assert group is not None
        assert (group.count, group.delimiter, list(group.members)) == (957, 958, [958, 959, 960])
    assert {9001, 9004} <= spoken.messages["D"].members.keys() & spoken.messages["8"].members.keys()
    assert not spoken.fields[847].values
    assert spoken.fields[959].values["19"] == "UTC_TIMESTAMP"


@pytest.mark.parametrize(
    ("number", "values"),
    [
        (39, OrdStatus),
        (40, OrdType),
        (54, Side),
        (59, TimeInForce),
        (102, CxlRejReason),
        (103, OrdRejReason),
        (150, ExecType),
        (434, CxlRejResponseTo),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else value.__name__,
)
def test_what_the_vocabulary_can_say_is_in_the_dictionary(standard: Dictionary, number: int, values: type) -> None:
    assert {str(v) for v in values} <= standard.fields[number].values.keys()  # type: ignore[attr-defined]


# A whole dictionary in eighteen lines. Tests replace a piece and name the line on which the mistake then stands.
SMALL = """\
<fix type="FIX" major="4" minor="4">
<header><field name="MsgType" required="Y"/></header>
<messages>
<message name="Order" msgtype="D" msgcat="app">
<field name="Text" required="N"/>
<component name="Parties" required="N"/>
</message>
</messages>
<trailer/>
<components>
<component name="Parties"><group name="NoParties" required="Y"><field name="Party" required="Y"/></group></component>
<component name="Spare"><field name="Text" required="N"/></component>
</components>
<fields>
<field number="35" name="MsgType" type="STRING"><value enum="D" description="ORDER"/></field>
<field number="58" name="Text" type="STRING"/><field number="453" name="NoParties" type="NUMINGROUP"/>
<field number="448" name="Party" type="STRING"/>
</fields></fix>
"""


def written(folder: Path, text: str, name: str = "small.xml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_components_are_dissolved_and_what_an_optional_one_requires_is_optional(tmp_path: Path) -> None:
    members = load(written(tmp_path, SMALL)).messages["D"].members
    assert list(members) == [58, 453]
    group = members[453].group
    assert not members[453].required
    assert group is not None
    assert (group.delimiter, group.members) == (448, {448: MemberDef(448, True)})


@pytest.mark.parametrize(
    ("change", "line", "element", "what"),
    [
        (
            ('<field name="Text" required="N"/>\n', '<field name="Txt" required="N"/>\n'),
            5,
            "field",
            "Txt is not defined in <fields>",
        ),
        (('name="Parties" required', 'name="Party" required'), 6, "component", "Party is not defined in <components>"),
        (('<field name="Text" required="N"/>\n', '<field name="Text"/>\n'), 5, "field", "has no required"),
        (('"Text" required="N"/>\n', '"Text" required="y"/>\n'), 5, "field", "required='y' is none of Y, N"),
        (
            ('<component name="Parties" required="N"/>', '<field name="Text" required="N"/>'),
            6,
            "field",
            "Text(58) is in <message> Order twice",
        ),
        (
            ('"Spare"><field name="Text"', '"Spare"><component name="Spare"'),
            12,
            "component",
            "Spare contains itself: Spare > Spare",
        ),
        (('"Spare"><field name="Text"', '"Spare"><field name="Txt"'), 12, "field", "Txt is not defined in <fields>"),
        (('"Spare"', '"Parties"'), 12, "component", "Parties is defined already"),
        (
            ('<group name="NoParties"', '<group name="Text"'),
            11,
            "group",
            "Text(58) has type STRING, a group is counted in NUMINGROUP",
        ),
        (('<field name="Party" required="Y"/>', ""), 11, "group", "NoParties(453) has no members"),
        (('<field name="Party" req', '<field name="NoParties" req'), 11, "group", "NoParties(453) contains itself"),
        (('number="448"', 'number="58"'), 17, "field", "Party(58) of type STRING is already Text(58) of type STRING"),
        (('number="448" name="Party"', 'number="448" name="Text"'), 17, "field", "Text(448) is defined already"),
        (('number="448"', 'number="0448"'), 17, "field", "number='0448' is not a positive number of at most 9 digits"),
        (
            ('name="Party" type="STRING"', 'name="Party" type="TEXT"'),
            17,
            "field",
            "Party(448) has the unknown type 'TEXT'",
        ),
        (('name="Party" type="STRING"', 'type="STRING"'), 17, "field", "has no name"),
        (
            ('description="ORDER"/>', 'description="ORDER"/><value enum="D" description="X"/>'),
            15,
            "value",
            "'D' is listed twice",
        ),
        (('description="ORDER"', ""), 15, "value", "has no description"),
        (('msgcat="app"', 'msgcat="business"'), 4, "message", "msgcat='business' is none of admin, app"),
        (
            ("</messages>", '<message name="Order" msgtype="E" msgcat="app"/></messages>'),
            8,
            "message",
            "Order is defined already",
        ),
        (
            ("</messages>", '<message name="O" msgtype="D" msgcat="app"/></messages>'),
            8,
            "message",
            "O(D, app) is already Order(D, app)",
        ),
        (("<trailer/>", ""), 1, "fix", "has no <trailer>"),
        (("<trailer/>", "<footer/>"), 9, "footer", "has no place in <fix>"),
        (('<field name="Text" required="N"/>\n', '<value enum="1"/>\n'), 5, "value", "has no place in <message>"),
        (
            ('<component name="Parties" required="N"/>', '<component name="Parties" required="N"><field/></component>'),
            6,
            "component",
            "Parties has children, which belong where it is defined",
        ),
        (('minor="4"', 'minor="four"'), 1, "fix", "minor='four' is not a number"),
        (('type="FIX" ', 'type="FAST" '), 1, "fix", "type='FAST' is none of FIX, FIXT"),
        (("</message>\n", "\n"), 8, "message", "not XML: mismatched tag"),
        (("<fix ", "<fox "), 1, "fox", "stands where <fix> should"),
        ((SMALL, ""), 1, "", "not XML: no element found"),
        (("<fix ", '<!DOCTYPE fix [<!ENTITY a "aaaa">]><fix '), 1, "!DOCTYPE", "is not allowed in a dictionary"),
        (
            ('<field name="Text" required="N"/>\n', '<group name="NoParties" required="N">' * 30),
            5,
            "group",
            "is nested deeper than 24",
        ),
    ],
)
def test_a_mistake_is_refused_where_it_stands(
    tmp_path: Path, change: tuple[str, str], line: int, element: str, what: str
) -> None:
    """File, line, element and what is wrong: enough to mend a file of a thousand lines without us."""
    assert change[0] in SMALL
    path = written(tmp_path, SMALL.replace(*change, 1))
    with pytest.raises(DictionaryError) as caught:
        load(path)
    assert (caught.value.file, caught.value.line, caught.value.element, caught.value.what) == (
        path,
        line,
        element,
        what,
    )
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_a_file_that_is_not_there_is_a_dictionary_error(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError, match=r"nowhere\.xml:0: cannot be read"):
        load(tmp_path / "nowhere.xml")


def test_a_long_chain_of_components_is_refused(tmp_path: Path) -> None:
    """The bound on depth holds for references too, or a file could exhaust the stack."""
    links = "".join(
        f'<component name="C{n}"><component name="C{n + 1}" required="N"/></component>' for n in range(2000)
    )
    text = SMALL.replace("<components>", f"<components>{links}<component name='C2000'/>")
    with pytest.raises(DictionaryError, match="is nested deeper than 24"):
        load(written(tmp_path, text))


def addition(inside: str) -> str:
    return f'<fix type="FIX" major="4" minor="4">\n{inside}\n</fix>'


def test_an_addition_adds_fields_values_members_and_messages(tmp_path: Path) -> None:
    more = addition("""<messages>
        <message name="Order" msgtype="D" msgcat="app"><field name="Desk" required="Y"/></message>
        <message name="News" msgtype="B" msgcat="app"><field name="Text" required="Y"/></message></messages>
        <fields><field number="9001" name="Desk" type="INT"/>
        <field number="35" name="MsgType" type="STRING"><value enum="B" description="NEWS"/></field></fields>""")
    both = load(written(tmp_path, SMALL), written(tmp_path, more, "more.xml"))
    assert list(both.messages["D"].members) == [58, 453, 9001]
    assert both.messages["B"].name == "News"
    assert both.fields[35].values == {"D": "ORDER", "B": "NEWS"}


def test_an_addition_adds_to_a_group_that_is_there(tmp_path: Path) -> None:
    """Its entries begin as before; another message that repeats the same component keeps the group as it was."""
    small = SMALL.replace(
        "</messages>",
        '<message name="Trade" msgtype="T" msgcat="app"><component name="Parties" required="Y"/></message></messages>',
    )
    more = addition("""<messages><message name="Order" msgtype="D" msgcat="app">
        <group name="NoParties" required="N"><field name="Desk" required="Y"/></group></message></messages>
        <fields><field number="9001" name="Desk" type="INT"/></fields>""")
    both = load(written(tmp_path, small), written(tmp_path, more, "more.xml"))
    group, other = both.messages["D"].members[453].group, both.messages["T"].members[453].group
    assert group is not None
    assert other is not None
    assert (group.delimiter, group.members) == (448, {448: MemberDef(448, True), 9001: MemberDef(9001, True)})
    assert list(other.members) == [448]


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        (
            '<fields><field number="58" name="Note" type="STRING"/></fields>',
            "Note(58) of type STRING is already Text(58) of type STRING",
        ),
        (
            '<fields><field number="58" name="Text" type="INT"/></fields>',
            "Text(58) of type INT is already Text(58) of type STRING",
        ),
        ('<fields><field number="59" name="Text" type="STRING"/></fields>', "Text(59) is already Text(58)"),
        (
            '<fields><field number="35" name="MsgType" type="STRING">'
            '<value enum="D" description="DEAL"/></field></fields>',
            "MsgType(35) value 'D' is already ORDER",
        ),
        (
            '<messages><message name="Order" msgtype="D" msgcat="admin"/></messages>',
            "Order(D, admin) is already Order(D, app)",
        ),
        (
            '<messages><message name="Order" msgtype="D" msgcat="app">'
            '<field name="Text" required="N"/></message></messages>',
            "Text(58) is in <message> Order twice",
        ),
        (
            '<messages><message name="Order" msgtype="D" msgcat="app"><group name="NoParties" required="N">'
            '<field name="Party" required="Y"/></group></message></messages>',
            "Party(448) is in <group> NoParties twice",
        ),
        (
            '<messages><message name="Order" msgtype="D" msgcat="app"><group name="NoParties" required="Y">'
            '<field name="Text" required="N"/></group></message></messages>',
            "NoParties(453) is optional where it was defined",
        ),
        (
            '<header><group name="NoParties" required="Y"><field name="Text" required="N"/></group>'
            '<group name="NoParties" required="Y"><field name="Party" required="N"/></group></header>',
            "NoParties(453) is in <header> twice",
        ),
        ('<components><component name="Spare"/></components>', "Spare is defined already"),
    ],
)
def test_an_addition_that_contradicts_is_refused(tmp_path: Path, inside: str, what: str) -> None:
    """Two files that disagree leave no dictionary to go by; the error names the later one."""
    more = written(tmp_path, addition(inside), "more.xml")
    with pytest.raises(DictionaryError) as caught:
        load(written(tmp_path, SMALL), more)
    assert (caught.value.file, caught.value.line, caught.value.what) == (more, 2, what)


@pytest.mark.parametrize("root", ['type="FIX" major="4" minor="2"', 'type="FIXT" major="4" minor="4"'])
def test_an_addition_to_another_version_is_refused(tmp_path: Path, root: str) -> None:
    """The same number means different things in different versions."""
    more = written(tmp_path, f"<fix {root}/>", "more.xml")
    with pytest.raises(DictionaryError, match="adds to another version"):
        load(written(tmp_path, SMALL), more)


def test_a_session_names_its_dictionary(tmp_path: Path) -> None:
    """Files of fixspecs by name, anybody's by path; what is named the same is read once."""
    desk = addition("""<messages><message name="NewOrderSingle" msgtype="D" msgcat="app">
        <field name="Desk" required="N"/></message></messages>
        <fields><field number="9100" name="Desk" type="INT"/></fields>""")
    own = named(f"FIX44+house+{written(tmp_path, desk, 'desk.xml')}")
    assert {957, 9100} <= own.messages["D"].members.keys()
    assert 957 not in named("FIX44").messages["D"].members
    assert named("FIX44") is named("FIX44")
    assert named("") is default()
    with pytest.raises(DictionaryError, match=r"fixspecs/nothing\.xml:0: cannot be read"):
        named("FIX44+nothing")
