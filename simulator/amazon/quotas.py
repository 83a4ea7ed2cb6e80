"""Usage plans: a token bucket per seller and operation, and what was counted."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

_TIMES = 5000


@dataclass(frozen=True, slots=True)
class Plan:
    """A usage plan: `rate` calls a second are added, up to `burst`."""

    rate: float
    burst: int


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float


class Quotas:
    """Buckets that start full, and counters per (seller, operation). Thread-safe.

    `speed` multiplies every rate; `clock` gives seconds and never goes back.
    """

    def __init__(self, *, speed: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self._speed = speed
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._calls: Counter[tuple[str, str]] = Counter()
        self._throttled: Counter[tuple[str, str]] = Counter()
        self._times: dict[tuple[str, str], deque[float]] = {}
        self._lock = threading.Lock()

    def rate(self, plan: Plan) -> float:
        """Calls a second that `plan` gives here: what x-amzn-RateLimit-Limit says."""
        return plan.rate * self._speed

    def take(self, seller: str, operation: str, plan: Plan) -> bool:
        """Count a call; whether it is within the quota (and then used a token)."""
        key = (seller, operation)
        now = self._clock()
        with self._lock:
            self._calls[key] += 1
            self._times.setdefault(key, deque(maxlen=_TIMES)).append(time.time())
            bucket = self._buckets.setdefault(key, _Bucket(float(plan.burst), now))
            bucket.tokens = min(float(plan.burst), bucket.tokens + (now - bucket.filled) * self.rate(plan))
            bucket.filled = now
            if bucket.tokens < 1:
                self._throttled[key] += 1
                return False
            bucket.tokens -= 1
            return True

    def count(self, seller: str, operation: str) -> None:
        """Count a call that no usage plan limits."""
        with self._lock:
            self._calls[seller, operation] += 1

    def count_throttled(self, seller: str, operation: str) -> None:
        """Count a 429 that a fault, not the bucket, caused."""
        with self._lock:
            self._throttled[seller, operation] += 1

    def refill(self) -> None:
        """Fill every bucket; counters stay."""
        with self._lock:
            self._buckets.clear()

    def times(self, operation: str) -> dict[str, list[float]]:
        """{seller: seconds since the epoch}: when an operation was called, throttled or not; the last ones of many."""
        with self._lock:
            return {seller: list(times) for (seller, name), times in self._times.items() if name == operation}

    def counted(self) -> dict[str, dict[str, dict[str, int]]]:
        """{seller: {operation: {"calls": n, "throttled": n}}}; throttled calls are calls too."""
        answer: dict[str, dict[str, dict[str, int]]] = {}
        with self._lock:
            for (seller, operation), calls in sorted(self._calls.items()):
                throttled = self._throttled[seller, operation]
                answer.setdefault(seller, {})[operation] = {"calls": calls, "throttled": throttled}
        return answer
