"""Notes of how tasks end, for metrics and for the list of what needs attention; connected to Celery's signals."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import datetime
from time import monotonic
from typing import Any, Final

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from domain.errors import ForeignMessage, NeedsHuman
from domain.parked import UNEXPECTED
from state.journal import Failure
from tasks.base import OrderTask
from tasks.context import services
from tasks.defect import kind_of
from tasks.queues import ROUTES
from worker.bootstrap import utc_now

# When a message was sent; a header of ours, read by the metrics to tell how old a queue is.
SENT_HEADER: Final = "sent_at"
_ABOUT: Final = ("account", "group", "order_id")
_REMEDY: Final = (
    "Report it with the traceback in the worker's log. It is closed by itself when the task succeeds again; "
    "Retry sends the task once more."
)
_began: ContextVar[float] = ContextVar("began", default=0.0)


def stamp(headers: Any = None, **_: Any) -> None:
    """Connected to before_task_publish: the message says when it was sent."""
    if isinstance(headers, dict):
        headers[SENT_HEADER] = utc_now().isoformat(timespec="milliseconds")


def sent_at(headers: Mapping[str, Any]) -> datetime | None:
    """Return when a message with these headers was sent; None if it does not say."""
    told = headers.get(SENT_HEADER)
    return datetime.fromisoformat(told) if isinstance(told, str) else None


def begin(**_: Any) -> None:
    """Connected to task_prerun."""
    _began.set(monotonic())


def succeeded(sender: Any = None, result: Any = None, **_: Any) -> None:
    """Connected to task_success."""
    if _ours(sender):
        about = _about(sender.request.kwargs)
        outcome = str(result).partition(":")[0] if isinstance(sender, OrderTask) else ""
        with suppress(RedisError):  # a count lost costs nothing
            services().journal.ended(sender.name, "success", about, seconds=_seconds(), outcome=outcome)


def retried(sender: Any = None, **_: Any) -> None:
    """Connected to task_retry."""
    if _ours(sender):
        with suppress(RedisError):
            services().journal.ended(sender.name, "retry", {}, seconds=_seconds())


def failed(sender: Any = None, task_id: str = "", exception: Any = None, kwargs: Any = None, **_: Any) -> None:
    """Connected to task_failure, which comes for tasks ended by force too: the failure needs somebody's attention.

    What is about a package is written with its delivery in Odoo, by the task itself. A message of another program is
    nobody's to mend here; its log line and Celery's own record remain.
    """
    if not _ours(sender):
        return
    now = utc_now()
    about = _about(kwargs)
    human = exception if isinstance(exception, NeedsHuman) else None
    with suppress(RedisError):  # Celery keeps the failure itself
        services().journal.ended(sender.name, "failure", about, seconds=_seconds())
        # A broker or Redis that was away is no defect: the message comes again, or its work is done.
        no_defect = (ForeignMessage, RedisError, OperationalError)
        if not _of_package(kwargs) and not isinstance(exception, no_defect):
            services().journal.failed(
                Failure(
                    task=sender.name,
                    about=about,
                    code=human.code if human else UNEXPECTED,
                    reason=f"{sender.name}: " + (human.reason if human else f"unexpected {kind_of(exception)}"),
                    remedy=human.remedy if human else _REMEDY,
                    task_id=task_id,
                    since=now,
                    last=now,
                )
            )


def _ours(task: Any) -> bool:
    return getattr(task, "name", "") in ROUTES


def _of_package(kwargs: Any) -> bool:
    return isinstance(kwargs, Mapping) and "delivery" in kwargs


def _about(kwargs: Any) -> dict[str, str]:
    given = kwargs if isinstance(kwargs, Mapping) else {}
    return {name: str(given[name]) for name in _ABOUT if given.get(name)}


def _seconds() -> float:
    began = _began.get()
    return monotonic() - began if began else 0.0
