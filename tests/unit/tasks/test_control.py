"""The tasks that keep the rest going."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import redis

from domain.errors import Unavailable
from state.window import Window, backfill_of, reconcile_of
from tasks import context
from tasks.control import advance_cursor, fan_out, reconcile, retry_parked
from tests.builders import NOW, UPDATED, an_account
from tests.unit.tasks.fakes import Broker, World, counted, run

LANE = {"account": "acme-eu", "group": "all"}
WINDOW = Window(lower=NOW - timedelta(hours=1), upper=NOW - timedelta(minutes=3))


def tick(world: World) -> object:
    return run(fan_out, {}, queue="control")


def rest(world: World) -> None:
    """No lane is due."""
    for turn in world.schedule.take(60):
        world.schedule.done(turn.account, turn.group, 1000)


# ------------------------------------------------------------ fan_out
def test_every_lane_that_is_due_gets_one_fetch(world: World, broker: Broker) -> None:
    assert tick(world) == "2 fetches"
    assert [(message.queue, message.task, message.kwargs) for message in broker.take()] == [
        ("amazon.fetch", "amazon.fetch_orders", {"account": "acme-eu", "group": "all"}),
        ("amazon.fetch", "amazon.fetch_orders", {"account": "second", "group": "all"}),
    ]
    assert tick(world) == "0 fetches"
    assert broker.take() == []


def test_lanes_that_are_not_due_are_left_alone(world: World, broker: Broker) -> None:
    rest(world)
    assert tick(world) == "0 fetches"
    assert broker.take() == []


def test_a_message_that_was_lost_on_its_way_to_a_worker_is_sent_again(
    world: World, broker: Broker, store: redis.Redis
) -> None:
    rest(world)
    world.gate.push("main", "acme-eu", [("1", UPDATED), ("2", UPDATED)])
    assert tick(world) == "0 fetches"
    for order_id in ("1", "2"):
        store.zincrby("amz:gate:main:queued", -61, f"acme-eu {order_id}")
    assert tick(world) == "0 fetches", "both may be in the queue still"
    assert [message.kwargs["order_id"] for message in broker.take()] == ["1", "2"]
    assert tick(world) == "0 fetches, 2 orders sent again"
    assert [message.kwargs["order_id"] for message in broker.take()] == ["1", "2"]
    assert tick(world) == "0 fetches"


def test_lost_messages_are_sent_again(world: World, broker: Broker, store: redis.Redis) -> None:
    rest(world)
    world.lanes.set_window("acme-eu", "all", WINDOW)
    world.lanes.expect("acme-eu", "all", WINDOW, [("1", UPDATED), ("2", UPDATED)])
    store.delete("amz:attempt:acme-eu:2")
    assert tick(world) == "0 fetches, 1 orders sent again"
    assert [(message.queue, message.kwargs) for message in broker.take()] == [
        ("odoo.upsert", {"account": "acme-eu", "order_id": "2", "updated": UPDATED.isoformat()})
    ]
    store.delete("amz:lanes:holding")
    assert tick(world) == "0 fetches"


def test_a_complete_window_moves_the_cursor(world: World, broker: Broker) -> None:
    rest(world)
    world.lanes.set_window("acme-eu", "all", WINDOW)
    world.lanes.expect("acme-eu", "all", WINDOW, [])
    world.lanes.move_on("acme-eu", "all", WINDOW, "")
    tick(world)
    tick(world)
    assert [(message.queue, message.task, message.kwargs) for message in broker.take()] == [
        ("control", "control.advance_cursor", LANE)
    ]


def test_a_window_that_waits_for_orders_moves_nothing(world: World, broker: Broker) -> None:
    rest(world)
    world.lanes.set_window("acme-eu", "all", WINDOW)
    world.lanes.expect("acme-eu", "all", WINDOW, [("1", UPDATED)])
    world.lanes.move_on("acme-eu", "all", WINDOW, "")
    tick(world)
    assert broker.take() == []
    world.lanes.landed("acme-eu", ["all"], "1", UPDATED)
    tick(world)
    assert [message.task for message in broker.take()] == ["control.advance_cursor"]


def test_orders_whose_turn_it_is_are_sent_whoever_forgot_it(world: World, broker: Broker) -> None:
    rest(world)
    world.gate.push("other", "second", [("1", UPDATED)])
    assert tick(world) == "0 fetches"
    assert [(message.queue, message.kwargs["order_id"]) for message in broker.take()] == [("odoo.upsert", "1")]


def test_a_tick_costs_the_same_with_a_thousand_accounts(world: World, broker: Broker, store: redis.Redis) -> None:
    costs = []
    for number in (2, 1000):
        store.flushall()
        world.accounts = {f"a{place}": an_account(key=f"a{place}") for place in range(number)}
        context._holder.built = None
        schedule = world.schedule
        for turn in schedule.take(60, most=number):
            schedule.done(turn.account, turn.group, 1000)
        tick(world)  # the scripts are known from now on
        with counted(store) as commands:
            tick(world)
        costs.append(len(commands))
    assert costs[0] == costs[1] <= 8
    assert broker.take() == []


# ------------------------------------------------------------ advance_cursor
def complete(world: World, *orders: str) -> None:
    world.lanes.set_window("acme-eu", "all", WINDOW)
    world.lanes.expect("acme-eu", "all", WINDOW, [(order_id, UPDATED) for order_id in orders])
    world.lanes.move_on("acme-eu", "all", WINDOW, "")
    for order_id in orders:
        world.lanes.landed("acme-eu", ["all"], order_id, UPDATED)


def cursors(world: World) -> list[str]:
    return [row["x_until"] for model, row in world.odoo.loaded if model == "x_amazon_cursor"]


def test_nothing_is_written_while_something_is_open(world: World) -> None:
    world.lanes.set_window("acme-eu", "all", WINDOW)
    world.lanes.expect("acme-eu", "all", WINDOW, [("1", UPDATED)])
    world.lanes.move_on("acme-eu", "all", WINDOW, "")
    assert run(advance_cursor, LANE) == "nothing complete"
    assert world.odoo.loaded == []


def test_the_first_cursor_is_written(world: World) -> None:
    complete(world)
    assert run(advance_cursor, LANE) == "until 2026-05-01 11:57:00"
    assert cursors(world) == ["2026-05-01 11:57:00"]
    assert run(advance_cursor, LANE) == "nothing complete"


def test_an_empty_window_is_not_worth_a_write_every_time(world: World) -> None:
    world.odoo.found["x_amazon_cursor"] = [{"x_until": "2026-05-01 11:50:00"}]
    complete(world)
    assert run(advance_cursor, LANE) == "until 2026-05-01 11:57:00"
    assert cursors(world) == []


def test_but_after_a_quarter_of_an_hour_it_is(world: World) -> None:
    world.odoo.found["x_amazon_cursor"] = [{"x_until": "2026-05-01 11:42:00"}]
    complete(world)
    run(advance_cursor, LANE)
    assert cursors(world) == ["2026-05-01 11:57:00"]


def test_a_window_with_orders_is_written_at_once(world: World) -> None:
    world.odoo.found["x_amazon_cursor"] = [{"x_until": "2026-05-01 11:56:00"}]
    complete(world, "1")
    run(advance_cursor, LANE)
    assert cursors(world) == ["2026-05-01 11:57:00"]


def test_odoo_is_asked_for_its_cursor_once(world: World) -> None:
    complete(world)
    run(advance_cursor, LANE)
    later = Window(lower=WINDOW.upper, upper=WINDOW.upper + timedelta(minutes=3))
    world.lanes.set_window("acme-eu", "all", later)
    world.lanes.expect("acme-eu", "all", later, [])
    world.lanes.move_on("acme-eu", "all", later, "")
    world.odoo.away = Unavailable("nobody is to ask")
    assert run(advance_cursor, LANE) == "until 2026-05-01 12:00:00"
    assert cursors(world) == ["2026-05-01 11:57:00"]


def test_a_backfill_moves_no_cursor(world: World) -> None:
    lane = backfill_of("all")
    world.lanes.set_window("acme-eu", lane, WINDOW)
    world.lanes.expect("acme-eu", lane, WINDOW, [("1", UPDATED)])
    world.lanes.move_on("acme-eu", lane, WINDOW, "")
    world.lanes.landed("acme-eu", ["all"], "1", UPDATED)
    assert run(advance_cursor, {"account": "acme-eu", "group": lane}) == "until 2026-05-01 11:57:00"
    assert world.odoo.loaded == []
    assert world.lanes.complete("acme-eu", lane) is None


# ------------------------------------------------------------ outages
@pytest.mark.parametrize(
    ("task", "result"), [(advance_cursor, "later: Odoo does not answer"), (retry_parked, "0 sent again")]
)
def test_in_an_outage_no_message_is_left_since_the_next_tick_comes(
    world: World, broker: Broker, task: Any, result: str
) -> None:
    complete(world)
    world.odoo.away = Unavailable("Odoo does not answer")
    assert run(task, LANE if task is advance_cursor else {}, queue="control") == result
    assert broker.take() == []
    assert world.lanes.complete("acme-eu", "all") == WINDOW.upper


def test_in_an_outage_the_cursor_is_tried_again(world: World, broker: Broker) -> None:
    rest(world)
    complete(world)
    world.odoo.away = Unavailable("Odoo does not answer")
    for _ in range(2):
        tick(world)
        assert [message.task for message in broker.take()] == ["control.advance_cursor"]
        run(advance_cursor, LANE, queue="control")
    world.odoo.away = None
    tick(world)
    broker.take()
    run(advance_cursor, LANE, queue="control")
    assert cursors(world) == ["2026-05-01 11:57:00"]
    tick(world)
    assert broker.take() == []


# ------------------------------------------------------------ reconcile
def test_accounts_whose_hour_has_come_are_compared(world: World, broker: Broker) -> None:
    world.accounts = {
        "acme-eu": an_account(reconcile_hour=NOW.hour),
        "second": an_account(key="second", database="other", reconcile_hour=NOW.hour + 1),
    }
    for key in world.accounts:
        world.reconciliations.begin(key, NOW - timedelta(hours=20))
        world.lanes.set_window(key, "all", WINDOW)
        world.lanes.move_on(key, "all", WINDOW, "")
    assert run(reconcile, {}, queue="control") == "acme-eu begun"
    assert world.lanes.asked("acme-eu", reconcile_of("all")) is not None
    assert world.lanes.asked("second", reconcile_of("all")) is None
    assert run(reconcile, {}, queue="control") == "no account's hour"
    assert broker.take() == []
