"""Who may connect and what is shown: listeners, passwords and certificates as TOML.

No password stands in a file that others read: of a counterparty's there is the hash, and of ours where it is kept.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from gateway.model.sessions import SessionConfig
from gateway.run.net.admission import ListenerOptions
from gateway.run.net.credentials import Credential, Secret, check_stored
from gateway.run.net.tls import TlsCall, TlsFiles
from gateway.run.tables import Address, Name, Table

_UNSET: Any = None  # the default is that of ListenerOptions
_CALLED = frozenset({"password_hash", "certificates"})
_CALLING = frozenset({"password_env", "password_file", "tls"})
_FILES = frozenset({"password_file"})
_TLS_FILES = frozenset({"certificate", "key", "client_ca", "ca"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A counterparty that we call."""

    address: Address
    tls: TlsCall | None = None  # None: in the clear
    secret: Secret | None = None  # None: its Logon(A) has no password


def _whole(least: int, most: int) -> Any:
    return Field(default=None, ge=least, le=most)


def _network(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as wrong:
        raise ValueError(f'must be an address or a network as "10.1.0.0/16": {wrong}') from None


def _password_hash(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    try:
        check_stored(value)
    except ValueError:
        raise ValueError('must be what `gateway password` prints, "scrypt$..."') from None
    return value


class TlsTable(Table):
    """Files of a listener."""

    certificate: Name
    key: Name
    client_ca: Name | None = None


class TlsCallTable(Table):
    """Files of a connection that we open."""

    ca: Name | None = None
    server_name: Name = ""
    certificate: Name | None = None
    key: Name | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.certificate is None) is not (self.key is None):
            raise ValueError("certificate and key go together")
        return self


class Listener(Table):
    """What [gateway] and [engine] say of those who connect."""

    allow: list[Annotated[str, BeforeValidator(_network)]] = _UNSET
    max_message: int = _whole(1024, 64 * 1024)
    believe_length: bool = _UNSET
    max_connections: int = _whole(1, 100_000)
    max_per_ip: int = _whole(1, 100_000)
    new_per_s: int = _whole(1, 100_000)
    new_burst: int = _whole(1, 100_000)
    max_strangers: int = _whole(1, 100_000)
    max_strangers_per_ip: int = _whole(1, 100_000)
    slow_bytes: int = _whole(64 * 1024, 64 * 1024 * 1024)
    slow_s: int = _whole(1, 3600)
    tls: TlsTable | None = None


class Called(Table):
    """What a counterparty that calls us has to show."""

    username: Name = ""
    password_hash: Annotated[str, BeforeValidator(_password_hash)] | None = None
    certificates: list[Name] = Field(default=[])  # SHA-256 fingerprints or names, one of them its certificate's


class Calling(Table):
    """What we show to a counterparty that we call."""

    username: Name = ""
    password_env: Name | None = None
    password_file: Name | None = None
    tls: TlsCallTable | None = None


def contradictions(place: str, table: dict[str, Any], listener: dict[str, Any], *, calling: bool) -> Iterator[str]:
    """What no single key shows, whatever else is wrong in the table."""
    if "password_env" in table and "password_file" in table:
        yield f"{place}: password_env and password_file are two places for one password"
    if not calling:
        if "username" in table and "password_hash" not in table:
            yield f"{place}.username: is looked at together with password_hash"
        tls = listener.get("tls")
        if "certificates" in table and not (isinstance(tls, dict) and "client_ca" in tls):
            yield f"{place}.certificates: nobody is asked for one without tls.client_ca where we listen"


def misplaced(place: str, table: dict[str, Any], *, calling: bool) -> Iterator[str]:
    """In a table that may be of either kind, the keys of the other."""
    for key in table:
        if key in (_CALLED if calling else _CALLING):
            yield f"{place}.{key}: is for sessions that {'call us' if calling else 'we call'}"


def absent_files(document: dict[str, Any], folder: Path, place: str = "") -> Iterator[str]:
    """Files that the document names and nobody finds."""
    files = _TLS_FILES if place.endswith("tls") else _FILES
    for key, value in document.items():
        where = f"{place}.{key}" if place else key
        if isinstance(value, dict):
            yield from absent_files(value, folder, where)
        elif isinstance(value, list):
            for number, part in enumerate(value, 1):
                if isinstance(part, dict):
                    yield from absent_files(part, folder, f"{where}[{number}]")
        elif isinstance(value, str) and key in files and not (folder / value).is_file():
            yield f"{where}: there is no file {folder / value}"


def listener_options(
    table: Listener, folder: Path, accepted: Iterable[tuple[SessionConfig, Called]]
) -> ListenerOptions:
    """`accepted` are the sessions whose counterparties call us. Files are relative to `folder`."""
    accepted = list(accepted)
    chosen = {key: getattr(table, key) for key in table.model_fields_set & Listener.model_fields.keys() - {"tls"}}
    if "allow" in chosen:
        chosen["allow"] = tuple(chosen["allow"])
    identities: dict[str, tuple[str, ...]] = {}
    for session, shown in accepted:
        for certificate in shown.certificates:
            identities[certificate] = (*identities.get(certificate, ()), session.target)
    return ListenerOptions(
        **chosen,
        tls=None if table.tls is None else TlsFiles(identities=identities, **_paths(table.tls, folder)),
        credentials={
            session.name: Credential(stored=shown.password_hash, username=shown.username)
            for session, shown in accepted
            if shown.password_hash is not None
        },
    )


def call(address: Address, shown: Calling, folder: Path) -> Call:
    """How that counterparty is called. Files are relative to `folder`."""
    tls, secret = None, None
    if shown.tls is not None:
        tls = TlsCall(server_name=shown.tls.server_name, **_paths(shown.tls, folder))
    if shown.password_file is not None:
        secret = Secret(file=folder / shown.password_file)
    elif shown.password_env is not None:
        secret = Secret(variable=shown.password_env)
    return Call(address=address, tls=tls, secret=secret)


def _paths(table: TlsTable | TlsCallTable, folder: Path) -> dict[str, Any]:
    return {key: folder / name for key in _TLS_FILES if (name := getattr(table, key, None)) is not None}
