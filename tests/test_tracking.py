"""VWAP and POV on recorded days; `python -m tests.tracking` prints the table."""

import pytest

from tests import tracking


@pytest.mark.skipif(not tracking.BARS.exists(), reason="../shared/data/derived is not here")
def test_on_real_days_vwap_is_nearer_than_twap_and_nearest_when_it_follows_the_day(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """27 days: 3.0 basis points on average by the other days' volume, less with today's; POV within a clip."""
    assert tracking.main() == 0, capsys.readouterr().out
