"""Whether one process does its work, as a container's health check asks."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Final

import httpx
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from settings import Settings
from worker.bootstrap import connect_redis, utc_now
from worker.facts.broker import last_tick

_ANSWER_SECONDS: Final = 5.0
# Beat ticks every five seconds; another beat takes over within the lock's half a minute.
_TICK_SECONDS: Final = 90.0
_PAGES: Final = {"flower": (5555, "/healthcheck"), "metrics": (9108, "/metrics")}


@dataclass(frozen=True, slots=True)
class Health:
    """`problem` is '' when all is well; `what`: what was seen."""

    what: str = ""
    problem: str = ""


def ask(given: Settings, role: str, *, node: str = "", port: int | None = None) -> Health:
    """Return how the process of `role` does: worker, beat, flower, metrics or redis."""
    try:
        if role == "worker":
            return _worker(node)
        if role in _PAGES:
            usual, path = _PAGES[role]
            return _page(f"http://127.0.0.1:{port or usual}{path}")
        return _beat(given) if role == "beat" else _redis(given)
    except (RedisError, OperationalError) as error:
        return Health(problem=f"the broker cannot be reached ({type(error).__name__})")


def _worker(node: str) -> Health:
    from worker.celery import app

    host = socket.gethostname()
    answers = app.control.ping(destination=[node] if node else None, timeout=_ANSWER_SECONDS)
    names = sorted(name for answer in answers or [] for name in answer)
    mine = [name for name in names if name == node or (not node and name.partition("@")[2] == host)]
    if mine:
        return Health(what=f"{', '.join(mine)} answers")
    others = f"; others do: {', '.join(names)}" if names else ""
    return Health(problem=f"{node or f'no worker of {host}'} does not answer{others}")


def _beat(given: Settings) -> Health:
    with connect_redis(given) as store:
        tick = last_tick(store)
    if tick is None:
        return Health(problem="beat has never ticked")
    seconds = (utc_now() - tick).total_seconds()
    if seconds > _TICK_SECONDS:
        return Health(problem=f"the last tick was {seconds:.0f} s ago")
    return Health(what=f"the last tick was {max(0.0, seconds):.0f} s ago")


def _redis(given: Settings) -> Health:
    with connect_redis(given) as store:
        store.ping()
    return Health(what="answers")


def _page(url: str) -> Health:
    try:
        answer = httpx.get(url, timeout=_ANSWER_SECONDS)
    except httpx.TransportError as error:
        return Health(problem=f"{url} does not answer ({type(error).__name__})")
    if answer.status_code != httpx.codes.OK:
        return Health(problem=f"{url} answers {answer.status_code}")
    return Health(what=f"{url} answers")
