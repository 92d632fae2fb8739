"""The parameters that every algo has beside its own."""

from typing import ClassVar

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from gateway.model.constraints import Constraint, Relation, check
from gateway.model.enums import TimeInForce
from gateway.model.numbers import Ns, Px, Qty
from gateway.model.parameters import ParameterType, parameter
from gateway.model.routing import RoutePolicy
from gateway.model.urgency import URGENCIES, Urgency, read_urgency

MAX_DURATION_S = 30 * 24 * 3600

# How every model of parameters is checked: by the types as they stand, nothing coerced.
STRICT = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """When and where an algo works its order."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    constraints: ClassVar[tuple[Constraint, ...]] = (
        Constraint("EndTime", Relation.NOT_WITH, "Duration"),
        Constraint("MinClip", Relation.AT_MOST, "MaxClip"),
        Constraint("Urgency", Relation.NOT_WITH, "ChildTIF", TimeInForce.DAY),
    )
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

    urgency: Urgency | None = parameter(
        "Urgency",
        ParameterType.STRING,
        default=None,
        choices=URGENCIES,
        read=read_urgency,
        doc="where what is due rests, and how far behind it may be before it crosses; without it, it crosses at once",
    )
    allow_cross: bool = parameter(
        "AllowCross",
        ParameterType.BOOLEAN,
        default=True,
        doc="N: no child takes, all of it rests, on venues that offer POST_ONLY; not with AGGRESSIVE or CompleteByEnd",
    )
    min_clip: Qty = parameter(
        "MinClip", ParameterType.QTY, default=Qty(0), doc="no child is smaller, but for the last of an order"
    )
    max_clip: Qty | None = parameter(
        "MaxClip", ParameterType.QTY, default=None, minimum=1, doc="no release is larger; the next comes a second later"
    )
    random_time: Px | None = parameter(
        "RandomizeTime",
        ParameterType.PERCENTAGE,
        default=None,
        doc="releases come later by up to this share of an interval",
    )
    random_size: Px | None = parameter(
        "RandomizeSize",
        ParameterType.PERCENTAGE,
        default=None,
        doc="releases are larger or smaller by up to this share",
    )
    catch_up: bool = parameter(
        "CatchUp", ParameterType.BOOLEAN, default=True, doc="whether what a release did not get is due with the next"
    )
    complete: bool = parameter(
        "CompleteByEnd", ParameterType.BOOLEAN, default=False, doc="whether what is left crosses before the end"
    )

    def __post_init__(self) -> None:
        check(self, self.constraints)
        if not self.allow_cross and self.urgency is Urgency.AGGRESSIVE:
            raise ValueError("AllowCross N and Urgency AGGRESSIVE")
        if not self.allow_cross and self.complete:
            raise ValueError("AllowCross N and CompleteByEnd Y")
