"""How many batches at once, and how large, one process gives to one Odoo database: found out by trying.

Nobody can know it beforehand: it depends on Odoo's version, its server processes, the products that orders share, and
on who else works there. Rows that two batches write at once make one of them begin anew, so more is not always faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# A batch that takes longer than SLOW is halved, one that takes less than QUICK may grow: an order should not wait
# long for its batch, and no call should come near the client's time limit. Not below SMALL, unless that limit was
# met: where every single call is slow, smaller batches mean more calls and make everything worse.
_QUICK: Final = 20.0
_SLOW: Final = 60.0
_SMALL: Final = 10
_GROWTH: Final = 5
# What must be gained by one more batch at once to keep it, and how long a number of them stays once it is found.
_GAIN: Final = 1.1
_BATCHES_TO_JUDGE: Final = 3
_REST: Final = 60.0
# After a longer pause without any batch, orders are what is missing: nothing can be learnt of Odoo.
_IDLE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Range:
    """Batches at once (lanes) and orders in a batch (size): where to begin, and the most there may be."""

    lanes: int = 1
    most_lanes: int = 4
    size: int = 50
    most_size: int = 50


def fixed(size: int, lanes: int) -> Range:
    """Return a range that leaves nothing to find out, but for smaller batches while Odoo is slow."""
    return Range(lanes=lanes, most_lanes=lanes, size=size, most_size=size)


class Pace:
    """The present numbers. Times in seconds of any one clock; not thread-safe, the caller has a lock."""

    def __init__(self, given: Range) -> None:
        self._given = given
        self.lanes = given.lanes
        self.size = given.size
        self._known: dict[int, float] = {}  # orders a second, by number of lanes
        self._rest_until = 0.0
        self._done = self._batches = 0
        self._since: float | None = None
        self._last = 0.0

    def finished(self, items: int, began: float, ended: float) -> None:
        """A batch of `items` was done."""
        self._resize(items, ended - began)
        if self._since is None or began - self._last > _IDLE:
            self._since, self._done, self._batches = began, 0, 0
        self._last = ended
        self._done += items
        self._batches += 1
        if self._batches >= _BATCHES_TO_JUDGE * self.lanes and ended > self._since:
            self._judge(self._done / (ended - self._since), ended)
            self._since = None

    def troubled(self, now: float, *, slow: bool) -> None:
        """A batch lost a race against another, or (`slow`) its answer did not come in time: fewer at once for a while.

        A batch that was too slow is to be smaller, too.
        """
        if slow:
            self.size = max(1, self.size // 2)
        self._fewer(now)

    def _resize(self, items: int, seconds: float) -> None:
        if seconds > _SLOW:
            self.size = min(self.size, max(_SMALL, items // 2))
        elif seconds < _QUICK and items >= self.size:
            self.size = min(self._given.most_size, self.size + _GROWTH)

    def _judge(self, rate: float, now: float) -> None:
        """Go on to one lane more, or back to one less, by what the last ones brought."""
        fewer = self._known.get(self.lanes - 1)
        self._known[self.lanes] = rate
        if fewer is not None and rate < fewer * _GAIN:
            self._fewer(now)
        elif now >= self._rest_until and self.lanes < self._given.most_lanes:
            self.lanes += 1

    def _fewer(self, now: float) -> None:
        self.lanes = max(1, self.lanes - 1)
        self._rest_until = now + _REST
        self._since = None
