"""The journal: counts that add up, failures that go on until they are healed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import redis

from state.journal import KEPT, Failure, Journal

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
LANE = {"account": "a", "group": "all"}


def failure(**changes: Any) -> Failure:
    given: dict[str, Any] = {
        "task": "amazon.fetch_orders", "about": LANE, "code": "unexpected_error", "reason": "unexpected KeyError",
        "remedy": "Report it.", "task_id": "t-1", "since": NOW, "last": NOW,
    }  # fmt: skip
    return Failure(**(given | changes))


def test_counts_add_up(store: redis.Redis) -> None:
    journal = Journal(store)
    journal.ended("odoo.upsert_order", "success", {"account": "a"}, seconds=0.25, outcome="imported")
    journal.ended("odoo.upsert_order", "success", {"account": "a"}, seconds=0.5, outcome="imported")
    journal.ended("odoo.upsert_order", "retry", {"account": "a"}, seconds=0.125)
    journal.ended("control.fan_out", "failure", {})
    assert Journal(store).counts() == {
        ("tasks", "odoo.upsert_order", "success"): 2.0,
        ("tasks", "odoo.upsert_order", "retry"): 1.0,
        ("seconds", "odoo.upsert_order"): 0.875,
        ("orders", "a", "imported"): 2.0,
        ("tasks", "control.fan_out", "failure"): 1.0,
        ("seconds", "control.fan_out"): 0.0,
    }


def test_nothing_is_counted_yet(store: redis.Redis) -> None:
    assert (Journal(store).counts(), Journal(store).failures(NOW)) == ({}, [])


def test_a_failure_goes_on_with_its_newest_reason(store: redis.Redis) -> None:
    journal = Journal(store)
    journal.failed(failure())
    later = NOW + timedelta(minutes=5)
    journal.failed(failure(reason="unexpected ValueError", task_id="t-2", since=later, last=later))
    assert journal.failures(later) == [
        failure(reason="unexpected ValueError", task_id="t-2", since=NOW, last=later, times=2)
    ]


def test_only_the_success_of_the_same_heals(store: redis.Redis) -> None:
    journal = Journal(store)
    journal.failed(failure())
    journal.ended("amazon.fetch_orders", "success", {"account": "b", "group": "all"})
    journal.ended("amazon.fetch_orders", "retry", LANE)
    journal.ended("control.fan_out", "success", {})
    assert len(journal.failures(NOW)) == 1
    journal.ended("amazon.fetch_orders", "success", {"group": "all", "account": "a"})
    assert journal.failures(NOW) == []


def test_failures_come_oldest_first_and_not_for_ever(store: redis.Redis) -> None:
    journal = Journal(store)
    older = NOW - timedelta(days=1)
    journal.failed(failure())
    journal.failed(failure(task="control.fan_out", about={}, since=older, last=older))
    assert [one.task for one in journal.failures(NOW)] == ["control.fan_out", "amazon.fetch_orders"]
    assert [one.task for one in journal.failures(older + KEPT + timedelta(seconds=1))] == ["amazon.fetch_orders"]
    journal.drop(failure())
    assert journal.failures(NOW) == []
