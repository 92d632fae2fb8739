"""`python -m tests.kill [--children 2000]`: the kill switch of a running gateway, timed by the venues' own tapes.

So many orders rest at simulated venues, on real sockets; while the client goes on sending, SIGUSR1 stops the firm.
Every child has to be canceled at its venue, the last request has to be there within half a second, and no order may
arrive after the first of them.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from gateway.model import MILLISECOND, Ns, print_timestamp
from gateway.record.reading import Reading, Tail
from gateway.record.records import COMMAND, RECEIVED
from tests.crash import fields_of
from tests.stack import PATIENCE_S, Stack
from tests.tape_client import TapeClient

WITHIN_MS = 500.0  # from the command's instant in our journal to the last cancel's in a venue's
_AT_ONCE = 50  # orders sent without listening


@dataclass
class Outcome:
    children: int
    last_cancel_ms: float = 0.0
    refused: int = 0  # orders that came after the command
    faults: list[str] = field(default_factory=list)


def kill(folder: Path, *, children: int) -> Outcome:
    """Run it; `faults` of the outcome says what was wrong."""
    outcome = Outcome(children)
    with Stack(folder) as stack:
        client = TapeClient()
        client.connect(stack.port)
        stack.wait_for_prices()
        for number in range(children):
            _rest(client, f"K{number}", number)
            if not number % _AT_ONCE:
                client.work(0.01)
        tails = [Tail(folder / venue) for venue in stack.venues]
        arrived = [sum(_arrivals(tail) for tail in tails)]
        while arrived[-1] < children:
            client.work(0.1)
            arrived.append(arrived[-1] + sum(_arrivals(tail) for tail in tails))
            assert len(arrived) < 10 * PATIENCE_S, f"{arrived[-1]} children rest: {client.messages[-1]}"
        assert stack.gateway is not None
        os.kill(stack.gateway.pid, signal.SIGUSR1)
        end, number = time.monotonic() + PATIENCE_S, 0
        while not _told(client, "L", "8") and time.monotonic() < end:
            _rest(client, f"L{number}", number)
            client.work(0.001)
            number += 1
        while _told(client, "K", "4") < children and time.monotonic() < end:
            client.work(0.1)
        client.log_out()
        stack.stop()
        _compare(folder, list(stack.venues), outcome)
    if _told(client, "K", "4") != children:
        outcome.faults.append(f"{_told(client, 'K', '4')} of {children} orders were canceled")
    outcome.refused = _told(client, "L", "8")
    if not outcome.refused:
        outcome.faults.append("no order was refused")
    return outcome


def _rest(client: TapeClient, cl_ord_id: str, number: int) -> None:
    """Far enough from the market never to trade."""
    side, price = ("1", "92") if number % 2 else ("2", "108")
    now = print_timestamp(Ns(time.time_ns()))
    client.send("D", f"11={cl_ord_id}|55=ACME|54={side}|60={now}|38=2|40=2|44={price}|59=0|111=1|")


def _told(client: TapeClient, kind: str, exec_type: str) -> int:
    reports = [(message.get(11) or "", message.get(150)) for message in client.messages]
    return sum(cl_ord_id.startswith(kind) and found == exec_type for cl_ord_id, found in reports)


def _arrivals(tail: Tail) -> int:
    """Orders that a venue has received since it was asked last."""
    count = 0
    while (batch := tail.read()) is not None:
        count += sum(record.kind == RECEIVED and b"\x0135=D\x01" in record.payload for record in batch.records)
    return count


def _compare(folder: Path, venues: list[str], outcome: Outcome) -> None:
    """What the venues received, against the instant of the command in the gateway's journal."""
    killed = next(record.at for record in Reading(folder / "data") if record.kind == COMMAND)
    orders: dict[tuple[str, str], int] = {}
    cancels: dict[tuple[str, str], int] = {}
    for venue in venues:
        for record in Reading(folder / venue):
            fields = fields_of(record.payload) if record.kind == RECEIVED else {}
            if fields.get("35") == "D":
                orders[venue, fields["11"]] = record.at
            elif fields.get("35") == "F":
                cancels.setdefault((venue, fields["41"]), record.at)
    first = min(cancels.values(), default=0)
    outcome.last_cancel_ms = (max(cancels.values(), default=0) - killed) / MILLISECOND
    late = [name for name, at in orders.items() if at > first]
    if late:
        outcome.faults.append(f"{len(late)} children arrived after the first cancel")
    if orders.keys() != cancels.keys():
        outcome.faults.append(f"{len(orders.keys() - cancels.keys())} of {len(orders)} children were not canceled")


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.kill", description=__doc__)
    parser.add_argument("--children", type=int, default=2000)
    with tempfile.TemporaryDirectory() as folder:
        outcome = kill(Path(folder), children=parser.parse_args().children)
    print(
        f"{outcome.children} live children: the last cancel was at its venue {outcome.last_cancel_ms:.0f} ms after the "
        f"command; {outcome.refused} orders that came later were refused"
    )
    if outcome.last_cancel_ms > WITHIN_MS:
        outcome.faults.append(f"that is more than {WITHIN_MS:.0f} ms")
    for fault in outcome.faults:
        print(fault)
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
