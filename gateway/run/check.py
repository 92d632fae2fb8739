"""What `gateway check` says of a configuration that is valid: a summary, and what its owner may not have meant."""

import ipaddress
from collections.abc import Iterator

from gateway.model import Limits
from gateway.run.config import Config


def summary(config: Config) -> list[str]:
    settings = config.settings
    host, port = config.listen
    return [
        f"{settings.comp_id} listens on {host}:{port} for {', '.join(settings.clients)}",
        "calls " + ", ".join(f"{name} at {host}:{port}" for name, (host, port) in config.venues.items()),
        f"instruments: {len(settings.instruments)}, durability {config.durability}, data in {config.data}",
    ]


def warnings(config: Config) -> Iterator[str]:
    host = config.listen[0]
    if not _is_loopback(host):
        yield f"gateway.listen: {host} can be reached from other machines, and FIX sessions here have no encryption"
    for symbol, limits in config.settings.limits.items():
        unset = [name for name in Limits.__struct_fields__ if getattr(limits, name) is None]
        if unset:
            yield f"instrument {symbol}: no {', '.join(unset)}; every order in it will be rejected"
    if config.durability == "process":
        yield "gateway.durability: process survives a kill, not a power cut"
    if config.settings.close_s is None:
        yield "gateway.close: not set; algo orders have to say when they end"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
