"""What a client is told beyond ExecutionReports and OrderCancelRejects."""

from gateway.model.allocations import AllocationAck, AllocationReport
from gateway.model.lists import ListStatus
from gateway.model.orders import MassCancelReport
from gateway.model.positions import PositionAnswer

Answer = AllocationAck | AllocationReport | ListStatus | MassCancelReport | PositionAnswer
