"""Clocks, sockets, disk and start-up: the drivers that run the nodes, the configuration and the command line."""
