from __future__ import annotations

from collections.abc import Iterator

import fakeredis
import pytest
import redis
from celery import Celery

import tasks.cancellations
import tasks.control
import tasks.orders
import tasks.shipments
from tasks import context
from tasks.queues import CONTROL, ROUTES
from tests.unit.tasks.fakes import Broker, World

MODULES = (tasks.cancellations, tasks.control, tasks.orders, tasks.shipments)


@pytest.fixture
def store() -> Iterator[redis.Redis]:
    with fakeredis.FakeRedis(server=fakeredis.FakeServer()) as fake:
        yield fake


@pytest.fixture
def world(store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> World:
    """Services made of fakes, in the place where tasks look for them."""
    made = World(store)
    monkeypatch.setattr(context._holder, "factory", None)
    monkeypatch.setattr(context._holder, "built", None)
    context.use(made.services)
    return made


@pytest.fixture
def broker() -> Iterator[Broker]:
    """An application whose messages stay in this process."""
    app = Celery("test", set_as_current=False)
    app.conf.update(
        broker_url="memory://",
        task_routes=ROUTES,
        task_default_queue=CONTROL,
        task_serializer="json",
        result_backend=None,
    )
    app.set_current()
    messages = Broker(app)
    messages.take()
    yield messages
    messages.take()
    app.close()
