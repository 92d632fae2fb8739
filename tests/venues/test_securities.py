"""What a venue says it trades: SecurityList(y) and SecurityDefinition(d)."""

import pytest

from gateway.model import parse_px
from tests.venues.world import Answer, Client, World
from venues.floor.securities import MAX_SECURITIES


@pytest.fixture
def client() -> Client:
    return Client(World(symbols=("ACME", "IBM"), currency="GBP"))


def symbols(answer: Answer) -> list[str]:
    return [value for tag, value in answer.fields if tag == 55]


def test_all_that_is_traded_is_listed_with_its_terms(client: Client) -> None:
    """SecurityListRequestType(559) 4. The tick has no field in FIX 4.4; it is an attribute in words."""
    (answer,) = client.say("x", (320, "R"), (559, "4"))
    assert answer.has(_35="y", _320="R", _560="0", _393="2", _893="Y", _146="2")
    assert symbols(answer) == ["ACME", "IBM"]
    first = [field for field in answer.fields if field[0] in (207, 870, 871, 872, 15, 561, 562)][:7]
    assert first == [
        (207, "XLON"), (870, "1"), (871, "99"), (872, "MinPriceIncrement=0.01"), (15, "GBP"), (561, "1"), (562, "1")
    ]  # fmt: skip


def test_steps_that_grow_with_the_price_are_told_with_the_tick() -> None:
    client = Client(World(coarser_ticks=((parse_px("10"), parse_px("0.05")), (parse_px("100"), parse_px("0.5")))))
    (answer,) = client.say("c", (320, "R"), (321, "0"), (55, "ACME"))
    assert answer[872] == "MinPriceIncrement=0.01, 0.05 from 10, 0.5 from 100"


def test_one_symbol_is_listed_by_itself(client: Client) -> None:
    (answer,) = client.say("x", (320, "R"), (559, "0"), (55, "IBM"))
    assert (answer[393], symbols(answer)) == ("1", ["IBM"])


def test_a_long_list_comes_in_fragments() -> None:
    """TotNoRelatedSym(393) counts all of them; LastFragment(893) ends it."""
    names = [f"S{number}" for number in range(MAX_SECURITIES + 1)]
    answers = Client(World(symbols=names)).say("x", (320, "R"), (559, "4"))
    assert [(answer[393], answer[893], answer[146]) for answer in answers] == [("51", "N", "50"), ("51", "Y", "1")]
    assert [symbol for answer in answers for symbol in symbols(answer)] == names
    assert len({answer[322] for answer in answers}) == 2
    assert answers[0][15] is None, "a venue whose profile has no currency says none"


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        (((559, "0"), (55, "NOPE")), "2"),
        (((559, "0"),), "1"),
        (((559, "1"), (461, "ES")), "1"),
        (((559, "4"), (263, "1")), "1"),
    ],
)
def test_a_list_that_cannot_be_had_says_why(client: Client, fields: tuple[tuple[int, str], ...], result: str) -> None:
    """SecurityRequestResult(560): 2 nothing found, 1 not offered."""
    (answer,) = client.say("x", (320, "R"), *fields)
    assert answer.has(_35="y", _320="R", _560=result) and answer[146] is None


def test_a_security_is_defined(client: Client) -> None:
    (answer,) = client.say("c", (320, "R"), (321, "0"), (55, "ACME"))
    assert answer.has(_35="d", _320="R", _323="1", _55="ACME", _207="XLON", _15="GBP", _561="1", _562="1")
    assert answer[872] == "MinPriceIncrement=0.01"


@pytest.mark.parametrize(
    ("fields", "response", "text"),
    [
        (((321, "0"), (55, "NOPE")), "6", "Symbol(55) NOPE is not traded here"),
        (((321, "0"),), "5", "Symbol(55) is missing"),
        (((321, "3"),), "5", "SecurityRequestType(321) is 0 or 1"),
        (((321, "0"), (55, "ACME"), (263, "1")), "5", "SecurityRequestType(321) is 0 or 1, without updates"),
    ],
)
def test_a_definition_that_cannot_be_had_says_why(
    client: Client, fields: tuple[tuple[int, str], ...], response: str, text: str
) -> None:
    """SecurityResponseType(323): 6 no match, 5 rejected."""
    (answer,) = client.say("c", (320, "R"), *fields)
    assert answer.has(_35="d", _320="R", _323=response) and (answer[58] or "").startswith(text)


def test_what_a_restart_adds_is_listed(client: Client) -> None:
    world = client.world
    world.config.symbols["NEW"] = "5"
    world.start()
    client.link = world.connect()
    client.say("A", (98, "0"), (108, "30"))
    assert symbols(client.say("x", (320, "R"), (559, "4"))[0]) == ["ACME", "IBM", "NEW"]
