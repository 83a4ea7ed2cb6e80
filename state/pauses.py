"""Accounts that are left alone: broken ones are tried again by themselves, those that a person stopped are not."""

from __future__ import annotations

import redis

_FIRST_SECONDS = 30.0
_LONGEST_SECONDS = 600.0
_DOUBLINGS = 5
_REMEMBERED_SECONDS = 30 * 86400
# How long to wait before asking again whether a person still wants an account stopped.
_STOPPED_SECONDS = 300.0


class Pauses:
    """Which accounts are paused. The time between two tries doubles up to ten minutes."""

    def __init__(self, store: redis.Redis) -> None:
        self._store = store

    def pause(self, account: str, reason: str) -> bool:
        """Leave `account` alone for a while; return whether this is news (a new pause, or another reason).

        What fails while the account is paused already (tasks of the same moment) is no new try and prolongs nothing.
        An account that a person stopped stays so, and that it fails is no news.
        """
        if self.stopped(account):
            return False
        before = self._store.set(_key(account, "reason"), reason, ex=_REMEMBERED_SECONDS, get=True)
        if not self._store.exists(_key(account, "paused")):
            tries = int(self._store.incr(_key(account, "tries")))
            self._store.expire(_key(account, "tries"), _REMEMBERED_SECONDS)
            doublings = min(tries - 1, _DOUBLINGS)  # bounded: 2 ** 1100 is no float
            seconds = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2**doublings)
            self._store.set(_key(account, "paused"), "1", px=int(seconds * 1000), nx=True)
        return not isinstance(before, bytes) or before.decode() != reason

    def paused(self, account: str) -> float:
        """Return for how many seconds the account is still to be left alone; 0 when it may be tried."""
        pipeline = self._store.pipeline(transaction=False)  # one round trip, as every order asks
        pipeline.exists(_key(account, "stopped"))
        pipeline.pttl(_key(account, "paused"))
        stopped, left = pipeline.execute()
        return _STOPPED_SECONDS if stopped else max(0.0, int(left) / 1000)

    def reason(self, account: str) -> str:
        """Return why the account is stopped, or was paused last; '' when it works."""
        stored = self._store.get(_key(account, "stopped")) or self._store.get(_key(account, "reason"))
        return stored.decode(errors="replace") if isinstance(stored, bytes) else ""

    def works(self, account: str) -> bool:
        """The account was used with success; return whether it had been paused before (not: stopped)."""
        found = self._store.delete(*(_key(account, part) for part in ("tries", "reason", "paused")))
        return bool(found) and not self.stopped(account)

    def stop(self, account: str, reason: str) -> None:
        """Leave `account` alone until `start`. Odoo keeps that too; here it is for tasks to see."""
        self._store.set(_key(account, "stopped"), reason)

    def start(self, account: str) -> bool:
        """Let a stopped account work again, at once; return whether it was stopped. Another pause goes on."""
        if not self._store.delete(_key(account, "stopped")):
            return False
        self.works(account)
        return True

    def stopped(self, account: str) -> bool:
        """Whether a person stopped the account."""
        return bool(self._store.exists(_key(account, "stopped")))


def _key(account: str, part: str) -> str:
    return f"amz:pause:{account}:{part}"
