"""The pace of an order that an algo works: clips, rests, chance, catching up, and what is left near the end."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algos.twap import Twap
from gateway.model import SCALE, SECOND, Common, Decision, Ns, Parent, Px, Qty, Side
from gateway.model.posting import MIDDLE, PRIMARY, Posting
from gateway.model.urgency import ALIASES, EFFECTS, Urgency, read_urgency
from gateway.oms.pace import CLIP_EVERY, Progress, completes_at, seed_of, unit
from tests.parents import QUIET, START, parent

END = Ns(START + 600 * SECOND)
DOCUMENT = (Path(__file__).parents[1] / "fixspecs" / "algos.md").read_text("utf-8")


class Host:
    """Asks at each instant that it is told to, and fills all that leaves, or as much as is `there`."""

    def __init__(self, pace: Common, qty: int = 1_000, slices: int = 10, seed: int = 7, lot: int = 10) -> None:
        self.pace, self.algo, self.qty, self.lot = pace, Twap(slices=slices), qty, lot
        self.progress = Progress(seed, START)
        self.filled = 0
        self.out: list[tuple[int, int]] = []  # seconds since the start, quantity

    def view(self) -> Parent:
        found = parent(self.qty, self.lot, max(self.lot, self.pace.min_clip), END - START)
        return Parent(**{name: getattr(found, name) for name in found.__struct_fields__} | {"filled": Qty(self.filled)})

    def ask(self, now: Ns, there: int | None = None) -> Ns | None:
        view = self.view()
        decision = self.progress.decide(lambda at: self.algo.decide(view, QUIET, at), self.pace, view, now)
        wanted = Qty(decision.due - view.filled)
        leaves = self.progress.clip(self.pace, view, wanted, now, at_once=False)
        sent = leaves if there is None else min(leaves, there)
        if sent > 0:
            self.filled += sent
            self.out.append(((now - START) // SECOND, sent))
        if leaves < wanted:
            if sent:
                self.progress.clip_at = Ns(now + CLIP_EVERY)
            if self.progress.clip_at > now:
                return min(self.progress.clip_at, decision.wake_at or END)
        return decision.wake_at

    def play(self, now: Ns = START) -> "Host":
        at: Ns | None = now
        while at is not None and at < END:
            at = self.ask(at)
        return self


def test_nothing_said_is_the_schedule() -> None:
    assert Host(Common()).play().out == [(60 * step, 100) for step in range(10)]


@given(
    qty=st.integers(10, 5_000).map(lambda lots: lots * 10),
    slices=st.integers(1, 60),
    seed=st.integers(0, 99),
    size=st.integers(1, SCALE),
    time=st.integers(1, SCALE),
)
def test_chance_moves_releases_and_leaves_the_sum(qty: int, slices: int, seed: int, size: int, time: int) -> None:
    """No release comes before its step nor after the next one, and a slice is off by no more than was said and a lot."""
    pace = Common(random_size=Px(size), random_time=Px(time))
    host = Host(pace, qty=qty, slices=slices, seed=seed).play()
    assert host.filled == qty and all(sent > 0 and sent % 10 == 0 for _, sent in host.out)
    assert host.out[0][0] == 0 and host.out[-1][0] < 600
    again = Host(pace, qty=qty, slices=slices, seed=seed).play()
    assert again.out == host.out
    step = -(-qty // min(slices, qty // 10))
    behind, due = 0, 0
    for at, sent in host.out:
        due += sent
        exact = (at * slices // 600 + 1) * qty // slices
        behind = max(behind, abs(due - exact))
    assert behind <= 2 * step + 20


def test_chance_is_another_with_another_seed() -> None:
    pace = Common(random_size=Px(SCALE // 2), random_time=Px(SCALE // 2))
    assert len({tuple(Host(pace, seed=seed).play().out) for seed in range(20)}) > 15
    assert seed_of(1, "G-1") != seed_of(1, "G-2") != seed_of(2, "G-2")


@pytest.mark.parametrize(("clip", "sizes"), [(30, [30, 30, 30, 10]), (10, [10] * 10), (100, [100]), (95, [90, 10])])
def test_no_release_is_larger_than_max_clip_and_the_next_comes_a_second_later(clip: int, sizes: list[int]) -> None:
    out = Host(Common(max_clip=Qty(clip))).play().out
    assert [sent for _, sent in out][: len(sizes)] == sizes
    assert [at for at, _ in out][: len(sizes)] == list(range(len(sizes)))


def test_what_was_slept_through_is_caught_up_two_slices_a_second() -> None:
    """Five steps of ten were due meanwhile."""
    host = Host(Common())
    host.ask(START)
    host.play(Ns(START + 330 * SECOND))
    assert host.out == [(0, 100), (330, 200), (331, 200), (332, 100), *((60 * step, 100) for step in range(6, 10))]


def test_what_is_behind_is_done_by_the_end_whatever_a_clip_is() -> None:
    host = Host(Common(), slices=600)
    host.ask(START)
    host.play(Ns(START + 597 * SECOND))
    assert host.filled == 1_000 and len(host.out) == 4


def test_what_is_not_caught_up_is_not_due_any_more() -> None:
    """Neither what was slept through, nor what a slice did not get before the next one came."""
    host = Host(Common(catch_up=False))
    host.ask(START)
    host.play(Ns(START + 330 * SECOND))
    assert host.out == [(0, 100), (330, 100), *((60 * step, 100) for step in range(6, 10))]
    host = Host(Common(catch_up=False))
    host.ask(START, there=40)
    host.ask(Ns(START + 30 * SECOND), there=20)
    host.play(Ns(START + 60 * SECOND))
    assert host.out[:4] == [(0, 40), (30, 20), (60, 100), (120, 100)] and host.filled == 960


def test_what_is_left_is_due_before_the_end_for_who_wants_that() -> None:
    host = Host(Common(catch_up=False, complete=True))
    host.ask(START)
    host.play(Ns(START + 330 * SECOND))
    assert host.out[6:] == [(570, 200), (571, 200)] and host.filled == 1_000
    assert completes_at(host.view()) == END - 30 * SECOND


def test_what_is_too_small_waits_and_leaves_no_small_rest() -> None:
    """Of 1,000 by 150: no child is smaller, and the last one takes what is left."""
    host = Host(Common(min_clip=Qty(150)), slices=20).play()
    assert host.filled == 1_000 and all(sent >= 150 for _, sent in host.out)
    partly = Host(Common(min_clip=Qty(150)), slices=2)
    partly.ask(START, there=420)
    assert partly.ask(START) is not None and partly.out == [(0, 420)], "80 are due, which is too little"
    partly.play(Ns(START + 300 * SECOND))
    assert partly.out == [(0, 420), (300, 580)]
    rest = Host(Common(min_clip=Qty(150)), slices=1)
    rest.ask(START, there=900)
    rest.ask(START)
    assert rest.out == [(0, 900), (0, 100)], "the last may be smaller"
    narrow = Host(Common(min_clip=Qty(450), max_clip=Qty(500)), qty=1_200, slices=2).play()
    assert narrow.out == [(0, 500), (300, 500), (301, 200)], "it is, where no two clips make what is left"


@given(
    left=st.integers(1, 300),
    release=st.integers(1, 300),
    lot=st.sampled_from((1, 3, 10)),
    least=st.integers(0, 80),
    most=st.one_of(st.none(), st.integers(1, 200)),
)
def test_a_clip_is_whole_and_leaves_enough(left: int, release: int, lot: int, least: int, most: int | None) -> None:
    left, release = left * lot, min(release, left) * lot
    view = parent(left, lot, max(lot, least), END - START)
    pace = Common(max_clip=None if most is None else Qty(most))
    qty, enough = Progress(1, START).clip(pace, view, Qty(release), START, at_once=True), unit(view)
    assert 0 <= qty <= release and (qty == left or qty % lot == 0)
    assert qty in (0, left) or (qty >= enough and (left - qty >= enough or release == left < 2 * enough))
    assert qty or release < left, "all of it is due"
    assert most is None or qty <= max(most, enough)


# -- urgency


def behind(qty: int) -> str:
    """For each urgency, where so much of 1,000 rests after slices of 100."""
    view = parent(1_000, 10, 10, END - START)
    progress = Progress(1, START)
    progress.largest = Qty(100)
    return " ".join(place(progress.posting(Common(urgency=one), view, due(qty), START)) for one in Urgency)


def due(qty: int) -> Decision:
    return Decision(due=Qty(qty))


def place(posting: Posting | None) -> str:
    return "-" if posting is None or posting.peg is None else {PRIMARY: "touch", MIDDLE: "middle"}[posting.peg.to]


@pytest.mark.parametrize(
    ("qty", "where"),
    [
        (0, "touch middle - touch"),
        (100, "touch middle - touch"),
        (110, "touch - - middle"),
        (200, "touch - - middle"),
        (210, "- - - -"),
    ],
)
def test_who_falls_behind_crosses_by_urgency(qty: int, where: str) -> None:
    """PASSIVE, NEUTRAL, AGGRESSIVE, ADAPTIVE."""
    assert behind(qty) == where


def test_of_small_slices_a_share_of_the_order_counts() -> None:
    progress = Progress(1, START)
    progress.largest = Qty(1)
    view = parent(1_000, 1, 1, END - START)
    for urgency, most in ((Urgency.PASSIVE, 100), (Urgency.NEUTRAL, 50)):
        pace = Common(urgency=urgency)
        assert progress.posting(pace, view, due(most), START)
        assert not progress.posting(pace, view, due(most + 1), START)


def test_who_does_not_cross_rests_where_its_urgency_would_let_it_rest_last() -> None:
    """However far behind it is, and even if all is to be had at once; it takes nothing."""
    progress, view = Progress(1, START), parent(1_000, 10, 10, END - START)
    progress.largest = Qty(100)
    for urgency, near, far in (
        (None, "touch", "touch"),
        (Urgency.PASSIVE, "touch", "touch"),
        (Urgency.NEUTRAL, "middle", "middle"),
        (Urgency.ADAPTIVE, "touch", "middle"),
    ):
        pace = Common(urgency=urgency, allow_cross=False)
        at_once = Decision(due=Qty(1_000), at_once=True)
        for decision, where in ((due(100), near), (due(1_000), far), (at_once, far)):
            posting = progress.posting(pace, view, decision, START)
            assert place(posting) == where
            assert posting is not None and posting.only_rests and not posting.takes


def test_the_table_of_the_document_is_what_holds() -> None:
    table = DOCUMENT.split("### Pace")[1].split("Without Urgency")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "|" in line][2:]
    stages = []
    for name, also, to, tolerance, dark, risk in rows:
        urgency = Urgency(name.partition(",")[0])
        aliases = tuple(filter(None, also.split(", ")))
        assert aliases == ALIASES.get(urgency, ()) and all(read_urgency(alias) is urgency for alias in aliases)
        effects = EFFECTS[urgency]
        assert not risk or (dark, float(risk)) == (f"{effects.dark} %", effects.risk)
        numbers = re.findall(r"[0-9]+", tolerance)
        if to != "nowhere":
            stages.append((urgency, {"m": MIDDLE, "b": PRIMARY}[to[4]], *map(int, numbers)))
    assert stages == [(urgency, *stage) for urgency, found in EFFECTS.items() for stage in found.stages]


def test_a_decision_with_a_price_that_is_good_enough_goes_at_once() -> None:
    view = parent(1_000, 10, 10, END - START)
    progress = Progress(1, START)
    for decision in (Decision(due=Qty(100), wake_at=END), Decision(due=Qty(1_000), limit=Px(1), at_once=True)):
        progress.decide({START: decision}.__getitem__, Common(), view, START)
    assert progress.clip(Common(), view, Qty(1_000), START, at_once=True) == 1_000
    assert progress.largest == 100 and view.side is Side.BUY
