"""`gateway explain`: why an order went the way it did."""

from typing import Annotated

import typer

from gateway.run.cli.arguments import DATA, Data, Json, fail, tell
from gateway.run.cli.audit import audit


def explain(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="OrderID(37), ClOrdID(11), of a child too, ExplainId(9006).")
    ],
    *,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """Tell an order's story: what was asked, each release with what it could cost where, why it went there, the end."""
    from gateway.record import explanation
    from gateway.record.reading import JournalDamaged
    from gateway.run.story import show

    try:
        with audit(data) as asked:
            told = explanation.explain(asked, data, name)
    except JournalDamaged as damage:
        fail(str(damage), status=1)
    if told is None:
        fail(f"no order has the OrderID(37) or ClOrdID(11) {name}", status=1)
    tell(told, show, as_json=as_json)
