"""What is traded here, for who asks: lists and definitions of securities."""

from collections.abc import Iterable

from gateway.fix.messages import (
    write_security_definition,
    write_security_definition_refusal,
    write_security_list,
    write_security_list_refusal,
)
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.model import Listing, Ns
from venues.profile import Profile

MAX_SECURITIES = 50  # of one message
_SYMBOL, _ALL = "0", "4"  # SecurityListRequestType(559)
_UNSUPPORTED, _NONE_FOUND = "1", "2"  # SecurityRequestResult(560)
_REJECT, _NO_MATCH = "5", "6"  # SecurityResponseType(323)


class Securities:
    """Answers SecurityListRequest(x) and SecurityDefinitionRequest(c). What is traded changes by restart only."""

    def __init__(self) -> None:
        self._listings: dict[str, Listing] = {}
        self._answers = 0

    def configure(self, profile: Profile, symbols: Iterable[str]) -> None:
        self._listings = {
            symbol: Listing(
                symbol=symbol,
                mic=profile.mic,
                currency=profile.currency,
                tick=profile.tick,
                coarser_ticks=profile.coarser_ticks,
                lot=profile.lot,
                min_qty=profile.min_qty,
            )
            for symbol in symbols
        }

    def list(self, message: Message, session: Session, now: Ns) -> None:
        """All of them, or the one of that Symbol(55)."""
        request_id, how, symbol = message.get(320) or "", message.get(559), message.get(55)
        if how not in (_SYMBOL, _ALL) or (how == _SYMBOL and symbol is None) or message.get(263) not in (None, "0"):
            session.send("y", write_security_list_refusal(request_id, self._next_id(), _UNSUPPORTED), now)
            return
        found = [each for each in self._listings.values() if how == _ALL or each.symbol == symbol]
        if not found:
            session.send("y", write_security_list_refusal(request_id, self._next_id(), _NONE_FOUND), now)
        for first in range(0, len(found), MAX_SECURITIES):
            part, last = found[first : first + MAX_SECURITIES], first + MAX_SECURITIES >= len(found)
            body = write_security_list(request_id, self._next_id(), part, total=len(found), last=last)
            session.send("y", body, now)

    def define(self, message: Message, session: Session, now: Ns) -> None:
        """The one of that Symbol(55)."""
        request_id, symbol = message.get(320) or "", message.get(55)
        listing = self._listings.get(symbol or "")
        why = None
        if message.get(321) not in ("0", "1") or message.get(263) not in (None, "0"):
            why = _REJECT, "SecurityRequestType(321) is 0 or 1, without updates; SecurityListRequest(x) asks for lists"
        elif symbol is None:
            why = _REJECT, "Symbol(55) is missing"
        elif listing is None:
            why = _NO_MATCH, f"Symbol(55) {symbol[:32]} is not traded here"
        if why is not None:
            body = write_security_definition_refusal(request_id, self._next_id(), *why)
        else:
            assert listing is not None
            body = write_security_definition(request_id, self._next_id(), listing)
        session.send("d", body, now)

    def _next_id(self) -> str:
        """SecurityResponseID(322)."""
        self._answers += 1
        return str(self._answers)
