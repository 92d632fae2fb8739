"""An application for sessions without a gateway, and the example of one: orders and security definitions come back.

`gateway echo CONFIG.toml` runs it; so does `serve(Echo(), Path("CONFIG.toml"))` of gateway.run.host.
"""

from typing import Final

from gateway.fix.header import body_of, reverse_route
from gateway.fix.party import Application
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.model import Ns

REMEMBERED: Final = 100_000  # ClOrdIDs of one session


class Echo(Application):
    """Sends NewOrderSingle(D) and SecurityDefinition(d) back as they came, with their routing turned round."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str | None, None]] = {}  # session -> its ClOrdIDs, the oldest first

    def logged_on(self, session: Session, now: Ns) -> None:  # noqa: ARG002
        if session.expected_seq <= 2:  # numbers have begun again, and so do ClOrdIDs
            self._seen.pop(session.name, None)

    def received(self, session: Session, message: Message, now: Ns) -> None:
        if message.msg_type == "3":  # it rejects what we sent; an answer to that would have no end
            return
        if message.msg_type not in ("D", "d"):
            session.refuse(message, "3", "Unsupported Message Type", now)
            return
        header = reverse_route(message)
        if message.msg_type == "D":
            seen, cl_ord_id = self._seen.setdefault(session.name, {}), message.get(11)
            if message.get(97) == "Y":  # PossResend: it may be an order that we have had under another number
                if cl_ord_id in seen:
                    return
                header[97] = "Y"
            seen[cl_ord_id] = None
            if len(seen) > REMEMBERED:
                del seen[next(iter(seen))]
        session.send(message.msg_type, body_of(message, session.reader), now, route=header or None)
