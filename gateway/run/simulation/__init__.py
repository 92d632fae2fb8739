"""The third driver, beside live and replay: any number of Nodes in virtual time, with links in place of sockets."""

from gateway.run.simulation.world import Latency, Line, Station, World

__all__ = ["Latency", "Line", "Station", "World"]
