"""Pauses: longer each time, ended by success, one line of news."""

from __future__ import annotations

import redis

from state.pauses import Pauses


def pause(store: redis.Redis, reason: str = "revoked") -> int:
    """Pause account `a` once the last pause is over; return for how many seconds, rounded."""
    store.delete("amz:pause:a:paused")
    pauses = Pauses(store)
    pauses.pause("a", reason)
    return round(pauses.paused("a"))


def test_nobody_is_paused_to_begin_with(store: redis.Redis) -> None:
    pauses = Pauses(store)
    assert (pauses.paused("a"), pauses.reason("a"), pauses.works("a")) == (0.0, "", False)


def test_each_try_doubles_the_pause_up_to_ten_minutes(store: redis.Redis) -> None:
    assert [pause(store) for _ in range(8)] == [30, 60, 120, 240, 480, 600, 600, 600]


def test_after_weeks_of_tries_it_is_still_ten_minutes(store: redis.Redis) -> None:
    store.set("amz:pause:a:tries", 5000)
    assert pause(store) == 600


def test_failures_of_the_same_moment_are_one_try(store: redis.Redis) -> None:
    pauses = Pauses(store)
    assert [pauses.pause("a", "revoked") for _ in range(25)] == [True] + [False] * 24
    assert round(pauses.paused("a")) == 30
    assert pause(store) == 60


def test_another_reason_is_news(store: redis.Redis) -> None:
    pauses = Pauses(store)
    assert [pauses.pause("a", reason) for reason in ("revoked", "revoked", "no role", "revoked")] == [
        True, False, True, True,
    ]  # fmt: skip
    assert pauses.reason("a") == "revoked"


def test_success_ends_it_and_the_next_pause_is_short_again(store: redis.Redis) -> None:
    assert [pause(store), pause(store)] == [30, 60]
    pauses = Pauses(store)
    assert [pauses.works("a"), pauses.works("a")] == [True, False]
    assert (pauses.paused("a"), pauses.reason("a")) == (0.0, "")
    assert pauses.pause("a", "revoked") is True
    assert round(pauses.paused("a")) == 30


def test_one_account_does_not_pause_another(store: redis.Redis) -> None:
    pauses = Pauses(store)
    pauses.pause("a", "revoked")
    assert (pauses.paused("b"), pauses.reason("b")) == (0.0, "")


def test_the_pause_ends_by_itself_but_is_remembered(store: redis.Redis) -> None:
    pauses = Pauses(store)
    pauses.pause("a", "révoqué")
    assert 20_000 < store.pttl("amz:pause:a:paused") <= 30_000
    store.delete("amz:pause:a:paused")
    assert (pauses.paused("a"), pauses.reason("a")) == (0.0, "révoqué")
    assert pauses.works("a") is True


# ------------------------------------------------------------ stopped by a person
def test_a_stopped_account_stays_so_until_it_is_started(store: redis.Redis) -> None:
    pauses = Pauses(store)
    pauses.stop("a", "stocktaking")
    assert (pauses.stopped("a"), pauses.paused("a"), pauses.reason("a")) == (True, 300.0, "stocktaking")
    assert store.ttl("amz:pause:a:stopped") == -1
    assert (pauses.start("a"), pauses.start("a")) == (True, False)
    assert (pauses.stopped("a"), pauses.paused("a"), pauses.reason("a")) == (False, 0.0, "")


def test_what_fails_or_works_meanwhile_changes_nothing_and_is_no_news(store: redis.Redis) -> None:
    pauses = Pauses(store)
    pauses.pause("a", "revoked")
    pauses.stop("a", "stocktaking")
    assert (pauses.pause("a", "another"), pauses.works("a")) == (False, False)
    assert (pauses.paused("a"), pauses.reason("a")) == (300.0, "stocktaking")


def test_starting_ends_a_pause_from_before(store: redis.Redis) -> None:
    pauses = Pauses(store)
    pauses.pause("a", "revoked")
    pauses.stop("a", "stocktaking")
    pauses.start("a")
    assert (pauses.paused("a"), pauses.reason("a")) == (0.0, "")


def test_starting_what_nobody_stopped_leaves_its_pause(store: redis.Redis) -> None:
    pauses = Pauses(store)
    pauses.pause("a", "revoked")
    assert pauses.start("a") is False
    assert (round(pauses.paused("a")), pauses.reason("a")) == (30, "revoked")
