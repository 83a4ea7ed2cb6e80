"""Odd orders: kinds, statuses, programmes, items and dates out of the ordinary."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from domain.marketplace import Marketplace
from domain.money import ZERO
from simulator.amazon import progress
from simulator.amazon.clock import read
from simulator.amazon.oddities.kind import Oddity
from simulator.amazon.proceeds import Line, item_proceeds, money, order_proceeds
from simulator.amazon.progress import Raw

# Those whose point is a word that Amazon's model does not list.
OFF_MODEL: Final = frozenset({"unknown-status", "unknown-fulfiller"})
# What becomes of orders that only a person can judge.
PARKED: Final[Mapping[str, str]] = {"unknown-status": "unknown_status", "unknown-fulfiller": "unknown_status"}

_MANY: Final = 60
_LONG_AGO: Final = "1995-01-01T00:00:00Z"
_MEASURES: Final = (("KILOGRAMS", 1.5), ("METERS", 12), ("FLUID_OUNCES", 16.9), ("SQUARE_FEET", 0.25))


def _vine(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """Units for reviewers: all of the price is a discount, and nothing is charged for shipping."""
    del rng
    for item in order["orderItems"]:
        parts = item["proceeds"]["breakdowns"]
        goods = sum((Decimal(part["subtotal"]["amount"]) for part in parts if part["type"] == "ITEM"), ZERO)
        item["proceeds"] = item_proceeds(Line(item=goods, item_discount=goods), marketplace.currency)
    order["proceeds"] = order_proceeds(order["orderItems"], marketplace.currency)


def _replacement(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """A free one for an order that went wrong."""
    order["associatedOrders"] = [_original(order, rng, "REPLACEMENT_ORIGINAL_ID")]
    for item in order["orderItems"]:
        item["proceeds"] = item_proceeds(Line(item=ZERO), marketplace.currency)
        item["product"]["price"] = {"unitPrice": money(ZERO, marketplace.currency)}
    order["proceeds"] = order_proceeds(order["orderItems"], marketplace.currency)


def _exchange(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """Another size or colour for one that came back; it costs what it costs."""
    del marketplace
    order["associatedOrders"] = [_original(order, rng, "EXCHANGE_ORIGINAL_ID")]


def _original(order: Raw, rng: random.Random, kind: str) -> Raw:
    original = f"{order['orderId'][:4]}{rng.randint(0, 9999999):07d}-{rng.randint(0, 9999999):07d}"
    return {"orderId": original, "associationType": kind}


def _no_goods(order: Raw, items: list[Raw], marketplace: Marketplace) -> None:
    """Nothing is ordered of `items` any more, and nobody says that it was cancelled. Not after something was sent."""
    if progress.status_of(order) != progress.UNSHIPPED:
        return
    for item in items:
        item["quantityOrdered"] = 0
        item["proceeds"] = item_proceeds(Line(item=ZERO), marketplace.currency)
        item["fulfillment"] |= {"quantityFulfilled": 0, "quantityUnfulfilled": 0}
    order["proceeds"] = order_proceeds(order["orderItems"], marketplace.currency)


def _quantity_zero(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """One item of several has the quantity 0."""
    items = order["orderItems"]
    if len(items) > 1:
        _no_goods(order, [rng.choice(items)], marketplace)


def _nothing_ordered(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """All items have the quantity 0."""
    del rng
    _no_goods(order, order["orderItems"], marketplace)


def _copies(order: Raw, marketplace: Marketplace, number: int, *, same_sku: bool) -> None:
    """More items until there are `number`, copies of those there are. Not with packages, which name the items."""
    items = order["orderItems"]
    if order.get("packages"):
        return
    first = max(int(item["orderItemId"]) for item in items) + 1
    for place in range(number - len(items)):
        more = copy.deepcopy(items[0] if same_sku else items[place % len(items)])
        more["orderItemId"] = f"{first + place:014d}"
        items.append(more)
    order["proceeds"] = order_proceeds(items, marketplace.currency)


def _sixty_lines(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """More items than anybody looks at."""
    del rng
    _copies(order, marketplace, _MANY, same_sku=False)


def _same_sku_twice(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """Two items of one SKU."""
    del rng
    _copies(order, marketplace, len(order["orderItems"]) + 1, same_sku=True)


def _year_1995(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """Dates of 1995, as removal orders have been seen with."""
    del rng, marketplace
    order["createdTime"] = _LONG_AGO
    for window in ("shipByWindow", "deliverByWindow"):
        order["fulfillment"][window] = {"earliestDateTime": _LONG_AGO, "latestDateTime": _LONG_AGO}


def _of_item(change: Callable[[Raw, random.Random], None]) -> Oddity:
    """The oddity that `change` makes of one item."""

    def oddity(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
        del marketplace
        change(rng.choice(order["orderItems"]), rng)

    return oddity


def _product(**values: Any) -> Oddity:
    """The oddity of an item whose product has more to tell."""
    return _of_item(lambda item, _rng: item["product"].update(copy.deepcopy(values)))


def _measured(item: Raw, rng: random.Random) -> None:
    unit, value = rng.choice(_MEASURES)
    item["measurement"] = {"unit": unit, "value": value}


def _other_case(item: Raw, rng: random.Random) -> None:
    del rng
    item["product"]["sellerSku"] = item["product"]["sellerSku"].swapcase()


def _cancel_request(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """The buyer of an order that has not left asks the seller to cancel it."""
    del rng, marketplace
    if progress.is_merchant(order) and progress.status_of(order) == progress.UNSHIPPED:
        progress.request_cancellation(order)


def _pre_order(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """An order of what is not on sale yet."""
    del marketplace
    if progress.status_of(order) != progress.UNSHIPPED:
        return
    order["programs"] = [*order.get("programs", ()), "PREORDER"]
    progress.set_status(order, progress.PENDING_AVAILABILITY, at=read(order["lastUpdatedTime"]), rng=rng)


def _elsewhere(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """An order from the seller's own shop that Amazon only ships, or the seller through Amazon's tools."""
    del rng
    order["salesChannel"] = {"channelName": "NON_AMAZON", "marketplaceId": marketplace.id}


def _unlisted(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """A marketplace that no published table lists."""
    del rng
    order["salesChannel"] |= {"marketplaceId": "A0ODDMARKETPLACE", "marketplaceName": f"SI {marketplace.code} Prod"}


def _program(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """A programme of the future."""
    del rng, marketplace
    order["programs"] = [*order.get("programs", ()), "AMAZON_MOON_DELIVERY"]


def _word(name: str, word: str) -> Oddity:
    """The oddity of an order whose fulfilment says something unheard of."""

    def oddity(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
        del rng, marketplace
        order["fulfillment"][name] = word

    return oddity


ODDITIES: Mapping[str, Oddity] = {
    "vine": _vine,
    "replacement": _replacement,
    "exchange": _exchange,
    "quantity-zero": _quantity_zero,
    "nothing-ordered": _nothing_ordered,
    "sixty-lines": _sixty_lines,
    "same-sku-twice": _same_sku_twice,
    "year-1995": _year_1995,
    "transparency": _of_item(lambda item, _rng: item.update(programs=["TRANSPARENCY"])),
    "subscription": _of_item(lambda item, _rng: item.update(programs=["SUBSCRIBE_AND_SAVE"])),
    "serial-numbers": _product(serialNumbers=["SN-0001", "SN-0002/Ä"]),
    "customised": _product(customization={"customizedUrl": "https://example.com/customized.zip?id=1&v=2"}),
    "measured": _of_item(_measured),
    "no-sku": _of_item(lambda item, _rng: item["product"].pop("sellerSku", None)),
    "sku-case": _of_item(_other_case),
    "cancel-request": _cancel_request,
    "pre-order": _pre_order,
    "non-amazon": _elsewhere,
    "unknown-marketplace": _unlisted,
    "unknown-program": _program,
    "unknown-status": _word("fulfillmentStatus", "INVOICE_UNCONFIRMED"),
    "unknown-fulfiller": _word("fulfilledBy", "ROBOT"),
}
