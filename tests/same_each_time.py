"""What pytest is told beside `pyproject.toml`: examples are the same in each run, and processes start at once."""

import os
import pkgutil
import shutil
import tempfile
from importlib import import_module

import pytest
from hypothesis import HealthCheck, settings

PRODUCT = ("gateway", "venues", "algos", "fixspecs")


def pytest_configure(config: pytest.Config) -> None:
    """Examples follow from the test, so that a red run can be repeated; `--hypothesis-profile=default` draws others.

    Processes that tests start find their modules compiled, even where Python is told to write no bytecode.
    """
    settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    if config.getoption("--hypothesis-profile") is None:
        settings.load_profile("same")
    if os.environ.get("PYTHONDONTWRITEBYTECODE") and "PYTHONPYCACHEPREFIX" not in os.environ:
        compiled = tempfile.mkdtemp()
        config.add_cleanup(lambda: shutil.rmtree(compiled, ignore_errors=True))
        os.environ["PYTHONPYCACHEPREFIX"] = compiled
        del os.environ["PYTHONDONTWRITEBYTECODE"]


def pytest_collection_finish() -> None:
    """Hypothesis tries constants of modules that are loaded. All of ours are, so that they are the same ones each time."""
    for package in PRODUCT:
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            if not module.name.endswith(".__main__"):
                import_module(module.name)
