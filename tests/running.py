"""How pytest goes about it, beside `pyproject.toml`: the same examples in each run, both cores busy, quick starts."""

import gc
import os
import pkgutil
import shutil
import tempfile
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

PRODUCT = ("gateway", "venues", "algos", "fixspecs")


def pytest_configure(config: pytest.Config) -> None:
    """Examples follow from the test, so that a red run can be repeated; `--hypothesis-profile=default` draws others.

    Processes that tests start find their modules compiled, even where Python is told to write no bytecode. Much is
    read at the beginning, and none of it is garbage, which is looked for seldom.
    """
    gc.set_threshold(50_000, 20, 10)
    settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    if config.getoption("--hypothesis-profile") is None:
        settings.load_profile("same")
    if os.environ.get("PYTHONDONTWRITEBYTECODE") and "PYTHONPYCACHEPREFIX" not in os.environ:
        compiled = tempfile.mkdtemp()
        config.add_cleanup(lambda: shutil.rmtree(compiled, ignore_errors=True))
        os.environ["PYTHONPYCACHEPREFIX"] = compiled
        del os.environ["PYTHONDONTWRITEBYTECODE"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object | None:
    """Whoever is through first takes half of what another has left, so that nobody waits for one who has it all."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.option.dist == "load" else None


def pytest_collection_finish() -> None:
    """Hypothesis tries constants of modules that are loaded. All of ours are, so that they are the same ones each time.

    What is there by then stays, and is not looked through for garbage again and again.
    """
    for package in PRODUCT:
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            if not module.name.endswith(".__main__"):
                import_module(module.name)
    gc.collect()
    gc.freeze()
