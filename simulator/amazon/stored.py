"""An order as the world keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.amazon import clock
from simulator.amazon.progress import Raw

_NEEDED = frozenset({"orderId", "createdTime", "lastUpdatedTime", "salesChannel", "orderItems"})


class BadOrder(ValueError):
    """A raw order that lacks what every order has; the message names it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An order as it is now, and as it was before its last change (None when it never changed). Never mutated."""

    raw: Raw
    created: datetime
    updated: datetime
    before: Raw | None = None


def read_stored(raw: Any, *, before: Raw | None = None) -> Stored:
    """`raw` (not copied) with its times read.

    Raises BadOrder. Only what searching needs is checked, so that tests can put odd orders.
    """
    if not isinstance(raw, dict):
        raise BadOrder("an order is a JSON object")
    if _NEEDED - set(raw):
        raise BadOrder(f"missing: {', '.join(sorted(_NEEDED - set(raw)))}")
    if not isinstance(raw["salesChannel"], dict) or not isinstance(raw["orderItems"], list):
        raise BadOrder("salesChannel must be an object and orderItems a list")
    try:
        return Stored(raw, clock.read(raw["createdTime"]), clock.read(raw["lastUpdatedTime"]), before)
    except (TypeError, ValueError) as error:
        raise BadOrder("createdTime and lastUpdatedTime must be ISO 8601") from error
