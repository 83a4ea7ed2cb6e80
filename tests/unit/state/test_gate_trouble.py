"""Turns when messages rest, are lost, or Redis is wiped."""

from __future__ import annotations

from collections import Counter

import redis

from domain.order import OrderRef
from state.gate import MOST_RESTING, Gate
from tests.unit.state.conftest import shifted
from tests.unit.state.test_gate import DB, NOW, gate, numbered, push, sent

__all__ = ["gate"]


# ------------------------------------------------------------ rest
def test_an_account_whose_messages_all_wait_lets_others_pass(gate: Gate) -> None:
    push(gate, "paused", *numbered(200))
    push(gate, "works", *numbered(200))
    queue, started = sent(gate), Counter[str]()
    while queue and started["works"] < 200:
        first = queue.pop(0)
        account, _, order_id = first.partition(":")
        started[account] += 1
        queue += sent(gate, first)
        if account == "paused":
            gate.rest(DB, OrderRef(account=account, order_id=order_id, updated=NOW), 60.0)
    assert started["works"] == 200
    assert MOST_RESTING <= started["paused"] <= MOST_RESTING + 4
    assert gate.waiting(DB, "paused") == 200 - started["paused"] - sum("paused" in one for one in queue)


def test_an_order_that_rests_is_not_sent_a_second_time(gate: Gate) -> None:
    ref = OrderRef(account="a", order_id="1", updated=NOW)
    gate.rest(DB, ref, 60.0)
    assert push(gate, "a", "1") == 0
    sent(gate, "a:1")
    assert push(gate, "a", "1") == 1


def test_a_rest_ends_by_itself(gate: Gate, store: redis.Redis) -> None:
    for name in numbered(MOST_RESTING):
        gate.rest(DB, OrderRef(account="a", order_id=name, updated=NOW), 60.0)
    push(gate, "a", "new")
    assert sent(gate) == []
    shifted(store, "amz:gate:main:rest:a", -121)
    assert sent(gate) == ["a:new"]


def test_a_rest_may_be_ended(gate: Gate) -> None:
    for name in numbered(MOST_RESTING):
        gate.rest(DB, OrderRef(account="a", order_id=name, updated=NOW), 600.0)
    push(gate, "a", "new")
    gate.wake(DB, "b")
    assert sent(gate) == []
    gate.wake(DB, "a")
    assert sent(gate) == ["a:new"]


# ------------------------------------------------------------ what goes wrong
def test_what_was_taken_and_not_sent_waits_again(gate: Gate, store: redis.Redis) -> None:
    push(gate, "a", *numbered(6))
    assert len(gate.pull(DB)) == 4
    assert gate.pull(DB) == []
    shifted(store, "amz:gate:main:given", -31)
    assert sent(gate) == ["a:0000", "a:0001", "a:0002", "a:0003"]
    assert gate.waiting(DB, "a") == 2


def test_lost_messages_do_not_stop_the_next_for_ever(gate: Gate, store: redis.Redis) -> None:
    push(gate, "a", *numbered(6))
    sent(gate)
    assert sent(gate) == []
    shifted(store, "amz:gate:main:queued", -3601)
    assert sent(gate) == ["a:0004", "a:0005"]


def test_orders_whose_messages_were_lost_on_their_way_wait_again(gate: Gate, store: redis.Redis) -> None:
    push(gate, "a", *numbered(3))
    assert not gate.overdue(DB, 60)
    assert sent(gate) == ["a:0000", "a:0001", "a:0002"]
    assert not gate.overdue(DB, 60)
    assert gate.put_back(DB, 60) == 0

    shifted(store, "amz:gate:main:queued", -61)
    sent(gate, "a:0001")  # this one has started
    push(gate, "a", "new")
    assert sent(gate) == ["a:new"]
    assert gate.overdue(DB, 60)
    assert gate.put_back(DB, 60) == 2
    assert not gate.overdue(DB, 60)
    assert gate.queued(DB) == 1
    assert sent(gate) == ["a:0000", "a:0002"]


def test_a_wiped_redis_begins_anew(gate: Gate, store: redis.Redis) -> None:
    push(gate, "a", *numbered(6))
    queue = sent(gate)
    store.flushall()
    assert sent(gate, queue[0]) == []
    push(gate, "a", *numbered(6))
    assert sent(gate) == ["a:0000", "a:0001", "a:0002", "a:0003"]


def test_a_start_that_nobody_sent_is_nothing_special(gate: Gate) -> None:
    push(gate, "a", "1")
    assert sent(gate, "b:by-hand") == ["a:1"]
