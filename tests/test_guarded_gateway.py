"""`gateway serve` with certificates and passwords, as an operator sees it."""

import os
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.fix.frame import Framer
from gateway.model import Ns, print_timestamp
from gateway.run.net.credentials import hash_password
from gateway.run.replay import replay
from tests.loopback import free_port
from tests.papers import Paper, World
from tests.shell import framed
from tests.stack import Stack, fields, run

PASSWORD = "hunter2"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def stack(tmp_path: Path, world: World) -> Stack:
    """Clients need a certificate and a password, the certificate of ours ends soon, and the venue is away."""
    soon = datetime.now(UTC) + timedelta(days=6)
    Paper(tmp_path, "ours", world.ca.issue_cert("localhost", not_after=soon))
    stack = Stack(tmp_path, venues=(), others={"XLON": free_port()})
    text = stack.config.read_text()
    listener = '[gateway.tls]\ncertificate = "ours.pem"\nkey = "ours.key"\nclient_ca = "ca.pem"\n'
    text = text.replace('durability = "process"\n', f'durability = "process"\n{listener}')
    shown = f'username = "joe"\npassword_hash = "{hash_password(PASSWORD.encode())}"\n'
    text = text.replace('comp_id = "CLIENT"\n', f'comp_id = "CLIENT"\n{shown}')
    stack.config.write_text(text)
    return stack


@pytest.fixture
def running(stack: Stack) -> Iterator[Stack]:
    with stack:
        yield stack


def link(world: World, stack: Stack) -> ssl.SSLSocket:
    context = world.client_tls(world.client)["ssl"]
    raw = socket.create_connection(("127.0.0.1", stack.port), 10)
    wrapped: ssl.SSLSocket = context.wrap_socket(raw, server_hostname="localhost")
    return wrapped


def ask(connection: ssl.SSLSocket, content: str) -> dict[int, str]:
    """The answer to a message of CLIENT, given without its header."""
    msg_type, _, rest = content.partition("|")
    stamp = print_timestamp(Ns(time.time_ns()))
    connection.sendall(framed(f"35={msg_type}|49=CLIENT|56=GATEWAY|52={stamp}|{rest}"))
    (answer,) = Framer().feed(connection.recv(1 << 16))
    assert isinstance(answer, bytes)
    return fields(answer)


def log_on(connection: ssl.SSLSocket, password: str) -> dict[int, str]:
    return ask(connection, f"A|34=1|98=0|108=30|141=Y|553=joe|554={password}|")


def certificate(world: World, stack: Stack) -> bytes | None:
    """What a new connection is shown."""
    with link(world, stack) as connection:
        return connection.getpeercert(binary_form=True)


def test_a_gateway_is_guarded_as_it_is_configured(running: Stack, world: World) -> None:
    """Whoever is refused is told nothing but that; nothing of a password is written or said."""
    gateway = running.gateway
    assert gateway is not None
    gateway.wait_until_it_says("ours.pem expires within 7 days, on ")
    with link(world, running) as refused:
        answer = log_on(refused, "hunter3")
        assert (answer[35], answer[58]) == ("5", "Logon refused")
        assert refused.recv(1) == b""
    time.sleep(1.0)  # the next try would come too soon
    with link(world, running) as admitted:
        assert log_on(admitted, PASSWORD)[35] == "A"
        gateway.wait_until_it_says("CLIENT is logged on")
        assert "Connection refused" in gateway.wait_until_it_says("XLON does not answer at ")
    assert gateway.stop() == 0
    kept = b"".join(path.read_bytes() for path in running.data.rglob("*") if path.is_file())
    assert b"wrong password" in kept
    for text in (kept, "\n".join(gateway.said).encode()):
        assert b"hunter" not in text
    assert replay(running.data) == 0


def test_sighup_has_the_certificates_read_again(running: Stack, world: World) -> None:
    """Sessions go on; what cannot be used is told of and not used."""
    gateway = running.gateway
    assert gateway is not None
    with link(world, running) as first:
        assert log_on(first, PASSWORD)[35] == "A"
        new = Paper(world.folder, "ours", world.ca.issue_cert("localhost"))
        os.kill(gateway.pid, signal.SIGHUP)
        gateway.wait_until_it_says("certificates read again")
        shown = certificate(world, running)
        assert shown != first.getpeercert(binary_form=True)
        new.key.write_text("")
        os.kill(gateway.pid, signal.SIGHUP)
        gateway.wait_until_it_says("; the certificate from before stays in use")
        assert certificate(world, running) == shown
        assert ask(first, "1|34=2|112=X|")[35] == "0"


@pytest.mark.parametrize(
    ("venue", "said"),
    [
        ('password_env = "NO_SUCH_PASSWORD"\n', "environment variable NO_SUCH_PASSWORD is not set"),
        ('[venue.tls]\nca = "gateway.toml"\n', "gateway.toml holds no certificate"),
    ],
)
def test_what_a_call_needs_is_missed_at_the_start(stack: Stack, venue: str, said: str) -> None:
    """Not when the venue is called, in the middle of the night."""
    text = stack.config.read_text()
    assert text.count("\n[limits]") == 1  # what is behind the venue
    stack.config.write_text(text.replace("\n[limits]", f"\n{venue}[limits]"))
    refused = run("serve", str(stack.config))
    assert refused.returncode == 2
    assert said in refused.stderr
