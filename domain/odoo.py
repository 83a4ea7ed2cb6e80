"""What the mappers know of Odoo (facts) and what they ask of it (commands). Typed values, no RPC vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from domain.account import Account
from domain.order import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerCommand:
    """A contact, or with `parent` the xid of one, its delivery address. Empty parts stay empty.

    `company`: id of the Odoo company it belongs to. `vat`: tax number, which Odoo may refuse. `notes`: what Odoo has no
    field for, in words; they go into a new record, and are never read back.
    """

    xid: str
    name: str
    parent: str = ""
    is_company: bool = False
    email: str = ""
    phone: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    zip: str = ""
    state: int | None = None
    country: int | None = None
    company: int | None = None
    vat: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingLine:
    """A line that is there, no note. `xid`: '' when a person added it; `total`: with taxes; `invoiced`: drafts too."""

    odoo_id: int
    xid: str
    product: int | None
    quantity: Decimal
    price_unit: Decimal
    total: Decimal
    delivered: Decimal = Decimal(0)
    invoiced: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderContent:
    """What a sale order consists of now. `deliveries`: names of done deliveries; `total`: with taxes."""

    total: Decimal
    lines: tuple[ExistingLine, ...]
    contact: PartnerCommand
    address: PartnerCommand
    deliveries: tuple[str, ...] = ()
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingOrder:
    """A sale order that is already there.

    `updated`: version of Amazon's order that landed last; None means that an earlier attempt did not finish.
    `content` is read only for an order of which Amazon has a newer version, or that is `doubted`: somebody wants it to
    be made Amazon's again although this version landed. `cancel_asked`: somebody was told already that the buyer wants
    it cancelled.
    """

    odoo_id: int
    state: str
    status: str
    updated: datetime | None
    content: OrderContent | None = None
    cancel_asked: bool = False
    doubted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryFacts:
    """A country's id and its states' ids by code and by folded name."""

    odoo_id: int
    states: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultProducts:
    """Product ids of the lines that are no offer of the seller."""

    sale: int
    shipping: int
    gift_wrap: int
    discount: int
    rounding: int
    collected_tax: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What one account's settings mean in its Odoo database (ids)."""

    company: int
    warehouse: int
    team: int | None
    salesperson: int | None
    fba_route: int
    pricelists: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class UnpairedOffer:
    """An offer to be paired, as it is in Odoo. `product`: what it names now, whether that can be sold or not."""

    odoo_id: int
    product: int | None
    needs_pairing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """All that deciding about one order needs to know of Odoo.

    `offers`: product id by SKU, of offers whose product can be sold; `unpaired`: offers by SKU that are flagged or
    whose product cannot be sold; `products`: product id by SKU taken as internal reference, where it is no guess;
    `price_digits`: decimals of Odoo's unit prices.
    """

    account: AccountFacts
    defaults: DefaultProducts
    countries: Mapping[str, CountryFacts]
    price_digits: int = 2
    existing: ExistingOrder | None = None
    offers: Mapping[str, int] = field(default_factory=dict)
    unpaired: Mapping[str, UnpairedOffer] = field(default_factory=dict)
    products: Mapping[str, int] = field(default_factory=dict)


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
    the buyer's wish to cancel, '' for nothing.
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
