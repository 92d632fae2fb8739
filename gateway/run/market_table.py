"""What a [[venue]] says of its market data, how old it is when it comes and from when on it is not traded on, and
[profiles]: what trades when in kinds of days that clients name."""

from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.market.volume import SHAPE_NAME, SHAPES
from gateway.model.settings import STALE_AFTER_MS
from gateway.run.tables import Table

_PARTS = 1440  # a minute each, of a whole day


class FeedKeys(Table):
    stale_after_ms: int = Field(default=STALE_AFTER_MS, ge=1, le=3_600_000)
    feed_latency_us: int = Field(default=0, ge=0, le=60_000_000)


def _named(name: str) -> str:
    if not SHAPE_NAME.fullmatch(name):
        raise ValueError("must be a letter and at most 31 letters, digits, '-' and '_'")
    if name in SHAPES:
        raise ValueError("is there already")
    return name


def _weighted(weights: list[int]) -> list[int]:
    if not any(weights):
        raise ValueError("must have a weight above 0")
    return weights


Weight = Annotated[int, Field(ge=0, le=1_000_000_000)]
Profiles = dict[
    Annotated[str, AfterValidator(_named)],
    Annotated[list[Weight], Field(min_length=1, max_length=_PARTS), AfterValidator(_weighted)],
]
