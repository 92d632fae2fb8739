"""These conversations are held with a gateway that folds every order away the moment it is over."""

import pytest

from gateway.oms import orders


@pytest.fixture(autouse=True)
def _folds_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "LATELY", 0)
