"""A clock that was wrong stops no tick: what is due later than one interval from now is due at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis
from celery import Celery
from redbeat.schedulers import RedBeatSchedulerEntry

from worker.beat import Scheduler

pytestmark = pytest.mark.valkey


@pytest.fixture
def app(valkey: redis.Redis, redis_url: str) -> Celery:
    app = Celery("beat-under-test", set_as_current=False)
    app.conf.update(
        beat_schedule={"fan-out": {"task": "control.fan_out", "schedule": 2.0}},
        redbeat_redis_url=redis_url,
        redbeat_key_prefix="amz:beat:",
        redbeat_lock_key=None,
        beat_max_loop_interval=3,
        timezone="UTC",
    )
    return app


def entry(app: Celery) -> RedBeatSchedulerEntry:
    return RedBeatSchedulerEntry.from_key("amz:beat:fan-out", app=app)


def test_a_tick_of_a_clock_that_was_ahead_is_due_at_once(app: Celery) -> None:
    beat = Scheduler(app)
    entry(app).reschedule(app.now() + timedelta(seconds=90))
    assert beat.schedule == {}
    beat.bring_back()
    assert [(name, one.is_due()[0]) for name, one in beat.schedule.items()] == [("fan-out", True)]


def test_a_tick_that_waits_for_its_interval_is_left_alone(app: Celery, valkey: redis.Redis) -> None:
    beat = Scheduler(app)
    entry(app).reschedule(app.now())
    before = valkey.zrange("amz:beat::schedule", 0, -1, withscores=True)
    beat.bring_back()
    assert valkey.zrange("amz:beat::schedule", 0, -1, withscores=True) == before
    assert len(before) == 2, "ours, and Celery's daily one"
    assert not entry(app).is_due()[0]


def test_an_entry_without_a_definition_ends_no_beat(app: Celery, valkey: redis.Redis) -> None:
    """As RedBeat itself, which removes it when it is due."""
    beat = Scheduler(app)
    valkey.zadd("amz:beat::schedule", {"amz:beat:of-others": app.now().timestamp() + 9000})
    entry(app).reschedule(app.now() + timedelta(seconds=90))
    beat.bring_back()
    assert [(name, one.is_due()[0]) for name, one in beat.schedule.items()] == [("fan-out", True)]
