"""The one retry rule: what is tried again and when, what is parked, what fails loudly."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from unittest.mock import Mock

import pytest
import redis
from celery.canvas import Signature
from celery.exceptions import Ignore, Reject, Retry
from kombu.exceptions import OperationalError

from domain.errors import (
    DatabaseBroken,
    ForeignMessage,
    OutcomeUnknown,
    RetryLater,
    SyncError,
    Throttled,
    TokenExpired,
    Unavailable,
)
from domain.order import OrderRef
from domain.outcome import Outcome, OutcomeKind
from tasks.base import order_kwargs, order_ref, wait_before
from tasks.orders import upsert_order
from tests.builders import NOW, UPDATED
from tests.unit.tasks.fakes import ORDER, REF, WINDOW, Broker, World, ended, run, waits_for


@pytest.fixture(autouse=True)
def _expected(world: World) -> None:
    """The order was read by a fetch and is waited for."""
    world.lanes.set_window("acme-eu", "all", WINDOW)
    world.lanes.expect("acme-eu", "all", WINDOW, [("302-1", UPDATED)])


# ------------------------------------------------------------ done
@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Outcome(OutcomeKind.IMPORTED), "imported"),
        (Outcome(OutcomeKind.SKIPPED, "fba order is pending"), "skipped: fba order is pending"),
        (Outcome(OutcomeKind.PARKED, "money_mismatch"), "parked: money_mismatch"),
    ],
)
def test_an_outcome_is_the_result(world: World, broker: Broker, outcome: Outcome, text: str) -> None:
    assert ended(world, outcome) == text
    assert world.imported == [REF]
    assert broker.take() == []
    assert world.odoo.loaded == []


# ------------------------------------------------------------ again
@pytest.mark.parametrize(
    ("error", "retries", "then", "at_least"),
    [
        (Unavailable("x"), 0, 1, 5.0),
        (Unavailable("x"), 1, 2, 5.0),
        (OutcomeUnknown("x"), 2, 3, 30.0),
        (RetryLater("x"), 4, 5, 120.0),
        (RetryLater("x"), 7, 8, 600.0),
        (RetryLater("x", after=7.0), 3, 4, 7.0),
        (RetryLater("x", after=7.0, counted=False), 3, 3, 7.0),
        (RetryLater("x", counted=False), 2, 2, 30.0),
        (Throttled("x", after=12.0), 9, 9, 12.0),
        (Throttled("x", after=12.0), 5000, 5000, 12.0),
        (TokenExpired("x"), 9, 9, 0.05),
        (DatabaseBroken("x", remedy="y"), 9, 9, 15.0),
        (RetryLater("x", after=86400.0), 0, 1, 600.0),
    ],
)
def test_the_same_message_comes_again(
    world: World, broker: Broker, error: RetryLater, retries: int, then: int, at_least: float
) -> None:
    raised = ended(world, error, retries=retries)
    assert isinstance(raised, Retry)
    assert raised.exc is error
    (message,) = broker.take()
    assert (message.queue, message.task, message.id) == ("odoo.upsert", "odoo.upsert_order", "id-1")
    assert (message.args, message.kwargs, message.retries) == ([], ORDER, then)
    assert message.wait is not None
    assert at_least - 3 < message.wait <= min(600.0, at_least * 1.2)
    assert isinstance(raised.when, datetime)
    assert NOW + timedelta(seconds=at_least) <= raised.when <= NOW + timedelta(seconds=min(600.0, at_least * 1.2))
    assert world.odoo.loaded == []
    assert waits_for(world) == 1


def test_a_message_that_cannot_be_sent_again_is_not_acknowledged(
    world: World, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(Signature, "apply_async", Mock(side_effect=OperationalError("OOM")))
        raised = ended(world, Unavailable("x"))
    assert isinstance(raised, Reject)
    assert getattr(raised, "requeue", False)
    assert broker.take() == []
    assert waits_for(world) == 1


def test_the_pattern() -> None:
    assert [wait_before(attempt) for attempt in range(1, 12)] == [
        5.0, 5.0, 30.0, 30.0, 120.0, 120.0, 120.0, 600.0, 600.0, 600.0, 600.0,
    ]  # fmt: skip


def test_an_error_raised_for_the_whole_batch_is_treated_alike(world: World, broker: Broker) -> None:
    def act(ref: OrderRef) -> Outcome | SyncError:
        raise Unavailable("x")

    world.import_order = act  # type: ignore[method-assign]  # a fake of a fake
    with pytest.raises(Retry):
        run(upsert_order, ORDER)
    assert [message.retries for message in broker.take()] == [1]


def test_waiting_orders_are_marked_so_that_nobody_sends_them_twice(
    world: World, broker: Broker, store: redis.Redis
) -> None:
    store.delete("amz:attempt:acme-eu:302-1")
    assert world.lanes.idle("acme-eu", "302-1")
    world.pauses.pause("acme-eu", "revoked")
    assert isinstance(ended(world, Outcome(OutcomeKind.IMPORTED)), Retry)
    assert not world.lanes.idle("acme-eu", "302-1")
    assert len(broker.take()) == 1


@pytest.mark.parametrize("error", [redis.ConnectionError("secret host"), redis.TimeoutError("secret host")])
def test_redis_is_away(world: World, broker: Broker, monkeypatch: pytest.MonkeyPatch, error: redis.RedisError) -> None:
    def gone(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(world.lanes, "attempted", gone)
    raised = ended(world, error, retries=9)
    assert isinstance(raised, Retry)
    assert isinstance(raised.exc, RetryLater)
    assert raised.exc.reason == type(error).__name__
    (message,) = broker.take()
    assert message.retries == 9
    assert message.wait is not None
    assert 2 < message.wait <= 6


@pytest.mark.parametrize("error", [Ignore(), Reject("x", requeue=True), Retry("x")])
def test_celerys_own_exceptions_pass(world: World, broker: Broker, error: Exception) -> None:
    assert ended(world, error) is error
    assert broker.take() == []
    assert world.odoo.loaded == []


def test_a_broken_database_is_an_error_in_the_log_with_its_remedy(
    world: World, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "tasks.base"):
        ended(world, DatabaseBroken("Odoo refuses the key", remedy="Make a new one."))
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert caplog.records[0].message.endswith(" s: Odoo refuses the key. Make a new one.")


# ------------------------------------------------------------ messages
@pytest.mark.parametrize("updated", [None, UPDATED, UPDATED.replace(microsecond=123456)])
def test_a_message_and_back(updated: datetime | None) -> None:
    ref = OrderRef(account="a", order_id="1", updated=updated)
    assert order_ref(order_kwargs(ref)) == ref


def test_a_message_is_ids_and_a_version() -> None:
    assert order_kwargs(REF) == {"account": "acme-eu", "order_id": "302-1", "updated": "2026-04-30T09:00:00+00:00"}
    assert next(iter(order_kwargs(REF))) == "order_id"  # the beginning is what Flower's list shows
    assert order_kwargs(OrderRef(account="a", order_id="1")) == {"account": "a", "order_id": "1"}


def test_a_message_of_another_zone_is_read_in_utc() -> None:
    east = UPDATED.astimezone(timezone(timedelta(hours=9))).isoformat()
    updated = order_ref({"account": "a", "order_id": "1", "updated": east}).updated
    assert updated == UPDATED
    assert updated is not None
    assert updated.tzinfo is UTC


@pytest.mark.parametrize(
    ("kwargs", "why"),
    [
        ({}, "no account"),
        ({"account": "a"}, "no order id"),
        (ORDER | {"order_id": "'; DROP TABLE"}, "no order id"),
        (ORDER | {"account": 7}, "no account"),
        (ORDER | {"updated": "soon"}, "a version that is no time"),
    ],
)
def test_a_foreign_message(kwargs: dict[str, Any], why: str) -> None:
    with pytest.raises(ForeignMessage) as raised:
        order_ref(kwargs)
    assert str(raised.value) == why
