"""Messages to and from the model. What is read here was validated by the reader; what is written is always valid.

A writer gives the body, 'tag=value\\x01...'; the session adds header and trailer. An empty text is a field left out.
"""

from collections.abc import Callable
from typing import Final

from gateway.fix.messages.allocations import (
    read_allocation,
    read_allocation_report_ack,
)
from gateway.fix.messages.answers import write_answer
from gateway.fix.messages.inquiries import (
    read_dont_know_trade,
    read_mass_cancel_request,
    read_mass_status_request,
    read_status_request,
    write_dont_know_trade,
    write_status_request,
)
from gateway.fix.messages.lists import (
    missing_in_list,
    read_list_request,
    read_new_order_list,
    write_list_status,
)
from gateway.fix.messages.market import (
    read_market_data,
    read_market_data_request,
    write_incremental,
    write_market_data_reject,
    write_market_data_request,
    write_snapshot,
)
from gateway.fix.messages.orders import (
    read_cancel,
    read_cancel_reject,
    read_execution_report,
    read_new_order,
    read_replace,
    read_transact_time,
    write_cancel,
    write_cancel_reject,
    write_execution_report,
    write_house_fields,
    write_new_order,
    write_strategy_parameters,
)
from gateway.fix.messages.positions import (
    read_position_request,
)
from gateway.fix.messages.refusals import (
    without_tags,
    write_business_reject,
    write_reject,
)
from gateway.fix.messages.securities import (
    write_security_definition,
    write_security_definition_refusal,
    write_security_list,
    write_security_list_refusal,
)
from gateway.fix.messages.trading import (
    read_security_status,
    read_security_status_request,
    read_trading_session_status_request,
    write_security_status,
    write_security_status_request,
    write_trading_session_status,
)
from gateway.fix.reader import Message

__all__ = [
    "missing_in_list",
    "read_allocation",
    "read_allocation_report_ack",
    "read_cancel",
    "read_cancel_reject",
    "read_dont_know_trade",
    "read_execution_report",
    "read_list_request",
    "read_market_data",
    "read_market_data_request",
    "read_mass_cancel_request",
    "read_mass_status_request",
    "read_new_order",
    "read_new_order_list",
    "read_position_request",
    "read_replace",
    "read_security_status",
    "read_security_status_request",
    "read_status_request",
    "read_trading_session_status_request",
    "read_transact_time",
    "unreadable",
    "without_tags",
    "write_answer",
    "write_business_reject",
    "write_cancel",
    "write_cancel_reject",
    "write_dont_know_trade",
    "write_execution_report",
    "write_house_fields",
    "write_incremental",
    "write_list_status",
    "write_market_data_reject",
    "write_market_data_request",
    "write_new_order",
    "write_reject",
    "write_security_definition",
    "write_security_definition_refusal",
    "write_security_list",
    "write_security_list_refusal",
    "write_security_status",
    "write_security_status_request",
    "write_snapshot",
    "write_status_request",
    "write_strategy_parameters",
    "write_trading_session_status",
]

_READERS: Final[dict[str, Callable[[Message], object]]] = {
    "D": read_new_order,
    "E": read_new_order_list,
    "F": read_cancel,
    "G": read_replace,
    "8": read_execution_report,
    "9": read_cancel_reject,
    "J": read_allocation,
    "H": read_status_request,
    "Q": read_dont_know_trade,
    "V": read_market_data_request,
    "W": read_market_data,
    "X": read_market_data,
    "AF": read_mass_status_request,
    "AT": read_allocation_report_ack,
    "AN": read_position_request,
    "e": read_security_status_request,
    "f": read_security_status,
    "g": read_trading_session_status_request,
    "q": read_mass_cancel_request,
}


def unreadable(message: Message) -> str | None:
    """Why a message cannot be read that was let through by a session whose rules are partly off; None: it can."""
    read = _READERS.get(message.msg_type)
    try:
        if read is not None:
            read(message)
    except (AssertionError, KeyError, ValueError) as wrong:
        return f"it cannot be read: {str(wrong)[:64] or 'a field is missing'}"
    return None
