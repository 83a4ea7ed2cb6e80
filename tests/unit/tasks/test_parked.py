"""What ends for good: parked, paused, or failed loudly."""

from __future__ import annotations

import pytest
from celery.exceptions import Retry

from domain.errors import (
    AccountBroken,
    NeedsHuman,
    RetryLater,
    SyncError,
    Unavailable,
)
from domain.outcome import Outcome, OutcomeKind
from tasks.base import MAX_ATTEMPTS
from tasks.control import fan_out
from tests.builders import UPDATED
from tests.unit.tasks.fakes import ORDER, WINDOW, Broker, World, ended, run, waits_for


@pytest.fixture(autouse=True)
def _expected(world: World) -> None:
    """The order was read by a fetch and is waited for."""
    world.lanes.set_window("acme-eu", "all", WINDOW)
    world.lanes.expect("acme-eu", "all", WINDOW, [("302-1", UPDATED)])


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


def test_a_retry_that_is_given_up_keeps_what_the_item_knows(world: World) -> None:
    """Its version and its sale order: a retry's message has neither."""
    world.odoo.found["x_amazon_issue"] = [
        {
            "id": 4, "x_account": "acme-eu", "x_order_ref": "302-2", "x_marketplace": "DE", "x_code": "changed_in_odoo",
            "x_reason": "r", "x_remedy": "m", "x_state": "retry", "x_version": "2026-04-29 09:00:00", "x_since": False,
            "x_attempts": 1, "x_order_id": [70, "S00070"],
        }
    ]  # fmt: skip
    ended(world, Unavailable("x"), retries=9, order_id="302-2", updated="")
    (row,) = world.odoo.issues()
    assert (row["x_code"], row["x_state"], row["x_attempts"]) == ("attempts_exhausted", "open", "2")
    assert (row["x_version"], row["x_order_id/.id"], row["x_marketplace"]) == ("2026-04-29 09:00:00", "70", "DE")


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

    monkeypatch.setattr("tasks.control.send_fetches", fail)
    with pytest.raises(type(error)) as raised:
        run(fan_out, {}, queue="control")
    assert raised.value is error
    assert broker.take() == []
    assert world.odoo.loaded == []
