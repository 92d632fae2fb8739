"""FIX data types as patterns (Volume 1, "FIX field types"). One table serves the careful and the learned reading.

A pattern never matches SOH and never backtracks (possessive quantifiers), so matching is linear in the message.
"""

import re

from gateway.fix.dictionary import FieldDef

_LEAP_YEAR = r"(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][48]|[13579][26]|[2468]0)00)"
_NO_DAY = r"(?:0[2469]|11)31|02(?:29|30)"
_DATE = rf"(?:(?!0000)[0-9]{{4}}(?!{_NO_DAY})(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|{_LEAP_YEAR}0229)"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]{3}(?:[0-9]{3}){0,2}+)?+"
_DECIMAL = r"[0-9]{1,12}+(?:\.[0-9]{0,8}+)?+"
_ANY = r"[^\x01]++"

PATTERNS: dict[str, str] = {
    "AMT": rf"-?{_DECIMAL}",
    "BOOLEAN": r"[YN]",
    "CHAR": r"[^\x01]",
    "COUNTRY": r"[A-Z]{2}",
    "CURRENCY": r"[A-Z]{3}",
    "DATA": r"(?s:.)++",  # may hold SOH; its length field says where it ends
    "DAYOFMONTH": r"(?:[1-9]|[12][0-9]|3[01])",
    "EXCHANGE": _ANY,
    "FLOAT": rf"-?{_DECIMAL}",
    "INT": r"-?[0-9]{1,18}+",
    "LENGTH": r"[0-9]{1,9}+",
    "LOCALMKTDATE": _DATE,
    "MONTHYEAR": rf"(?:{_DATE}|[0-9]{{4}}(?:0[1-9]|1[0-2])(?:w[1-5])?+)",
    "MULTIPLEVALUESTRING": r"[^\x01 ]++(?: [^\x01 ]++)*+",
    "NUMINGROUP": r"[0-9]{1,9}+",
    "PERCENTAGE": rf"-?{_DECIMAL}",
    "PRICE": rf"-?{_DECIMAL}",
    "PRICEOFFSET": rf"-?{_DECIMAL}",
    "QTY": _DECIMAL,
    "SEQNUM": r"[0-9]{1,9}+",
    "STRING": _ANY,
    "UTCDATEONLY": _DATE,
    "UTCTIMEONLY": _TIME,
    "UTCTIMESTAMP": rf"{_DATE}-{_TIME}",
}


def pattern_of(field: FieldDef | None) -> str:
    """The pattern of a field's value: its enumeration's where it has one, else its type's; None is an unknown field."""
    if field is None:
        return _ANY
    if not field.values:
        return PATTERNS.get(field.type, _ANY)
    if all(len(value) == 1 for value in field.values) and field.type != "MULTIPLEVALUESTRING":
        return f"[{re.escape(''.join(field.values))}]"
    one = "|".join(re.escape(value) for value in sorted(field.values, key=len, reverse=True))
    return f"(?:{one})(?: (?:{one}))*+" if field.type == "MULTIPLEVALUESTRING" else f"(?:{one})"
