"""Locks: one holder, no waiting, and nobody else's lock is ever released."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest
import redis

from state.locks import Locks


def test_exclusive_while_held_and_free_after(store: redis.Redis) -> None:
    mine, yours = Locks(store), Locks(store)
    with mine.several(["a", "b"], 60) as first:
        assert first == {"a", "b"}
        with yours.several(["b", "c"], 60) as second:
            assert second == {"c"}
    assert store.keys() == []
    with yours.several(["a", "b"], 60) as third:
        assert third == {"a", "b"}


def test_no_names(store: redis.Redis) -> None:
    with Locks(store).several([], 60) as got:
        assert got == frozenset()


def test_released_when_the_work_fails(store: redis.Redis) -> None:
    with pytest.raises(ZeroDivisionError), Locks(store).several(["a"], 60):
        raise ZeroDivisionError
    assert store.keys() == []


def test_it_expires_when_its_holder_dies(store: redis.Redis) -> None:
    with Locks(store).several(["a"], 60):
        assert 50_000 < store.pttl("amz:lock:a") <= 60_000


def test_an_expired_lock_is_not_released_by_its_former_holder(store: redis.Redis) -> None:
    with Locks(store).several(["a"], 0.02) as late:
        assert late == {"a"}
        sleep(0.03)
        with Locks(store).several(["a"], 60) as other:
            assert other == {"a"}
            held = store.get("amz:lock:a")
            late_release = Locks(store)
            with late_release.several(["a"], 60) as third:
                assert third == frozenset()
            assert store.get("amz:lock:a") == held
    assert store.keys() == []


def test_the_late_one_leaves_the_next_holders_lock_alone(store: redis.Redis) -> None:
    with Locks(store).several(["a"], 60):
        store.set("amz:lock:a", "somebody else's")
    assert store.get("amz:lock:a") == b"somebody else's"


def test_of_many_at_once_one_gets_it(store: redis.Redis) -> None:
    together, done = Barrier(8), Barrier(8)

    def try_it(_: int) -> int:
        together.wait(10)
        with Locks(store).several(["a"], 60) as got:
            done.wait(10)
            return len(got)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(8))) == 1
