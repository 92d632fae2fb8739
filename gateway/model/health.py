"""How well venues serve us, as far as the gateway finds out by itself; and how it is told to do that."""

from msgspec import Struct

from gateway.model.numbers import Ns


class BreakerSettings(Struct, frozen=True, kw_only=True):
    """When a venue gets nothing for a while."""

    failures: int = 5  # rejects, orders without an answer and disconnects in a row; 0: never
    window_s: int = 60  # they count for so long
    rest_s: int = 5  # it gets nothing for so long at first, and each time twice as long
    most_s: int = 300  # but no longer than that


class HealthSettings(Struct, frozen=True, kw_only=True):
    learn: bool = True  # whether the policies that count costs go by what was seen, once that is enough
    half_life_s: int = 3_600  # of trading, in which what was seen comes to weigh half
    least: int = 100  # of what a figure is made of, before it is gone by
    every_s: int = 60  # how often the figures are noted for the audit
    breaker: BreakerSettings = BreakerSettings()


class VenueStatistics(Struct, frozen=True, kw_only=True):
    """Of one venue; what is long ago weighs less. None: there was nothing to learn it from.

    Rates are in 1e-8: of what was sent, or of the amount that was traded, where 10,000 is 1 bps. `takes` are children
    that could not rest, `rests` those that could.
    """

    venue: str
    is_up: bool
    breaker: str  # its state and why, in words; '' of one that is closed
    availability: int | None  # of the time of trading, the part in which it was logged on
    takes: int  # children that ended, as these weigh now; and so are all counts
    takes_filled: int | None  # of their quantity
    slipped: int | None  # what they cost beyond what was shown; what was not there is counted as had elsewhere then
    rests: int
    rests_filled: int | None
    fill_ns: int | None  # from sending to a fill of one that could rest, by quantity
    answers: int
    ack_ns: int | None  # from sending to its first word of a child
    ack_p99_us: int | None  # the same, of all but one in 100; at most a quarter too long
    rejected: int | None  # of what was answered
    unanswered: int
    notional: int  # that was traded there, in currency units
    better: int | None  # than our limit the price was
    fees: int | None
    marks: int  # fills of `takes` of which the next is known
    after_1s: int | None  # how far the middle went on for us (below zero: against us) in the second after what we took
    after_10s: int | None
    rest_marks: int
    rest_after_1s: int | None  # the same, after fills of `rests`
    rest_after_10s: int | None


class Learned(Struct, frozen=True):
    """What a venue costs, by what was seen. None: there is not enough of it."""

    latency: Ns | None = None  # one way
    answers: int = 0
    slip: int | None = None  # what taking there costs beyond what it shows, in 1e-8 of that
    takes: int = 0
