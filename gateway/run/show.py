"""FIX messages and results as people read them in a terminal.

What comes from a wire is printed with its control characters escaped.
"""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from gateway.fix.dictionary import Dictionary
from gateway.model import parse_px, print_scaled
from gateway.model.sessions import SessionStatus
from gateway.record.answers import Allocation, Asked, Choice, Event, LoggedMessage, Order, Position, Story
from gateway.run.algos import algo_name
from gateway.run.fixlog.answers import Difference
from gateway.run.fixlog.player import Summary

# BeginString, BodyLength, CheckSum, MsgType, SenderCompID, SendingTime, TargetCompID: the same all session long,
# or shown otherwise
_UNSAID = frozenset({8, 9, 10, 35, 49, 52, 56})
_WIDEST = 10_000  # columns of a screen that breaks no line
_ABOUT = ("session", "scope", "order", "client", "symbol")  # whichever a command has
_LONGEST = 60  # characters of a session's options; all of them are in the JSON
_LOOSEST = 32  # columns that free text has at least


def printable(text: str) -> str:
    """Without what would move the cursor or colour the screen."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def describe(fields: Iterable[tuple[int, str]], dictionary: Dictionary) -> str:
    """'NewOrderSingle  MsgSeqNum=2 ClOrdID=C1 Side=BUY ...': names for tags, and for values that have names."""
    fields = list(fields)
    msg_type = next((text for tag, text in fields if tag == 35), "")
    known = dictionary.messages.get(msg_type)
    parts = []
    for tag, text in fields:
        if tag not in _UNSAID:
            definition = dictionary.fields.get(tag)
            name = definition.name if definition else str(tag)
            parts.append(f"{name}={definition.values.get(text, text) if definition else text}")
    return printable(f"{known.name if known else f'MsgType={msg_type}'}  {' '.join(parts)}")


def message_line(at: str, direction: str, fields: Iterable[tuple[int, str]], dictionary: Dictionary) -> Text:
    style = {">": "cyan", "<": "green"}.get(direction, "")
    return Text.assemble((at, "dim"), f" {direction} ", (describe(fields, dictionary), style))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, loose: str = "") -> Table:
    """Only the `loose` column may break a line, and only between words: an id in two pieces cannot be copied."""
    cells = [[printable("" if cell is None else str(cell)) for cell in row] for row in rows]
    shown = Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for place, column in enumerate(columns):
        widest = max((len(row[place]) for row in cells), default=0)
        if column == loose:
            shown.add_column(column, overflow="fold", min_width=min(widest, _LOOSEST))
        else:
            shown.add_column(column, no_wrap=True, min_width=widest)
    for row in cells:
        shown.add_row(*map(Text, row))
    return shown


def print_table(shown: Table, console: Console) -> None:
    """As wide as the terminal, or as it needs to be; in a file, every row is one line."""
    needed = Measurement.get(console, console.options.update(max_width=_WIDEST), shown)
    room = console.width if console.is_terminal else _WIDEST
    shown.width = max(needed.minimum, min(needed.maximum, room))
    console.print(shown, crop=False)


def orders(found: Sequence[Order], console: Console, title: str = "Orders") -> None:
    columns = ("OrderID", "ClOrdID", "with", "order", "algo", "status", "filled", "created")
    print_table(table(title, columns, map(_order_row, found)), console)


def _order_row(order: Order) -> tuple[str | None, ...]:
    return (
        order.order_id,
        order.cl_ord_id,
        order.session,
        _terms(order),
        algo_name(order.strategy),
        order.status or "sent",
        _filled(order),
        _time(order.created),
    )


def _child_row(order: Order) -> tuple[object, ...]:
    status = order.status or "sent"
    return order.cl_ord_id, order.slice, order.venue, _terms(order), status, _filled(order), _time(order.created)


def _event_row(event: Event) -> tuple[str | None, ...]:
    plain = event.status in (None, event.event) or (event.event, event.status) == ("TRADE", "PARTIALLY_FILLED")
    happened = event.event if plain else f"{event.event}, {event.status}"
    what = at(event.order_qty, event.price) or at(event.last_qty, event.last_px)
    if event.last_mkt is not None:
        what += f" on {event.last_mkt}"
    return _time(event.time), happened, event.cl_ord_id, what, event.cum_qty, event.leaves_qty, event.text


def _release_row(choice: Choice) -> tuple[object, ...]:
    quote = f"{choice.bid} / {choice.ask}"
    sent = ", ".join(
        f"{print_scaled(child['qty'])} to {child['venue']} at {print_scaled(child['price'])}"
        for child in choice.children
    )
    return _time(choice.time), choice.slice, choice.due, choice.filled, choice.working, choice.release, quote, sent


def _terms(order: Order) -> str:
    return f"{order.side} {order.order_qty} {order.symbol}" + (f" at {order.price}" if order.price else "")


def _filled(order: Order) -> str:
    return at(order.cum_qty, average(order.avg_px))


def average(price: str | None) -> str | None:
    """To six decimals, halves up; in JSON it is exact."""
    return None if price is None else print_scaled((parse_px(price) + 50) // 100 * 100)


def at(quantity: str | None, price: str | None) -> str:
    return quantity or "" if price in (None, "0") else f"{quantity} at {price}"


def _time(time: str | None) -> str:
    """Date and time of day, to the millisecond."""
    return (time or "")[:23].replace("T", " ")


def story(told: Story, console: Console) -> None:
    """An order from its request to its end: what happened, what it was split into, and why."""
    orders([told.order], console, "Order")
    columns: tuple[str, ...] = ("time", "event", "ClOrdID", "what", "filled", "leaves", "text")
    print_table(table("History", columns, map(_event_row, told.history), loose="text"), console)
    if told.decisions:
        columns = ("time", "slice", "due", "filled", "working", "released", "market", "sent")
        print_table(table("Releases", columns, map(_release_row, told.decisions), loose="sent"), console)
    if told.children:
        columns = ("ClOrdID", "slice", "venue", "order", "status", "filled", "created")
        print_table(table("Children", columns, map(_child_row, told.children)), console)
    if told.slippage is not None:
        cost = told.slippage
        console.print(
            f"{cost.cum_qty} at {average(cost.avg_px)} against an arrival {cost.reference} of {cost.arrival}: "
            f"slippage {cost.slippage_bps} bps",
            highlight=False,
            soft_wrap=True,
        )


def allocations(found: Sequence[Allocation], console: Console) -> None:
    columns = (
        "client",
        "AllocID",
        "from",
        "to",
        "side",
        "symbol",
        "allocated",
        "amount",
        "fees",
        "state",
        "by",
        "booked",
    )
    print_table(table("Allocations", columns, map(_allocation_row, found)), console)


def _allocation_row(part: Allocation) -> tuple[str | None, ...]:
    return (
        part.client,
        part.alloc_id,
        part.block or "-",
        part.account,
        part.side,
        part.symbol,
        at(part.qty, part.avg_px),
        part.amount,
        part.fees,
        part.status,
        part.by,
        _time(part.booked),
    )


def positions(found: Sequence[Position], console: Console) -> None:
    columns = (
        "account",
        "symbol",
        "position",
        "venue",
        "held",
        "realised",
        "net",
        "unrealised",
        "fees",
        "last price",
        "since",
    )
    print_table(table("Positions", columns, map(_position_row, found)), console)


def _position_row(position: Position) -> tuple[str | None, ...]:
    return (
        position.account or "-",
        position.symbol,
        position.position_id,
        position.venue or "all",
        at(position.qty, average(position.avg_px)),
        position.realised,
        position.net,
        position.unrealised,
        position.fees,
        position.last_px,
        _time(position.updated),
    )


def messages(found: Iterable[LoggedMessage], dictionary: Dictionary, console: Console) -> None:
    for message in found:
        console.print(logged_message(message, dictionary), highlight=False, soft_wrap=True)


def logged_message(message: LoggedMessage, dictionary: Dictionary) -> Text:
    """'<' came in, '>' went out, 'kept >' waits for its counterparty to come back."""
    direction = {"in": "<", "out": ">"}.get(message.direction, message.direction)
    at = f"{message.seq} {message.time} {printable(message.session or '-')}{' kept' if message.kept else ''}"
    if message.msg_type is None:
        return Text(f"{at} {direction} no message: {printable(message.text)}")
    fields = (part.partition("=") for part in message.text.split("|"))
    return message_line(at, direction, [(int(tag), text) for tag, _, text in fields if tag.isdecimal()], dictionary)


def sessions(found: Sequence[SessionStatus], now: int, console: Console) -> None:
    """`now` in nanoseconds UTC: how long ago a counterparty was heard is counted from there."""
    columns = ("session", "state", "next in", "next out", "gap", "kept", "heard", "heartbeat", "RTT", "with", "said")
    print_table(table("Sessions", columns, [_session_row(status, now) for status in found], loose="said"), console)


def _session_row(status: SessionStatus, now: int) -> tuple[object, ...]:
    state = status.state
    if not status.enabled:
        state += ", disabled"
    elif not status.open:
        state += ", out of hours"
    return (
        status.name,
        state,
        status.next_in,
        status.next_out,
        None if status.gap is None else "{}-{}".format(*status.gap),
        status.kept or None,
        f"{max(now - status.last_in, 0) / 1e9:.1f} s ago" if status.last_in else "never",
        f"{status.heartbeat_s} s",
        None if status.rtt is None else f"{status.rtt / 1e6:.2f} ms",
        status.peer,
        status.said,
    )


def commands(found: Sequence[Asked], console: Console) -> None:
    columns = ("time", "who", "command", "about", "before", "after", "why")
    print_table(table("Commands", columns, map(_command_row, found), loose="why"), console)


def _command_row(asked: Asked) -> tuple[object, ...]:
    told = asked.arguments
    before, after = ((text or "")[:_LONGEST] for text in (asked.before, asked.after))
    if "why" in told and asked.after is None:
        after = "no change" if asked.name in ("kill", "reduce") else "refused"  # those may be said twice
    about = next((told[name] for name in _ABOUT if told.get(name)), None)
    return _time(asked.time), asked.who, asked.name, about, before, after, told.get("why")


def summary(result: Summary, console: Console) -> None:
    """What came of a log's replay."""
    console.print(
        f"{result.requests} requests of {printable(result.client)}: {result.sent} sent, {result.answered} answered, "
        f"{result.requests - result.answered} unanswered; {result.same} answered as in the log",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    if result.stopped is not None:
        console.print(f"stopped: {printable(result.stopped)}", markup=False, highlight=False, soft_wrap=True)
    for title, differences in (
        ("Answers that differ", result.differing),
        ("Fields that differ in answers of the same kind", result.fields),
        ("Fields not sent", result.dropped),
    ):
        if differences:
            print_table(_differences(title, differences), console)
    if result.passed_over:
        console.print(
            "not replayed, MsgType(35): " + ", ".join(f"{printable(k)} x {n}" for k, n in result.passed_over.items()),
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _differences(title: str, differences: list[Difference]) -> Table:
    rows = [(d.what, d.count, d.example) for d in differences]
    return table(title, ("what", "count", "for example"), rows, loose="for example")
