"""What a [[venue]] says of its market data: how old it is when it comes, and from when on it is not traded on."""

from pydantic import Field

from gateway.model.settings import STALE_AFTER_MS
from gateway.run.tables import Table


class FeedKeys(Table):
    stale_after_ms: int = Field(default=STALE_AFTER_MS, ge=1, le=3_600_000)
    feed_latency_us: int = Field(default=0, ge=0, le=60_000_000)
