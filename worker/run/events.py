"""What the workers tell by Celery's events, counted: pages read, orders found in them, and why tasks wait."""

from __future__ import annotations

import ast
import re
from collections import Counter
from threading import Event, Thread
from time import monotonic
from typing import Any, Final

from amqp.exceptions import AMQPError
from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from tasks.queues import FETCH_ORDERS

_FETCHED: Final = re.compile(r"(\d+) orders, (\d+) to import")
_AGAIN_SECONDS: Final = 2.0
_RECENT_SECONDS: Final = 60.0
# An event tells of an error as Python writes it: Retry(Retry(...), Throttled('no token'), datetime...)
_REASON: Final = re.compile(r"""Retry\(Retry\(\.\.\.\), \w+\((['"])(.*?)\1""")


class Events(Thread):
    """Listens to the broker's events until `end` is called. For showing only: what is told meanwhile is lost.

    `pages` and `read`: searches answered, and orders new or changed in them, by account.
    """

    def __init__(self, broker_url: str) -> None:
        super().__init__(name="events", daemon=True)
        self.pages: Counter[str] = Counter()
        self.read: Counter[str] = Counter()
        self._url = broker_url
        self._reason = ""
        self._reason_at = 0.0
        self._accounts: dict[str, str] = {}
        self._end = Event()

    def end(self) -> None:
        """Stop listening, within a second or so."""
        self._end.set()

    @property
    def reason(self) -> str:
        """Why a task was put off within the last minute, '' if none was."""
        return self._reason if monotonic() - self._reason_at < _RECENT_SECONDS else ""

    def run(self) -> None:
        """Listen, and connect anew when the broker was away."""
        app = Celery("events", broker=self._url, set_as_current=False)
        app.conf.broker_transport_options = {"socket_timeout": 10, "socket_connect_timeout": 5}
        handlers = {"task-received": self.received, "task-succeeded": self.succeeded, "task-retried": self.retried}
        while not self._end.is_set():
            try:
                with app.connection_for_read() as connection:
                    receiver = app.events.Receiver(connection, handlers=handlers)
                    while not self._end.is_set():
                        try:
                            receiver.capture(limit=None, timeout=1.0, wakeup=False)
                        except TimeoutError:
                            continue
            except (OSError, OperationalError, RedisError, AMQPError):
                self._end.wait(_AGAIN_SECONDS)

    def received(self, event: dict[str, Any]) -> None:
        """Remember which account a fetch is for; events carry arguments as text."""
        if event.get("name") == FETCH_ORDERS:
            self._accounts[event["uuid"]] = account_of(str(event.get("kwargs")))

    def succeeded(self, event: dict[str, Any]) -> None:
        """Count a page."""
        account = self._accounts.pop(event["uuid"], "")
        found = _FETCHED.search(str(event.get("result")))
        if account and found:
            self.pages[account] += 1
            self.read[account] += int(found[2])

    def retried(self, event: dict[str, Any]) -> None:
        """Remember why a task has to wait."""
        found = _REASON.match(str(event.get("exception")))
        self._reason = found[2] if found else ""
        self._reason_at = monotonic()


def account_of(kwargs: str) -> str:
    """Return the account in the text of a task's keyword arguments, '' if there is none to be read."""
    try:
        read = ast.literal_eval(kwargs)
    except (SyntaxError, ValueError):
        return ""
    return str(read.get("account", "")) if isinstance(read, dict) else ""
