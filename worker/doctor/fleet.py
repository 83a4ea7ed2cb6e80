"""Redis, queues, workers, beat, and tasks that failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import redis
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from settings import Settings
from tasks.queues import ALL
from worker.bootstrap import connect_broker, connect_redis, utc_now
from worker.doctor.finding import Finding, duration
from worker.facts.broker import last_tick, queue_facts

if TYPE_CHECKING:
    from tasks.context import Services

_TICK_SECONDS: Final = 90.0
_QUEUE_SECONDS: Final = 600.0
_ANSWER_SECONDS: Final = 2.0
_FULL: Final = 0.9
_SETTINGS: Final = {
    "maxmemory-policy": ("noeviction", "a full memory drops waiting messages"),
    "appendonly": ("yes", "a restart loses waiting messages"),
}


def fleet(given: Settings, there: Services) -> Iterator[Finding]:
    """Look at what runs."""
    broker = connect_broker(given)
    stores = {"state": connect_redis(given)} if broker is None or given.state_url != given.broker.url else {}
    stores |= {"broker": broker} if broker is not None else {}
    reached = True
    for name, store in stores.items():
        for finding in _redis(name, store):
            reached = reached and (finding.ok or finding.what != name)
            yield finding
    if not reached:
        return
    yield from _workers()
    with connect_redis(given) as state:
        yield _beat(state)
    if broker is not None:
        yield from _queues(broker)
    yield _failures(there)


def _redis(name: str, store: redis.Redis) -> Iterator[Finding]:
    try:
        info: Mapping[str, Any] = store.info()
    except RedisError as error:
        remedy = f"Is it running, and is [broker] url right? {type(error).__name__}"
        yield Finding(area="fleet", what=name, found="does not answer", ok=False, remedy=remedy)
        return
    version = info.get("valkey_version") or info.get("redis_version")
    yield Finding(area="fleet", what=name, found=f"{info.get('server_name', 'redis')} {version} answers")
    limit, used = int(info.get("maxmemory") or 0), int(info.get("used_memory") or 0)
    if limit:
        full = used > limit * _FULL
        remedy = "Raise maxmemory, or find out why queues grow." if full else ""
        yield Finding(area="fleet", what=f"{name} memory", found=f"{used / limit:.0%} used", ok=not full, remedy=remedy)
    for setting, (right, why) in _SETTINGS.items():
        try:
            told = store.config_get(setting).get(setting, "")
        except RedisError:  # hosted servers hide it
            continue
        good = told == right
        remedy = "" if good else f"Set it to {right}: {why}."
        yield Finding(area="fleet", what=f"{name} {setting}", found=str(told), ok=good, remedy=remedy)


def _workers() -> Iterator[Finding]:
    from worker.celery import app

    try:
        told = app.control.inspect(timeout=_ANSWER_SECONDS).active_queues() or {}
    except (OperationalError, RedisError, OSError) as error:
        yield Finding(
            area="fleet",
            what="workers",
            found=f"cannot be asked ({type(error).__name__})",
            ok=False,
            remedy="Is the broker running, and is [broker] url right?",
        )
        return
    for queue in ALL:
        serving = sorted(node for node, queues in told.items() if any(one["name"] == queue for one in queues))
        remedy = "" if serving else f"Start a worker for it: celery -A worker worker -Q {queue}"
        found = ", ".join(serving) or "no worker"
        yield Finding(area="fleet", what=f"workers of {queue}", found=found, ok=bool(serving), remedy=remedy)


def _beat(state: redis.Redis) -> Finding:
    tick = last_tick(state)
    seconds = (utc_now() - tick).total_seconds() if tick else None
    good = seconds is not None and seconds <= _TICK_SECONDS
    found = "never ticked" if seconds is None else f"last tick {duration(max(0.0, seconds))} ago"
    remedy = "" if good else "Start it: celery -A worker beat"
    return Finding(area="fleet", what="beat", found=found, ok=good, remedy=remedy)


def _queues(broker: redis.Redis) -> Iterator[Finding]:
    now = utc_now()
    for queue in queue_facts(broker):
        age = max(0.0, (now - queue.oldest).total_seconds()) if queue.oldest else 0.0
        found = f"{queue.messages} waiting" + (f", the first for {duration(age)}" if queue.messages and age else "")
        good = age <= _QUEUE_SECONDS
        remedy = "" if good else "Start more workers for it, or look at what they wait for in the log."
        yield Finding(area="fleet", what=f"queue {queue.name}", found=found, ok=good, remedy=remedy)


def _failures(there: Services) -> Finding:
    found = there.journal.failures(there.clock())
    names = ", ".join(sorted({failure.reason for failure in found}))
    remedy = "See 'parked list'; the traceback is in the worker's log and in Flower." if found else ""
    return Finding(area="fleet", what="failed tasks", found=names or "none", ok=not found, remedy=remedy)
