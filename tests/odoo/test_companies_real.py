"""Two companies in one real database, each with warehouse, team, taxes and products of its own: both imported at once.

The companies are kept from run to run, as Odoo deletes none; SKUs and orders are new each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import fakeredis
import pytest

from clients.odoo.client import Connection, Odoo
from clients.odoo.setup.plan import AccountSeed, BotRequest, SetupPlan
from clients.odoo.setup.run import run_setup
from domain.account import Account
from domain.marketplace import BY_CODE
from domain.order import Channel, Order, OrderRef, OrderStatus
from domain.outcome import OutcomeKind
from domain.parked import ODOO_REFUSED
from state.lanes import Lanes
from state.locks import Locks
from sync.database import Database
from sync.import_orders import OrderImport
from sync.read_order import OrderSource
from tests.builders import an_account, an_item, an_order, part
from tests.contract.odoo_desk import newer
from tests.odoo.conftest import Server
from tests.servers import secret

pytestmark = pytest.mark.odoo
CHANGES_SETUP = True

COMPANIES = ("Connector Tests North", "Connector Tests South")
TEAM = "Marketplaces"
BOT = BotRequest("amazon-bot-companies", "amazon-bot-companies-1")


@dataclass
class Source:
    """Amazon's orders, by account and id."""

    orders: dict[tuple[str, str], Order] = field(default_factory=dict)

    def read_all(self, refs: Sequence[OrderRef]) -> list[Order]:
        return [self.orders[ref.account, ref.order_id] for ref in refs]

    def forget(self, *_refs: OrderRef) -> None:
        """Nothing is kept."""


@dataclass
class Group:
    """Two companies, `north` and `south`, and an account for each."""

    admin: Odoo
    server: Server
    ids: Mapping[str, int]
    accounts: Mapping[str, Account]
    source: Source = field(default_factory=Source)

    def land(self, *orders: tuple[str, Order]) -> list[Any]:
        """Import orders (account's name, order) in one batch, by the real use case."""
        key = secret(self.server.url, BOT.login, BOT.password)
        connection = Connection(self.server.url, self.server.database, BOT.login, key)
        database = Database("main", connection, lambda: datetime.now(UTC))
        store = fakeredis.FakeRedis()
        by_key = {account.key: account for account in self.accounts.values()}
        keyed = [(self.accounts[name].key, order) for name, order in orders]
        self.source.orders |= {(key, order.order_id): order for key, order in keyed}
        source = cast(OrderSource, self.source)
        act = OrderImport(database, by_key, source, Lanes(store), Locks(store), lambda: datetime.now(UTC))
        ends = act([OrderRef(account=key, order_id=order.order_id, updated=order.updated) for key, order in keyed])
        database.forget()
        return ends

    def sale_order(self, name: str, order: Order) -> dict[str, Any]:
        domain = [("x_amazon_account", "=", self.accounts[name].key), ("client_order_ref", "=", order.order_id)]
        fields = ["company_id", "warehouse_id", "team_id", "state", "amount_total", "amount_tax", "partner_id"]
        (row,) = self.admin.search_read("sale.order", domain, fields)
        return row

    def make(self, model: str, **values: Any) -> int:
        (made,) = self.admin.call(model, "create", vals_list=[values])
        return int(made)


@pytest.fixture(name="group")
def a_group(odoo_server: Server) -> Iterator[Group]:
    admin = odoo_server.admin()
    ids = {name: company(admin, name) for name in COMPANIES}
    admin.close()
    admin = odoo_server.admin()  # the companies a user may see are looked up once
    for name in COMPANIES:  # the default one would be wrong
        warehouse(admin, ids[name], f"{name[-5:-2].upper()}1", sequence=1)
    places = {name: warehouse(admin, ids[name], f"{name[-5:-2].upper()}2") for name in COMPANIES}
    for name in COMPANIES:
        team(admin, ids[name])
    north, south = (
        an_account(
            key=f"{name.split()[-1].lower()}-{odoo_server.key}",
            seller_id="A1GROUP",
            marketplaces=(BY_CODE[code],),
            company=name,
            warehouse=places[name],
            sales_team=TEAM,
        )
        for name, code in zip(COMPANIES, ("DE", "FR"), strict=True)
    )
    seeds = tuple(
        AccountSeed(one.key, one.key, one.seller_id, "eu", (one.marketplaces[0].code,), one.company)
        for one in (north, south)
    )
    run_setup(admin, SetupPlan(companies=COMPANIES, currencies=("EUR",), accounts=seeds, bot=BOT))
    yield Group(
        admin,
        odoo_server,
        {"north": ids[COMPANIES[0]], "south": ids[COMPANIES[1]]},
        {"north": north, "south": south},
    )
    admin.close()


def company(admin: Odoo, name: str) -> int:
    found = admin.search_read("res.company", [("name", "=", name)], ["name"])
    return int(found[0]["id"]) if found else int(admin.call("res.company", "create", vals_list=[{"name": name}])[0])


def warehouse(admin: Odoo, company_id: int, code: str, sequence: int = 50) -> str:
    """A warehouse of the company; 19 makes none by itself."""
    if not admin.search_read("stock.warehouse", [("company_id", "=", company_id), ("code", "=", code)], ["code"]):
        values = {"name": f"House {code}", "code": code, "company_id": company_id, "sequence": sequence}
        admin.call("stock.warehouse", "create", vals_list=[values])
    return code


def team(admin: Odoo, company_id: int) -> None:
    """A team of a name that the other company's has too."""
    if not admin.search_read("crm.team", [("company_id", "=", company_id), ("name", "=", TEAM)], ["name"]):
        admin.call("crm.team", "create", vals_list=[{"name": TEAM, "company_id": company_id}])


def tax(group: Group, name: str) -> int:
    """A price-included sales tax of 19 %, of one company."""
    head = {"name": f"19% {group.server.key}", "amount": 19.0, "company_id": group.ids[name]}
    included = {"price_include": True} if group.admin.version[0] < 19 else {"price_include_override": "tax_included"}
    country = {}
    if "country_id" in group.admin.fields("account.tax"):
        germany = group.admin.ref("base.de")
        country = {"country_id": germany, "tax_group_id": tax_group(group, name, germany)}
    return group.make("account.tax", amount_type="percent", type_tax_use="sale", **head, **included, **country)


def tax_group(group: Group, name: str, country: int | None) -> int:
    values = {"name": f"VAT {group.server.key}", "company_id": group.ids[name], "country_id": country}
    return group.make("account.tax.group", **values)


def order_for(group: Group, name: str, number: int, *skus: str, **changes: Any) -> Order:
    """Number `number` of the run, a piece of each SKU for 119.00."""
    key = int(group.server.key, 16) % 10**6
    items = [
        an_item(part("ITEM", "119.00"), sku=sku, item_id=f"{key}{number:02d}{place}") for place, sku in enumerate(skus)
    ]
    marketplace = group.accounts[name].marketplaces[0]
    return replace(an_order(*items), order_id=f"302-{key:07d}-{number:07d}", marketplace_id=marketplace.id, **changes)


def lines(group: Group, sale_order: int) -> list[tuple[int, list[int]]]:
    """Product and taxes of each line of goods."""
    taxes = group.admin.first_field("sale.order.line", "tax_ids", "tax_id")
    domain = [("order_id", "=", sale_order), ("x_amazon_item_ref", "!=", False)]
    rows = group.admin.search_read("sale.order.line", domain, ["product_id", taxes], order="id")
    return [(row["product_id"][0], row[taxes]) for row in rows]


def test_each_company_sells_its_own_products_from_its_own_warehouse(group: Group) -> None:
    sku, shared_sku = f"MUG-{group.server.key}", f"CUP-{group.server.key}"
    taxes = {"north": tax(group, "north"), "south": tax(group, "south")}
    own = {
        name: group.make(
            "product.product",
            name=f"{sku} {name}",
            type="consu",
            default_code=sku,
            company_id=group.ids[name],
            taxes_id=[[6, 0, [taxes[name]]]],
        )
        for name in taxes
    }
    shared = group.make(
        "product.product",
        name=shared_sku,
        type="consu",
        default_code=shared_sku,
        taxes_id=[[6, 0, list(taxes.values())]],
    )
    orders = {name: order_for(group, name, place, sku, shared_sku) for place, name in enumerate(taxes)}
    ends = group.land(*orders.items())
    assert [end.kind for end in ends] == [OutcomeKind.IMPORTED] * 2
    for name, order in orders.items():
        row = group.sale_order(name, order)
        account = group.accounts[name]
        house, its_team = whose(group, row["warehouse_id"][0], row["team_id"][0])
        assert (row["company_id"][0], row["state"]) == (group.ids[name], "sale")
        assert (row["amount_total"], row["amount_tax"]) == (238.0, 38.0)
        assert house == (account.warehouse, group.ids[name])
        assert its_team == (TEAM, group.ids[name])
        assert lines(group, row["id"]) == [(own[name], [taxes[name]]), (shared, [taxes[name]])]
        pickings = group.admin.search_read(
            "stock.picking", [("sale_id", "=", row["id"])], ["company_id", "picking_type_id", "state"]
        )
        (picking,) = pickings
        assert (picking["company_id"][0], picking["state"]) == (group.ids[name], "assigned")
        kind = group.admin.search_read(
            "stock.picking.type", [("id", "=", picking["picking_type_id"][0])], ["warehouse_id"]
        )
        assert kind[0]["warehouse_id"][0] == row["warehouse_id"][0]
    again = group.land(*orders.items())
    assert [end.kind for end in again] == [OutcomeKind.UNCHANGED] * 2


def test_lines_that_are_added_later_get_their_companys_taxes(group: Group) -> None:
    sku = f"LATER-{group.server.key}"
    taxes = {"north": tax(group, "north"), "south": tax(group, "south")}
    shared = group.make(
        "product.product", name=sku, type="consu", default_code=sku, taxes_id=[[6, 0, list(taxes.values())]]
    )
    orders = {name: order_for(group, name, 40 + place, f"ONE-{sku}") for place, name in enumerate(taxes)}
    assert [end.kind for end in group.land(*orders.items())] == [OutcomeKind.IMPORTED] * 2
    more = {
        name: newer(order, *order.items, an_item(part("ITEM", "119.00"), sku=sku, item_id=f"{order.items[0].item_id}9"))
        for name, order in orders.items()
    }
    assert [end.kind for end in group.land(*more.items())] == [OutcomeKind.UPDATED] * 2
    for name, order in more.items():
        row = group.sale_order(name, order)
        assert lines(group, row["id"])[1] == (shared, [taxes[name]])
        assert row["amount_total"] == 238.0


def whose(group: Group, warehouse_id: int, team_id: int) -> tuple[tuple[str, int], tuple[str, int]]:
    """Code and company of the warehouse, name and company of the team."""
    (house,) = group.admin.search_read("stock.warehouse", [("id", "=", warehouse_id)], ["code", "company_id"])
    (its_team,) = group.admin.search_read("crm.team", [("id", "=", team_id)], ["name", "company_id"])
    return (house["code"], house["company_id"][0]), (its_team["name"], its_team["company_id"][0])


def test_what_amazon_ships_leaves_the_companys_own_stock_at_amazon(group: Group) -> None:
    orders = {
        name: order_for(
            group, name, 10 + place, f"FBA-{group.server.key}", channel=Channel.FBA, status=OrderStatus.SHIPPED
        )
        for place, name in enumerate(group.accounts)
    }
    assert [end.kind for end in group.land(*orders.items())] == [OutcomeKind.IMPORTED] * 2
    for name, order in orders.items():
        row = group.sale_order(name, order)
        (picking,) = group.admin.search_read("stock.picking", [("sale_id", "=", row["id"])], ["location_id", "state"])
        (place,) = group.admin.search_read(
            "stock.location", [("id", "=", picking["location_id"][0])], ["name", "company_id"]
        )
        assert (picking["state"], place["name"], place["company_id"][0]) == ("done", "Amazon", group.ids[name])


def test_another_companys_product_is_never_sold(group: Group) -> None:
    sku = f"SOUTH-{group.server.key}"
    group.make("product.product", name=sku, type="consu", default_code=sku, company_id=group.ids["south"])
    first = order_for(group, "north", 20, sku)
    assert [end.kind for end in group.land(("north", first))] == [OutcomeKind.IMPORTED]
    sold = lines(group, group.sale_order("north", first)["id"])[0][0]
    domain = [("x_account", "=", group.accounts["north"].key), ("x_sku", "=", sku)]
    (offer,) = group.admin.search_read("x_amazon_offer", domain, ["x_product_id", "x_needs_pairing", "x_company_id"])
    assert (offer["x_product_id"][0], offer["x_needs_pairing"]) == (sold, True)
    assert offer["x_company_id"][0] == group.ids["north"]
    assert offer["x_product_id"][1] == "Amazon Sale"


def test_an_offer_paired_with_another_companys_product_waits_for_a_person(group: Group) -> None:
    sku = f"WRONG-{group.server.key}"
    first, second, well = (order_for(group, "north", 30 + place, sku if place < 2 else f"x{sku}") for place in range(3))
    group.land(("north", first))
    foreign = group.make("product.product", name=sku, type="consu", company_id=group.ids["south"])
    domain = [("x_account", "=", group.accounts["north"].key), ("x_sku", "=", sku)]
    (offer,) = group.admin.search_read("x_amazon_offer", domain, ["x_sku"])
    values = {"x_product_id": foreign, "x_needs_pairing": False}
    group.admin.call("x_amazon_offer", "write", ids=[offer["id"]], vals=values)
    ends = group.land(("north", second), ("north", well))
    assert [(end.kind, end.detail) for end in ends] == [(OutcomeKind.PARKED, ODOO_REFUSED), (OutcomeKind.IMPORTED, "")]
    assert group.admin.search_read("sale.order", [("client_order_ref", "=", second.order_id)], ["name"]) == []
    (offer,) = group.admin.search_read("x_amazon_offer", domain, ["x_product_id", "x_needs_pairing"])
    assert (offer["x_product_id"][0], offer["x_needs_pairing"]) == (foreign, False)


def test_a_new_companys_default_tax_joins_the_products_once(odoo_server: Server, admin: Odoo) -> None:
    name = f"Connector Tests {odoo_server.key}"
    new = company(admin, name)
    fresh = odoo_server.admin()
    warehouse(fresh, new, odoo_server.key[:5].upper())
    group = Group(fresh, odoo_server, {"new": new}, {})
    own = tax(group, "new")
    fresh.call("res.company", "write", ids=[new], vals={"account_sale_tax_id": own})
    asked = SetupPlan(companies=(name,), currencies=("EUR",))
    kinds = ("sale", "shipping", "gift_wrap", "discount", "rounding")
    products = {kind: fresh.ref(f"__amazon_sync__.product_{kind}") or 0 for kind in kinds}

    def taxed() -> set[str]:
        domain = [("id", "in", list(products.values())), ("taxes_id", "in", [own])]
        found = {row["id"] for row in fresh.search_read("product.product", domain, ["name"])}
        return {kind for kind, record in products.items() if record in found}

    run_setup(fresh, asked)
    assert taxed() == set(kinds) - {"rounding"}
    fresh.call("product.product", "write", ids=[products["shipping"]], vals={"taxes_id": [[3, own]]})
    run_setup(fresh, asked)
    assert taxed() == {"sale", "gift_wrap", "discount"}
    fresh.close()
