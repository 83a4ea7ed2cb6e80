"""What the mappers ask of Odoo: commands, typed, with no word of RPC. What they know of it: domain/odoo_facts.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from domain.account import Account
from domain.odoo_facts import AccountFacts, ExistingLine, ExistingOrder, OrderContent, UnpairedOffer
from domain.order import Channel
from domain.partner import PartnerCommand


class LineKind(StrEnum):
    """Kinds of order lines; part of a line's external id."""

    PRODUCT = "product"
    SHIPPING = "shipping"
    GIFT_WRAP = "gift_wrap"
    COD_FEE = "cod_fee"
    OTHER = "other"
    DISCOUNT = "discount"
    TIP = "tip"
    NOTE = "note"
    COLLECTED_TAX = "collected_tax"
    ROUNDING = "rounding"


class Taxes(StrEnum):
    """Which taxes a line gets: those Odoo gives, or none since Amazon collects and remits them."""

    ODOO = "odoo"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCommand:
    """One order line. `gross`: what the buyer pays for the whole line, taxes that are the seller's included."""

    xid: str
    kind: LineKind
    name: str
    product: int | None
    quantity: int
    gross: Decimal
    price_unit: Decimal
    item_ref: str
    taxes: Taxes = Taxes.ODOO


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCommand:
    """An offer that is missing: account + marketplace + SKU -> product."""

    xid: str
    sku: str
    asin: str
    title: str
    marketplace: str
    product: int
    needs_pairing: bool


@dataclass(frozen=True, slots=True)
class PairOffer:
    """Pair an offer with a product, or flag it; void when a person changed it after it was read as `before`."""

    before: UnpairedOffer
    product: int
    needs_pairing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOrder:
    """Create (or complete) a sale order, confirm it, deliver it if Amazon has.

    `replaces`: Amazon's id of the order that this one replaces; `cancel_request`: what a person is to be told about
    the buyer's wish to cancel, '' for nothing; `overtaken`: what an attempt that did not finish brought in of an older
    version, and how it becomes this one's; its mark is not written.
    """

    account: Account
    facts: AccountFacts
    xid: str
    order_id: str
    marketplace: str
    channel: Channel
    status: str
    updated: datetime
    date_order: datetime
    commitment_date: datetime | None
    currency: str
    total: Decimal
    contact: PartnerCommand
    address: PartnerCommand
    offers: tuple[OfferCommand, ...]
    lines: tuple[LineCommand, ...]
    note: str = ""
    service_level: str = ""
    purchase_order: str = ""
    existing: ExistingOrder | None = None
    pairings: tuple[PairOffer, ...] = ()
    programs: str = ""
    replaces: str = ""
    cancel_request: str = ""
    overtaken: UpdateOrder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateStatus:
    """Amazon's status of an order that is there moved on; `cancel_request` as in CreateOrder."""

    xid: str
    existing: ExistingOrder
    status: str
    updated: datetime
    commitment_date: datetime | None
    cancel_request: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOrder:
    """Amazon changed an order that is there: lines, its own contact, or its delivery address. `mark` is written last.

    `wanted`: the whole order as it is to be; `changed`: lines that get its quantity and price; `emptied`: lines that
    get quantity 0, as it has none; `resettle`: amounts are concerned, so the total is compared with Amazon's again.
    """

    mark: UpdateStatus
    wanted: CreateOrder
    existing: ExistingOrder
    content: OrderContent
    changed: tuple[LineCommand, ...] = ()
    added: tuple[LineCommand, ...] = ()
    emptied: tuple[ExistingLine, ...] = ()
    resettle: bool = False
    contact: PartnerCommand | None = None
    address: PartnerCommand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Amazon cancelled an order that is there."""

    xid: str
    existing: ExistingOrder
    status: str
    updated: datetime


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing is to be done, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unchanged:
    """This version, or a newer one, is in Odoo already."""


Plan = CreateOrder | UpdateStatus | UpdateOrder | CancelOrder | Skip | Unchanged
