"""The story of a parent, release by release, with the places of its decisions in the journal's chain of digests.

All of it is what was noted when it was decided: nothing is computed again but sums. Numbers are exact decimal text.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from gateway.model import Px, Side, print_scaled
from gateway.model.routing import RoutePolicy
from gateway.record.answers import Alert, Arrival, Choice, Event, Order, Slippage, Story
from gateway.record.fields import fields_of
from gateway.record.queries import Audit
from gateway.record.reading import Tail
from gateway.router import BEST_PRICE

_INSTRUCTIONS = {
    "99": "StopPx",
    "100": "ExDestination",
    "110": "MinQty",
    "111": "MaxFloor",
    "126": "ExpireTime",
    "168": "EffectiveTime",
    "849": "ParticipationRate",
}
_RELEASE = re.compile(r"(.+)-W([0-9]{1,9})")
_TRADES = ("NewOrderSingle", "PENDING_NEW", "NEW", "TRADE")  # told by the releases, and at begin and end


class Anchor(Struct, frozen=True):
    """Where a record stands in the journal. The digest covers its batch and all before it."""

    seq: int
    batch: int  # number of the record that ends its batch
    digest: str  # SHA-256, as hex


class Considered(Struct, frozen=True, kw_only=True):
    """A price at a venue that was looked at. What a share costs beyond it is 0 where the policy does not count it."""

    venue: str
    price: str
    shown: str
    fee: str
    latency: str  # the expected move while the order is on its way
    adverse: str  # the expected move after it
    slip: str  # what it usually costs beyond what is shown
    all_in: str  # what a bought share costs in all, or a sold one leaves
    taken: str  # how much of it we went for


class Release(Struct, frozen=True, kw_only=True):
    """What was due, where it could go, where it went and why, and what came of it."""

    number: int | None
    time: str | None
    bid: str | None
    ask: str | None
    due: str | None  # since the order began
    filled: str | None  # before
    working: str | None  # the same
    released: str | None
    limit: str | None
    policy: str
    why: str
    considered: list[Considered]
    passed_over: dict[str, str]  # venue -> why
    through: dict[str, str]  # venue where a better price was left -> that price and why, where orders are protected
    children: list[Order]
    record: int  # in the journal
    anchor: Anchor | None  # None: the journal is not there


class Explanation(Struct, frozen=True, kw_only=True):
    order: Order
    asked: dict[str, str]  # parameters of the algo, and instructions, as they were sent
    arrival: Arrival | None
    releases: list[Release]
    events: list[Event]  # all but the order's coming and its fills
    alerts: list[Alert]
    slippage: Slippage | None


def explain(audit: Audit, folder: Path, name: str) -> Explanation | None:
    """About the parent of this OrderID(37) or ClOrdID(11), or that a child of this id is of; None if there is none.

    An ExplainId(9006) tells of one release alone. Raises JournalDamaged.
    """
    story, only = audit.order(name), None
    if story is None and (release := _RELEASE.fullmatch(name)):
        story, only = audit.order(release[1]), int(release[2])
    if story is not None and story.order.role == "child":
        story = audit.order(story.order.parent_id or "")
    if story is None:
        return None
    order = story.order
    order_id = order.order_id or ""
    decisions = [choice for choice in story.decisions if only in (None, choice.slice)]
    found = anchors(folder, [choice.seq for choice in decisions])
    return Explanation(
        order=order,
        asked=_asked(audit, story),
        arrival=audit.arrival(order_id),
        releases=[_release(choice, story, found.get(choice.seq)) for choice in decisions],
        events=[event for event in story.history if event.event not in _TRADES],
        alerts=audit.alerts(order_id),
        slippage=story.slippage,
    )


def anchors(folder: Path, records: Sequence[int]) -> dict[int, Anchor]:
    """The places of records in the journal, which is read from its begin and verified on the way."""
    wanted, found = set(records), dict[int, Anchor]()
    tail = Tail(folder)
    try:
        while wanted and (batch := tail.read()) is not None:
            here = {record.seq for record in batch.records} & wanted
            found |= {seq: Anchor(seq, batch.end.seq, batch.end.digest.hex()) for seq in here}
            wanted -= here
    finally:
        tail.close()
    return found


def _asked(audit: Audit, story: Story) -> dict[str, str]:
    first = next((event for event in story.history if event.event == "NewOrderSingle"), None)
    if first is None:
        return {}
    raw = audit.raw(first.seq)
    fields, said, name = fields_of(raw), dict[str, str](), ""
    for field in raw.decode("latin-1").split("\x01"):
        tag, _, value = field.partition("=")
        if tag == "958":
            name = value
        elif tag == "960":
            said[name] = value
    for pair in filter(None, fields.get("848", "").split(";")):
        name, _, value = pair.partition("=")
        said[name] = value
    return said | {name: fields[tag] for tag, name in _INSTRUCTIONS.items() if tag in fields}


def _release(choice: Choice, story: Story, anchor: Anchor | None) -> Release:
    ids = [child["cl_ord_id"] for child in choice.children]
    rests = not choice.candidates
    why = choice.why or ("it is there to rest" if rests else BEST_PRICE)
    return Release(
        number=choice.slice,
        time=choice.time,
        bid=choice.bid,
        ask=choice.ask,
        due=choice.due,
        filled=choice.filled,
        working=choice.working,
        released=choice.release,
        limit=choice.limit,
        policy=choice.policy or RoutePolicy.PRICE_TIME,
        why=why,
        considered=_considered(story.order.side == Side.BUY.name, choice.candidates, choice.children),
        passed_over=choice.passed_over,
        through=choice.through,
        children=[child for child in story.children if child.cl_ord_id in ids],
        record=choice.seq,
        anchor=anchor,
    )


def _considered(is_buy: bool, candidates: Any, children: Iterable[Any]) -> list[Considered]:
    left: dict[str, int] = {}
    for child in children:
        left[child["venue"]] = left.get(child["venue"], 0) + child["qty"]
    found = []
    for level in candidates:
        venue, price = level["venue"], level["price"]
        terms = [level.get(name, 0) for name in ("fee", "latency", "adverse", "slip")]
        taken = min(left.get(venue, 0), level["size"])
        left[venue] = left.get(venue, 0) - taken
        fee, latency, adverse, slip = (print_scaled(Px(term)) for term in terms)
        found.append(
            Considered(
                venue=venue,
                price=print_scaled(price),
                shown=print_scaled(level["size"]),
                fee=fee,
                latency=latency,
                adverse=adverse,
                slip=slip,
                all_in=print_scaled(Px(price + sum(terms) if is_buy else price - sum(terms))),
                taken=print_scaled(taken),
            )
        )
    return found
