"""The other participants of a venue, invented from a seed."""
