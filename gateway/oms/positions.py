"""What every account holds. Ledgers keep the fills; here is which position a fill is for, and what is noted of it."""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Final, Protocol

from msgspec import Struct

from gateway.model import (
    SCALE,
    CommType,
    ExecutionReport,
    Px,
    Qty,
    Rejection,
    Side,
    average_px,
    print_scaled,
)
from gateway.model.positions import Accounting, PositionEffect, PositionReport, PositionRequest, PosReqResult
from gateway.model.ratio import Ratio
from gateway.oms.ledger import ALL, NETTED, Fill, Ledger
from gateway.oms.notes import PositionNote

_SIGNS: Final[dict[Side, int]] = {
    Side.BUY: 1,
    Side.BUY_MINUS: 1,
    Side.SELL: -1,
    Side.SELL_PLUS: -1,
    Side.SELL_SHORT: -1,
    Side.SELL_SHORT_EXEMPT: -1,
}
ALLOCATED: Final = "by allocation"  # the venue under which it is held; no venue's name has a blank
_SHORT: Final = (Side.SELL_SHORT, Side.SELL_SHORT_EXEMPT)
CLOSING: Final = (PositionEffect.CLOSE, PositionEffect.FIFO)


def sign_of(side: Side) -> int:
    return _SIGNS[side]


def fee_of(report: ExecutionReport) -> int | None:
    """What a venue charges for an execution by Commission(12), in 1e-8 of the currency unit, to the nearest, halves up.

    0 where it does not say; None where it says it in another way than by unit, as a fraction of the amount or as money.
    """
    commission, qty, price = report.commission, report.last_qty or 0, report.last_px or 0
    if not commission or report.comm_type is CommType.ABSOLUTE:
        return commission or 0
    if report.comm_type is CommType.PER_UNIT:
        return average_px(commission * qty, SCALE)
    return average_px(commission * qty * price, SCALE * SCALE) if report.comm_type is CommType.PERCENT else None


class Notes(Protocol):
    """Where the facts go that no message carries."""

    def note(self, kind: str, fact: Struct) -> None: ...


class Positions:
    """Of all accounts; an order without Account(1) has the account ''."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._accounts: Mapping[str, Accounting] = {}
        self._ledgers: dict[str, dict[str, Ledger]] = {}  # by account, by symbol

    def configure(self, accounts: Mapping[str, Accounting]) -> None:
        """How each account is kept from now on; one that is not named nets at average cost."""
        self._accounts = accounts
        for account, ledgers in self._ledgers.items():
            for ledger in ledgers.values():
                ledger.account_anew(self.accounting(account))

    def fill(
        self,
        account: str | None,
        symbol: str,
        venue: str,
        side: Side,
        *,
        qty: Qty,
        price: Px,
        exec_id: str,
        order_id: str,
        fee: int = 0,
        position_effect: str | None = None,
        position_id: str | None = None,
    ) -> None:
        """Book a fill; (venue, ExecID) was not booked before. `fee` in 1e-8 of the currency unit, a rebate negative.

        In a hedging account it is for the position the order names, or where it names none, for that of the order
        itself. But an order that closes without saying what closes the positions of the other side, oldest first;
        what they leave of it is a position of its own.
        """
        account = account or ""
        ledger = self._ledger(account, symbol)
        signed = qty * _SIGNS[side]
        if ledger.accounting.mode == "netting":
            parts = [(NETTED, signed)]
        elif position_id is None and position_effect in CLOSING:
            parts = list(ledger.oldest_first(signed))
            rest = signed - sum(part for _, part in parts)
            if rest:
                parts.append((order_id, rest))
        else:
            parts = [(position_id or order_id, signed)]
        for name, part in parts:
            booked = Fill(name, exec_id, venue, part, price, fee)
            ledger.add(booked)
            self._note(account, symbol, booked)
            fee = 0

    def bust(self, account: str | None, symbol: str, venue: str, exec_id: str) -> bool:
        """The fill never was. False: it is not known."""
        parts = self._parts(account or "", symbol, venue, exec_id)
        for part in parts:
            self._change(account or "", symbol, part, part._replace(qty=0))
        return bool(parts)

    def correct(
        self,
        account: str | None,
        symbol: str,
        venue: str,
        exec_id: str,
        *,
        qty: Qty,
        price: Px,
        new_exec_id: str,
        fee: int | None = None,
    ) -> bool:
        """The fill was of that quantity, at that price; it is `new_exec_id` from now on. False: it is not known.

        It keeps its place and, where None is told, its fee. Where it closed several positions, the last of them takes
        what is more, and is the first to lose what is less.
        """
        parts = self._parts(account or "", symbol, venue, exec_id)
        left: int = qty
        for number, part in enumerate(parts, 1):
            size = left if number == len(parts) else min(left, abs(part.qty))
            left -= size
            charged = part.fee if fee is None else fee
            fee = None if fee is None else 0  # the first part has all of it, as when it was booked
            after = part._replace(exec_id=new_exec_id, qty=size if part.qty > 0 else -size, price=price, fee=charged)
            self._change(account or "", symbol, part, after)
        return bool(parts)

    def transfer(
        self, account: str | None, symbol: str, qty: int, *, amount: int, fee: int, exec_id: str, position_id: str
    ) -> None:
        """Book `qty`, negative when given away, for exactly `amount` in 1e-16: two fills, whose prices differ by 1e-8.

        No fill of a venue has that ExecID.
        """
        account = account or ""
        ledger = self._ledger(account, symbol)
        name = NETTED if ledger.accounting.mode == "netting" else position_id
        size, sign = abs(qty), 1 if qty > 0 else -1
        price, more = divmod(amount, size)
        for part, at in ((size - more, price), (more, price + 1)):
            if part:
                booked = Fill(name, exec_id, ALLOCATED, sign * part, at, fee)
                ledger.add(booked)
                fee = 0
        self._note(account, symbol, booked)

    def take_back(self, account: str | None, symbol: str, exec_id: str) -> None:
        """What was transferred under that ExecID never was."""
        known = self.bust(account, symbol, ALLOCATED, exec_id)
        assert known, "what was never transferred cannot be taken back"

    def split(self, symbol: str, ratio: Ratio) -> None:
        """Every account holds other shares, which cost what those of before did. What had been realised stays so."""
        for account, ledgers in self._ledgers.items():
            ledger = ledgers.get(symbol)
            if ledger is None:
                continue
            named = ledger.positions.items()
            held = [(name, at) for name, holdings in named for at, holding in holdings.items() if at and holding.qty]
            ledger.split(ratio)
            for name, venue in held:
                self._note(account, symbol, Fill(name, "", venue, 0, 0, 0))

    def fee(self, account: str | None, symbol: str, venue: str, exec_id: str) -> int:
        """Of a fill, 0 where it is not known."""
        return sum(part.fee for part in self._parts(account or "", symbol, venue, exec_id))

    def position_ids(self, account: str | None, symbol: str, venue: str, exec_id: str) -> set[str]:
        """Of the positions that the execution is in; one that closes may be in several."""
        return {part.position_id for part in self._parts(account or "", symbol, venue, exec_id)}

    def may_use(self, client: str, account: str) -> bool:
        """Whether a session may trade in an account, and hear what it holds."""
        found = self._accounts.get(account)
        return found is None or not found.clients or any(fnmatchcase(client, name) for name in found.clients)

    def accounting(self, account: str | None) -> Accounting:
        """How it is kept."""
        return self._accounts.get(account or "") or Accounting()

    def net(self, account: str | None, symbol: str, venue: str = ALL) -> int:
        """Signed quantity in 1e-8, over all positions of the account."""
        ledger = self._ledgers.get(account or "", {}).get(symbol)
        return 0 if ledger is None else ledger.net.get(venue, 0)

    def ledgers(self, account: str | None) -> Mapping[str, Ledger]:
        """An account's, by symbol, in the order they were begun."""
        return self._ledgers.get(account or "", {})

    def answer(
        self, request: PositionRequest, price: Callable[[str], Px | None]
    ) -> tuple[PosReqResult, list[PositionReport]]:
        """To RequestForPositions(AN). `price` is what a symbol is valued at; None: the account's last fill in it."""
        if request.pos_req_type != "0" or request.subscription != "0":
            return PosReqResult.UNSUPPORTED, []
        reports = [
            ledger.report(symbol, price(symbol))
            for symbol, ledger in self.ledgers(request.account).items()
            if request.symbol is None or request.symbol == symbol
        ]
        return PosReqResult.VALID if reports else PosReqResult.NONE_FOUND, reports

    def refusal(
        self,
        account: str | None,
        symbol: str,
        side: Side,
        qty: Qty,
        *,
        position_effect: str | None,
        position_id: str | None,
        closing: int = 0,
        closing_it: int = 0,
    ) -> Rejection | None:
        """Why an order may not open or close what it says.

        Other orders at work close so much of the same side, `closing`, and of that by the same position id or, as
        this one, without any, `closing_it`.
        """
        sign = _SIGNS[side]
        if position_effect == PositionEffect.ROLLED:
            return Rejection("POSITION.EFFECT PositionEffect(77) R is not supported")
        if position_id is not None and self.accounting(account).mode == "netting":
            return Rejection("POSITION.ID this account nets, its positions have no ids")
        held = self._held_against(account or "", symbol, sign, position_id)
        if position_effect in CLOSING:
            if side in _SHORT:
                return Rejection("POSITION.CLOSE a short sale opens, it cannot close")
            of_all = held if position_id is None else self._held_against(account or "", symbol, sign, None)
            closable = max(min(of_all - closing, held - closing_it), 0)
            if qty > closable:
                text = f"POSITION.CLOSE OrderQty(38) {print_scaled(qty)} is more than the {print_scaled(closable)} open"
                return Rejection(text)
        elif position_id is not None and held > 0:
            return Rejection("POSITION.OPEN the position named is of the other side")
        return None

    def _held_against(self, account: str, symbol: str, sign: int, position_id: str | None) -> int:
        """What an order of that side could close, of the position named or of all; 0 where there is nothing."""
        ledger = self._ledgers.get(account, {}).get(symbol)
        if ledger is None:
            return 0
        names = ledger.open if position_id is None else ledger.open.keys() & {position_id}
        return sum(max(-sign * ledger.positions[name][ALL].qty, 0) for name in names)

    def _parts(self, account: str, symbol: str, venue: str, exec_id: str) -> list[Fill]:
        ledger = self._ledgers.get(account, {}).get(symbol)
        return [] if ledger is None else ledger.find(venue, exec_id)

    def _change(self, account: str, symbol: str, before: Fill, after: Fill) -> None:
        self._ledgers[account][symbol].change(before, after)
        self._note(account, symbol, after)

    def _ledger(self, account: str, symbol: str) -> Ledger:
        ledgers = self._ledgers.setdefault(account, {})
        ledger = ledgers.get(symbol)
        if ledger is None:
            ledger = ledgers[symbol] = Ledger(self.accounting(account))
        return ledger

    def _note(self, account: str, symbol: str, fill: Fill) -> None:
        ledger = self._ledgers[account][symbol]
        holdings = ledger.positions[fill.position_id]
        note = PositionNote(
            account=account,
            symbol=symbol,
            position_id=fill.position_id,
            venue=fill.venue,
            exec_id=fill.exec_id,
            last_px=ledger.last_px,
            held=holdings[ALL].held,
            at_venue=holdings[fill.venue].held,
        )
        self._notes.note("position", note)
