"""The QuickFIX counterparty, tested against itself: what our tests will say of it has to be true of it alone."""

from pathlib import Path

import pytest

pytest.importorskip("quickfix", reason="quickfix-ssl has no wheel for this Python")

from tests.loopback import free_port
from tests.quickfix_peer import Pair, QuickFixAcceptor, QuickFixClient, extended_dictionary

ORDER = [
    (11, "A"),
    (55, "ACME"),
    (54, "1"),
    (38, "100"),
    (40, "2"),
    (44, "10.5"),
    (60, "20260105-14:30:00.000"),
]
ALGO_GROUP = """
<fix type='FIX' major='4' minor='4'>
 <messages><message name='NewOrderSingle' msgtype='D' msgcat='app'>
  <group name='NoStrategyParameters' required='N'>
   <field name='StrategyParameterName' required='Y'/>
   <field name='StrategyParameterType' required='N'/>
   <field name='StrategyParameterValue' required='N'/>
  </group>
 </message></messages>
 <fields>
  <field number='847' name='TargetStrategy' type='INT'><value enum='1001' description='TWAP'/></field>
  <field number='957' name='NoStrategyParameters' type='NUMINGROUP'/>
  <field number='958' name='StrategyParameterName' type='STRING'/>
  <field number='959' name='StrategyParameterType' type='INT'/>
  <field number='960' name='StrategyParameterValue' type='STRING'/>
 </fields>
</fix>
"""


def new(order: list[Pair]) -> list[tuple[str, list[Pair]]]:
    """An ExecutionReport, New, for an order."""
    kept = [pair for pair in order if pair[0] in (11, 54, 55, 38)]
    return [("8", [*kept, (37, "1"), (17, "1"), (150, "0"), (39, "0"), (151, "100"), (14, "0"), (6, "0")])]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    venue, client = tmp_path / "venue", tmp_path / "client"
    venue.mkdir()
    client.mkdir()
    return venue, client


def test_an_order_is_answered_and_both_log_out(folders: tuple[Path, Path]) -> None:
    port = free_port()
    with (
        QuickFixAcceptor(folders[0], port, sender="V", targets=["C"], reaction=new) as venue,
        QuickFixClient(folders[1], port, sender="C", target="V") as client,
    ):
        client.send("D", ORDER)
        report = dict(client.next("8"))
        with pytest.raises(AssertionError, match="no message within"):
            client.next("8", seconds=0.05)
        client.log_out()
    assert (report[11], report[150], report[34]) == ("A", "0", "2")
    assert dict(venue.next("D"))[44] == "10.5"
    assert [dict(message)[35] for message in client.admin] == ["A", "5"]


def test_numbers_go_on_where_the_folder_is_used_again(folders: tuple[Path, Path]) -> None:
    """FileStore keeps them, as it does for its users."""
    port = free_port()
    with QuickFixAcceptor(folders[0], port, sender="V", targets=["C"], reaction=new) as venue:
        for seq in (2, 5):  # between the two reports: the Logout, and the Logon of the second connection
            with QuickFixClient(folders[1], port, sender="C", target="V") as client:
                client.send("D", ORDER)
                assert dict(client.next("8"))[34] == str(seq)
                client.log_out()
            assert client.stored_numbers() == (seq + 2, seq + 2)
    assert venue.stored_numbers() == (7, 7)


def test_a_group_keeps_its_order(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """StrategyParametersGrp(957) is no part of FIX 4.4; a dictionary with it lets both ends send and read it."""
    dictionary = extended_dictionary(tmp_path, ALGO_GROUP)
    port = free_port()
    parameters = [
        [(958, "NumSlices"), (959, "1"), (960, "6")],
        [(958, "Duration"), (959, "1"), (960, "60")],
    ]
    with (
        QuickFixAcceptor(folders[0], port, sender="V", targets=["C"], dictionary=dictionary) as venue,
        QuickFixClient(folders[1], port, sender="C", target="V", dictionary=dictionary) as client,
    ):
        client.send("D", [*ORDER, (847, "1001"), (957, parameters)])
        got = venue.next("D")
    assert [pair for pair in got if pair[0] >= 957] == [(957, "2"), *parameters[0], *parameters[1]]
