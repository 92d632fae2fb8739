"""How a venue shows a tape, and what becomes of orders that the recorded market never saw."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct


class FillModel(StrEnum):
    """When an order that rests trades, and what an order that takes pays."""

    QUEUE = "queue"  # behind the size that was there when it came; trades and cancels ahead of it move it forward
    TOUCH = "touch"  # with every trade at its price or beyond
    THROUGH = "through"  # with trades beyond its price only
    SLIPPAGE = "slippage"  # as `through`; who takes pays for the size taken, and what was taken grows back


class Showing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fill_model: FillModel = FillModel.QUEUE
    own_impact: bool = True  # what is taken stays taken; False: it is there again with the next row
    half_life_ms: Annotated[int, Meta(ge=1)] = 1_000  # with `slippage`, until half of what was taken has grown back
    skip_bad: bool = False  # pass over lines of the tape that are no rows
