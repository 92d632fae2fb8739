"""What the gateway makes of what venues show: rules M of `fixspecs/market.md`."""
