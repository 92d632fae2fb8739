"""Gateway and venues as the processes they are in real life, started, killed and watched by tests."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from gateway.model.settings import OPTIONAL
from gateway.record.reading import Tail
from gateway.record.records import RECEIVED
from gateway.run.serve import AUDIT_AT_MOST_S
from tests.loopback import free_port

PATIENCE_S = 20.0

_CONFIG = """
[gateway]
comp_id = "GATEWAY"
listen = "127.0.0.1:{port}"
data = "data"
durability = "{durability}"
{clients}
{venues}
[limits]
max_order_qty = "100000"
max_order_notional = "20000000"
collar_bps = 1000
none = {without}
{instruments}
"""


class Process:
    """One of our commands in a session of its own, in `folder`; what it prints is kept."""

    def __init__(
        self,
        *arguments: str,
        program: Iterable[str] = ("-m", "gateway.run.cli"),
        folder: Path | None = None,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.said: list[str] = []
        self._heard = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, *program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                with self._heard:
                    self.said.append(line.rstrip("\n"))
                    self._heard.notify_all()
        with self._heard:
            self._heard.notify_all()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until_it_says(self, text: str) -> str:
        """The first line with `text` in it."""
        end = time.monotonic() + PATIENCE_S
        with self._heard:
            while True:
                for line in self.said:
                    if text in line:
                        return line
                assert self._process.poll() is None, "ended:\n" + "\n".join(self.said)
                left = end - time.monotonic()
                assert left > 0, f"did not say '{text}':\n" + "\n".join(self.said)
                self._heard.wait(min(left, 0.2))

    def kill(self) -> None:
        """kill -9, of this process alone: what it started has to notice by itself."""
        self._process.kill()
        self._process.wait()

    def terminate(self) -> None:
        """SIGTERM."""
        self._process.terminate()

    def wait(self, seconds: float = PATIENCE_S) -> int:
        """Until it has ended and its last words are heard; gives the exit status."""
        status = self._process.wait(seconds)
        self._listener.join(5)
        assert not self._listener.is_alive(), "something that it started outlives it"
        return status

    def stop(self) -> int:
        """SIGTERM; gives the exit status. A gateway waits for its audit."""
        self.terminate()
        return self.wait(PATIENCE_S + AUDIT_AT_MOST_S)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """Whatever happened, nothing of it goes on."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._listener.join(PATIENCE_S)


class Stack:
    """Venues and one gateway in `folder`. Without a `tape` to show, venues invent their market.

    `others` are venues that somebody else runs, and their ports.
    """

    def __init__(
        self,
        folder: Path,
        *,
        venues: Iterable[str] = ("XLON", "BATE"),
        clients: Iterable[str] = ("CLIENT",),
        symbols: Iterable[str] = ("ACME=100",),
        durability: str = "process",
        tape: Path | None = None,
        others: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.gateway: Process | None = None
        self.venues: dict[str, Process] = {}
        self._venue_ports = {venue: free_port() for venue in venues}
        options = [option for symbol in symbols for option in ("--symbol", symbol)]
        self._venue_options = [*options, *(["--tape", str(tape)] if tape else [])]
        self._prices_of = [*self._venue_ports, *others]
        self.config = folder / "gateway.toml"
        self.config.write_text(
            _CONFIG.format(
                port=self.port,
                durability=durability,
                without=json.dumps(OPTIONAL),
                clients="".join(f'[[client]]\ncomp_id = "{client}"\n' for client in clients),
                venues="".join(
                    f'[[venue]]\nname = "{venue}"\nconnect = "127.0.0.1:{port}"\n'
                    for venue, port in {**self._venue_ports, **others}.items()
                ),
                instruments="".join(
                    f'[[instrument]]\nsymbol = "{symbol.partition("=")[0]}"\ntick = "0.01"\n' for symbol in symbols
                ),
            )
        )

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def __enter__(self) -> Self:
        try:
            for venue in self._venue_ports:
                self.start_venue(venue)
            for process in self.venues.values():
                process.wait_until_it_says(" listening on ")
            self.start_gateway()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._end()

    def start_venue(self, venue: str) -> None:
        self.venues[venue] = Process(
            *("venue", "serve", venue, "--port", str(self._venue_ports[venue])),
            *("--data", str(self.folder / venue), *self._venue_options),
        )

    def start_gateway(self) -> None:
        self.gateway = Process("serve", str(self.config))
        self.gateway.wait_until_it_says("listening on ")

    def wait_for_prices(self) -> None:
        """Until every venue has answered the gateway's MarketDataRequest, by the gateway's journal."""
        missing = set(self._prices_of)
        tail = Tail(self.data)
        end = time.monotonic() + PATIENCE_S
        while missing:
            assert time.monotonic() < end, f"no prices of {', '.join(missing)}"
            batch = tail.read()
            for record in batch.records if batch else ():
                message = fields(record.payload) if record.kind == RECEIVED else {}
                if message.get(35) == "W":
                    missing.discard(message[49])
            if batch is None:
                time.sleep(0.02)
        tail.close()

    def stop(self) -> None:
        """Everything in good order: the gateway, then the venues."""
        assert self.gateway is not None
        assert self.gateway.stop() == 0, "\n".join(self.gateway.said)
        self.stop_venues()

    def stop_venues(self) -> None:
        for venue in self.venues.values():
            venue.terminate()
        for venue in self.venues.values():
            assert venue.wait() == 0, "\n".join(venue.said)

    def _end(self) -> None:
        for process in filter(None, (self.gateway, *self.venues.values())):
            process.end()


def run(
    *arguments: str, timeout_s: float = PATIENCE_S, environment: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    """One of our commands, to its end. `environment` is added to ours."""
    return subprocess.run(
        [sys.executable, "-m", "gateway.run.cli", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        env={**os.environ, **environment},
    )


def fields(data: bytes) -> dict[int, str]:
    """The first value of each tag."""
    found: dict[int, str] = {}
    for part in data.decode("latin-1").split("\x01"):
        tag, equals, value = part.partition("=")
        if equals and tag.isdecimal():
            found.setdefault(int(tag), value)
    return found


def journaled(folder: Path, kind: int) -> Iterator[bytes]:
    """The messages in a participant's journal as far as it goes by now: RECEIVED, or what it said with SEND."""
    tail = Tail(folder)
    while (batch := tail.read()) is not None:
        yield from (record.payload for record in batch.records if record.kind == kind)
    tail.close()
