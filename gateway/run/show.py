"""FIX messages and results as people read them in a terminal.

What comes from a wire is printed with its control characters escaped.
"""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.fix.dictionary import Dictionary
from gateway.record.queries import Choice, Event, LoggedMessage, Order, Story
from gateway.run.fixlog_answers import Difference
from gateway.run.fixlog_player import Summary

# BeginString, BodyLength, CheckSum, MsgType, SenderCompID, SendingTime, TargetCompID: the same all session long,
# or shown otherwise
_UNSAID = frozenset({8, 9, 10, 35, 49, 52, 56})


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


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    shown = Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in columns:
        shown.add_column(column, overflow="fold", no_wrap=column == "time")
    for row in rows:
        shown.add_row(*(Text(printable("" if cell is None else str(cell))) for cell in row))
    return shown


def orders(found: Sequence[Order], title: str = "Orders") -> Table:
    columns = ("OrderID", "ClOrdID", "with", "order", "algo", "status", "filled", "created")
    return table(title, columns, map(_order_row, found))


def _order_row(order: Order) -> tuple[str | None, ...]:
    terms = f"{order.side} {order.order_qty} {order.symbol}" + (f" at {order.price}" if order.price else "")
    status, created = order.status or "sent", (order.created or "")[5:19].replace("T", " ")
    filled = _at(order.cum_qty, order.avg_px)
    return order.order_id, order.cl_ord_id, order.session, terms, order.strategy, status, filled, created


def _event_row(event: Event) -> tuple[str | None, ...]:
    happened = event.event if event.status in (None, event.event) else f"{event.event}, {event.status}"
    what = _at(event.order_qty, event.price) or _at(event.last_qty, event.last_px)
    return _clock(event.time), happened, event.cl_ord_id, what, event.cum_qty, event.leaves_qty, event.text


def _release_row(choice: Choice) -> tuple[object, ...]:
    quote = f"{choice.bid} / {choice.ask}"
    return _clock(choice.time), choice.slice, choice.due, choice.filled, choice.working, choice.release, quote


def _at(quantity: str | None, price: str | None) -> str:
    return quantity or "" if price in (None, "0") else f"{quantity} at {price}"


def _clock(time: str | None) -> str:
    """The time of day, to the millisecond."""
    return (time or "")[11:23]


def story(told: Story, console: Console) -> None:
    """An order from its request to its end: what happened, what it was split into, and why."""
    console.print(orders([told.order], "Order"))
    columns = ("time", "event", "ClOrdID", "what", "filled", "leaves", "text")
    console.print(table("History", columns, map(_event_row, told.history)))
    if told.decisions:
        columns = ("time", "slice", "due", "filled", "working", "released", "market")
        console.print(table("Releases", columns, map(_release_row, told.decisions)))
    if told.children:
        console.print(orders(told.children, "Children"))
    if told.slippage is not None:
        cost = told.slippage
        console.print(
            f"{cost.cum_qty} at {cost.avg_px} against an arrival price of {cost.arrival}: "
            f"slippage {cost.slippage_bps} bps",
            highlight=False,
        )


def logged_message(message: LoggedMessage, dictionary: Dictionary) -> Text:
    """'<' came in, '>' went out."""
    direction = {"in": "<", "out": ">"}.get(message.direction, message.direction)
    at = f"{message.seq} {message.time} {printable(message.session or '-')}"
    if message.msg_type is None:
        return Text(f"{at} {direction} no message: {printable(message.text)}")
    fields = (part.partition("=") for part in message.text.split("|"))
    return message_line(at, direction, [(int(tag), text) for tag, _, text in fields if tag.isdecimal()], dictionary)


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
            console.print(_differences(title, differences))
    if result.passed_over:
        console.print(
            "not replayed, MsgType(35): " + ", ".join(f"{printable(k)} x {n}" for k, n in result.passed_over.items()),
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _differences(title: str, differences: list[Difference]) -> Table:
    return table(title, ("what", "count", "for example"), [(d.what, d.count, d.example) for d in differences])
