"""What `odoo setup` installed, found by external id: the ids that daily work needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeVar

from clients.odoo.client import Odoo
from clients.odoo.errors import SETUP, OdooRefused
from domain.errors import DatabaseBroken

Key = TypeVar("Key", int, str)

MODULE: Final = "__amazon_sync__"
PRODUCT_KINDS: Final = ("sale", "shipping", "gift_wrap", "discount", "rounding", "collected_tax")
CUSTOMERS: Final = "stock.stock_location_customers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """Ids in one database.

    `products` by kind (PRODUCT_KINDS), `team` of crm.team, `customers` of stock.location, `fba_locations` (the stock at
    Amazon) and `fba_routes` by company id, `pricelists` by ISO currency. A company or currency that setup was not
    asked for is not in there.
    """

    products: Mapping[str, int]
    team: int
    customers: int
    fba_locations: Mapping[int, int]
    fba_routes: Mapping[int, int]
    pricelists: Mapping[str, int]


def installed(odoo: Odoo) -> Installed:
    """Ask for the ids in the database of `odoo`: some fifteen calls, so keep the answer.

    Raises DatabaseBroken when setup has not been run, or not to its end.
    """
    companies = [company["id"] for company in odoo.search_read("res.company", [], ["name"])]
    priced = odoo.search_read("product.pricelist", [], ["currency_id"])
    currencies = sorted({pricelist["currency_id"][1] for pricelist in priced})
    return Installed(
        products=MappingProxyType({kind: _wanted(odoo, f"{MODULE}.product_{kind}") for kind in PRODUCT_KINDS}),
        team=_wanted(odoo, f"{MODULE}.team"),
        customers=_wanted(odoo, CUSTOMERS),
        fba_locations=_found(odoo, "location", companies),
        fba_routes=_found(odoo, "route_fba", companies),
        pricelists=_found(odoo, "pricelist", currencies),
    )


def _found(odoo: Odoo, kind: str, keys: Iterable[Key]) -> Mapping[Key, int]:
    found = {key: odoo.ref(f"{MODULE}.{kind}_{key}") for key in keys}
    return MappingProxyType({key: record for key, record in found.items() if record is not None})


def _wanted(odoo: Odoo, xmlid: str) -> int:
    try:
        found = odoo.ref(xmlid)
    except OdooRefused as refused:
        raise DatabaseBroken(refused.reason, remedy=refused.remedy) from None
    if found is None:
        raise DatabaseBroken(f"the database has no {xmlid}, or the connector's user may not see it", remedy=SETUP)
    return found
