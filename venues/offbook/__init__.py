"""Venues whose prices are made elsewhere: at the middle of a reference, or around it."""
