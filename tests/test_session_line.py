"""Two sessions and a line that breaks: nothing is lost, nothing comes twice, and both agree on the numbers."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fix.dictionary import default
from gateway.fix.reader import Reader
from gateway.fix.session import Session, SessionConfig
from gateway.model import SECOND, Ns, print_timestamp
from tests.conversation import START


class Line:
    """Joins two sessions; a break loses what is under way."""

    def __init__(self, heartbeat_s: int) -> None:
        reader = Reader(default())
        self.sides = (
            Session(SessionConfig(sender="A", target="B", initiator=True, heartbeat_s=heartbeat_s), reader),
            Session(SessionConfig(sender="B", target="A"), reader),
        )
        self.now = START
        self.sent: tuple[list[str], list[str]] = ([], [])
        self.got: tuple[list[str], list[str]] = ([], [])
        self.up = False
        self.under_way: tuple[list[bytes], list[bytes]] = ([], [])  # to each side

    def connect(self) -> None:
        if not self.up:
            self.up = True
            for session in self.sides:
                session.connected(self.now)
            self.collect()

    def break_off(self) -> None:
        if self.up:
            self.up = False
            for side, session in enumerate(self.sides):
                session.disconnected(self.now)
                self.under_way[side].clear()

    def collect(self) -> None:
        for side, session in enumerate(self.sides):
            self.under_way[1 - side].extend(session.take())
        if any(session.hangup for session in self.sides):
            # What was sent before is still delivered.
            self.deliver(len(self.under_way[0]) + len(self.under_way[1]))
            self.break_off()

    def deliver(self, count: int) -> None:
        for _ in range(count):
            for side, session in enumerate(self.sides):
                if self.under_way[side]:
                    message = session.received(self.under_way[side].pop(0), self.now)
                    if message is not None:
                        self.got[side].append(message.get(11) or "")
                    if self.up:
                        self.under_way[1 - side].extend(session.take())

    def send(self, side: int) -> None:
        name = f"{len(self.sent[side])}"
        self.sent[side].append(name)
        body = f"11={name}\x0141=x\x0155=ACME\x0154=1\x0160={print_timestamp(self.now)}\x01"
        self.sides[side].send("F", body, self.now)
        self.collect()

    def wait(self, seconds: int) -> None:
        self.now = Ns(self.now + seconds * SECOND)
        for session in self.sides:
            session.timer(self.now)
        self.collect()

    def heal(self) -> None:
        """A line that works, and time enough."""
        for _ in range(4):
            self.connect()
            for _ in range(20):
                self.wait(5)
                for _ in range(2000):
                    if not any(self.under_way):
                        break
                    self.deliver(1)
                    self.collect()


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["send 0", "send 1", "connect", "break"]), st.just(0)),
        st.tuples(st.just("deliver"), st.integers(1, 6)),
        st.tuples(st.just("wait"), st.integers(1, 40)),
    ),
    max_size=60,
)


@settings(max_examples=250, deadline=None)
@given(ACTIONS, st.sampled_from([5, 30]))
def test_after_any_breaks_every_message_arrives_once_and_in_order(actions: list[tuple[str, int]], beat: int) -> None:
    """And both sides agree on the numbers."""
    line = Line(beat)
    for action, amount in actions:
        if action.startswith("send"):
            line.send(int(action[-1]))
        elif action == "connect":
            line.connect()
        elif action == "break":
            line.break_off()
        elif action == "deliver":
            line.deliver(amount)
            line.collect()
        else:
            line.wait(amount)
    line.heal()
    a, b = line.sides
    assert line.got == (line.sent[1], line.sent[0])
    assert line.up and a.logged_on and b.logged_on
    assert (a.next_seq, b.next_seq) == (b.expected_seq, a.expected_seq)


def test_a_long_bad_day_loses_nothing() -> None:
    """Thousands of messages over a line that breaks all the time, from one seed."""
    chance = random.Random(7)
    line = Line(30)
    for _ in range(3000):
        choice = chance.random()
        if choice < 0.4:
            line.send(chance.randrange(2))
        elif choice < 0.5:
            line.connect()
        elif choice < 0.53:
            line.break_off()
        elif choice < 0.56:
            line.wait(chance.randrange(1, 20))
        else:
            line.deliver(chance.randrange(1, 8))
            line.collect()
    line.heal()
    assert line.got == (line.sent[1], line.sent[0])
    assert len(line.sent[0]) > 500
