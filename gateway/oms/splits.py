"""A stock split, as an operator says it is: open good-till orders, positions and what risk counts are in other shares.

It takes nothing of the symbol being out at a venue, so nobody can fill old shares afterwards; and what venues showed of
it is forgotten, so nothing of it leaves at prices of before. What is over stays as it was (FIX vol. 4, H.1.b).
"""

from collections.abc import Mapping
from typing import Final, Protocol

import msgspec
from msgspec import Struct, structs

from gateway.market import Markets
from gateway.model import (
    PLAIN,
    SECOND,
    Command,
    ExecRestatementReason,
    ExecType,
    Handling,
    Instrument,
    NewOrder,
    Ns,
    Px,
    Qty,
    Side,
    TimeInForce,
    print_scaled,
)
from gateway.model.posting import PRICE
from gateway.model.ratio import Ratio, parse_ratio
from gateway.oms.conditions import Conditions, beginning
from gateway.oms.echo import rewritten
from gateway.oms.ends import Closing, End
from gateway.oms.notes import SplitNote
from gateway.oms.order import Child, ParentOrder
from gateway.oms.positions import Positions
from gateway.oms.posting import posting_of
from gateway.oms.slicing import Slicer
from gateway.oms.ties import line_of, tie_of
from gateway.oms.triggers import Trigger, trigger_of
from gateway.oms.wire import Reports, Wire

COMMAND: Final = "split"
_REASON: Final = ExecRestatementReason.GT_CORPORATE_ACTION
_GOOD_TILL: Final = (TimeInForce.GTC, TimeInForce.GTD)
_DAY: Final = 86_400 * SECOND


class _Arguments(Struct, frozen=True, kw_only=True):
    symbol: str = ""
    ratio: str = ""  # NEW:OLD
    why: str = ""


_decode = msgspec.json.Decoder(_Arguments).decode


class Keeper(Protocol):
    """Who keeps what else is counted in shares, and ends an order though its client did not ask for that."""

    markets: Markets
    positions: Positions

    def close(self, parent: ParentOrder, closing: Closing, now: Ns) -> None: ...


class Splits:
    def __init__(self, wire: Wire, reports: Reports, slicer: Slicer, conditions: Conditions, keeper: Keeper) -> None:
        self.instruments: Mapping[str, Instrument] = {}
        self._wire = wire
        self._reports = reports
        self._slicer = slicer
        self._orders = slicer.orders
        self._conditions = conditions
        self._keeper = keeper
        self._last: dict[str, tuple[int, Ratio]] = {}  # by symbol: the day and the ratio

    def command(self, command: Command) -> str | None:
        """Carry it out; gives why it could not be, and then nothing has changed."""
        try:
            given = _decode(command.payload)
            ratio = parse_ratio(given.ratio)
        except (msgspec.DecodeError, ValueError) as wrong:
            return f"{COMMAND}: {wrong}"
        if not given.why.strip():
            return f"{COMMAND}: why is not said"
        instrument, today = self.instruments.get(given.symbol), (command.at // _DAY, ratio)
        if instrument is None:
            return f"{given.symbol} is not traded here"
        if self._last.get(given.symbol) == today:
            return f"{given.symbol} was split {ratio} today already"
        wrong_orders = self._obstacle(instrument, ratio)
        if wrong_orders is not None:
            return wrong_orders
        self._last[given.symbol] = today
        after, _, before = str(ratio).partition(":")
        note = SplitNote(symbol=given.symbol, who=command.who, why=given.why, before=before, after=after)
        self._wire.note("split", note)
        self._split(instrument, ratio, command.at)
        return None

    def _obstacle(self, instrument: Instrument, ratio: Ratio) -> str | None:
        """What of the symbol's orders cannot be told in other shares."""
        for parent in self._orders.values():
            name, pair = f"order {parent.order_id} of {parent.client}", parent.pair
            if pair is not None and pair.symbol == instrument.symbol and parent.open:
                return f"{name} is hedged in {instrument.symbol}, or hedges it"
            if parent.order.symbol != instrument.symbol:
                continue
            if parent.children:
                return f"{name} has something out at a venue"
            if not parent.open:
                continue
            if parent.order.time_in_force not in _GOOD_TILL or parent.order.target_strategy is not None:
                return f"{name} is open and not good till canceled or till a date, or an algo works it"
            if parent.tied and (wrong := _knot(parent, ratio, instrument)):
                return f"{name} depends on other orders of its list: {wrong}"
        return None

    def _split(self, instrument: Instrument, ratio: Ratio, now: Ns) -> None:
        symbol = instrument.symbol
        for parent in self._open(symbol):
            wrong = _Terms(ratio, instrument, parent.order).wrong(parent)
            if wrong is not None:
                self._keeper.close(parent, Closing(End.CANCELED, f"split {ratio}: {wrong}", _REASON), now)
        restated = self._open(symbol)
        self._orders.split(symbol, self._reports.count, [parent.order_id for parent in restated])
        self._keeper.markets.split(symbol)
        self._keeper.positions.split(symbol, ratio)
        self._slicer.guard.split(symbol, ratio)
        self._conditions.split(symbol, lambda trigger: _trigger(trigger, ratio, instrument.tick))
        for parent in restated:
            text, more = _restate(parent, ratio, instrument), beginning(parent, now)
            self._reports.send(parent, ExecType.RESTATED, now, restated=_REASON, text=text, more=more)
        self._wire.ask_book(symbol)

    def _open(self, symbol: str) -> list[ParentOrder]:
        return [parent for parent in self._orders.values() if parent.order.symbol == symbol and parent.open]


class _Terms:
    """An order's terms in other shares. No rounding makes it trade earlier, or at a worse price."""

    def __init__(self, ratio: Ratio, instrument: Instrument, order: NewOrder) -> None:
        self._ratio = ratio
        self._instrument = instrument
        self._order = order

    def leaves(self, before: Qty) -> Qty:
        after = self._ratio.qty(before)
        return Qty(after - after % self._instrument.lot)

    def wrong(self, parent: ParentOrder) -> str | None:
        """Why nothing is left of it."""
        if self.leaves(parent.leaves_qty) < max(self._instrument.lot, self._instrument.min_qty):
            return "what is left is below the smallest order"
        trigger = trigger_of(self._order)
        stop = None if trigger is None else _trigger(trigger, self._ratio, self._instrument.tick).price
        if any(price is not None and price <= 0 for price in (self.limit(self._order.price), stop)):
            return "its price is below the tick"
        return None

    def limit(self, price: Px | None) -> Px | None:
        rounded = self._ratio.down if self._order.side == Side.BUY else self._ratio.up
        return None if price is None else Px(rounded(price, self._instrument.tick))

    def order(self, order_qty: Qty) -> NewOrder:
        order, handling = self._order, self._handling(self._order.handling)
        price = self.limit(order.price)
        said = {
            "44": price,
            "99": handling.stop_px,
            "110": handling.min_qty,
            "111": handling.max_floor,
            "211": handling.peg_offset,
            "1138": handling.display_qty,
        }
        echo = rewritten(order.echo, {tag: value for tag, value in said.items() if value is not None})
        return structs.replace(order, order_qty=order_qty, price=price, handling=handling, echo=echo)

    def _handling(self, handling: Handling) -> Handling:
        if handling is PLAIN:
            return handling  # the same one, as it is told from others by that
        trigger = trigger_of(self._order)
        stop_px, offset = handling.stop_px, handling.peg_offset
        if trigger is not None:
            trigger = _trigger(trigger, self._ratio, self._instrument.tick)
            stop_px = trigger.price
            offset = trigger.offset if handling.trails else offset
        elif offset is not None and handling.peg_offset_type in (None, PRICE):
            rounded = self._ratio.down if offset > 0 else self._ratio.up
            offset = Px(rounded(offset, self._instrument.tick))
        return structs.replace(
            handling,
            stop_px=stop_px,
            peg_offset=offset,
            min_qty=self._at_least_a_lot(handling.min_qty),
            max_floor=self._at_least_a_lot(handling.max_floor),
            display_qty=self._at_least_a_lot(handling.display_qty),
        )

    def _at_least_a_lot(self, qty: Qty | None) -> Qty | None:
        return max(self.leaves(qty), self._instrument.lot) if qty else qty


def _knot(parent: ParentOrder, ratio: Ratio, instrument: Instrument) -> str | None:
    """Why an order that depends on others cannot be told in other shares beside them.

    Of what it triggers, and of what triggered it, only the filled share counts, which is no number of shares.
    """
    tie, terms = tie_of(parent), _Terms(ratio, instrument, parent.order)
    for other in () if tie.bond is None else tie.bond.others(parent):
        if other.order.symbol != instrument.symbol or (other.cum_qty and not other.open):
            return f"{other.order_id} is over, or of another symbol"
    counts = (tie.qty, tie.triggered, tie.final, tie.lost, *(child.cum_qty for child in parent.sent))
    if any(count * ratio.new % ratio.old for count in counts) or ratio.qty(parent.leaves_qty) % instrument.lot:
        return "its shares do not come out even"
    return terms.wrong(parent)


def _trigger(trigger: Trigger, ratio: Ratio, tick: Px) -> Trigger:
    """It is not reached earlier than before."""
    price, offset = trigger.price, trigger.offset
    rounded = ratio.up if trigger.is_above else ratio.down
    farther = ratio.up if offset > 0 else ratio.down
    return structs.replace(
        trigger,
        price=None if price is None else Px(rounded(price, tick)),
        offset=Px(farther(offset, tick)) if offset else offset,
    )


def _restate(parent: ParentOrder, ratio: Ratio, instrument: Instrument) -> str:
    """All facts of an open order in other shares, and what its client is told of that. Money stays as it is."""
    terms, leaves, plan, day = _Terms(ratio, instrument, parent.order), parent.leaves_qty, parent.plan, parent.day
    assert plan is not None
    of_day = parent.cum_qty - (parent.cum_qty if day is None else day.carried_qty)
    for child in parent.sent:
        _restate_child(child, ratio)
    parent.cum_qty = Qty(sum(child.cum_qty for child in parent.sent))
    left = terms.leaves(leaves)
    parent.order_qty = Qty(parent.cum_qty + left)
    parent.order = terms.order(parent.order_qty)
    parent.withheld = Qty(min(ratio.qty(parent.withheld), left))
    parent.base_qty, parent.tranche, parent.progress = parent.cum_qty, None, None  # the rest is planned anew
    if day is not None:
        day.carried_qty = Qty(parent.cum_qty - ratio.qty(of_day))
    parent.plan = structs.replace(
        plan,
        trigger=None if plan.trigger is None else trigger_of(parent.order),
        posting=None if plan.posting is None else posting_of(parent.order),
        limit=terms.limit(plan.limit),
        min_qty=None if plan.min_qty is None else parent.order.handling.min_qty,
    )
    if parent.trigger is not None:
        parent.trigger = parent.plan.trigger
    if parent.tied:
        line = line_of(parent)
        tie_of(parent).split(ratio)
        line.allowed = None if line.allowed is None else Qty(ratio.qty(line.allowed))
    odd = ratio.qty(leaves) - left
    return f"split {ratio}" + (f", less {print_scaled(odd)} that make no lot" if odd else "")


def _restate_child(child: Child, ratio: Ratio) -> None:
    """One that is done. Its executions stay as the venue told them, and may tell them again."""
    left, ended = child.qty - child.cum_qty, child.ended_cum
    child.cum_qty = Qty(ratio.qty(child.cum_qty))
    child.qty = Qty(child.cum_qty + ratio.qty(left))
    child.ended_cum = None if ended is None else Qty(ratio.qty(ended))
