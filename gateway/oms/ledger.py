"""One account's fills in one symbol, and the positions they fold to: at each venue, and at all venues together.

The fills that count stand on a tape in the order they were booked. A bust takes one off, a correction changes one in
its place, and the positions concerned are folded anew from what then stands there; so a position is the sum of its
fills, whatever happened before. The tape is text: some 50 bytes a fill, where objects would take 300. What an account
that nets holds is marked every thousand fills or so, so that a late bust in a long day is not a pause.

Amounts are integer sums of price times quantity, in 1e-16 of the currency unit. One thing is divided: the cost of the
part that a fill closes of an average-cost position, or of a lot that was split, rounded down to 1e-16; the remainder
stays in the cost of what is left. Hence `realised - cost` is exactly what the fills paid in less what they paid out,
under either method. A split stands on the tape among the fills: those before it are in the shares of then.
"""

import re
from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple

from gateway.model import SCALE, Px, Qty, average_px
from gateway.model.positions import Accounting, Held, PositionReport
from gateway.model.ratio import Ratio

ALL: Final = ""  # the venue under which all venues are held together
NETTED: Final = ""  # the position id in an account that nets

# Position id, ExecID, venue, signed quantity, price, fee. '=' keeps an empty text from looking like the next row.
_READ: Final = rb"\x01\x01=(%b)\x01=(%b)\x01=(%b)\x01(-?[0-9]+)\x01(-?[0-9]+)\x01(-?[0-9]+)"
_ANY: Final = rb"[^\x01]*"
_ROW: Final = re.compile(_READ % (_ANY, _ANY, _ANY))
_BEGIN: Final = b"\x01\x01="
_SPLIT: Final = rb"\x01\x01/([0-9]+):([0-9]+)"
_STRETCH: Final = 65_536  # bytes of tape between two marks
_LOTS: Final = 1_000  # with more of them a mark costs more than it saves


class Fill(NamedTuple):
    position_id: str
    exec_id: str
    venue: str
    qty: int  # 1e-8, negative when sold
    price: int  # 1e-8
    fee: int  # 1e-8 of the currency unit, a rebate negative


class Holding:
    """A position at one venue or at all of them. With `lots`, first in is first out; without, costs are averaged."""

    __slots__ = ("cost", "fees", "lots", "qty", "realised")

    def __init__(self, *, fifo: bool) -> None:
        self.qty = 0
        self.cost = 0
        self.realised = 0
        self.fees = 0
        self.lots: Final[deque[tuple[int, int]] | None] = deque() if fifo else None  # quantity and cost, oldest first

    @property
    def held(self) -> Held:
        return Held(self.qty, self.cost, self.realised, self.fees)

    def copy(self) -> "Holding":
        other = Holding(fifo=self.lots is not None)
        other.qty, other.cost, other.realised, other.fees = self.qty, self.cost, self.realised, self.fees
        if self.lots is not None and other.lots is not None:
            other.lots.extend(self.lots)
        return other

    def unrealised(self, price: int) -> int:
        """What closing it all at `price` would realise, in 1e-16."""
        return self.qty * price - self.cost

    def add(self, qty: int, price: int, fee: int) -> None:
        """A fill, `qty` negative when sold; beyond what is held it turns the position over."""
        self.fees += fee
        held = self.qty
        if held > 0 > qty or held < 0 < qty:
            closed = qty if abs(qty) < abs(held) else -held
            cost = self._take(closed)
            self.cost -= cost
            self.realised -= closed * price + cost
            self.qty = held + closed
            qty -= closed
        if qty:
            self.qty += qty
            self.cost += qty * price
            if self.lots is not None:
                self.lots.append((qty, qty * price))

    def _take(self, closed: int) -> int:
        """The cost of the part that is closed."""
        if self.lots is None:
            return self.cost * abs(closed) // abs(self.qty)
        cost = 0
        while closed:
            qty, of_lot = self.lots[0]
            if abs(qty) > abs(closed):
                part = of_lot * abs(closed) // abs(qty)
                self.lots[0] = (qty + closed, of_lot - part)
                return cost + part
            self.lots.popleft()
            cost += of_lot
            closed += qty
        return cost

    def split(self, ratio: Ratio) -> None:
        """The same in other shares, each holding towards zero by itself; where nothing is left its cost is lost."""
        before, self.qty = self.qty, ratio.qty(self.qty)
        if not self.qty:
            self.realised -= self.cost
            self.cost = 0
        if self.lots is None:
            return
        lots, seen, done, odd = list(self.lots), 0, 0, 0
        self.lots.clear()
        for qty, cost in lots:
            seen += abs(qty)
            upto = seen * abs(self.qty) // abs(before)
            odd += cost
            if upto > done:
                self.lots.append((upto - done if before > 0 else done - upto, odd))
                done, odd = upto, 0


class Ledger:
    def __init__(self, accounting: Accounting) -> None:
        self.accounting = accounting
        self.positions: dict[str, dict[str, Holding]] = {}  # by id, by venue; each has ALL
        self.open: dict[str, None] = {}  # ids of positions that are not flat, the one opened first at first
        self.net: dict[str, int] = {ALL: 0}  # signed quantity by venue, over all positions
        self.last_px = Px(0)  # of the last fill booked
        self._tape = bytearray()
        self._marks: list[tuple[int, dict[str, Holding]]] = []  # the netted position as of a length of the tape

    def add(self, fill: Fill) -> None:
        self._tape += _written(fill)
        self.last_px = Px(fill.price)
        if fill.position_id not in self.positions:
            self.positions[fill.position_id] = {ALL: self._holding()}
        self._hold(fill, len(self._tape))
        self._count(fill.position_id, fill.venue, fill.qty)

    def find(self, venue: str, exec_id: str) -> list[Fill]:
        """The fill under that ExecID, in as many parts as it had positions to close; none: it is not on the tape."""
        tape, parts = self._tape, deque[Fill]()
        named = f"\x01={exec_id}\x01={venue}\x01".encode("latin-1")
        at = len(tape)
        while not parts and (at := tape.rfind(named, 0, at)) >= 0:
            start = tape.rfind(_BEGIN, 0, at)
            while start >= 0 and (row := _ROW.match(tape, start)) is not None:
                fill = _fill(row)
                if (fill.exec_id, fill.venue) != (exec_id, venue):
                    break
                parts.appendleft(fill)  # they stand side by side
                start = tape.rfind(_BEGIN, 0, start)
        return list(parts)

    def change(self, before: Fill, after: Fill) -> None:
        """`before` becomes `after`, at its place; with quantity 0 it is taken off."""
        row, holdings = _written(before), self.positions[before.position_id]
        start = self._tape.rfind(row)
        assert start >= 0
        self._tape[start : start + len(row)] = _written(after) if after.qty else b""
        held = {venue: holding.qty for venue, holding in holdings.items()}
        self._fold(before.position_id, start)
        for venue, holding in holdings.items():
            self.net[venue] += holding.qty - held[venue]
        self._list(before.position_id)

    def split(self, ratio: Ratio) -> None:
        """All that is held is in other shares from now on."""
        self._tape += f"\x01\x01/{ratio}".encode("latin-1")
        self.last_px = Px(ratio.down(self.last_px))
        self.net = dict.fromkeys(self.net, 0)
        for position_id, holdings in self.positions.items():
            for venue, holding in holdings.items():
                holding.split(ratio)
                self.net[venue] += holding.qty
            self._list(position_id)

    def account_anew(self, accounting: Accounting) -> None:
        """Another way of costing holds for all that was ever filled, another mode for what is filled from now on."""
        refold = accounting.cost != self.accounting.cost
        self.accounting = accounting
        if refold:
            for position_id in self.positions:
                self._fold(position_id, 0)

    def oldest_first(self, qty: int) -> Iterator[tuple[str, int]]:
        """The open positions that a fill of signed `qty` can close, and how much of each it closes."""
        for position_id in self.open:
            held = self.positions[position_id][ALL].qty
            if held > 0 > qty or held < 0 < qty:
                part = qty if abs(qty) < abs(held) else -held
                yield position_id, part
                qty -= part

    def report(self, symbol: str, price: Px | None = None) -> PositionReport:
        """Valued at `price`; None: at that of the last fill."""
        price = self.last_px if price is None else price
        held = [holdings[ALL] for holdings in self.positions.values()]
        realised = sum(holding.realised for holding in held)
        fees = sum(holding.fees for holding in held)
        return PositionReport(
            symbol=symbol,
            long_qty=Qty(sum(holding.qty for holding in held if holding.qty > 0)),
            short_qty=Qty(-sum(holding.qty for holding in held if holding.qty < 0)),
            price=price,
            cash=amount(realised - sum(holding.cost for holding in held)) - fees,
            realised=amount(realised),
            unrealised=amount(sum(holding.unrealised(price) for holding in held)),
            fees=fees,
        )

    def _hold(self, fill: Fill, end: int) -> None:
        """The fill that ends there on the tape."""
        position_id, _, venue, qty, price, fee = fill
        holdings = self.positions[position_id]
        at_venue = holdings.get(venue)
        if at_venue is None:
            at_venue = holdings[venue] = self._holding()
        at_venue.add(qty, price, fee)
        holdings[ALL].add(qty, price, fee)
        if position_id == NETTED and end - (self._marks[-1][0] if self._marks else 0) >= _STRETCH:
            lots = holdings[ALL].lots
            if lots is None or len(lots) <= _LOTS:
                self._marks.append((end, {venue: holding.copy() for venue, holding in holdings.items()}))

    def _count(self, position_id: str, venue: str, qty: int) -> None:
        net = self.net
        net[venue] = net.get(venue, 0) + qty
        net[ALL] += qty
        self._list(position_id)

    def _list(self, position_id: str) -> None:
        if not self.positions[position_id][ALL].qty:
            self.open.pop(position_id, None)
        elif position_id not in self.open:
            self.open[position_id] = None

    def _fold(self, position_id: str, changed: int) -> None:
        """Anew from the tape, which is as it was up to `changed`. A venue where no fill counts any more stays."""
        holdings = self.positions[position_id]
        for venue in holdings:
            holdings[venue] = self._holding()
        start = 0
        if position_id == NETTED:
            while self._marks and self._marks[-1][0] > changed:
                self._marks.pop()
            if self._marks:
                start, marked = self._marks[-1]
                holdings |= {venue: holding.copy() for venue, holding in marked.items()}
        rows = re.compile(_READ % (re.escape(position_id.encode("latin-1")), _ANY, _ANY) + b"|" + _SPLIT)
        for row in rows.finditer(self._tape, start):
            if row[1] is not None:
                self._hold(_fill(row), row.end())
                continue
            for holding in holdings.values():
                holding.split(Ratio(int(row[7]), int(row[8])))

    def _holding(self) -> Holding:
        return Holding(fifo=self.accounting.cost == "fifo")


def _written(fill: Fill) -> bytes:
    position_id, exec_id, venue, qty, price, fee = fill
    return f"\x01\x01={position_id}\x01={exec_id}\x01={venue}\x01{qty}\x01{price}\x01{fee}".encode("latin-1")


def _fill(row: re.Match[bytes]) -> Fill:
    position_id, exec_id, venue = (text.decode("latin-1") for text in row.group(1, 2, 3))
    return Fill(position_id, exec_id, venue, int(row[4]), int(row[5]), int(row[6]))


def amount(exact: int) -> int:
    """1e-16 of the currency unit in 1e-8, to the nearest, halves up."""
    return average_px(exact, SCALE)
