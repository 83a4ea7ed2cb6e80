"""Amazon's raw orders made to measure for flow tests: what a test changes is an argument."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

Raw = dict[str, Any]


def stamp(*, minutes_ago: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def money(amount: Decimal | str) -> dict[str, str]:
    return {"amount": f"{Decimal(amount):.2f}", "currencyCode": "EUR"}


def item(number: int, quantity: int, **amounts: str) -> Raw:
    """An item whose parts are `amounts` by Amazon's word; nothing is paid for an item without any."""
    parts = [{"type": word, "subtotal": money(amount)} for word, amount in amounts.items()]
    raw: Raw = {
        "orderItemId": str(40_000_000_000_000 + number),
        "quantityOrdered": quantity,
        "product": {"asin": "B000000001", "sellerSku": f"CHANGE-{number % 10}", "title": f"Thing {number % 10}"},
        "proceeds": {
            "proceedsTotal": money(sum((Decimal(amount) for amount in amounts.values()), Decimal(0))),
            "breakdowns": parts,
        },
        "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": quantity},
    }
    if not quantity:
        raw["cancellation"] = {"cancellationExecution": {"cancelledBy": "MERCHANT", "cancelReason": "NO_INVENTORY"}}
    return raw


def order(number: int, *items: Raw, minutes_ago: float = 30, street: str = "Hauptstr. 5") -> Raw:
    """An order of Amazon.de that the seller is to ship."""
    total = sum((Decimal(one["proceeds"]["proceedsTotal"]["amount"]) for one in items), Decimal(0))
    window = {"earliestDateTime": stamp(minutes_ago=0), "latestDateTime": stamp(minutes_ago=-2880)}
    return {
        "orderId": f"302-5550000-{number:07}",
        "createdTime": stamp(minutes_ago=60),
        "lastUpdatedTime": stamp(minutes_ago=minutes_ago),
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1PA6795UKMFR9", "marketplaceName": "Amazon.de"},
        "buyer": {"buyerName": "Erika Mustermann", "buyerEmail": f"changes{number}@marketplace.amazon.de"},
        "recipient": {
            "deliveryAddress": {
                "name": "Erika Mustermann",
                "addressLine1": street,
                "city": "Berlin",
                "postalCode": "10115",
                "countryCode": "DE",
            }
        },
        "fulfillment": {
            "fulfillmentStatus": "UNSHIPPED",
            "fulfilledBy": "MERCHANT",
            "fulfillmentServiceLevel": "STANDARD",
            "shipByWindow": window,
        },
        "orderItems": list(items),
        "proceeds": {"grandTotal": money(total), "breakdowns": []},
    }


def later(raw: Raw, *items: Raw, minutes_ago: float = 3.5, **changes: Any) -> Raw:
    """A newer version of `raw` with other items, or the same."""
    number = int(raw["orderId"].rpartition("-")[2])
    newer = order(number, *(items or copy.deepcopy(raw["orderItems"])), minutes_ago=minutes_ago, **changes)
    return newer | {"createdTime": raw["createdTime"]}
