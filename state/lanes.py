"""Where each fetch group stands: when it is due, who works on it, which page comes next, and what has not landed yet.

All of this may vanish: the cursor in Odoo says from where to begin again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import redis
from redis.client import Pipeline

from state.window import Window, attempt_key, landed_key, lane_key, moment_of, text_of, waiting_key

# redis-py's type of a hash's keys and values
_Cell = bytes | bytearray | memoryview | str | int | float

_LANDED_SECONDS = 86400
_ATTEMPT_SECONDS = 3600
_LOOK_SECONDS = 60
_WINDOW_SECONDS = 86000


class Lanes:
    """The lanes of all accounts: one per account and fetch group."""

    def __init__(self, store: redis.Redis) -> None:
        self._store = store

    # ------------------------------------------------------------ whose turn it is
    def due(self, account: str, group: str, now: datetime) -> bool:
        """Whether the lane may run now."""
        at = self._store.get(lane_key(account, group, "due"))
        return at is None or float(text_of(at)) <= now.timestamp()

    def set_due(self, account: str, group: str, at: datetime) -> None:
        """Nobody needs to look at the lane before `at`."""
        self._store.set(lane_key(account, group, "due"), at.timestamp(), ex=86400)

    def lease(self, account: str, group: str, seconds: float) -> bool:
        """Take the lane for one task; False when a task has it. It comes free by itself if that task dies."""
        return bool(self._store.set(lane_key(account, group, "lease"), "1", nx=True, px=int(seconds * 1000)))

    def release(self, account: str, group: str) -> None:
        """Give the lane back."""
        self._store.delete(lane_key(account, group, "lease"))

    # ------------------------------------------------------------ the search in progress
    def window(self, account: str, group: str) -> Window | None:
        """Return the search in progress, if there is one."""
        stored = self._store.get(lane_key(account, group, "window"))
        return None if stored is None else Window.read(stored)

    def set_window(self, account: str, group: str, window: Window) -> None:
        """Remember the search in progress. Amazon's page tokens live 24 hours, so it does too.

        With its first page the windows that were never read to their end are dropped: it covers what they did, and
        the cursor would wait for them for ever.
        """
        if not window.page_token:
            self._drop_abandoned(account, group)
        self._store.set(lane_key(account, group, "window"), window.written(), ex=_WINDOW_SECONDS)

    def scanned(self, account: str, group: str) -> datetime | None:
        """Return up to when all pages were read (not: landed), or None."""
        stored = self._store.get(lane_key(account, group, "scanned"))
        return None if stored is None else moment_of(stored)

    def restart(self, account: str, group: str) -> None:
        """Forget the search in progress and how far was read: the next search begins at the cursor in Odoo."""
        self._store.delete(*(lane_key(account, group, part) for part in ("window", "scanned", "due")))

    def rewind(self, account: str, group: str, since: datetime) -> None:
        """Let the next search begin at `since`, and look at orders again that have landed."""
        self.restart(account, group)
        self._store.set(lane_key(account, group, "scanned"), since.isoformat(), ex=86400)
        for key in self._store.scan_iter(landed_key(account, "*"), count=1000):
            self._store.delete(key)

    # ------------------------------------------------------------ what has not landed
    def expect(self, account: str, group: str, window: Window, orders: Iterable[tuple[str, datetime]]) -> bool:
        """Add a page's orders to what `window` waits for.

        False, and nothing is noted, when `window` is not the search in progress any more: another task read that page,
        or Redis was wiped meanwhile. What stood here then is gone, and a later page must not speak for it.
        """
        waiting: dict[_Cell, _Cell] = {
            order_id: updated.isoformat() for order_id, updated in sorted(orders, key=lambda order: order[1])
        }

        def note(pipeline: Pipeline) -> None:
            pipeline.zadd(lane_key(account, group, "open"), {window.upper.isoformat(): window.upper.timestamp()})
            for order_id in waiting:
                pipeline.set(attempt_key(account, str(order_id)), "1", ex=_ATTEMPT_SECONDS)
            if waiting:
                pipeline.sadd(lane_key(account, group, "busy"), window.upper.isoformat())
                pipeline.hset(waiting_key(account, group, window.upper), mapping=waiting)

        return self._if_current(account, group, window, note)

    def move_on(self, account: str, group: str, window: Window, page_token: str) -> bool:
        """Go on to the page `page_token`; without one all pages are read, and `window` is complete once nothing waits.

        To be called when the messages of the page's orders are sent: if the process dies before, the page is read
        again. False, and nothing is noted, when `window` is not the search in progress any more.
        """

        def note(pipeline: Pipeline) -> None:
            key = lane_key(account, group, "window")
            if page_token:
                pipeline.set(key, replace(window, page_token=page_token).written(), ex=_WINDOW_SECONDS)
                return
            pipeline.sadd(lane_key(account, group, "closed"), window.upper.isoformat())
            pipeline.set(lane_key(account, group, "scanned"), window.upper.isoformat(), ex=86400)
            pipeline.delete(key)

        return self._if_current(account, group, window, note)

    def _if_current(self, account: str, group: str, window: Window, note: Callable[[Pipeline], None]) -> bool:
        """Do what `note` puts into the pipeline, all or nothing, if `window` is the search in progress."""
        key = lane_key(account, group, "window")

        def guarded(pipeline: Pipeline) -> Any:
            stored = pipeline.get(key)
            current = stored is not None and text_of(stored) == window.written()
            pipeline.multi()
            if current:
                note(pipeline)
            return current

        return bool(self._store.transaction(guarded, key, value_from_callable=True))

    def landed(self, account: str, groups: Sequence[str], order_id: str, updated: datetime) -> None:
        """The order is in Odoo, parked, or none of ours, in this version: nothing waits for it any more."""
        self._store.set(landed_key(account, order_id), updated.isoformat(), ex=_LANDED_SECONDS)
        self.rested(account, order_id)
        for group in groups:
            for upper in self._open(account, group):
                key = waiting_key(account, group, upper)
                awaited = self._store.hget(key, order_id)
                if awaited is not None and moment_of(awaited) <= updated:
                    self._store.hdel(key, order_id)

    def fresh(self, account: str, orders: Sequence[tuple[str, datetime]]) -> list[tuple[str, datetime]]:
        """Return those of `orders` that have not landed in this or a newer version lately."""
        if not orders:
            return []
        stored = self._store.mget([landed_key(account, order_id) for order_id, _ in orders])
        return [order for order, seen in zip(orders, stored, strict=True) if seen is None or moment_of(seen) < order[1]]

    def complete(self, account: str, group: str) -> datetime | None:
        """Drop the complete windows at the front; return up to when everything has landed, None if none was complete.

        A window behind an incomplete one waits for it: the cursor never passes an order that has not landed.
        """
        reached = None
        for upper in self._open(account, group):
            closed = self._store.sismember(lane_key(account, group, "closed"), upper.isoformat())
            if not closed or self._store.hlen(waiting_key(account, group, upper)):
                break
            reached = upper
        return reached

    def busy(self, account: str, group: str, until: datetime) -> bool:
        """Whether any window up to `until` held an order."""
        held = {moment_of(raw) for raw in self._store.smembers(lane_key(account, group, "busy"))}
        return any(upper <= until for upper in held)

    def forget_until(self, account: str, group: str, upper: datetime) -> None:
        """The cursor is written: drop the windows up to `upper`."""
        for done in self._open(account, group):
            if done <= upper:
                self._drop(account, group, done)

    def attempted(self, account: str, order_id: str) -> None:
        """A task is busy with the order, or waits for its next attempt."""
        self._store.set(attempt_key(account, order_id), "1", ex=_ATTEMPT_SECONDS)

    def idle(self, account: str, order_id: str) -> bool:
        """Whether no task seems to have the order."""
        return not self._store.exists(attempt_key(account, order_id))

    def rested(self, account: str, order_id: str) -> None:
        """The order's task has ended for good."""
        self._store.delete(attempt_key(account, order_id))

    def stranded(self, account: str, group: str) -> list[tuple[str, datetime]]:
        """Return orders that are waited for although no task seems to have them: their messages were lost.

        Looks once a minute, whoever asks: between two looks nothing is returned.
        """
        if not self._store.set(lane_key(account, group, "looked"), "1", nx=True, ex=_LOOK_SECONDS):
            return []
        found: dict[str, datetime] = {}
        for upper in self._open(account, group):
            for order_id, updated in self._store.hgetall(waiting_key(account, group, upper)).items():
                found[text_of(order_id)] = moment_of(updated)
        if not found:
            return []
        busy = self._store.mget([attempt_key(account, order_id) for order_id in found])
        return [order for order, mark in zip(found.items(), busy, strict=True) if mark is None]

    def waiting(self, account: str, group: str) -> int:
        """How many orders are read but have not landed."""
        return sum(self._store.hlen(waiting_key(account, group, upper)) for upper in self._open(account, group))

    def _drop_abandoned(self, account: str, group: str) -> None:
        for upper in self._open(account, group):
            if not self._store.sismember(lane_key(account, group, "closed"), upper.isoformat()):
                self._drop(account, group, upper)

    def _drop(self, account: str, group: str, upper: datetime) -> None:
        pipeline = self._store.pipeline(transaction=True)
        pipeline.zrem(lane_key(account, group, "open"), upper.isoformat())
        pipeline.srem(lane_key(account, group, "closed"), upper.isoformat())
        pipeline.srem(lane_key(account, group, "busy"), upper.isoformat())
        pipeline.delete(waiting_key(account, group, upper))
        pipeline.execute()

    def _open(self, account: str, group: str) -> list[datetime]:
        return [moment_of(raw) for raw in self._store.zrange(lane_key(account, group, "open"), 0, -1)]
