"""Days in virtual time. A command that plays some has as long as it takes on a machine that is busy."""

from functools import partial

from tests import stack

run = partial(stack.run, timeout_s=120.0)
