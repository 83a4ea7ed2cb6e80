"""Short locks, an economy only: what they protect is safe without them.

A lock lives for seconds and is renewed while its holder lives: what a killed process worked on is free again soon, and
long work does not lose its lock.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

# A holder that was killed keeps its locks so long, and one that lives renews them three times in that time.
LOCK_SECONDS: Final = 15.0
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
_RENEW = """
for i, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[i + 1] then redis.call('PEXPIRE', key, ARGV[1]) end
end
"""


class Locks:
    """Named locks that expire by themselves when their holder dies. Thread-safe."""

    def __init__(self, store: redis.Redis, seconds: float = LOCK_SECONDS) -> None:
        self._store = store
        self._seconds = seconds
        self._release = store.register_script(_RELEASE)
        self._renew = store.register_script(_RENEW)
        self._guard = threading.Lock()
        self._held: dict[tuple[str, str], None] = {}
        self._renewing = 0  # the process whose thread renews: none survives a fork

    @contextmanager
    def several(self, names: Sequence[str]) -> Iterator[frozenset[str]]:
        """Try to hold the locks `names`; yields those that were got, without waiting."""
        token = secrets.token_hex(8)
        pipeline = self._store.pipeline(transaction=False)
        for name in names:
            pipeline.set(_key(name), token, nx=True, px=self._milliseconds)
        got = frozenset(name for name, taken in zip(names, pipeline.execute(), strict=True) if taken)
        mine = dict.fromkeys((_key(name), token) for name in got)
        with self._guard:
            self._held |= mine
            self._start_renewing()
        try:
            yield got
        finally:
            with self._guard:
                for held in mine:
                    self._held.pop(held, None)
            for name in got:
                self._release(keys=[_key(name)], args=[token])

    @property
    def _milliseconds(self) -> int:
        return int(self._seconds * 1000)

    def _start_renewing(self) -> None:
        """With the guard held: start the thread that renews, unless it runs; it ends when nothing is held."""
        if self._held and self._renewing != os.getpid():
            self._renewing = os.getpid()
            threading.Thread(target=self._renew_all, name="locks", daemon=True).start()

    def _renew_all(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(self._seconds / 3)
            with self._guard:
                held = list(self._held)
                if not held:
                    self._renewing = 0
                    return
            try:
                self._renew(keys=[key for key, _ in held], args=[self._milliseconds, *(token for _, token in held)])
            # OSError, ValueError: a connection that another thread closed meanwhile, as at the end.
            except (RedisError, OSError, ValueError) as error:
                log.info("locks are not renewed: %s", type(error).__name__, extra={"once": "locks not renewed"})


def _key(name: str) -> str:
    return f"amz:lock:{name}"
