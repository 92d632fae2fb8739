"""`python -m tests.bench.engine`: the FIX engine alone behind the live driver and its journal, as acceptor or venue."""

import argparse
import asyncio
import signal
from pathlib import Path

import uvloop

from gateway.record.journal import Journal
from gateway.run.net.live import Live
from gateway.run.serve import settle_memory
from tests.bench.answering import Answering


async def serve(*, port: int, data: Path, durability: str, fills: bool) -> None:
    answering = Answering(fills=fills, us="XNAS" if fills else "GATEWAY")
    journal = Journal.open(data, "disk" if durability == "disk" else "process")
    live = Live(answering.engine(), journal, durability=durability)
    live.start(answering.started())
    await live.listen("127.0.0.1", port, "clients")
    settle_memory()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    await live.stop(grace_s=0.1)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--data", type=Path, required=True, help="folder of the journal")
    arguments.add_argument("--durability", choices=["disk", "process"], required=True)
    arguments.add_argument("--fills", action="store_true", help="fill each order, as a venue would")
    given = arguments.parse_args()
    uvloop.run(serve(port=given.port, data=given.data, durability=given.durability, fills=given.fills))


if __name__ == "__main__":
    main()
