"""What more than one kind of message has."""

from gateway.model import Side

SIDES = {str(x): x for x in Side}  # a dict look-up costs a tenth of calling the enumeration
SIDE_FIELDS = {x: f"54={x}\x01" for x in Side}  # and a fifth of formatting its member


def symbol_field(symbol: str) -> str:
    return f"55={symbol}\x01" if symbol else ""
