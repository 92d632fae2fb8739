"""An order's story as people read it in a terminal: sentences, and a table for each release."""

from collections.abc import Iterator, Sequence
from operator import itemgetter

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from gateway.model import parse_px, print_scaled
from gateway.record.answers import Alert, Event, Order, Slippage
from gateway.record.explanation import Considered, Explanation, Release
from gateway.run.algos import algo_name
from gateway.run.show import at, average, printable, table

_TERMS = (("fee", "fee"), ("move on the way", "latency"), ("move after", "adverse"), ("slippage", "slip"))
_DIGITS = 16  # of a digest; all of it is in the JSON


def show(told: Explanation, console: Console) -> None:
    for line in (*_beginning(told), ""):
        _say(line, console)
    parts: list[tuple[int, Release | Event | Alert]] = [(release.record, release) for release in told.releases]
    parts += [(event.seq, event) for event in told.events]
    parts += [(alert.seq, alert) for alert in told.alerts]
    for _, part in sorted(parts, key=itemgetter(0)):
        if isinstance(part, Release):
            _release(part, console)
        elif isinstance(part, Alert):
            _say(f"{_clock(part.time)}  A person had to look: {part.text}", console)
        else:
            _say(f"{_clock(part.time)}  {_event(part)}", console)
        _say("", console)
    for line in _end(told):
        _say(line, console)


def _say(line: str, console: Console) -> None:
    console.print(printable(line), markup=False, highlight=False, soft_wrap=True)


def _beginning(told: Explanation) -> Iterator[str]:
    order, arrival = told.order, told.arrival
    algo = algo_name(order.strategy)
    yield (
        f"{order.order_id or order.cl_ord_id}: {order.side} {order.order_qty} {order.symbol}, "
        f"{f'not beyond {_money(order.price)}' if order.price else 'at any price'}, "
        f"{f'by {algo}' if algo else 'at once, as far as the market allows'}"
    )
    said = ", ".join([*(f"{name} {value}" for name, value in told.asked.items()), order.time_in_force or "DAY"])
    when = f"{_date(order.created)} at {_clock(order.created)} UTC"
    yield f"Asked by {order.session} as {order.cl_ord_id} on {when}: {said}."
    if arrival is not None and (arrival.bid or arrival.ask):
        window = ""
        if algo and arrival.start and arrival.end:
            window = f" The window is {_clock(arrival.start)} to {_clock(arrival.end)}."
        yield f"When it was taken the market was {_market(arrival.bid, arrival.ask)}.{window}"


def _release(release: Release, console: Console) -> None:
    before = f"{release.filled} filled" + (f" and {release.working} at venues" if release.working != "0" else "")
    _say(
        f"Release {release.number}, {_clock(release.time)}: {release.due} due by now, {before}; so {release.released} "
        f"to go. Market {_market(release.bid, release.ask)}"
        + (f", not beyond {_money(release.limit)}." if release.limit else "."),
        console,
    )
    _say(f"  Where to, by {release.policy}: {release.why}.", console)
    for venue, why in release.through.items():
        _say(f"  Traded through {venue}: {why}.", console)
    for venue, why in release.passed_over.items():
        _say(f"  No candidate: {venue}, {why}.", console)
    if release.considered:
        _indented(_levels(release.considered), console)
    for child in release.children:
        _say(f"  {_child(child)}", console)
    if not release.children:
        _say("  Nothing was sent.", console)
    anchor = release.anchor
    where = f"its batch ends with digest {anchor.digest[:_DIGITS]}..." if anchor else "which is not there or not whole"
    _say(f"  Record {release.record} of the journal, {where}.", console)


def _levels(considered: Sequence[Considered]) -> Table:
    terms = [(title, name) for title, name in _TERMS if any(getattr(level, name) != "0" for level in considered)]
    columns = ["venue", "price", "shown", *[title for title, _ in terms], *(["all in"] if terms else []), "we take"]
    rows = [
        (
            level.venue,
            _money(level.price),
            level.shown,
            *[average(getattr(level, name)) for _, name in terms],
            *([_money(level.all_in)] if terms else []),
            "-" if level.taken == "0" else level.taken,
        )
        for level in considered
    ]
    return table("", columns, rows)


def _indented(shown: Table, console: Console) -> None:
    shown.title = None
    console.print(Padding(shown, (0, 0, 0, 2), expand=False), crop=False)


def _child(child: Order) -> str:
    said = f"{child.cl_ord_id}: {child.order_qty} to {child.venue}, not beyond {_money(child.price)}"
    if child.status is None:
        return f"{said}; the venue has not answered."
    filled = f"filled {child.cum_qty} at {_money(child.avg_px)}" if child.cum_qty not in (None, "0") else "nothing"
    if child.cum_qty == child.order_qty:
        filled = f"all filled at {_money(child.avg_px)}"
    ended = {"FILLED": "", "CANCELED": ", the rest came back"}.get(child.status, f", {child.status}")
    reason = f" ({child.text})" if child.text and child.status == "REJECTED" else ""
    return f"{said}; {filled}{ended}{reason}, {_clock(child.updated)}."


def _event(event: Event) -> str:
    what = at(event.order_qty, event.price) or at(event.last_qty, event.last_px)
    return " ".join(filter(None, (event.event, event.cl_ord_id, what, event.text and f"({event.text})")))


def _end(told: Explanation) -> Iterator[str]:
    order, cost = told.order, told.slippage
    filled = f"{order.cum_qty or 0} of {order.order_qty} filled"
    filled += f" at {_money(order.avg_px)}" if order.cum_qty not in (None, "0") else ""
    stands = "stands" if order.leaves_qty not in (None, "0") else "ended"
    because = f" ({order.text})" if order.text else ""
    yield f"It {stands} {order.status or 'unanswered'} at {_clock(order.updated)}: {filled}{because}."
    venues: dict[str, int] = {}
    for release in told.releases:
        for child in release.children:
            if child.venue and child.cum_qty not in (None, "0"):
                venues[child.venue] = venues.get(child.venue, 0) + parse_px(child.cum_qty or "0")
    if venues:
        yield "By venue: " + ", ".join(f"{print_scaled(qty)} on {venue}" for venue, qty in venues.items()) + "."
    if cost is not None:
        yield _verdict(cost)
    if any(release.anchor for release in told.releases):
        yield "A digest covers its batch and all before it; gateway replay checks that, and that all goes so again."


def _verdict(cost: Slippage) -> str:
    met = f"{'the middle' if cost.reference == 'mid' else f'the {cost.reference}'} of {_money(cost.arrival)}"
    if not cost.slippage_bps:
        return f"That is {met} when it was taken, before fees."
    more = "more" if (cost.slippage_bps > 0) == (cost.side == "BUY") else "less"
    verdict = "a cost" if cost.slippage_bps > 0 else "a gain"
    return f"Against {met} when it was taken that is {abs(cost.slippage_bps):.2f} bps {more}, {verdict}, before fees."


def _market(bid: str | None, ask: str | None) -> str:
    return f"{_side(bid)} / {_side(ask)}"


def _side(price: str | None) -> str:
    return "-" if price in (None, "0") else _money(price)


def _money(price: str | None) -> str:
    """Two decimals at least, six at most; in JSON it is exact."""
    whole, _, decimals = (average(price) or "").partition(".")
    return f"{whole}.{decimals:0<2}"


def _date(time: str | None) -> str:
    return (time or "")[:10]


def _clock(time: str | None) -> str:
    return (time or "")[11:23]
