"""An Amazon order in this program's own words, whatever the API version it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from domain.shipment import KnownPackage


class OrderStatus(StrEnum):
    """Fulfilment status, the words of Orders API 2026-01-01 in lower case."""

    PENDING_AVAILABILITY = "pending_availability"
    PENDING = "pending"
    UNSHIPPED = "unshipped"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    UNFULFILLABLE = "unfulfillable"


class Channel(StrEnum):
    """Who ships: Amazon (FBA) or the seller (FBM)."""

    FBA = "fba"
    FBM = "fbm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A delivery address as Amazon gives it; every part may be empty."""

    name: str = ""
    company: str = ""
    lines: tuple[str, ...] = ()
    city: str = ""
    district: str = ""
    municipality: str = ""
    state: str = ""
    postal_code: str = ""
    country_code: str = ""
    phone: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who bought; every part may be empty (roles, age of the order, FBA)."""

    name: str = ""
    email: str = ""
    company: str = ""
    purchase_order: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRegistration:
    """A tax number of one party of the order (BUYER, MERCHANT, MARKETPLACE); `address`: where it is registered."""

    party: str
    kind: str
    number: str
    legal_name: str = ""
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """One part of an item's proceeds.

    `kind`: Amazon's word (ITEM, SHIPPING, GIFT_WRAP, COD_FEE, OTHER, TAX, DISCOUNT; open list), `amount` in the
    order's currency, `details`: (subtype, amount) pairs, given by Amazon for TAX and DISCOUNT only.
    """

    kind: str
    amount: Decimal
    details: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderItem:
    """One item (line) of an order. Amounts are totals of the line, not of a piece.

    `measurement`: "1.5 KILOGRAMS" of what is sold by measure, '' of what is counted.
    """

    item_id: str
    sku: str
    title: str
    quantity: int
    asin: str = ""
    condition: str = ""
    unit_price: Decimal | None = None
    total: Decimal | None = None
    breakdowns: tuple[Breakdown, ...] = ()
    tax_collected_by_amazon: bool = False
    tax_scheme: str = ""
    ioss_number: str = ""
    gift_message: str = ""
    gift_wrap_level: str = ""
    quantity_fulfilled: int | None = None
    quantity_unfulfilled: int | None = None
    cancelled_by: str = ""
    cancel_requested_by: str = ""
    cancel_request_reason: str = ""
    promotion_ids: tuple[str, ...] = ()
    serial_numbers: tuple[str, ...] = ()
    customization_url: str = ""
    measurement: str = ""
    programs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A whole order. Times are aware UTC; amounts are in `currency` ('' when Amazon gave no amount at all)."""

    order_id: str
    created: datetime
    updated: datetime
    sales_channel: str
    marketplace_id: str
    status: OrderStatus
    channel: Channel
    currency: str
    items: tuple[OrderItem, ...]
    grand_total: Decimal | None = None
    order_breakdowns: tuple[Breakdown, ...] = ()
    buyer: Buyer = field(default_factory=Buyer)
    address: Address | None = None
    service_level: str = ""
    latest_ship: datetime | None = None
    latest_delivery: datetime | None = None
    programs: tuple[str, ...] = ()
    replaces: tuple[tuple[str, str], ...] = ()
    tax_registrations: tuple[TaxRegistration, ...] = ()
    packages: tuple[KnownPackage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRef:
    """What a task's message carries: ids and a version, never data of persons.

    `updated`: the order's `lastUpdatedTime` the message stands for, or None for 'whatever is newest'.
    """

    account: str
    order_id: str
    updated: datetime | None = None
