"""Lanes and sizes against an imagined Odoo: its throughput by number of lanes decides what is found out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sync.pace import Pace, Range


class Imagined:
    """Works off full batches in `pace.lanes` lanes without a pause; `rate` says orders a second for so many lanes."""

    def __init__(self, pace: Pace, rate: Callable[[int], float]) -> None:
        self.pace, self.rate = pace, rate
        self.now = 1000.0

    def run(self, seconds: float) -> list[int]:
        """Return the number of lanes after each round of batches."""
        end, seen = self.now + seconds, []
        while self.now < end:
            lanes, size = self.pace.lanes, self.pace.size
            began = self.now
            self.now += lanes * size / self.rate(lanes)
            for _ in range(lanes):
                self.pace.finished(size, began, self.now)
            seen.append(self.pace.lanes)
        return seen


def scaling(most: int) -> Callable[[int], float]:
    """So many lanes are each as fast as one; more bring nothing."""
    return lambda lanes: 20.0 * min(lanes, most)


@pytest.mark.parametrize("best", [1, 2, 3, 4])
def test_as_many_lanes_are_found_as_bring_something(best: int) -> None:
    odoo = Imagined(Pace(Range(most_lanes=6)), scaling(best))
    odoo.run(45)
    seen = odoo.run(600)
    assert sum(lanes == best for lanes in seen) > 0.8 * len(seen)
    assert set(seen) <= {best, best + 1}


def test_there_are_never_more_lanes_than_allowed() -> None:
    odoo = Imagined(Pace(Range(most_lanes=3)), scaling(99))
    assert max(odoo.run(300)) == 3
    assert set(odoo.run(300)) == {3}


def test_what_gains_less_than_a_tenth_is_not_kept_and_is_tried_again_a_minute_later() -> None:
    odoo = Imagined(Pace(Range()), lambda lanes: 20.0 if lanes == 1 else 21.5)
    seen = odoo.run(50)
    assert (max(seen), seen[-1]) == (2, 1)
    odoo.rate = scaling(2)
    assert 2 in odoo.run(70)
    assert odoo.run(30)[-1] in {2, 3}


def test_when_odoo_slows_down_there_are_fewer_lanes() -> None:
    odoo = Imagined(Pace(Range(most_lanes=4)), scaling(4))
    odoo.run(120)
    assert odoo.pace.lanes == 4
    odoo.rate = lambda _lanes: 15.0
    odoo.run(120)
    assert odoo.pace.lanes <= 2


def test_a_lost_race_costs_a_lane_for_a_minute() -> None:
    odoo = Imagined(Pace(Range(lanes=3, most_lanes=3)), scaling(3))
    odoo.run(30)
    assert odoo.pace.lanes == 3
    odoo.pace.troubled(odoo.now, slow=False)
    assert (odoo.pace.lanes, odoo.pace.size) == (2, 50)
    assert set(odoo.run(55)) == {2}
    assert 3 in odoo.run(20)


def test_the_last_lane_stays() -> None:
    pace = Pace(Range())
    for _ in range(3):
        pace.troubled(0.0, slow=True)
    assert (pace.lanes, pace.size) == (1, 6)
    for _ in range(3):
        pace.troubled(0.0, slow=True)
    assert (pace.lanes, pace.size) == (1, 1)


def test_quick_full_batches_grow_to_the_most() -> None:
    pace = Pace(Range(size=25, most_size=50))
    sizes = []
    for number in range(7):
        pace.finished(pace.size, number * 10.0, number * 10.0 + 2.0)
        sizes.append(pace.size)
    assert sizes == [30, 35, 40, 45, 50, 50, 50]


def test_batches_that_are_not_full_or_not_quick_do_not_grow() -> None:
    pace = Pace(Range(size=25, most_size=50))
    pace.finished(24, 0.0, 1.0)
    pace.finished(25, 10.0, 32.0)
    assert pace.size == 25


def test_a_slow_batch_halves_what_it_held_but_never_so_far_that_calls_are_all_there_is() -> None:
    pace = Pace(Range(size=50))
    for items, size in ((50, 25), (25, 12), (12, 10), (10, 10), (1, 10)):
        pace.finished(items, 0.0, 61.0)
        assert pace.size == size


def test_without_an_answer_in_time_batches_shrink_to_one_and_stay_there_while_it_is_slow() -> None:
    pace = Pace(Range(size=50))
    for size in (25, 12, 6, 3, 1, 1):
        pace.troubled(0.0, slow=True)
        assert pace.size == size
    pace.finished(1, 0.0, 100.0)
    assert pace.size == 1
    pace.finished(1, 100.0, 105.0)
    assert pace.size == 6


def test_a_trickle_of_orders_teaches_nothing() -> None:
    pace = Pace(Range())
    for number in range(100):
        pace.finished(1, number * 2.0, number * 2.0 + 0.2)
    assert pace.lanes == 1
