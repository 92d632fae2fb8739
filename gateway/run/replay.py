"""`gateway replay`: a journal through the same core again, every output compared byte for byte."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from gateway.fix.engine import Engine
from gateway.fix.party import Application
from gateway.model import Node
from gateway.node import Gateway
from gateway.record.reading import JournalDamaged, Reading
from gateway.record.records import INPUTS, STARTED, Record
from gateway.record.verify import compare
from gateway.run.algos import AlgoError, installed
from gateway.run.echo import Echo
from gateway.run.venue import kept_tape
from venues.exchange import Exchange
from venues.profile import VenueConfig


def replay(folder: Path, application: Application | None = None) -> int:
    """`folder` is the data folder of a gateway, a venue, or an `application` on the engine.

    Exit status 0: identical, 1: not, 2: no journal, that of an application that is not given, or an algo cannot be had.
    """
    reading = Reading(folder)
    counts = {"inputs": 0, "outputs": 0}

    def counted(records: Iterator[Record]) -> Iterator[Record]:
        for record in records:
            counts["inputs" if record.kind in INPUTS else "outputs"] += 1
            yield record

    try:
        first = next(iter(Reading(folder)), None)
        if first is None or first.kind != STARTED:
            sys.stderr.write(f"{folder}: there is no journal here\n")
            return 2
        difference = compare(counted(iter(reading)), _node(first.payload, folder, application))
    except Unknown as whose:
        sys.stderr.write(f"{folder}: is {whose}'s; its program can give itself to gateway.run.replay.replay\n")
        return 2
    except AlgoError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except JournalDamaged as damage:
        sys.stderr.write(f"{damage}\n")
        return 1
    if difference is not None:
        print(f"different at {difference}")
        return 1
    if reading.torn is not None:
        print(f"ignored: {reading.torn}")
    print(f"identical: {counts['inputs']} inputs gave the recorded {counts['outputs']} outputs")
    return 0


class Unknown(Exception):
    """Whose journal it is; only its own program can replay it."""


def _node(payload: bytes, folder: Path, application: Application | None) -> Node:
    """What kind of participant wrote the journal."""
    started = json.loads(payload)
    if started.get("node") == "gateway":
        return Gateway(installed())
    if started.get("node") == "engine":
        if application is None and started.get("application") == Echo.__name__:
            application = Echo()
        if application is None:
            raise Unknown(started.get("application"))
        return Engine(application)
    return Exchange(kept_tape(folder, msgspec.convert(started["config"], VenueConfig)) or ())
