"""No algo: everything is due at once, which needs nobody to be asked (`gateway.oms.direct`)."""

from pydantic.dataclasses import dataclass

from gateway.model import Algo


@dataclass(frozen=True, slots=True)
class Direct(Algo):
    """What all that looks at algos sees of an order without one."""
