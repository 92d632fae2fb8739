"""`gateway venue stats` and `breaker`: how well each venue has served the gateway, and which it leaves alone."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.run.cli.arguments import DATA, Data, Json, fail, tell
from gateway.run.cli.operating import Why, order, reason

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.model.health import VenueStatistics


class Turn(StrEnum):
    OPEN = "open"
    CLOSE = "close"


def breaker(
    turn: Annotated[Turn, typer.Argument(help="Open: the venue gets nothing until somebody closes it.")],
    venue: Annotated[str, typer.Argument(metavar="VENUE")],
    *,
    why: Why,
    data: Data = DATA,
) -> None:
    """Open or close a venue's breaker in a gateway that runs."""
    from gateway.run.commands import CloseBreaker, OpenBreaker

    request = OpenBreaker if turn is Turn.OPEN else CloseBreaker
    order(data, request(venue=venue, why=reason(why)))


def stats(*, data: Data = DATA, as_json: Json = False) -> None:
    """What venues made of a gateway's orders: as it stands where it runs, else as it was noted last."""
    tell(_found(data), _show, as_json=as_json)


def _found(data: Path) -> "Sequence[VenueStatistics]":
    from gateway.record.projector import database_path
    from gateway.run.cli.audit import audit
    from gateway.run.commands import Venues
    from gateway.run.control import ControlError, ask

    try:
        answer = ask(data, Venues())
    except ControlError as nobody:
        if not database_path(data).exists():
            fail(str(nobody))
        with audit(data) as asked:
            return asked.venue_statistics()
    if answer.error is not None:
        fail(answer.error, status=1)
    return answer.venues


def _show(found: "Sequence[VenueStatistics]", console: "Console") -> None:
    from gateway.run.show import print_table, table

    answers = ("venue", "state", "up", "answers", "first word after", "99 % within", "rejected", "unanswered", "fees")
    takes = ("venue", "takes", "filled", "beyond what was shown", "middle after 1 s", "after 10 s", "better than limit")
    rests = ("venue", "rests", "filled", "after", "middle after 1 s", "after 10 s")
    print_table(table("Venues", answers, map(_answers, found)), console)
    for of in found:
        if of.breaker:
            console.print(f"{of.venue}: {of.breaker}", markup=False, highlight=False, soft_wrap=True)
    print_table(table("What was taken there", takes, map(_takes, found)), console)
    print_table(table("What could rest there", rests, map(_rests, found)), console)


def _answers(of: "VenueStatistics") -> tuple[object, ...]:
    within = "" if of.ack_p99_us is None else f"{of.ack_p99_us / 1e3:.3g} ms"
    state = "here" if of.is_up else "away"
    fees = _bps(of.fees)
    return (
        of.venue, state, _share(of.availability), of.answers, _time(of.ack_ns), within, _share(of.rejected),
        of.unanswered, fees,
    )  # fmt: skip


def _takes(of: "VenueStatistics") -> tuple[object, ...]:
    moves = _bps(of.after_1s, sign="+"), _bps(of.after_10s, sign="+")
    return of.venue, of.takes, _share(of.takes_filled), _bps(of.slipped, sign="+"), *moves, _bps(of.better)


def _rests(of: "VenueStatistics") -> tuple[object, ...]:
    moves = _bps(of.rest_after_1s, sign="+"), _bps(of.rest_after_10s, sign="+")
    return of.venue, of.rests, _share(of.rests_filled), _time(of.fill_ns), *moves


def _share(rate: int | None) -> str:
    return "" if rate is None else f"{rate / 1e6:.1f} %"


def _bps(rate: int | None, *, sign: str = "") -> str:
    return "" if rate is None else f"{rate / 1e4:{sign}.2f} bps"


def _time(ns: int | None) -> str:
    return "" if ns is None else f"{ns / 1e9:.2f} s" if ns >= 10**9 else f"{ns / 1e6:.3g} ms"
