"""Amazon's access tokens, shared by all processes, encrypted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import redis
from cryptography.fernet import Fernet, InvalidToken
from redis.exceptions import LockError

from domain.access_token import AccessToken
from domain.errors import RetryLater

# Longer than the token call's own time limits, so that a lock outlives the call it protects.
_LOCK_SECONDS = 30.0
_PATIENCE_SECONDS = 20.0


class Tokens:
    """The token store of `clients.amazon.tokens`, in Redis."""

    def __init__(self, store: redis.Redis, key: bytes) -> None:
        self._store = store
        self._cipher = Fernet(key)

    def get(self, key: str) -> AccessToken | None:
        """Return the token kept under `key`, or None; one written with another key counts as none."""
        stored = self._store.get(_key(key))
        if not isinstance(stored, bytes):
            return None
        try:
            values = json.loads(self._cipher.decrypt(stored))
        except (InvalidToken, TypeError):  # TypeError: what is no text at all
            return None
        return AccessToken(
            value=values["value"],
            obtained=datetime.fromisoformat(values["obtained"]),
            expires=datetime.fromisoformat(values["expires"]),
        )

    def put(self, key: str, token: AccessToken) -> None:
        """Keep `token` under `key` until it expires."""
        values = {
            "value": token.value,
            "obtained": token.obtained.isoformat(),
            "expires": token.expires.isoformat(),
        }
        seconds = max(1, int((token.expires - datetime.now(UTC)).total_seconds()))
        self._store.set(_key(key), self._cipher.encrypt(json.dumps(values).encode()), ex=seconds)

    def forget(self, key: str) -> None:
        """Drop what is kept under `key`."""
        self._store.delete(_key(key))

    @contextmanager
    def acquire(self, key: str) -> Iterator[None]:
        """Hold `key`'s lock for the block.

        Raises RetryLater (not counted) when another process holds it for too long.
        """
        lock = self._store.lock(f"{_key(key)}:lock", timeout=_LOCK_SECONDS, blocking_timeout=_PATIENCE_SECONDS)
        if not lock.acquire():
            raise RetryLater("another process is asking Amazon for the access token", after=5.0, counted=False)
        try:
            yield
        finally:
            with suppress(LockError):  # it expired, or Redis was wiped: nothing is left to release
                lock.release()


def _key(key: str) -> str:
    return f"amz:token:{key}"
