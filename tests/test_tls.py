"""TLS on both sides: who is let in with which certificate, what a changed or broken file does, and both versions."""

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import uvloop
from cryptography.hazmat.primitives.serialization import (  # what trustme stands on
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.model import LinkDown, LinkUp
from gateway.run.net import listener, live
from gateway.run.net.admission import ListenerOptions
from gateway.run.net.credentials import Secret
from gateway.run.net.tls import ServerTls, TlsCall, TlsError, TlsFiles, client_context, expiry_warnings
from tests.papers import Paper, World
from tests.shell import CALLED, OUR_LOGON, Acceptor, Peer, framed, logon, probe, shell

V2, V3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("papers"))


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver looks, and tells whom it turned away, more often than once a second."""
    monkeypatch.setattr(live, "LOOK_S", 0.05)


# -- the listener


@pytest.mark.parametrize("version", [V2, V3])
def test_a_session_runs_over_tls(world: World, tmp_path: Path, version: ssl.TLSVersion) -> None:
    """1.2 and 1.3, with forward secrecy and authenticated encryption."""

    async def scenario() -> tuple[Any, Acceptor]:
        async with shell(tmp_path, world.options()) as it:
            peer = await it.log_on(**world.client_tls(minimum_version=version, maximum_version=version))
            await peer.say(probe() * 500)
            assert [await peer.next() for _ in range(500)] == ["0"] * 500
            spoken = peer.writer.get_extra_info("ssl_object")
            peer.close()
            await it.until(lambda: it.node.of(LinkDown))
            return (spoken.version(), spoken.cipher(), spoken.compression()), it.node

    (spoken, cipher, compression), node = uvloop.run(scenario())
    assert spoken == {V2: "TLSv1.2", V3: "TLSv1.3"}[version]
    assert "GCM" in cipher[0] or "CHACHA20" in cipher[0]
    assert version is V3 or cipher[0].startswith("ECDHE")
    assert compression is None
    assert [down.reason for down in node.of(LinkDown)] == ["closed"]


@pytest.mark.parametrize(
    ("minimum", "maximum", "ciphers"),
    [
        (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"),
        (V2, V2, "AES128-GCM-SHA256"),  # no forward secrecy
        (V2, V2, "ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA256"),  # CBC
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_what_is_weak_is_not_spoken(
    world: World, tmp_path: Path, minimum: ssl.TLSVersion, maximum: ssl.TLSVersion, ciphers: str
) -> None:
    tls = world.client_tls()
    tls["ssl"].set_ciphers(ciphers)
    tls["ssl"].minimum_version, tls["ssl"].maximum_version = minimum, maximum
    assert _handshakes_fail(world, tmp_path, tls)


def _handshakes_fail(world: World, folder: Path, tls: dict[str, Any], options: ListenerOptions | None = None) -> bool:
    """The core hears of nothing but a count."""

    async def scenario() -> Acceptor:
        async with shell(folder, options or world.options()) as it:
            try:
                peer = await it.connect(**tls)
                # Of TLS 1.3 a client takes the handshake for done before its certificate is looked at.
                await peer.say(logon())
                assert await peer.next() is None
            except OSError:
                pass
            await it.until(lambda: it.node.turned_away)
            return it.node

    node = uvloop.run(scenario())
    return node.turned_away == {"handshake": 1} and not node.of(LinkUp)


def test_who_does_not_speak_tls_is_turned_away(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither FIX in the clear nor silence gets further than the handshake, which has five seconds, here a tenth."""
    monkeypatch.setattr(listener, "HANDSHAKE_S", 0.1)

    async def scenario() -> Acceptor:
        async with shell(tmp_path, world.options()) as it:
            clear, silent, gone = [await it.connect() for _ in range(3)]
            await clear.say(logon())
            gone.writer.transport.abort()
            assert [await clear.next(), await silent.next()] == [None, None]
            peer = await it.log_on(**world.client_tls())
            await asyncio.sleep(0.15)
            assert await peer.answers()
            strangers = it.live._listeners[0]._door._strangers
            assert strangers == 0
        return it.node

    node = uvloop.run(scenario())
    assert node.turned_away == {"handshake": 3}
    assert len(node.of(LinkUp)) == 1


def test_a_slow_consumer_over_tls_is_dropped(world: World, tmp_path: Path) -> None:
    """What waits inside of TLS counts, too."""
    options = ListenerOptions(tls=world.options().tls, slow_bytes=1 << 20)

    async def scenario() -> Acceptor:
        async with shell(tmp_path, options) as it:
            it.node.answers["1"] = b"8=FIX.4.4\x01" * 200_000
            peer = await it.log_on(**world.client_tls())
            peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await peer.say(probe() * 8)
            await it.until(lambda: it.node.of(LinkDown))
            return it.node

    assert "nothing taken for" in uvloop.run(scenario()).of(LinkDown)[0].reason


def test_a_tls_connection_is_closed_when_everything_is_sent(world: World, tmp_path: Path) -> None:
    """TLS takes nothing more once it has begun to close."""
    answer, last = b"8=FIX.4.4\x01" * 200_000, framed("35=5|34=2|")

    async def scenario() -> int:
        async with shell(tmp_path, world.options()) as it:
            it.node.answers |= {"1": answer, "5": last}
            it.node.hangs_up_after = "5"
            peer = await it.log_on(**world.client_tls())
            peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await peer.say(probe() * 8 + last)
            await it.until(lambda: last in it.node.heard)
            peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
            return len(await peer.reader.read())

    assert uvloop.run(scenario()) == 8 * len(answer) + len(last)


# -- certificates of clients


@pytest.mark.parametrize("version", [V2, V3])
def test_a_certificate_is_bound_to_its_comp_ids(world: World, tmp_path: Path, version: ssl.TLSVersion) -> None:
    """By fingerprint or name; a CompID bound to none has to be a name of the certificate. Any other gets silence."""
    options = world.mutual(
        **{
            world.desk.fingerprint.upper(): ("DESK", "ALGO*"),
            "desk.example.org": ("MORE",),
            "nobody.example.org": ("NOBODY", "THEIRS"),
        }
    )
    theirs = world.paper("theirs", common_name="THEIRS")
    cases = [
        (world.client, "CLIENT", True),
        (world.client, "DESK", False),
        (world.client, "MORE", False),
        (world.desk, "DESK", True),
        (world.desk, "ALGO7", True),
        (world.desk, "MORE", True),
        (world.desk, "NOBODY", False),
        (theirs, "THEIRS", False),
        (world.desk, "CLIENT", False),
        (world.desk, "THE DESK", True),
        (world.desk, "", False),
    ]

    async def scenario() -> Acceptor:
        async with shell(tmp_path, options) as it:
            for paper, comp_id, may in cases:
                peer = await it.connect(**world.client_tls(paper, minimum_version=version, maximum_version=version))
                await peer.say(logon(comp_id))
                assert await peer.next() == ("A" if may else None), comp_id
        return it.node

    node = uvloop.run(scenario())
    assert node.turned_away == {"certificate": sum(not may for _, _, may in cases)}
    assert len(node.of(LinkUp)) == sum(may for _, _, may in cases)


def test_a_name_that_passes_for_a_fingerprint_is_none(world: World, tmp_path: Path) -> None:
    """Whoever may choose his certificate's name would be who he likes."""
    posing = world.paper("posing", common_name=world.desk.fingerprint)

    async def scenario() -> Acceptor:
        async with shell(tmp_path, world.mutual(**{world.desk.fingerprint: ("DESK",)})) as it:
            peer = await it.connect(**world.client_tls(posing))
            await peer.say(logon("DESK"))
            assert await peer.next() is None
        return it.node

    assert uvloop.run(scenario()).turned_away == {"certificate": 1}


@pytest.mark.parametrize("paper", [None, "foreign", "expired"])
@pytest.mark.parametrize("version", [V2, V3])
def test_without_a_good_certificate_nobody_gets_in(
    world: World, tmp_path: Path, paper: str | None, version: ssl.TLSVersion
) -> None:
    """None at all, another CA's, one that has expired."""
    papers = {
        "foreign": world.foreign,
        "expired": world.paper("expired", common_name="CLIENT", not_after=datetime(2020, 1, 1, tzinfo=UTC)),
    }
    tls = world.client_tls(papers[paper] if paper else None, minimum_version=version, maximum_version=version)
    assert _handshakes_fail(world, tmp_path, tls, world.mutual())


# -- files


def test_changed_files_hold_for_new_connections(world: World, tmp_path: Path) -> None:
    """Sessions go on; a broken file is told of, and what was there before stays in use."""
    used = tmp_path / "used"
    used.mkdir()
    papers = [Paper(used, "now", world.ca.issue_cert("localhost"))]
    options = ListenerOptions(tls=TlsFiles(certificate=papers[0].certificate, key=papers[0].key))

    async def shown(it: Any) -> str:
        peer = await it.log_on(**world.client_tls())
        return sha256(peer.writer.get_extra_info("ssl_object").getpeercert(True)).hexdigest()

    async def scenario() -> None:
        async with shell(tmp_path / "data", options) as it:
            first = await it.log_on(**world.client_tls())
            assert await shown(it) == papers[0].fingerprint
            papers.append(Paper(used, "now", world.ca.issue_cert("localhost")))
            assert await shown(it) == papers[0].fingerprint
            assert it.live.reload() == []
            assert await shown(it) == papers[1].fingerprint
            papers[1].key.write_bytes(world.client.key.read_bytes())
            (trouble,) = it.live.reload()
            assert str(papers[1].key) in trouble and "no certificate and its key" in trouble
            assert await shown(it) == papers[1].fingerprint
            assert await first.answers()

    uvloop.run(scenario())


def broken(world: World, folder: Path) -> dict[str, TlsFiles]:
    (folder / "empty").touch()
    (folder / "text").write_text("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")
    locked = folder / "locked.key"
    key = load_pem_private_key(world.server.key.read_bytes(), None)
    locked.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")))
    good = TlsFiles(certificate=world.server.certificate, key=world.server.key)
    return {
        "No such file": replace(good, certificate=folder / "none"),
        "none.key: No such": replace(good, key=folder / "none.key"),
        "holds no certificate": replace(good, certificate=folder / "empty"),
        "text and .* are no certificate": replace(good, certificate=folder / "text"),
        "are no certificate and its key": replace(good, key=world.client.key),
        "locked.key are no": replace(good, key=locked),
        "empty holds": replace(good, client_ca=folder / "empty"),
        "no client_ca": replace(good, identities={"x": ("CLIENT",)}),
    }


def test_a_file_that_cannot_be_used_is_named_at_the_start(world: World, tmp_path: Path) -> None:
    """Nobody is asked for a passphrase on the terminal."""
    for said, files in broken(world, tmp_path).items():
        with pytest.raises(TlsError, match=said):
            ServerTls(files)


NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(seconds=-1), "has expired on 2026-01-05 11:59 UTC"),
        (timedelta(hours=23), "expires within 1 day, on 2026-01-06 11:00 UTC"),
        (timedelta(days=6), "expires within 7 days, on 2026-01-11 12:00 UTC"),
        (timedelta(days=29), "expires within 30 days, on 2026-02-03 12:00 UTC"),
        (timedelta(days=31), None),
        (timedelta(days=365 * 100), None),  # beyond 2049 it is written in another way
    ],
)
def test_a_certificate_that_ends_soon_is_told_of(
    world: World, tmp_path: Path, left: timedelta, said: str | None
) -> None:
    """The first of a file's chain to end counts."""
    ending = Paper(tmp_path, "ending", world.ca.issue_cert("localhost", not_after=NOW + left))
    chain = tmp_path / "chain.pem"
    chain.write_bytes(world.server.certificate.read_bytes() + ending.certificate.read_bytes())
    assert expiry_warnings([chain, world.trusted], NOW) == ([f"{chain} {said}"] if said else [])


# -- whom we call


async def _called(folder: Path, call: TlsCall, server: ssl.SSLContext) -> tuple[bytes | None, str]:
    """What a TLS server hears of us first, or what keeps us from saying it."""
    heard: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard.put(await Peer(reader, writer).message())
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server)
    port = listening.sockets[0].getsockname()[1]
    password = folder / "password"
    password.write_text("hunter2")
    async with shell(folder / "data") as it:
        it.live.call("localhost", port, CALLED, tls=call, secret=Secret(file=password))
        await it.until(lambda: it.live.troubles or not heard.empty())
        trouble = it.live.troubles.get(CALLED, "")
    listening.close()
    assert b"hunter2" not in it.written()
    return (None if heard.empty() else heard.get_nowait()), trouble


@pytest.mark.parametrize("version", [V2, V3])
def test_we_call_over_tls_with_our_certificate(world: World, tmp_path: Path, version: ssl.TLSVersion) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(world.trusted))
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_cert_chain(world.server.certificate, world.server.key)
    server.minimum_version = server.maximum_version = version
    call = TlsCall(ca=world.trusted, certificate=world.client.certificate, key=world.client.key)
    heard, trouble = uvloop.run(_called(tmp_path, call, server))
    assert trouble == ""
    assert heard is not None and heard.startswith(OUR_LOGON[:9]) and b"\x01554=hunter2\x01" in heard


@pytest.mark.parametrize(
    ("paper", "call", "said"),
    [
        ("foreign", {}, "CERTIFICATE_VERIFY_FAILED"),
        ("server", {"server_name": "venue.example.org"}, "not valid for 'venue.example.org'"),
        ("server", {"certificate": "client", "key": "desk"}, "are no certificate and its key"),
    ],
)
def test_a_counterparty_that_is_not_who_it_should_be_is_told_nothing(
    world: World, tmp_path: Path, paper: str, call: dict[str, str], said: str
) -> None:
    """Nor is anybody called with files of ours that cannot be used; the trouble is there to be read."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shown: Paper = getattr(world, paper)
    server.load_cert_chain(shown.certificate, shown.key)
    files: dict[str, Any] = {"ca": world.trusted, **call}
    if "key" in call:
        files |= {"certificate": world.client.certificate, "key": world.desk.key}
    heard, trouble = uvloop.run(_called(tmp_path, TlsCall(**files), server))
    assert heard is None
    assert said in trouble


def test_without_a_ca_the_systems_are_trusted() -> None:
    """And nobody's certificate goes unchecked."""
    context = client_context(TlsCall())
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
