"""Telling Amazon of a shipped package: Orders API v0, confirmShipment."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Final

from clients.amazon.operations import CONFIRM_SHIPMENT
from clients.amazon.page import ORDER_ID
from clients.amazon.protocol import AlreadyDone
from clients.amazon.seller import Seller
from clients.amazon.session import OrdersOfOld, Session, iso
from domain import parked
from domain.errors import NeedsHuman
from domain.shipment import Shipment, ShippedItem

OTHER_CARRIER: Final = "Other"
# Amazon refuses anything but a positive number, as text (a JSON number is refused too).
PACKAGE_REF: Final = re.compile(r"[1-9]\d{0,19}", re.ASCII)


class Confirmed(StrEnum):
    """How a package came to be known to Amazon.

    ALREADY: Amazon answers that the order is fulfilled already or has no such package to change; it does not say
    which of the two, so whoever needs certainty compares `Order.packages`.
    """

    NOW = "now"
    ALREADY = "already"


class ShipmentCalls(Session):
    """Calls about shipments."""

    def confirm_shipment(self, seller: Seller, shipment: Shipment) -> Confirmed:
        """Tell Amazon of one package; the same `package_ref` again edits it and never adds one.

        Raises ValueError for a shipment that can never be told (package_ref, items, time zone), NeedsHuman
        (shipment_refused), AmazonBug, and of domain.errors: OutcomeUnknown (sent, answer lost: sending the same
        again is safe), Unavailable (never sent), Throttled, TokenExpired, AccountBroken.
        """
        body = confirmation(shipment)
        try:
            self._call(
                seller, CONFIRM_SHIPMENT, OrdersOfOld, lambda api: api.confirm_shipment(shipment.order_id, **body)
            )
        except AlreadyDone:
            return Confirmed.ALREADY
        return Confirmed.NOW


def confirmation(shipment: Shipment) -> dict[str, Any]:
    """Return the body of confirmShipment, keys in the official model's order. Raises as `confirm_shipment`."""
    if not ORDER_ID.fullmatch(shipment.order_id):
        raise NeedsHuman(parked.SHIPMENT_REFUSED, "this is no Amazon order id", "Check the id: three groups of digits.")
    if not PACKAGE_REF.fullmatch(shipment.package_ref):
        raise ValueError("a package_ref is a positive whole number as text")
    if not shipment.items or any(item.quantity < 1 for item in shipment.items):
        raise ValueError("a shipment has items, each at least one piece")
    other = shipment.carrier_code == OTHER_CARRIER
    if not shipment.carrier_code or (other and not shipment.carrier_name):
        raise NeedsHuman(
            parked.SHIPMENT_REFUSED,
            "the shipment has no carrier",
            "Set a carrier on the delivery (its Amazon carrier code, or a name for other carriers) and retry.",
        )
    package = {
        "packageReferenceId": shipment.package_ref,
        "carrierCode": shipment.carrier_code,
        "carrierName": shipment.carrier_name if other else "",
        "shippingMethod": shipment.shipping_method,
    }
    detail = {name: value for name, value in package.items() if value} | {
        "trackingNumber": shipment.tracking,
        "shipDate": iso(shipment.shipped),
        "orderItems": [_item(item) for item in shipment.items],
    }
    return {"marketplaceId": shipment.marketplace_id, "packageDetail": detail}


def _item(item: ShippedItem) -> dict[str, Any]:
    told: dict[str, Any] = {"orderItemId": item.item_id, "quantity": item.quantity}
    return told | {"transparencyCodes": list(item.transparency_codes)} if item.transparency_codes else told
