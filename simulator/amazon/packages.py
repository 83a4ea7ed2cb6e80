"""What becomes of an order when its seller ships a package: the rules shared by confirmShipment and by feeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.amazon import clock, progress
from simulator.amazon.carriers import CARRIERS
from simulator.amazon.carriers import OTHER as OTHER_CARRIER
from simulator.amazon.progress import Raw
from simulator.amazon.refusal import TOO_MANY, Refusal
from simulator.amazon.view import part_of

AHEAD = timedelta(days=1)  # how far in the future a ship date may lie: clocks and time zones differ

CREATED, EDITED, REPEATED = "created", "edited", "repeated"

_OPEN = frozenset({progress.UNSHIPPED, progress.PARTIALLY_SHIPPED, progress.SHIPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A quantity of one item; None: all that is left of it."""

    item_id: str
    quantity: int | None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package as the seller tells it.

    `reference` "": known by its tracking number, or numbered by Amazon; `contents` (): all that is left of the order.
    """

    reference: str
    carrier_code: str
    carrier_name: str
    method: str
    tracking: str
    shipped: datetime
    contents: tuple[Content, ...]

    @property
    def carrier(self) -> str:
        """The carrier as the order shows it."""
        return self.carrier_name if self.carrier_code == OTHER_CARRIER else self.carrier_code


def ship(order: Raw, package: Package, *, now: datetime) -> tuple[str, str]:
    """Put `package` into `order` (in place): what became of it, and its reference.

    CREATED, EDITED where it is known, REPEATED if nothing is new. Raises Refusal.
    """
    check_sellers_order(order)
    status = progress.status_of(order)
    if status == progress.CANCELLED:
        raise Refusal(
            "ErrorCode: NonexistentOrderItem Description: Failed to find order item list by order ID: "
            f"{order['orderId']}"
        )
    if status not in _OPEN:
        raise Refusal(f"Failed validation because order {order['orderId']} is in status {status}.")
    if "FBM_SHIP_PLUS" in order.get("programs", ()):
        raise Refusal(f"Failed validation because order {order['orderId']} is a Ship+ order.")
    _check_package(order, package, now)
    known = _find(order.get("packages", []), package)
    if known is None and status == progress.SHIPPED:
        raise _not_found(order)
    contents = _fill(order, package, known)
    new = _write(order, package, contents, known, now)
    if known and new == known:
        return REPEATED, known["packageReferenceId"]
    _settle(order, known, contents)
    order["packages"] = [new if held is known else held for held in order.get("packages", [])]
    if known is None:
        order["packages"].append(new)
    return EDITED if known else CREATED, new["packageReferenceId"]


def check_sellers_order(order: Raw) -> None:
    """Raise Refusal unless the seller ships `order` and it is whole: tests put in broken ones."""
    whole = all(
        isinstance(item, dict) and isinstance(item.get("quantityOrdered"), int) and "orderItemId" in item
        for item in order["orderItems"]
    )
    if not whole or "fulfillmentStatus" not in part_of(order, "fulfillment"):
        raise Refusal(f"Failed validation because order {order['orderId']} is incomplete.")
    if not progress.is_merchant(order):
        raise Refusal(f"Failed validation because order {order['orderId']} is fulfilled by Amazon.")


def unknown_item(item_id: str) -> Refusal:
    """The refusal of an item that the order does not have."""
    return Refusal(
        f"OrderItemId {item_id} is invalid, please obtain the value through the getOrderItems API or Manage Orders page"
    )


def fulfilled(order: Raw, item: Raw) -> int:
    """How many of an item were shipped so far."""
    shipped = item["quantityOrdered"] if progress.status_of(order) == progress.SHIPPED else 0
    return int(part_of(item, "fulfillment").get("quantityFulfilled") or shipped)


def _check_package(order: Raw, package: Package, now: datetime) -> None:
    if package.carrier_code not in CARRIERS:
        raise Refusal("ErrorCode: InvalidCarrier Description: Selected carrier is not supported")
    if package.carrier_code == OTHER_CARRIER and not package.carrier_name:
        raise Refusal("carrierName is required when carrierCode is Other.")
    if not package.tracking:
        raise Refusal("Tracking ID: Enter a valid tracking ID.")
    if package.shipped > now + AHEAD:
        raise Refusal("ErrorCode: InvalidShipDate Description: The ship date lies in the future.")
    if package.shipped < clock.read(order["createdTime"]):
        raise Refusal("ErrorCode: InvalidShipDate Description: The ship date lies before the order's.")
    ids = [content.item_id for content in package.contents]
    if len(set(ids)) < len(ids):
        raise Refusal("An order item may be given once in a package.")


def _not_found(order: Raw) -> Refusal:
    return Refusal(
        "Failed to create package due to not finding a matching package or order already fulfilled. "
        f"ErrorMessage(errorCode=GeneralError, errorDescription=Unable to find package to update for order "
        f"({order['orderId']}), errorMetric=PackageToUpdateNotFound, packageIndex=null)",
        code=TOO_MANY,
    )


def _find(packages: list[Raw], package: Package) -> Raw | None:
    for held in packages:
        if package.reference and held.get("packageReferenceId") == package.reference:
            return held
        if not package.reference and held.get("trackingNumber") == package.tracking:
            return held
    return None


def _fill(order: Raw, package: Package, known: Raw | None) -> tuple[Content, ...]:
    """The contents with their quantities, none above what the other packages leave. Raises Refusal."""
    items = {item["orderItemId"]: item for item in order["orderItems"]}
    own = _held(known)
    left = {
        item_id: item["quantityOrdered"] - fulfilled(order, item) + own.get(item_id, 0)
        for item_id, item in items.items()
    }
    asked = package.contents or tuple(
        Content(item_id=item_id, quantity=own.get(item_id) if known else None)
        for item_id, most in left.items()
        if (item_id in own if known else most > 0)
    )
    filled = []
    for content in asked:
        if content.item_id not in items:
            raise unknown_item(content.item_id)
        quantity = left[content.item_id] if content.quantity is None else content.quantity
        if not 1 <= quantity <= left[content.item_id]:
            raise Refusal(
                "Failed to create/update package due to overfulfillment: the quantities for order "
                f"{order['orderId']} are larger than what is left to ship.",
                code=TOO_MANY,
            )
        filled.append(Content(item_id=content.item_id, quantity=quantity, codes=content.codes))
    if not filled:
        raise _not_found(order)
    return tuple(filled)


def _held(package: Raw | None) -> Mapping[str, int]:
    """Quantities in a package by item."""
    return {row["orderItemId"]: int(row["quantity"]) for row in (package or {}).get("packageItems", [])}


def _write(order: Raw, package: Package, contents: tuple[Content, ...], known: Raw | None, now: datetime) -> Raw:
    references = [str(held.get("packageReferenceId")) for held in order.get("packages", [])]
    numbers = [int(reference) for reference in references if reference.isdecimal()]
    new: Raw = {"packageReferenceId": package.reference or str(max(numbers, default=0) + 1), **(known or {})}
    new |= {
        "createdTime": (known or {}).get("createdTime", clock.stamp(now)),
        "packageStatus": {"status": "SHIPPED"},
        "carrier": package.carrier,
        "shipTime": clock.stamp(package.shipped),
        "trackingNumber": package.tracking,
        "packageItems": [_row(content) for content in contents],
    }
    return new | {"shippingService": package.method} if package.method else new


def _row(content: Content) -> Raw:
    row: Raw = {"orderItemId": content.item_id, "quantity": content.quantity}
    return row | {"transparencyCodes": list(content.codes)} if content.codes else row


def _settle(order: Raw, known: Raw | None, contents: tuple[Content, ...]) -> None:
    """Quantities and status of the order, once `known` holds `contents`."""
    before, after = _held(known), {content.item_id: content.quantity or 0 for content in contents}
    open_pieces = 0
    for item in order["orderItems"]:
        item_id, ordered = item["orderItemId"], item["quantityOrdered"]
        shipped = fulfilled(order, item) - before.get(item_id, 0) + after.get(item_id, 0)
        item.setdefault("fulfillment", {}).update(
            {"quantityFulfilled": shipped, "quantityUnfulfilled": ordered - shipped}
        )
        open_pieces += ordered - shipped
    order["fulfillment"]["fulfillmentStatus"] = progress.PARTIALLY_SHIPPED if open_pieces else progress.SHIPPED
