"""What is read out of Redis as Celery, kombu and RedBeat really write it, and what servers say of the time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest
import redis
from celery import Celery, signals
from redbeat.schedulers import RedBeatSchedulerEntry

from clients.clock import ahead
from domain.errors import Unavailable
from domain.reconciled import Reconciled
from state.breaker import Breaker
from state.documents import Documents, document_key
from state.journal import Failure
from state.lanes import Lanes
from state.trace import Attempt, Trace, failed_attempts, trace
from state.window import Window
from tasks.queues import ROUTES, UPSERT_ORDER
from tests.builders import NOW, an_account
from tests.unit.tasks.fakes import World
from worker import telemetry
from worker.facts.broker import QueueFacts, last_tick, messages_about, queue_facts, unacknowledged
from worker.facts.lanes import standings
from worker.facts.odoo import Databases, OdooFacts
from worker.metrics.catalogue import BY_NAME
from worker.metrics.collect import Collector

pytestmark = pytest.mark.valkey
ORDER = "304-1234567-1234567"


@pytest.fixture
def app(valkey: redis.Redis, redis_url: str) -> Iterator[Celery]:
    """An application on the real server that stamps its messages, as the fleet's does."""
    made = Celery("facts", set_as_current=False, broker=redis_url)
    made.conf.update(task_routes=ROUTES, broker_transport_options={"priority_steps": [0]})
    signals.before_task_publish.connect(telemetry.stamp)
    yield made
    signals.before_task_publish.disconnect(telemetry.stamp)
    made.close()


def test_a_queue_is_as_old_as_its_first_message(app: Celery, valkey: redis.Redis) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    for number in range(3):
        app.send_task(UPSERT_ORDER, kwargs={"order_id": f"{ORDER[:-1]}{number}", "account": "a"})
    facts = {queue.name: queue for queue in queue_facts(valkey)}
    assert (facts["odoo.upsert"].messages, facts["control"]) == (
        3, QueueFacts(name="control", messages=0, oldest=None),
    )  # fmt: skip
    first = json.loads(cast("bytes", valkey.lindex("odoo.upsert", -1)))["headers"]
    assert first["kwargsrepr"].startswith(f"{{'order_id': '{ORDER[:-1]}0'")
    assert facts["odoo.upsert"].oldest == telemetry.sent_at(first)
    assert before < telemetry.sent_at(first) < datetime.now(UTC) + timedelta(seconds=1)  # type: ignore[operator]


def test_messages_about_an_order_are_found_in_queues_and_with_workers(app: Celery, valkey: redis.Redis) -> None:
    app.send_task(UPSERT_ORDER, kwargs={"order_id": ORDER, "account": "a"}, retries=2)
    app.send_task(UPSERT_ORDER, kwargs={"order_id": "304-0000000-0000000", "account": "a"})
    (waiting,) = messages_about(valkey, ORDER)
    assert (waiting.place, waiting.task, waiting.attempt, waiting.due) == ("queue odoo.upsert", UPSERT_ORDER, 3, "")
    with app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        taken = channel.basic_get("odoo.upsert", no_ack=False)
        assert taken is not None
        assert unacknowledged(valkey) == 1
        (held,) = messages_about(valkey, ORDER)
        assert (held.place, held.attempt) == ("a worker of odoo.upsert", 3)
        assert held.task_id == waiting.task_id


def test_a_message_of_somebody_else_is_no_trouble(valkey: redis.Redis) -> None:
    valkey.lpush("odoo.upsert", "no JSON", json.dumps(["a list"]), json.dumps({"headers": 3}))
    valkey.hset("unacked", "x", "no JSON")
    facts = {queue.name: queue for queue in queue_facts(valkey)}
    assert (facts["odoo.upsert"].messages, facts["odoo.upsert"].oldest) == (3, None)
    assert list(messages_about(valkey, ORDER)) == []


def test_beats_last_tick_is_read_as_redbeat_writes_it(valkey: redis.Redis, redis_url: str) -> None:
    app = Celery("beat", set_as_current=False, broker=redis_url)
    app.conf.update(redbeat_redis_url=redis_url, redbeat_key_prefix="amz:beat:", timezone="UTC")
    assert last_tick(valkey) is None
    moment = datetime(2026, 5, 1, 12, 0, 3, 250000, tzinfo=UTC)
    entry = RedBeatSchedulerEntry("fan-out", "control.fan_out", 5.0, app=app).save()
    entry._next_instance(last_run_at=moment)
    assert last_tick(valkey) == moment


def test_the_trace_of_an_order(valkey: redis.Redis) -> None:
    lanes, documents = Lanes(valkey), Documents(valkey, document_key("x"), 1.0)
    nothing = Trace(document=None, landed=None, awaited=(), in_hand=False)
    assert trace(valkey, "a", ["all"], ORDER) == nothing
    window = Window(lower=NOW - timedelta(hours=1), upper=NOW)
    lanes.set_window("a", "all", window)
    lanes.expect("a", "all", window, [(ORDER, NOW)])
    documents.put("a", {ORDER: b"{}"})
    found = trace(valkey, "a", ["all", "DE"], ORDER)
    assert (found.landed, found.awaited, found.in_hand) == (None, ("all",), True)
    assert 3590 < (found.document or 0) <= 3600
    lanes.landed("a", ["all"], ORDER, NOW)
    documents.drop(("a", ORDER))
    assert trace(valkey, "a", ["all"], ORDER) == Trace(document=None, landed=NOW, awaited=(), in_hand=False)


@pytest.mark.filterwarnings("ignore:Call to deprecated setex")
def test_failed_attempts_are_read_as_celery_writes_them(app: Celery, valkey: redis.Redis, redis_url: str) -> None:
    app.conf.update(result_backend=redis_url, result_extended=True)
    backend: Any = app.backend
    for task_id, order_id in (("t-1", ORDER), ("t-2", "304-0000000-0000000")):
        request: Any = type("Request", (), {})()
        request.__dict__ = {
            "task": UPSERT_ORDER, "args": [], "kwargs": {"order_id": order_id, "account": "a"}, "retries": 4,
            "hostname": "upsert@x", "delivery_info": {"routing_key": "odoo.upsert"}, "root_id": None,
        }  # fmt: skip
        backend.store_result(task_id, KeyError("x"), "FAILURE", request=request)
    (attempt,) = failed_attempts(valkey, ORDER)
    assert attempt == Attempt(task=UPSERT_ORDER, task_id="t-1", error="KeyError", ended=attempt.ended, attempt=5)
    assert datetime.fromisoformat(attempt.ended) <= datetime.now(UTC)
    backend.client.close()


# ------------------------------------------------------------ lanes
def test_what_has_landed_is_what_was_read_when_nothing_waits(valkey: redis.Redis) -> None:
    lanes = Lanes(valkey)
    account = an_account(key="a")
    cursor = NOW - timedelta(hours=1)

    def standing() -> tuple[int, datetime | None, timedelta | None]:
        (found,) = standings(lanes, {"a": account}, {("a", "all"): cursor} if cursors else {})
        return found.waiting, found.landed, found.lag(NOW)

    cursors = False
    assert standing() == (0, None, None)
    cursors = True
    assert standing() == (0, cursor, timedelta(hours=1))
    window = Window(lower=cursor, upper=NOW - timedelta(minutes=3))
    lanes.set_window("a", "all", window)
    lanes.expect("a", "all", window, [(ORDER, NOW)])
    lanes.move_on("a", "all", window, "")
    assert standing() == (1, cursor, timedelta(hours=1))
    lanes.landed("a", ["all"], ORDER, NOW)
    assert standing() == (0, window.upper, timedelta(minutes=3))


# ------------------------------------------------------------ metrics
class _Away:
    """Databases that do not answer."""

    def __init__(self) -> None:
        self.all = {"main": None}

    def facts(self, _key: str) -> OdooFacts:
        return OdooFacts(problem="Odoo does not answer", seconds=5.0, found=None)


def _samples(world: World, store: redis.Redis) -> dict[tuple[str, tuple[str, ...]], float]:
    collector = Collector(world.services(), cast("Databases", _Away()), store, store)
    families = list(collector.collect())
    assert {family.name for family in families} <= {
        metric.full_name.removesuffix("_total") for metric in BY_NAME.values()
    }
    return {(name, labels): value for name, labels, value in collector.samples()}


def test_a_database_that_is_away_leaves_the_rest_of_the_metrics(valkey: redis.Redis) -> None:
    world = World(valkey)
    world.journal.ended(UPSERT_ORDER, "success", {"account": "acme-eu"}, seconds=0.5, outcome="imported")
    world.journal.failed(
        Failure(
            task="control.fan_out", about={}, code="unexpected_error", reason="x", remedy="y", task_id="t", since=NOW,
            last=NOW,
        )
    )  # fmt: skip
    world.pauses.pause("acme-eu", "revoked")
    world.pauses.stop("second", "stocktaking")
    world.limiter.reserve("acme-eu", "getOrder")
    Breaker(valkey, "main").failed()
    named = (("1", "mended", ""), ("2", "missing", ""), ("3", "stale", ""), ("4", "only in Odoo", ""))
    ended = NOW - timedelta(hours=2)
    world.reconciliations.finish("acme-eu", "all", Reconciled(since=NOW, until=NOW, ended=ended, named=named))
    found = _samples(world, valkey)
    compared = {labels[2]: value for (name, labels), value in found.items() if name == "reconciled_orders"}
    assert compared == {"mended": 1.0, "missing": 2.0, "differs": 0.0}
    assert found["reconciled_seconds", ("acme-eu", "all")] == 7200.0
    assert ("reconciled_seconds", ("second", "all")) not in found
    assert found["odoo_up", ("main",)] == 0.0
    assert (found["odoo_left_alone", ("main",)], found["odoo_outages_total", ("main",)]) == (1.0, 1.0)
    assert found["broker_up", ()] == 1.0
    assert found["orders_total", ("acme-eu", "imported")] == 1.0
    assert found["task_seconds_total", (UPSERT_ORDER,)] == 0.5
    assert found["failed_tasks", ("control.fan_out",)] == 1.0
    assert (found["account_paused", ("acme-eu", "broken")], found["account_paused", ("acme-eu", "stopped")]) == (1, 0)
    assert (found["account_paused", ("second", "broken")], found["account_paused", ("second", "stopped")]) == (0, 1)
    assert (found["quota_calls_left", ("acme-eu", "getOrder")], found["quota_burst", ("getOrder",)]) == (14, 30)
    assert "lag_seconds" not in {name for name, _ in found}


def test_a_redis_that_is_away_is_told(valkey: redis.Redis) -> None:
    with redis.Redis(port=1, socket_connect_timeout=1) as gone:
        found = _samples(World(gone), gone)
    assert found == {
        ("odoo_up", ("main",)): 0.0,
        ("odoo_answer_seconds", ("main",)): 5.0,
        ("broker_up", ()): 0.0,
    }


# ------------------------------------------------------------ clocks
def _server(date: str | None) -> httpx.MockTransport:
    headers = {} if date is None else {"Date": date}
    return httpx.MockTransport(lambda _request: httpx.Response(403, headers=headers))


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Fri, 01 May 2026 12:00:00 GMT", -0.5),
        ("Fri, 01 May 2026 11:59:00 GMT", 59.5),
        ("Fri, 01 May 2026 12:05:00 GMT", -300.5),
        (None, None),
        ("yesterday", None),
    ],
)
def test_how_far_our_clock_is_ahead(date: str | None, seconds: float | None) -> None:
    assert ahead("https://x.test", lambda: NOW, _server(date)) == seconds


def test_a_server_that_does_not_answer_tells_no_time() -> None:
    def refuse(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(Unavailable, match="no answer \\(ConnectError\\)"):
        ahead("https://x.test", lambda: NOW, httpx.MockTransport(refuse))
