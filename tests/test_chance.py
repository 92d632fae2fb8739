"""What is left to chance follows from a secret, so that nobody who knows an order foresees how it is worked."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from algos.chance import draw
from gateway.model import Settings
from gateway.model.settings import Start
from gateway.oms.pace import seed_of
from gateway.run import serve
from gateway.run.config import load
from gateway.run.net.live import Live
from tests.conftest import SETTINGS, make_world
from tests.loopback import free_port
from tests.parents import parent

ORDER = """
    client > NewOrderSingle   OrderQty=400  TargetStrategy=TWAP  Duration=40  NumSlices=4  RandomizeSize:PERCENTAGE=0.5
    client < ExecutionReport  ExecType=NEW
    XLON   < NewOrderSingle
"""
QUOTES = "XLON quotes ACME 99.90x900 100.10x900"
FIRST, SECOND = "T8EAY0-1", "T8EAY0-2"


def seeds(settings: Settings, later: Settings) -> list[int]:
    """Of two orders, the second after a restart with other settings."""
    world = make_world(secret=settings.secret, seed=settings.seed)
    world.converse(f"{QUOTES}\n{ORDER}")
    world._started = msgspec.json.encode({"version": "test", "config": later})
    world.converse(f"restart\nXLON < OrderStatusRequest\n{QUOTES}\n{ORDER}")
    world.restart()
    return [note["seed"] for note in world.notes("parent")]


def with_secret(secret: int, seed: int | None = None) -> Settings:
    return msgspec.structs.replace(SETTINGS, secret=secret, seed=seed)


def test_chance_follows_from_the_secret_of_the_first_start() -> None:
    """A later start on the same journal draws in vain."""
    assert seeds(with_secret(11), with_secret(12)) == [seed_of(11, FIRST), seed_of(11, SECOND)]
    assert seeds(with_secret(12), with_secret(11)) == [seed_of(12, FIRST), seed_of(12, SECOND)]


def test_a_seed_that_is_configured_takes_its_place() -> None:
    assert seeds(with_secret(11, 7), with_secret(12, 7)) == [seed_of(7, FIRST), seed_of(7, SECOND)]
    assert seeds(with_secret(11, 7), with_secret(12)) == [seed_of(7, FIRST), seed_of(11, SECOND)]


def test_draws_of_an_order_follow_from_its_seed() -> None:
    one, other = ([draw(parent(seed=seed), number, 10) for number in range(1_000)] for seed in (1, 2))
    assert one == [draw(parent(seed=1), number, 10) for number in range(1_000)]
    assert sum(mine == theirs for mine, theirs in zip(one, other, strict=True)) < 160


CONFIG = """
[gateway]
comp_id = "GATEWAY"
listen = "127.0.0.1:{port}"
durability = "process"
[[client]]
comp_id = "CLIENT"
[[venue]]
name = "XLON"
connect = "127.0.0.1:1"
[[instrument]]
symbol = "ACME"
"""


def test_a_gateway_draws_at_each_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the journal has what it drew."""
    drawn: list[int] = []
    monkeypatch.setattr(serve, "settle_memory", lambda: None)  # of the process, which is another's here
    begin = Live.start

    def noting(live: Live, payload: bytes) -> None:
        drawn.append(msgspec.json.decode(payload, type=Start).config.secret)
        begin(live, payload)

    monkeypatch.setattr(Live, "start", noting)

    async def starts() -> None:
        live, gateway, _ = await serve.start(load(tmp_path / "gateway.toml"))
        assert gateway.desk is not None and gateway.desk._slicer._secret == drawn[0]
        await live.stop(grace_s=0)

    (tmp_path / "gateway.toml").write_text(CONFIG.format(port=free_port()))
    asyncio.run(starts())
    asyncio.run(starts())
    assert len({0, *drawn}) == 3 and max(drawn) > 2**40
