"""fixspecs says all that FIX 4.4 says: counted, compared with a file that nobody here wrote, and put before QuickFIX.

Where ours differs from QuickFIX's file, a table below has the field and the reason. The standard is the authority: FIX
4.4 with the errata of 18 June 2003, volume 6, and for what its text leaves in doubt the later versions that mended it.
"""

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

import fixspecs
from gateway.fix.dictionary import Dictionary, MemberDef, default, load, named

SPECS = Path(fixspecs.__file__).parent
REFERENCE = Path(sys.prefix) / "share" / "quickfix" / "FIX44.xml"  # comes with quickfix-ssl

needs_reference = pytest.mark.skipif(not REFERENCE.exists(), reason="no quickfix-ssl, whose FIX44.xml we compare with")

# Numbers up to 956 that no field of FIX 4.4 has: never given, or taken out by 4.3 or 4.4.
# fmt: off
NO_FIELD = {
    20, 24, 46, 47, 51, 76, 86, 92, 101, 105, 109, 125, 166, *range(173, 188), 204, 205, 219, 261, 314, 319, 370, 439,
    440, 449, 450, 465, 653, 685, 809, 831,
}
# fmt: on

NAMES = {"HaltReasonChar": ("HaltReason", "so 4.4 calls 327; Char is QuickFIX's, to tell it from FIX 5.0's int")}
TYPES = {
    "MiscFeeType": ("STRING", "char in 4.4, whose values 10 to 12 are no char; String from 5.0 on"),
    "MassCancelRejectReason": ("INT", "char in 4.4, whose value 99 is no char; int from 5.0 on"),
}
# The standard leaves these to agreements from a number on, or to a quantity, so that no list of values can be whole.
OPEN = {
    "DistribPaymentMethod": "1000 and above",
    "PaymentMethod": "1000 and above",
    "TaxAdvantageType": "1000 and above",
    "TargetStrategy": "1000 and above",
    "PosReqResult": "4000 and above",
    "TradeRequestResult": "4000 and above",
    "TradeReportRejectReason": "4000 and above",
    "PartySubIDType": "4000 and above",
    "CollInquiryResult": "4000 and above",
    "IOIQty": "a quantity or S, M, L",
}
# Values that 4.4 has and QuickFIX's file lacks.
MORE_VALUES = {
    "OrdRejReason": ({"12"}, "surveillance option, of the field since 4.3 and still in 5.0"),
    "StipulationType": (
        {"ABS", "CPP", "CPR", "CPY", "HEP", "MHP", "MPR", "PPC", "PSA", "SMM"},
        "the prepayment speeds, of the field since 4.3 and still in 5.0",
    ),
    "UnderlyingSecurityType": (
        {"TREASURY", "PROVINCE", "AGENCY", "MORTGAGE", "EQUITY", "CASH"},
        "what secures a repo, listed with the field beside its reference to SecurityType",
    ),
    "BenchmarkCurveName": (
        {
            "MuniAAA", "FutureSWAP", "LIBID", "LIBOR", "OTHER", "SWAP", "Treasury", "Euribor", "Pfandbriefe", "EONIA",
            "SONIA", "EUREPO",
        },
        "listed with the field; the file has none of them",
    ),
    "TradeReportTransType": (set("01234"), "listed with the field; the file has none of them"),
}  # fmt: skip
# The standard says of these 'same values as' or 'see' the field on the right; QuickFIX's file leaves them open.
SAME_VALUES_AS = {
    **dict.fromkeys(
        (
            "UnderlyingSecurityIDSource", "SecurityAltIDSource", "UnderlyingSecurityAltIDSource", "LegSecurityIDSource",
            "LegSecurityAltIDSource", "BenchmarkSecurityIDSource",
        ),
        "SecurityIDSource",
    ),
    **dict.fromkeys(
        (
            "UnderlyingSecurityType", "LegSecurityType", "RepoCollateralSecurityType",
            "UnderlyingRepoCollateralSecurityType", "LegRepoCollateralSecurityType",
        ),
        "SecurityType",
    ),
    **dict.fromkeys(("UnderlyingProduct", "LegProduct"), "Product"),
    **{f"{party}PartyIDSource": "PartyIDSource" for party in ("Nested", "Nested2", "Nested3", "Settl")},
    **{f"{party}PartyRole": "PartyRole" for party in ("Nested", "Nested2", "Nested3", "Settl")},
    **{f"{party}PartySubIDType": "PartySubIDType" for party in ("Nested", "Nested2", "Nested3", "Settl")},
    **dict.fromkeys(("AllocAcctIDSource", "LegAllocAcctIDSource"), "AcctIDSource"),
    **dict.fromkeys(
        ("BenchmarkPriceType", "YieldRedemptionPriceType", "LegPriceType", "LegBenchmarkPriceType"), "PriceType"
    ),
    **dict.fromkeys(("LegStipulationType", "UnderlyingStipType"), "StipulationType"),
    "UnderlyingPutOrCall": "PutOrCall",
    "UnderlyingSettlPriceType": "SettlPriceType",
    "LegSide": "Side",
    "LegPositionEffect": "PositionEffect",
    "LegCoveredOrUncovered": "CoveredOrUncovered",
    "LegSettlType": "SettlType",
    "LegBenchmarkCurveName": "BenchmarkCurveName",
    "LegIOIQty": "IOIQty",
    "QuoteQualifier": "IOIQualifier",
    "QuoteEntryRejectReason": "QuoteRejectReason",
    "IndividualAllocRejCode": "AllocRejCode",
    "SecondaryTrdType": "TrdType",
}  # fmt: skip


class Reference:
    """QuickFIX's file read the short way, by other code than the loader's."""

    def __init__(self, file: Path) -> None:
        self.root = ET.parse(file).getroot()
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
            yield path + ours(name), needed
            if item.tag == "group":
                yield from self.paths(item, True, f"{path}{name}/")


def ours(name: str) -> str:
    return NAMES[name][0] if name in NAMES else name


def listed(item: ET.Element) -> list[tuple[str, str, str]]:
    """What an element of a file lists, groups within it included: tag, name, required."""
    return [
        line
        for part in item
        for line in ((part.tag, ours(part.attrib["name"]), part.attrib["required"]), *listed(part))
    ]


def paths(dictionary: Dictionary, members: Mapping[int, MemberDef], path: str = "") -> Iterator[tuple[str, bool]]:
    for number, member in members.items():
        name = dictionary.fields[number].name
        yield path + name, member.required
        if member.group:
            yield from paths(dictionary, member.group.members, f"{path}{name}/")


@pytest.fixture(scope="module")
def standard() -> Dictionary:
    return named("FIX44")


@pytest.fixture(scope="module")
def file() -> Reference:
    """Ours as it is written, with its components."""
    return Reference(SPECS / "FIX44.xml")


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(REFERENCE)


def test_the_standards_93_messages_are_there(standard: Dictionary) -> None:
    """MsgType(35): the digits, the letters but I, O and U, which is for private types, AA to AZ and BA to BH."""
    capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    types = {
        *"0123456789", *(set(capitals) - set("IOU")), *capitals.lower(), *(f"A{c}" for c in capitals),
        *(f"B{c}" for c in "ABCDEFGH"),
    }  # fmt: skip
    assert len(types) == 93
    assert standard.messages.keys() == types == standard.fields[35].values.keys()


def test_the_standards_912_fields_are_there(standard: Dictionary) -> None:
    """956 numbers less the 44 that have no field."""
    assert standard.fields.keys() == set(range(1, 957)) - NO_FIELD
    assert len(standard.fields) == 912


def test_the_standards_103_components_are_there(file: Reference) -> None:
    """The 24 blocks of volume 1, and 79 repeating groups, each of them a component of its own."""
    assert len(file.components) == 103


def test_every_field_is_used(standard: Dictionary) -> None:
    """No field is in the file by accident."""
    used: set[str] = set()
    for members in (standard.header, standard.trailer, *(m.members for m in standard.messages.values())):
        used.update(path.rpartition("/")[2] for path, _ in paths(standard, members))
    assert used == set(standard.numbers)


@pytest.mark.parametrize("name", ["FIX44", "FIX44+house+triggers+logon"])
def test_values_are_named_in_capitals_and_no_two_of_a_field_alike(name: str) -> None:
    """Conversations and logs name values, so a name has to stand for one."""
    for field in named(name).fields.values():
        names = list(field.values.values())
        assert len(names) == len(set(names)), field.name
        assert all(re.fullmatch(r"[A-Z0-9]+(_[A-Z0-9]+)*", value) for value in names), field.name


def test_values_are_of_their_fields_type(standard: Dictionary) -> None:
    """A value that its type forbids could never be sent to who checks the type first, as QuickFIX does."""
    forms = {"CHAR": r".", "INT": r"[0-9]+", "NUMINGROUP": r"[0-9]+", "STRING": r".+", "MULTIPLEVALUESTRING": r"\S+"}
    for field in standard.fields.values():
        assert all(re.fullmatch(forms[field.type], value) for value in field.values), field.name


@needs_reference
def test_every_message_has_the_references_members_in_its_order(standard: Dictionary, reference: Reference) -> None:
    """Names, order, required or not, groups within groups: all as in a file that nobody here wrote."""
    assert standard.messages.keys() == reference.messages.keys()
    for msg_type, message in standard.messages.items():
        theirs = reference.messages[msg_type]
        assert (message.name, message.admin) == (theirs.attrib["name"], theirs.attrib["msgcat"] == "admin")
        assert list(paths(standard, message.members)) == list(reference.paths(theirs)), message.name


@needs_reference
@pytest.mark.parametrize("part", ["header", "trailer"])
def test_header_and_trailer_are_the_references(standard: Dictionary, reference: Reference, part: str) -> None:
    theirs = reference.root.find(part)
    assert theirs is not None
    assert list(paths(standard, getattr(standard, part))) == list(reference.paths(theirs))


@needs_reference
def test_every_component_lists_what_the_references_does(file: Reference, reference: Reference) -> None:
    """As written: a message of somebody's own can be put together from ours as from QuickFIX's."""
    assert file.components.keys() == reference.components.keys()
    for name, component in file.components.items():
        assert listed(component) == listed(reference.components[name]), name
    for msg_type, message in file.messages.items():
        assert listed(message) == listed(reference.messages[msg_type]), msg_type


def values_of(name: str, reference: Reference) -> set[str]:
    """The wire values that a field has by QuickFIX's file and the tables above. A BOOLEAN's are its type's."""
    twin = SAME_VALUES_AS.get(name)
    if name in OPEN or twin in OPEN or reference.types[name] == "BOOLEAN":
        return set()
    values = values_of(twin, reference) if twin else reference.values[name]
    return values | MORE_VALUES.get(name, (set(), ""))[0]


@needs_reference
def test_every_field_has_the_references_number_name_type_and_values(standard: Dictionary, reference: Reference) -> None:
    assert standard.numbers == {ours(name): number for name, number in reference.numbers.items()}
    for name, number in reference.numbers.items():
        field = standard.fields[number]
        assert field.type == (TYPES[name][0] if name in TYPES else reference.types[name]), name
        assert field.values.keys() == values_of(name, reference), name


@needs_reference
def test_every_difference_listed_is_one(reference: Reference) -> None:
    """A row that no longer says anything about QuickFIX's file has to go."""
    assert all(name in reference.numbers and name != ours for name, (ours, _) in NAMES.items())
    assert all(reference.types[name] != ours for name, (ours, _) in TYPES.items())
    assert all(reference.values[name] for name in OPEN)
    assert not any(reference.values[name] for name in SAME_VALUES_AS)
    assert not any(reference.values[name] & more for name, (more, _) in MORE_VALUES.items())


class TestHouse:
    """house.xml is spoken by default; triggers.xml and logon.xml by sessions that name them."""

    @pytest.mark.parametrize(
        ("msg_type", "number"),
        [
            *((t, n) for t in "DG8" for n in (957, 1138, 1082, 1083, 1084, 1094)),
            *((t, 5700) for t in "DG"),
            *((t, 1385) for t in "EN8"),
            *((t, n) for t in "D8" for n in (9001, 9004)),
            *(("8", n) for n in (9002, 9003, 9005, 9006, 9007)),
        ],
    )
    def test_a_message_has_what_the_house_adds(self, msg_type: str, number: int) -> None:
        assert not default().messages[msg_type].members[number].required

    def test_each_order_of_a_list_has_what_a_single_one_has(self) -> None:
        """NewOrderList(E) carries orders in NoOrders(73)."""
        orders = default().messages["E"].members[73].group
        assert orders is not None
        assert {957, 1138, 1082, 1083, 1084, 1094, 5700} <= orders.members.keys()
        assert orders.delimiter == 11

    def test_what_nobody_acts_upon_has_to_be_asked_for(self) -> None:
        """A trigger that is accepted and not waited for is an order that trades too early."""
        triggers, logon = set(range(1100, 1111)), {1400, 1401, 1402, 1403, 1404, 1409}
        assert not (triggers | logon) & default().fields.keys()
        more = named("FIX44+house+triggers+logon")
        assert all(triggers <= more.messages[t].members.keys() for t in "DG8")
        assert {925, *logon} <= more.messages["A"].members.keys()
        assert 1409 in more.messages["5"].members
        assert default().messages["BE"].members.keys() & {925} == {925}

    def test_twin_of_a_standard_field_has_its_values(self) -> None:
        spoken = named("FIX44+house+triggers")
        assert spoken.fields[1105].values == spoken.fields[22].values

    @needs_reference
    def test_the_house_adds_to_quickfixs_file_as_well(self) -> None:
        """A user who starts from QuickFIX's FIX44.xml adds ours to it."""
        both = load(REFERENCE, *(SPECS / f"{name}.xml" for name in ("house", "triggers", "logon")))
        assert both.messages["D"].members.keys() == named("FIX44+house+triggers").messages["D"].members.keys()


@pytest.fixture(scope="module")
def engine() -> Any:
    quickfix = pytest.importorskip("quickfix", reason="no quickfix-ssl here")
    return quickfix.DataDictionary(str(SPECS / "FIX44.xml"))


def test_quickfix_reads_every_field_and_message_of_ours(standard: Dictionary, engine: Any) -> None:
    """A QuickFIX counterparty can be configured with the very file that we go by."""
    assert engine.getVersion() == "FIX.4.4"
    for number, field in standard.fields.items():
        assert engine.isField(number)
        assert engine.hasFieldValue(number) == bool(field.values), field.name
        assert all(engine.isFieldValue(number, value) for value in field.values), field.name
    for msg_type, message in standard.messages.items():
        assert engine.isMsgType(msg_type)
        for number, member in message.members.items():
            assert engine.isMsgField(msg_type, number), (message.name, number)
            assert engine.isRequiredField(msg_type, number) == member.required, (message.name, number)
            assert engine.isGroup(msg_type, number) == (member.group is not None), (message.name, number)


def test_two_quickfix_engines_talk_by_our_dictionary(tmp_path: Path) -> None:
    """Logon, an order with a group and an open value, a report, a new password; each checked against our file."""
    pytest.importorskip("quickfix", reason="no quickfix-ssl here")
    from tests.loopback import free_port
    from tests.quickfix_peer import QuickFixAcceptor, QuickFixClient

    order = [(11, "A"), (55, "ACME"), (54, "1"), (38, "100"), (40, "1"), (60, "20260105-14:30:00.000")]
    report = [(37, "1"), (17, "1"), (150, "0"), (39, "0"), (55, "ACME"), (54, "1"), (151, "100"), (14, "0"), (6, "0")]
    folders = [tmp_path / name for name in ("venue", "client")]
    for folder in folders:
        folder.mkdir()
    port, dictionary = free_port(), SPECS / "FIX44.xml"
    with (
        QuickFixAcceptor(
            folders[0], port, sender="V", targets=["C"], dictionary=dictionary, reaction=lambda _: [("8", report)]
        ),
        QuickFixClient(folders[1], port, sender="C", target="V", dictionary=dictionary) as client,
    ):
        client.send("D", [*order, (847, "1001"), (453, [[(448, "DESK"), (447, "D"), (452, "12")]])])
        assert dict(client.next("8"))[150] == "0"
        client.send("BE", [(923, "1"), (924, "3"), (553, "me"), (925, "new")])
        assert dict(client.next("8"))[39] == "0"


def test_open_fields_and_their_twins_are_in_the_file_without_values(standard: Dictionary) -> None:
    """847=1001 is TWAP here; a list of the standard's three would refuse it."""
    twins = (name for name, twin in SAME_VALUES_AS.items() if twin in OPEN)
    for name in chain(OPEN, twins):
        assert not standard.fields[standard.numbers[name]].values, name
