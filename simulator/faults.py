"""Faults on demand, shared by both simulated servers: a seeded, bounded registry."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

ANY = "*"
LIMIT = 200


class BadFault(ValueError):
    """A fault that cannot be registered; the message says which rule it breaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of misbehaviour waiting for calls.

    `operation`: the operation it hits, or "*"; `kind`: a word of the server's own list; `times`: calls it may still
    hit, None for no end; `probability`: chance per matching call; `seller`: whose calls (account, database), "" for
    everybody's; `seconds`: how long, for kinds that take time.
    """

    operation: str
    kind: str
    times: int | None = 1
    probability: float = 1.0
    seller: str = ""
    seconds: float = 0.0

    def matches(self, operation: str, seller: str) -> bool:
        """Whether a call of `operation` by `seller` may be hit."""
        return self.operation in {ANY, operation} and self.seller in {"", seller}


@dataclass(slots=True)
class _Entry:
    fault: Fault
    left: int | None


class FaultRegistry:
    """Faults in the order they were added; the first that matches, has calls left and wins its chance is taken.

    Thread-safe. The same seed and the same calls give the same faults. `kinds`: the words the server understands.
    """

    def __init__(self, kinds: Collection[str], *, seed: int = 0) -> None:
        self._kinds = frozenset(kinds)
        self._random = random.Random(f"faults:{seed}")
        self._entries: list[_Entry] = []
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Register `fault`. Raises BadFault for an unknown kind, a number out of range, or a full registry."""
        if fault.kind not in self._kinds:
            raise BadFault(f"unknown kind {fault.kind!r}; known: {', '.join(sorted(self._kinds))}")
        if fault.times is not None and fault.times < 1:
            raise BadFault("times must be at least 1")
        if not 0 < fault.probability <= 1:
            raise BadFault("probability must be above 0 and at most 1")
        if not 0 <= fault.seconds <= 600:
            raise BadFault("seconds must lie between 0 and 600")
        with self._lock:
            if len(self._entries) >= LIMIT:
                raise BadFault(f"more than {LIMIT} faults are waiting")
            self._entries.append(_Entry(fault, fault.times))

    def take(self, operation: str, seller: str = "", *, kinds: Collection[str] | None = None) -> Fault | None:
        """The fault this call runs into, counted as used, or None. `kinds` narrows what makes sense at this point."""
        with self._lock:
            for entry in self._entries:
                fault = entry.fault
                if not fault.matches(operation, seller) or (kinds is not None and fault.kind not in kinds):
                    continue
                if fault.probability < 1 and self._random.random() >= fault.probability:
                    continue
                if entry.left is not None:
                    entry.left -= 1
                    if not entry.left:
                        self._entries.remove(entry)
                self._taken[fault.kind] += 1
                return fault
        return None

    def clear(self) -> int:
        """Forget every waiting fault; returns how many there were. What was taken stays counted."""
        with self._lock:
            number = len(self._entries)
            self._entries.clear()
        return number

    def waiting(self) -> list[dict[str, Any]]:
        """The waiting faults as JSON objects, `times` being the calls left."""
        with self._lock:
            return [asdict(entry.fault) | {"times": entry.left} for entry in self._entries]

    def taken(self) -> dict[str, int]:
        """How often each kind was taken."""
        with self._lock:
            return dict(self._taken)


def read_fault(data: Any) -> Fault:
    """A fault from the JSON body of a control request. Raises BadFault where a field is missing or of a wrong type.

    `times` may be left out: one call, or without end where a probability below 1 is given.
    """
    if not isinstance(data, dict):
        raise BadFault("a fault is a JSON object")
    unknown = set(data) - {"operation", "kind", "times", "probability", "seller", "seconds"}
    if unknown:
        raise BadFault(f"unknown fields: {', '.join(sorted(unknown))}")
    try:
        probability = float(data.get("probability", 1.0))
        times = data.get("times", 1 if probability == 1 else None)
        return Fault(
            operation=str(data.get("operation", ANY)),
            kind=str(data["kind"]),
            times=None if times is None else int(times),
            probability=probability,
            seller=str(data.get("seller") or ""),
            seconds=float(data.get("seconds", 0.0)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadFault(f"unreadable fault: {error!r}") from error
