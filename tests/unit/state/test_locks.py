"""Locks: one holder, no waiting, and nobody else's lock is ever released."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from time import sleep
from typing import Any

import pytest
import redis

from state.locks import Locks


def test_exclusive_while_held_and_free_after(store: redis.Redis) -> None:
    mine, yours = Locks(store), Locks(store)
    with mine.several(["a", "b"]) as first:
        assert first == {"a", "b"}
        with yours.several(["b", "c"]) as second:
            assert second == {"c"}
    assert store.keys() == []
    with yours.several(["a", "b"]) as third:
        assert third == {"a", "b"}


def test_no_names(store: redis.Redis) -> None:
    with Locks(store).several([]) as got:
        assert got == frozenset()


def test_released_when_the_work_fails(store: redis.Redis) -> None:
    with pytest.raises(ZeroDivisionError), Locks(store).several(["a"]):
        raise ZeroDivisionError
    assert store.keys() == []


def test_it_expires_within_seconds_when_its_holder_dies(store: redis.Redis) -> None:
    with Locks(store).several(["a"]):
        assert 14_000 < store.pttl("amz:lock:a") <= 15_000


def test_it_lasts_as_long_as_its_holder_works(store: redis.Redis) -> None:
    with Locks(store, seconds=0.3).several(["a", "b"]):
        sleep(0.7)
        with Locks(store).several(["a", "b"]) as other:
            assert other == frozenset()
    assert store.keys() == []
    sleep(0.4)
    assert store.keys() == [], "what is released is not renewed"


@pytest.mark.parametrize(
    "error", [redis.TimeoutError(), OSError(9, "Bad file descriptor"), ValueError("I/O operation on closed file.")]
)
def test_it_lasts_when_one_renewal_fails(store: redis.Redis, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    locks, calls, last = Locks(store, seconds=1.8), [], Event()

    def renew(**given: Any) -> None:
        calls.append(given)
        if len(calls) == 1:
            raise error
        real(**given)
        if len(calls) == 3:
            last.set()

    real = locks._renew
    monkeypatch.setattr(locks, "_renew", renew)
    with locks.several(["a"]):
        assert last.wait(20)
        assert store.exists("amz:lock:a")


def test_a_second_time_it_is_renewed_again(store: redis.Redis) -> None:
    locks = Locks(store, seconds=0.15)
    for _ in range(2):
        with locks.several(["a"]):
            sleep(0.4)
            assert store.exists("amz:lock:a")
        sleep(0.2)


def test_an_expired_lock_is_neither_renewed_nor_released_by_its_former_holder(store: redis.Redis) -> None:
    with Locks(store, seconds=0.3).several(["a"]) as late:
        assert late == {"a"}
        store.set("amz:lock:a", "somebody else's", px=60_000)
        sleep(0.25)
        assert 30_000 < store.pttl("amz:lock:a") <= 59_760  # renewing would have made 300 of it
        assert store.get("amz:lock:a") == b"somebody else's"
    assert store.get("amz:lock:a") == b"somebody else's"


@pytest.mark.valkey
def test_of_many_at_once_one_gets_it(valkey: redis.Redis) -> None:
    """On the real one alone: fakeredis looks for the key and sets it in two steps."""
    together, done = Barrier(8), Barrier(8)

    def try_it(_: int) -> int:
        together.wait(10)
        with Locks(valkey).several(["a"]) as got:
            done.wait(10)
            return len(got)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(8))) == 1
