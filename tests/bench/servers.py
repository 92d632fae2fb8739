"""Processes under measurement: started, watched through /proc, and killed whatever happens."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_PATIENCE = 20.0  # seconds until a server listens, and until it has ended by SIGTERM
_REPOSITORY = Path(__file__).resolve().parents[2]
_TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")


class ServerFailed(Exception):
    """A server did not start; the message ends with what it said."""


class Server:
    """`python ARGUMENTS` in a session of its own, listening on 127.0.0.1:`port`; `folder` gets what it prints."""

    def __init__(self, folder: Path, arguments: Sequence[str], *, port: int) -> None:
        self.port = port
        self._what = f"python {' '.join(arguments)}"
        self._log = folder / f"server-{port}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=_REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # what it starts itself is killed with it
            )

    def __enter__(self) -> Self:
        try:
            self._wait_until_it_listens()
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self._kill()

    def _wait_until_it_listens(self) -> None:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise ServerFailed(f"{self._what} ended with status {self._process.returncode}:\n{self.said}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise ServerFailed(f"{self._what} does not listen on port {self.port} after {_PATIENCE} s:\n{self.said}")

    def _kill(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        finally:
            self._process.wait()

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]

    def cpu_us(self) -> int:
        """User and system time of the process so far, all of its threads."""
        return _cpu_us(self._process.pid)

    def family_cpu_us(self) -> int:
        """Of the process and those it started."""
        return sum(map(_cpu_us, _family(self._process.pid)))

    def peak_kib(self) -> int:
        """The most memory the process ever had."""
        return self._status_kib("VmHWM")

    def resident_kib(self) -> int:
        """The memory it has now."""
        return self._status_kib("VmRSS")

    def _status_kib(self, what: str) -> int:
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith(f"{what}:"):
                return int(line.split()[1])
        raise ServerFailed(f"{self._what} has ended:\n{self.said}")


def _cpu_us(pid: int) -> int:
    # The command's name, in parentheses, may hold blanks: count from the last parenthesis on.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_US


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in _family(int(child)))]
