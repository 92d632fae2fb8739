"""Two of our sessions through a lossy link: whatever happened between them, once it stops both agree on every number.

Scripts of faults are drawn and shrunk by Hypothesis; a script that fails is printed whole and can be said again.
"""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.fix.dictionary import default
from gateway.fix.reader import Reader
from gateway.model.sessions import SessionConfig
from tests.lossy_link import Link, Side

READER = Reader(default())

Step = tuple[Any, ...]

# Most of the time the two are connected and talk, or there would be little to lose.
STEPS: tuple[Step, ...] = (
    ("nothing",),
    *(("exchange",),) * 12,
    *(("meet",),) * 15,
    *(("send", who, kind) for who in "IA" for kind in ("order", "request", "order", "request", "fleeting")),
    *(("send", who, "request", 7) for who in "IA"),
    *(("deliver", who, count) for who in "IA" for count in (1, 2, 1, 2)),
    *(("live", seconds) for seconds in (1, 6, 31, 100)),
    *(("drop", who, place) for who in "IA" for place in (0, 1, 2, 0)),
    *(("lose_all", who) for who in "IA"),
    *(("leak", who, every) for who in "IA" for every in (0, 2, 3)),
    *(("cut", "I", arriving, told) for arriving, told in ((0, True), (2, True), (1, False))),
    *(("cut", "A", arriving, told) for arriving, told in ((1, True), (0, False))),
    ("connect",),
    ("pass_time", 3),
    ("pass_time", 40),
    *(("stall", who) for who in "IA"),
    *(("commit", who) for who in "IAIAIA"),
    *(("restart", who) for who in "IA"),
    *(("logout", who) for who in "IA"),
    ("reset",),
    *(("step_clock", who, seconds) for who, seconds in (("I", 20), ("A", 100), ("A", 121), ("I", 3600))),
    *(("set_clocks",),) * 5,
)
scripts = st.builds(
    list.__add__,
    st.sampled_from(([], [("meet",)], [("meet",)], [("meet",)])),
    st.integers(0, 80).flatmap(lambda size: st.lists(st.sampled_from(STEPS), min_size=size, max_size=size)),
)

OPTIONS = {  # of both sides, each drawn by itself
    "heartbeat_s": st.sampled_from((30, 5, 0)),
    "hold": st.sampled_from((0, 2, 1000)),
    "resend_chunk": st.sampled_from((0, 1, 3)),
    "next_expected": st.booleans(),
    "last_processed": st.booleans(),
    "resend_burst": st.sampled_from((256, 1, 3)),
    "resend_patience_s": st.sampled_from((30, 2)),
    "stale_order_s": st.sampled_from((0, 5)),
    "lax_logout_seq": st.booleans(),
    "hang_up_after_logout": st.booleans(),
    "timestamp_digits": st.sampled_from((3, 0, 9)),
    "ascending_tags": st.booleans(),
}
options = st.fixed_dictionaries({}, optional=OPTIONS)
# A number not looked at shows no gap: heartbeats have to, and only a request for all there is covers it.
LAX = {"lax_resend_seq": True, "resend_chunk": 0, "hold": 0}
AGREED: tuple[
    tuple[dict[str, Any], dict[str, Any]], ...
] = (  # when both begin at 1 again: options of the initiator, of the acceptor
    *(({}, {}),) * 4,
    ({"heartbeat_s": 5, **LAX}, LAX),
    ({"reset_on_logon": True}, {}),
    ({"reset_on_logon": True}, {"reset_on_logon": True}),
    ({"reset_on_disconnect": True}, {"reset_on_disconnect": True}),
)


def link(ours: dict[str, Any], theirs: dict[str, Any]) -> Link:
    initiator = SessionConfig(sender="I", target="A", initiator=True, **ours)
    acceptor = SessionConfig(sender="A", target="I", **theirs)
    return Link(Side("I", initiator, READER), Side("A", acceptor, READER))


def assert_healed(world: Link) -> None:
    """In sync, nothing lost, nothing doubled, and nothing but heartbeats from then on."""
    begun, known = world.traffic, sum(side.session.next_seq for side, _ in world.sides())
    world.heal()
    assert world.traffic - begun <= 60 + 8 * known, f"{world.traffic - begun} messages to heal, of {known} numbers"
    for side, other in world.sides():
        heard = set(other.heard) | other.refused
        lost = [said.id for said in side.said if said.id not in heard and not side.may_miss(said, world.now)]
        assert not lost, f"{other.name} never heard {lost}"
        assert not [text for text in side.complaints if "too low" in text], side.complaints
    world.send("I", "request")
    world.send("A", "request")
    connection, begun = world.initiator.connection, world.traffic
    world.live(3 * (world.initiator.config.heartbeat_s or 30))
    assert world.in_sync()
    assert world.initiator.connection == connection
    assert world.traffic - begun <= 10
    for side, other in world.sides():
        assert other.heard[-1] == side.said[-1].id


@settings(max_examples=2000, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    script=scripts,
    ours=options,
    theirs=options,
    agreed=st.sampled_from(AGREED),
)
def test_two_sessions_agree_once_the_faults_stop(
    script: list[Step],
    ours: dict[str, Any],
    theirs: dict[str, Any],
    agreed: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    world = link(ours | agreed[0], theirs | agreed[1])
    for step in script:
        world.step(*step)
    assert_healed(world)
