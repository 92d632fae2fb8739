"""Parameters of algos: each is declared once, on a model that keeps its own rules."""

import dataclasses
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic.dataclasses import is_pydantic_dataclass

from algos import ALGOS
from algos.pov import Pov
from algos.twap import Twap
from algos.vwap import Vwap
from gateway.model import Common, Ns, ParameterType, Px, parameters

MODELS: tuple[type, ...] = (Common, *dict.fromkeys(ALGOS.values()))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_of_parameters_is_frozen_checked_and_documented(model: Any) -> None:
    """What a client could not say nobody can make either, and nothing of it can change."""
    is_checked = is_pydantic_dataclass(model)
    assert is_checked
    assert model.__dataclass_params__.frozen and "__dict__" not in dir(model)
    config = model.__pydantic_config__
    assert config["extra"] == "forbid" and config["strict"]
    declared = parameters(model)
    assert len({one.name for one in declared}) == len(declared) == len(dataclasses.fields(model))
    assert all(one.doc for one in declared)
    natives = [one.tag for one in declared if one.tag is not None]
    assert len(set(natives)) == len(natives)


@pytest.mark.parametrize(
    ("model", "values", "kind"),
    [
        (Twap, {"slices": 0}, "greater_than_equal"),
        (Twap, {"slices": 10_001}, "less_than_equal"),
        (Twap, {"slices": "3"}, "int_type"),
        (Twap, {"slices": True}, "int_type"),
        (Twap, {"slice": 3}, "unexpected_keyword_argument"),
        (Twap, {"max_participation": 0}, "greater_than_equal"),
        (Twap, {"max_participation": 100_000_001}, "less_than_equal"),
        (Vwap, {"profile": 9}, "is_instance_of"),
        (Pov, {}, "missing"),
        (Common, {"end": Ns(1), "duration_s": 1}, "value_error"),
        (Common, {"child_tif": "3"}, "is_instance_of"),
    ],
)
def test_a_model_refuses_what_its_declarations_do_not_allow(model: Any, values: dict[str, Any], kind: str) -> None:
    with pytest.raises(ValidationError) as refused:
        model(**values)
    assert refused.value.errors()[0]["type"] == kind


def test_the_listing_says_all_there_is_to_know_of_a_parameter() -> None:
    target, least, most, would, _ = parameters(Pov)
    assert (target.field, target.name, target.type) == ("target", "TargetParticipation", ParameterType.PERCENTAGE)
    assert target.required and not least.required and least.default is None
    assert (target.minimum, target.maximum, target.tag) == (1, 100_000_000, 849)
    assert (most.name, most.tag) == ("MaxParticipation", None)  # where there is a target, 849 is that
    assert would.show(would.minimum) == "0.00000001" and would.read("0.5") == Px(50_000_000)
    capped = {one.name: one for one in parameters(Twap)}
    assert capped["MaxParticipation"].tag == 849
    common = {one.name: one for one in parameters(Common)}
    assert not common["StartTime"].mutable and common["EndTime"].mutable
    assert common["ChildTIF"].choices == ("0", "3")
    with pytest.raises(ValueError, match="one of 0, 3"):
        common["ChildTIF"].read("1")
