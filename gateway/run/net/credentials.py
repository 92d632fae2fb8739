"""Passwords: the hashes of those that counterparties log on with, and where the ones that we send are kept.

A hash is scrypt's (RFC 7914), slow and large enough that a stolen configuration is not a stolen password. Whoever was
wrong is not listened to for a while, by CompID and address, so that a guesser cannot lock out whom he guesses at.
"""

import base64
import hashlib
import hmac
import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, NamedTuple, Self

from gateway.fix.frame import finish

COST: Final = 1 << 15  # scrypt's n: 32 MiB and about a tenth of a second
BLOCKS: Final = 8  # its r
LANES: Final = 1  # its p
MAX_MEMORY: Final = 256 * 1024 * 1024  # a stored hash may ask for so much
MAX_SECRET: Final = 1024  # bytes of a password that we send
FIRST_DELAY_S: Final = 1.0  # after a wrong password; twice as long after each further one ...
LAST_DELAY_S: Final = 64.0  # ... up to this
FORGIVEN_S: Final = 900.0  # after the last wrong one
MAX_DELAYS: Final = 10_000  # pairs of CompID and address


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a Logon(A) must show."""

    stored: str  # as `hash_password` gives it: 'scrypt$n$r$p$salt$hash'
    username: str = ""  # Username(553); '': it is not looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Logon:
    """What a Logon(A) claims, and where it comes from. Text is latin-1, '' where a field is missing."""

    sender: str  # SenderCompID(49): the counterparty
    target: str  # TargetCompID(56): us
    sender_sub: str = ""
    sender_location: str = ""
    username: bytes = b""
    password: bytes = b""
    certificate: tuple[str, ...] = ()  # fingerprint and names of the TLS client certificate
    host: str = ""  # address of the peer

    @property
    def names(self) -> list[str]:
        """Every session name it may be meant for: SubID and LocationID count where the session has them."""
        subs, locations = (self.sender_sub, ""), (self.sender_location, "")
        parts = [(self.sender, sub, location) for sub in subs for location in locations]
        return sorted(("/".join(part).rstrip("/") for part in parts), key=len, reverse=True)


class _Stored(NamedTuple):
    n: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError."""
        try:
            scheme, n, r, p, salt, digest = text.split("$")
            stored = cls(int(n), int(r), int(p), _bytes(salt), _bytes(digest))
        except ValueError:
            raise ValueError("is no 'scrypt$n$r$p$salt$hash'") from None
        fits = stored.n > 1 and stored.n & (stored.n - 1) == 0 and stored.r > 0 and stored.p > 0
        if scheme != "scrypt" or not fits or len(stored.digest) < 16 or stored.memory > MAX_MEMORY:
            raise ValueError("is no 'scrypt$n$r$p$salt$hash'")
        return stored

    @property
    def memory(self) -> int:
        """Bytes it takes, and some to spare."""
        return 128 * self.r * (self.n + self.p + 32)

    def of(self, password: bytes) -> bytes:
        return hashlib.scrypt(
            password, salt=self.salt, n=self.n, r=self.r, p=self.p, maxmem=self.memory, dklen=len(self.digest)
        )


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def hash_password(password: bytes) -> str:
    """What to keep of a password: 'scrypt$n$r$p$salt$hash' with salt and hash in base64."""
    new = _Stored(COST, BLOCKS, LANES, os.urandom(16), bytes(32))
    salt, digest = (base64.b64encode(part).decode() for part in (new.salt, new.of(password)))
    return f"scrypt${new.n}${new.r}${new.p}${salt}${digest}"


def check_stored(text: str) -> None:
    """Raises ValueError if that is not what `hash_password` gives."""
    _Stored.parse(text)


class Passwords:
    """Authenticates (see gateway.run.net.admission) by what is configured. Raises ValueError for a bad hash."""

    def __init__(self, credentials: Mapping[str, Credential]) -> None:
        self._credentials: dict[str, tuple[_Stored, str]] = {}
        for name, credential in credentials.items():
            try:
                self._credentials[name] = _Stored.parse(credential.stored), credential.username
            except ValueError as wrong:
                raise ValueError(f"the password of {name} {wrong}") from None

    def admit(self, name: str, credential: Credential | None) -> None:
        """What that session has to show from now on; None: nothing. Raises ValueError for a bad hash."""
        found = dict(self._credentials)  # a new one, because threads may be looking at this one
        found.pop(name, None)
        if credential is not None:
            found[name] = _Stored.parse(credential.stored), credential.username
        self._credentials = found

    def asks(self, logon: Logon) -> bool:
        return self._find(logon) is not None

    def refusal(self, logon: Logon) -> str | None:
        """Takes as long whether the user is known, the password there or neither."""
        found = self._find(logon)
        if found is None:
            return None
        stored, username = found
        right = hmac.compare_digest(stored.of(logon.password), stored.digest)
        known = not username or hmac.compare_digest(logon.username, username.encode())
        if not known:
            return "wrong username"
        if not logon.password:
            return "no password"
        return None if right else "wrong password"

    def _find(self, logon: Logon) -> tuple[_Stored, str] | None:
        names = logon.names
        for name in names:
            if name in self._credentials:
                return self._credentials[name]
        for pattern, found in self._credentials.items():
            if "*" in pattern and any(fnmatchcase(name, pattern) for name in names):
                return found
        return None


class Delays:
    """How long who was wrong has to wait, by CompID and address. The earliest are forgotten when there are many."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()  # times, last instant

    def waits(self, comp_id: str, host: str, now: float) -> bool:
        times, last = self._wrong.get((comp_id, host), (0, 0.0))
        return times > 0 and now - last < min(FIRST_DELAY_S * 2.0 ** min(times - 1, 16), LAST_DELAY_S)

    def told(self, comp_id: str, host: str, now: float, *, wrong: bool) -> None:
        """A password was looked at."""
        times, last = self._wrong.pop((comp_id, host), (0, now))
        if wrong:
            self._wrong[comp_id, host] = (times + 1 if now - last < FORGIVEN_S else 1, now)
            if len(self._wrong) > MAX_DELAYS:
                self._wrong.popitem(last=False)


class NoSecret(Exception):
    """A password that we need is not where it should be; says where that is, never what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """Where the password stands that we log on with: a file or an environment variable, exactly one of them."""

    file: Path | None = None
    variable: str = ""

    def read(self) -> bytes:
        """Raises NoSecret. A line's end at the end of a file is not part of it."""
        if self.file is not None:
            where = str(self.file)
            try:
                with self.file.open("rb") as opened:
                    secret = opened.read(MAX_SECRET + 3)
            except OSError as unreadable:
                raise NoSecret(f"{where}: {unreadable.strerror}") from None
            secret = secret.removesuffix(b"\n").removesuffix(b"\r")
        else:
            where = f"environment variable {self.variable}"
            text = os.environ.get(self.variable)
            if text is None:
                raise NoSecret(f"{where} is not set")
            secret = os.fsencode(text)
        if not 0 < len(secret) <= MAX_SECRET or any(byte < 32 for byte in secret):
            raise NoSecret(f"{where} holds no password: it is one line of at most {MAX_SECRET} bytes")
        return secret


def is_logon(data: bytes) -> bool:
    """Whether a message that we made is a Logon(A)."""
    return data.find(b"\x0135=A\x01", 0, 24) > 0


def with_password(logon: bytes, password: bytes) -> bytes:
    """Our own Logon(A) with Password(554), the way the counterparty gets it and no journal does."""
    text = logon[logon.index(b"\x0135=") + 1 : logon.rindex(b"\x0110=") + 1].decode("latin-1")
    # The tags may have to ascend; of a Logon's, only NextExpectedMsgSeqNum(789) comes behind 554.
    at = text.find("\x01789=") + 1 or len(text)
    return finish(f"{text[:at]}554={password.decode('latin-1')}\x01{text[at:]}")
