"""A seller account as the use cases see it: plain values, no secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.marketplace import Marketplace, Region


class CollectedTax(StrEnum):
    """What becomes of tax that Amazon collects and remits: it stays out of the sale order, or has a line of its own."""

    LEAVE_OUT = "leave_out"
    CLEARING_LINE = "clearing_line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an account decides for itself.

    `confirm`: confirm sale orders (else they stay quotations); `deliver_fba`: validate FBA deliveries, as Amazon has
    shipped them; `confirm_shipments`: tell Amazon of what the own warehouse has shipped; `notify_cancellations`: tell
    Amazon of orders cancelled by hand in Odoo, for `cancel_reason` (Amazon's CancelReason) where the order says none;
    `feed_above`: with more packages waiting than that they go by feed; `collected_tax`: whether tax that Amazon
    collects and remits has a line in the sale order; `activate_currencies`: make usable in Odoo the currency of an
    order for which it has no price list.
    """

    confirm: bool = True
    deliver_fba: bool = True
    notify_cancellations: bool = False
    confirm_shipments: bool = True
    cancel_reason: str = "NoInventory"
    feed_above: int = 300
    collected_tax: CollectedTax = CollectedTax.LEAVE_OUT
    activate_currencies: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A seller account: one seller, one region, one set of marketplaces, one Odoo company.

    `key` names it everywhere (settings, messages, external ids). `poll_seconds`: time between two searches, at
    least; `idle_seconds`: at most, when nothing new comes.
    `reconcile_days`: how many days back orders are compared with Odoo each night at `reconcile_hour` (UTC); 0: never.
    `start`: orders updated before it are not fetched. `warehouse`, `company`, `sales_team`, `salesperson`: how Odoo
    names them (code or name, name, name, login); empty means Odoo's default. `carriers`: names of shipping methods,
    each with Amazon's carrier code, beyond those `mappers.carriers` knows.
    """

    key: str
    seller_id: str
    region: Region
    marketplaces: tuple[Marketplace, ...]
    database: str
    start: datetime
    company: str = ""
    warehouse: str = ""
    sales_team: str = ""
    salesperson: str = ""
    poll_seconds: float = 180.0
    idle_seconds: float = 540.0
    reconcile_days: int = 3
    reconcile_hour: int = 1
    separate_marketplaces: bool = False
    policy: Policy = field(default_factory=Policy)
    carriers: tuple[tuple[str, str], ...] = ()

    def groups(self) -> dict[str, tuple[Marketplace, ...]]:
        """Fetch groups by name: all marketplaces in one search, or one each when they are to be separate.

        Quotas are per account and operation, so one search over all marketplaces costs what one of them costs.
        """
        if self.separate_marketplaces:
            return {marketplace.code: (marketplace,) for marketplace in self.marketplaces}
        return {"all": self.marketplaces}

    def marketplace(self, marketplace_id: str) -> Marketplace | None:
        """Return this account's marketplace with Amazon's `marketplace_id`, or None if it is not one of its own."""
        return next((own for own in self.marketplaces if own.id == marketplace_id), None)
