"""One venue's market data as a whole: how old it is when it arrives.

SendingTime(52) is the venue's clock and the journal's is ours, so their difference is the offset of the clocks and the
time on the way together. The least difference since the venue logged on is taken for an unhindered way, which lasts
`feed_latency_us`; what a message took beyond it, it was held up. Clocks that drift apart are followed by 100 us a
second, so that hours of drift are no delay, and a delay of seconds is not taken for drift.
"""

from typing import Final

from gateway.model import Ns, VenueSettings

DRIFT: Final = 10_000  # nanoseconds that pass for one of drift


class Feed:
    def __init__(self, settings: VenueSettings) -> None:
        self.venue: Final = settings.name
        self.bound: Final = Ns(settings.stale_after_ms * 1_000_000)
        self.latency: Final = Ns(settings.feed_latency_us * 1_000)
        self.stale: Final[dict[str, None]] = {}  # symbols in which it is not traded on
        self._least: int | None = None  # difference of the clocks, ours minus the venue's, the way included
        self._since = Ns(0)

    def begin(self) -> None:
        """The venue logs on or leaves: its clock and the way may be others from now on."""
        self._least = None

    def age(self, sent: Ns, now: Ns) -> Ns:
        """How old what it says now is, by when it was sent."""
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
