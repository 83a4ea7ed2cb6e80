"""The one retry rule: what is tried again and when, what is parked, what fails loudly."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import redis
from celery.exceptions import Ignore, Reject, Retry

from domain.errors import (
    AccountBroken,
    DatabaseBroken,
    NeedsHuman,
    OutcomeUnknown,
    RetryLater,
    SyncError,
    Throttled,
    TokenExpired,
    Unavailable,
)
from domain.order import OrderRef
from domain.outcome import Outcome, OutcomeKind
from state.lanes import Window
from tasks.base import MAX_ATTEMPTS, order_kwargs, order_ref, wait_before
from tasks.control import fan_out
from tasks.orders import upsert_order
from tests.builders import NOW, UPDATED
from tests.unit.tasks.fakes import ORDER, REF, Broker, World, run

WINDOW = Window(lower=UPDATED - timedelta(hours=1), upper=UPDATED + timedelta(hours=1))


def ended(world: World, end: Outcome | BaseException, *, retries: int = 0, **kwargs: str) -> Any:
    """Run the order's task with an import that ends so; return its result or the exception it raised."""
    world.end = end
    try:
        return run(upsert_order, ORDER | kwargs, retries=retries)
    except Exception as error:  # noqa: BLE001 - the tests judge it
        return error


def waits_for(world: World) -> int:
    return world.lanes.waiting("acme-eu", "all")


@pytest.fixture(autouse=True)
def _expected(world: World) -> None:
    """The order was read by a fetch and is waited for."""
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
        (DatabaseBroken("x", remedy="y"), 9, 9, 30.0),
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
    def gone(*_: object) -> None:
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


# ------------------------------------------------------------ parked
def test_the_last_counted_attempt_parks(world: World, broker: Broker) -> None:
    error = Unavailable("Odoo does not answer")
    assert ended(world, error, retries=MAX_ATTEMPTS - 1) is error
    (row,) = world.odoo.issues()
    assert row == {
        "id": "__amazon_sync__.issue_acme-eu_302-1",
        "x_name": "302-1: attempts_exhausted",
        "x_account": "acme-eu",
        "x_order_ref": "302-1",
        "x_marketplace": "",
        "x_code": "attempts_exhausted",
        "x_reason": "10 attempts failed: Odoo does not answer",
        "x_remedy": "Look at the reason; when its cause is gone, retry this item.",
        "x_state": "open",
        "x_version": "2026-04-30 09:00:00",
        "x_since": "2026-05-01 12:00:00",
        "x_attempts": "1",
        "x_order_id/.id": "",
    }
    assert broker.take() == []
    assert waits_for(world) == 0


def test_the_last_but_one_does_not(world: World, broker: Broker) -> None:
    assert isinstance(ended(world, Unavailable("x"), retries=MAX_ATTEMPTS - 2), Retry)
    assert [message.retries for message in broker.take()] == [9]
    assert world.odoo.loaded == []


def test_an_order_of_no_version_comes_to_rest(world: World, broker: Broker) -> None:
    world.lanes.attempted("acme-eu", "302-2")
    ended(world, Unavailable("x"), retries=9, order_id="302-2", updated="")
    assert [row["x_version"] for row in world.odoo.issues()] == [""]
    assert world.lanes.idle("acme-eu", "302-2")
    assert waits_for(world) == 1


@pytest.mark.parametrize("end", [Unavailable("Amazon is away"), ZeroDivisionError(), NeedsHuman("bad_order", "x", "y")])
def test_what_cannot_be_parked_since_odoo_is_away_comes_again(world: World, broker: Broker, end: Exception) -> None:
    world.odoo.away = away = Unavailable("Odoo does not answer")
    raised = ended(world, end, retries=9)
    assert isinstance(raised, Retry)
    assert raised.exc is away
    assert [message.retries for message in broker.take()] == [9]
    assert waits_for(world) == 1


def test_a_defect_parks_and_fails_loudly(world: World, broker: Broker) -> None:
    error = ZeroDivisionError("Erika Mustermann")
    assert ended(world, error) is error
    (row,) = world.odoo.issues()
    assert (row["x_code"], row["x_reason"]) == ("unexpected_error", "unexpected ZeroDivisionError")
    assert row["x_remedy"].startswith("Report it with the traceback in the worker's log.")
    assert "Mustermann" not in str(row)
    assert broker.take() == []
    assert waits_for(world) == 0


def test_what_needs_a_person_is_parked_and_done(world: World, broker: Broker) -> None:
    assert ended(world, NeedsHuman("odoo_refused", "Product archived", "Mend it")) == "parked: odoo_refused"
    (row,) = world.odoo.issues()
    assert (row["x_code"], row["x_reason"], row["x_remedy"]) == ("odoo_refused", "Product archived", "Mend it")
    assert broker.take() == []
    assert waits_for(world) == 0


def test_parking_again_counts_on_and_keeps_its_beginning(world: World, broker: Broker) -> None:
    world.odoo.found["x_amazon_issue"] = [
        {
            "id": 5, "x_account": "acme-eu", "x_order_ref": "302-1", "x_marketplace": False, "x_code": "bad_order",
            "x_reason": "x", "x_remedy": "y", "x_state": "retry", "x_version": False, "x_since": "2026-04-01 00:00:00",
            "x_attempts": 3, "x_order_id": False,
        }
    ]  # fmt: skip
    ended(world, ZeroDivisionError())
    (row,) = world.odoo.issues()
    assert (row["x_since"], row["x_attempts"], row["x_state"]) == ("2026-04-01 00:00:00", "4", "open")


# ------------------------------------------------------------ accounts
def test_a_broken_account_is_paused_and_the_order_waits(world: World, broker: Broker) -> None:
    raised = ended(world, AccountBroken("The token was revoked.", "Authorise again."), retries=9)
    assert isinstance(raised, Retry)
    assert world.pauses.reason("acme-eu") == "The token was revoked."
    assert 29 < world.pauses.paused("acme-eu") <= 30
    (message,) = broker.take()
    assert (message.retries, message.kwargs) == (9, ORDER)
    assert message.wait is not None
    assert 27 < message.wait <= 31 * 1.2
    (shown,) = world.odoo.loaded
    assert shown[0] == "x_amazon_account"
    assert (shown[1]["x_state"], shown[1]["x_reason"], shown[1]["x_remedy"]) == (
        "paused", "The token was revoked.", "Authorise again.",
    )  # fmt: skip
    assert waits_for(world) == 1


def test_the_pause_is_told_once(world: World, broker: Broker) -> None:
    for _ in range(3):
        world.end = AccountBroken("The token was revoked.", "Authorise again.")
        world.pauses._store.delete("amz:pause:acme-eu:paused")
        ended(world, world.end)
    assert len(world.odoo.loaded) == 1
    assert len(broker.take()) == 3


def test_a_pause_needs_no_odoo(world: World, broker: Broker) -> None:
    world.odoo.away = Unavailable("x")
    assert isinstance(ended(world, AccountBroken("revoked", "y")), Retry)
    assert world.pauses.reason("acme-eu") == "revoked"
    assert len(broker.take()) == 1


def test_orders_of_a_paused_account_wait_without_being_tried(world: World, broker: Broker) -> None:
    world.pauses.pause("acme-eu", "revoked")
    raised = ended(world, Outcome(OutcomeKind.IMPORTED), retries=3)
    assert isinstance(raised, Retry)
    assert isinstance(raised.exc, RetryLater)
    assert raised.exc.reason == "account paused: revoked"
    assert world.imported == []
    assert [message.retries for message in broker.take()] == [3]


# ------------------------------------------------------------ tasks about no order
@pytest.mark.parametrize("error", [NeedsHuman("odoo_refused", "x", "y"), SyncError("x"), ZeroDivisionError("x")])
def test_a_task_about_no_order_fails_loudly(
    world: World, broker: Broker, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(world.lanes, "complete", fail)
    with pytest.raises(type(error)) as raised:
        run(fan_out, {}, queue="control")
    assert raised.value is error
    assert broker.take() == []
    assert world.odoo.loaded == []


# ------------------------------------------------------------ messages
@pytest.mark.parametrize("updated", [None, UPDATED, UPDATED.replace(microsecond=123456)])
def test_a_message_and_back(updated: datetime | None) -> None:
    ref = OrderRef(account="a", order_id="1", updated=updated)
    assert order_ref(order_kwargs(ref)) == ref


def test_a_message_is_ids_and_a_version() -> None:
    assert order_kwargs(REF) == {"account": "acme-eu", "order_id": "302-1", "updated": "2026-04-30T09:00:00+00:00"}
    assert order_kwargs(OrderRef(account="a", order_id="1")) == {"account": "a", "order_id": "1"}


def test_a_message_of_another_zone_is_read_in_utc() -> None:
    east = UPDATED.astimezone(timezone(timedelta(hours=9))).isoformat()
    updated = order_ref({"account": "a", "order_id": "1", "updated": east}).updated
    assert updated == UPDATED
    assert updated is not None
    assert updated.tzinfo is UTC


@pytest.mark.parametrize(
    ("kwargs", "error"), [({}, KeyError), ({"account": "a"}, KeyError), (ORDER | {"updated": "soon"}, ValueError)]
)
def test_a_foreign_message(kwargs: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        order_ref(kwargs)


def test_a_tick_is_never_sent_again(broker: Broker, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks.control import retry_parked

    def refuse(*_: object, **__: object) -> list[object]:
        raise DatabaseBroken("Odoo refuses the key", remedy="Make a new one.")

    monkeypatch.setattr("tasks.control.read_issues", refuse)
    assert retry_parked() == "later: Odoo refuses the key"
    assert broker.take() == []
