"""Times as Amazon writes and accepts them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

MARGIN = timedelta(minutes=3)  # how old a change is when it becomes visible: searches end two minutes before now


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC, whole seconds, with Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text: str) -> datetime:
    """An aware time in UTC. Raises ValueError for anything that is not ISO 8601; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def now() -> datetime:
    """The real time; the simulated Amazon has no other."""
    return datetime.now(UTC)
