"""What happens, told while it happens: for the demo, and for whoever watches a gateway in a terminal."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from gateway.model import Input, LinkUp, Note, Output, Received, Send, Side, parse_px, print_scaled, print_timestamp
from gateway.run.serve import say

_SIDES = {side.value: side.name for side in Side}


class Commentary:
    """An observer of a live gateway; says a line for each thing a person would want to know."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}  # link -> who is there
        self._sayers: dict[str, Callable[[dict[str, Any]], str]] = {
            "parent": _parent,
            "decision": _decision,
            "risk": lambda note: f"refused {note['cl_ord_id']}: {note['text']}",
            "alert": lambda note: f"ALERT {note['code']}: {note['text']}",
        }

    def __call__(self, item: Input, outputs: Sequence[Output]) -> None:
        clock = print_timestamp(item.at)[9:]
        if isinstance(item, LinkUp):
            self._names[item.link] = item.port
        elif isinstance(item, Received):
            told = self._received(item.link, _fields(item.data))
            if told:
                say(f"{clock} {told}")
        for output in outputs:
            if isinstance(output, Note):
                sayer = self._sayers.get(output.kind)
                if sayer is not None:
                    say(f"{clock} {sayer(json.loads(output.payload))}")
            elif isinstance(output, Send):
                told = _sent(_fields(output.data))
                if told:
                    say(f"{clock} {told}")

    def _received(self, link: int, fields: dict[str, str]) -> str | None:
        kind = fields.get("35")
        if kind == "A":
            self._names[link] = fields.get("49", "?")
            return f"{self._names[link]} is logged on"
        if kind == "5":
            return f"{self._names.get(link, '?')} logs out{': ' + fields['58'] if '58' in fields else ''}"
        if kind == "8" and fields.get("150") == "F":
            return f"  {self._names.get(link, '?')} fills {_qty(fields['32'])} at {fields['31']}"
        if kind == "8" and fields.get("150") in ("4", "8", "C"):
            left = _qty(print_scaled(parse_px(fields.get("38", "0")) - parse_px(fields.get("14", "0"))))
            return f"  {self._names.get(link, '?')} gives back {left}"
        return None


def _sent(fields: dict[str, str]) -> str | None:
    if fields.get("35") != "8":
        return None
    client, order = fields.get("56"), fields.get("11")
    match fields.get("150"):
        case "0":
            note = f", {fields['58']}" if "58" in fields else ""
            return f"  {client} is told New{note}"
        case "F":
            return (
                f"  {client} is told of {_qty(fields['32'])} at {fields['31']} on {fields.get('30', '?')}: "
                f"{_qty(fields['14'])} of {_qty(fields['38'])} done, average {fields['6']}"
            )
        case "4" | "C" | "8":
            word = {"4": "canceled", "C": "expired", "8": "rejected"}[fields["150"]]
            return f"  {client} is told that {order} is {word}"
    return None


def _parent(note: dict[str, Any]) -> str:
    strategy = "direct" if note["strategy"] is None else f"TargetStrategy {note['strategy']}"
    return (
        f"{note['client']} {_SIDES[note['side']]} {_qty(print_scaled(note['order_qty']))} {note['symbol']} accepted as "
        f"{note['order_id']} ({strategy}); market {print_scaled(note['bid'])} / {print_scaled(note['ask'])}"
    )


def _decision(note: dict[str, Any]) -> str:
    children = ", ".join(
        f"{_qty(print_scaled(child['qty']))} to {child['venue']} at {print_scaled(child['price'])}"
        for child in note["children"]
    )
    return f"slice {note['slice']}: {_qty(print_scaled(note['release']))} due -> {children}"


def _qty(text: str) -> str:
    whole, dot, rest = text.partition(".")
    return f"{int(whole):,}{dot}{rest}"


def _fields(data: bytes) -> dict[str, str]:
    return dict(field.partition("=")[::2] for field in data.decode("latin-1").split("\x01")[:-1])
