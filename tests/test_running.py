"""A run of the tests can be repeated."""

import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.running import PRODUCT

ROOT = Path(__file__).resolve().parents[1]


def test_examples_are_the_same_whatever_else_is_run() -> None:
    """They follow from the test, and from constants of what is loaded: that is all there is, before the first test runs."""
    if settings.get_current_profile_name() != "same":
        pytest.skip("another profile was asked for")
    assert settings().derandomize
    files = [path.relative_to(ROOT) for package in PRODUCT for path in (ROOT / package).rglob("[!_]*.py")]
    assert len(files) > 300
    assert [file for file in files if ".".join(file.with_suffix("").parts) not in sys.modules] == []
