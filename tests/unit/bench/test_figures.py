"""Figures of the measurements, from moments made by hand."""

from __future__ import annotations

import pytest

from bench.figures import drain, percentile


def test_a_bucket_that_is_used_up_and_followed_to_the_token_counts_as_whole() -> None:
    moments = [100.0] * 10 + [100.5 + number / 2 for number in range(40)]
    found = drain(moments[::-1], rate=2.0, burst=10)
    assert (found.count, found.seconds, found.whole) == (50, 20.0, 1.0)
    assert found.steady == pytest.approx(1.0)


def test_a_pause_costs_and_a_burst_that_is_not_used_costs_the_whole_only() -> None:
    at_once = [number / 2 for number in range(50)]
    found = drain(at_once, rate=2.0, burst=10)
    assert found.steady == pytest.approx(1.0)
    assert found.whole == pytest.approx(20 / 24.5)
    late = [*at_once[:30], *(moment + 5 for moment in at_once[30:])]
    assert drain(late, rate=2.0, burst=10).steady == pytest.approx(19.5 / 24.5)


def test_a_burst_alone_says_nothing() -> None:
    with pytest.raises(ValueError, match="11 packages"):
        drain([0.0] * 11, rate=2.0, burst=10)


@pytest.mark.parametrize(("share", "value"), [(0.5, 2.0), (0.95, 4.0), (0.75, 3.0), (0.0, 1.0), (1.0, 4.0)])
def test_percentiles(share: float, value: float) -> None:
    assert percentile([4.0, 2.0, 1.0, 3.0], share) == value
    with pytest.raises(ValueError, match="no values"):
        percentile([], share)
