"""What the seller ships, as this program knows it: one value per package, ready to be told to Amazon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedItem:
    """A quantity of one order item in one package; `transparency_codes` where the item's program asks for them."""

    item_id: str
    quantity: int
    transparency_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """One package of one order.

    `package_ref`: a positive whole number as text, the same for ever for this package, so that telling it again
    edits and never adds (Orders API v0, confirmShipment). `carrier_code`: Amazon's word, or 'Other' with
    `carrier_name`. `shipped`: when it left, aware UTC.
    """

    account: str
    order_id: str
    marketplace_id: str
    package_ref: str
    carrier_code: str
    tracking: str
    shipped: datetime
    items: tuple[ShippedItem, ...]
    carrier_name: str = ""
    shipping_method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPackage:
    """A package as Amazon knows it (Orders API 2026-01-01, packages): for looking before telling again."""

    package_ref: str
    carrier: str = ""
    tracking: str = ""
    status: str = ""
    items: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """An order the seller cannot fulfil; `reason`: a CancelReason of Amazon's OrderAcknowledgement feed."""

    account: str
    order_id: str
    item_ids: tuple[str, ...]
    reason: str
