"""A participant as a function of its inputs: `handle(input) -> outputs`, and the instant it wants to be woken.

Gateway and venue are Nodes. Whoever runs one (live, simulated, replayed) gives it the same inputs and gets the same
outputs; a Node reads no clock, socket, disk or random source, and its order of iteration is that of insertion.
"""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from gateway.model.numbers import Ns


class Started(Struct, frozen=True, gc=False):
    """First input of every run over one journal. Links of an earlier run are gone, without a LinkDown."""

    at: Ns
    payload: bytes  # JSON: {"version": ..., "config": {...}}, from which the Node builds or adjusts itself


class LinkUp(Struct, frozen=True, gc=False):
    """A connection stands. Link numbers are never used twice in one journal."""

    at: Ns
    link: int
    port: str  # which listener it came in on, or the name of the counterparty we called
    peer: str  # 'host:port' of the other end


class LinkDown(Struct, frozen=True, gc=False):
    at: Ns
    link: int
    reason: str


class Received(Struct, frozen=True, gc=False):
    """One whole message, BodyLength(9) and CheckSum(10) verified."""

    at: Ns
    link: int
    data: bytes


class Garbled(Struct, frozen=True, gc=False):
    """Bytes that are no message, cut to a bound; FIX ignores them, the record keeps them."""

    at: Ns
    link: int
    data: bytes


class Timer(Struct, frozen=True, gc=False):
    """The instant asked for by `wake_at` has come."""

    at: Ns


class Command(Struct, frozen=True, gc=False):
    """An operator's word."""

    at: Ns
    name: str
    who: str
    payload: bytes  # JSON arguments


Input = Started | LinkUp | LinkDown | Received | Garbled | Timer | Command


class Send(Struct, frozen=True, gc=False):
    link: int
    data: bytes


class Close(Struct, frozen=True, gc=False):
    """Drop the connection once what was sent to it has left."""

    link: int


class Note(Struct, frozen=True, gc=False):
    """A fact that no message carries, for the audit."""

    kind: str  # 'decision', 'risk', 'alert', 'session', 'parent'
    payload: bytes  # JSON


Output = Send | Close | Note


class Node(Protocol):
    def handle(self, item: Input) -> Sequence[Output]: ...

    def wake_at(self) -> Ns | None:
        """When to send the next Timer, if nothing comes before; None: never."""
        ...
