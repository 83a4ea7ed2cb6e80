"""Log lines for people or programs: time, level, account, order, task, attempt, text. No secrets, nobody's data."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

from worker.redact import Redaction

_NOTHING: Final[Mapping[str, Any]] = {}
_about: ContextVar[Mapping[str, Any]] = ContextVar("about", default=_NOTHING)
# Libraries that tell of every call: heard at level debug only.
_QUIET = ("celery.app.trace", "celery.worker.strategy", "httpx", "httpcore", "odoorpc", "sp_api", "kombu", "amqp")
_ONCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How lines are written. `json`: one object a line, else text; `level`: debug, info, warning or error."""

    json: bool = False
    level: str = "info"
    redaction: Redaction = field(default_factory=Redaction)


_chosen: list[Options] = [Options()]


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


class TextLines(logging.Formatter):
    """Lines for people."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s%(about)s: %(message)s")
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, a traceback below it."""
        told = _about.get()
        parts = [str(told[name]) for name in ("account", "group", "order", "task") if name in told]
        attempt = f" attempt {told['attempt']}" if told.get("attempt", 1) > 1 else ""
        record.about = f" [{' '.join(parts)}{attempt}]" if parts else ""
        return self._redaction(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line, for programs."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        """Return the object: time, level, logger, message, what the task is about, and the traceback as `error`."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._redaction(record.getMessage()),
            **_about.get(),
        }
        if record.exc_info:
            line["error"] = self._redaction(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def use(options: Options) -> None:
    """Say how lines are written from the next `setup` on."""
    _chosen[0] = options


def setup(**_: Any) -> None:
    """Write lines to stderr. Connected to Celery's setup_logging, so Celery leaves logging alone."""
    options = _chosen[0]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter((JsonLines if options.json else TextLines)(options.redaction))
    handler.addFilter(Lost())
    handler.addFilter(Once())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    level = logging.getLevelNamesMapping()[options.level.upper()]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(level if level == logging.DEBUG else max(level, logging.WARNING))


def enter(task_id: str = "", task: Any = None, kwargs: Any = None, **_: Any) -> None:
    """Connected to task_prerun: every line of the task says what it is about."""
    given = kwargs or {}
    told = {
        short: str(given[name])
        for name, short in (("account", "account"), ("group", "group"), ("order_id", "order"))
        if name in given
    }
    attempt = getattr(getattr(task, "request", None), "retries", 0) + 1
    name = getattr(task, "name", "")
    _about.set({**told, "task": task_id[:8], "task_name": name, "attempt": attempt})


def leave(**_: Any) -> None:
    """Connected to task_postrun."""
    _about.set(_NOTHING)
