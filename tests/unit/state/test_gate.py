"""Orders in fair turns: few messages in Celery's queue at a time, one order of each account after the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import sleep, time

import pytest
import redis

from domain.order import OrderRef
from state.gate import Depth, Gate

DB = "main"
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def gate(store: redis.Redis) -> Gate:
    return Gate(store, Depth(least=4, most=4))


def push(gate: Gate, account: str, *orders: str, backfill: bool = False, updated: datetime | None = NOW) -> int:
    return gate.push(DB, account, [(order_id, updated) for order_id in orders], backfill=backfill)


def sent(gate: Gate, started: str = "") -> list[str]:
    """What is sent now, as 'account:order'. `started`: the order whose task begins."""
    account, _, order_id = started.partition(":")
    refs = gate.pull(DB, OrderRef(account=account, order_id=order_id, updated=None) if started else None)
    gate.sent(DB, refs)
    return [f"{ref.account}:{ref.order_id}" for ref in refs]


def numbered(number: int) -> list[str]:
    return [f"{place:04}" for place in range(number)]


def work_off(gate: Gate, queue: list[str]) -> list[str]:
    """Start the queue's tasks one after the other, as one worker does; return the order in which they start."""
    started = []
    while queue:
        started.append(queue.pop(0))
        queue += sent(gate, started[-1])
    return started


# ------------------------------------------------------------ turns
def test_nothing_waits_to_begin_with(gate: Gate, store: redis.Redis) -> None:
    assert (sent(gate), gate.queued(DB), gate.waiting(DB, "a")) == ([], 0, 0)
    assert store.keys() == []


def test_an_order_comes_out_in_the_version_it_came_in(gate: Gate) -> None:
    gate.push(DB, "a", [("1", NOW), ("2", None)])
    assert gate.pull(DB) == [
        OrderRef(account="a", order_id="1", updated=NOW),
        OrderRef(account="a", order_id="2", updated=None),
    ]


def test_few_are_in_the_queue_at_a_time(gate: Gate) -> None:
    assert push(gate, "a", *numbered(10)) == 10
    assert sent(gate) == ["a:0000", "a:0001", "a:0002", "a:0003"]
    assert (sent(gate), gate.queued(DB), gate.waiting(DB, "a")) == ([], 4, 6)


def test_a_task_that_starts_makes_room(gate: Gate) -> None:
    push(gate, "a", *numbered(10))
    sent(gate)
    assert sent(gate, "a:0000") == []
    assert sent(gate, "a:0001") == ["a:0004", "a:0005"]
    assert gate.queued(DB) == 4


def test_accounts_take_turns(gate: Gate) -> None:
    push(gate, "busy", *numbered(100))
    queue = sent(gate)
    push(gate, "quiet", "1", "2")
    push(gate, "other", "1")
    started = work_off(gate, queue)
    assert [started.index(order) for order in ("quiet:1", "other:1", "quiet:2")] == [5, 6, 8]
    assert sorted(started) == sorted([*(f"busy:{name}" for name in numbered(100)), "quiet:1", "quiet:2", "other:1"])


def test_however_many_wait_a_newcomer_waits_for_the_queue_only(gate: Gate) -> None:
    for place in range(3):
        push(gate, f"busy{place}", *numbered(5000))
    queue = sent(gate)
    push(gate, "quiet", "1")
    started = []
    while "quiet:1" not in started:
        started.append(queue.pop(0))
        queue += sent(gate, started[-1])
    assert len(started) <= 4 + 3 + 1, "the queue, and one of each busy account"


def test_databases_do_not_wait_for_each_other(gate: Gate) -> None:
    push(gate, "a", *numbered(10))
    sent(gate)
    gate.push("second", "b", [("1", NOW)])
    assert [ref.account for ref in gate.pull("second")] == ["b"]


# ------------------------------------------------------------ backfills
def test_backfills_wait_for_all_others(gate: Gate) -> None:
    push(gate, "a", *numbered(6), backfill=True)
    push(gate, "b", "live-1", "live-2")
    assert sent(gate) == ["b:live-1", "b:live-2", "a:0000", "a:0001"]
    assert gate.waiting(DB, "a") == 4


def test_an_order_of_a_backfill_that_changes_now_is_no_backfill_any_more(gate: Gate) -> None:
    push(gate, "a", "1", "2", backfill=True)
    push(gate, "a", "2", updated=NOW + timedelta(minutes=1))
    assert gate.waiting(DB, "a") == 2
    assert [(ref.order_id, ref.updated) for ref in gate.pull(DB)] == [("2", NOW + timedelta(minutes=1)), ("1", NOW)]


def test_a_live_order_is_not_made_a_backfill(gate: Gate) -> None:
    push(gate, "a", "1")
    assert push(gate, "a", "1", backfill=True) == 0
    assert gate.waiting(DB, "a") == 1


# ------------------------------------------------------------ twice
def test_an_order_waits_once_in_its_newest_version(gate: Gate) -> None:
    assert push(gate, "a", "1") == 1
    assert push(gate, "a", "1", updated=NOW + timedelta(seconds=5)) == 0
    assert push(gate, "a", "1", updated=NOW - timedelta(seconds=5)) == 0
    assert gate.pull(DB) == [OrderRef(account="a", order_id="1", updated=NOW + timedelta(seconds=5))]


def test_an_order_that_is_to_be_asked_for_is(gate: Gate) -> None:
    push(gate, "a", "1", updated=None)
    push(gate, "a", "1")
    assert gate.pull(DB) == [OrderRef(account="a", order_id="1", updated=None)]


def test_what_has_not_started_is_not_sent_twice(gate: Gate) -> None:
    push(gate, "a", "1")
    gate.pull(DB)
    assert push(gate, "a", "1") == 0
    gate.sent(DB, [OrderRef(account="a", order_id="1", updated=NOW)])
    assert push(gate, "a", "1") == 0
    assert sent(gate, "a:1") == []
    assert push(gate, "a", "1") == 1
    assert sent(gate) == ["a:1"]


def test_a_task_may_start_before_its_message_is_known_to_be_sent(gate: Gate) -> None:
    push(gate, "a", "1")
    (ref,) = gate.pull(DB)
    gate.pull(DB, ref)
    gate.sent(DB, [ref])
    assert gate.queued(DB) == 0


# ------------------------------------------------------------ how many
def work(gate: Gate, store: redis.Redis, *, queued_for: float) -> list[int]:
    """Let 300 orders through whose messages wait so long; return how many messages were in the queue after each."""
    push(gate, "a", *numbered(300))
    queue, lengths = sent(gate), []
    while queue:
        first = queue.pop(0)
        store.zadd("amz:gate:main:queued", {first.replace(":", " "): time() - queued_for})
        queue += sent(gate, first)
        lengths.append(len(queue))
    return lengths


def test_while_messages_start_at_once_there_are_more_of_them(store: redis.Redis) -> None:
    lengths = work(Gate(store, Depth(least=4, most=32)), store, queued_for=0.0)
    assert (max(lengths), len(lengths)) == (32, 300)


def test_a_trickle_is_no_reason_for_more(gate: Gate, store: redis.Redis) -> None:
    gate = Gate(store, Depth(least=4, most=32))
    for name in numbered(50):
        push(gate, "a", name)
        for order in sent(gate):
            sent(gate, order)
    push(gate, "busy", *numbered(100))
    assert len(sent(gate)) == 4


def test_while_they_wait_there_are_few(store: redis.Redis) -> None:
    gate = Gate(store, Depth(least=4, most=32))
    store.set("amz:gate:main:depth", 32)
    lengths = work(gate, store, queued_for=5.0)
    assert (max(lengths[:20]), max(lengths[-50:]), len(lengths)) == (32, 4, 300)


def test_in_between_it_stays(store: redis.Redis) -> None:
    store.set("amz:gate:main:depth", 10)
    assert max(work(Gate(store, Depth(least=4, most=32)), store, queued_for=0.5)) == 10


def test_many_at_once_send_each_order_once(gate: Gate) -> None:
    for place in range(4):
        push(gate, f"a{place}", *numbered(100))

    def work(_: int) -> list[str]:
        done, idle = [], 0
        queue = sent(gate)
        while idle < 3:
            if queue:
                done.append(queue.pop())
                queue += sent(gate, done[-1])
            else:
                idle += 1
                sleep(0.01)
                queue += sent(gate)
        return done

    with ThreadPoolExecutor(8) as pool:
        found = [one for done in pool.map(work, range(8)) for one in done]
    assert sorted(found) == sorted(f"a{place}:{name}" for place in range(4) for name in numbered(100))
    assert gate.queued(DB) == 0
