"""ClOrdIDs in the audit: free again the day after, so each is the last order's that was taken under it."""

from pathlib import Path

from gateway.model import Input, Output
from tests.test_audit import ACKED, AT, ORDER, QTY, START, ask, from_client, note, project, to_client, written

CANCELED: list[Input | Output] = [
    from_client("35=F|34=3|11=P2|41=P1|55=IBM|54=1"),
    to_client("35=8|34=3|37=G-1|17=E2|150=4|39=4|11=P2|41=P1|55=IBM|54=1|38=300|151=0|14=0|6=0"),
]
AGAIN: list[Input | Output] = [
    from_client("35=D|34=4|11=P1|55=IBM|54=2|38=7|40=1"),
    note("parent", order_id="G-2", cl_ord_id="P1", client="CLIENT", symbol="IBM", side="2", order_qty=7 * QTY,
         strategy=None, bid=0, ask=0, start=AT, end=AT),
    to_client("35=8|34=4|37=G-2|17=E3|150=0|39=0|11=P1|55=IBM|54=2|38=7|40=1|151=7|14=0|6=0"),
    from_client("35=G|34=5|11=P2|41=P1|55=IBM|54=2|38=9|40=1"),
    to_client("35=8|34=5|37=G-2|17=E4|150=5|39=0|11=P2|41=P1|55=IBM|54=2|38=9|40=1|151=9|14=0|6=0"),
    from_client("35=F|34=6|11=P3|41=P2|55=IBM|54=2"),
    to_client("35=9|34=6|37=G-2|11=P3|41=P2|39=0|434=1|102=0|58=too late"),
]  # fmt: skip


def test_requests_are_those_of_the_order_that_has_the_name_now(tmp_path: Path) -> None:
    written(tmp_path, [START, ORDER, ACKED, CANCELED, AGAIN])
    project(tmp_path)
    named = "SELECT msg_type, cl_ord_id FROM requests WHERE order_key = ? AND session = 'CLIENT' ORDER BY seq"
    requests = {key: ask(tmp_path, named.replace("?", f"'parent {key}'")) for key in ("G-1", "G-2")}
    assert requests == {
        "G-1": [("D", "P1"), ("F", "P2")],
        "G-2": [("D", "P1"), ("G", "P2"), ("F", "P3"), ("9", "P3")],
    }
