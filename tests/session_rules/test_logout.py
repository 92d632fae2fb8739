"""Logout: rules S-8."""

from tests.conversation.rules import rule
from tests.session_rules.words import ORDER, REPORT, Converse, ids


@rule("S-8.1")
def test_a_logout_is_answered_and_then_we_hang_up(converse: Converse) -> None:
    talk = converse("""
        > Logon
        < Logon
        > Logout  Text="gone fishing"
        < Logout  seq=2
        < disconnect
        > connect
        > Logon   seq=3
        < Logon   seq=3
    """)
    assert talk.session.said == "gone fishing"  # type: ignore[attr-defined]


@rule("S-8.1")
def test_hanging_up_may_be_left_to_who_began(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        > Logout
        < Logout
        +1s
        > disconnect
        > connect
        > Logon
        < Logon
        > Logout
        < Logout
        +1999ms
        +1ms
        < disconnect
    """, hang_up_after_logout=False)  # fmt: skip


@rule("S-8.2")
def test_our_logout_waits_for_the_answer(converse: Converse) -> None:
    """And takes what was under way before it."""
    talk = converse(f"""
        > Logon
        < Logon
        logout "end of day"
        < Logout       Text="end of day"
        > {ORDER}      ClOrdID=A
        > TestRequest
        < Heartbeat
        > Logout
        < disconnect
    """)
    assert ids(talk) == ["A"]


@rule("S-8.2")
def test_what_answers_an_order_after_our_logout_waits_for_the_next_connection(converse: Converse) -> None:
    """Whoever began the Logout says nothing more, unless it is asked for (FIX vol. 2, Logout)."""
    converse(f"""
        > Logon
        < Logon
        logout
        < Logout           seq=2
        > {ORDER}          ClOrdID=A
        send {REPORT}      ClOrdID=A  ExecID=1
        > ResendRequest    BeginSeqNo=3  EndSeqNo=3
        < ExecutionReport  seq=3  PossDupFlag=Y
        > Logout
        < disconnect
    """)


@rule("S-8.2")
def test_our_logout_is_not_waited_for_without_end(converse: Converse) -> None:
    """Not even while the counterparty talks on."""
    converse("""
        > Logon
        < Logon
        logout
        < Logout  -Text
        +2s
        > Heartbeat
        +2999ms
        +1ms
        < disconnect
    """, logout_timeout_s=5)  # fmt: skip


@rule("S-8.2")
def test_logouts_may_cross(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        logout
        < Logout
        > Logout  Text="me too"
        < disconnect
    """)


@rule("S-8.2")
def test_logging_out_before_a_logon_is_hanging_up(converse: Converse) -> None:
    converse("""
        logout
        < disconnect
    """)


@rule("S-8.3")
def test_a_logout_ahead_of_a_gap_is_answered(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        > Logout         seq=5
        < Logout
        < disconnect
        > connect
        > Logon          seq=6
        < Logon
        < ResendRequest  BeginSeqNo=2
    """)


@rule("S-8.4")
def test_a_logout_that_breaks_a_rule_is_a_logout(converse: Converse) -> None:
    converse("""
        > Logon
        < Logon
        > Logout  Text=
        < Logout  Text="Text(58) has no value"
        < disconnect
    """)


@rule("S-8.5")
def test_after_the_end_nothing_is_taken(converse: Converse) -> None:
    """Bytes that were read in one go with the message that ended it."""
    stamp = "20260105-14:30:00.000"
    logout, test = (
        f"35={kind}|49=CLIENT|56=GATEWAY|34={seq}|52={stamp}|{more}"
        for kind, seq, more in (("5", 2, ""), ("1", 3, "112=x|"))
    )
    whole = [f"8=FIX.4.4|9={len(body)}|{body}" for body in (logout, test)]
    segment = "".join(f"{text}10={sum(text.replace('|', chr(1)).encode()) % 256:03}|" for text in whole)
    talk = converse(f"""
        > Logon
        < Logon
        > raw {segment}
        < Logout  seq=2
        < disconnect
        > connect
        > Logon   seq=3
        < Logon   seq=3
    """)
    assert talk.session.wake_at() is not None
