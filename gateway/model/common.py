"""The parameters that every algo has beside its own."""

from typing import ClassVar

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from gateway.model.constraints import Constraint, Relation, check
from gateway.model.enums import TimeInForce
from gateway.model.numbers import Ns
from gateway.model.parameters import ParameterType, parameter
from gateway.model.routing import RoutePolicy

MAX_DURATION_S = 30 * 24 * 3600

# How every model of parameters is checked: by the types as they stand, nothing coerced.
STRICT = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """When and where an algo works its order."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    constraints: ClassVar[tuple[Constraint, ...]] = (Constraint("EndTime", Relation.NOT_WITH, "Duration"),)
    window: ClassVar[Constraint] = Constraint("StartTime", Relation.BEFORE, "EndTime")  # of times that have not passed

    start: Ns | None = parameter(
        "StartTime", ParameterType.UTC_TIMESTAMP, default=None, tag=168, mutable=False, doc="begin of the window"
    )
    end: Ns | None = parameter("EndTime", ParameterType.UTC_TIMESTAMP, default=None, tag=126, doc="end of the window")
    duration_s: int | None = parameter(
        "Duration",
        ParameterType.INT,
        default=None,
        minimum=1,
        maximum=MAX_DURATION_S,
        doc="seconds from the start to the end, instead of EndTime",
    )
    child_tif: TimeInForce = parameter(
        "ChildTIF",
        ParameterType.CHAR,
        default=TimeInForce.IOC,
        choices=("0", "3"),
        read=TimeInForce,
        doc="3: children are immediate or cancel; 0: what they do not get at once rests on the venue",
    )
    policy: RoutePolicy | None = parameter(
        "RoutePolicy",
        ParameterType.STRING,
        default=None,
        choices=tuple(RoutePolicy),
        read=RoutePolicy,
        doc="how venues are chosen",
    )
    venues: tuple[str, ...] = parameter(
        "Venues", ParameterType.MULTIPLE_STRING_VALUE, default=(), example="XLON", doc="the only venues it may go to"
    )
    excluded: tuple[str, ...] = parameter(
        "ExclVenues", ParameterType.MULTIPLE_STRING_VALUE, default=(), example="XLON", doc="venues it may not go to"
    )
    most_venues: int | None = parameter(
        "MaxVenues",
        ParameterType.INT,
        default=None,
        minimum=1,
        maximum=100,
        doc="venues that one release goes to, at most",
    )
    dry_run: bool = parameter(
        "DryRun", ParameterType.BOOLEAN, default=False, doc="Y: say what would be done, at which cost, and do nothing"
    )

    def __post_init__(self) -> None:
        check(self, self.constraints)
