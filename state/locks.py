"""Short locks, an economy only: what they protect is safe without them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import redis

_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class Locks:
    """Named locks that expire by themselves when their holder dies."""

    def __init__(self, store: redis.Redis) -> None:
        self._store = store
        self._release = store.register_script(_RELEASE)

    @contextmanager
    def several(self, names: Sequence[str], seconds: float) -> Iterator[frozenset[str]]:
        """Try to hold the locks `names` for at most `seconds`; yields those that were got, without waiting."""
        token = secrets.token_hex(8)
        pipeline = self._store.pipeline(transaction=False)
        for name in names:
            pipeline.set(_key(name), token, nx=True, px=int(seconds * 1000))
        got = frozenset(name for name, taken in zip(names, pipeline.execute(), strict=True) if taken)
        try:
            yield got
        finally:
            for name in got:
                self._release(keys=[_key(name)], args=[token])


def _key(name: str) -> str:
    return f"amz:lock:{name}"
