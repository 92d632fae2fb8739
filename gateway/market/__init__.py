"""What each venue shows, and the consolidated market: folds of the venues' market data messages."""

from gateway.market.book import Book
from gateway.market.consolidated import NEVER, Markets
from gateway.market.volume import Hours

__all__ = ["NEVER", "Book", "Hours", "Markets"]
