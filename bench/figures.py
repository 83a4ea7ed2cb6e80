"""What a run's counters come to. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Drain:
    """How one account's waiting packages left: `count` within `seconds`, first to last.

    `steady`: share of the quota's rate that was used once the first burst was spent; `whole`: time that a caller who
    wastes nothing takes for the same, by the time it took.
    """

    count: int
    seconds: float
    steady: float
    whole: float


def drain(moments: Sequence[float], *, rate: float, burst: int) -> Drain:
    """Return how packages told at `moments` (seconds) used a bucket of `rate` a second and `burst`, full at the start.

    Raises ValueError for no more packages than the burst: they say nothing about the rate.
    """
    at = sorted(moments)
    if len(at) <= burst + 1:
        raise ValueError(f"{len(at)} packages are no more than a burst of {burst}")
    seconds = at[-1] - at[0]
    steady = (len(at) - 1 - burst) / (at[-1] - at[burst]) / rate
    return Drain(len(at), seconds, steady, (len(at) - burst) / rate / seconds)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` (0 to 1) of the values do not exceed. Raises ValueError for none."""
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
