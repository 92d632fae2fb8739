"""TLS for listeners and counterparties we call: the files, the contexts made of them, and whose certificate it is.

TLS 1.2 at least, suites with forward secrecy and authenticated encryption, no compression, no renegotiation, and no
session tickets, for a FIX connection lasts. A certificate lets in the CompIDs it is bound to and no other.
"""

import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2; all of TLS 1.3's are of that kind
EXPIRES_SOON: Final = (1, 7, 30)  # days

_FINGERPRINT = re.compile("[0-9a-f]{64}")
_UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x17, 0x18, 0xA0  # DER tags in a certificate


class TlsError(Exception):
    """A file that cannot be used; says which one and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """A listener's. All files are PEM."""

    certificate: Path  # ours, with the chain up to the root behind it
    key: Path  # without a passphrase
    client_ca: Path | None = None  # who signs the clients' certificates; None: clients need none
    # A client certificate's SHA-256 fingerprint or one of its names -> the CompIDs ('*' matches any text) that may log
    # on with it. A CompID that stands nowhere here has to be a name of the certificate itself.
    identities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsCall:
    """Of a counterparty that we call. All files are PEM."""

    ca: Path | None = None  # who signs its certificate; None: whom the system trusts
    server_name: str = ""  # what its certificate has to name; '': the host that is called
    certificate: Path | None = None  # ours, where it asks for one
    key: Path | None = None


class ServerTls:
    """A listener's context, and whom a client certificate lets in. Raises TlsError."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._identities = {_fingerprint(name): comp_ids for name, comp_ids in files.identities.items()}
        self._listed = [comp_id for comp_ids in files.identities.values() for comp_id in comp_ids]
        self.context = _server_context(files)  # for the next connection

    @property
    def asks(self) -> bool:
        """Whether clients need a certificate."""
        return self._files.client_ca is not None

    def reload(self) -> None:
        """Read the files again, for connections from now on. Raises TlsError, and goes on with what it had."""
        self.context = _server_context(self._files)

    def admits(self, certificate: tuple[str, ...], comp_id: str) -> bool:
        """Whether the bearer of that certificate (see `identity`) may be SenderCompID(49) `comp_id`."""
        for name in certificate:
            if any(fnmatchcase(comp_id, allowed) for allowed in self._identities.get(name, ())):
                return True
        return comp_id in certificate[1:] and not any(fnmatchcase(comp_id, listed) for listed in self._listed)


def identity(connection: ssl.SSLObject | None) -> tuple[str, ...]:
    """The peer certificate's SHA-256 fingerprint, its common name and its subject alternative names; () for none."""
    encoded = connection.getpeercert(binary_form=True) if connection is not None else None
    if connection is None or encoded is None:
        return ()
    parsed: dict[str, Any] = dict(connection.getpeercert() or {})
    subject = parsed.get("subject", ())
    names = [value for part in subject for kind, value in part if kind == "commonName"]
    names += [value for kind, value in parsed.get("subjectAltName", ()) if kind in ("DNS", "email", "URI")]
    # A name that passes for a fingerprint is somebody else's.
    return (sha256(encoded).hexdigest(), *(name for name in map(str, names) if not _FINGERPRINT.fullmatch(name)))


def client_context(call: TlsCall) -> ssl.SSLContext:
    """For one connection. Raises TlsError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # which asks for a certificate and checks its name
    _harden(context)
    if call.ca is None:
        context.load_default_certs()
    else:
        _trust(context, call.ca)
    if call.certificate is not None and call.key is not None:
        _show(context, call.certificate, call.key)
    return context


def expiry_warnings(files: Iterable[Path], now: datetime) -> list[str]:
    """A line for each certificate that has expired or will within 30 days. Raises TlsError."""
    warnings = []
    for path in files:
        ends = min(map(_not_after, _certificates(path)))
        left = ends - now
        day = f"{ends:%Y-%m-%d %H:%M} UTC"
        if left <= timedelta(0):
            warnings.append(f"{path} has expired on {day}")
            continue
        within = next((days for days in EXPIRES_SOON if left <= timedelta(days=days)), None)
        if within is not None:
            warnings.append(f"{path} expires within {within} day{'s' * (within > 1)}, on {day}")
    return warnings


def _server_context(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _harden(context)
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    _show(context, files.certificate, files.key)
    if files.client_ca is not None:
        _trust(context, files.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    elif files.identities:
        raise TlsError("certificates are bound to CompIDs, and no client_ca says whose certificates are good")
    return context


def _harden(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION


def _show(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    _certificates(certificate)
    _text(key)
    try:
        # A key with a passphrase would be asked for on the terminal.
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except (ssl.SSLError, OSError) as wrong:
        raise TlsError(f"{certificate} and {key} are no certificate and its key: {wrong}") from None


def _trust(context: ssl.SSLContext, ca: Path) -> None:
    _certificates(ca)
    try:
        context.load_verify_locations(ca)
    except (ssl.SSLError, OSError) as wrong:
        raise TlsError(f"{ca} holds no certificates to trust: {wrong}") from None


def _text(path: Path) -> str:
    try:
        return path.read_text("latin-1")
    except OSError as unreadable:
        raise TlsError(f"{path}: {unreadable.strerror}") from None


def _certificates(path: Path) -> list[bytes]:
    """All of a file, DER. Raises TlsError if there is none."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    found = [part.partition(end)[0] for part in _text(path).split(begin)[1:]]
    try:
        encoded = [ssl.PEM_cert_to_DER_cert(f"{begin}{part}{end}") for part in found]
    except ValueError:
        encoded = []
    if not encoded:
        raise TlsError(f"{path} holds no certificate")
    return encoded


def _fingerprint(name: str) -> str:
    """A SHA-256 fingerprint as `identity` gives it, however it is written; any other name as it is."""
    digits = name.replace(":", "").lower()
    return digits if _FINGERPRINT.fullmatch(digits) else name


def _not_after(certificate: bytes) -> datetime:
    """When it expires (RFC 5280, 4.1: the walk to Validity)."""
    try:
        _, at, _ = _element(certificate, 0)  # Certificate
        _, at, _ = _element(certificate, at)  # TBSCertificate
        tag, _, end = _element(certificate, at)
        if tag == _VERSION:
            at = end
        for _ in ("serialNumber", "signature", "issuer"):
            _, _, at = _element(certificate, at)
        _, at, _ = _element(certificate, at)  # Validity
        _, _, at = _element(certificate, at)  # notBefore
        tag, at, end = _element(certificate, at)
        text = certificate[at:end].decode()
        if tag == _UTC_TIME:  # two digits of the year, 1950 to 2049
            text = ("19" if text >= "50" else "20") + text
        elif tag != _GENERALIZED_TIME:
            raise ValueError
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except (IndexError, ValueError):
        raise TlsError("a certificate does not say when it expires") from None


def _element(data: bytes, at: int) -> tuple[int, int, int]:
    """A DER element: its tag, and where its content begins and ends."""
    tag, length = data[at], data[at + 1]
    at += 2
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(data[at : at + size], "big")
        at += size
    return tag, at, at + length
