"""Lanes after something broke off: a search, a fetch, Redis itself."""

from __future__ import annotations

import redis

from state.lanes import Lanes
from tests.unit.state.test_lanes import ALL, A, T, lanes, read, window

__all__ = ["lanes"]


def test_after_a_restart_the_cursor_does_not_wait_for_the_broken_search(lanes: Lanes) -> None:
    read(lanes, window(0, 2), ("1", T[0]), last=False)
    lanes.restart(A, ALL)
    assert (lanes.window(A, ALL), lanes.scanned(A, ALL)) == (None, None)
    assert lanes.complete(A, ALL) is None
    read(lanes, window(0, 4), ("1", T[0]))
    assert (lanes.complete(A, ALL), lanes.waiting(A, ALL)) == (None, 1)
    lanes.landed(A, [ALL], "1", T[0])
    assert lanes.complete(A, ALL) == T[4]


def test_after_an_expired_search_neither(lanes: Lanes, store: redis.Redis) -> None:
    read(lanes, window(0, 1), ("1", T[0]))
    read(lanes, window(1, 2), ("2", T[1]), last=False)
    store.delete("amz:lane:acme-eu:all:window")
    read(lanes, window(1, 5), ("2", T[1]))
    lanes.landed(A, [ALL], "2", T[1])
    assert lanes.complete(A, ALL) is None
    lanes.landed(A, [ALL], "1", T[0])
    assert lanes.complete(A, ALL) == T[5]


def test_the_next_page_drops_nothing(lanes: Lanes) -> None:
    read(lanes, window(0, 2), ("1", T[0]), last=False)
    lanes.set_window(A, ALL, window(0, 2, "page-2"))
    assert lanes.waiting(A, ALL) == 1


def test_a_wiped_redis_begins_anew(lanes: Lanes, store: redis.Redis) -> None:
    read(lanes, window(0, 1), ("1", T[0]))
    store.flushall()
    assert (lanes.scanned(A, ALL), lanes.complete(A, ALL), lanes.waiting(A, ALL)) == (None, None, 0)
    lanes.landed(A, [ALL], "1", T[0])
    read(lanes, window(0, 1))
    assert lanes.complete(A, ALL) == T[1]


def test_a_page_read_while_redis_was_wiped_does_not_speak_for_the_pages_before_it(
    lanes: Lanes, store: redis.Redis
) -> None:
    read(lanes, window(0, 1), ("1", T[0]), last=False)
    assert lanes.move_on(A, ALL, window(0, 1), "page-2")
    store.flushall()
    second = window(0, 1, "page-2")
    assert not lanes.expect(A, ALL, second, [("2", T[0])])
    assert not lanes.move_on(A, ALL, second, "")
    assert store.keys() == []


def test_a_page_that_another_task_has_read_is_not_read_on_from(lanes: Lanes) -> None:
    read(lanes, window(0, 1), ("1", T[0]), last=False)
    assert lanes.move_on(A, ALL, window(0, 1), "page-2")
    assert not lanes.expect(A, ALL, window(0, 1), [("1", T[0])])
    assert not lanes.move_on(A, ALL, window(0, 1), "another-page-2")
    assert lanes.window(A, ALL) == window(0, 1, "page-2")
