"""Two of our sessions through a lossy link: whatever happened between them, once it stops both agree on every number.

Scripts of faults are drawn and shrunk by Hypothesis; a script that fails is printed whole and can be said again.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateway.fix.dictionary import default
from gateway.fix.reader import Reader
from gateway.model.sessions import SessionConfig
from tests.lossy_link import Link, Side

READER = Reader(default())

Step = tuple[Any, ...]
Options = dict[str, Any]
_Test = TypeVar("_Test", bound=Callable[..., None])

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
    "resend_chunk": st.sampled_from((0, 2, 3)),
    "resend_open": st.booleans(),
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
# Options of the initiator and of the acceptor that both have to know of: when numbers begin at 1 again.
AGREED: tuple[tuple[Options, Options], ...] = (
    *(({}, {}),) * 4,
    ({"heartbeat_s": 5, **LAX}, LAX),
    ({"reset_on_logon": True}, {}),
    ({"reset_on_logon": True}, {"reset_on_logon": True}),
    ({"reset_on_disconnect": True}, {"reset_on_disconnect": True}),
)


def link(ours: Options, theirs: Options) -> Link:
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


def found(
    *script: Step, ours: Options | None = None, theirs: Options | None = None, both: Options | None = None
) -> Callable[[_Test], _Test]:
    """A script that has failed once."""
    return example(script=list(script), ours=ours or {}, theirs=theirs or {}, agreed=(both or {}, both or {}))


# What is not kept has a number too, also while we log on.
@found(("connect",), ("send", "I", "fleeting"))
# Each request was a message that the other side missed and had to ask for.
@found(("send", "I", "order"), ("send", "A", "order"), both={"resend_chunk": 2})
# A Logout, or the last message behind a resend, had a higher number than a message that never left and was forgotten.
@found(("send", "I", "order"), ("step_clock", "A", 121), ("connect",), ("exchange",), ("reset",))
@found(
    *(("send", "I", "request", 7), ("connect",), ("exchange",), ("send", "A", "order"), ("step_clock", "I", 121)),
    *(("exchange",), ("reset",)),
    ours={"resend_burst": 1},
)
# Who says NextExpectedMsgSeqNum(789) waited for what a counterparty that does not know the field would never send.
@found(("connect",), ours={"heartbeat_s": 0}, theirs={"next_expected": True})
# A gap fill that answered two requests began where the second one did not want it any more.
@found(
    *(("send", "I", "order"), ("send", "A", "request", 7), ("connect",), ("send", "I", "order")),
    ours={"heartbeat_s": 0, "resend_chunk": 2, "resend_burst": 1},
    theirs={"hold": 2, "resend_open": True, "resend_chunk": 2},
)
# One side held the connection for a session and began at 1 again, the other did not.
@found(
    *(("step_clock", "A", 121), ("meet",), ("stall", "A"), ("set_clocks",), ("meet",), ("meet",)),
    both={"reset_on_disconnect": True},
)
@settings(max_examples=2000, suppress_health_check=list(HealthCheck))
@given(
    script=scripts,
    ours=options,
    theirs=options,
    agreed=st.sampled_from(AGREED),
)
def test_two_sessions_agree_once_the_faults_stop(
    script: list[Step],
    ours: Options,
    theirs: Options,
    agreed: tuple[Options, Options],
) -> None:
    world = link(ours | agreed[0], theirs | agreed[1])
    for step in script:
        world.step(*step)
    assert_healed(world)
