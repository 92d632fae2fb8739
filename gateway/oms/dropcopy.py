"""Which sessions get a copy of a client's report: the filter of each drop copy.

A copy is a message of its session like any other. While the counterparty is away it gets its number and is kept, and
the counterparty asks for what it missed when it is back; so a drop copy has no gap, and no order core has to know.
"""

import re
from collections.abc import Sequence

from gateway.model import ExecType, ExecutionReport
from gateway.model.settings import DropCopySettings

_ACCOUNT = re.compile(r"(?:^|\x01)1=([^\x01]*)")


class DropCopies:
    def __init__(self) -> None:
        self._copies: Sequence[DropCopySettings] = ()
        self.sessions: frozenset[str] = frozenset()  # names of those that get copies

    def configure(self, copies: Sequence[DropCopySettings]) -> None:
        self._copies = copies
        self.sessions = frozenset(copy.session.name for copy in copies)

    def names(self, client: str, report: ExecutionReport) -> list[str]:
        """Of the sessions that get a copy. The answer to a status request is no event, and nobody else's."""
        if not self._copies or report.exec_type == ExecType.ORDER_STATUS:
            return []
        return [copy.session.name for copy in self._copies if _wants(copy, client, report)]


def _wants(copy: DropCopySettings, client: str, report: ExecutionReport) -> bool:
    if copy.clients and client not in copy.clients:
        return False
    if copy.symbols and report.symbol not in copy.symbols:
        return False
    return not copy.accounts or _account(report) in copy.accounts


def _account(report: ExecutionReport) -> str:
    """Account(1) of the order, which all its reports repeat; '' where it has none."""
    found = _ACCOUNT.search(report.echo)
    return "" if found is None else found[1]
