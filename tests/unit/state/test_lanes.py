"""Lanes: whose turn, which page, and the cursor that never passes what has not landed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import redis

from state.lanes import Lanes
from state.window import Window, backfill_of

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
T = [NOW + timedelta(minutes=minute) for minute in range(10)]
A, ALL = "acme-eu", "all"


def window(lower: int, upper: int, token: str = "") -> Window:
    return Window(lower=T[lower], upper=T[upper], page_token=token)


def read(lanes: Lanes, found: Window, *orders: tuple[str, datetime], last: bool = True) -> None:
    """A page of `found` as the fetch reads it."""
    if lanes.window(A, ALL) is None:
        lanes.set_window(A, ALL, found)
    lanes.expect(A, ALL, found, orders)
    if last:
        lanes.move_on(A, ALL, found, "")


@pytest.fixture
def lanes(store: redis.Redis) -> Lanes:
    return Lanes(store)


# ------------------------------------------------------------ the search in progress
def test_no_search_to_begin_with(lanes: Lanes) -> None:
    assert (lanes.window(A, ALL), lanes.scanned(A, ALL), lanes.complete(A, ALL)) == (None, None, None)


def test_the_search_goes_on_where_it_was(lanes: Lanes) -> None:
    lanes.set_window(A, ALL, window(0, 1))
    lanes.set_window(A, ALL, window(0, 1, "page-2"))
    assert lanes.window(A, ALL) == window(0, 1, "page-2")
    assert lanes.window(A, "DE") is None


def test_times_are_utc_whatever_they_were(lanes: Lanes) -> None:
    east = timezone(timedelta(hours=9))
    lanes.set_window(A, ALL, Window(lower=T[0].astimezone(east), upper=T[1].astimezone(east)))
    found = lanes.window(A, ALL)
    assert found == window(0, 1)
    assert found is not None
    assert found.lower.tzinfo is found.upper.tzinfo is UTC


def test_the_last_page_ends_the_search(lanes: Lanes) -> None:
    read(lanes, window(0, 1))
    assert (lanes.window(A, ALL), lanes.scanned(A, ALL)) == (None, T[1])


def test_a_search_is_forgotten_before_amazons_page_tokens_are(lanes: Lanes, store: redis.Redis) -> None:
    lanes.set_window(A, ALL, window(0, 1))
    assert 0 < store.ttl("amz:lane:acme-eu:all:window") < 86400


# ------------------------------------------------------------ the cursor
def test_an_empty_window_is_complete(lanes: Lanes) -> None:
    read(lanes, window(0, 1))
    assert lanes.complete(A, ALL) == T[1]
    assert not lanes.busy(A, ALL, T[1])


def test_a_window_is_complete_when_all_its_orders_landed(lanes: Lanes) -> None:
    read(lanes, window(0, 1), ("1", T[0]), ("2", T[0]))
    assert (lanes.complete(A, ALL), lanes.waiting(A, ALL)) == (None, 2)
    lanes.landed(A, [ALL], "1", T[0])
    assert (lanes.complete(A, ALL), lanes.waiting(A, ALL)) == (None, 1)
    lanes.landed(A, [ALL], "2", T[0])
    assert (lanes.complete(A, ALL), lanes.waiting(A, ALL)) == (T[1], 0)
    assert lanes.busy(A, ALL, T[1])
    assert not lanes.busy(A, ALL, T[0])


def test_a_window_with_pages_to_come_is_not_complete(lanes: Lanes) -> None:
    read(lanes, window(0, 1), ("1", T[0]), last=False)
    lanes.landed(A, [ALL], "1", T[0])
    assert lanes.complete(A, ALL) is None
    read(lanes, window(0, 1), last=True)
    assert lanes.complete(A, ALL) == T[1]


def test_the_cursor_never_passes_an_open_window(lanes: Lanes) -> None:
    read(lanes, window(0, 1), ("1", T[0]))
    read(lanes, window(1, 2), ("2", T[1]))
    read(lanes, window(2, 3))
    lanes.landed(A, [ALL], "2", T[1])
    assert lanes.complete(A, ALL) is None
    lanes.landed(A, [ALL], "1", T[0])
    assert lanes.complete(A, ALL) == T[3]


def test_it_goes_up_to_the_first_open_window(lanes: Lanes) -> None:
    read(lanes, window(0, 1))
    read(lanes, window(1, 2), ("2", T[1]))
    read(lanes, window(2, 3))
    assert lanes.complete(A, ALL) == T[1]
    lanes.forget_until(A, ALL, T[1])
    assert lanes.complete(A, ALL) is None
    lanes.landed(A, [ALL], "2", T[1])
    assert lanes.complete(A, ALL) == T[3]


def test_a_written_cursor_leaves_nothing_behind(lanes: Lanes, store: redis.Redis) -> None:
    read(lanes, window(0, 1), ("1", T[0]))
    lanes.landed(A, [ALL], "1", T[0])
    lanes.forget_until(A, ALL, T[1])
    assert lanes.complete(A, ALL) is None
    assert sorted(store.keys()) == [
        b"amz:landed:acme-eu:1",
        b"amz:lane:acme-eu:all:scanned",
        b"amz:lanes:holding",
        b"amz:lanes:moved",
    ]
    assert lanes.moved(10) == [(A, ALL)]
    assert lanes.stranded(A, ALL) == []
    assert sorted(store.keys()) == [b"amz:landed:acme-eu:1", b"amz:lane:acme-eu:all:scanned"]


def test_groups_do_not_wait_for_each_other(lanes: Lanes) -> None:
    for group, orders in (("DE", [("1", T[0])]), ("FR", [])):
        lanes.set_window(A, group, window(0, 1))
        lanes.expect(A, group, window(0, 1), orders)
        lanes.move_on(A, group, window(0, 1), "")
    assert (lanes.complete(A, "DE"), lanes.complete(A, "FR")) == (None, T[1])


# ------------------------------------------------------------ versions
def test_an_older_version_does_not_land_for_a_newer_one(lanes: Lanes) -> None:
    read(lanes, window(0, 1), ("1", T[1]))
    lanes.landed(A, [ALL], "1", T[0])
    assert lanes.complete(A, ALL) is None
    lanes.landed(A, [ALL], "1", T[1])
    assert lanes.complete(A, ALL) == T[1]


def test_a_newer_version_lands_for_all_windows_that_wait_for_the_order(lanes: Lanes) -> None:
    read(lanes, window(0, 1), ("1", T[0]))
    read(lanes, window(1, 2), ("1", T[1]))
    lanes.landed(A, [ALL], "1", T[2])
    assert lanes.complete(A, ALL) == T[2]


def test_of_one_order_twice_on_a_page_the_newest_counts(lanes: Lanes) -> None:
    read(lanes, window(0, 2), ("1", T[1]), ("1", T[0]))
    lanes.landed(A, [ALL], "1", T[0])
    assert lanes.complete(A, ALL) is None
    lanes.landed(A, [ALL], "1", T[1])
    assert lanes.complete(A, ALL) == T[2]


def test_fresh_is_what_has_not_landed_in_this_version(lanes: Lanes, store: redis.Redis) -> None:
    lanes.landed(A, [ALL], "same", T[1])
    lanes.landed(A, [ALL], "older", T[0])
    lanes.landed(A, [ALL], "newer", T[2])
    found = [(name, T[1]) for name in ("same", "older", "newer", "unknown")]
    assert lanes.fresh(A, found) == [("older", T[1]), ("unknown", T[1])]
    assert lanes.fresh("acme-us", found) == found
    assert lanes.fresh(A, []) == []
    assert 86_000 < store.ttl("amz:landed:acme-eu:same") <= 86_400


# ------------------------------------------------------------ lost messages
def test_stranded_orders_are_those_no_task_has(lanes: Lanes, store: redis.Redis) -> None:
    read(lanes, window(0, 1), ("1", T[0]), ("2", T[0]))
    read(lanes, window(1, 2), ("3", T[1]))
    assert lanes.stranded(A, ALL) == []
    store.delete("amz:attempt:acme-eu:1", "amz:attempt:acme-eu:3")
    assert lanes.stranded(A, ALL) == [("1", T[0]), ("3", T[1])]


def test_a_lane_is_looked_at_once_a_minute_while_it_waits_for_orders(lanes: Lanes) -> None:
    assert lanes.to_look_at(NOW, 9) == []
    read(lanes, window(0, 1), ("1", T[0]))
    found = [lanes.to_look_at(at, 9) for at in (T[0], T[0] + timedelta(seconds=59), T[1])]
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
    assert lanes.backfill(A, ALL) is None
    assert lanes.ask_backfill(A, ALL, window(3, 5)) == window(3, 5)
    assert (lanes.backfill(A, ALL), lanes.backfill(A, "DE")) == (window(3, 5), None)
    lanes.end_backfill(A, ALL)
    assert lanes.backfill(A, ALL) is None


def test_a_second_backfill_widens_the_first_and_begins_anew(lanes: Lanes) -> None:
    lanes.ask_backfill(A, ALL, window(3, 5))
    lanes.set_window(A, backfill_of(ALL), window(3, 5, "page-2"))
    assert lanes.ask_backfill(A, ALL, window(1, 4)) == window(1, 5)
    assert lanes.backfill(A, ALL) == window(1, 5)
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
    assert 3500 < store.ttl("amz:attempt:acme-eu:1") <= 3600
    lanes.rested(A, "1")
    assert lanes.idle(A, "1")
    lanes.attempted(A, "1")
    lanes.landed(A, [ALL], "1", T[0])
    assert lanes.idle(A, "1")
