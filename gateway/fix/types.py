"""FIX data types as patterns (Volume 1, "FIX field types"). One table serves the careful and the learned reading.

A pattern never matches SOH and never backtracks (possessive quantifiers), so matching is linear in the message.
"""

import re
from functools import lru_cache

from gateway.fix.dictionary import FieldDef

_BY_FOUR = r"(?:[02468][048]|[13579][26])"
_LEAP_DAY = rf"0229(?:(?<={_BY_FOUR}0229)(?<!000229)|(?<={_BY_FOUR}000229))"
_DATE = (
    r"(?!0000)[0-9]{4}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])"
    rf"|(?:0[13-9]|1[0-2])(?:29|30)|(?:0[13578]|1[02])31|{_LEAP_DAY})"
)
_MINUTE = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_FRACTION = r"(?:\.[0-9]{3}(?:[0-9]{3}){0,2}+)?+"  # milli-, micro- or nanoseconds
_TIME = rf"{_MINUTE}:(?:[0-5][0-9]|60){_FRACTION}"  # 60: a leap second
_ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-4])(?::[0-5][0-9])?+)?+"
_ZONED_TIME = rf"{_MINUTE}(?::(?:[0-5][0-9]|60){_FRACTION})?+{_ZONE}"
_DECIMAL = r"[0-9]{1,12}+(?:\.[0-9]{0,8}+)?+"
_ANY = r"[^\x01]++"
_WORDS = r"[^\x01 ]++(?: [^\x01 ]++)*+"
_BYTES = r"(?s:.)++"  # may hold SOH; the length field before it says where it ends

PATTERNS: dict[str, str] = {
    "AMT": rf"-?{_DECIMAL}",
    "BOOLEAN": r"[YN]",
    "CHAR": r"[^\x01]",
    "COUNTRY": r"[A-Z]{2}",
    "CURRENCY": r"[A-Z]{3}",
    "DATA": _BYTES,
    "DATE": _DATE,
    "DAYOFMONTH": r"0*+(?:[12][0-9]|3[01]|[1-9])",
    "EXCHANGE": _ANY,
    "FLOAT": rf"-?{_DECIMAL}",
    "INT": r"-?[0-9]{1,18}+",
    "LANGUAGE": r"[a-z]{2}",
    "LENGTH": r"[0-9]{1,9}+",
    "LOCALMKTDATE": _DATE,
    "MONTHYEAR": rf"(?:{_DATE}|[0-9]{{4}}(?:0[1-9]|1[0-2])(?:w[1-5])?+)",
    "MULTIPLECHARVALUE": r"[^\x01 ](?: [^\x01 ])*+",
    "MULTIPLESTRINGVALUE": _WORDS,
    "MULTIPLEVALUESTRING": _WORDS,
    "NUMINGROUP": r"[0-9]{1,9}+",
    "PERCENTAGE": rf"-?{_DECIMAL}",
    "PRICE": rf"-?{_DECIMAL}",
    "PRICEOFFSET": rf"-?{_DECIMAL}",
    "QTY": _DECIMAL,
    "SEQNUM": r"[0-9]{1,9}+",
    "STRING": _ANY,
    "TAGNUM": r"[1-9][0-9]{0,8}+",
    "TIME": rf"{_DATE}-{_TIME}",  # of FIX 4.0 and 4.1
    "TZTIMEONLY": _ZONED_TIME,
    "TZTIMESTAMP": rf"{_DATE}-{_ZONED_TIME}",
    "UTCDATE": _DATE,
    "UTCDATEONLY": _DATE,
    "UTCTIMEONLY": _TIME,
    "UTCTIMESTAMP": rf"{_DATE}-{_TIME}",
    "XMLDATA": _BYTES,
}
_PLURAL = frozenset(("MULTIPLECHARVALUE", "MULTIPLESTRINGVALUE", "MULTIPLEVALUESTRING"))


def pattern_of(field: FieldDef | None, *, formats: bool = True, enums: bool = True) -> str:
    """The pattern of a field's value: its enumeration's where it has one, else its type's; None is an unknown field.

    `formats` and `enums` are the rules of these names. Where they are off, any value will do, but not none.
    """
    if field is None:
        return _ANY
    if not (enums and field.values):
        return PATTERNS[field.type] if formats or PATTERNS[field.type] is _BYTES else _ANY
    if all(len(value) == 1 for value in field.values) and field.type not in _PLURAL:
        return f"[{re.escape(''.join(field.values))}]"
    one = "|".join(re.escape(value) for value in sorted(field.values, key=len, reverse=True))
    return f"(?:{one})(?: (?:{one}))*+" if field.type in _PLURAL else f"(?:{one})"


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """When it is needed first: a dictionary has a thousand fields, a session speaks a tenth of them."""
    return re.compile(pattern)
