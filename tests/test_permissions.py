"""Which algos are for whom: by client, by account and by venue, as the configuration says."""

from pathlib import Path

import pytest

from gateway.model.settings import Permissions
from gateway.run.config import load
from gateway.run.tables import ConfigError
from tests.conftest import make_world
from tests.conversation.world import World
from tests.test_config import WHOLE

TWAP, VWAP = "TargetStrategy=1001  Duration=90", "TargetStrategy=1  Duration=90"


def ask(world: World, fields: str, answer: str) -> None:
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  OrderQty=7  {fields}
        client < ExecutionReport  ClOrdID=P  {answer}
        """
    )


def world_with(permissions: Permissions) -> World:
    world = make_world(algos=permissions)
    world.converse("XLON quotes ACME 99.90x500 100.10x500")
    world.converse("BATE quotes ACME 99.90x500 100.05x500")
    for venue in ("XLON", "BATE"):
        world.parties[venue].silent += ("D",)
    return world


@pytest.mark.parametrize(
    ("permissions", "fields", "who"),
    [
        (Permissions(clients={"CLIENT": ("1", "0")}), TWAP, "ALGO.PERMISSION TargetStrategy(847) 1001 is not for orders of this session"),
        (Permissions(clients={"CLI*": ("1",)}), TWAP, "ALGO.PERMISSION TargetStrategy(847) 1001 is not for orders of this session"),
        (Permissions(clients={"CLIENT": ("1001",)}), "", "ALGO.PERMISSION an order without TargetStrategy(847) is not for orders of"),
        (Permissions(clients={"CLIENT": ()}), VWAP, "ALGO.PERMISSION TargetStrategy(847) 1 is not"),
        (Permissions(accounts={"A": ("1",)}), f"{TWAP}  Account=A", "1001 is not for orders of Account(1) A"),
        (Permissions(venues={"XLON": ("1",)}), f"{TWAP}  Venues=XLON", "1001 is not for orders on XLON"),
        (Permissions(venues={"XLON": ("1",)}), f"{TWAP}  100=XLON", "1001 is not for orders on XLON"),
    ],
)  # fmt: skip
def test_an_algo_that_is_not_for_an_order_is_refused(permissions: Permissions, fields: str, who: str) -> None:
    ask(world_with(permissions), fields, f"ExecType=REJECTED  OrdRejReason=0  Text~'{who}'")


@pytest.mark.parametrize(
    ("permissions", "fields"),
    [
        (Permissions(clients={"CLIENT": ("1001",)}), TWAP),
        (Permissions(clients={"CLI*": ("1",), "CLIENT": ("1001",)}), TWAP),
        (Permissions(clients={"OTHER": ("1",)}), TWAP),
        (Permissions(accounts={"A": ("1001",)}), f"{TWAP}  Account=A"),
        (Permissions(accounts={"A": ("1",)}), f"{TWAP}  Account=B"),
        (Permissions(venues={"XLON": ("1",)}), f"{VWAP}  Venues=XLON"),
    ],
)
def test_who_is_not_named_or_has_the_algo_may_use_it(permissions: Permissions, fields: str) -> None:
    ask(world_with(permissions), fields, "ExecType=NEW")


def test_an_order_goes_past_a_venue_where_its_algo_may_not_go() -> None:
    """BATE has the better price, and is not for TWAP."""
    world = world_with(Permissions(venues={"BATE": ("0",)}))
    world.converse(
        f"""
        client > NewOrderSingle   ClOrdID=P  OrderQty=7  {TWAP}  NumSlices=1
        client < ExecutionReport  ClOrdID=P  ExecType=NEW
        XLON   < NewOrderSingle   OrderQty=7
        client > NewOrderSingle   ClOrdID=Q  OrderQty=7
        client < ExecutionReport  ClOrdID=Q  ExecType=NEW
        BATE   < NewOrderSingle   OrderQty=7
        """
    )


def test_the_configuration_names_algos_by_their_numbers(tmp_path: Path) -> None:
    (path := tmp_path / "gateway.toml").write_text(
        WHOLE.replace('comp_id = "CLIENT"', 'comp_id = "CLIENT"\nalgos = ["1001", "0"]')
        .replace('name = "HOUSE"', 'name = "HOUSE"\nalgos = []')
        .replace('name = "XPAR"', 'name = "XPAR"\nalgos = ["1"]')
    )
    assert load(path).settings.algos == Permissions(
        clients={"CLIENT": ("1001", "0")}, accounts={"HOUSE": ()}, venues={"XPAR": ("1",)}
    )
    path.write_text(WHOLE.replace('comp_id = "CLIENT"', 'comp_id = "CLIENT"\nalgos = ["1099"]'))
    with pytest.raises(
        ConfigError, match=r'client\[1\].algos\[1\]: must be one of 0, 1, 2, .*, each in quotes; "0" are'
    ):
        load(path)
