"""Lanes: whose turn, which page, and the cursor that never passes what has not landed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import redis

from state.lanes import Landed, Lanes
from state.window import Window

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


def test_an_order_that_was_read_twice_waits_once(lanes: Lanes) -> None:
    read(lanes, window(0, 1), ("1", T[0]), ("2", T[0]))
    read(lanes, window(1, 2), ("1", T[1]), ("3", T[1]))
    assert lanes.waiting(A, ALL) == 3
    lanes.landed(A, [ALL], "1", T[0])
    assert lanes.waiting(A, ALL) == 3
    lanes.landed(A, [ALL], "1", T[1])
    assert lanes.waiting(A, ALL) == 2


def test_a_window_is_complete_when_all_its_orders_landed(lanes: Lanes) -> None:
    read(lanes, window(0, 1), ("1", T[0]), ("2", T[0]))
    assert (lanes.complete(A, ALL), lanes.waiting(A, ALL)) == (None, 2)
    lanes.landed(A, [ALL], "1", T[0])
    assert (lanes.complete(A, ALL), lanes.waiting(A, ALL)) == (None, 1)
    lanes.landed(A, [ALL], "2", T[0])
    assert (lanes.complete(A, ALL), lanes.waiting(A, ALL)) == (T[1], 0)
    assert lanes.busy(A, ALL, T[1])
    assert not lanes.busy(A, ALL, T[0])


def test_many_land_together_each_in_its_own_version(lanes: Lanes) -> None:
    read(lanes, window(0, 1), ("1", T[0]), ("2", T[1]), ("3", T[0]))
    lanes.set_window("other", "DE", window(0, 1))
    lanes.expect("other", "DE", window(0, 1), [("1", T[0])])
    lanes.all_landed([Landed(A, [ALL], "1", T[0]), Landed("other", ["DE"], "1", T[1]), Landed(A, [ALL], "2", T[0])])
    assert (lanes.waiting(A, ALL), lanes.waiting("other", "DE")) == (2, 0)
    assert [lanes.idle(A, order_id) for order_id in ("1", "2", "3")] == [True, True, False]
    assert lanes.fresh(A, [("1", T[0]), ("2", T[0]), ("2", T[1]), ("3", T[0])]) == [("2", T[1]), ("3", T[0])]
    lanes.all_landed([])
    assert lanes.waiting(A, ALL) == 2


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
