"""What an order is measured to cost as a whole, by laws found in trades: for shares of large companies, in days.

Almgren, Thum, Hauptmann and Li, "Direct estimation of equity market impact" (2005), and the square-root law that many
have found since.
"""

from math import sqrt

from msgspec import Struct

PERMANENT, TEMPORARY = 0.314, 0.142  # their gamma and eta


class Measured(Struct, frozen=True, gc=False, kw_only=True):
    """As parts of the price."""

    permanent: float  # by which it stays moved
    temporary: float  # which is paid beside it

    @property
    def cost(self) -> float:
        return self.permanent / 2 + self.temporary


def measured(*, of_volume: float, days: float, volatility: float, turnover: float) -> Measured:
    """Of an order of that part of a day's volume, worked evenly over so many days.

    `volatility` is a day's, a part of the price; `turnover` a day's volume as a part of the shares outstanding.
    """
    return Measured(
        permanent=PERMANENT * volatility * of_volume * turnover**-0.25,
        temporary=TEMPORARY * volatility * (of_volume / days) ** 0.6,
    )


def square_root(*, of_volume: float, volatility: float, factor: float = 1.0) -> float:
    """As a part of the price, of an order of that part of a day's volume."""
    return factor * volatility * sqrt(of_volume)
