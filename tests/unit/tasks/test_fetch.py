"""The fetch task: what it spawns, when its lane is due again, and that it always gives the lane back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from celery.exceptions import Retry
from kombu.exceptions import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError

from domain.errors import RetryLater
from domain.order import OrderRef
from domain.outcome import Outcome, OutcomeKind
from state.gate import LEAST_DEPTH
from state.schedule import Schedule
from state.window import Window, backfill_of
from sync.fetch_orders import Fetched
from tasks import context
from tasks.base import MAX_ATTEMPTS
from tasks.dispatch import send_orders
from tasks.orders import fetch_orders, upsert_order
from tests.builders import NOW, UPDATED
from tests.unit.state.conftest import shifted
from tests.unit.tasks.fakes import Broker, World, run
from tests.unit.tasks.fetching import LANE, due_in, fetch, taken  # noqa: F401  # fixture

LANE_ORDER = {"account": "acme-eu", "updated": "2026-04-30T09:00:00+00:00"}
WINDOW = Window(lower=NOW - timedelta(hours=1), upper=NOW - timedelta(minutes=3))


def refs(*order_ids: str) -> tuple[OrderRef, ...]:
    return tuple(OrderRef(account="acme-eu", order_id=order_id, updated=UPDATED) for order_id in order_ids)


def test_each_order_of_the_page_gets_a_message_of_ids(world: World, broker: Broker) -> None:
    world.fetch.fetched = Fetched(refs("0", "1", "2"), 5, 180.0)
    assert fetch(world) == "5 orders, 3 to import"
    sent = broker.take()
    assert [(message.queue, message.task, message.retries, message.wait) for message in sent] == [
        ("odoo.upsert", "odoo.upsert_order", 0, None)
    ] * 3
    assert [message.kwargs for message in sent] == [
        {"account": "acme-eu", "order_id": str(number), "updated": "2026-04-30T09:00:00+00:00"} for number in range(3)
    ]
    assert due_in(world, 180, spread=True)


def test_few_of_many_orders_are_sent_and_the_others_as_tasks_start(world: World, broker: Broker) -> None:
    world.fetch.fetched = Fetched(refs(*(f"{number:03}" for number in range(100))), 100, 180.0)
    fetch(world)
    queue = broker.take()
    assert len(queue) == LEAST_DEPTH
    world.end = Outcome(OutcomeKind.IMPORTED)
    for message in [*queue]:
        run(upsert_order, message.kwargs)
        queue += broker.take()
    assert [message.kwargs["order_id"] for message in queue] == [f"{number:03}" for number in range(100)]
    assert len(world.imported) == LEAST_DEPTH


def test_the_search_moves_on_when_the_orders_wait_for_their_turn_and_not_before(
    world: World, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fetch.fetched = Fetched(refs("1"), 1, 180.0, window=WINDOW)
    with monkeypatch.context() as away:
        away.setattr(world.gate, "push", Mock(side_effect=RedisConnectionError("gone")))
        assert fetch(world) == "later: ConnectionError"
    assert (world.fetch.moved, broker.take()) == ([], [])
    fetch(world)
    assert world.fetch.moved == [("all", world.fetch.fetched)]
    assert len(broker.take()) == 1


def test_orders_that_the_broker_does_not_take_are_sent_later(
    world: World, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fetch.fetched = Fetched(refs("1", "2"), 2, 180.0)
    with monkeypatch.context() as away:
        away.setattr(upsert_order, "apply_async", Mock(side_effect=OperationalError("gone")))
        assert fetch(world) == "2 orders, 2 to import"
    assert broker.take() == []
    assert world.gate.waiting("main", "acme-eu") == 0, "they are taken, and not sent"
    shifted(world.store, "amz:gate:main:given", -31)
    assert send_orders("main") == 2
    assert [message.kwargs["order_id"] for message in broker.take()] == ["1", "2"]


def test_lanes_that_the_broker_does_not_take_are_due_again(
    world: World, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.schedule.done("second", "all", 0)
    with monkeypatch.context() as away:
        away.setattr(fetch_orders, "apply_async", Mock(side_effect=OperationalError("gone")))
        assert fetch(world) == "0 orders, 0 to import"
    assert broker.take() == []
    assert 20 < (world.schedule.due_in("second", "all") or 0) <= 25


# ------------------------------------------------------------ the next page, the next lane
def test_the_next_page_follows_at_once_while_there_are_tokens(world: World, broker: Broker) -> None:
    world.fetch.fetched = Fetched(refs("1"), 1, 0.0, window=WINDOW, next_token="2")
    fetch(world)
    assert [(message.queue, message.task, message.kwargs) for message in broker.take()] == [
        ("amazon.fetch", "amazon.fetch_orders", LANE),
        ("odoo.upsert", "odoo.upsert_order", {**LANE_ORDER, "order_id": "1"}),
    ]
    assert world.schedule.taken("acme-eu", "all")
    assert 20 < (world.schedule.due_in("acme-eu", "all") or 0) <= 25


def test_pages_of_one_account_take_turns_with_those_of_others(
    world: World, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("state.schedule.Schedule.take.__kwdefaults__", {"most": 1})
    world.schedule.done("second", "all", 0)
    world.fetch.fetched = Fetched((), 1, 0.0, window=WINDOW, next_token="2")
    sent = []
    for account in ("acme-eu", "second", "acme-eu", "second"):
        run(fetch_orders, {"account": account, "group": "all"}, queue="amazon.fetch")
        sent += [message.kwargs["account"] for message in broker.take()]
    assert sent == ["second", "acme-eu", "second", "acme-eu"]


def test_without_a_token_the_lane_is_due_when_there_is_one(world: World, broker: Broker) -> None:
    world.fetch.fetched = Fetched((), 1, 77.0, window=WINDOW, next_token="2")
    fetch(world)
    assert broker.take() == []
    assert due_in(world, 77)


def test_a_fetch_that_ends_sends_the_next_lane_that_is_due(world: World, broker: Broker) -> None:
    world.schedule.done("second", "all", 0)
    fetch(world)
    sent = broker.take()
    assert [message.kwargs for message in sent] == [{"account": "second", "group": "all"}]
    assert sent[0].expires is not None
    assert world.schedule.taken("second", "all")


def test_a_backfill_that_was_read_to_its_end_is_due_no_more(world: World, broker: Broker) -> None:
    lane = backfill_of("all")
    world.schedule.add("acme-eu", lane)
    world.lanes.ask("acme-eu", backfill_of("all"), WINDOW)
    world.fetch.fetched = Fetched(refs("1"), 1, 33.0, window=WINDOW, next_token="2")
    fetch(world, lane)
    assert due_in(world, 33, lane)
    assert world.lanes.end("acme-eu", lane, WINDOW)
    world.fetch.fetched = Fetched(refs("2"), 1, 180.0, window=WINDOW)
    fetch(world, lane)
    assert world.schedule.due_in("acme-eu", lane) is None
    assert [message.kwargs["order_id"] for message in broker.take()] == ["1", "2"]


def test_a_backfill_asked_for_just_when_its_lane_is_dropped_is_due(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane = backfill_of("all")
    world.schedule.add("acme-eu", lane)
    drop = Schedule.drop

    def asked_then(*given: Any) -> None:
        world.lanes.ask("acme-eu", lane, WINDOW)
        world.schedule.add("acme-eu", lane)
        drop(*given)

    monkeypatch.setattr(Schedule, "drop", asked_then)
    world.fetch.fetched = Fetched((), 0, 180.0)
    fetch(world, lane)
    assert world.schedule.due_in("acme-eu", lane) is not None


def test_orders_of_a_backfill_wait_for_new_ones(world: World, broker: Broker) -> None:
    world.gate.push("main", "other", [(f"{number:03}", UPDATED) for number in range(LEAST_DEPTH)])
    world.fetch.fetched = Fetched(refs("old"), 1, 180.0, window=WINDOW)
    fetch(world, backfill_of("all"))
    sent = [message.kwargs["account"] for message in broker.take()]
    assert sent == ["other"] * LEAST_DEPTH
    assert world.gate.waiting("main", "acme-eu") == 1


def test_an_account_that_is_not_known_here_may_be_known_elsewhere(world: World, broker: Broker) -> None:
    world.accounts = {"second": world.accounts["second"]}
    context._holder.built = None
    assert fetch(world) == "no such account or group here"
    assert due_in(world, 30)
    with pytest.raises(Retry):
        run(upsert_order, {**LANE_ORDER, "order_id": "1"})
    (again,) = broker.take()
    assert (again.kwargs["order_id"], again.retries) == ("1", 1)
    with pytest.raises(RetryLater, match="no account acme-eu here"):
        run(upsert_order, {**LANE_ORDER, "order_id": "1"}, retries=MAX_ATTEMPTS - 1)
    assert (world.fetch.pages, world.imported, world.odoo.loaded, broker.take()) == (0, [], [], [])


def test_settings_are_looked_at_before_an_account_is_unknown(world: World, broker: Broker) -> None:
    every = world.accounts
    world.accounts = {"second": every["second"]}
    context.use(world.services, lambda: world.services)
    context.services()
    world.accounts = every
    assert fetch(world) == "0 orders, 0 to import"
    assert world.fetch.pages == 1
