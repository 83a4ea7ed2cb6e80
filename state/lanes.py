"""Where each fetch group stands: when it is due, who works on it, which page comes next, and what has not landed yet.

All of this may vanish: the cursor in Odoo says from where to begin again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import redis

# redis-py's type of a hash's keys and values
_Cell = bytes | bytearray | memoryview | str | int | float

_LANDED_SECONDS = 86400
_ATTEMPT_SECONDS = 3600
_LOOK_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A search in progress: orders updated from `lower` to `upper`; `page_token` is the next page's, '' the first's."""

    lower: datetime
    upper: datetime
    page_token: str = ""


class Lanes:
    """The lanes of all accounts: one per account and fetch group."""

    def __init__(self, store: redis.Redis) -> None:
        self._store = store

    # ------------------------------------------------------------ whose turn it is
    def due(self, account: str, group: str, now: datetime) -> bool:
        """Whether the lane may run now."""
        at = self._store.get(_key(account, group, "due"))
        return at is None or float(_text(at)) <= now.timestamp()

    def set_due(self, account: str, group: str, at: datetime) -> None:
        """Nobody needs to look at the lane before `at`."""
        self._store.set(_key(account, group, "due"), at.timestamp(), ex=86400)

    def lease(self, account: str, group: str, seconds: float) -> bool:
        """Take the lane for one task; False when a task has it. It comes free by itself if that task dies."""
        return bool(self._store.set(_key(account, group, "lease"), "1", nx=True, px=int(seconds * 1000)))

    def release(self, account: str, group: str) -> None:
        """Give the lane back."""
        self._store.delete(_key(account, group, "lease"))

    # ------------------------------------------------------------ the search in progress
    def window(self, account: str, group: str) -> Window | None:
        """Return the search in progress, if there is one."""
        stored = self._store.get(_key(account, group, "window"))
        if stored is None:
            return None
        values = json.loads(_text(stored))
        return Window(lower=_time(values["lower"]), upper=_time(values["upper"]), page_token=values["page_token"])

    def set_window(self, account: str, group: str, window: Window) -> None:
        """Remember the search in progress. Amazon's page tokens live 24 hours, so it does too.

        With its first page the windows that were never read to their end are dropped: it covers what they did, and
        the cursor would wait for them for ever.
        """
        if not window.page_token:
            self._drop_abandoned(account, group)
        values = asdict(window) | {"lower": window.lower.isoformat(), "upper": window.upper.isoformat()}
        self._store.set(_key(account, group, "window"), json.dumps(values), ex=86000)

    def scanned(self, account: str, group: str) -> datetime | None:
        """Return up to when all pages were read (not: landed), or None."""
        stored = self._store.get(_key(account, group, "scanned"))
        return None if stored is None else _time(_text(stored))

    def restart(self, account: str, group: str) -> None:
        """Forget the search in progress and how far was read: the next search begins at the cursor in Odoo."""
        self._store.delete(*(_key(account, group, part) for part in ("window", "scanned", "due")))

    def rewind(self, account: str, group: str, since: datetime) -> None:
        """Let the next search begin at `since`, and look at orders again that have landed."""
        self.restart(account, group)
        self._store.set(_key(account, group, "scanned"), since.isoformat(), ex=86400)
        for key in self._store.scan_iter(_landed(account, "*"), count=1000):
            self._store.delete(key)

    # ------------------------------------------------------------ what has not landed
    def expect(self, account: str, group: str, window: Window, orders: Iterable[tuple[str, datetime]]) -> None:
        """Add a page's orders to what `window` waits for."""
        waiting: dict[_Cell, _Cell] = {
            order_id: updated.isoformat() for order_id, updated in sorted(orders, key=lambda order: order[1])
        }
        pipeline = self._store.pipeline(transaction=True)
        pipeline.zadd(_key(account, group, "open"), {window.upper.isoformat(): window.upper.timestamp()})
        for order_id in waiting:
            pipeline.set(_attempt(account, str(order_id)), "1", ex=_ATTEMPT_SECONDS)
        if waiting:
            pipeline.sadd(_key(account, group, "busy"), window.upper.isoformat())
            pipeline.hset(_waiting(account, group, window.upper), mapping=waiting)
        pipeline.execute()

    def close(self, account: str, group: str, window: Window) -> None:
        """All pages of `window` are read: it is complete once nothing of it is waiting."""
        pipeline = self._store.pipeline(transaction=True)
        pipeline.sadd(_key(account, group, "closed"), window.upper.isoformat())
        pipeline.set(_key(account, group, "scanned"), window.upper.isoformat(), ex=86400)
        pipeline.delete(_key(account, group, "window"))
        pipeline.execute()

    def landed(self, account: str, groups: Sequence[str], order_id: str, updated: datetime) -> None:
        """The order is in Odoo, parked, or none of ours, in this version: nothing waits for it any more."""
        self._store.set(_landed(account, order_id), updated.isoformat(), ex=_LANDED_SECONDS)
        self.rested(account, order_id)
        for group in groups:
            for upper in self._open(account, group):
                key = _waiting(account, group, upper)
                awaited = self._store.hget(key, order_id)
                if awaited is not None and _time(_text(awaited)) <= updated:
                    self._store.hdel(key, order_id)

    def fresh(self, account: str, orders: Sequence[tuple[str, datetime]]) -> list[tuple[str, datetime]]:
        """Return those of `orders` that have not landed in this or a newer version lately."""
        if not orders:
            return []
        stored = self._store.mget([_landed(account, order_id) for order_id, _ in orders])
        return [
            order for order, seen in zip(orders, stored, strict=True) if seen is None or _time(_text(seen)) < order[1]
        ]

    def complete(self, account: str, group: str) -> datetime | None:
        """Drop the complete windows at the front; return up to when everything has landed, None if none was complete.

        A window behind an incomplete one waits for it: the cursor never passes an order that has not landed.
        """
        reached = None
        for upper in self._open(account, group):
            closed = self._store.sismember(_key(account, group, "closed"), upper.isoformat())
            if not closed or self._store.hlen(_waiting(account, group, upper)):
                break
            reached = upper
        return reached

    def busy(self, account: str, group: str, until: datetime) -> bool:
        """Whether any window up to `until` held an order."""
        held = {_time(_text(raw)) for raw in self._store.smembers(_key(account, group, "busy"))}
        return any(upper <= until for upper in held)

    def forget_until(self, account: str, group: str, upper: datetime) -> None:
        """The cursor is written: drop the windows up to `upper`."""
        for done in self._open(account, group):
            if done <= upper:
                self._drop(account, group, done)

    def attempted(self, account: str, order_id: str) -> None:
        """A task is busy with the order, or waits for its next attempt."""
        self._store.set(_attempt(account, order_id), "1", ex=_ATTEMPT_SECONDS)

    def idle(self, account: str, order_id: str) -> bool:
        """Whether no task seems to have the order."""
        return not self._store.exists(_attempt(account, order_id))

    def rested(self, account: str, order_id: str) -> None:
        """The order's task has ended for good."""
        self._store.delete(_attempt(account, order_id))

    def stranded(self, account: str, group: str) -> list[tuple[str, datetime]]:
        """Return orders that are waited for although no task seems to have them: their messages were lost.

        Looks once a minute, whoever asks: between two looks nothing is returned.
        """
        if not self._store.set(_key(account, group, "looked"), "1", nx=True, ex=_LOOK_SECONDS):
            return []
        found: dict[str, datetime] = {}
        for upper in self._open(account, group):
            for order_id, updated in self._store.hgetall(_waiting(account, group, upper)).items():
                found[_text(order_id)] = _time(_text(updated))
        if not found:
            return []
        busy = self._store.mget([_attempt(account, order_id) for order_id in found])
        return [order for order, mark in zip(found.items(), busy, strict=True) if mark is None]

    def waiting(self, account: str, group: str) -> int:
        """How many orders are read but have not landed."""
        return sum(self._store.hlen(_waiting(account, group, upper)) for upper in self._open(account, group))

    def _drop_abandoned(self, account: str, group: str) -> None:
        for upper in self._open(account, group):
            if not self._store.sismember(_key(account, group, "closed"), upper.isoformat()):
                self._drop(account, group, upper)

    def _drop(self, account: str, group: str, upper: datetime) -> None:
        pipeline = self._store.pipeline(transaction=True)
        pipeline.zrem(_key(account, group, "open"), upper.isoformat())
        pipeline.srem(_key(account, group, "closed"), upper.isoformat())
        pipeline.srem(_key(account, group, "busy"), upper.isoformat())
        pipeline.delete(_waiting(account, group, upper))
        pipeline.execute()

    def _open(self, account: str, group: str) -> list[datetime]:
        return [_time(_text(raw)) for raw in self._store.zrange(_key(account, group, "open"), 0, -1)]


def _key(account: str, group: str, part: str) -> str:
    return f"amz:lane:{account}:{group}:{part}"


def _waiting(account: str, group: str, upper: datetime) -> str:
    return _key(account, group, f"waiting:{upper.isoformat()}")


def _landed(account: str, order_id: str) -> str:
    return f"amz:landed:{account}:{order_id}"


def _attempt(account: str, order_id: str) -> str:
    return f"amz:attempt:{account}:{order_id}"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _text(raw: object) -> str:
    return raw.decode() if isinstance(raw, bytes) else str(raw)
