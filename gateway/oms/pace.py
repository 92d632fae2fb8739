"""The pace of an order that an algo works: how much of what is due leaves at once, and when.

The algo says what is due by now. Chance moves that a little, what was slept through is caught up a clip at a time or
not at all, and nothing is sent that is too small, or leaves a rest that would be.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from msgspec import structs

from gateway.model import SCALE, SECOND, Common, Decision, Ns, Parent, Qty, print_scaled
from gateway.model.posting import PRIMARY, Peg, Posting
from gateway.model.urgency import EFFECTS, Stage
from gateway.oms.plan import Plan
from gateway.oms.posting import only_resting

CLIP_EVERY: Final = SECOND  # between clips where more is due than one
LEAD: Final = 30 * SECOND  # before the end what is left is due, of a short window in the last tenth
_PATIENCE: Final = SECOND  # between two moves of what rests
_SLACK: Final = 1  # ticks that it may be off
_AT_A_TIME: Final = 4  # children at rest
_STAYS: Final = (Stage(PRIMARY, 0, 0),)  # whatever is due


class Progress:
    """Where an order stands in its schedule. Quantities count from when that was last planned."""

    __slots__ = ("clip_at", "due", "held_until", "largest", "missed", "offset", "rests", "seed", "slept", "step_at")

    def __init__(self, seed: int, start: Ns) -> None:
        self.seed: Final = seed
        self.step_at = start  # when more is due, as the algo said last
        self.held_until = Ns(0)  # until then chance holds that back
        self.due = Qty(0)  # as the algo said last
        self.largest = Qty(0)  # slice that came due in its time
        self.missed = Qty(0)  # that is not caught up
        self.offset = 0  # that chance adds to what is due
        self.clip_at = Ns(0)  # nothing leaves before
        self.rests = False  # what is out may rest though its algo did not say so
        self.slept = False  # it was suspended, and what follows the market has not been asked since

    def decide(self, ask: Callable[[Ns], Decision], pace: Common, parent: Parent, now: Ns) -> Decision:
        """What the algo answers, at this pace; `ask(at)` is what it would say at that instant."""
        at = Ns(self.step_at - 1) if now < self.held_until else now
        decision = ask(at)
        if decision.due > self.due:
            self._grow(ask, pace, parent, decision, at)
        self.due = decision.due
        wake_at = decision.wake_at
        if at != now:
            wake_at = self.held_until
        elif wake_at is not None and wake_at != self.step_at:
            if pace.random_time and now >= parent.start:
                most = min(wake_at - self.step_at, wake_at - now) * pace.random_time // SCALE
                self.held_until = Ns(wake_at + self._chance(wake_at) * most // SCALE)
            self.step_at = wake_at
        due, whole = int(decision.due), parent.order_qty
        if not decision.at_once:
            due = min(due - self.missed + (self.offset if due < whole else 0), whole)
        if pace.complete:
            last = completes_at(parent)
            if now >= last:
                due = whole
            elif wake_at is None or wake_at > last:
                wake_at = last
        follows = decision.follows or decision.wake_at is None
        return structs.replace(decision, due=Qty(due), wake_at=wake_at, follows=follows)

    def _grow(self, ask: Callable[[Ns], Decision], pace: Common, parent: Parent, decision: Decision, at: Ns) -> None:
        """More is due than before; what should have been due at the step before the last one was slept through."""
        grown = in_time = decision.due - self.due
        if at >= self.step_at:
            then = ask(self.step_at)
            if then.wake_at is not None and at >= then.wake_at:
                in_time = min(max(then.due - self.due, 0), grown)
        if self.slept:
            in_time = min(in_time, self.largest or unit(parent))
            self.slept = False
        if not decision.at_once:
            self.largest = max(self.largest, Qty(in_time))
        if not pace.catch_up:
            had = parent.filled + parent.working + self.missed
            self.missed = Qty(self.missed + max(self.due - had, 0) + grown - in_time)
        if pace.random_size:
            half = in_time * pace.random_size // (2 * SCALE)
            more = (2 * self._chance(decision.due) - SCALE) * half // SCALE
            self.offset = abs(more) // parent.lot * parent.lot * (1 if more > 0 else -1)

    def clip(self, pace: Common, parent: Parent, release: Qty, now: Ns, *, at_once: bool) -> Qty:
        """What of a release may leave now; `at_once` all of it, up to MaxClip.

        What would be too small waits for more, and so does what would leave too little for a last child, unless all of
        it is due and no two clips make it.
        """
        if release <= 0 or now < self.clip_at:
            return Qty(0)
        left, least, qty = parent.order_qty - parent.filled - parent.working, unit(parent), int(release)
        if pace.max_clip is not None:
            qty = min(qty, max(pace.max_clip, least))
        elif not at_once:
            clips = max((parent.end - now) // CLIP_EVERY, 1)
            qty = min(qty, max(2 * self.largest, least, -(-left // clips)))
        if qty < left:
            if not (release >= left < 2 * least):
                qty = min(qty, max(left - least, 0))
            qty -= qty % parent.lot
            if qty < least:
                return Qty(0)
        return Qty(qty)

    def posting(self, pace: Common, parent: Parent, decision: Decision, now: Ns) -> Posting | None:
        """Where what is due rests; None: it crosses."""
        if not pace.allow_cross:
            stages = _STAYS if pace.urgency is None else EFFECTS[pace.urgency].stages
            return only_resting(_POSTINGS[self._stage(stages, parent, decision.due) or stages[-1].to])
        if pace.urgency is None or decision.at_once or (pace.complete and now >= completes_at(parent)):
            return None
        to = self._stage(EFFECTS[pace.urgency].stages, parent, decision.due)
        return None if to is None else _POSTINGS[to]

    def _stage(self, stages: tuple[Stage, ...], parent: Parent, due: int) -> str | None:
        behind = due - parent.filled
        for to, slices, percent in stages:
            if behind <= max(slices * self.largest, parent.order_qty * percent // 100):
                return to
        return None

    def _chance(self, of: int) -> int:
        """From 0 to 1, in 1e-8, always the same of the same step."""
        digest = blake2b(b"%d %d" % (self.seed, of), digest_size=8).digest()
        return int.from_bytes(digest, "big") % (SCALE + 1)


def within_reach(pace: Common, parent: Parent, now: Ns) -> str | None:
    """What is to be said where the clips of the window are less than the order."""
    if pace.max_clip is None:
        return None
    most = pace.max_clip * -(-(parent.end - max(parent.start, now)) // CLIP_EVERY)
    if most >= parent.order_qty:
        return None
    said = f"comes to {print_scaled(Qty(most))} of {print_scaled(parent.order_qty)} in the window"
    return f"MaxClip {print_scaled(pace.max_clip)} a second {said}"


def completes_at(window: Parent | Plan) -> Ns:
    """From when on all that is left is due, for who wants that."""
    return Ns(window.end - min(LEAD, (window.end - window.start) // 10))


def is_as_due(pace: Common) -> bool:
    """Whether nothing was said of it."""
    crosses = pace.urgency is None and pace.allow_cross
    return crosses and pace.max_clip is None and pace.catch_up and not pace.random_size


def unit(parent: Parent) -> int:
    """The least that is worth a child, in whole lots; the rest of an order may be less."""
    return -(-max(parent.min_qty, 1) // parent.lot) * parent.lot


def seed_of(seed: int, order_id: str) -> int:
    return int.from_bytes(blake2b(f"{seed} {order_id}".encode(), digest_size=6).digest(), "big")


_POSTINGS: Final = {
    stage.to: Posting(takes=False, peg=Peg(stage.to), patience=Ns(_PATIENCE), slack=_SLACK, at_a_time=_AT_A_TIME)
    for effects in EFFECTS.values()
    for stage in effects.stages
}
