"""What becomes of an order, or of some of its items, that are cancelled before they are shipped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from simulator.amazon import progress
from simulator.amazon.packages import check_sellers_order, unknown_item
from simulator.amazon.proceeds import Line, item_proceeds, order_proceeds
from simulator.amazon.progress import MERCHANT, Raw
from simulator.amazon.refusal import TOO_MANY, Refusal

# CancelReason of Amazon's OrderAcknowledgement schema.
REASONS = frozenset({
    "NoInventory", "ShippingAddressUndeliverable", "CustomerExchange", "BuyerCanceled", "GeneralAdjustment",
    "CarrierCreditDecision", "RiskAssessmentInformationNotValid", "CarrierCoverageFailure", "CustomerReturn",
    "MerchandiseNotReceived", "CannotVerifyInformation", "PricingError", "RejectOrder", "WeatherDelay",
})  # fmt: skip

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class CancelledItem:
    """An item that the seller will not ship, and why (a word of REASONS); `quantity` None: all of it."""

    item_id: str
    reason: str
    quantity: int | None = None


def cancel_by_seller(order: Raw, cancelled: tuple[CancelledItem, ...]) -> None:
    """Cancel these items of `order` (in place), the order itself when none is left. Raises Refusal.

    A part of an item's quantity is refused: what it would do to the item's money is published nowhere.
    """
    check_sellers_order(order)
    status = progress.status_of(order)
    if status != progress.UNSHIPPED:
        raise Refusal(f"Order {order['orderId']} is in status {status} and cannot be cancelled.", code=TOO_MANY)
    if not cancelled:
        raise Refusal("A CancelReason is required for every item of an order that cannot be fulfilled.")
    items = {item["orderItemId"]: item for item in order["orderItems"]}
    reasons: dict[str, str] = {}
    for row in cancelled:
        if row.item_id not in items:
            raise unknown_item(row.item_id)
        if not row.reason:
            raise Refusal("A CancelReason is required for every item of an order that cannot be fulfilled.")
        ordered = items[row.item_id]["quantityOrdered"]
        if not ordered or row.item_id in reasons or row.quantity not in {None, ordered}:
            raise Refusal(f"OrderItemId {row.item_id} can be cancelled once, and as a whole.", code=TOO_MANY)
        reasons[row.item_id] = _HUMP.sub("_", row.reason).upper()
    if all(item_id in reasons or not item["quantityOrdered"] for item_id, item in items.items()):
        for item_id, reason in reasons.items():
            progress.note_cancellation(items[item_id], MERCHANT, reason)
        progress.close_cancelled(order)
    else:
        for item_id, reason in reasons.items():
            cancel_item(order, items[item_id], reason)


def cancel_item(order: Raw, item: Raw, reason: str) -> None:
    """The seller cancels one item of several (in place): nothing of it is ordered or paid any more, totals follow."""
    item["quantityOrdered"] = 0
    item.setdefault("fulfillment", {}).update({"quantityFulfilled": 0, "quantityUnfulfilled": 0})
    progress.note_cancellation(item, MERCHANT, reason)
    if "proceeds" not in order:
        return
    currency = order["proceeds"]["grandTotal"]["currencyCode"]
    tips = [part for part in order["proceeds"]["breakdowns"] if part["type"] == "DELIVERY_TIP"]
    item["proceeds"] = item_proceeds(Line(item=Decimal(0)), currency)
    tip = sum((Decimal(part["subtotal"]["amount"]) for part in tips), Decimal(0))
    order["proceeds"] = order_proceeds(order["orderItems"], currency, tip=tip)
