"""What `gateway check` says of a configuration that is valid: a summary, and what its owner may not have meant."""

import ipaddress
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from gateway.model import Settings
from gateway.model.dialects import Wording
from gateway.model.sessions import Hours, Rules, SessionConfig
from gateway.model.settings import BASIC, OPTIONAL, Permissions
from gateway.oms.matrix import lacking
from gateway.run.access_table import Call
from gateway.run.config import Config, EngineConfig, named_sessions
from gateway.run.routing_table import blind, told
from gateway.run.session_table import DAYS
from gateway.run.tables import Address

Named = tuple[str, SessionConfig, Call | None]  # a session, and how we call it

_DEFAULT = SessionConfig(sender="", target="")
_APART = frozenset({"sender", "target", "initiator", "wording"})
# What an option costs that is set, or that is 0.
_SET = {
    "reset_on_logon": "what was sent while the other side was away, fills too, never arrives",
    "reset_on_disconnect": "what was on its way when the connection broke, fills too, never arrives",
    "lax_logout_seq": "what was missed before a Logout is not asked for",
    "lax_resend_seq": "what was missed before a ResendRequest is noticed later",
}
_ZERO = {
    "clock_tolerance_s": "SendingTime(52) is not checked, so an old message can be played back",
    "heartbeat_s": "a dead counterparty is not noticed",
}


def summary(config: Config | EngineConfig) -> list[str]:
    sessions = _sessions(config)
    lines = []
    if config.listen is not None:
        us = config.settings.comp_id if isinstance(config, Config) else "the engine"
        lines.append(
            f"{us} listens on {_text(config.listen)} for {', '.join(n for n, _, call in sessions if not call)}"
        )
    if config.calls:
        lines.append("calls " + ", ".join(f"{name} at {_text(call.address)}" for name, call in config.calls.items()))
    traded = f"instruments: {len(config.settings.instruments)}, " if isinstance(config, Config) else ""
    lines.append(f"{traded}durability {config.durability}, data in {config.data}")
    if isinstance(config, Config):
        if config.settings.no_limits:
            lines.append(f"no limit on: {', '.join(config.settings.no_limits)}")
        lines += [f"{name} may stop {', '.join(scopes)}" for name, scopes in config.settings.may_stop.items()]
        lines += told(config.settings)
        lines += _entitled(config.settings.algos)
        if refused := lacking(config.settings.venues):
            lines.append(f"no venue offers what it takes for: {', '.join(refused)}")
    for name, session, _ in sessions:
        if differing := list(_deviations(session)):
            lines.append(f"session {name}: {', '.join(differing)}")
    return lines


def warnings(config: Config | EngineConfig) -> Iterator[str]:
    exposed = config.listen is not None and not _is_loopback(config.listen[0])
    table = "gateway" if isinstance(config, Config) else "engine"
    if config.listen is not None and exposed and config.listener.tls is None:
        yield f"{table}.listen: {config.listen[0]} is open to other machines; without tls all can be read on the way"
    for name, session, call in _sessions(config):
        for risk in _risks(session):
            yield f"session {name}: {risk}"
        if call is None and exposed:
            yield from _access(name, config)
        elif call is not None:
            yield from _call(name, call)
    tls = config.listener.tls
    yield from _readable([tls.key] if tls is not None else [])
    if isinstance(config, Config):
        for symbol, limits in config.settings.limits.items():
            unset = [limit for limit in BASIC if getattr(limits, limit) is None]
            if unset:
                yield f"instrument {symbol}: no {', '.join(unset)}; every order in it will be rejected"
        yield from _undecided(config.settings)
        if useless := blind(config.settings):
            yield useless
    if config.durability == "process":
        yield f"{table}.durability: process survives a kill, not a power cut"
    if isinstance(config, Config) and config.settings.close_s is None:
        yield "gateway.close: not set; algo orders have to say when they end"


def _undecided(settings: Settings) -> Iterator[str]:
    """Limits of no scope at all, which the owner did not say to do without."""
    found = [*settings.limits.values(), *settings.scoped_limits.values()]
    unset = [
        limit
        for limit in OPTIONAL
        if limit not in settings.no_limits and all(getattr(limits, limit) is None for limits in found)
    ]
    if unset:
        yield f"limits: {', '.join(unset)} neither set nor named in none; every order will be rejected"


def _sessions(config: Config | EngineConfig) -> list[Named]:
    return [(name, session, config.calls.get(name)) for name, session in named_sessions(config).items()]


def _deviations(session: SessionConfig) -> Iterator[str]:
    """What differs from the defaults, as the configuration says it."""
    for name in SessionConfig.__struct_fields__:
        value = getattr(session, name)
        if name not in _APART and value != getattr(_DEFAULT, name):
            yield f"{name} = {_toml(value)}"
    wording = session.wording
    if wording is not None:
        if wording.dialect is not None:
            yield f"dialect = {wording.dialect.name}"
        for name in ("unknown_params", "percent_style"):
            if getattr(wording, name) != getattr(Wording(), name):
                yield f"{name} = {getattr(wording, name)}"


def _entitled(algos: Permissions) -> Iterator[str]:
    for kind, named in (("client", algos.clients), ("account", algos.accounts), ("venue", algos.venues)):
        for name, allowed in named.items():
            yield f"algos for {kind} {name}: {', '.join(allowed) or 'none'}"


def _toml(value: Any) -> str:
    if isinstance(value, Rules):
        return "{ " + ", ".join(f"{rule} = false" for rule in _off(value)) + " }"
    if not isinstance(value, Hours):
        return msgspec.json.encode(value).decode()
    start, end = (_moment(*at) for at in ((value.start_day, value.start_s), (value.end_day, value.end_s)))
    days = "" if len(value.days) == len(DAYS) else f", days = {_toml([DAYS[day] for day in value.days])}"
    return f'{{ start = "{start}", end = "{end}", zone = "{value.zone}"{days} }}'


def _moment(day: int | None, seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    time = f"{minutes // 60:02}:{minutes % 60:02}" + (f":{second:02}" if second else "")
    return time if day is None else f"{DAYS[day]} {time}"


def _off(rules: Rules) -> list[str]:
    return [rule for rule in Rules.__struct_fields__ if not getattr(rules, rule)]


def _risks(session: SessionConfig) -> Iterator[str]:
    if not session.enabled:
        yield "enabled = false; nobody logs on until `gateway sessions enable`"
    if off := _off(session.rules):
        yield f"rules off: {', '.join(off)}; messages that break them are acted on"
    for name, cost in _SET.items():
        if getattr(session, name):
            yield f"{name}: {cost}"
    for name, cost in _ZERO.items():
        if getattr(session, name) == 0:
            yield f"{name} = 0: {cost}"


def _access(name: str, config: Config | EngineConfig) -> Iterator[str]:
    """Of a counterparty that calls us from anywhere."""
    tls = config.listener.tls
    if name in config.listener.credentials or (tls is not None and tls.client_ca is not None):
        return
    who = "under any name that it matches" if "*" in name else "as it"
    yield f"session {name}: no password_hash and no client certificate; whoever reaches us can log on {who}"


def _call(name: str, call: Call) -> Iterator[str]:
    if call.tls is None and not _is_loopback(call.address[0]):
        what = "our password and all else" if call.secret else "all"
        yield f"session {name}: {_text(call.address)} is called without tls; {what} can be read on the way"
    if call.secret is not None and call.secret.variable and call.secret.variable not in os.environ:
        yield f"session {name}: password_env: {call.secret.variable} is not set here"
    files = [call.secret.file if call.secret else None, call.tls.key if call.tls else None]
    yield from _readable(file for file in files if file is not None)


def _readable(files: Iterable[Path]) -> Iterator[str]:
    for file in files:
        if file.stat().st_mode & 0o077:
            yield f"{file}: other users of this machine may read or change it"


def _text(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
