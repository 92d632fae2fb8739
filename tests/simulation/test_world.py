"""Virtual time: what arrives when, in which order, and what becomes of connections."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.fix.frame import finish
from gateway.model import (
    MILLISECOND,
    SECOND,
    Close,
    Garbled,
    Input,
    LinkUp,
    Ns,
    Output,
    Received,
    Send,
    Timer,
)
from gateway.record.reading import Reading
from gateway.record.records import RECEIVED, STARTED, TIMER
from gateway.run.simulation import Latency, World

START = Ns(1_767_571_200 * SECOND)
FIRST, SECOND_ONE, THIRD = (finish(f"35=0\x01112={n}\x01") for n in range(3))


class Puppet:
    """A node that writes down its inputs and says what it is told to say."""

    def __init__(self, diary: list[tuple[str, int, str]], name: str) -> None:
        self.diary = diary
        self.name = name
        self.links: list[int] = []
        self.answers: list[Output] = []  # to the next input
        self.wakes: list[Ns] = []

    def handle(self, item: Input) -> Sequence[Output]:
        what = type(item).__name__
        if isinstance(item, Received):
            what = item.data.decode().partition("112=")[2][:1]
        if isinstance(item, LinkUp):
            self.links.append(item.link)
        if isinstance(item, Timer):
            self.wakes = [at for at in self.wakes if at > item.at]
        self.diary.append((self.name, (item.at - START) // MILLISECOND, what))
        answers, self.answers = self.answers, []
        return answers

    def wake_at(self) -> Ns | None:
        return min(self.wakes, default=None)


class Two:
    """A calls B."""

    def __init__(self, there: Latency, back: Latency, *, seed: int = 1, data: Path | None = None) -> None:
        self.diary: list[tuple[str, int, str]] = []
        self.a, self.b = Puppet(self.diary, "A"), Puppet(self.diary, "B")
        self.world = World(START, seed=seed)
        for name, puppet in (("A", self.a), ("B", self.b)):
            self.world.add(name, puppet, b"{}", data=None if data is None else data / name)
        self.line = self.world.join("A", "B", port="door", there=there, back=back)
        self.diary.clear()

    def say(self, puppet: Puppet, *data: bytes) -> None:
        puppet.answers = [Send(puppet.links[-1], each) for each in data]
        self.world.give(self.world.stations[puppet.name], Timer(self.world.now))

    def run(self, milliseconds: int) -> list[tuple[str, int, str]]:
        self.world.run(Ns(START + milliseconds * MILLISECOND))
        said, self.diary[:] = [entry for entry in self.diary if entry[2] != "Timer"], []
        return said


def ms(least: int, more: int = 0) -> Latency:
    return Latency(least_ns=least * MILLISECOND, more_ns=more * MILLISECOND)


def test_a_message_takes_its_way_s_time() -> None:
    """Each direction has its own."""
    two = Two(ms(3), ms(5))
    two.say(two.a, FIRST)
    two.say(two.b, SECOND_ONE)
    assert two.run(2) == []
    assert two.run(10) == [("B", 3, "0"), ("A", 5, "1")]
    assert two.world.now == START + 10 * MILLISECOND


def test_messages_do_not_overtake_each_other() -> None:
    """However long each would be under way by itself; the seed says how long."""
    two = Two(ms(1, 20), ms(0))
    for _ in range(20):
        two.say(two.a, FIRST, SECOND_ONE)
    arrived = two.run(1_000)
    assert [what for _, _, what in arrived] == ["0", "1"] * 20
    assert len({at for _, at, _ in arrived}) > 1
    other = Two(ms(1, 20), ms(0), seed=2)
    for _ in range(20):
        other.say(other.a, FIRST, SECOND_ONE)
    assert other.run(1_000) != arrived


def test_at_one_instant_messages_come_first_and_then_timers_in_order_of_stations() -> None:
    two = Two(ms(2), ms(0))
    at = Ns(START + 2 * MILLISECOND)
    two.a.wakes, two.b.wakes = [at], [at]
    two.say(two.a, FIRST)
    two.say(two.b)
    two.diary.clear()
    two.world.run(at)
    assert two.diary == [("B", 2, "0"), ("A", 2, "Timer"), ("B", 2, "Timer")]


def test_a_timer_that_is_overdue_comes_at_once() -> None:
    """Time does not go back to when it was due."""
    two = Two(ms(5), ms(0))
    two.say(two.a, FIRST)
    two.b.wakes = [START]
    two.diary.clear()
    two.world.run(Ns(START + 9 * MILLISECOND))
    assert two.diary == [("B", 5, "0"), ("B", 5, "Timer")]


def test_bytes_that_are_no_message_arrive_as_such() -> None:
    """The link carries bytes, and the framer of the other end makes of them what it can."""
    two = Two(ms(1), ms(0))
    two.say(two.a, FIRST[:20], FIRST[20:] + b"8=garbage", SECOND_ONE)
    heard: list[Input] = []
    two.world.stations["B"].observer = lambda item, _: heard.append(item)
    two.run(5)
    assert [type(item) for item in heard] == [Received, Garbled, Received]


def test_who_closes_is_heard_out_and_called_again() -> None:
    """What was said before the Close arrives, what is on the way to the closed end does not; a new link comes."""
    two = Two(ms(2), ms(2))
    two.say(two.b, THIRD)
    two.a.answers = [Send(1, FIRST), Close(1)]
    two.world.give(two.world.stations["A"], Timer(two.world.now))
    assert two.run(10) == [("A", 0, "LinkDown"), ("B", 2, "0"), ("B", 2, "LinkDown")]
    assert two.run(2_000) == [("B", 1_000, "LinkUp"), ("A", 1_000, "LinkUp")]
    assert two.a.links == two.b.links == [1, 2]
    two.say(two.a, SECOND_ONE)
    assert two.run(3_000) == [("B", 2_002, "1")]


def test_a_line_that_is_cut_loses_what_is_under_way() -> None:
    two = Two(ms(2), ms(2))
    two.say(two.a, FIRST)
    two.world.cut(two.line)
    assert two.run(10) == [("B", 0, "LinkDown"), ("A", 0, "LinkDown")]


def test_nobody_is_called_who_is_not_wanted() -> None:
    wanted = [False]
    world = World(START)
    diary: list[tuple[str, int, str]] = []
    for name in "AB":
        world.add(name, Puppet(diary, name), b"{}")
    world.join("A", "B", port="door", there=ms(0), back=ms(0), wanted=lambda: wanted[0])
    world.run(Ns(START + 3 * SECOND))
    assert [what for _, _, what in diary] == ["Started", "Started"]
    wanted[0] = True
    world.run(Ns(START + 4 * SECOND))
    assert [what for _, _, what in diary[2:]] == ["LinkUp", "LinkUp"]


def test_a_plan_is_carried_out_at_its_instant() -> None:
    two = Two(ms(0), ms(0))
    two.world.plan(Ns(START + 7 * MILLISECOND), lambda: two.world.cut(two.line))
    assert two.run(10) == [("B", 7, "LinkDown"), ("A", 7, "LinkDown")]


def test_a_station_with_a_folder_has_a_journal(tmp_path: Path) -> None:
    """Inputs with their instants, as a live run has them."""
    with (two := Two(ms(1), ms(1), data=tmp_path)).world:
        two.b.wakes = [Ns(START + 4 * MILLISECOND)]
        two.say(two.a, FIRST)
        two.say(two.b)
        two.run(10)
    kinds = [record.kind for record in Reading(tmp_path / "B")]
    assert kinds[0] == STARTED
    assert RECEIVED in kinds
    assert kinds[-1] == TIMER


@pytest.mark.parametrize("count", [1, 1_001])
def test_what_a_station_says_is_told_in_order(count: int) -> None:
    two = Two(ms(0), ms(0))
    told: list[bytes] = []
    two.world.stations["A"].told = told.extend
    for _ in range(count):
        two.say(two.a, FIRST, SECOND_ONE)
    two.world.close()
    assert told == [FIRST, SECOND_ONE] * count
