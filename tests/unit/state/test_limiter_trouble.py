"""Token buckets when Amazon refuses, and when the clock of the server jumps: no excess, and no standstill."""

from __future__ import annotations

from time import monotonic, sleep

import pytest
import redis

from tests.unit.state.test_limiter import FAST, PATIENCE, SLACK, SLOW, granted, lasts, limiter


# ------------------------------------------------------------ 429
def test_after_a_429_nobody_calls_for_a_while(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    bucket.throttled("a", "op", 160.0)
    refused = limiter(store, SLOW).reserve("a", "op")
    assert not refused.granted
    assert 160 - SLACK < refused.wait <= 160
    assert granted(bucket, 1, "b") == granted(bucket, 1, "a", "other") == [True]


def test_a_429_means_that_the_bucket_is_empty(store: redis.Redis) -> None:
    """Else each token we wrongly believe in would cost a 429 of its own."""
    bucket = limiter(store, SLOW)
    bucket.throttled("a", "op", 0.0)
    assert 100 - SLACK < bucket.wait("a", "op") <= 100
    jump(store, 100)
    assert granted(bucket, 2) == [True, False]


def test_a_429_does_not_make_a_debt_smaller(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    granted(bucket, 4)
    bucket.reserve("a", "op", max_wait=150)
    bucket.throttled("a", "op", 1.0)
    assert bucket.wait("a", "op") > 200 - SLACK


def test_after_a_429_the_learnt_rate_counts(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    bucket.learn("a", "op", 0.005)
    bucket.throttled("a", "op", 1.0)
    assert 200 - SLACK < bucket.wait("a", "op") <= 200


def test_what_the_published_plan_says_of_a_429_is_less_than_what_was_learnt(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    bucket.learn("a", "op", 0.1)
    bucket.throttled("a", "op", 100.0)
    assert 10 - SLACK < bucket.wait("a", "op") <= 10
    bucket.throttled("b", "op", 100.0)
    assert 100 - SLACK < bucket.wait("b", "op") <= 100


def test_a_shorter_429_does_not_shorten_a_longer_one(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    bucket.throttled("a", "op", 160.0)
    bucket.throttled("a", "op", 1.0)
    assert bucket.reserve("a", "op").wait > 160 - SLACK


def test_a_429_is_over_when_its_time_is(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    bucket.throttled("a", "op", 160.0)
    jump(store, 159 - SLACK)
    assert not bucket.reserve("a", "op").granted
    jump(store, 1 + SLACK)
    assert bucket.reserve("a", "op").granted


def test_a_slot_during_a_429_comes_after_it(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    bucket.throttled("a", "op", 160.0)
    slot = bucket.reserve("a", "op", max_wait=200)
    assert slot.granted
    assert 160 - SLACK < slot.wait <= 160


def test_nobody_is_stopped_for_longer_than_ten_minutes(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    bucket.throttled("a", "op", 86400.0)
    assert 600 - SLACK < bucket.wait("a", "op") <= 600


def test_a_storm_of_429s_is_one_probe_a_token(store: redis.Redis) -> None:
    """Every call is refused: neither a standstill nor a call more than the rate gives."""
    bucket = limiter(store, FAST)
    started, calls = monotonic(), 0
    while lasts(started, 0.5) or (calls < 5 and lasts(started, PATIENCE)):
        if bucket.reserve("a", "op").granted:
            calls += 1
            bucket.throttled("a", "op", 0.0)
        sleep(0.001)
    assert 5 <= calls <= (monotonic() - started) * FAST.rate + 1


# ------------------------------------------------------------ the clock of the server jumps
def jump(store: redis.Redis, seconds: float) -> None:
    """As if the clock of the server had jumped by `seconds`: all it wrote lies so much further back."""
    for key in store.scan_iter("amz:limit:*"):
        if not key.endswith(b":rate"):
            store.set(key, int(store.get(key) or 0) - int(seconds * 1e6))


@pytest.mark.parametrize("seconds", [-3600, -86400 * 365])
def test_a_clock_that_goes_back_stops_nobody_for_longer_than_an_empty_bucket(
    store: redis.Redis, seconds: float
) -> None:
    bucket = limiter(store, SLOW)
    granted(bucket, 2)
    jump(store, seconds)
    assert not bucket.reserve("a", "op").granted
    assert 100 - SLACK < bucket.wait("a", "op") <= 100
    jump(store, 60)
    assert bucket.wait("a", "op") <= 40
    jump(store, 340)
    assert granted(bucket, 5) == [True] * 4 + [False]


def test_a_clock_that_goes_back_ends_a_429(store: redis.Redis) -> None:
    bucket = limiter(store, FAST)
    bucket.throttled("a", "op", 60.0)
    jump(store, -3600)
    assert bucket.wait("a", "op") <= 1 / FAST.rate


def test_a_clock_that_goes_back_leaves_new_buckets_half_full(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW, full=False)
    granted(bucket, 1)
    jump(store, -3600)
    assert granted(bucket, 3, "b") == [True] * 2 + [False]


def test_a_clock_that_goes_forward_gives_a_burst_at_most(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    assert granted(bucket, 5) == [True] * 4 + [False]
    jump(store, 86400)
    assert granted(bucket, 9) == [True] * 4 + [False] * 5
