"""The breaker of a database as its clients see it: asked often, so what it said last is good for a moment."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic

from redis.exceptions import RedisError

from domain.errors import DatabaseBroken, Unavailable
from state.breaker import Breaker

# Dozens of calls a second need not ask Redis dozens of times.
_GOOD_FOR = 0.5


class Watch:
    """Asks `breaker`, and tries the database by `trial` when it is this process' turn. Thread-safe.

    `trial` raises when the database still does not answer. Without Redis everybody may call: the breaker is an economy.
    """

    def __init__(self, breaker: Breaker, trial: Callable[[], None], clock: Callable[[], float] = monotonic) -> None:
        self._breaker = breaker
        self._trial = trial
        self._clock = clock
        self._lock = Lock()
        self._good_until = 0.0

    def check(self) -> None:
        """Raise Unavailable while the database is to be left alone."""
        with self._lock:
            if self._clock() < self._good_until:
                return
        try:
            admission = self._breaker.admit()
        except RedisError:
            return
        if admission.wait:
            raise Unavailable("Odoo does not answer", after=admission.wait, counted=False)
        if admission.trial:
            self._try()
        with self._lock:
            self._good_until = self._clock() + _GOOD_FOR

    def failed(self) -> None:
        """A call found the database away: everybody is to leave it alone for a while."""
        with self._lock:
            self._good_until = 0.0
        try:
            self._breaker.failed()
        except RedisError:
            return

    def _try(self) -> None:
        try:
            self._trial()
        except Unavailable:
            self.failed()
            raise
        except DatabaseBroken:  # an answer, if not the one we hoped for
            self._breaker.works()
            raise
        self._breaker.works()
