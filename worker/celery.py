"""The Celery application: `celery -A worker worker|beat|flower`.

Settings of the transport and of late acknowledgement follow what was measured on kombu 5.7 with Redis: see
docs/adr/0006-celery-on-redis.md.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

from celery import Celery, signals
from kombu import Exchange, Queue

from settings import ConfigurationError, Settings, load
from settings.env import config_path
from settings.model import LogFormat
from tasks import context
from tasks.queues import ALL, CONTROL, FAN_OUT, FIND_CANCELLATIONS, FIND_SHIPMENTS, RECONCILE, RETRY_PARKED, ROUTES
from worker import logs, memory, telemetry, transport
from worker.redact import Redaction, secrets_in
from worker.reload import Reload

FAN_OUT_SECONDS = 2.0
RETRY_PARKED_SECONDS = 5.0
FIND_SHIPMENTS_SECONDS = 5.0
FIND_CANCELLATIONS_SECONDS = 5.0
RECONCILE_SECONDS = 60.0
# A beat that was killed keeps the lock so long; the other one asks for it every few seconds.
BEAT_LOCK_SECONDS = 15
BEAT_LOOK_SECONDS = 3


def configuration(settings: Settings) -> dict[str, Any]:
    """Return Celery's configuration for `settings`."""
    redis = settings.broker.url.startswith("redis")
    return {
        "broker_url": settings.broker.url,
        "broker_transport_options": _redis_transport() if redis else {"confirm_publish": True},
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "result_backend": settings.state_url,
        "redis_socket_timeout": 5,
        "redis_socket_connect_timeout": 5,
        "redis_backend_health_check_interval": 10,
        # Else one dead connection makes a failed task of one that was only to be tried again.
        "result_backend_always_retry": True,
        "result_backend_max_retries": 3,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_queues": queues(redis=redis),
        "task_default_queue": CONTROL,
        "task_routes": ROUTES,
        "task_create_missing_queues": False,
        "worker_detect_quorum_queues": not redis,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": True,
        "result_extended": True,
        "result_expires": timedelta(hours=1),
        "result_failure_expires": timedelta(days=7),
        "worker_prefetch_multiplier": 1,
        "worker_eta_task_limit": 2000,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_send_task_events": True,
        "task_send_sent_event": True,
        "worker_consumer": "worker.foreign:Consumer",
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_soft_shutdown_timeout": 20,
        "worker_enable_soft_shutdown_on_idle": True,
        "beat_scheduler": "worker.beat:Scheduler",
        "redbeat_redis_url": settings.state_url,
        "redbeat_key_prefix": "amz:beat:",
        "redbeat_lock_timeout": BEAT_LOCK_SECONDS,
        "beat_max_loop_interval": BEAT_LOOK_SECONDS,
        "beat_schedule": schedule(),
        "imports": ("tasks.orders", "tasks.control", "tasks.shipments", "tasks.cancellations"),
        "timezone": "UTC",
    }


def _redis_transport() -> dict[str, Any]:
    return {
        "visibility_timeout": transport.LOST_SECONDS,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 5,
        "max_connections": 200,
        "priority_steps": [0],
        "client_name": "amazon-odoo-connector",
    }


def queues(*, redis: bool) -> list[Queue]:
    """Return all queues; a worker without -Q serves them all.

    RabbitMQ's are quorum queues, which survive a node. Celery delays messages of these in RabbitMQ itself, which takes
    topic exchanges: through direct ones they would come at once, and fill the worker's prefetch until they are due.
    """
    arguments = None if redis else {"x-queue-type": "quorum"}
    kind = "direct" if redis else "topic"
    return [Queue(name, Exchange(name, type=kind), routing_key=name, queue_arguments=arguments) for name in ALL]


def schedule() -> dict[str, Any]:
    """Return beat's schedule. A tick that nobody took in time is worthless, so it expires."""
    return {
        "fan-out": {"task": FAN_OUT, "schedule": FAN_OUT_SECONDS, "options": {"expires": FAN_OUT_SECONDS * 3}},
        "retry-parked": {
            "task": RETRY_PARKED,
            "schedule": RETRY_PARKED_SECONDS,
            "options": {"expires": RETRY_PARKED_SECONDS * 3},
        },
        "reconcile": {"task": RECONCILE, "schedule": RECONCILE_SECONDS, "options": {"expires": RECONCILE_SECONDS * 3}},
        "find-shipments": {
            "task": FIND_SHIPMENTS,
            "schedule": FIND_SHIPMENTS_SECONDS,
            "options": {"expires": FIND_SHIPMENTS_SECONDS * 3},
        },
        "find-cancellations": {
            "task": FIND_CANCELLATIONS,
            "schedule": FIND_CANCELLATIONS_SECONDS,
            "options": {"expires": FIND_CANCELLATIONS_SECONDS * 3},
        },
    }


def make_app() -> Celery:
    """Return the application for the configuration that CONNECTOR_CONFIG names; exits with status 2 if that is bad."""
    try:
        settings = load(config_path())
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    memory.share_memory()
    memory.collect_rarely()
    memory.slim_tracebacks()
    transport.install()
    application = Celery("amazon-odoo-connector", set_as_current=True)
    application.conf.update(configuration(settings))

    def build(given: Settings) -> context.Services:
        from worker.bootstrap import build_services

        return build_services(given)

    reload = Reload(config_path(), settings, build)
    context.use(reload.factory, reload.renewed)
    logs.use(
        logs.Options(
            json=settings.log.format is LogFormat.JSON,
            level=settings.log.level.value,
            redaction=Redaction(secrets_in(settings)),
        )
    )
    signals.setup_logging.connect(logs.setup, weak=False)
    signals.task_prerun.connect(logs.enter, weak=False)
    signals.task_postrun.connect(logs.leave, weak=False)
    signals.before_task_publish.connect(telemetry.stamp, weak=False)
    signals.task_prerun.connect(telemetry.begin, weak=False)
    signals.task_success.connect(telemetry.succeeded, weak=False)
    signals.task_retry.connect(telemetry.retried, weak=False)
    signals.task_failure.connect(telemetry.failed, weak=False)
    application.set_default()
    return application


app = make_app()
