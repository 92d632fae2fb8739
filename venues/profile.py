"""What makes one venue differ from another, as a TOML file in `venues/profiles/`."""

import re
import tomllib
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

import msgspec
from msgspec import Struct

from gateway.model import Px, Qty, parse_px, parse_qty
from gateway.model.settings import OFFERED, Offer
from venues.crowd.flow import Flow, Habits
from venues.faults.plan import Faults
from venues.floor.auctions import Volatility
from venues.floor.fees import FeePeriod, FeeTier
from venues.floor.hours import VenueHours
from venues.floor.latency import Latency
from venues.floor.phases import TradingDay
from venues.matching.orders import Allocation, SelfTrade
from venues.matching.pool import Rules
from venues.matching.ticks import TickTable
from venues.offbook.crosses import Crosses
from venues.offbook.hidden import Hidden
from venues.offbook.kinds import CAN_OFFER, KEYS, QUOTING, VenueKind
from venues.offbook.lastlook import LastLook
from venues.tapes.showing import Showing


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    kind: VenueKind = VenueKind.EXCHANGE
    mic: str  # LastMkt(30)
    comp_id: str  # TargetCompID(56) of who logs on
    tick: Px
    coarser_ticks: tuple[tuple[Px, Px], ...] = ()  # (price, tick): from that price on, that tick
    lot: Qty
    min_qty: Qty
    currency: str = ""  # of prices; empty: not said
    latency: Latency = Latency()
    conflate_ms: int = 0  # market data at most this often; 0: with every change
    maker_fee: int = 0  # of the notional, in 1e-8 (10_000 is 1 bps); negative is a rebate
    taker_fee: int = 0
    fee_tiers: tuple[FeeTier, ...] = ()  # from the lowest volume on
    fee_period: FeePeriod = FeePeriod.MONTH
    offers: tuple[Offer, ...] = OFFERED  # what may be asked of it
    allocation: Allocation = Allocation.TIME
    self_trade: SelfTrade | None = None  # of one counterparty's orders for one Account(1); None: they trade
    tip_varies_percent: int = 0  # each tip of an iceberg but the first differs from MaxFloor(111) by so much at most
    tip_seed: int = 0
    band_bps: int = 0  # of the last auction's price, at first the start price, up and down; 0: none
    band_cancels: bool = False  # an order trades up to the band, and what is left is canceled; else it is rejected
    hours: VenueHours | None = None  # None: open round the clock
    volatility: Volatility | None = None  # None: continuous trading goes on whatever the price does
    habits: Habits = Habits()
    faults: Faults = Faults()  # what goes wrong there on purpose
    reference_lag_ms: int = 0  # after which the price of elsewhere is known here
    hidden: Hidden | None = None  # None: nobody but counterparties waits at the middle
    crosses: Crosses | None = None  # of a crossing network
    firms: dict[str, str] = {}  # of an internal cross, by SenderCompID(49); others are a firm of their own
    last_look: LastLook | None = None  # of a market maker; None: it takes whoever comes

    @property
    def has_a_book(self) -> bool:
        """Whether orders of all its participants meet in one that is shown."""
        return self.kind in (VenueKind.EXCHANGE, VenueKind.ECN)

    @property
    def ticks(self) -> TickTable:
        """Raises ValueError where the steps do not fit each other."""
        return _tick_table(self.tick, self.coarser_ticks)

    @property
    def tiers(self) -> tuple[FeeTier, ...]:
        """The rates that all begin with, and then those of the tiers."""
        return _tiers(self.maker_fee, self.taker_fee, self.fee_tiers)

    def rules(self, symbol: str) -> Rules:
        """Of the symbol's book."""
        return Rules(
            allocation=self.allocation,
            lot=self.lot,
            ticks=self.ticks,
            tip_varies_percent=self.tip_varies_percent,
            seed=self.tip_seed + int.from_bytes(symbol.encode(), "big"),
        )

    def round_the_clock(self) -> "Profile":
        """Without its hours and what goes with them: auctions, but for those after a halt, and orders for auctions."""
        if self.hours is None:
            return self
        offers = tuple(offer for offer in self.offers if offer not in _AUCTIONS)
        return msgspec.structs.replace(self, hours=None, volatility=None, offers=offers)

    @classmethod
    def parse(cls, text: str) -> "Profile":
        """The profile in TOML. Raises ValueError naming every key that is wrong, missing or unknown."""
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as wrong:
            raise ValueError(f"not TOML: {wrong}") from None
        faults: list[str] = []
        habits = table.pop("habits", {})
        if not isinstance(habits, dict):
            faults.append("habits is not a table")
            habits = {}
        fields = _read(table, _KEYS, "", faults)
        counts = _read(habits, _HABITS, "habits.", faults)
        faults += _missing_phases(fields)
        faults += _other_kinds(fields, table, habits)
        if "band_bps" in fields and "volatility" in fields:
            faults.append("band_percent is for a venue without volatility auctions")
        if faults:
            raise ValueError("; ".join(faults))
        profile = msgspec.convert({**fields, "habits": counts}, cls)
        try:
            assert profile.ticks
        except ValueError as wrong:
            raise ValueError(f"coarser_ticks {wrong}") from None
        return profile


@lru_cache
def _tick_table(tick: Px, coarser: tuple[tuple[Px, Px], ...]) -> TickTable:
    return TickTable(((Px(0), tick), *coarser))


@lru_cache
def _tiers(maker_fee: int, taker_fee: int, more: tuple[FeeTier, ...]) -> tuple[FeeTier, ...]:
    return (FeeTier(above=0, maker_fee=maker_fee, taker_fee=taker_fee), *more)


class VenueConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an Exchange is started with."""

    profile: Profile
    symbols: dict[str, str]  # start price as text, by symbol
    days: tuple[TradingDay, ...] = ()  # the profile's hours as instants; none: open round the clock
    flow: Flow | None = None  # None: nobody else is there, or the tape is
    tape: Showing = Showing()  # how one is shown, where there is one


def _text(value: object) -> str:
    if not isinstance(value, str) or re.fullmatch(r"[!-<>-~]{1,32}", value) is None:
        raise ValueError("must be text of 1 to 32 printable characters without '=' or spaces")
    return value


def _mic(value: object) -> str:
    if not isinstance(value, str) or re.fullmatch(r"[A-Z0-9]{4}", value) is None:
        raise ValueError("must be a MIC, four capital letters or digits")
    return value


def _currency(value: object) -> str:
    if not isinstance(value, str) or re.fullmatch(r"[A-Z]{3}", value) is None:
        raise ValueError("must be a currency, three capital letters")
    return value


def _decimal(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError('must be a number in quotes, such as "0.01"')
    return parse_px(value)


def _step(value: object) -> int:
    step = parse_qty(value) if isinstance(value, str) else _decimal(value)
    if step == 0:
        raise ValueError("must be above zero")
    return step


def _fee(value: object) -> int:
    fee = _decimal(value)
    if fee % 10_000 or abs(fee) > 10_000 * 100_000_000:
        raise ValueError("must be in basis points with at most 4 decimals")
    return fee // 10_000


_AUCTIONS = (Offer.OPG, Offer.ATC, Offer.GTX)


def _offers(value: object) -> tuple[Offer, ...]:
    if (
        not isinstance(value, list)
        or not value
        or any(value.count(each) > 1 or each not in Offer.__members__ for each in value)
    ):
        raise ValueError(f"must be a list of some of {', '.join(Offer)}, each once")
    return tuple(Offer(offer) for offer in value)


def _missing_phases(fields: dict[str, object]) -> list[str]:
    """What the offers need of the hours."""
    offers, hours = fields.get("offers"), fields.get("hours")
    if not isinstance(offers, tuple):
        return []
    has_opening = isinstance(hours, VenueHours) and hours.has_opening
    has_closing = isinstance(hours, VenueHours) and hours.has_closing
    there = {Offer.OPG: has_opening, Offer.ATC: has_closing, Offer.GTX: has_opening or has_closing}
    return [f"offers {offer} needs hours with that auction" for offer in offers if not there.get(offer, True)]


def _other_kinds(fields: dict[str, object], table: Mapping[str, object], habits: Mapping[str, object]) -> list[str]:
    """What is said that venues of this kind do not have, or is not said that they need."""
    kind, offers, hours = fields.get("kind", VenueKind.EXCHANGE), fields.get("offers", OFFERED), fields.get("hours")
    if not isinstance(kind, VenueKind):
        return []
    word = f"kind {kind.value}"
    faults = [f"{key} is not for {word}" for key, kinds in KEYS.items() if key in table and kind not in kinds]
    if habits and kind not in KEYS["habits"]:
        faults.append(f"habits are not for {word}")
    elif kind is VenueKind.MARKET_MAKER:
        faults += [f"habits.{key} is not for {word}" for key in habits if key in _HABITS and key not in QUOTING]
    if isinstance(offers, tuple):
        faults += [f"offers {offer} is not for {word}" for offer in offers if offer not in CAN_OFFER[kind]]
    if isinstance(hours, VenueHours) and kind is not VenueKind.EXCHANGE and (hours.has_opening or hours.has_closing):
        faults.append(f"hours with auctions are not for {word}")
    if kind is VenueKind.CROSSING and "crosses" not in table:
        faults.append(f"crosses is missing, which {word} needs")
    return faults


def _table(keys: "_Keys", kind: type[Struct]) -> Callable[[object], Struct]:
    def read(value: object) -> Struct:
        if not isinstance(value, dict):
            raise ValueError("is not a table")
        faults: list[str] = []
        fields = _read(value, keys, "", faults)
        if faults:
            raise ValueError("; ".join(faults))
        return msgspec.convert(fields, kind)

    return read


def _fee_tiers(value: object) -> tuple[FeeTier, ...]:
    read = _table(_TIER, FeeTier)
    tiers = tuple(msgspec.convert(read(table), FeeTier) for table in value) if isinstance(value, list) else ()
    if not tiers or any(one.above >= other.above for one, other in pairwise((FeeTier(above=0), *tiers))):
        raise ValueError("must be tables with above, each larger than the one before it")
    return tiers


def _firms(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("is not a table")
    return {_text(comp_id): _text(firm) for comp_id, firm in value.items()}


def _ticks(value: object) -> tuple[tuple[Px, Px], ...]:
    if not isinstance(value, list) or not all(isinstance(step, list) and len(step) == 2 for step in value):
        raise ValueError('must be a list of [price, tick], such as [["10", "0.05"]]')
    return tuple((Px(_step(price)), Px(_step(tick))) for price, tick in value)


def _percent(value: object) -> int:
    bps = _decimal(value) // 1_000_000
    if not 0 < bps <= 10_000:
        raise ValueError("must be from 0.01 to 100")
    return bps


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _one_of(kind: type[StrEnum]) -> Callable[[object], object]:
    def read(value: object) -> StrEnum:
        if not isinstance(value, str) or value not in kind.__members__:
            raise ValueError(f"must be one of {', '.join(kind.__members__)}")
        return kind[value]

    return read


def _count(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return read


_LEGS = ("in", "in_tail", "out", "out_tail", "data", "data_tail")
_Keys = Mapping[str, tuple[str, Callable[[object], object], bool]]  # key -> field, reader, whether it is required

_VOLATILITY: _Keys = {
    "from_last_bps": ("from_last_bps", _count(1, 10_000), True),
    "from_auction_bps": ("from_auction_bps", _count(1, 10_000), True),
    "auction_s": ("auction_s", _count(1, 3600), True),
}
_LATENCY: _Keys = {
    **{f"{leg}_us": (f"{leg}_us", _count(0, 10_000_000), False) for leg in _LEGS},
    "seed": ("seed", _count(0, 1 << 32), False),
}
_TIER: _Keys = {
    "above": ("above", _decimal, True),
    "maker_fee_bps": ("maker_fee", _fee, False),
    "taker_fee_bps": ("taker_fee", _fee, False),
}
_HIDDEN: _Keys = {
    "arrivals_per_min": ("arrivals_per_min", _count(1, 600), True),
    "stays_s": ("stays_s", _count(1, 600), True),
    "size_lots": ("size_lots", _count(1, 1_000_000), True),
}
_LAST_LOOK: _Keys = {
    "hold_ms": ("hold_ms", _count(0, 10_000), False),
    "declines_percent": ("declines_percent", _count(0, 100), False),
    "seed": ("seed", _count(0, 1 << 32), False),
}
_KEYS: _Keys = {
    "name": ("name", _text, True),
    "kind": ("kind", _one_of(VenueKind), False),
    "mic": ("mic", _mic, True),
    "comp_id": ("comp_id", _text, True),
    "tick": ("tick", _step, True),
    "coarser_ticks": ("coarser_ticks", _ticks, False),
    "lot": ("lot", _step, True),
    "min_qty": ("min_qty", _step, True),
    "currency": ("currency", _currency, False),
    "latency": ("latency", _table(_LATENCY, Latency), False),
    "conflate_ms": ("conflate_ms", _count(0, 60_000), False),
    "maker_fee_bps": ("maker_fee", _fee, False),
    "taker_fee_bps": ("taker_fee", _fee, False),
    "fee_tiers": ("fee_tiers", _fee_tiers, False),
    "fee_period": ("fee_period", _one_of(FeePeriod), False),
    "offers": ("offers", _offers, False),
    "allocation": ("allocation", _one_of(Allocation), False),
    "self_trade": ("self_trade", _one_of(SelfTrade), False),
    "tip_varies_percent": ("tip_varies_percent", _count(0, 90), False),
    "tip_seed": ("tip_seed", _count(0, 1 << 32), False),
    "band_percent": ("band_bps", _percent, False),
    "band_cancels": ("band_cancels", _flag, False),
    "hours": ("hours", VenueHours.read, False),
    "volatility": ("volatility", _table(_VOLATILITY, Volatility), False),
    "reference_lag_ms": ("reference_lag_ms", _count(0, 60_000), False),
    "hidden": ("hidden", _table(_HIDDEN, Hidden), False),
    "crosses": ("crosses", Crosses.read, False),
    "firms": ("firms", _firms, False),
    "last_look": ("last_look", _table(_LAST_LOOK, LastLook), False),
    "faults": ("faults", Faults.read, False),
}
_HABITS: _Keys = {
    "levels": ("levels", _count(1, 25), False),
    "half_spread_ticks": ("half_spread_ticks", _count(1, 1000), False),
    "size_lots": ("size_lots", _count(1, 1_000_000), False),
    "arrivals_per_s": ("arrivals_per_s", _count(1, 1000), False),
    "takers_percent": ("takers_percent", _count(0, 100), False),
    "hidden_percent": ("hidden_percent", _count(0, 100), False),
    "maker_lag_ms": ("maker_lag_ms", _count(0, 60_000), False),
    "fast_percent": ("fast_percent", _count(0, 100), False),
}


def _read(table: dict[str, object], keys: _Keys, prefix: str, faults: list[str]) -> dict[str, object]:
    fields: dict[str, object] = {}
    faults += [f"{prefix}{key} is not a key of a profile" for key in table if key not in keys]
    for key, (field, read, required) in keys.items():
        if key in table:
            try:
                fields[field] = read(table[key])
            except ValueError as wrong:
                faults.append(f"{prefix}{key} {wrong}")
        elif required:
            faults.append(f"{prefix}{key} is missing")
    return fields
