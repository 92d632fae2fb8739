"""Writes the table of `fixspecs/orders.md` that says what venues have to offer: `python -m tests.matrix`."""

import re
from pathlib import Path

from gateway.oms.matrix import MATRIX, Needs

DOCUMENT = Path(__file__).resolve().parents[1] / "fixspecs" / "orders.md"
_HEAD = "| order | fields | here | a venue offers |\n|---|---|---|---|\n"
_TABLE = re.compile(re.escape(_HEAD) + r"(\|.*\n)*")


def table() -> str:
    rows = (f"| {row.order} | {row.fields} | {row.here} | {_offers(row.needs)} |\n" for row in MATRIX)
    return _HEAD + "".join(rows)


def _offers(needs: Needs) -> str:
    return "; ".join(" and ".join(sorted(need)) for need in needs)


if __name__ == "__main__":
    DOCUMENT.write_text(_TABLE.sub(lambda _: table(), DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
