"""What the seller ships, as this program knows it: one value per package, ready to be told to Amazon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


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
    transparency_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """An order the seller cannot fulfil; `reason`: a CancelReason of Amazon's OrderAcknowledgement feed."""

    account: str
    order_id: str
    item_ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageKey:
    """What a shipment task's message carries. `delivery`: Odoo's picking; `package`: Odoo's package, 0 for none."""

    account: str
    order_id: str
    delivery: int
    package: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A done delivery to a customer, as Odoo has it.

    `done`: when it left; `carrier` and `carrier_type`: name and delivery type of the shipping method, '' for none;
    `status`, `reason`, `key`: what we wrote of it before (`key`: see `mappers.told`).
    """

    odoo_id: int
    name: str
    done: datetime
    carrier: str = ""
    carrier_type: str = ""
    tracking: str = ""
    status: str = ""
    reason: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedLine:
    """An order line that belongs to an item of Amazon's.

    `quantity`: ordered now; `demand`: what all its deliveries together are to move, by product: for a kit its
    components, for anything else the line's own product.
    """

    odoo_id: int
    item_ref: str
    product: int
    quantity: Decimal
    demand: Mapping[int, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedGoods:
    """A quantity of one product that left with a delivery for an order line.

    `package` 0: in no package. `again`: goods that had come back are sent once more. `odd_unit`: counted in another
    unit of measure than the order. `serial`: name of their lot or serial number, '' for none.
    """

    delivery: int
    line: int
    product: int
    quantity: Decimal
    package: int = 0
    package_name: str = ""
    again: bool = False
    odd_unit: bool = False
    serial: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedOrder:
    """All that is known in Odoo of what left for one order. `status`: Amazon's, as of the last import."""

    odoo_id: int
    account: str
    order_id: str
    marketplace: str
    status: str
    deliveries: tuple[Delivery, ...]
    lines: tuple[OrderedLine, ...]
    goods: tuple[MovedGoods, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOutcome:
    """What is written of a delivery: `status` pending, done or error; `reason` for people; `key`: `mappers.told`."""

    delivery: int
    account: str
    status: str
    reason: str
    key: str
