"""How tasks ended: running counts for metrics, and failures that nobody has seen to yet.

All of this may vanish: counts begin anew, and a failure that goes on is noted again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import redis

from state.window import readable

_COUNTS: Final = "amz:journal:counts"
_FAILURES: Final = "amz:journal:failures"
# As long as Celery keeps the traceback that belongs to it.
KEPT: Final = timedelta(days=7)
_SEPARATOR: Final = "|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A task that failed and has not succeeded since.

    `about`: its arguments, ids alone; `code`, `reason`, `remedy`: as for a parked item; `task_id`: under which Celery
    keeps arguments and traceback; `times`: how often it failed.
    """

    task: str
    about: Mapping[str, str]
    code: str
    reason: str
    remedy: str
    task_id: str
    since: datetime
    last: datetime
    times: int = 1


class Journal:
    """Counts and failures of all processes. Every note is one round trip."""

    def __init__(self, store: redis.Redis) -> None:
        self._store = store

    def ended(
        self, task: str, state: str, about: Mapping[str, str], *, seconds: float = 0.0, outcome: str = ""
    ) -> None:
        """Count the end of a task: `state` success, failure or retry; a success heals what failed before.

        `outcome`: the word an order's task ends with, counted by account.
        """
        pipeline = self._store.pipeline(transaction=False)
        pipeline.hincrbyfloat(_COUNTS, _SEPARATOR.join(("tasks", task, state)), 1)
        pipeline.hincrbyfloat(_COUNTS, _SEPARATOR.join(("seconds", task)), round(seconds, 3))
        if outcome:
            pipeline.hincrbyfloat(_COUNTS, _SEPARATOR.join(("orders", about.get("account", ""), outcome)), 1)
        if state == "success":
            pipeline.hdel(_FAILURES, _field(task, about))
        pipeline.execute()

    def counts(self) -> dict[tuple[str, ...], float]:
        """Return all counts: ("tasks", task, state), ("seconds", task), ("orders", account, outcome)."""
        stored = self._store.hgetall(_COUNTS)
        counts = {tuple(_text(key).split(_SEPARATOR)): readable(_count, value) for key, value in stored.items()}
        return {key: count for key, count in counts.items() if count is not None}

    def failed(self, failure: Failure) -> None:
        """Note a failure; one of the same task about the same goes on in it."""
        field = _field(failure.task, failure.about)
        before = self._store.hget(_FAILURES, field)
        values = asdict(failure)
        known = readable(_failure, before)
        if known is not None:
            values |= {"since": known.since, "times": known.times + 1}
        self._store.hset(_FAILURES, field, json.dumps(values, default=datetime.isoformat))

    def failures(self, now: datetime) -> list[Failure]:
        """Return what failed and has not succeeded since, oldest first; what is older than KEPT is dropped."""
        found = []
        for field, stored in self._store.hgetall(_FAILURES).items():
            failure = readable(_failure, stored)
            if failure is None or now - failure.last > KEPT:
                self._store.hdel(_FAILURES, _text(field))
            else:
                found.append(failure)
        return sorted(found, key=lambda failure: failure.since)

    def drop(self, failure: Failure) -> None:
        """Forget a failure: it is taken care of elsewhere."""
        self._store.hdel(_FAILURES, _field(failure.task, failure.about))


def _failure(stored: object) -> Failure:
    values: Mapping[str, Any] = json.loads(_text(stored))
    moments = {name: datetime.fromisoformat(values[name]).astimezone(UTC) for name in ("since", "last")}
    failure = Failure(**{**values, **moments})
    texts = (failure.task, failure.code, failure.reason, failure.remedy, failure.task_id)
    if not all(isinstance(text, str) for text in texts) or not isinstance(failure.times, int):
        raise TypeError("no failure")
    return replace(failure, about={str(name): str(value) for name, value in failure.about.items()})


def _count(stored: object) -> float:
    return float(_text(stored))


def _field(task: str, about: Mapping[str, str]) -> str:
    return _SEPARATOR.join([task, *(f"{name}={about[name]}" for name in sorted(about))])


def _text(stored: object) -> str:
    return stored.decode() if isinstance(stored, bytes) else str(stored)
