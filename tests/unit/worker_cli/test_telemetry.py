"""What the signals note: counts by how tasks end, failures by what they are about, and nothing of a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fakeredis
import pytest
import redis
from billiard.exceptions import TimeLimitExceeded
from celery import Celery
from kombu.exceptions import OperationalError

import tasks.cancellations
import tasks.control
import tasks.orders
import tasks.shipments
from domain.errors import NeedsHuman
from state.journal import Journal
from tasks import context
from tests.builders import NOW
from tests.unit.tasks.fakes import ORDER, World, delivered
from worker import telemetry
from worker.bootstrap import utc_now

UPSERT: Any = tasks.orders.upsert_order
FETCH: Any = tasks.orders.fetch_orders
CONFIRM: Any = tasks.shipments.confirm_shipment
LANE = {"account": "acme-eu", "group": "all"}


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    monkeypatch.setattr(context._holder, "factory", None)
    monkeypatch.setattr(context._holder, "built", None)
    with fakeredis.FakeRedis(server=fakeredis.FakeServer()) as store:
        world = World(store)
        context.use(world.services)
        yield world.journal


def test_an_orders_end_is_counted_by_its_word(journal: Journal) -> None:
    telemetry.begin()
    for result in ("imported", "parked: odoo_refused", "skipped: not due", "imported"):
        with delivered(UPSERT, ORDER):
            telemetry.succeeded(sender=UPSERT, result=result)
    counts = journal.counts()
    assert {key: value for key, value in counts.items() if key[0] != "seconds"} == {
        ("tasks", "odoo.upsert_order", "success"): 4.0,
        ("orders", "acme-eu", "imported"): 2.0,
        ("orders", "acme-eu", "parked"): 1.0,
        ("orders", "acme-eu", "skipped"): 1.0,
    }
    assert 0.0 <= counts["seconds", "odoo.upsert_order"] < 60.0


def test_other_tasks_are_counted_without_a_word(journal: Journal) -> None:
    with delivered(FETCH, LANE):
        telemetry.succeeded(sender=FETCH, result="3 orders, 2 to import")
    with delivered(UPSERT, ORDER):
        telemetry.retried(sender=UPSERT)
    assert {key for key in journal.counts() if key[0] != "seconds"} == {
        ("tasks", "amazon.fetch_orders", "success"),
        ("tasks", "odoo.upsert_order", "retry"),
    }


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (KeyError("Erika Mustermann"), "unexpected_error", "amazon.fetch_orders: unexpected KeyError"),
        (TimeLimitExceeded(300), "unexpected_error", "amazon.fetch_orders: unexpected TimeLimitExceeded"),
        (
            NeedsHuman("feed_failed", "Amazon says FATAL", "Look."),
            "feed_failed",
            "amazon.fetch_orders: Amazon says FATAL",
        ),
    ],
)
def test_a_failure_is_noted_until_its_task_succeeds(journal: Journal, error: Exception, code: str, reason: str) -> None:
    telemetry.failed(sender=FETCH, task_id="t-1", exception=error, kwargs=LANE)
    (noted,) = journal.failures(utc_now())
    assert (noted.task, noted.about, noted.code, noted.reason, noted.task_id, noted.times) == (
        "amazon.fetch_orders", LANE, code, reason, "t-1", 1,
    )  # fmt: skip
    assert "Mustermann" not in str(noted)
    with delivered(FETCH, LANE):
        telemetry.succeeded(sender=FETCH, result="0 orders, 0 to import")
    assert journal.failures(utc_now()) == []


@pytest.mark.parametrize("error", [redis.TimeoutError(), redis.ResponseError("MISCONF"), OperationalError("gone")])
def test_a_broker_that_was_away_is_no_defect_of_an_order(journal: Journal, error: Exception) -> None:
    telemetry.failed(sender=UPSERT, task_id="t-1", exception=error, kwargs=ORDER)
    assert journal.failures(NOW) == []
    assert journal.counts()["tasks", "odoo.upsert_order", "failure"] == 1.0


def test_a_package_has_its_place_with_its_delivery(journal: Journal) -> None:
    package = {"account": "acme-eu", "order_id": "302-1", "delivery": 7, "package": 0}
    telemetry.failed(sender=CONFIRM, task_id="t-1", exception=KeyError("x"), kwargs=package)
    assert journal.failures(NOW) == []
    assert journal.counts()["tasks", "amazon.confirm_shipment", "failure"] == 1.0


def test_tasks_that_are_not_ours_are_not_counted(journal: Journal) -> None:
    foreign = Celery("x", set_as_current=False).tasks["celery.chord"]
    telemetry.succeeded(sender=foreign, result="x")
    telemetry.retried(sender=foreign)
    telemetry.failed(sender=foreign, task_id="t", exception=KeyError("x"), kwargs={})
    assert (journal.counts(), journal.failures(NOW)) == ({}, [])


def test_a_task_does_not_fail_because_redis_is_away(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(Journal, "ended", away)
    with delivered(FETCH, LANE):
        telemetry.succeeded(sender=FETCH, result="x")
        telemetry.retried(sender=FETCH)
    telemetry.failed(sender=FETCH, task_id="t", exception=KeyError("x"), kwargs=LANE)
    assert journal.failures(NOW) == []


def test_a_message_says_when_it_was_sent() -> None:
    headers: dict[str, Any] = {"id": "x"}
    before = utc_now()
    telemetry.stamp(headers=headers)
    sent = telemetry.sent_at(headers)
    assert sent is not None
    assert abs((sent - before).total_seconds()) < 5
    assert telemetry.sent_at({"id": "x"}) is None
