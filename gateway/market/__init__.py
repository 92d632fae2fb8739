"""What each venue shows, and the consolidated market: folds of the venues' market data messages."""

from gateway.market.book import Book
from gateway.market.consolidated import NEVER, Markets

__all__ = ["NEVER", "Book", "Markets"]
