"""What sellers told Amazon about their orders: counted, kept apart from what life did, and refused on demand."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from simulator.amazon.refusal import Refusal

REFUSED, CANCELLED, CANCELLATION_REFUSED = "refused", "cancelled", "cancellation_refused"
ACKNOWLEDGED = "acknowledged"


class Outbound:
    """Outcomes per seller, the packages told and when, the orders whose confirmations fail. Thread-safe.

    `clock` gives the seconds of the day's clock.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._moments: list[tuple[str, str, str, float]] = []
        self._outcomes: Counter[tuple[str, str]] = Counter()
        self._told: dict[tuple[str, str], Counter[str]] = {}
        self._blocked: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def block(self, seller_id: str, order_id: str, message: str) -> None:
        """From now on every confirmation of the order is refused with `message`; "" ends that."""
        with self._lock:
            self._blocked.pop((seller_id, order_id), None)
            if message:
                self._blocked[seller_id, order_id] = message

    def check(self, seller_id: str, order_id: str) -> None:
        """Raise Refusal for an order whose confirmations are to fail."""
        message = self._blocked.get((seller_id, order_id))
        if message:
            raise Refusal(message)

    def count(self, seller_id: str, outcome: str) -> None:
        """Note what became of something the seller told."""
        with self._lock:
            self._outcomes[seller_id, outcome] += 1

    def note_package(self, seller_id: str, order_id: str, reference: str) -> None:
        """Note a package that the seller told with success, once more."""
        with self._lock:
            self._moments.append((seller_id, order_id, reference, self._clock()))
            self._told.setdefault((seller_id, order_id), Counter())[reference] += 1

    def told(self, seller_id: str, order_id: str) -> dict[str, int]:
        """How often each package of the order was told with success, by its reference."""
        with self._lock:
            return dict(self._told.get((seller_id, order_id), {}))

    def moments(self, first: int = 0) -> list[tuple[str, str, str, float]]:
        """When packages were told with success, from number `first` on: seller, order, reference, seconds."""
        with self._lock:
            return self._moments[first:]

    def counted(self) -> dict[str, dict[str, Any]]:
        """{seller: {outcome: number}}."""
        answer: dict[str, dict[str, Any]] = {}
        with self._lock:
            for (seller_id, outcome), number in sorted(self._outcomes.items()):
                answer.setdefault(seller_id, {})[outcome] = number
        return answer
