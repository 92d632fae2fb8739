"""Ports on 127.0.0.1 for servers that cannot be asked to choose their own."""

import itertools
import os
import socket

_LOWEST, _BEYOND = 20_000, 32_768  # from here on Linux gives ports to outgoing connections
_numbers = itertools.count(os.getpid() * 97)  # processes that test side by side begin apart, and nobody comes twice


def free_port() -> int:
    """A port that nobody listens on; below the range from which a connection might take it in the meantime."""
    for number in itertools.islice(_numbers, 200):
        port = _LOWEST + number % (_BEYOND - _LOWEST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {_LOWEST} to {_BEYOND}")
