"""Taxes by destination (OSS) on every Odoo: 19 finds fiscal positions by itself, 14 is asked for them; the same end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from clients.odoo.client import Connection, Odoo, connect
from clients.odoo.facts import reference
from clients.odoo.setup.plan import BotRequest, SetupPlan
from clients.odoo.setup.run import run_setup
from domain.account import Account
from domain.order import Buyer, Order
from tests.builders import an_account, an_address, an_item, part
from tests.contract.odoo_desk import Desk
from tests.contract.odoo_targets import TARGETS, Target, a_target
from tests.odoo.conftest import record

__all__ = ["TARGETS", "a_target"]

# Where goods go: country and postal code, the tax (included) of goods that bear 19 % at home, and of 121.00 the tax.
PLACES = {
    "home": ("DE", "10115", 19, 19.32),
    "France": ("FR", "75001", 20, 20.17),
    "Belgium": ("BE", "1000", 21, 21.0),
    "Spain": ("ES", "28001", 10, 11.0),
    "Canary Islands": ("ES", "35001", 7, 7.92),
}


@dataclass(frozen=True)
class Oss:
    """A company that sells abroad, with a bot of its own; `tax`: percentages by id."""

    desk: Desk
    company: int
    tax: Mapping[int, float]
    sku: str

    def order(self, country: str, code: str, *, buyer: str = "", collected: bool = False) -> Order:
        """One piece for 121.00, sent to `country`; `collected`: its tax is Amazon's matter."""
        item = an_item(part("ITEM", "121.00"), sku=self.sku, tax_collected_by_amazon=collected)
        email = f"{buyer or uuid4().hex}@marketplace.amazon.de"
        there = an_address(country_code=country, postal_code=code, state="", lines=(f"Street {uuid4().hex[:6]}",))
        return self.desk.order(item, buyer=Buyer(name="Ada", email=email), address=there)

    def land(self, *orders: Order) -> list[int]:
        """Import all of `orders` in one batch; their ids."""
        results = self.desk.land_all(orders)
        assert all(isinstance(one, int) for one in results), results
        return [one for one in results if isinstance(one, int)]

    def told(self, sale_order: int) -> tuple[bool, list[float], float, float]:
        """Whether the order has a position; its goods' taxes; its tax and total."""
        odoo = self.desk.odoo
        fields = ["fiscal_position_id", "amount_tax", "amount_total"]
        (row,) = odoo.search_read("sale.order", [("id", "=", sale_order)], fields)
        column = odoo.first_field("sale.order.line", "tax_ids", "tax_id")
        (line,) = odoo.search_read("sale.order.line", [("order_id", "=", sale_order)], [column])
        taxes = [self.tax[one] for one in line[column]]
        return bool(row["fiscal_position_id"]), taxes, row["amount_tax"], row["amount_total"]


def make_tax(admin: Odoo, company: int, percent: float) -> int:
    """A tax of `company`, included in prices."""
    old = admin.version[0] < 19
    values: dict[str, Any] = {
        "name": f"Included {percent} {uuid4().hex[:6]}", "amount_type": "percent", "type_tax_use": "sale",
        "amount": percent, "company_id": company,
    }  # fmt: skip
    values |= {"price_include": True} if old else {"price_include_override": "tax_included"}
    values |= {} if old else {"country_id": admin.ref("base.us")}
    (tax,) = admin.call("account.tax", "create", vals_list=[values], context={"allowed_company_ids": [company]})
    return int(tax)


def make_position(admin: Odoo, company: int, source: int, target: int, **vals: Any) -> None:
    """A fiscal position that applies by itself and puts `target` in place of `source`."""
    within = {"allowed_company_ids": [company]}
    old = admin.version[0] < 19
    if old:
        vals["tax_ids"] = [[0, 0, {"tax_src_id": source, "tax_dest_id": target}]]
    values = {"name": f"OSS {uuid4().hex[:6]}", "auto_apply": True, "company_id": company, **vals}
    (position,) = admin.call("account.fiscal.position", "create", vals_list=[values], context=within)
    if not old:
        link = {"fiscal_position_ids": [[4, position]], "original_tax_ids": [[4, source]]}
        admin.call("account.tax", "write", ids=[target], vals=link, context=within)


def make_company(admin: Odoo, name: str) -> int:
    """A company with a warehouse, without taxes and fiscal positions of its chart of accounts."""
    (company,) = admin.call("res.company", "create", vals_list=[{"name": name, "country_id": admin.ref("base.us")}])
    admin.call("res.users", "write", ids=[admin.uid], vals={"company_ids": [[4, company]]})
    admin.call("res.company", "write", ids=[company], vals={"account_sale_tax_id": False})
    if not admin.search_read("stock.warehouse", [["company_id", "=", company]], ["id"]):
        values = {"name": name, "code": name[-5:], "company_id": company}
        admin.call("stock.warehouse", "create", vals_list=[values])
    archive_positions(admin, company)
    return int(company)


def archive_positions(admin: Odoo, company: int) -> None:
    found = admin.search_read("account.fiscal.position", [["company_id", "=", company]], ["id"])
    ids = [one["id"] for one in found]
    admin.call("account.fiscal.position", "write", ids=ids, vals={"active": False})


@pytest.fixture(scope="module", name="oss")
def an_oss_company(target: Target) -> Iterator[Oss]:
    admin = connect(Connection(target.url, target.database, target.login, target.key))
    run_setup(admin, SetupPlan(currencies=("EUR",)))
    key = uuid4().hex[:8]
    company = make_company(admin, f"OSS {key}")
    taxes = {percent: make_tax(admin, company, percent) for percent in (19, 20, 21, 10, 7)}
    abroad = {country: admin.ref(f"base.{country.lower()}") for country in ("FR", "BE", "ES")}
    make_position(admin, company, taxes[19], taxes[20], country_id=abroad["FR"])
    make_position(admin, company, taxes[19], taxes[21], country_id=abroad["BE"])
    zips = {"zip_from": "35000", "zip_to": "35999", "sequence": 1}
    make_position(admin, company, taxes[19], taxes[7], country_id=abroad["ES"], **zips)
    make_position(admin, company, taxes[19], taxes[10], country_id=abroad["ES"], sequence=2)
    goods = {"name": f"Goods {key}", "default_code": key, "type": "consu", "taxes_id": [[6, 0, [taxes[19]]]]}
    admin.call("product.product", "create", vals_list=[{**goods, "company_id": company}])
    secret = f"oss-{uuid4().hex}"
    run_setup(admin, SetupPlan((f"OSS {key}",), ("EUR",), bot=BotRequest(f"oss-{key}", secret)))
    bot = connect(Connection(target.url, target.database, f"oss-{key}", secret))
    account: Account = an_account(key=f"oss-{key}")
    percentages = {tax: float(percent) for percent, tax in taxes.items()}
    yield Oss(Desk(admin, bot, account, reference(bot)), company, percentages, key)
    # Other tests share the server: what they see must be what it was.
    archive_positions(admin, company)
    admin.call("res.users", "write", ids=[admin.uid], vals={"company_ids": [[3, company]]})
    bot.close()
    admin.close()


@pytest.mark.parametrize("place", PLACES)
def test_the_destination_decides_the_tax(oss: Oss, place: str) -> None:
    country, code, percent, tax = PLACES[place]
    (sale_order,) = oss.land(oss.order(country, code))
    assert oss.told(sale_order) == (place != "home", [percent], tax, 121.0)


def test_all_in_one_batch_end_as_one_by_one(oss: Oss) -> None:
    orders = [oss.order(country, code) for country, code, _, _ in PLACES.values()]
    told = [oss.told(sale_order) for sale_order in oss.land(*orders)]
    assert told == [(name != "home", [percent], tax, 121.0) for name, (_, _, percent, tax) in PLACES.items()]


def test_an_order_without_taxes_has_its_position_all_the_same(oss: Oss) -> None:
    orders = [
        oss.order("FR", "75001", collected=True),
        oss.order("FR", "75001"),
        oss.order("DE", "10115", collected=True),
    ]
    assert [oss.told(sale_order) for sale_order in oss.land(*orders)] == [
        (True, [], 0.0, 121.0), (True, [20.0], 20.17, 121.0), (False, [], 0.0, 121.0),
    ]  # fmt: skip


@pytest.mark.parametrize("place", ["home", "Belgium"])
def test_goods_do_not_follow_the_contact(oss: Oss, place: str) -> None:
    buyer = uuid4().hex
    (first,) = oss.land(oss.order("FR", "75001", buyer=buyer))
    country, code, percent, tax = PLACES[place]
    (gift,) = oss.land(oss.order(country, code, buyer=buyer))
    assert oss.told(first) == (True, [20.0], 20.17, 121.0)
    assert oss.told(gift) == (place != "home", [percent], tax, 121.0)
    contacts = oss.desk.odoo.search_read("sale.order", [("id", "in", [first, gift])], ["partner_id"])
    assert len({one["partner_id"][0] for one in contacts}) == 1


def test_customers_alike_are_asked_for_once(oss: Oss) -> None:
    recording = record(oss.desk.odoo)
    orders = [oss.order(country, code) for country, code in [("FR", "75001")] * 3 + [("BE", "1000")] * 3]
    assert len(oss.land(*orders)) == 6
    calls = Counter(f"{call.model}.{call.method}" for call in recording.calls)
    old = oss.desk.old
    assert calls["sale.order.onchange"] == (2 if old else 0)
    assert calls["account.fiscal.position.search_read"] == (1 if old else 0)
    assert calls["sale.order.load"] == (1 if old else 0)
