"""Token buckets. Slow rates give exact counts, since nothing refills while a test runs; fast ones show the refill."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest
import redis

from state.limiter import QUOTAS, Limiter, Quota

SLOW = Quota(rate=0.01, burst=4)
FAST = Quota(rate=50.0, burst=5)
SLACK = 10.0  # seconds a test may take on a busy machine
PATIENCE = 30.0  # seconds, when a stop of the whole machine took the time that was meant for it


def limiter(store: redis.Redis, quota: Quota, *, full: bool = True) -> Limiter:
    """A limiter whose buckets were unused for long, or (not full) have just been wiped."""
    if full:
        store.set("amz:limit:born", "1")
    return Limiter(store, {"op": quota, "other": quota})


def granted(bucket: Limiter, times: int, account: str = "a", operation: str = "op") -> list[bool]:
    return [bucket.reserve(account, operation).granted for _ in range(times)]


def test_a_burst_then_nothing_until_the_rate_gives_a_token(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    assert granted(bucket, 6) == [True] * 4 + [False] * 2
    refused = bucket.reserve("a", "op")
    assert 100 - SLACK < refused.wait <= 100
    assert not refused.granted


def test_a_granted_token_is_to_be_used_at_once(store: redis.Redis) -> None:
    assert limiter(store, SLOW).reserve("a", "op").wait == 0.0


def test_after_a_wipe_the_bucket_is_half_full(store: redis.Redis) -> None:
    assert granted(limiter(store, SLOW, full=False), 4) == [True] * 2 + [False] * 2
    store.flushall()
    assert granted(limiter(store, SLOW, full=False), 4) == [True] * 2 + [False] * 2


def test_accounts_and_operations_have_buckets_of_their_own(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    assert granted(bucket, 5) == [True] * 4 + [False]
    assert granted(bucket, 5, "b") == [True] * 4 + [False]
    assert granted(bucket, 5, "a", "other") == [True] * 4 + [False]


def test_accounts_of_one_seller_share_what_amazon_gives_the_seller(store: redis.Redis) -> None:
    store.set("amz:limit:born", "1")
    sellers = {"acme-de": "eu:A1", "acme-fr": "eu:A1", "acme-us": "na:A1"}
    bucket = Limiter(store, {"op": SLOW, "other": SLOW}, sellers=sellers)
    assert [*granted(bucket, 3, "acme-de"), *granted(bucket, 2, "acme-fr")] == [True] * 4 + [False]
    assert (bucket.left("acme-de", "op"), bucket.left("acme-fr", "op")) == (0, 0)
    assert granted(bucket, 4, "acme-us") == [True] * 4
    bucket.throttled("acme-fr", "other", 30.0)
    assert granted(bucket, 1, "acme-de", "other") == [False]
    assert granted(bucket, 1, "acme-us", "other") == [True]


def test_a_rate_learnt_for_one_account_counts_for_its_seller(store: redis.Redis) -> None:
    bucket = Limiter(store, {"op": SLOW}, sellers={"acme-de": "eu:A1", "acme-fr": "eu:A1"})
    bucket.learn("acme-de", "op", 0.5)
    assert store.get("amz:limit:{eu:A1:op}:rate") == b"0.5"
    assert granted(bucket, 3, "acme-fr") == [True, True, False]
    assert bucket.reserve("acme-fr", "op").wait <= 2.0


def test_two_limiters_share_the_bucket(store: redis.Redis) -> None:
    here, there = limiter(store, SLOW), limiter(store, SLOW)
    assert [*granted(here, 2), *granted(there, 3)] == [True] * 4 + [False]


def lasts(started: float, seconds: float) -> bool:
    return monotonic() - started < seconds


def test_tokens_come_back_at_the_rate(store: redis.Redis) -> None:
    bucket = limiter(store, FAST)
    started = monotonic()
    assert granted(bucket, 5) == [True] * 5
    taken = 5
    while taken < 15:
        reservation = bucket.reserve("a", "op")
        taken += reservation.granted
        sleep(reservation.wait)
    assert monotonic() - started >= (15 - FAST.burst - 1) / FAST.rate


def test_a_reservation_within_max_wait_keeps_its_slot(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    assert granted(bucket, 4) == [True] * 4
    slots = [bucket.reserve("a", "op", max_wait=250) for _ in range(3)]
    assert [slot.granted for slot in slots] == [True, True, False]
    for slot, expected in zip(slots, (100, 200, 300), strict=True):
        assert expected - SLACK < slot.wait <= expected


def test_a_full_bucket_begins_to_fill_when_the_first_call_may_have_arrived(store: redis.Redis) -> None:
    bucket = limiter(store, Quota(rate=0.01, burst=4, slack=30.0))
    assert granted(bucket, 4) == [True] * 3 + [False]
    assert 30 - SLACK < bucket.wait("a", "op") <= 30
    assert bucket.reserve("a", "op", max_wait=31).granted
    assert 130 - SLACK < bucket.wait("a", "op") <= 130


def test_the_slack_of_a_rate_learnt_to_be_high_leaves_tokens(store: redis.Redis) -> None:
    bucket = limiter(store, Quota(rate=0.01, burst=5, slack=30.0))
    bucket.learn("a", "op", 1.0)  # a token a second: thirty seconds are more than the bucket
    assert granted(bucket, 4) == [True] * 3 + [False]
    assert bucket.wait("a", "op") <= 1.0


def test_a_refusal_takes_nothing(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    granted(bucket, 4)
    before = store.get("amz:limit:{a:op}:tat")
    assert granted(bucket, 20) == [False] * 20
    assert store.get("amz:limit:{a:op}:tat") == before


def test_what_is_kept_for_others_is_theirs(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    assert [bucket.reserve("a", "op", keep=3).granted for _ in range(2)] == [True, False]
    assert 100 - SLACK < bucket.wait("a", "op", keep=3) <= 100
    assert granted(bucket, 4) == [True] * 3 + [False]
    assert 400 - SLACK < bucket.wait("a", "op", keep=3) <= 400


def test_no_more_is_kept_than_leaves_one(store: redis.Redis) -> None:
    assert limiter(store, SLOW).reserve("a", "op", keep=50).granted


def test_asking_for_the_wait_takes_nothing(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    assert [bucket.wait("a", "op") for _ in range(9)] == [0.0] * 9
    assert granted(bucket, 5) == [True] * 4 + [False]
    assert 100 - SLACK < bucket.wait("a", "op") <= 100


# ------------------------------------------------------------ the rate Amazon states
def test_a_learnt_rate_counts_at_once_and_for_everybody(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    bucket.learn("a", "op", 0.1)
    here = limiter(store, SLOW)
    assert granted(here, 5) == [True] * 4 + [False]
    assert 0 < here.reserve("a", "op").wait <= 10
    assert granted(here, 5, "b") == [True] * 4 + [False]
    assert here.reserve("b", "op").wait > 100 - SLACK


def test_a_new_rate_does_not_turn_used_tokens_into_a_longer_wait(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    assert granted(bucket, 5) == [True] * 4 + [False]
    bucket.learn("a", "op", 0.1)
    assert 10 - SLACK < bucket.reserve("a", "op").wait <= 10
    bucket.learn("a", "op", 0.01)
    assert 100 - 10 * SLACK < bucket.reserve("a", "op").wait <= 100


def test_the_rate_in_the_long_run(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    assert bucket.rate("a", "op") == 0.01
    bucket.learn("a", "op", 0.005)
    assert (bucket.rate("a", "op"), bucket.rate("b", "op")) == (0.005, 0.01)


def test_a_learnt_lower_rate_is_neither_exceeded_nor_a_standstill(store: redis.Redis) -> None:
    bucket = limiter(store, FAST)
    bucket.learn("a", "op", 20.0)
    started, taken = monotonic(), 0
    while lasts(started, 0.6) or (taken < FAST.burst + 6 and lasts(started, PATIENCE)):
        taken += bucket.reserve("a", "op").granted
        sleep(0.001)
    assert FAST.burst + 6 <= taken <= FAST.burst + (monotonic() - started) * 20.0 + 1


def test_a_learnt_rate_is_forgotten_after_a_day(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    bucket.learn("a", "op", 0.1)
    assert 86400 - SLACK < store.ttl("amz:limit:{a:op}:rate") <= 86400


@pytest.mark.parametrize("rate", [None, 0.0, -1.0, 0.00009, 1.01, float("nan"), float("inf")])
def test_an_unbelievable_rate_is_ignored(store: redis.Redis, rate: float | None) -> None:
    bucket = limiter(store, SLOW)
    bucket.learn("a", "op", rate)
    assert store.get("amz:limit:{a:op}:rate") is None


@pytest.mark.parametrize("rate", [0.0001, 1.0])
def test_the_hundredfold_is_believed_just_so(store: redis.Redis, rate: float) -> None:
    limiter(store, SLOW).learn("a", "op", rate)
    assert store.get("amz:limit:{a:op}:rate") == repr(rate).encode()


@pytest.mark.parametrize("quota", QUOTAS.values())
def test_the_hundredfold_of_each_plan_is_believed(store: redis.Redis, quota: Quota) -> None:
    bucket = Limiter(store, {"op": quota})
    for rate in (float(f"{quota.rate * 100:.6g}"), float(f"{quota.rate / 100:.6g}")):
        bucket.learn("a", "op", rate)
        assert bucket.rate("a", "op") == rate


# ------------------------------------------------------------ limits
def test_an_operation_without_a_plan(store: redis.Redis) -> None:
    with pytest.raises(KeyError, match="'cancelFeed'"):
        Limiter(store).reserve("a", "cancelFeed")
    assert store.keys() == []


def test_amazons_published_plans() -> None:
    assert {
        "searchOrders": Quota(0.0056, 20, slack=4.0),
        "getOrder": Quota(0.5, 30, slack=2.0),
        "confirmShipment": Quota(2.0, 10),
        "createFeedDocument": Quota(0.5, 15),
        "createFeed": Quota(0.0083, 15),
        "getFeed": Quota(2.0, 15),
        "getFeeds": Quota(0.0222, 10),
        "getFeedDocument": Quota(0.0222, 10),
    } == QUOTAS


def test_a_bucket_is_forgotten_once_it_is_full_again(store: redis.Redis) -> None:
    limiter(store, FAST).reserve("a", "op")
    assert 0 < store.pttl("amz:limit:{a:op}:tat") <= 1200


def test_sixteen_threads_never_take_more_than_there_is(store: redis.Redis) -> None:
    bucket = limiter(store, FAST)
    started = monotonic()

    found: list[bool] = []

    def take(_: int) -> None:
        while lasts(started, 0.4) or (len(found) < FAST.burst + 4 and lasts(started, PATIENCE)):
            if bucket.reserve("a", "op").granted:
                found.append(True)
            sleep(0.002)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(take, range(16)))
    taken = len(found)
    assert FAST.burst + 4 <= taken <= FAST.burst + (monotonic() - started) * FAST.rate + 1


@pytest.mark.parametrize(("full", "left"), [(True, [4, 3, 2, 1, 0, 0]), (False, [2, 1, 0, 0])])
def test_what_is_left_is_what_can_be_taken(store: redis.Redis, full: bool, left: list[int]) -> None:
    bucket = limiter(store, SLOW, full=full)
    found = []
    for _ in left:
        found.append(bucket.left("a", "op"))
        bucket.reserve("a", "op")
    assert found == left


def test_nothing_is_left_during_a_429(store: redis.Redis) -> None:
    bucket = limiter(store, SLOW)
    bucket.throttled("a", "op", 60.0)
    assert (bucket.left("a", "op"), bucket.left("b", "op")) == (0, 4)
