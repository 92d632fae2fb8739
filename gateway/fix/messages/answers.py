"""Answers as messages: which MsgType(35) each is, and its body."""

from gateway.fix.messages.allocations import write_allocation_ack, write_allocation_report
from gateway.fix.messages.inquiries import write_mass_cancel_report
from gateway.fix.messages.lists import write_list_status
from gateway.fix.messages.positions import write_position_ack, write_position_report
from gateway.model import MassCancelReport, Ns
from gateway.model.allocations import AllocationAck, AllocationReport
from gateway.model.answers import Answer
from gateway.model.lists import ListStatus
from gateway.model.positions import PositionAnswer, PositionReport


def write_answer(answer: Answer, now: Ns) -> tuple[str, str]:
    """MsgType and body."""
    match answer:
        case AllocationAck():
            return "P", write_allocation_ack(answer, now)
        case AllocationReport():
            return "AS", write_allocation_report(answer)
        case ListStatus():
            return "N", write_list_status(answer)
        case MassCancelReport():
            return "r", write_mass_cancel_report(answer, now)
        case PositionAnswer(request=request, report=PositionReport() as report):
            return "AP", write_position_report(report, request, report_id=answer.report_id, reports=answer.reports)
        case PositionAnswer():
            return "AO", write_position_ack(
                answer.request, answer.result, report_id=answer.report_id, reports=answer.reports, text=answer.text
            )
