"""FIX dictionaries: ours says what the standard says, and a file with a mistake is refused where the mistake is."""

import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

import fixspecs
from gateway.fix.dictionary import Dictionary, DictionaryError, MemberDef, default, load
from gateway.model import CxlRejReason, CxlRejResponseTo, ExecType, OrdRejReason, OrdStatus, OrdType, Side, TimeInForce

FIX44 = Path(fixspecs.__file__).with_name("FIX44.xml")
REFERENCE = Path(sys.prefix) / "share" / "quickfix" / "FIX44.xml"  # comes with quickfix-ssl

needs_reference = pytest.mark.skipif(not REFERENCE.exists(), reason="no quickfix-ssl, whose FIX44.xml we compare with")

# The standard says of these 'see' the field on the right; the reference leaves them open.
SAME_VALUES_AS = {
    "UnderlyingSecurityIDSource": "SecurityIDSource",
    "SecurityAltIDSource": "SecurityIDSource",
    "UnderlyingSecurityAltIDSource": "SecurityIDSource",
    "LegSecurityIDSource": "SecurityIDSource",
    "LegSecurityAltIDSource": "SecurityIDSource",
    "BenchmarkSecurityIDSource": "SecurityIDSource",
    "UnderlyingSecurityType": "SecurityType",
    "LegSecurityType": "SecurityType",
    "UnderlyingPutOrCall": "PutOrCall",
    "UnderlyingProduct": "Product",
    "LegProduct": "Product",
    "NestedPartyIDSource": "PartyIDSource",
    "NestedPartyRole": "PartyRole",
    "LegSide": "Side",
    "AllocAcctIDSource": "AcctIDSource",
    "BenchmarkPriceType": "PriceType",
    "YieldRedemptionPriceType": "PriceType",
    "LegStipulationType": "StipulationType",
    "UnderlyingStipType": "StipulationType",
}
# Field -> values ours has and the reference lacks (+), or the other way round (-), and why ours is right.
OTHER_VALUES = {
    "OrdRejReason": ({"+12"}, "12, surveillance option, is valid since FIX 4.3"),
    "StipulationType": (
        {"+ABS", "+CPP", "+CPR", "+CPY", "+HEP", "+MHP", "+MPR", "+PPC", "+PSA", "+SMM"},
        "the prepayment speeds are values of the field since FIX 4.3",
    ),
    "PartySubIDType": (
        {f"-{n}" for n in range(1, 27)},
        "4000 and above are for agreements, so the field has to be open",
    ),
    "TargetStrategy": ({"-1", "-2", "-3"}, "1000 and above are for agreements, so the field has to be open"),
}


class Reference:
    """QuickFIX's file read the short way, by other code than the loader's."""

    def __init__(self) -> None:
        self.root = ET.parse(REFERENCE).getroot()
        fields = self.root.findall("fields/field")
        self.numbers = {f.attrib["name"]: int(f.attrib["number"]) for f in fields}
        self.types = {f.attrib["name"]: f.attrib["type"] for f in fields}
        self.values = {f.attrib["name"]: {v.attrib["enum"] for v in f} for f in fields}
        self.components = {c.attrib["name"]: c for c in self.root.findall("components/component")}
        self.messages = {m.attrib["msgtype"]: m for m in self.root.findall("messages/message")}

    def paths(self, parent: ET.Element, required: bool = True, path: str = "") -> Iterator[tuple[str, bool]]:
        """Every member as 'NoAllocs/AllocQty' and whether it is required, in order."""
        for item in parent:
            name, needed = item.attrib["name"], required and item.attrib["required"] == "Y"
            if item.tag == "component":
                yield from self.paths(self.components[name], needed, path)
                continue
            yield path + name, needed
            if item.tag == "group":
                yield from self.paths(item, True, f"{path}{name}/")


@pytest.fixture(scope="module")
def standard() -> Dictionary:
    return load(FIX44)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference()


def paths(dictionary: Dictionary, members: dict[int, MemberDef], path: str = "") -> Iterator[tuple[str, bool]]:
    for number, member in members.items():
        name = dictionary.fields[number].name
        yield path + name, member.required
        if member.group:
            yield from paths(dictionary, member.group.members, f"{path}{name}/")


@needs_reference
def test_every_message_has_the_standards_members_in_its_order(standard: Dictionary, reference: Reference) -> None:
    """Names, order, required or not, groups within groups: all as in a file that nobody here wrote."""
    for msg_type, message in standard.messages.items():
        theirs = reference.messages[msg_type]
        assert (message.name, message.admin) == (theirs.attrib["name"], theirs.attrib["msgcat"] == "admin")
        assert list(paths(standard, message.members)) == list(reference.paths(theirs)), message.name


@needs_reference
@pytest.mark.parametrize("part", ["header", "trailer"])
def test_header_and_trailer_are_the_standards(standard: Dictionary, reference: Reference, part: str) -> None:
    theirs = reference.root.find(part)
    assert theirs is not None
    assert list(paths(standard, getattr(standard, part))) == list(reference.paths(theirs))


@needs_reference
def test_every_field_has_the_standards_number_type_and_values(standard: Dictionary, reference: Reference) -> None:
    """Where we differ, OTHER_VALUES gives the reason. A BOOLEAN's values are its type's, so ours lists none."""
    for number, field in standard.fields.items():
        assert (number, field.type) == (reference.numbers[field.name], reference.types[field.name]), field.name
        theirs = set() if field.type == "BOOLEAN" else reference.values[field.name]
        if field.name in SAME_VALUES_AS and not theirs:
            twin = standard.fields[standard.numbers[SAME_VALUES_AS[field.name]]]
            assert field.values == twin.values, field.name
            continue
        ours = set(field.values)
        differences = {f"+{v}" for v in ours - theirs} | {f"-{v}" for v in theirs - ours}
        assert differences == OTHER_VALUES.get(field.name, (set(), ""))[0], field.name


@needs_reference
@pytest.mark.parametrize("name", ["FIX40", "FIX41", "FIX42", "FIX43", "FIX44", "FIXT11"])
def test_quickfixs_own_dictionaries_load(name: str) -> None:
    """Users bring theirs; these are the ones that most of them start from."""
    assert load(REFERENCE.with_name(f"{name}.xml")).version == f"{name[:-2]}.{name[-2]}.{name[-1]}"


def test_quickfix_reads_our_dictionary() -> None:
    """A QuickFIX counterparty can be configured with the very file that we go by."""
    quickfix = pytest.importorskip("quickfix", reason="no quickfix-ssl here")
    theirs = quickfix.DataDictionary(str(FIX44))
    assert theirs.getVersion() == "FIX.4.4"
    assert theirs.isMsgField("D", 847)
    assert theirs.isGroup("8", 382)


def test_every_field_is_used(standard: Dictionary) -> None:
    """No field is in the file by accident."""
    used: set[str] = set()
    for members in (standard.header, standard.trailer, *(m.members for m in standard.messages.values())):
        used.update(path.rpartition("/")[2] for path, _ in paths(standard, members))
    assert used == set(standard.numbers)


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
