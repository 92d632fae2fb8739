"""`gateway instruments split`: what an operator types, what is said, and that it is a Command with who and why."""

import json
from pathlib import Path

from gateway.model import Command, Note
from gateway.node import Gateway
from tests.conversation.world import World
from tests.test_cli_risk import WHO, said
from tests.test_cli_sessions import door


class Running:
    """The gateway of a conversation; its own driver, with a clock that stands still."""

    def __init__(self, world: World) -> None:
        assert isinstance(world.node, Gateway)
        self.now, self.node = world.now, world.node
        self.commands: list[Command] = []
        self.notes: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.node, name)

    def command(self, name: str, who: str, payload: bytes) -> None:
        self.commands.append(Command(self.now, name, who, payload))
        outputs = self.node.handle(self.commands[-1])
        self.notes += [output.kind for output in outputs if isinstance(output, Note)]

    def when_durable(self, then) -> None:  # type: ignore[no-untyped-def]
        then()


def test_a_split_is_carried_out_or_refused_with_the_reason(tmp_path: Path, world: World) -> None:
    world.converse(
        """
        client > NewOrderSingle   ClOrdID=X  OrderQty=100
        client < ExecutionReport  ExecType=NEW
        XLON   < NewOrderSingle
        XLON   > ExecutionReport  ExecType=TRADE
        client < ExecutionReport  OrdStatus=FILLED
        """
    )
    running = Running(world)
    with door(tmp_path, running, running):  # type: ignore[arg-type]
        split = ("instruments", "split", "ACME")
        assert said(tmp_path, *split, "2:1", why="corporate action 7") == (0, "")
        assert said(tmp_path, *split, "2:1", why="again") == (1, "ACME was split 2:1 today already\n")
        assert said(tmp_path, *split, "two", why="again")[0] == 1
        assert said(tmp_path, *split, "3:1", why=" ") == (2, "--why: say the reason, in at most 500 characters\n")
    first = running.commands[0]
    assert (first.name, first.who, running.notes) == ("split", WHO, ["split", "position"])
    assert json.loads(first.payload) == {"symbol": "ACME", "ratio": "2:1", "why": "corporate action 7"}
