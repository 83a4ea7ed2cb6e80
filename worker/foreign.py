"""A consumer that a message of another program cannot kill: what has not the form of a task's message is dropped.

Celery 5.7 drops what it cannot decode and tasks that it does not know. A body that is JSON, but not the three parts of
a task's message, passes that check and ends the worker; the message comes back, and ends the next one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from celery.worker.consumer import Consumer as CeleryConsumer
from kombu.message import Message

log = logging.getLogger(__name__)

_PARTS: Final = 3
# What reading a malformed message raises; an error of the connection is none of these, and Celery's own business.
_MALFORMED: Final = (ValueError, TypeError, KeyError, AttributeError)


class Consumer(CeleryConsumer):
    """Celery's consumer behind a look at the form of each message."""

    def create_task_handler(self, *args: Any, **kwargs: Any) -> Callable[[Message], Any]:
        """Return what is called with each message."""
        handle = super().create_task_handler(*args, **kwargs)
        errors: tuple[type[Exception], ...] = self.conninfo.connection_errors  # type: ignore[attr-defined]  # not in the stubs

        def checked(message: Message) -> Any:
            try:
                wrong = fault(message)
                if not wrong:
                    return handle(message)
            except _MALFORMED as error:
                wrong = f"it cannot be read ({type(error).__name__})"
            log.error("a message of another program was dropped: %s", wrong)
            message.reject_log_error(log, errors)
            return None

        return checked


def fault(message: Message) -> str:
    """Return what is wrong with the form of a task's message, '' if nothing is, or if Celery sees to it."""
    headers: Any = message.headers
    if not isinstance(headers, Mapping) or not all(isinstance(headers.get(name), str) for name in ("task", "id")):
        return "its headers name no task and id"
    try:
        body: Any = message.payload
    except Exception:  # noqa: BLE001 - whatever decoding raises: Celery logs it and drops the message
        return ""
    if not isinstance(body, (list, tuple)) or len(body) != _PARTS:
        return "its body is not arguments, keywords and options"
    args, named, options = body
    right = isinstance(args, list) and isinstance(named, dict) and isinstance(options, dict | None)
    return "" if right else "its arguments have another form"
