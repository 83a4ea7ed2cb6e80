"""Orders as they come, before they are read: one that cannot be read must not fail the others of its page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from clients.amazon.wire import read_time

ORDER_ID: Final = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RawOrder:
    """An order as Amazon gave it, with what is needed to route it before it is read.

    `updated`: its lastUpdatedTime; `status`: Amazon's word, '' if absent; `document`: the whole order as JSON (UTF-8,
    personal data!); `rate`: the quota's rate in requests a second if this answer told it.
    """

    order_id: str
    updated: datetime
    marketplace_id: str
    status: str
    document: bytes = field(repr=False)
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a search. `next_token`: None on the last page; `unnamed`: entries without a readable order id.

    Nothing can be filed under an order without an id: the caller reports `unnamed` when it is not 0.
    """

    orders: tuple[RawOrder, ...]
    next_token: str | None
    rate: float | None
    unnamed: int = 0


def read_page(entries: Sequence[Any], *, next_token: str | None, rate: float | None, now: datetime) -> Page:
    """Return the page made of the raw `entries`; `now` is the version of an order whose times cannot be read."""
    found = [raw_order(entry, rate=None, now=now) for entry in entries]
    orders = tuple(order for order in found if order is not None)
    return Page(orders, next_token or None, rate, len(found) - len(orders))


def raw_order(entry: Any, *, rate: float | None, now: datetime) -> RawOrder | None:
    """Return an entry with its routing data, or None if it has no order id to file it under."""
    order_id = entry.get("orderId") if isinstance(entry, dict) else None
    if not isinstance(order_id, str) or not ORDER_ID.fullmatch(order_id):
        return None
    return RawOrder(
        order_id=order_id,
        updated=_version(entry, now),
        marketplace_id=_word(entry, "salesChannel", "marketplaceId"),
        status=_word(entry, "fulfillment", "fulfillmentStatus"),
        # ASCII escapes: half a surrogate pair is valid JSON but no UTF-8.
        document=json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode(),
        rate=rate,
    )


def _version(entry: Mapping[str, Any], now: datetime) -> datetime:
    """Return when the order was updated; an unreadable order needs a version too, so that it can be parked."""
    for name in ("lastUpdatedTime", "createdTime"):
        try:
            return read_time(entry.get(name))
        except ValueError:
            continue
    return now


def _word(entry: Mapping[str, Any], part: str, name: str) -> str:
    inner = entry.get(part)
    word = inner.get(name) if isinstance(inner, dict) else None
    return word.strip() if isinstance(word, str) else ""
