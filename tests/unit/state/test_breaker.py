"""The breaker that all processes share. Waits are read, not waited for, but for the first second."""

from __future__ import annotations

from time import sleep

import pytest
import redis

from state.breaker import Admission, Breaker, Standing

KEYS = "amz:odoo:{main}"


def reopen(store: redis.Redis) -> None:
    """As if the time to leave it alone were over."""
    store.delete(f"{KEYS}:open")


def test_while_it_answers_everybody_may_call(store: redis.Redis) -> None:
    breaker = Breaker(store, "main")
    assert [breaker.admit() for _ in range(3)] == [Admission()] * 3
    assert store.keys() == []


def test_after_a_failure_everybody_leaves_it_alone_for_a_second(store: redis.Redis) -> None:
    one, other = Breaker(store, "main"), Breaker(store, "main")
    one.failed()
    assert 0.5 < other.admit().wait <= 1.0
    assert not other.admit().trial


def test_then_one_tries_and_the_others_wait(store: redis.Redis) -> None:
    one, other = Breaker(store, "main"), Breaker(store, "main")
    one.failed()
    sleep(1.1)
    assert [one.admit(), other.admit(), one.admit()] == [
        Admission(trial=True),
        Admission(wait=1.0),
        Admission(wait=1.0),
    ]
    one.works()
    assert [one.admit(), other.admit()] == [Admission(), Admission()]


def test_failed_trials_double_the_wait_up_to_sixteen_seconds(store: redis.Redis) -> None:
    breaker, waits = Breaker(store, "main"), []
    for _ in range(7):
        breaker.failed()
        waits.append(round(breaker.admit().wait))
        reopen(store)
        assert breaker.admit().trial
    assert waits == [1, 2, 4, 8, 16, 16, 16]


def test_failures_of_the_same_moment_count_once(store: redis.Redis) -> None:
    breaker = Breaker(store, "main")
    for _ in range(20):
        breaker.failed()
    assert breaker.admit().wait <= 1.0


def test_a_trial_whose_process_died_is_made_by_another(store: redis.Redis) -> None:
    breaker = Breaker(store, "main")
    breaker.failed()
    reopen(store)
    assert breaker.admit().trial
    assert 15_000 < store.pttl(f"{KEYS}:trial") <= 20_000
    store.delete(f"{KEYS}:trial")
    assert breaker.admit().trial


def test_databases_have_breakers_of_their_own(store: redis.Redis) -> None:
    Breaker(store, "main").failed()
    assert Breaker(store, "other").admit() == Admission()


def test_a_wiped_redis_closes_it(store: redis.Redis) -> None:
    breaker = Breaker(store, "main")
    breaker.failed()
    store.flushall()
    assert breaker.admit() == Admission()


@pytest.mark.parametrize("part", ["open", "failures", "trial"])
def test_nothing_stays_for_ever(store: redis.Redis, part: str) -> None:
    breaker = Breaker(store, "main")
    breaker.failed()
    if part == "trial":
        reopen(store)
        breaker.admit()
    assert 0 < store.ttl(f"{KEYS}:{part}") <= 3600


def test_who_looks_on_sees_it_and_changes_nothing(store: redis.Redis) -> None:
    breaker = Breaker(store, "main")
    assert (breaker.standing(), store.keys()) == (Standing(left_alone=False, outages=0), [])
    breaker.failed()
    reopen(store)
    assert [breaker.standing(), breaker.standing()] == [Standing(left_alone=True, outages=1)] * 2
    assert breaker.admit().trial  # the trial was left to those who call


def test_an_outage_is_counted_once_however_many_trials_fail(store: redis.Redis) -> None:
    breaker = Breaker(store, "main")
    for _ in range(3):
        for _ in range(4):
            breaker.failed()
            reopen(store)
        breaker.works()
    assert breaker.standing() == Standing(left_alone=False, outages=3)
    assert Breaker(store, "other").standing() == Standing(left_alone=False, outages=0)
