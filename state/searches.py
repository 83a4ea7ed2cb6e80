"""How far the search of each lane is: the search in progress, the one before, the time between two, backfills.

All of this may vanish: the cursor in Odoo says from where to begin again, and a backfill may be asked for again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import redis
from redis.client import Pipeline

from state.window import Window, lane_key, moment_of, readable, text_of

_ASKED_SECONDS = 30 * 86400
_DAY = 86400.0


class Searches:
    """The searches of all lanes."""

    def __init__(self, store: redis.Redis) -> None:
        self._store = store

    def window(self, account: str, group: str) -> Window | None:
        """Return the search in progress, if there is one."""
        stored = self._store.get(lane_key(account, group, "window"))
        return readable(Window.read, stored)

    def scanned(self, account: str, group: str) -> datetime | None:
        """Return up to when all pages were read (not: landed), or None."""
        stored = self._store.get(lane_key(account, group, "scanned"))
        return readable(moment_of, stored)

    def restart(self, account: str, group: str) -> None:
        """Forget the search in progress and how far was read: the next search begins at the cursor in Odoo."""
        self._store.delete(*(lane_key(account, group, part) for part in ("window", "scanned", "cursor")))

    def interval(self, account: str, group: str) -> float | None:
        """Return the seconds that lay between the last two searches, as `set_interval` said."""
        stored = self._store.get(lane_key(account, group, "interval"))
        return readable(_seconds, stored)

    def set_interval(self, account: str, group: str, seconds: float) -> None:
        """Remember for a day how long the lane waits for its next search."""
        self._store.set(lane_key(account, group, "interval"), seconds, ex=86400)

    # ------------------------------------------------------------ searches of the past: backfills, reconciliations
    def ask(self, account: str, lane: str, asked: Window) -> Window:
        """Note that everything of `asked` is to be searched by `lane`; with a search under way both are made one.

        Return what is searched in all.
        """
        before = self.asked(account, lane)
        if before is not None:
            asked = Window(lower=min(before.lower, asked.lower), upper=max(before.upper, asked.upper))
        self._store.set(lane_key(account, lane, "asked"), asked.written(), ex=_ASKED_SECONDS)
        self._store.delete(lane_key(account, lane, "window"), lane_key(account, lane, "scanned"))
        return asked

    def asked(self, account: str, lane: str) -> Window | None:
        """Return what `lane`, which searches the past, is to search; None when it has nothing to do."""
        stored = self._store.get(lane_key(account, lane, "asked"))
        return readable(Window.read, stored)

    def end(self, account: str, lane: str, done: Window) -> bool:
        """`lane` has searched `done`; return whether that was all, and nothing more was asked for meanwhile."""
        keys = [lane_key(account, lane, part) for part in ("asked", "window", "scanned")]
        return self._if_kept(keys[0], done, lambda pipeline: pipeline.delete(*keys))

    # ------------------------------------------------------------ the cursor in Odoo
    def cursor(self, account: str, group: str) -> datetime | None:
        """Return the cursor in Odoo as it was written last, None if that is not known here."""
        stored = self._store.get(lane_key(account, group, "cursor"))
        return readable(moment_of, stored)

    def set_cursor(self, account: str, group: str, until: datetime) -> None:
        """Remember for a day what the cursor in Odoo says, so that Odoo need not be asked each time."""
        self._store.set(lane_key(account, group, "cursor"), until.isoformat(), ex=86400)

    def _if_kept(self, key: str, window: Window, note: Callable[[Pipeline], object]) -> bool:
        """Do what `note` puts into the pipeline, all or nothing, if `window` is what `key` keeps; return whether."""

        def guarded(pipeline: Pipeline) -> Any:
            stored = pipeline.get(key)
            kept = stored is not None and text_of(stored) == window.written()
            pipeline.multi()
            if kept:
                note(pipeline)
            return kept

        return bool(self._store.transaction(guarded, key, value_from_callable=True))


def _seconds(stored: object) -> float:
    seconds = float(text_of(stored))
    if not 0 <= seconds < _DAY:
        raise ValueError("no interval")
    return seconds
