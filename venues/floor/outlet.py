"""Where all that the floor says to counterparties leaves it, for their sessions to number and send."""

from gateway.fix.messages import write_cancel_reject, write_execution_report
from gateway.fix.session import Session
from gateway.model import CancelReject, ExecutionReport, Ns
from venues.floor.party import Party, PartyOrder


class Outlet:
    """Says everything at once."""

    is_quiet = True  # whether it does nothing but that

    def report(self, order: PartyOrder, report: ExecutionReport, now: Ns) -> None:
        order.party.session.send("8", write_execution_report(report), now)

    def cancel_reject(self, party: Party, reject: CancelReject, now: Ns) -> None:
        party.session.send("9", write_cancel_reject(reject), now)

    def market_data(self, session: Session, msg_type: str, body: str, now: Ns) -> None:
        session.send(msg_type, body, now, keep=False)
