"""What the mappers know of Odoo: facts, typed, with no word of RPC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from domain.partner import PartnerCommand


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
    `content` is read only for one that did not finish, or of which Amazon has a newer version, or that is `doubted`:
    somebody wants it to be made Amazon's again although this version landed. `cancel_asked`: somebody was told already
    that the buyer wants it cancelled.
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
