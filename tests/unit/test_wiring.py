"""That tasks, queues, routes and the schedule fit together, and what Celery is told."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from celery import Celery
from celery.app.defaults import SETTING_KEYS

from settings import Settings, load
from state.locks import LOCK_SECONDS
from tasks import queues
from tasks.base import SyncTask
from tests.unit.settings.given import SENTINEL, changed, set_secrets, write
from worker import transport

NAMES = {value for name, value in vars(queues).items() if name.isupper() and isinstance(value, str)} - {*queues.ALL}
# What a message may carry: ids, a group, a version. `kwargs`: an order's or a package's, checked where it is made.
MAY_CARRY = {"account", "group", "kwargs"}


def settings_for(folder: Path, url: str) -> Settings:
    return load(write(folder, changed({"broker/url": url, "broker/state_url": "redis://state.test/1"})))


@pytest.fixture(scope="module")
def celery_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        set_secrets(patch)
        folder = tmp_path_factory.mktemp("wiring")
        path = write(folder, changed({"broker/url": "redis://broker.test/0"}))
        patch.setenv("CONNECTOR_CONFIG", str(path))
        yield importlib.import_module("worker.celery")


@pytest.fixture(scope="module")
def app(celery_module: Any) -> Celery:
    made = cast("Celery", celery_module.app)
    made.loader.import_default_modules()
    return made


def ours(app: Celery) -> dict[str, Any]:
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


# ------------------------------------------------------------ tasks, queues, routes
def test_the_tasks_are_exactly_those_named(app: Celery) -> None:
    assert set(ours(app)) == NAMES


def test_every_task_has_a_route_to_a_known_queue() -> None:
    assert set(queues.ROUTES) == NAMES
    assert {route["queue"] for route in queues.ROUTES.values()} <= set(queues.ALL)
    assert len(set(queues.ALL)) == len(queues.ALL) == 5


def test_every_task_goes_where_its_route_says(app: Celery) -> None:
    found = {name: app.amqp.router.route({}, name)["queue"].name for name in ours(app)}
    assert found == {name: route["queue"] for name, route in queues.ROUTES.items()}


def test_every_task_follows_the_retry_rule(app: Celery) -> None:
    for task in ours(app).values():
        assert isinstance(task, SyncTask)
        assert (task.acks_late, task.ignore_result, task.store_errors_even_if_ignored) == (True, True, True)
        assert (task.max_retries, task.rate_limit) == (None, None)


def test_tasks_off_the_thread_pool_have_a_time_limit(app: Celery) -> None:
    limits = {name: task.time_limit for name, task in ours(app).items()}
    assert limits.pop(queues.UPSERT_ORDER) is None  # threads have none: every outside call has its own
    assert [name for name, limit in limits.items() if not limit or limit > 300] == []


def test_messages_carry_ids_only(app: Celery) -> None:
    carried = {parameter for task in ours(app).values() for parameter in inspect.signature(task.run).parameters}
    assert carried == MAY_CARRY


# ------------------------------------------------------------ the schedule
def test_beat_calls_tasks_that_exist_and_ticks_expire(app: Celery, celery_module: Any) -> None:
    entries = celery_module.schedule()
    assert {
        name: (entry["task"], entry["schedule"], entry["options"]["expires"]) for name, entry in entries.items()
    } == {
        "fan-out": ("control.fan_out", 2.0, 6.0),
        "retry-parked": ("control.retry_parked", 5.0, 15.0),
        "reconcile": ("control.reconcile", 60.0, 180.0),
        "find-shipments": ("amazon.find_shipments", 5.0, 15.0),
        "find-cancellations": ("amazon.find_cancellations", 5.0, 15.0),
    }
    for entry in entries.values():
        assert entry["task"] in ours(app)
        assert set(inspect.signature(app.tasks[entry["task"]].run).parameters) == set()
        assert set(entry) == {"task", "schedule", "options"}


def test_what_a_dead_process_had_is_taken_up_within_half_a_minute(
    celery_module: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_secrets(monkeypatch)
    conf = celery_module.configuration(settings_for(tmp_path, "redis://broker.test/0"))
    options = conf["broker_transport_options"]
    assert options["visibility_timeout"] + options["unacked_restore_interval"] <= 25
    assert options["visibility_timeout"] > transport.FRESH_SECONDS * 4, "a slow moment is no death"
    assert conf["redbeat_lock_timeout"] + conf["beat_max_loop_interval"] <= 20
    assert conf["beat_max_loop_interval"] * 4 < conf["redbeat_lock_timeout"]
    assert LOCK_SECONDS <= 15


# ------------------------------------------------------------ configuration
@pytest.mark.parametrize(
    ("url", "kind", "queue_type", "quorum"),
    [
        ("redis://broker.test/0", "redis", "classic", False),
        ("rediss://broker.test/0", "redis", "classic", False),
        ("amqp://broker.test", "amqp", "quorum", True),
        ("amqps://broker.test", "amqp", "quorum", True),
    ],
)
def test_configuration_by_broker(
    celery_module: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    url: str,
    kind: str,
    queue_type: str,
    quorum: bool,
) -> None:
    set_secrets(monkeypatch)
    conf = celery_module.configuration(settings_for(tmp_path, url))
    assert conf["broker_url"] == (f"{url}?ssl_cert_reqs=required" if url.startswith("rediss") else url)
    assert (conf["result_backend"], conf["redbeat_redis_url"]) == ("redis://state.test/1", "redis://state.test/1")
    assert conf["worker_detect_quorum_queues"] is quorum
    arguments = {"quorum": {"x-queue-type": "quorum"}, "classic": None}[queue_type]
    assert [(queue.name, queue.exchange.name, queue.routing_key) for queue in conf["task_queues"]] == [
        (name, name, name) for name in queues.ALL
    ]
    assert all(queue.queue_arguments == arguments for queue in conf["task_queues"])
    # Celery delays messages of quorum queues in RabbitMQ, which direct exchanges do not do.
    assert {queue.exchange.type for queue in conf["task_queues"]} == {"topic" if quorum else "direct"}
    options = conf["broker_transport_options"]
    if kind == "amqp":
        assert options == {"confirm_publish": True}
    else:
        assert options["visibility_timeout"] == 20
        assert (options["socket_timeout"], options["socket_connect_timeout"], options["health_check_interval"]) == (
            5,
            5,
            5,
        )
        assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (5, 1)
        assert (options["priority_steps"], options["max_connections"]) == ([0], 200)
    assert SENTINEL not in repr(conf)


def test_configuration_that_never_changes(celery_module: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_secrets(monkeypatch)
    conf = celery_module.configuration(settings_for(tmp_path, "redis://broker.test/0"))
    expected = {
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": True,
        "result_extended": True,
        "beat_scheduler": "worker.beat:Scheduler",
        "timezone": "UTC",
        "task_routes": queues.ROUTES,
        "task_default_queue": "control",
    }
    assert {key: conf[key] for key in expected} == expected
    assert "task_always_eager" not in conf


def test_celery_knows_every_setting(celery_module: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_secrets(monkeypatch)
    # Read by RedBeat and by Celery's Redis backend, though in no list of defaults.
    elsewhere = {
        "redbeat_redis_url",
        "redbeat_key_prefix",
        "redbeat_lock_timeout",
        "redis_backend_health_check_interval",
    }
    conf = celery_module.configuration(settings_for(tmp_path, "redis://broker.test/0"))
    assert set(conf) - set(SETTING_KEYS) == elsewhere


def test_a_bad_configuration_ends_the_process_with_words(
    celery_module: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_secrets(monkeypatch)
    path = write(tmp_path, changed({"broker/url": "http://x", "odoo/main/timeout": 1}))
    monkeypatch.setenv("CONNECTOR_CONFIG", str(path))
    with pytest.raises(SystemExit) as ended:
        celery_module.make_app()
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        f"{path}: 2 mistake(s)\n"
        "  broker.url: give redis://, rediss://, amqp:// or amqps:// and a host\n"
        "  odoo.main.timeout: give a number of at least 5\n"
    )
