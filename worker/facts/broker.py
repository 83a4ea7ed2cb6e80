"""What Redis says of queues, of itself, and of beat's last tick."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import redis
from kombu.exceptions import KombuError
from kombu.utils.json import loads

from tasks.queues import ALL
from worker.telemetry import sent_at

_UNACKNOWLEDGED: Final = "unacked"
_BEAT: Final = "amz:beat:fan-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFacts:
    """Messages that no worker has taken; `oldest`: when the first of them was sent, None if that is not known."""

    name: str
    messages: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A message about an order: in a queue, or with a worker, perhaps until its time (`due`); `attempt`: 1, 2, ..."""

    place: str
    task: str
    task_id: str
    attempt: int
    due: str


def queue_facts(store: redis.Redis) -> list[QueueFacts]:
    """Return how long each queue is; `store` is the broker's Redis."""
    facts = []
    for name in ALL:
        # kombu puts new messages in at the left and takes the next one from the right
        first = store.lindex(name, -1)
        headers = _headers(first) if isinstance(first, bytes) else {}
        facts.append(QueueFacts(name=name, messages=int(store.llen(name)), oldest=sent_at(headers)))
    return facts


def unacknowledged(store: redis.Redis) -> int:
    """Return how many messages workers have taken and not finished."""
    return int(store.hlen(_UNACKNOWLEDGED))


def messages_about(store: redis.Redis, order_id: str) -> Iterator[Waiting]:
    """Yield the messages about an order, in queues and with workers."""
    for name in ALL:
        for raw in store.lrange(name, 0, -1):
            yield from _about(f"queue {name}", raw, order_id)
    for raw in store.hvals(_UNACKNOWLEDGED):
        with suppress(ValueError, KombuError):
            message, _exchange, queue = loads(raw)
            yield from _about(f"a worker of {queue}", json.dumps(message).encode(), order_id)


def last_tick(store: redis.Redis) -> datetime | None:
    """Return when beat last sent `control.fan_out`; None if it never did. `store` is the state's Redis."""
    stored = store.hget(_BEAT, "meta")
    if not isinstance(stored, bytes):
        return None
    told = json.loads(stored).get("last_run_at")
    if not isinstance(told, dict):
        return None
    parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return datetime(**{name: int(told[name]) for name in parts}, tzinfo=UTC)


def _about(place: str, raw: Any, order_id: str) -> Iterator[Waiting]:
    if order_id.encode() not in raw:
        return
    headers = _headers(raw)
    if order_id in str(headers.get("kwargsrepr", "")):
        yield Waiting(
            place=place,
            task=str(headers.get("task", "")),
            task_id=str(headers.get("id", "")),
            attempt=int(headers.get("retries") or 0) + 1,
            due=str(headers.get("eta") or ""),
        )


def _headers(raw: bytes) -> Mapping[str, Any]:
    with suppress(ValueError):
        found = json.loads(raw).get("headers")
        if isinstance(found, dict):
            return found
    return {}
