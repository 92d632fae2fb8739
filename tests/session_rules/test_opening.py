"""Hours of sessions: rules S-16."""

import pytest

from gateway.model import Hours, parse_timestamp
from tests.conversation.rules import rule
from tests.session_rules.words import Connect, client

HOUR = 3600
DAY = Hours(start_s=8 * HOUR, end_s=17 * HOUR)  # the conversations begin at 14:30, on a Monday


@rule("S-16.1")
def test_a_session_that_is_closed_says_so(connect: Connect) -> None:
    connect(client(hours=DAY)).run("""
        +150m
        one connect
        one > Logon   seq=1
        one < Logout  Text="the session's hours are over"
        one < disconnect
        +899m
        two connect
        two > Logon   seq=1
        two < Logout
        two < disconnect
        +1m
        three connect
        three > Logon  seq=1
        three < Logon  seq=1
    """, one="CLIENT", two="CLIENT", three="CLIENT")  # fmt: skip


@rule("S-16.1")
def test_a_counterparty_is_not_called_while_its_session_is_closed(connect: Connect) -> None:
    board = connect(client("VENUE", initiator=True, hours=DAY))
    assert board.engine.wanted("VENUE")
    board.run("""
        venue called
        venue < Logon  seq=1
    """, venue="VENUE")  # fmt: skip
    shut = connect(client("VENUE", initiator=True, hours=Hours(start_s=8 * HOUR, end_s=14 * HOUR)))
    assert not shut.engine.wanted("VENUE")
    shut.run("""
        venue called
        venue < disconnect
    """, venue="VENUE")  # fmt: skip


@rule("S-16.2")
def test_at_the_end_of_its_hours_a_session_is_logged_out_and_begins_at_one_again(connect: Connect) -> None:
    connect(client(hours=DAY)).run("""
        one connect
        one > Logon   seq=1  HeartBtInt=0
        one < Logon   seq=1
        +149m
        one > TestRequest  seq=2
        one < Heartbeat    seq=2
        +1m
        one < Logout  seq=3  Text="the session's hours are over"
        one > Logout  seq=3
        one < disconnect
        +15h
        two connect
        two > Logon   seq=1
        two < Logon   seq=1
    """, one="CLIENT", two="CLIENT")  # fmt: skip


@rule("S-16.2")
def test_whoever_does_not_answer_our_logout_is_dropped_at_the_end(connect: Connect) -> None:
    connect(client(hours=DAY)).run("""
        one connect
        one > Logon   seq=1  HeartBtInt=0
        one < Logon   seq=1
        +150m
        one < Logout
        +2s
        one < disconnect
    """, one="CLIENT")  # fmt: skip


@rule("S-16.2")
def test_who_was_refused_before_the_first_opening_begins_at_one_in_it(connect: Connect) -> None:
    """The Logout that refused him had a number."""
    connect(client(hours=Hours(start_s=15 * HOUR, end_s=17 * HOUR))).run("""
        one connect
        one > Logon   seq=1
        one < Logout  seq=1
        one < disconnect
        +30m
        two connect
        two > Logon   seq=1
        two < Logon   seq=1
    """, one="CLIENT", two="CLIENT")  # fmt: skip


@rule("S-16.3")
def test_a_break_within_the_hours_changes_no_number(connect: Connect) -> None:
    connect(client(hours=DAY)).run("""
        one connect
        one > Logon   seq=1  HeartBtInt=0
        one < Logon   seq=1
        +60m
        one disconnect
        +60m
        two connect
        two > Logon   seq=2
        two < Logon   seq=2
    """, one="CLIENT", two="CLIENT")  # fmt: skip


@rule("S-16.4")
def test_round_the_clock_there_is_one_break_at_the_hour(connect: Connect) -> None:
    connect(client(hours=Hours(start_s=17 * HOUR, end_s=17 * HOUR))).run("""
        one connect
        one > Logon   seq=1  HeartBtInt=0
        one < Logon   seq=1
        +150m
        one < Logout  seq=2
        one > Logout  seq=2
        one < disconnect
        two connect
        two > Logon   seq=1
        two < Logon   seq=1
    """, one="CLIENT", two="CLIENT")  # fmt: skip


@rule("S-16.4")
def test_a_week_is_one_session(connect: Connect) -> None:
    """From Sunday to Friday."""
    connect(client(hours=Hours(start_s=18 * HOUR, end_s=17 * HOUR, start_day=6, end_day=4))).run("""
        one connect
        one > Logon   seq=1  HeartBtInt=0
        one < Logon   seq=1
        +96h
        one > TestRequest  seq=2
        one < Heartbeat
        +150m
        one < Logout
        one > Logout  seq=3
        one < disconnect
        +48h
        two connect
        two > Logon   seq=1
        two < Logout
        two < disconnect
        +1h
        three connect
        three > Logon  seq=1
        three < Logon  seq=1
    """, one="CLIENT", two="CLIENT", three="CLIENT")  # fmt: skip


@rule("S-16.5")
@pytest.mark.parametrize(
    ("day", "minutes"),
    [("20260327", 16 * 60), ("20260328", 15 * 60), ("20261023", 16 * 60), ("20261024", 17 * 60)],
)
def test_hours_are_of_the_wall_clock(connect: Connect, day: str, minutes: int) -> None:
    """London's clocks go forward on 29 March 2026 at 01:00 and back on 25 October at 02:00."""
    hours = Hours(start_s=8 * HOUR, end_s=16 * HOUR, zone="Europe/London")
    closing = parse_timestamp(f"{day}-16:00:00") - (HOUR * 1_000_000_000 if day > "20260329" else 0)
    connect(client(hours=hours), now=closing).run(f"""
        +{minutes - 1}m
        one connect
        one > Logon   seq=1
        one < Logout
        one < disconnect
        +1m
        two connect
        two > Logon   seq=1
        two < Logon
    """, one="CLIENT", two="CLIENT")  # fmt: skip
