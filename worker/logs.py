"""Log lines an operator can read: time, level, account, order, task, attempt, text. No secrets, no personal data."""

from __future__ import annotations

import logging
import sys
import threading
from contextvars import ContextVar
from time import monotonic
from typing import Any

_about: ContextVar[str] = ContextVar("about", default="")
_QUIET = ("celery.app.trace", "celery.worker.strategy", "httpx", "httpcore", "odoorpc", "sp_api", "kombu", "amqp")
_ONCE_SECONDS = 60.0


class Lost(logging.Filter):
    """One line for all messages that a lost connection leaves unacknowledged: they come again, nothing is wrong."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always let the record through, without its traceback."""
        if record.exc_info and str(record.msg).startswith("Couldn't ack"):
            record.msg, record.args = (
                "messages could not be acknowledged and will come again: %s",
                (record.exc_info[1],),
            )
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info, record.once = None, "unacknowledged"
        return True


class Once(logging.Filter):
    """Lets a line with `extra={"once": key}` through once a minute, so that an outage is one line, not thousands."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be written."""
        key = getattr(record, "once", "")
        if not key:
            return True
        now = monotonic()
        with self._lock:
            if now - self._seen.get(key, -_ONCE_SECONDS) < _ONCE_SECONDS:
                return False
            self._seen[key] = now
            return True


class About(logging.Filter):
    """Adds what the running task is about."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always let the record through."""
        record.about = _about.get()
        return True


def setup(**_: Any) -> None:
    """Write readable lines to stderr. Connected to Celery's setup_logging, so Celery leaves logging alone."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s%(about)s: %(message)s"))
    handler.addFilter(Lost())
    handler.addFilter(Once())
    handler.addFilter(About())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def enter(task_id: str = "", task: Any = None, kwargs: Any = None, **_: Any) -> None:
    """Connected to task_prerun: every line of the task says what it is about."""
    given = kwargs or {}
    parts = [str(given[name]) for name in ("account", "group", "order_id") if name in given]
    attempt = getattr(getattr(task, "request", None), "retries", 0)
    _about.set(" [" + " ".join([*parts, task_id[:8], *([f"attempt {attempt + 1}"] if attempt else [])]) + "]")


def leave(**_: Any) -> None:
    """Connected to task_postrun."""
    _about.set("")
