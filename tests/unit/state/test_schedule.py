"""Whose turn it is: what is due is taken once, what dies comes back, and the clock of the server may jump."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any

import pytest
import redis

from state.schedule import Schedule, place_of
from state.window import backfill_of

ALL = "all"
BACKFILL = backfill_of(ALL)


def schedule(store: redis.Redis, accounts: Iterable[str] = ("a", "b")) -> Schedule:
    return Schedule(store, [(account, ALL) for account in accounts])


def taken(lanes: Schedule, most: int = 64) -> list[str]:
    return [turn.account for turn in lanes.take(60, most=most)]


def jump(store: redis.Redis, seconds: float) -> None:
    """As if the clock of the server had jumped by `seconds`: all it wrote lies so much further back."""
    for key in ("amz:due:live", "amz:due:backfill", "amz:due:out"):
        found: Any = store.zrange(key, 0, -1, withscores=True)
        for lane, at in found:
            if at:
                store.zadd(key, {lane: at - seconds})
    store.set("amz:due:clock", float(store.get("amz:due:clock") or 0) - seconds)


def test_new_lanes_are_due_at_once_and_taken_once(store: redis.Redis) -> None:
    lanes = schedule(store)
    assert [(turn.account, turn.group, turn.late) for turn in lanes.take(60)] == [("a", ALL, 0.0), ("b", ALL, 0.0)]
    assert taken(lanes) == taken(schedule(store)) == []
    assert lanes.taken("a", ALL)


def test_a_lane_is_due_when_it_was_said(store: redis.Redis) -> None:
    lanes = schedule(store)
    taken(lanes)
    lanes.done("a", ALL, 0.05)
    lanes.done("b", ALL, 100)
    assert taken(lanes) == []
    assert not lanes.taken("a", ALL)
    assert 95 < (lanes.due_in("b", ALL) or 0) <= 100
    sleep(0.25)
    (turn,) = lanes.take(60)
    assert turn.account == "a"
    assert 0.19 < turn.late < 5


def test_lanes_that_began_together_move_to_places_of_their_own(store: redis.Redis) -> None:
    names = [f"account-{number}" for number in range(200)]
    lanes = schedule(store, names)
    taken(lanes, most=200)
    times: Any = store.time()
    began = monotonic()
    for name in names:
        lanes.done(name, ALL, 100, spread=True)
    took = monotonic() - began
    scores: Any = store.zrange("amz:due:live", 0, -1, withscores=True)
    after = {lane.decode(): at - times[0] - times[1] / 1e6 for lane, at in scores}
    assert len(after) == 200
    assert 79.9 < min(after.values()) < 81 + took  # by at most a fifth
    assert 119 < max(after.values()) < 121 + took
    at_home = [lane for lane, at in scores if abs(at / 100 % 1 - place_of(lane.decode())) < 1e-6]
    assert 50 < len(at_home) < 110  # two fifths are near enough to be there at once
    places = [place_of(lane) for lane in after]
    assert [sum(low <= place * 10 < low + 1 for place in places) > 8 for low in range(10)] == [True] * 10


def test_the_longest_due_is_first_and_no_more_are_out_than_allowed(store: redis.Redis) -> None:
    lanes = schedule(store, "abcd")
    assert taken(lanes, most=3) == ["a", "b", "c"]
    assert taken(lanes, most=3) == []
    lanes.done("c", ALL, 0)
    assert taken(lanes, most=3) == ["d"]
    lanes.done("a", ALL, 0)
    lanes.done("b", ALL, 0)
    assert taken(lanes, most=4) == ["c", "a", "b"]


def test_the_lane_of_a_dead_task_comes_back(store: redis.Redis) -> None:
    lanes = schedule(store, "a")
    assert [turn.account for turn in lanes.take(0.05)] == ["a"]
    assert taken(lanes) == []
    sleep(0.06)
    assert taken(lanes) == ["a"]


def test_a_lane_with_many_pages_takes_turns_with_the_others(store: redis.Redis) -> None:
    lanes, found = schedule(store, "abc"), []
    for _ in range(7):
        (turn,) = lanes.take(60, most=1)
        found.append(turn.account)
        lanes.done(turn.account, ALL, 0)
    assert found == ["a", "b", "c", "a", "b", "c", "a"]


def test_hurry(store: redis.Redis) -> None:
    lanes = schedule(store, "ab")
    taken(lanes)
    lanes.done("a", ALL, 100)
    lanes.hurry("a", ALL)
    lanes.hurry("b", ALL)
    lanes.hurry("nobody", ALL)
    assert taken(lanes) == ["a"]


# ------------------------------------------------------------ accounts come and go
def test_added_accounts_are_due_and_removed_ones_are_gone(store: redis.Redis) -> None:
    before = schedule(store, "ab")
    taken(before)
    before.done("b", ALL, 100)
    after = schedule(store, "bc")
    assert taken(after) == ["c"]
    after.done("a", ALL, 0)
    assert (after.due_in("a", ALL), taken(after)) == (None, [])
    assert (after.due_in("b", ALL) or 0) > 90


def test_backfills_of_removed_accounts_are_gone_too(store: redis.Redis) -> None:
    before = schedule(store, "ab")
    taken(before)
    before.add("a", BACKFILL)
    before.add("b", BACKFILL)
    after = schedule(store, "b")
    assert [(turn.account, turn.group) for turn in after.take(60)] == [("b", BACKFILL)]


def test_a_wiped_redis_knows_all_lanes_at_the_next_look(store: redis.Redis) -> None:
    lanes = schedule(store)
    taken(lanes)
    store.flushall()
    lanes.done("a", ALL, 100)
    assert taken(lanes) == ["a", "b"]


def test_without_accounts_nothing_is_due(store: redis.Redis) -> None:
    assert taken(schedule(store, ())) == []


# ------------------------------------------------------------ backfills
def test_backfills_come_after_what_is_live(store: redis.Redis) -> None:
    lanes = schedule(store)
    lanes.add("a", BACKFILL)
    assert [(turn.account, turn.group) for turn in lanes.take(60, most=3)] == [("a", ALL), ("b", ALL), ("a", BACKFILL)]
    lanes.done("a", BACKFILL, 0)
    lanes.done("a", ALL, 0)
    assert [turn.group for turn in lanes.take(60, most=2)] == [ALL]


def test_a_backfill_that_is_dropped_is_not_due_again(store: redis.Redis) -> None:
    lanes = schedule(store, "a")
    taken(lanes)
    lanes.add("a", BACKFILL)
    assert taken(lanes) == ["a"]
    lanes.drop("a", BACKFILL)
    lanes.done("a", BACKFILL, 0)
    assert (taken(lanes), lanes.due_in("a", BACKFILL), lanes.taken("a", BACKFILL)) == ([], None, False)


def test_a_backfill_asked_for_again_keeps_its_turn(store: redis.Redis) -> None:
    lanes = schedule(store, "a")
    taken(lanes)
    lanes.add("a", BACKFILL)
    taken(lanes)
    lanes.done("a", BACKFILL, 100)
    lanes.add("a", BACKFILL)
    assert (lanes.due_in("a", BACKFILL) or 0) > 90


# ------------------------------------------------------------ the clock of the server jumps
def test_a_clock_that_goes_back_delays_nothing(store: redis.Redis) -> None:
    lanes = schedule(store, "abc")
    taken(lanes)
    lanes.done("a", ALL, 0)
    lanes.done("b", ALL, 50)
    taken(lanes, most=0)
    jump(store, -3600)
    assert taken(lanes) == ["a"]
    assert 40 < (lanes.due_in("b", ALL) or 0) <= 50
    assert 50 < (lanes.due_in("c", ALL) or 0) <= 60
    assert lanes.taken("c", ALL)


def test_a_clock_that_goes_forward_makes_lanes_due_early(store: redis.Redis) -> None:
    lanes = schedule(store)
    taken(lanes)
    lanes.done("a", ALL, 100)
    jump(store, 3600)
    assert sorted(taken(lanes)) == ["a", "b"]
    assert taken(lanes) == []


# ------------------------------------------------------------ many
def test_no_lane_is_taken_twice_by_many(store: redis.Redis) -> None:
    lanes = schedule(store, [f"a{number}" for number in range(300)])
    with ThreadPoolExecutor(8) as pool:
        found = [turn.account for turns in pool.map(lambda _: lanes.take(60, most=1000), range(32)) for turn in turns]
    assert sorted(found) == sorted(f"a{number}" for number in range(300))


@pytest.mark.parametrize("number", [1000])
def test_a_tick_that_finds_nothing_due_is_cheap_with_many_accounts(store: redis.Redis, number: int) -> None:
    lanes = schedule(store, [f"a{place}" for place in range(number)])
    lanes.take(600, most=number)
    commands = store.info("stats")["total_commands_processed"] if _counts(store) else None
    started = monotonic()
    assert [lanes.take(60, most=number * 2) for _ in range(20)] == [[]] * 20
    assert monotonic() - started < 2.0
    if commands is not None:  # the script, and the seven commands in it
        assert store.info("stats")["total_commands_processed"] - commands <= 20 * 10 + 1


def _counts(store: redis.Redis) -> bool:
    try:
        return "total_commands_processed" in store.info("stats")
    except (redis.ResponseError, NotImplementedError):
        return False
