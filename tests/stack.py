"""Gateway and venues as the processes they are in real life, started, killed and watched by tests."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

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
{instruments}
"""


class Process:
    """One of our commands in a session of its own; what it prints is kept."""

    def __init__(self, *arguments: str) -> None:
        self.said: list[str] = []
        self._heard = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gateway.run.cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
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

    def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        self._process.terminate()
        return self._process.wait(PATIENCE_S)

    def end(self) -> None:
        """Whatever happened, nothing of it goes on."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()


class Stack:
    """Venues and one gateway in `folder`. `quotes` is a tape that venues show; without it they invent their market."""

    def __init__(
        self,
        folder: Path,
        *,
        venues: Iterable[str] = ("XLON", "BATE"),
        clients: Iterable[str] = ("CLIENT",),
        symbols: Iterable[str] = ("ACME=100",),
        durability: str = "process",
        tape: Path | None = None,
        venue_options: Iterable[str] = (),
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.gateway: Process | None = None
        self.venues: dict[str, Process] = {}
        self._venue_ports = {venue: free_port() for venue in venues}
        options = [option for symbol in symbols for option in ("--symbol", symbol)]
        options += ["--tape", str(tape)] if tape else []
        self._venue_options = [*options, *venue_options]
        self.config = folder / "gateway.toml"
        self.config.write_text(
            _CONFIG.format(
                port=self.port,
                durability=durability,
                clients="".join(f'[[client]]\ncomp_id = "{client}"\n' for client in clients),
                venues="".join(
                    f'[[venue]]\nname = "{venue}"\nconnect = "127.0.0.1:{port}"\n'
                    for venue, port in self._venue_ports.items()
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

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None) -> None:
        self._end()

    def start_venue(self, venue: str) -> None:
        self.venues[venue] = Process(
            *("venue", "serve", venue, "--port", str(self._venue_ports[venue])),
            *("--data", str(self.folder / venue), *self._venue_options),
        )

    def start_gateway(self) -> None:
        self.gateway = Process("serve", str(self.config))
        self.gateway.wait_until_it_says("listening on ")

    def stop(self) -> None:
        """Everything in good order: the gateway, then the venues."""
        for process in filter(None, (self.gateway, *self.venues.values())):
            assert process.stop() == 0, "\n".join(process.said)

    def _end(self) -> None:
        for process in filter(None, (self.gateway, *self.venues.values())):
            process.end()


def run(*arguments: str, timeout_s: float = PATIENCE_S) -> subprocess.CompletedProcess[str]:
    """One of our commands, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "gateway.run.cli", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
