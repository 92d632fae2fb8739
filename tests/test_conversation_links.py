"""Conversations over TCP: they must pass and fail as those without a network do."""

from collections.abc import Iterator

import pytest

from gateway.fix.dictionary import default
from gateway.fix.reader import Reader
from gateway.fix.session import Session
from gateway.model import Ns, SessionConfig
from tests.conversation import Conversation, converse
from tests.conversation.links import Handed, Net, Tcp

CONFIG = SessionConfig(sender="GATEWAY", target="CLIENT")


@pytest.fixture(params=[Handed, Tcp])
def net(request: pytest.FixtureRequest) -> Iterator[Net]:
    made: Net = request.param()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("> Logon\n< Logon\n< Heartbeat", "line 3 expects an answer, and none came"),
        ("> Logon\n> Heartbeat", "before line 2 there are answers that nobody expected\n    < Logon"),
        ("> Logon\n< Logout", "expected Logout, got Logon"),
        ("> Logon\n< disconnect", "expects us to hang up, we sent"),
        ("> Logout\n< Logout", "expects a message, we hung up"),
        ("> Logon\n< Logon\n> Logout\n< Logout", "at the end there are answers that nobody expected\n    < disconnect"),
    ],
)
def test_a_conversation_that_goes_otherwise_fails_on_any_link(net: Net, script: str, complaint: str) -> None:
    talk = Conversation(Session(CONFIG, default()), net=net)
    with pytest.raises(AssertionError) as failure:
        talk.run(script)
    assert complaint in str(failure.value)


def test_a_mistake_of_ours_ends_the_test_and_not_only_the_connection(net: Net) -> None:
    class Mistaken(Session):
        def received(self, data: bytes, now: Ns) -> None:  # noqa: ARG002
            raise ZeroDivisionError

    talk = Conversation(Mistaken(CONFIG, Reader(default())), net=net)
    with pytest.raises(ZeroDivisionError):
        talk.run("> Logon")


def test_a_message_of_any_size_arrives_whole_before_the_next_line() -> None:
    """Both ways, through buffers that are smaller."""
    text = "x" * 7000
    talk = converse(f"""
        > Logon
        < Logon
        > TestRequest  TestReqID={text}
        < Heartbeat    TestReqID={text}
    """ + f"""
        send News      Headline={text}
        < News         Headline={text}
    """ * 100, over_tcp=True)  # fmt: skip
    talk.close()


def test_fields_stand_as_they_are_said() -> None:
    """With a right BodyLength and CheckSum, and `now` where a time belongs."""
    talk = converse("""
        > Logon
        < Logon
        > fields 35=0|34=2|52=now|-1=x|56=GATEWAY|nonsense|49=CLIENT|
        < Reject  RefSeqNum=2
        > Heartbeat  seq=3
    """)
    assert len(talk.heard) == 2
