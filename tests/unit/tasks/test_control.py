"""The tasks that keep the rest going."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import redis

from domain.errors import Unavailable
from state.window import Window
from tasks.control import advance_cursor, fan_out, retry_parked
from tests.builders import NOW, UPDATED
from tests.unit.tasks.fakes import Broker, World, run

LANE = {"account": "acme-eu", "group": "all"}
WINDOW = Window(lower=NOW - timedelta(hours=1), upper=NOW - timedelta(minutes=3))


def tick(world: World) -> object:
    return run(fan_out, {}, queue="control")


# ------------------------------------------------------------ fan_out
def test_every_lane_that_is_due_gets_one_fetch(world: World, broker: Broker) -> None:
    assert tick(world) == "2 fetches"
    assert [(message.queue, message.task, message.kwargs) for message in broker.take()] == [
        ("amazon.fetch", "amazon.fetch_orders", {"account": "acme-eu", "group": "all"}),
        ("amazon.fetch", "amazon.fetch_orders", {"account": "second", "group": "all"}),
    ]
    assert tick(world) == "0 fetches"
    assert broker.take() == []


def test_lanes_that_are_not_due_or_paused_are_left_alone(world: World, broker: Broker) -> None:
    world.lanes.set_due("acme-eu", "all", NOW + timedelta(seconds=1))
    world.pauses.pause("second", "revoked")
    assert tick(world) == "0 fetches"
    assert broker.take() == []


def test_lost_messages_are_sent_again(world: World, broker: Broker, store: redis.Redis) -> None:
    world.lanes.set_due("acme-eu", "all", NOW + timedelta(seconds=1))
    world.lanes.set_due("second", "all", NOW + timedelta(seconds=1))
    world.lanes.set_window("acme-eu", "all", WINDOW)
    world.lanes.expect("acme-eu", "all", WINDOW, [("1", UPDATED), ("2", UPDATED)])
    store.delete("amz:attempt:acme-eu:2")
    assert tick(world) == "0 fetches, 1 orders sent again"
    assert [(message.queue, message.kwargs) for message in broker.take()] == [
        ("odoo.upsert", {"account": "acme-eu", "order_id": "2", "updated": UPDATED.isoformat()})
    ]
    store.delete("amz:lane:acme-eu:all:looked")
    assert tick(world) == "0 fetches"


def test_a_complete_window_moves_the_cursor(world: World, broker: Broker) -> None:
    for account in ("acme-eu", "second"):
        world.lanes.set_due(account, "all", NOW + timedelta(seconds=1))
    world.lanes.set_window("acme-eu", "all", WINDOW)
    world.lanes.expect("acme-eu", "all", WINDOW, [])
    world.lanes.move_on("acme-eu", "all", WINDOW, "")
    tick(world)
    assert [(message.queue, message.task, message.kwargs) for message in broker.take()] == [
        ("control", "control.advance_cursor", LANE)
    ]


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
