"""Where each lane stands: which page comes next, and what has not landed yet. When it is due: `state.schedule`.

All of this may vanish: the cursor in Odoo says from where to begin again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

import redis
from redis.client import Pipeline

from state.searches import Searches
from state.window import (
    Window,
    attempt_key,
    landed_key,
    lane_key,
    lane_name,
    lane_of,
    lanes_of,
    moment_of,
    text_of,
    waiting_key,
)

# redis-py's type of a hash's keys and values
_Cell = bytes | bytearray | memoryview | str | int | float

_LANDED_SECONDS = 86400
# An order that nobody speaks of any more waits for its turn again after this; one that waits already does so once.
_ATTEMPT_SECONDS = 300
_LOOK_SECONDS = 15
_WINDOW_SECONDS = 86000
# Lanes in which something may be complete, and lanes that wait for orders (with the time of the next look at them).
_MOVED = "amz:lanes:moved"
_HOLDING = "amz:lanes:holding"
# KEYS: landed, attempt, moved. ARGV: order, version, seconds, prefix, account, lanes. Versions are UTC in ISO form:
# in the order of time they are in the order of the alphabet.
_LANDED = """
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
redis.call('DEL', KEYS[2])
for i = 6, #ARGV do
  local lane = ARGV[4] .. ARGV[i]
  for _, upper in ipairs(redis.call('ZRANGE', lane .. ':open', 0, -1)) do
    local waiting = lane .. ':waiting:' .. upper
    local awaited = redis.call('HGET', waiting, ARGV[1])
    if awaited and awaited <= ARGV[2] then
      redis.call('HDEL', waiting, ARGV[1])
      if redis.call('EXISTS', waiting) == 0 then redis.call('SADD', KEYS[3], ARGV[5] .. ' ' .. ARGV[i]) end
    end
  end
end
"""


class Landed(NamedTuple):
    """An order in a version that is in Odoo, parked, or none of ours; `groups`: its account's fetch groups."""

    account: str
    groups: Collection[str]
    order_id: str
    updated: datetime


class Lanes(Searches):
    """The lanes of all accounts: one per account and fetch group, one per backfill and reconciliation."""

    def __init__(self, store: redis.Redis) -> None:
        super().__init__(store)
        self._landed = store.register_script(_LANDED)

    # ------------------------------------------------------------ the search in progress
    def set_window(self, account: str, group: str, window: Window) -> None:
        """Remember the search in progress. Amazon's page tokens live 24 hours, so it does too.

        With its first page the windows that were never read to their end are dropped: it covers what they did, and
        the cursor would wait for them for ever.
        """
        if not window.page_token:
            self._drop_abandoned(account, group)
        self._store.set(lane_key(account, group, "window"), window.written(), ex=_WINDOW_SECONDS)

    # ------------------------------------------------------------ what has not landed
    def expect(self, account: str, group: str, window: Window, orders: Iterable[tuple[str, datetime]]) -> bool:
        """Add a page's orders to what `window` waits for.

        False, and nothing is noted, when `window` is not the search in progress any more: another task read that page,
        or Redis was wiped meanwhile. What stood here then is gone, and a later page must not speak for it.
        """
        by_time = sorted(orders, key=lambda order: order[1])
        waiting: dict[_Cell, _Cell] = {key: updated.astimezone(UTC).isoformat() for key, updated in by_time}

        def note(pipeline: Pipeline) -> None:
            pipeline.zadd(lane_key(account, group, "open"), {window.upper.isoformat(): window.upper.timestamp()})
            for order_id in waiting:
                pipeline.set(attempt_key(account, str(order_id)), "1", ex=_ATTEMPT_SECONDS)
            if waiting:
                pipeline.sadd(lane_key(account, group, "busy"), window.upper.isoformat())
                pipeline.hset(waiting_key(account, group, window.upper), mapping=waiting)
                pipeline.zadd(_HOLDING, {lane_name(account, group): 0}, nx=True)

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
            pipeline.sadd(_MOVED, lane_name(account, group))

        return self._if_current(account, group, window, note)

    def _if_current(self, account: str, group: str, window: Window, note: Callable[[Pipeline], object]) -> bool:
        return self._if_kept(lane_key(account, group, "window"), window, note)

    def landed(self, account: str, groups: Collection[str], order_id: str, updated: datetime) -> None:
        """The order is in Odoo, parked, or none of ours, in this version: nothing waits for it any more."""
        self.all_landed([Landed(account, groups, order_id, updated)])

    def all_landed(self, orders: Iterable[Landed]) -> None:
        """As `landed`, for many orders; each is noted by itself, but sent together."""
        pipeline = self._store.pipeline(transaction=False)
        for one in orders:
            version = one.updated.astimezone(UTC).isoformat()
            lanes = [lane for group in one.groups for lane in lanes_of(group)]
            self._landed(
                keys=[landed_key(one.account, one.order_id), attempt_key(one.account, one.order_id), _MOVED],
                args=[one.order_id, version, _LANDED_SECONDS, f"amz:lane:{one.account}:", one.account, *lanes],
                client=pipeline,
            )
        pipeline.execute()

    def fresh(self, account: str, orders: Sequence[tuple[str, datetime]]) -> list[tuple[str, datetime]]:
        """Return those of `orders` that have not landed in this or a newer version lately."""
        if not orders:
            return []
        stored = self._store.mget([landed_key(account, order_id) for order_id, _ in orders])
        return [order for order, seen in zip(orders, stored, strict=True) if seen is None or moment_of(seen) < order[1]]

    def moved(self, most: int) -> list[tuple[str, str]]:
        """Take up to `most` lanes in which something may have become complete, each once."""
        return [lane_of(name) for name in self._store.spop(_MOVED, most) or ()]

    def move_again(self, account: str, group: str) -> None:
        """What is complete could not be used: say so again later."""
        self._store.sadd(_MOVED, lane_name(account, group))

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

    def attempted(self, account: str, *order_ids: str, wait: float = 0.0) -> None:
        """Tasks are busy with the orders, or begin their next attempt in `wait` seconds."""
        pipeline = self._store.pipeline(transaction=False)
        for order_id in order_ids:
            pipeline.set(attempt_key(account, order_id), "1", ex=round(wait) + _ATTEMPT_SECONDS)
        pipeline.execute()

    def idle(self, account: str, order_id: str) -> bool:
        """Whether no task seems to have the order."""
        return not self._store.exists(attempt_key(account, order_id))

    def rested(self, account: str, order_id: str) -> None:
        """The order's task has ended for good."""
        self._store.delete(attempt_key(account, order_id))

    def to_look_at(self, now: datetime, most: int) -> list[tuple[str, str]]:
        """Return up to `most` lanes in which an order's message may have been lost, each once in a while."""
        found = self._store.zrangebyscore(_HOLDING, "-inf", now.timestamp(), start=0, num=most)
        names = [text_of(name) for name in found]
        if names:
            self._store.zadd(_HOLDING, dict.fromkeys(names, now.timestamp() + _LOOK_SECONDS), xx=True)
        return [lane_of(name) for name in names]

    def stranded(self, account: str, group: str) -> list[tuple[str, datetime]]:
        """Return orders that are waited for although no task seems to have them: their messages were lost."""
        found: dict[str, datetime] = {}
        for upper in self._open(account, group):
            for order_id, updated in self._store.hgetall(waiting_key(account, group, upper)).items():
                found[text_of(order_id)] = moment_of(updated)
        if not found:
            self._store.zrem(_HOLDING, lane_name(account, group))
            return []
        busy = self._store.mget([attempt_key(account, order_id) for order_id in found])
        return [order for order, mark in zip(found.items(), busy, strict=True) if mark is None]

    def waiting(self, account: str, group: str) -> int:
        """How many orders are read but have not landed; one that changed since, and was read again, counts once."""
        keys = [waiting_key(account, group, upper) for upper in self._open(account, group)]
        if len(keys) == 1:
            return self._store.hlen(keys[0])
        return len({order_id for key in keys for order_id in self._store.hkeys(key)})

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
