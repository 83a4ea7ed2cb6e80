"""What may happen to an order between two looks at it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from simulator.amazon import later, progress
from simulator.amazon.cancellations import cancel_item
from simulator.amazon.progress import Raw

TICK = timedelta(seconds=1)  # Amazon's times have whole seconds: the least by which a new version is newer


_SETTLED = frozenset({progress.PARTIALLY_SHIPPED, progress.SHIPPED, progress.CANCELLED, progress.UNFULFILLABLE})


def is_settled(order: Raw) -> bool:
    """Whether nothing happens to `order` any more by itself; nothing ever happens to one that tests put in broken."""
    whole = all(isinstance(item, dict) and "quantityOrdered" in item for item in order["orderItems"])
    fulfillment = order.get("fulfillment")
    if not whole or not isinstance(fulfillment, dict):
        return True
    return fulfillment.get("fulfillmentStatus") not in progress.STATUSES - _SETTLED


def step(order: Raw, *, at: datetime, seed: str) -> bool:
    """Perhaps change `order` (in place); whether it changed. The same seed and order give the same change.

    Its `lastUpdatedTime` is the caller's business.
    """
    rng = random.Random(f"life:{seed}")
    if is_settled(order):
        return False
    status, draw = progress.status_of(order), rng.random()
    if status == progress.PENDING_AVAILABILITY and draw < 0.1:
        target = progress.PENDING
    elif status == progress.PENDING and draw < 0.6:
        target = _after_payment(order, draw)
    elif status == progress.UNSHIPPED and not progress.is_merchant(order) and draw < 0.5:
        target = progress.SHIPPED
    elif status == progress.UNSHIPPED and progress.is_merchant(order):
        return _in_sellers_hands(order, draw, at=at, rng=rng)
    else:
        return False
    progress.set_status(order, target, at=at, rng=rng)
    return True


def _after_payment(order: Raw, draw: float) -> str:
    if draw < 0.05:
        return progress.CANCELLED
    if not progress.is_merchant(order) and draw < 0.25:
        return progress.SHIPPED
    return progress.UNSHIPPED


def _in_sellers_hands(order: Raw, draw: float, *, at: datetime, rng: random.Random) -> bool:
    if draw < 0.06:
        progress.set_status(order, progress.CANCELLED, at=at, rng=rng)
    elif draw < 0.08:
        progress.request_cancellation(order)
    elif draw < 0.10 and _can_lose_an_item(order):
        cancel_item(order, order["orderItems"][-1], "NO_INVENTORY")
    else:
        return _changed(order, draw, rng)
    return True


def _changed(order: Raw, draw: float, rng: random.Random) -> bool:
    for below, change in ((0.14, later.lower), (0.17, later.move), (0.19, later.postpone)):
        if draw < below:
            return change(order, rng)
    return False


def _can_lose_an_item(order: Raw) -> bool:
    items = order["orderItems"]
    return "proceeds" in order and len(items) > 1 and items[-1]["quantityOrdered"] > 0
