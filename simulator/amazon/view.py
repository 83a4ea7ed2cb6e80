"""What of an order a caller may see: includedData asks, roles and the order's state decide."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from simulator.amazon import clock, progress
from simulator.amazon.progress import Raw
from simulator.amazon.sellers import DELIVERY_ROLE, TAX_ROLE

# Always given, of orders and of items.
_ORDER_CORE = frozenset({
    "orderId", "orderAliases", "createdTime", "lastUpdatedTime", "programs", "associatedOrders", "salesChannel",
})  # fmt: skip
_ITEM_CORE = frozenset({
    "orderItemId", "quantityOrdered", "measurement", "associatedOrderItems", "programs", "product",
})  # fmt: skip

# includedData word -> (part of the order, part of each item).
_PARTS: dict[str, tuple[str | None, str | None]] = {
    "BUYER": ("buyer", None),
    "RECIPIENT": ("recipient", None),
    "PROCEEDS": ("proceeds", "proceeds"),
    "EXPENSE": (None, "expense"),
    "PROMOTION": (None, "promotion"),
    "CANCELLATION": (None, "cancellation"),
    "FULFILLMENT": ("fulfillment", "fulfillment"),
    "PACKAGES": ("packages", None),
    "TAX": ("tax", "tax"),
    "PAYMENT": ("payment", None),
    "FULFILLMENT_ORDERS": ("fulfillmentOrders", None),
}
WORDS = frozenset(_PARTS)

_UNPAID = frozenset({progress.PENDING, progress.PENDING_AVAILABILITY})
_WITH_EMAIL = frozenset({progress.UNSHIPPED, progress.PARTIALLY_SHIPPED, progress.SHIPPED})
_COARSE = frozenset({"city", "stateOrRegion", "postalCode", "countryCode"})


def part_of(thing: Raw, name: str) -> Raw:
    """The object at `name`, {} where it is missing or of another type: tests put broken orders on purpose."""
    part = thing.get(name)
    return part if isinstance(part, dict) else {}


def project(order: Raw, *, included: Collection[str], roles: Collection[str], now: datetime) -> Raw:
    """`order` as the answer shows it; `order` itself is not changed.

    Amazon publishes these rules in several places: while an order is unpaid there is no buyer, recipient, price,
    payment or tax; e-mail and phone are for orders the seller ships, the e-mail once paid and unless cancelled, the
    phone until the latest delivery; address, e-mail and gift message need the delivery role, the buyer's name the tax
    role; without the delivery role an address is its town.
    """
    asked = [_PARTS[word] for word in included]
    fulfillment = part_of(order, "fulfillment")
    state = str(fulfillment.get("fulfillmentStatus", ""))
    unpaid = state in _UNPAID
    hidden = {"buyer", "recipient", "proceeds", "payment", "tax", "packages"} if unpaid else set[str]()
    parts = (_ORDER_CORE | {part for part, _ in asked if part}) - hidden
    answer = {key: value for key, value in order.items() if key in parts}
    item_parts = (_ITEM_CORE | {part for _, part in asked if part}) - (
        {"proceeds", "tax", "expense"} if unpaid else set()
    )
    answer["orderItems"] = [
        _item(item, item_parts, unpaid=unpaid, roles=roles) if isinstance(item, dict) else item
        for item in order["orderItems"]
    ]
    by_merchant = fulfillment.get("fulfilledBy") != progress.AMAZON
    if part_of(answer, "buyer"):
        answer["buyer"] = _buyer(answer["buyer"], roles, with_email=by_merchant and state in _WITH_EMAIL)
    if part_of(answer, "recipient"):
        reachable = by_merchant and not _is_past(fulfillment, state, now)
        answer["recipient"] = _recipient(answer["recipient"], roles, with_phone=reachable)
    return answer


def _item(item: Raw, parts: Collection[str], *, unpaid: bool, roles: Collection[str]) -> Raw:
    answer = {key: value for key, value in item.items() if key in parts}
    if unpaid and part_of(item, "product"):
        answer["product"] = {key: value for key, value in item["product"].items() if key != "price"}
    packing = part_of(part_of(answer, "fulfillment"), "packing")
    if DELIVERY_ROLE not in roles and packing:
        answer["fulfillment"] = answer["fulfillment"] | {"packing": _without_message(packing)}
    return answer


def _without_message(packing: Raw) -> Raw:
    gift = {key: value for key, value in part_of(packing, "giftOption").items() if key != "giftMessage"}
    return packing | {"giftOption": gift}


def _buyer(buyer: Raw, roles: Collection[str], *, with_email: bool) -> Raw:
    hidden = set[str]()
    if TAX_ROLE not in roles:
        hidden |= {"buyerName"}
    if DELIVERY_ROLE not in roles or not with_email:
        hidden |= {"buyerEmail"}
    return {key: value for key, value in buyer.items() if key not in hidden}


def _is_past(fulfillment: Raw, state: str, now: datetime) -> bool:
    """Whether the order was shipped and its latest delivery time has gone by."""
    latest = part_of(fulfillment, "deliverByWindow").get("latestDateTime")
    return state == progress.SHIPPED and latest is not None and clock.read(latest) < now


def _recipient(recipient: Raw, roles: Collection[str], *, with_phone: bool) -> Raw:
    address = part_of(recipient, "deliveryAddress")
    if DELIVERY_ROLE not in roles:
        address = {key: value for key, value in address.items() if key in _COARSE}
        return {"deliveryAddress": address}
    if not with_phone:
        address = {key: value for key, value in address.items() if key != "phone"}
    return recipient | {"deliveryAddress": address}
