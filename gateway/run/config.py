"""What `gateway serve` and an engine that runs alone are configured with: read whole, converted once.

A TOML float is an error (0.1 has no exact binary value), and a limit that is not set stays unset, which rejects
orders. Files are relative to the folder of the configuration.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec.structs import replace
from pydantic import BeforeValidator, Field

from gateway.model import Instrument, Px, Qty, Settings, VenueSettings, Visibility
from gateway.model.routing import RoutePolicy
from gateway.model.sessions import SessionConfig
from gateway.model.settings import OFFERED, SCOPES, DropCopySettings, Offer
from gateway.risk import scope_of
from gateway.run import access_table, accounts_table, dialect_table, limits_table, routing_table, session_table
from gateway.run.access_table import Call, Called, Calling, Listener, absent_files, call, listener_options
from gateway.run.accounts_table import AccountTable, accounts
from gateway.run.algos_table import AlgoKeys, permissions
from gateway.run.dialect_table import WordingKeys, wording
from gateway.run.limits_table import (
    LimitsTable,
    PositivePx,
    PositiveQty,
    ScopeLimits,
    limits_of,
    scoped_limits,
    without,
)
from gateway.run.market_table import Profiles
from gateway.run.net.admission import ListenerOptions
from gateway.run.routing_table import RoutingTable, VenueKeys
from gateway.run.session_table import Options, Session, session_config, session_name
from gateway.run.tables import Address, HostPort, Id, Name, Table, TimeOfDay, duplicates, read, table, tables, validate

Durability = Literal["disk", "process"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A gateway's."""

    settings: Settings
    listen: Address
    listener: ListenerOptions
    data: Path  # the folder of journal and audit
    durability: Durability
    calls: dict[str, Call]  # by VenueSettings.name


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """Of sessions without a gateway."""

    sessions: tuple[SessionConfig, ...]
    listen: Address | None  # None: all sessions are ours to open
    listener: ListenerOptions
    data: Path
    durability: Durability
    calls: dict[str, Call]  # by SessionConfig.name


def load(path: Path) -> Config:
    """A gateway's configuration. Raises ConfigError with all that is wrong."""
    document = read(path)
    return _gateway(validate(document, _GatewayFile, _gateway_contradictions(document, path.parent), path), path.parent)


def load_engine(path: Path) -> EngineConfig:
    """An engine's configuration. Raises ConfigError with all that is wrong."""
    document = read(path)
    return _engine(validate(document, _EngineFile, _engine_contradictions(document, path.parent), path), path.parent)


def named_sessions(config: Config | EngineConfig) -> dict[str, SessionConfig]:
    """By the names that operators use."""
    if isinstance(config, EngineConfig):
        return {session.name: session for session in config.sessions}
    clients = {client.name: client for client in config.settings.clients}
    copies = {copy.session.name: copy.session for copy in config.settings.drop_copies}
    return clients | copies | {venue.name: venue.session for venue in config.settings.venues}


def load_any(path: Path) -> Config | EngineConfig:
    """Whichever of the two it is. Raises ConfigError."""
    return load_engine(path) if "engine" in read(path) else load(path)


def _stop_scope(value: object) -> str:
    """A scope, or a kind of scopes for each of that kind."""
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    return value if value in SCOPES else str(scope_of(value))


StopScope = Annotated[str, BeforeValidator(_stop_scope)]


def _offer(value: object) -> Offer:
    if not isinstance(value, str) or value not in Offer.__members__:
        raise ValueError(f"must be one of {', '.join(Offer)}")
    return Offer(value)


class _Participant(Listener):
    data: str = Field(default="gateway-data", min_length=1)
    durability: Durability = "disk"


class _Gateway(_Participant):
    comp_id: Id
    listen: HostPort = ("127.0.0.1", 9878)
    open: TimeOfDay | None = None
    close: TimeOfDay | None = None
    seed: int | None = None


class _Engine(_Participant):
    listen: HostPort | None = None


class _Front(Session, Called):
    """Of clients and drop copies."""

    comp_id: Id
    may_stop: list[StopScope] = Field(default=[])


class _Client(_Front, AlgoKeys, WordingKeys):
    firm: Id | None = None


class _DropCopy(_Front):
    clients: list[Id] = Field(default=[])
    accounts: list[Name | Literal[""]] = Field(default=[])
    symbols: list[Id] = Field(default=[])


class _Venue(Session, Calling, VenueKeys, AlgoKeys):
    name: Id
    connect: HostPort
    sender_comp_id: Id | None = None
    target_comp_id: Id | None = None
    offers: list[Annotated[Offer, BeforeValidator(_offer)]] = Field(default=list(OFFERED), min_length=1)
    ask_status: bool = False
    ack_timeout_s: int = Field(default=5, ge=0, le=3600)


class _EngineSession(Session, Called, Calling):
    sender_comp_id: Id
    target_comp_id: Id
    connect: HostPort | None = None


class _Instrument(ScopeLimits):
    symbol: Id
    tick: PositivePx = Px(1_000_000)
    lot: PositiveQty = Qty(100_000_000)
    min_qty: PositiveQty | None = None


class _GatewayFile(Table):
    gateway: _Gateway
    account: list[AccountTable] = Field(default=[])
    sessions: Options = Options()
    client: list[_Client] = Field(default=[])
    drop_copy: list[_DropCopy] = Field(default=[])
    venue: list[_Venue] = Field(default=[])
    instrument: list[_Instrument] = Field(default=[])
    limits: LimitsTable = LimitsTable()
    routing: RoutingTable = RoutingTable()
    profiles: Profiles = Field(default={})


class _EngineFile(Table):
    engine: _Engine
    sessions: Options = Options()
    session: list[_EngineSession] = Field(default=[])


def _gateway_contradictions(document: dict[str, Any], folder: Path) -> Iterator[str]:
    """What no single key shows. Reads the raw document, so that a mistake elsewhere does not hide it."""
    gateway = table(document, "gateway")
    for key in ("client", "venue", "instrument"):
        if not document.get(key):
            yield f"{key}: at least one [[{key}]] is needed"
    yield from duplicates([(f"{place}.symbol", found.get("symbol")) for place, found in tables(document, "instrument")])
    clients, venues = tables(document, "client"), tables(document, "venue")
    copies = tables(document, "drop_copy")
    client_names = {str(session_name(client, client.get("comp_id"))) for _, client in clients}
    names = [venue.get("name") for _, venue in venues]
    yield from duplicates(
        [
            *((f"{place}.comp_id", session_name(found, found.get("comp_id"))) for place, found in clients + copies),
            *((f"{place}.name", venue.get("name")) for place, venue in venues),
        ]
    )
    if len(set(map(str, names))) == len(names):
        yield from duplicates(
            [(place, _identity(venue, gateway.get("comp_id"), venue.get("name"))) for place, venue in venues]
        )
    for place, venue in venues:
        if venue.get("connect") is not None and venue.get("connect") == gateway.get("listen"):
            yield f"{place}.connect: is the address the gateway itself listens on"
        yield from _no_pattern(place, venue)
    for place, found in clients + copies:
        yield from _session_contradictions(place, found, document, gateway, calling=False)
    for place, copy in copies:
        yield from _drop_copy_contradictions(place, copy, document, client_names)
    for place, venue in venues:
        yield from _session_contradictions(place, venue, document, gateway, calling=True)
    for place, client in clients:
        yield from dialect_table.contradictions(place, client, folder)
    yield from _bad_files(document, folder)
    yield from limits_table.contradictions(
        document,
        {
            "client": client_names,
            "venue": set(map(str, names)),
        },
    )
    yield from accounts_table.contradictions(document, client_names)
    for place, instrument in tables(document, "instrument"):
        yield from limits_table.steps(place, instrument, document.get("limits"))


def _engine_contradictions(document: dict[str, Any], folder: Path) -> Iterator[str]:
    engine, sessions = table(document, "engine"), tables(document, "session")
    if not document.get("session"):
        yield "session: at least one [[session]] is needed"
    yield from duplicates(
        [(f"{place}.target_comp_id", session_name(found, found.get("target_comp_id"))) for place, found in sessions]
    )
    for place, found in sessions:
        calling = "connect" in found
        if calling:
            yield from _no_pattern(place, found)
            if found["connect"] == engine.get("listen"):
                yield f"{place}.connect: is the address the engine itself listens on"
        elif "listen" not in engine:
            yield f"{place}: is for a counterparty that calls us, and engine.listen is not set"
        yield from access_table.misplaced(place, found, calling=calling)
        yield from _session_contradictions(place, found, document, engine, calling=calling)
    yield from _bad_files(document, folder)


def _bad_files(document: dict[str, Any], folder: Path) -> Iterator[str]:
    yield from absent_files(document, folder)
    yield from session_table.broken_dictionary("sessions", table(document, "sessions"), folder)
    for key in ("client", "drop_copy", "venue", "session"):
        for place, found in tables(document, key):
            yield from session_table.broken_dictionary(place, found, folder)


def _session_contradictions(
    place: str, found: dict[str, Any], document: dict[str, Any], listener: dict[str, Any], *, calling: bool
) -> Iterator[str]:
    yield from session_table.contradictions(place, found, table(document, "sessions"), calling=calling)
    yield from access_table.contradictions(place, found, listener, calling=calling)


def _drop_copy_contradictions(
    place: str, found: dict[str, Any], document: dict[str, Any], clients: set[str]
) -> Iterator[str]:
    if "*" in str(found.get("comp_id", "")):
        yield f"{place}.comp_id: a pattern is for clients"
    for key in ("cancel_on_disconnect_s", "cancel_on_logout"):
        if key in found:
            yield f"{place}.{key}: is for clients; a drop copy has no orders"
    symbols = {str(instrument.get("symbol")) for _, instrument in tables(document, "instrument")}
    for key, known in (("clients", clients), ("symbols", symbols)):
        wanted = found.get(key, [])
        for name in wanted if isinstance(wanted, list) else ():
            patterns = [pattern for pattern in known if "*" in pattern]
            if name not in known and not any(fnmatchcase(str(name), pattern) for pattern in patterns):
                yield f"{place}.{key}: there is no {key[:-1]} {name}"


def _no_pattern(place: str, found: dict[str, Any]) -> Iterator[str]:
    if "*" in str(found.get("target_comp_id", "")):
        yield f"{place}.target_comp_id: a pattern is for counterparties that call us"


def _identity(found: dict[str, Any], sender: object, target: object) -> str:
    sender, target = found.get("sender_comp_id", sender), found.get("target_comp_id", target)
    return f"session {sender}->{session_name(found, target)}"


def _gateway(file: _GatewayFile, folder: Path) -> Config:
    ours, shared = file.gateway.comp_id, file.sessions

    def called(found: _Front) -> SessionConfig:
        return session_config(found, shared, folder, sender=ours, target=found.comp_id, initiator=False)

    clients = [(replace(called(client), wording=wording(client, folder)), client) for client in file.client]
    copies = [(called(copy), copy) for copy in file.drop_copy]
    venues = tuple(
        VenueSettings(
            name=venue.name,
            session=session_config(
                venue,
                shared,
                folder,
                sender=venue.sender_comp_id or ours,
                target=venue.target_comp_id or venue.name,
                initiator=True,
                username=venue.username,
            ),
            offers=tuple(venue.offers),
            kind=Visibility(venue.kind),
            ask_status=venue.ask_status,
            ack_timeout_s=venue.ack_timeout_s,
            stale_after_ms=venue.stale_after_ms,
            feed_latency_us=venue.feed_latency_us,
            costs=routing_table.costs(venue),
        )
        for venue in file.venue
    )
    return Config(
        settings=Settings(
            comp_id=ours,
            clients=tuple(session for session, _ in clients),
            drop_copies=tuple(
                DropCopySettings(
                    session=own, clients=tuple(copy.clients), accounts=tuple(copy.accounts), symbols=tuple(copy.symbols)
                )
                for own, copy in copies
            ),
            venues=venues,
            instruments=tuple(
                Instrument(symbol=i.symbol, tick=i.tick, lot=i.lot, min_qty=i.lot if i.min_qty is None else i.min_qty)
                for i in file.instrument
            ),
            limits={i.symbol: limits_of(i, file.limits) for i in file.instrument},
            scoped_limits=scoped_limits(file.limits),
            no_limits=without(file.limits, file.instrument),
            firms={session.name: found.firm for session, found in clients if found.firm is not None},
            may_stop={session.name: tuple(found.may_stop) for session, found in [*clients, *copies] if found.may_stop},
            accounts=accounts(file.account),
            open_s=file.gateway.open,
            close_s=file.gateway.close,
            profiles={name: tuple(weights) for name, weights in file.profiles.items()},
            routing=RoutePolicy(file.routing.policy),
            ways=routing_table.ways(file.routing),
            algos=permissions({session.name: found for session, found in clients}, file.account, file.venue),
            health=routing_table.health(file.routing),
            seed=file.gateway.seed,
        ),
        listen=file.gateway.listen,
        listener=listener_options(file.gateway, folder, [*clients, *copies]),
        data=folder / file.gateway.data,
        durability=file.gateway.durability,
        calls={venue.name: call(venue.connect, venue, folder) for venue in file.venue},
    )


def _engine(file: _EngineFile, folder: Path) -> EngineConfig:
    sessions = [(_engine_session(found, file.sessions, folder), found) for found in file.session]
    return EngineConfig(
        sessions=tuple(session for session, _ in sessions),
        listen=file.engine.listen,
        listener=listener_options(file.engine, folder, sessions),
        data=folder / file.engine.data,
        durability=file.engine.durability,
        calls={s.name: call(found.connect, found, folder) for s, found in sessions if found.connect is not None},
    )


def _engine_session(found: _EngineSession, shared: Options, folder: Path) -> SessionConfig:
    calling = found.connect is not None
    return session_config(
        found,
        shared,
        folder,
        sender=found.sender_comp_id,
        target=found.target_comp_id,
        initiator=calling,
        username=found.username if calling else "",
    )
