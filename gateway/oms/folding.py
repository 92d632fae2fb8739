"""Orders that are over, as bytes: every fact that a late word of a venue or a question of a client may need.

Of a year of orders nearly all are over, and hardly one is ever spoken of again. So they are packed, a block at a time,
to some 50 bytes each; an order comes back as it was, its children with it, and is written anew if it changed.
"""

import zlib
from array import array
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Final, get_type_hints

import msgspec
from msgspec import Raw, Struct

from gateway.model import Algo, ExecRestatementReason, NewOrder, OrdStatus, Px, Qty
from gateway.model.settings import DIRECT
from gateway.oms.ends import Closing, End
from gateway.oms.order import Child, Day, ParentOrder
from gateway.oms.pair import Pair
from gateway.oms.plan import Plan
from gateway.oms.ties import Line, Tie
from gateway.oms.triggers import Trigger

BLOCK: Final = 128  # orders that are packed together
_LEVEL: Final = 2


class ChildRecord(Struct, array_like=True, gc=False):
    venue: str
    qty: Qty
    price: Px
    may_rest: bool
    cum_qty: Qty
    executions: dict[str, tuple[Qty, Px, int]]
    undone: dict[str, str] | None
    heard: bool
    done: bool
    ended_cum: Qty | None
    overtaken: bool
    held: OrdStatus | None
    cancels: int
    canceling: bool


class OrderRecord(Struct, array_like=True, gc=False):
    """A sum of money may have more than 64 bits and is written as text, an End as its name."""

    order_id: str
    client: str
    more_ids: tuple[str, ...]
    order: NewOrder
    order_qty: Qty
    accepted: bool
    cum_qty: Qty
    halted: tuple[str, ...]
    held: OrdStatus | None
    withheld: Qty
    slices: int
    child_rejects: int
    base_qty: Qty
    traded_at_start: Qty
    trigger: Trigger | None
    pair: Pair | None
    notional: str
    fees: str
    ended: str | None
    closing: tuple[str, str | None, ExecRestatementReason | None] | None
    line: tuple[str, str, Qty | None] | None
    day: tuple[Qty, str, int, bool, bool] | None
    plan: dict[str, Raw] | None
    sent: list[ChildRecord]


_AS_THEY_ARE: Final = OrderRecord.__struct_fields__[:16]
_CHILDS: Final = ChildRecord.__struct_fields__
# What an order that is over has none of, or finds out by itself.
EMPTY: Final = frozenset(
    {
        "children",
        "filled_at",
        "paused",
        "posted_at",
        "progress",
        "released_at",
        "requests",
        "reserved",
        "round",
        "shunned",
        "tranche",
        "wake_at",
    }
)

_facts_of = attrgetter(*_AS_THEY_ARE)
_childs_facts_of = attrgetter(*_CHILDS)
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(OrderRecord).decode
# JSON has integers of any length; MessagePack has not, and a client may send 999999999999 shares.
_encode_large: Final = msgspec.json.Encoder().encode
_decode_large: Final = msgspec.json.Decoder(OrderRecord).decode
_LARGE: Final = b"["  # no record in MessagePack begins so
_PLAN: Final = get_type_hints(Plan)


def is_over(parent: ParentOrder) -> bool:
    """Whether it was answered, and nothing of it, or of what it depends on, is open, out, asked for or reserved."""
    answered = parent.accepted or parent.ended is not None
    if not answered or _goes_on(parent):
        return False
    return parent.line is None or parent.line.tie is None or not any(map(_goes_on, parent.line.tie.related()))


def _goes_on(parent: ParentOrder) -> bool:
    return parent.open or bool(parent.children or parent.requests or parent.reserved)


def fold(parent: ParentOrder) -> bytes:
    """Of one that is over."""
    day, ended, closing, line = parent.day, parent.ended, parent.closing, parent.line
    facts = (
        *_facts_of(parent),
        str(parent.notional),
        str(parent.fees),
        None if ended is None else ended.name,
        None if closing is None else (closing.end.name, closing.text, closing.reason),
        None if line is None else (line.list_id, line.echo, None if line.tie is None else line.tie.ceiling),
        None if day is None else (day.carried_qty, str(day.carried_notional), day.first_exec, day.closing, day.done),
        parent.plan,
        [_childs_facts_of(child) for child in parent.sent],
    )
    try:
        return _encode(facts)
    except OverflowError:
        return _encode_large(facts)


def unfold(record: bytes, algos: Mapping[str, type[Algo]]) -> ParentOrder:
    is_large = record.startswith(_LARGE)
    folded = _decode_large(record) if is_large else _decode(record)
    parent = ParentOrder(order_id=folded.order_id, client=folded.client, order=folded.order)
    for name in _AS_THEY_ARE[2:]:
        setattr(parent, name, getattr(folded, name))
    parent.notional, parent.fees = int(folded.notional), int(folded.fees)
    parent.ended = None if folded.ended is None else End[folded.ended]
    if folded.closing is not None:
        name, text, reason = folded.closing
        parent.closing = Closing(End[name], text, reason)
    if folded.line is not None:
        list_id, echo, ceiling = folded.line
        parent.line = Line(list_id=list_id, echo=echo, held=False)
        if ceiling is not None:  # those it was tied to are over too, and what they left of it stays
            parent.line.tie = Tie(ceiling)
            parent.line.allowed = ceiling
    if folded.day is not None:
        day = parent.day = Day()
        day.carried_qty, notional, day.first_exec, day.closing, day.done = folded.day
        day.carried_notional = int(notional)
    if folded.plan is not None:
        types = _PLAN | {"algo": algos[folded.order.target_strategy or DIRECT]}
        parent.plan = Plan(**{name: _read(raw, types[name], is_large=is_large) for name, raw in folded.plan.items()})
    for number, facts in enumerate(folded.sent, 1):
        child = Child(
            cl_ord_id=f"{parent.order_id}-{number}",
            parent=parent,
            venue=facts.venue,
            qty=facts.qty,
            price=facts.price,
            may_rest=facts.may_rest,
        )
        for name in _CHILDS[4:]:
            setattr(child, name, getattr(facts, name))
        parent.sent += (child,)
    return parent


def _read(raw: Raw, kind: Any, *, is_large: bool) -> Any:
    return (msgspec.json if is_large else msgspec.msgpack).decode(raw, type=kind)


class Archive:
    """Records by number. One that is written again leaves its former self behind, so write only what has changed."""

    def __init__(self) -> None:
        self._places = array("Q", [0])  # by number: which record it is, from 1; 0: there is none
        self._blocks: list[bytes] = []
        self._newest: list[bytes] = []
        self._open: tuple[int, list[bytes]] = (-1, [])  # the block that was read last

    def put(self, number: int, record: bytes) -> None:
        newest, places = self._newest, self._places
        newest.append(record)
        if number >= len(places):
            places.extend(bytes(number + 1 - len(places)))
        places[number] = len(self._blocks) * BLOCK + len(newest)
        if len(newest) == BLOCK:
            self._blocks.append(zlib.compress(_encode(newest), _LEVEL))
            self._newest = []

    def get(self, number: int) -> bytes | None:
        place = self._places[number] if number < len(self._places) else 0
        if not place:
            return None
        which, index = divmod(place - 1, BLOCK)
        if which == len(self._blocks):
            return self._newest[index]
        if which != self._open[0]:
            self._open = (which, msgspec.msgpack.decode(zlib.decompress(self._blocks[which]), type=list[bytes]))
        return self._open[1][index]
