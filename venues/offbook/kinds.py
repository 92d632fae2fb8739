"""Kinds of venues: what each of them can offer, and what a profile says of that kind alone."""

from enum import StrEnum
from typing import Final

from gateway.model.settings import Offer


class VenueKind(StrEnum):
    EXCHANGE = "EXCHANGE"  # a book that is shown, with auctions where it has hours
    ECN = "ECN"  # a book that is shown, without auctions
    DARK = "DARK"  # orders that nobody sees trade at the middle of the reference
    MARKET_MAKER = "MARKET_MAKER"  # quotes around the reference, and is the other side of every trade
    CROSSING = "CROSSING"  # orders wait and trade at the middle at fixed times of the day
    INTERNAL = "INTERNAL"  # orders of one firm trade with each other at the middle; nobody hears of it


AT_MIDDLE: Final = frozenset({VenueKind.DARK, VenueKind.CROSSING, VenueKind.INTERNAL})
_WAITING: Final = (Offer.DAY, Offer.GTC, Offer.GTD, Offer.HIDDEN, Offer.MIN_QTY, Offer.ALL_OR_NONE, Offer.MIDPOINT_PEG)
_FOR_AUCTIONS: Final = (Offer.OPG, Offer.ATC, Offer.GTX)
CAN_OFFER: Final[dict[VenueKind, tuple[Offer, ...]]] = {
    VenueKind.EXCHANGE: tuple(Offer),
    VenueKind.ECN: tuple(offer for offer in Offer if offer not in _FOR_AUCTIONS),
    VenueKind.DARK: (*_WAITING, Offer.IOC, Offer.FOK),
    VenueKind.MARKET_MAKER: (Offer.IOC, Offer.FOK, Offer.MIN_QTY, Offer.ALL_OR_NONE),
    VenueKind.CROSSING: _WAITING,
    VenueKind.INTERNAL: (*_WAITING, Offer.IOC, Offer.FOK),
}
_OF_BOOKS: Final = frozenset({VenueKind.EXCHANGE, VenueKind.ECN})
# Keys of a profile that mean something to these kinds only.
KEYS: Final[dict[str, frozenset[VenueKind]]] = {
    "allocation": _OF_BOOKS,
    "self_trade": _OF_BOOKS,
    "tip_varies_percent": _OF_BOOKS,
    "tip_seed": _OF_BOOKS,
    "band_percent": _OF_BOOKS,
    "band_cancels": _OF_BOOKS,
    "volatility": frozenset({VenueKind.EXCHANGE}),
    "reference_lag_ms": AT_MIDDLE | {VenueKind.MARKET_MAKER},
    "hidden": frozenset({VenueKind.DARK, VenueKind.CROSSING}),
    "crosses": frozenset({VenueKind.CROSSING}),
    "firms": frozenset({VenueKind.INTERNAL}),
    "last_look": frozenset({VenueKind.MARKET_MAKER}),
    "habits": _OF_BOOKS | {VenueKind.MARKET_MAKER},
}
QUOTING: Final = frozenset({"levels", "half_spread_ticks", "size_lots", "maker_lag_ms"})  # the habits of a market maker
