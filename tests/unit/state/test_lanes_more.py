"""Lanes: lost messages, what may be complete, backfills, intervals and the cursor that was written."""

from __future__ import annotations

from datetime import timedelta, timezone

import redis

from state.lanes import Lanes
from state.window import backfill_of
from tests.unit.state.test_lanes import ALL, NOW, A, T, lanes, read, window

__all__ = ["lanes"]


# ------------------------------------------------------------ lost messages
def test_stranded_orders_are_those_no_task_has(lanes: Lanes, store: redis.Redis) -> None:
    read(lanes, window(0, 1), ("1", T[0]), ("2", T[0]))
    read(lanes, window(1, 2), ("3", T[1]))
    assert lanes.stranded(A, ALL) == []
    store.delete("amz:attempt:acme-eu:1", "amz:attempt:acme-eu:3")
    assert lanes.stranded(A, ALL) == [("1", T[0]), ("3", T[1])]


def test_a_lane_is_looked_at_every_quarter_minute_while_it_waits_for_orders(lanes: Lanes) -> None:
    assert lanes.to_look_at(NOW, 9) == []
    read(lanes, window(0, 1), ("1", T[0]))
    found = [lanes.to_look_at(at, 9) for at in (T[0], T[0] + timedelta(seconds=14), T[0] + timedelta(seconds=15))]
    assert found == [[(A, ALL)], [], [(A, ALL)]]
    lanes.landed(A, [ALL], "1", T[0])
    assert lanes.stranded(A, ALL) == []
    assert lanes.to_look_at(T[9], 9) == []


def test_not_all_lanes_are_looked_at_at_once(lanes: Lanes) -> None:
    for number in range(5):
        lanes.set_window(f"a{number}", ALL, window(0, 1))
        lanes.expect(f"a{number}", ALL, window(0, 1), [("1", T[0])])
    assert [len(lanes.to_look_at(T[0], 3)) for _ in range(3)] == [3, 2, 0]


# ------------------------------------------------------------ what may be complete
def test_a_lane_is_named_when_its_search_ends_and_when_its_last_order_lands(lanes: Lanes) -> None:
    read(lanes, window(0, 1), ("1", T[0]), ("2", T[0]))
    assert [lanes.moved(9), lanes.moved(9)] == [[(A, ALL)], []]
    lanes.landed(A, [ALL], "1", T[0])
    assert lanes.moved(9) == []
    lanes.landed(A, [ALL], "2", T[0])
    assert [lanes.moved(9), lanes.moved(9)] == [[(A, ALL)], []]
    lanes.move_again(A, ALL)
    assert lanes.moved(9) == [(A, ALL)]


def test_an_order_lands_for_a_backfill_too(lanes: Lanes) -> None:
    lane = backfill_of(ALL)
    lanes.set_window(A, lane, window(0, 1))
    lanes.expect(A, lane, window(0, 1), [("1", T[0]), ("2", T[0])])
    lanes.move_on(A, lane, window(0, 1), "")
    lanes.moved(9)
    lanes.landed(A, [ALL], "1", T[0])
    assert (lanes.waiting(A, lane), lanes.complete(A, lane), lanes.moved(9)) == (1, None, [])
    lanes.landed(A, [ALL], "2", T[3])
    assert (lanes.waiting(A, lane), lanes.complete(A, lane), lanes.moved(9)) == (0, T[1], [(A, lane)])


def test_versions_are_compared_as_moments(lanes: Lanes) -> None:
    east, bit = timezone(timedelta(hours=9)), timedelta(microseconds=1)
    read(lanes, window(0, 1), ("1", (T[0] + bit).astimezone(east)), ("2", T[0]))
    lanes.landed(A, [ALL], "1", T[0])
    lanes.landed(A, [ALL], "2", (T[0] + bit).astimezone(east))
    assert lanes.waiting(A, ALL) == 1
    lanes.landed(A, [ALL], "1", T[0] + bit)
    assert lanes.waiting(A, ALL) == 0


# ------------------------------------------------------------ backfills, intervals, the written cursor
def test_a_backfill_is_searched_until_it_is_ended(lanes: Lanes) -> None:
    assert lanes.asked(A, backfill_of(ALL)) is None
    assert lanes.ask(A, backfill_of(ALL), window(3, 5)) == window(3, 5)
    assert (lanes.asked(A, backfill_of(ALL)), lanes.asked(A, backfill_of("DE"))) == (window(3, 5), None)
    assert not lanes.end(A, backfill_of(ALL), window(4, 5)), "more was asked for"
    assert lanes.asked(A, backfill_of(ALL)) == window(3, 5)
    assert lanes.end(A, backfill_of(ALL), window(3, 5))
    assert lanes.asked(A, backfill_of(ALL)) is None
    assert not lanes.end(A, backfill_of(ALL), window(3, 5))


def test_a_second_backfill_widens_the_first_and_begins_anew(lanes: Lanes) -> None:
    lanes.ask(A, backfill_of(ALL), window(3, 5))
    lanes.set_window(A, backfill_of(ALL), window(3, 5, "page-2"))
    assert lanes.ask(A, backfill_of(ALL), window(1, 4)) == window(1, 5)
    assert lanes.asked(A, backfill_of(ALL)) == window(1, 5)
    assert lanes.window(A, backfill_of(ALL)) is None


def test_what_is_known_of_the_interval_and_the_cursor(lanes: Lanes) -> None:
    assert (lanes.interval(A, ALL), lanes.cursor(A, ALL)) == (None, None)
    lanes.set_interval(A, ALL, 270.5)
    lanes.set_cursor(A, ALL, T[2])
    assert (lanes.interval(A, ALL), lanes.cursor(A, ALL)) == (270.5, T[2])
    lanes.restart(A, ALL)
    assert (lanes.interval(A, ALL), lanes.cursor(A, ALL)) == (270.5, None)


def test_attempts(lanes: Lanes, store: redis.Redis) -> None:
    assert lanes.idle(A, "1")
    lanes.attempted(A, "1")
    assert not lanes.idle(A, "1")
    assert lanes.idle("acme-us", "1")
    assert 290 < store.ttl("amz:attempt:acme-eu:1") <= 300
    lanes.attempted(A, "1", "2", wait=600)
    assert 890 < store.ttl("amz:attempt:acme-eu:1") <= 900, "its next attempt is in ten minutes"
    lanes.rested(A, "1")
    assert lanes.idle(A, "1")
    lanes.attempted(A, "1")
    lanes.landed(A, [ALL], "1", T[0])
    assert lanes.idle(A, "1")
