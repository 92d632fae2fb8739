"""How an order is to be worked: instructions, triggers and pegs."""

from gateway.fix.reader import Message, Selection
from gateway.model import PLAIN, Handling, parse_px, parse_qty, print_scaled

HANDLING = Selection(18, 99, 1107, 1094, 211, 836, 838, 110, 111, 1138, 152)


def read_handling(message: Message) -> Handling:
    """Of a NewOrderSingle(D) or an OrderCancelReplaceRequest(G); PLAIN where nothing is said."""
    if not message.layout.present(HANDLING):
        return PLAIN
    (
        exec_inst, stop_px, trigger_by, peg, peg_offset, peg_offset_type, peg_rounding, min_qty, max_floor, display_qty,
        cash_order_qty,
    ) = message.pick(HANDLING)  # fmt: skip
    return Handling(
        exec_inst=tuple(exec_inst.split(" ")) if exec_inst is not None else (),
        stop_px=parse_px(stop_px) if stop_px is not None else None,
        trigger_by=trigger_by,
        peg=peg,
        peg_offset=parse_px(peg_offset) if peg_offset is not None else None,
        peg_offset_type=peg_offset_type,
        peg_rounding=peg_rounding,
        min_qty=parse_qty(min_qty) if min_qty is not None else None,
        max_floor=parse_qty(max_floor) if max_floor is not None else None,
        display_qty=parse_qty(display_qty) if display_qty is not None else None,
        cash_order_qty=parse_qty(cash_order_qty) if cash_order_qty is not None else None,
    )


def write_handling(handling: Handling) -> str:
    """What a venue is told of it: the rest is ours to do."""
    said = f"18={' '.join(handling.exec_inst)}\x01" if handling.exec_inst else ""
    return said if handling.min_qty is None else f"{said}110={print_scaled(handling.min_qty)}\x01"
