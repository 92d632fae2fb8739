"""Parents and children: their life cycle, slicing, and the roll-up of what venues report."""

from gateway.oms.desk import Desk
from gateway.oms.order import Child, ParentOrder
from gateway.oms.wire import Wire

__all__ = ["Child", "Desk", "ParentOrder", "Wire"]
