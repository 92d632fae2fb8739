"""What a gateway is told about its world. The live driver journals it in `Started`, so that replay needs no file."""

from msgspec import Struct

from gateway.model.market import Instrument
from gateway.model.numbers import Qty
from gateway.model.sessions import SessionConfig


class Limits(Struct, frozen=True, kw_only=True):
    """Pre-trade limits of one symbol. None means nobody set it, and then every order is refused."""

    max_order_qty: Qty | None = None
    max_order_notional: int | None = None  # price times quantity, in 1e-8 of the currency unit
    collar_bps: int | None = None  # how far through the opposite best quote a price may be, in 1/10000


class VenueSettings(Struct, frozen=True, kw_only=True):
    """One venue we call and trade on."""

    name: str  # a MIC: the port's name in LinkUp, LastMkt(30) on the client's reports
    session: SessionConfig  # we open it


class Settings(Struct, frozen=True, kw_only=True):
    comp_id: str  # ours
    clients: tuple[SessionConfig, ...]  # a client's name is its session's
    venues: tuple[VenueSettings, ...]
    instruments: tuple[Instrument, ...]
    limits: dict[str, Limits]  # by symbol
    close_s: int | None = None  # end of the trading day in seconds after midnight UTC, the default EndTime of an algo
    seed: int = 1
