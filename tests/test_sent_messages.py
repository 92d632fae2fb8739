"""What a session keeps of what it sent: everything, in little room."""

import random
import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fix.frame import finish
from gateway.fix.sent import BLOCK, SentMessages


def message(seq: int) -> bytes:
    fields = (
        f"35=8\x0149=GATEWAY\x0156=CLIENT\x0134={seq}\x0152=20260105-00:00:{seq % 60:02}.000\x0137=T8D6O0-{seq}\x01"
    )
    return finish(
        f"{fields}11=ORDER-{seq}\x0117=T8D6O0-E{seq}\x01150=0\x0139=0\x0155=ACME\x0154=1\x0138={seq % 900}00\x01"
    )


def first_from(kept: dict[int, bytes], seq: int) -> int | None:
    return min((number for number in kept if number >= seq), default=None)


STEPS = st.lists(
    st.tuples(st.sampled_from(("add", "add", "add", "drop", "drop from")), st.integers(0, 10_000)), max_size=25
)


@settings(max_examples=60)
@given(steps=STEPS, seed=st.integers(0, 10_000))
def test_what_was_sent_is_found_whatever_was_dropped(steps: list[tuple[str, int]], seed: int) -> None:
    """The packed store says the same as a plain dict, on both sides of a block's edge and in any order of asking."""
    dice, sent, kept, next_seq = random.Random(seed), SentMessages(), dict[int, bytes](), 1
    for what, amount in steps:
        number = amount % (next_seq + 3)
        if what == "add":
            for _ in range(amount % (2 * BLOCK)):
                kept[next_seq] = message(next_seq)
                sent.add(next_seq, kept[next_seq])
                next_seq += dice.choice((1, 1, 1, 2, 7))  # the others were admin messages
        elif what == "drop":
            for dropped in range(number, number + 5):
                sent.drop(dropped)
                kept.pop(dropped, None)
        else:
            sent.drop_from(number)
            kept = {seq: data for seq, data in kept.items() if seq < number}
            next_seq = max(number, 1)
        for seq in {*dice.choices(range(next_seq + 2), k=20), number - 1, number, number + 1, next_seq - 1}:
            assert sent.get(seq) == kept.get(seq)
            assert sent.following(seq) == first_from(kept, seq)


def test_a_message_that_was_sent_takes_little_room() -> None:
    """The newest are kept as they are, the others packed."""
    sent, count = SentMessages(), 100 * BLOCK
    tracemalloc.start()
    for seq in range(1, count + 1):
        sent.add(seq, message(seq))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 60 * count
