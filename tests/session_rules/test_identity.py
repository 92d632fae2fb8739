"""Whose a connection is, and who is let in: rules S-1 of many sessions, and S-18."""

import pytest

from tests.conversation.rules import rule
from tests.session_rules.words import ORDER, Connect, Converse, client


@rule("S-1.4")
def test_a_second_connection_of_one_identity_is_dropped(connect: Connect) -> None:
    board = connect(client())
    board.run(f"""
        first connect
        first > Logon        seq=1
        first < Logon        seq=1
        second connect
        second > Logon       seq=1
        second < disconnect
        third connect
        third > Logon        seq=2  ResetSeqNumFlag=Y
        third < disconnect
        first > {ORDER}      seq=2  ClOrdID=A
        first > TestRequest  seq=3
        first < Heartbeat    seq=2
    """, first="CLIENT", second="CLIENT", third="CLIENT")  # fmt: skip
    assert board.delivered == [("CLIENT", "A")]


@rule("S-1.4")
def test_an_identity_is_free_again_when_its_connection_is_gone(connect: Connect) -> None:
    connect(client()).run("""
        first connect
        first > Logon   seq=1
        first < Logon   seq=1
        first disconnect
        second connect
        second > Logon  seq=2
        second < Logon  seq=2
    """, first="CLIENT", second="CLIENT")  # fmt: skip


OURS = {"SenderSubID": "DESK", "TargetLocationID": "OSLO"}


@rule("S-1.5")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("SenderCompID", "STRANGER"), ("TargetCompID", "ELSEWHERE")),
        *(("SenderSubID", "OTHER"), ("TargetLocationID", "OTHER")),
    ],
)
def test_a_logon_for_no_session_here_is_dropped(connect: Connect, field: str, value: str) -> None:
    wrong, right = (
        " ".join(f"{name}={text}" for name, text in given.items()) for given in ({**OURS, field: value}, OURS)
    )
    connect(client(target_sub="DESK", sender_location="OSLO")).run(f"""
        one connect
        one > Logon  {wrong}
        one < disconnect
        two connect
        two > Logon  seq=1  {right}
        two < Logon  seq=1
    """, one="CLIENT", two="CLIENT")  # fmt: skip


@rule("S-1.7")
@pytest.mark.parametrize("garbled", ["Logon BodyLength=20", "Logon CheckSum=000", "raw GET / HTTP/1.1||"])
def test_whoever_begins_with_garbled_bytes_is_dropped(connect: Connect, garbled: str) -> None:
    connect(client()).run(f"""
        one connect
        one > {garbled}
        one < disconnect
        two connect
        two > Logon  seq=1
        two < Logon  seq=1
    """, one="CLIENT", two="CLIENT")  # fmt: skip


@rule("S-1.8")
@pytest.mark.parametrize(
    "first",
    [
        *("Heartbeat", "Logout", f"{ORDER} ClOrdID=A", "SequenceReset NewSeqNo=9"),
        "fields 35=A|49=CLIENT|34=1|52=now|98=0|108=30|",
        "fields 35=A|34=1|52=now|98=0|108=30|49=CLIENT|",
    ],
)
def test_whoever_begins_with_another_message_is_dropped(connect: Connect, first: str) -> None:
    board = connect(client())
    board.run(f"""
        one connect
        one > {first}
        one < disconnect
        two connect
        two > Logon  seq=1
        two < Logon  seq=1
    """, one="CLIENT", two="CLIENT")  # fmt: skip
    assert board.delivered == []


@rule("S-1.9")
@pytest.mark.parametrize("half", ["", "one > raw 8=FIX.4.4|9=60|35=A|"])
def test_who_connects_and_does_not_log_on_is_dropped(connect: Connect, half: str) -> None:
    """Half a Logon is none."""
    connect(client()).run(f"""
        one connect
        +4s
        {half}
        +999ms
        +1ms
        one < disconnect
    """, one="CLIENT")  # fmt: skip


@rule("S-1.17")
def test_a_session_that_is_switched_off_says_so(connect: Connect) -> None:
    connect(client(), client("OTHER", enabled=False)).run("""
        other connect
        other > Logon   seq=1
        other < Logout  seq=1  Text="this session is disabled"
        other < disconnect
        one connect
        one > Logon     seq=1
        one < Logon     seq=1
        operator disable session=CLIENT  text="closed for today"
        one < Logout    seq=2  Text="closed for today"
        one > Logout    seq=2
        one < disconnect
        operator enable session=CLIENT
        two connect
        two > Logon     seq=3
        two < Logon     seq=3
    """, one="CLIENT", two="CLIENT", other="OTHER")  # fmt: skip


@rule("S-1.18")
def test_a_pattern_gives_each_counterparty_a_session_of_its_own(connect: Connect) -> None:
    board = connect(client("DESK*"), client("CLIENT"))
    board.run(f"""
        one connect
        one > Logon      seq=1
        one < Logon      seq=1
        two connect
        two > Logon      seq=1
        two < Logon      seq=1
        one > {ORDER}    seq=2  ClOrdID=A
        two > Heartbeat  seq=2
        two > {ORDER}    seq=3  ClOrdID=B
        one disconnect
        again connect
        again > Logon    seq=3
        again < Logon    seq=2
        stranger connect
        stranger > Logon
        stranger < disconnect
    """, one="DESK1", two="DESK2", again="DESK1", stranger="DESQ")  # fmt: skip
    assert board.delivered == [("DESK1", "A"), ("DESK2", "B")]


@rule("S-3.6")
def test_whoever_sends_garbled_bytes_without_end_is_dropped(connect: Connect) -> None:
    """A message between them shows that it is still FIX."""
    garbled = "one > raw 8=FIX.4.4|9=5|35=0|10=000|" + chr(10)
    connect(client()).run(f"""
        one connect
        one > Logon
        one < Logon
        {garbled * 100}
        one > Heartbeat
        {garbled * 101}
        one < disconnect
    """, one="CLIENT")  # fmt: skip


# -- S-18


@rule("S-18.1", "S-18.2")
@pytest.mark.parametrize("words", ["", "Password=wrong", "Username=CLIENT Password=wrong"])
def test_a_logon_with_a_wrong_password_is_refused_and_resets_nothing(connect: Connect, words: str) -> None:
    connect(client(), passwords={"CLIENT": "secret"}).run(f"""
        first connect
        first > Logon    seq=1  Password=secret
        first < Logon    seq=1
        first disconnect
        second connect
        second > Logon   seq=1  ResetSeqNumFlag=Y  {words}
        second < Logout  seq=2  Text="Logon refused"
        second < disconnect
        third connect
        third > Logon    seq=2  Password=secret
        third < Logon    seq=3
    """, first="CLIENT", second="CLIENT", third="CLIENT")  # fmt: skip


@rule("S-18.1")
@pytest.mark.parametrize("fault", ["HeartBtInt=99999", "seq=999", "EncryptMethod=1"])
def test_a_refusal_says_nothing_of_what_else_is_wrong(connect: Connect, fault: str) -> None:
    connect(client(), passwords={"CLIENT": "secret"}).run(f"""
        first connect
        first > Logon   {fault}
        first < Logout  seq=1  Text="Logon refused"
        first < disconnect
    """, first="CLIENT")  # fmt: skip


@rule("S-18.3")
def test_an_initiator_says_its_name(converse: Converse) -> None:
    """The password is the driver's to add: it is in no configuration that is journaled."""
    converse("""
        < Logon  seq=1  Username=trader7  -Password
        > Logon  seq=1
    """, role="initiator", username="trader7")  # fmt: skip
