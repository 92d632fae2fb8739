"""One venue's market data as a whole: how old it is when it arrives, and how good it has been.

SendingTime(52) is the venue's clock and the journal's is ours, so their difference is the offset of the clocks and the
time on the way together. The least difference since the venue logged on is taken for an unhindered way, which lasts
`feed_latency_us`; what a message took beyond it, it was held up. Clocks that drift apart are followed by 100 us a
second, so that hours of drift are no delay, and a delay of seconds is not taken for drift.
"""

from typing import Final

from gateway.model import MILLISECOND, SECOND, Ns, VenueSettings
from gateway.model.quotes import FeedQuality

DRIFT: Final = 10_000  # nanoseconds that pass for one of drift
TIMELY: Final = Ns(250 * MILLISECOND)  # held up for longer, a message is late
MANY: Final = 8_192  # messages; then all counts are halved, so that what was long ago weighs little
LONG: Final = 86_400 * SECOND  # of the time that is judged, the same


class Feed:
    def __init__(self, settings: VenueSettings, symbols: int) -> None:
        self.venue: Final = settings.name
        self.bound: Final = Ns(settings.stale_after_ms * MILLISECOND)
        self.latency: Final = Ns(settings.feed_latency_us * 1_000)
        self.stale: Final[dict[str, None]] = {}  # symbols in which it is not traded on
        self.refused: Final[dict[str, None]] = {}  # symbols that it does not show
        self.is_up = False
        self.messages = self.late = self.entries = self.wrong = self.changes = self.crossing = 0
        self.heard: Ns | None = None
        self._symbols: Final = symbols
        self._least: int | None = None  # difference of the clocks, ours minus the venue's, the way included
        self._since = Ns(0)
        self._judged_at: Ns | None = None  # up to when the next two go
        self._good = self._judged = 0  # symbols times time: that could be relied on, and all

    def message(self, sent: Ns | None, now: Ns) -> Ns:
        """It says something; gives how old that is."""
        if not self.is_up:
            self.judge(now)
            self.is_up = True
        self.heard = now
        self.messages += 1
        if self.messages == MANY:
            self._halve()
        age = self.latency if sent is None else self._age(sent, now)
        if age > self.latency + TIMELY:
            self.late += 1
        return age

    def leave(self, now: Ns) -> None:
        """It is out of reach, and its clock and the way may be others when it comes back."""
        self.judge(now)
        self.is_up = False
        self._least = None
        self.stale.clear()
        self.refused.clear()

    def _age(self, sent: Ns, now: Ns) -> Ns:
        took, least = now - sent, self._least
        if least is not None:
            least += (now - self._since) // DRIFT
        if least is None or took < least:
            least = took
        self._least, self._since = least, now
        return Ns(self.latency + took - least)

    @property
    def offset(self) -> Ns | None:
        """How far our clock is before the venue's; None: it has said nothing yet."""
        return None if self._least is None else Ns(self._least - self.latency)

    @property
    def symbols(self) -> int:
        return self._symbols - len(self.refused)

    def judge(self, now: Ns) -> None:
        """What it was up to now it was for as long; before anything of that changes."""
        self._good, self._judged = self._up_to(now)
        self._judged_at = now
        if self._judged > LONG * self.symbols:
            self._judged //= 2
            self._good //= 2

    def _up_to(self, now: Ns) -> tuple[int, int]:
        span = 0 if self._judged_at is None else now - self._judged_at
        relied_on = self.symbols - len(self.stale) if self.is_up else 0
        return self._good + span * relied_on, self._judged + span * self.symbols

    def quality(self, two_sided: int, now: Ns) -> FeedQuality:
        """`two_sided` symbols have a bid and an offer here."""
        good, judged = self._up_to(now)
        return FeedQuality(
            venue=self.venue,
            is_up=self.is_up,
            symbols=self.symbols,
            stale=tuple(self.stale),
            heard=self.heard,
            offset=self.offset,
            completeness=_of_all(two_sided, self.symbols),
            accuracy=_of_all(self.entries - self.wrong, self.entries),
            timeliness=_of_all(self.messages - self.late, self.messages),
            consistency=_of_all(self.changes - self.crossing, self.changes),
            reliability=_of_all(good, judged),
        )

    def _halve(self) -> None:
        self.messages //= 2
        self.late //= 2
        self.entries //= 2
        self.wrong //= 2
        self.changes //= 2
        self.crossing //= 2


def _of_all(some: int, every: int) -> int | None:
    return 100 * some // every if every > 0 else None
