"""What Redis knows of one order: for people who look for it, read only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis

from state.documents import document_name
from state.window import attempt_key, landed_key, lane_key, moment_of, text_of, waiting_key

_RESULTS = "celery-task-meta-*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """`document`: seconds that its document is still kept, None without one; `landed`: the version that landed lately.

    `awaited`: fetch groups whose cursor waits for it; `in_hand`: whether a task has it.
    """

    document: int | None
    landed: datetime | None
    awaited: tuple[str, ...]
    in_hand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A task about the order that failed for good, as Celery keeps it."""

    task: str
    task_id: str
    error: str
    ended: str
    attempt: int


def trace(store: redis.Redis, account: str, groups: Sequence[str], order_id: str) -> Trace:
    """Return what is known of an order."""
    left = int(store.ttl(document_name(account, order_id)))
    landed = store.get(landed_key(account, order_id))
    awaited = []
    for group in groups:
        uppers = [moment_of(raw) for raw in store.zrange(lane_key(account, group, "open"), 0, -1)]
        if any(store.hexists(waiting_key(account, group, upper), order_id) for upper in uppers):
            awaited.append(group)
    return Trace(
        document=left if left >= 0 else None,
        landed=None if landed is None else moment_of(landed),
        awaited=tuple(awaited),
        in_hand=bool(store.exists(attempt_key(account, order_id))),
    )


def failed_attempts(store: redis.Redis, order_id: str) -> list[Attempt]:
    """Return the tasks about an order whose failure Celery keeps (a week), oldest first."""
    return sorted(_failures(store, order_id), key=lambda attempt: attempt.ended)


def _failures(store: redis.Redis, order_id: str) -> Iterator[Attempt]:
    for key in store.scan_iter(_RESULTS, count=1000):
        raw = store.get(key)
        if raw is None or order_id not in text_of(raw):
            continue
        told: dict[str, Any] = json.loads(text_of(raw))
        about = told.get("kwargs")
        if isinstance(about, dict) and about.get("order_id") == order_id:
            result = told.get("result")
            yield Attempt(
                task=str(told.get("name")),
                task_id=str(told.get("task_id")),
                error=str(result.get("exc_type")) if isinstance(result, dict) else str(told.get("status")),
                ended=str(told.get("date_done")),
                attempt=int(told.get("retries") or 0) + 1,
            )
