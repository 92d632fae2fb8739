"""Which order a ClOrdID(11) belongs to, for millions of them: ten bytes each, and no more time for the last.

An entry is 4 bytes of the id's hash and 5 of the order's number, in one of many rows of bytes that are searched in C.
The same four bytes may stand elsewhere, so what is found has to be looked at; hence nothing depends on the hash, which
Python salts anew in each process.
"""

from collections.abc import Iterator
from typing import Final

_ROWS: Final = 4096  # at ten million ids a row has 22 KB
_KEY, _ENTRY = 4, 9  # bytes


class Ids:
    def __init__(self) -> None:
        self._rows: dict[int, bytearray] = {}

    def add(self, owner: str, cl_ord_id: str, number: int) -> None:
        """`number` is that of the order, less than 2 to the 40."""
        hashed = hash((owner, cl_ord_id))
        row = self._rows.get(hashed % _ROWS)
        if row is None:
            row = self._rows[hashed % _ROWS] = bytearray()
        row += (hashed >> 12 & 0xFFFFFFFF).to_bytes(_KEY) + number.to_bytes(_ENTRY - _KEY)

    def numbers(self) -> list[int]:
        """Of the orders that have any id here, in their order."""
        found = {
            int.from_bytes(row[at + _KEY : at + _ENTRY])
            for row in self._rows.values()
            for at in range(0, len(row), _ENTRY)
        }
        return sorted(found)

    def candidates(self, owner: str, cl_ord_id: str) -> Iterator[int]:
        """Numbers of the orders that may have it, the oldest first."""
        hashed = hash((owner, cl_ord_id))
        row = self._rows.get(hashed % _ROWS)
        if row is None:
            return
        key = (hashed >> 12 & 0xFFFFFFFF).to_bytes(_KEY)
        at = row.find(key)
        while at >= 0:
            yield int.from_bytes(row[at + _KEY : at + _ENTRY])
            at = row.find(key, at + 1)
