"""Domain objects for tests: sensible unless told otherwise, each value named by keyword."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from domain.account import Account
from domain.marketplace import BY_CODE, Region
from domain.odoo_facts import AccountFacts, CountryFacts, DefaultProducts, ExistingOrder, OrderFacts
from domain.order import Address, Breakdown, Buyer, Channel, Order, OrderItem, OrderStatus

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
BOUGHT = datetime(2026, 4, 30, 8, 15, 30, tzinfo=UTC)
UPDATED = datetime(2026, 4, 30, 9, 0, 0, tzinfo=UTC)
SHIP_BY = datetime(2026, 5, 3, 22, 59, 59, tzinfo=UTC)
ORDER_ID = "302-1234567-1234567"
DE = BY_CODE["DE"]
DEFAULTS = DefaultProducts(sale=1, shipping=2, gift_wrap=3, discount=4, rounding=5, collected_tax=6)


def amount(text: str) -> Decimal:
    return Decimal(text)


def part(kind: str, text: str, **details: str) -> Breakdown:
    """A part of an item's proceeds; `details` are amounts by subtype."""
    named = tuple((word, Decimal(value)) for word, value in details.items())
    return Breakdown(kind=kind, amount=Decimal(text), details=named)


def an_item(*parts: Breakdown, **changes: Any) -> OrderItem:
    """One piece for 20.00, or what `parts` say. The total is the parts' sum unless it is given."""
    parts = parts or (part("ITEM", "20.00"),)
    item = OrderItem(
        item_id="11111111111111",
        sku="MUG-BLUE",
        title="Blue mug",
        quantity=1,
        asin="B000000001",
        breakdowns=parts,
        total=sum((one.amount for one in parts), Decimal(0)),
    )
    return replace(item, **changes)


def an_address(**changes: Any) -> Address:
    address = Address(
        name="Erika Mustermann",
        lines=("Hauptstr. 5",),
        city="Berlin",
        state="BE",
        postal_code="10115",
        country_code="DE",
        phone="+49 30 1234",
    )
    return replace(address, **changes)


def an_order(*items: OrderItem, **changes: Any) -> Order:
    """An order of `items` (one item unless given) that the seller is to ship. The grand total is their sum."""
    items = items or (an_item(),)
    extras = sum((one.amount for one in changes.get("order_breakdowns", ())), Decimal(0))
    order = Order(
        order_id=ORDER_ID,
        created=BOUGHT,
        updated=UPDATED,
        sales_channel="AMAZON",
        marketplace_id=DE.id,
        status=OrderStatus.UNSHIPPED,
        channel=Channel.FBM,
        currency="EUR",
        items=items,
        grand_total=sum((item.total for item in items if item.total is not None), extras),
        buyer=Buyer(name="Erika Mustermann", email="abc123@marketplace.amazon.de"),
        address=an_address(),
        service_level="Standard",
        latest_ship=SHIP_BY,
    )
    return replace(order, **changes)


def an_account(**changes: Any) -> Account:
    account = Account(
        key="acme-eu",
        seller_id="A1SELLER",
        region=Region.EU,
        marketplaces=(DE, BY_CODE["FR"]),
        database="main",
        start=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return replace(account, **changes)


def facts(**changes: Any) -> OrderFacts:
    """An Odoo that knows no order, no offer and no product of the seller's."""
    known = OrderFacts(account=account_facts(), defaults=DEFAULTS, countries=COUNTRIES)
    return replace(known, **changes)


def account_facts(**changes: Any) -> AccountFacts:
    given = AccountFacts(
        company=1,
        warehouse=7,
        team=8,
        salesperson=None,
        fba_route=9,
        pricelists={"EUR": 21, "USD": 22, "JPY": 23, "GBP": 24},
    )
    return replace(given, **changes)


def an_existing(**changes: Any) -> ExistingOrder:
    """A confirmed sale order in which the version UPDATED landed."""
    existing = ExistingOrder(odoo_id=77, state="sale", status="UNSHIPPED", updated=UPDATED)
    return replace(existing, **changes)


COUNTRIES: Mapping[str, CountryFacts] = {
    "DE": CountryFacts(odoo_id=57, states={"be": 601, "berlin": 601, "nw": 602, "nordrhein-westfalen": 602}),
    "US": CountryFacts(odoo_id=233, states={"ca": 13, "california": 13}),
    "JP": CountryFacts(odoo_id=113, states={}),
}
