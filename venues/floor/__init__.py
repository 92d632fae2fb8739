"""What counterparties of a venue speak with: order entry, market data, the state of trading."""
