"""How well each venue has served us lately: what it filled, how soon, at which price, and what the market did then.

Every figure is a sum of what was seen over another one, and both fade with a half-life, in UNITS steps of time that is
counted while the trading day lasts. Of a venue SAMPLE children are followed in each step: more would tell no more, and
take their time. It has 262 integers, and at most MARKS sums of fills wait for what comes of them, so there is a bound
to all of it. A replay learns the same.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from gateway.market import Hours, Markets
from gateway.market.estimates import HALF_LIFE_S as UNITS
from gateway.market.estimates import weight
from gateway.model import MILLISECOND, SCALE, SECOND, Ns, Px, Qty, Settings, Side
from gateway.model.health import HealthSettings, Learned, VenueStatistics
from gateway.oms.breakers import Breakers, Failure
from gateway.oms.buckets import BUCKETS, bucket, quantile
from gateway.oms.order import Child

SAMPLE: Final = 256
MARKS: Final = 8_192  # of the fills of a slot at a venue in a symbol; of more, the later are left out
SLOT: Final = 100 * MILLISECOND  # fills of one are looked at together, once as long after its end
SOON: Final = SECOND
LATER: Final = 10 * SECOND
_FINE: Final = 32  # bits that what fades has beyond the point
_ONE: Final = 1 << _FINE
_BUY: Final = Side.BUY  # a member of an Enum takes its time to be looked up

# Places among a venue's sums. Those of children that may rest stand one further than those that take.
_ASKED, _FILLED, _ENDED, _SOON, _SOON_MOVE, _LATER, _LATER_MOVE = 0, 2, 4, 6, 8, 10, 12
_WAITED, _WAITERS, _ANSWERS, _TOOK, _REJECTED, _SILENT, _NOTIONAL, _BETTER, _FEES, _UP, _TIME = range(14, 25)
_SLIPPED, _SHOWN = 25, 26
_SUMS: Final = 27


class _Seen:
    """Of one venue."""

    __slots__ = ("fresh", "fresh_latencies", "is_up", "latencies", "learned", "news", "room", "sums")

    def __init__(self) -> None:
        self.is_up = False
        self.news = False  # since it was noted last
        self.room = SAMPLE
        self.learned = Learned()
        self.sums = [0] * _SUMS  # these and the next up to the last fading, in 1 / _ONE
        self.latencies = [0] * BUCKETS
        self.fresh = [0] * _SUMS  # these since then
        self.fresh_latencies = [0] * BUCKETS

    def fade(self, left: int) -> None:
        """To as many 2^-64 of what it was."""
        self.news = self.news or any(self.fresh)
        self.sums = [each * left >> 64 for each in _both(self.sums, self.fresh)]
        self.latencies = [each * left >> 64 for each in _both(self.latencies, self.fresh_latencies)]
        self.fresh = [0] * _SUMS
        self.fresh_latencies = [0] * BUCKETS
        self.room = SAMPLE


def _both(sums: list[int], fresh: list[int]) -> list[int]:
    return [each + (new << _FINE) for each, new in zip(sums, fresh, strict=True)]


class _Hope:
    """Amounts: what a child that takes was to cost by what was shown, and what it has cost so far."""

    __slots__ = ("instead", "paid", "shown")

    def __init__(self, shown: int, instead: int | None) -> None:
        self.shown = shown
        self.instead = instead  # a share at the best of the other venues at that time; None: none showed any
        self.paid = 0


_Mark = dict[tuple[str, str, bool, bool], list[int]]  # venue, symbol, whether we bought, whether it could rest:
# how many fills, and the sum of what was twice the middle at each


class Statistics:
    """`turn` has to be called once `due` has come, before anything of that instant is told."""

    def __init__(self, note: Callable[[str, Struct], None], wake: Callable[[Ns, str], None]) -> None:
        self.due = Ns(0)
        self.breakers: Final = Breakers(note, wake)
        self._note = note
        self._markets = Markets()
        self._settings = HealthSettings()
        self._hours = Hours(None, None)
        self._unit = 1
        self._faded: Ns | None = None  # up to then what was seen has faded
        self._judged: Ns | None = None  # up to then it is known who was there; None: since the start nothing is
        self._next = Ns(0)  # more than marks is to be done then
        self._noted = Ns(0)
        self._seen: dict[str, _Seen] = {}
        self._hopes: dict[Child, _Hope] = {}  # of children that take and are followed
        self._slot_end = Ns(0)
        self._slot: _Mark = {}
        self._soon: deque[tuple[Ns, _Mark]] = deque()  # by the end of the slot
        self._later: deque[tuple[Ns, _Mark]] = deque()
        self._marks = 0  # in all slots that wait for the later

    def configure(self, markets: Markets, settings: Settings) -> None:
        """The world of this start: no venue is there yet, and who was while nobody looked is not known."""
        self._markets = markets
        self._settings = settings.health
        self.breakers.configure(settings.venues, settings.health.breaker)
        self._hours = Hours(settings.open_s, settings.close_s)
        self._unit = max(settings.health.half_life_s * SECOND // UNITS, 1)
        before = self._seen
        self._seen = {venue.name: before.get(venue.name) or _Seen() for venue in settings.venues}
        for seen in self._seen.values():
            seen.is_up = False
        self._hopes.clear()
        self._soon.clear()
        self._later.clear()
        self._marks = 0
        self._judged, self.due, self._next, self._slot_end = None, Ns(0), Ns(0), Ns(0)

    # -- what happens

    def came(self, venue: str, now: Ns) -> None:
        self._turned(venue, now, is_up=True)

    def left(self, venue: str, now: Ns, *, failed: bool) -> None:
        """`failed`: neither it nor we were to leave."""
        self._turned(venue, now, is_up=False)
        if failed:
            self.breakers.failed(venue, Failure.DISCONNECT, now)

    def _turned(self, venue: str, now: Ns, *, is_up: bool) -> None:
        seen = self._seen.get(venue)
        if seen is not None:
            self._judge(now)
            seen.is_up = is_up
            seen.news = True

    def sent(self, child: Child, now: Ns) -> None:
        """Those that get a `sent_at` are followed: all else is to be told of these only."""
        seen = self._seen.get(child.venue)
        if seen is not None and seen.room:
            seen.room -= 1
            child.sent_at = now
            if not child.may_rest and (shown := self._shown(child)):
                self._hopes[child] = _Hope(shown, self._elsewhere(child))

    def _shown(self, child: Child) -> int:
        """What it would cost at the prices that its venue shows, as an amount; 0 of a venue that shows nothing."""
        order = child.parent.order
        book = self._markets.books(order.symbol).get(child.venue)
        if book is None or book.dark:
            return 0
        amount, left = 0, int(child.qty)
        for level in book.available(order.side):
            if left <= 0 or (level.price > child.price if order.side == _BUY else level.price < child.price):
                break
            taken = min(left, level.size)
            amount, left = amount + taken * level.price, left - taken
        return amount + left * child.price

    def answered(self, child: Child, now: Ns) -> None:
        """A venue's first word of a child."""
        seen = self._seen.get(child.venue)
        if seen is not None:
            took, fresh = now - child.sent_at, seen.fresh
            fresh[_ANSWERS] += 1
            fresh[_TOOK] += took
            seen.fresh_latencies[bucket(took // 1_000)] += 1

    def rejected(self, child: Child, now: Ns) -> None:
        self._count(child, _REJECTED)
        self.breakers.failed(child.venue, Failure.REJECT, now, child)

    def silent(self, child: Child, now: Ns) -> None:
        """Its venue has said nothing of it for as long as it may take."""
        self._count(child, _SILENT)
        self.breakers.failed(child.venue, Failure.UNANSWERED, now, child)

    def _count(self, child: Child, what: int) -> None:
        seen = self._seen.get(child.venue)
        if seen is not None and child.sent_at:
            seen.fresh[what] += 1

    def filled(self, child: Child, qty: Qty, price: Px, fee: int, now: Ns) -> None:
        seen, order = self._seen.get(child.venue), child.parent.order
        if seen is None:
            return
        fresh, is_buy, rests = seen.fresh, order.side == _BUY, child.may_rest
        fresh[_NOTIONAL] += qty * price
        hope = self._hopes.get(child)
        if hope is not None:
            hope.paid += qty * price
        if price != child.price:
            fresh[_BETTER] += qty * (child.price - price if is_buy else price - child.price)
        if fee:
            fresh[_FEES] += fee
        if rests:
            fresh[_WAITED] += qty * (now - child.sent_at)
            fresh[_WAITERS] += qty
        quote = self._markets.others(order.symbol)
        if not (quote.bid_size and quote.ask_size):
            return
        if now >= self._slot_end:
            self._begin_slot(now)
        mark = self._slot.get((child.venue, order.symbol, is_buy, rests))
        if mark is not None:
            mark[0] += 1
            mark[1] += quote.bid + quote.ask
        elif self._marks < MARKS:
            self._marks += 1
            self._slot[child.venue, order.symbol, is_buy, rests] = [1, quote.bid + quote.ask]

    def _begin_slot(self, now: Ns) -> None:
        end = self._slot_end = Ns(now - now % SLOT + SLOT)
        self._slot = {}
        self._soon.append((end, self._slot))
        self._later.append((end, self._slot))
        self.due = min(self.due, Ns(end + SOON))

    def ended(self, child: Child) -> None:
        """Nothing of it can be filled any more."""
        seen = self._seen.get(child.venue)
        if seen is not None:
            fresh, rests = seen.fresh, child.may_rest
            fresh[_ASKED + rests] += child.qty
            fresh[_FILLED + rests] += min(child.cum_qty, child.qty)
            fresh[_ENDED + rests] += 1
            hope = self._hopes.pop(child, None)
            if hope is not None:
                self._slipped(child, hope, fresh)
        child.sent_at = Ns(0)

    def forget(self, child: Child) -> None:
        """What its venue made of it is for others to say."""
        self._hopes.pop(child, None)
        child.sent_at = Ns(0)

    def _slipped(self, child: Child, hope: "_Hope", fresh: list[int]) -> None:
        """How much dearer it was than shown. What was not there has to be had elsewhere: that it cost more there before
        is nothing that was lost by trying, but that it costs more by now is.
        """
        qty, filled = int(child.qty), int(min(child.cum_qty, child.qty))
        shown, is_buy = hope.shown, child.parent.order.side == _BUY
        if filled < qty:
            now = self._elsewhere(child)
            if now is None:
                return
            each, left = shown // qty, qty - filled
            before = each if hope.instead is None else max(hope.instead, each) if is_buy else min(hope.instead, each)
            shown = each * filled + before * left
            hope.paid += left * now
        fresh[_SLIPPED] += hope.paid - shown if is_buy else shown - hope.paid
        fresh[_SHOWN] += shown

    def _elsewhere(self, child: Child) -> int | None:
        """The best price that the other venues show."""
        order = child.parent.order
        side = order.side
        books = self._markets.fresh(order.symbol).items()
        prices = [levels[0].price for venue, book in books if venue != child.venue and (levels := book.available(side))]
        if not prices:
            return None
        return min(prices) if side == _BUY else max(prices)

    # -- time

    def turn(self, now: Ns) -> None:
        """It is so late: look what came of fills, let fade what is old, and note the figures at their rhythm."""
        soon, later = self._soon, self._later
        while soon and soon[0][0] + SOON <= now:
            self._look(soon.popleft()[1], _SOON)
        while later and later[0][0] + LATER <= now:
            marks = later.popleft()[1]
            self._look(marks, _LATER)
            self._marks -= len(marks)
        if now >= self._next:
            self._pass(now)
        at = self._next
        if soon:
            at = min(at, Ns(soon[0][0] + SOON))
        self.due = min(at, Ns(later[0][0] + LATER)) if later else at

    def _look(self, marks: _Mark, place: int) -> None:
        """What stands now has stood since the last input, and so when it was time to look."""
        for (venue, symbol, is_buy, rests), (fills, before) in marks.items():
            quote, seen = self._markets.others(symbol), self._seen.get(venue)
            if seen is not None and quote.bid_size and quote.ask_size:
                middle = quote.bid + quote.ask
                went = (fills * middle - before) * SCALE // middle
                seen.fresh[place + rests] += fills
                seen.fresh[place + 2 + rests] += went if is_buy else -went

    def _pass(self, now: Ns) -> None:
        self._judge(now)
        before = now if self._faded is None else self._faded
        self._faded = now
        left = weight(max(self._clock(now) // self._unit - self._clock(before) // self._unit, 0))
        for seen in self._seen.values():
            seen.fade(left)
            if self._settings.learn:
                seen.learned = _learned(seen.sums, self._settings.least * _ONE)
        rhythm = self._settings.every_s * SECOND
        if now // rhythm > self._noted // rhythm:
            self.tell(now)
        self._next = min(Ns(now + self._unit), Ns((now // rhythm + 1) * rhythm))

    def tell(self, now: Ns) -> None:
        """Note the figures of venues of which something was seen since they were noted last."""
        self._noted = now
        self._judge(now)
        for venue, seen in self._seen.items():
            if seen.news or any(seen.fresh):
                seen.news = False
                self._note("venue_statistics", _figures(venue, seen, self.breakers.told(venue)))

    def _clock(self, now: Ns) -> int:
        """Nanoseconds of trading."""
        day = self._hours.day(now)
        return day * self._hours.length + self._hours.part(now, day)

    def _judge(self, now: Ns) -> None:
        """What each was up to now it was for as long."""
        span = 0 if self._judged is None else self._clock(now) - self._clock(self._judged)
        self._judged = now
        for seen in self._seen.values():
            seen.sums[_TIME] += span << _FINE
            seen.sums[_UP] += span * seen.is_up << _FINE

    # -- what was learned

    def figures(self) -> tuple[VenueStatistics, ...]:
        told = self.breakers.told
        return tuple(_figures(venue, seen, told(venue)) for venue, seen in self._seen.items())

    def learned(self, venue: str) -> Learned:
        """What it costs, of which enough was seen."""
        return self._seen[venue].learned


def _learned(sums: list[int], least: int) -> Learned:
    latency = slip = None
    answers, takes = sums[_ANSWERS], sums[_ENDED]
    if answers >= least:
        latency = Ns(sums[_TOOK] // (2 * answers))
    if takes >= least:
        slip = _over(sums[_SLIPPED] * SCALE, sums[_SHOWN])
    return Learned(latency, _times(answers), slip, _times(takes))


def _figures(venue: str, seen: _Seen, breaker: str) -> VenueStatistics:
    sums = _both(seen.sums, seen.fresh)
    answers = sums[_ANSWERS]
    return VenueStatistics(
        venue=venue,
        is_up=seen.is_up,
        breaker=breaker,
        availability=_over(sums[_UP] * SCALE, sums[_TIME]),
        takes=_times(sums[_ENDED]),
        takes_filled=_over(sums[_FILLED] * SCALE, sums[_ASKED]),
        slipped=_over(sums[_SLIPPED] * SCALE, sums[_SHOWN]),
        rests=_times(sums[_ENDED + 1]),
        rests_filled=_over(sums[_FILLED + 1] * SCALE, sums[_ASKED + 1]),
        fill_ns=_over(sums[_WAITED], sums[_WAITERS]),
        answers=_times(answers),
        ack_ns=_over(sums[_TOOK], answers),
        ack_p99_us=quantile(_both(seen.latencies, seen.fresh_latencies)),
        rejected=_over(sums[_REJECTED] * SCALE, answers),
        unanswered=_times(sums[_SILENT]),
        notional=sums[_NOTIONAL] // (SCALE * SCALE * _ONE),
        better=_over(sums[_BETTER] * SCALE, sums[_NOTIONAL]),
        fees=_over(sums[_FEES] * SCALE * SCALE, sums[_NOTIONAL]),
        marks=_times(sums[_SOON]),
        after_1s=_over(sums[_SOON_MOVE], sums[_SOON]),
        after_10s=_over(sums[_LATER_MOVE], sums[_LATER]),
        rest_marks=_times(sums[_SOON + 1]),
        rest_after_1s=_over(sums[_SOON_MOVE + 1], sums[_SOON + 1]),
        rest_after_10s=_over(sums[_LATER_MOVE + 1], sums[_LATER + 1]),
    )


def _times(count: int) -> int:
    return (count + _ONE // 2) // _ONE


def _over(some: int, every: int) -> int | None:
    return some // every if every > 0 else None
