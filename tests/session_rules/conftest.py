"""Runs every conversation twice: bytes handed over by the test, and bytes over TCP."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.model import SessionConfig
from tests.conversation import Conversation
from tests.conversation import converse as run
from tests.conversation.links import Handed, Tcp
from tests.conversation.switchboard import Switchboard
from tests.session_rules.words import Connect, Converse

both_ways = pytest.fixture(params=[False, True], ids=["handed", "tcp"])


@both_ways
def converse(request: pytest.FixtureRequest) -> Iterator[Converse]:
    talks: list[Conversation] = []

    def begin(script: str, **options: Any) -> Conversation:
        talks.append(run(script, over_tcp=request.param, **options))
        return talks[-1]

    yield begin
    for talk in talks:
        talk.close()


@both_ways
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    boards: list[Switchboard] = []

    def begin(*sessions: SessionConfig, **options: Any) -> Switchboard:
        boards.append(Switchboard(sessions, Tcp() if request.param else Handed(), **options))
        return boards[-1]

    yield begin
    for board in boards:
        board.close()
