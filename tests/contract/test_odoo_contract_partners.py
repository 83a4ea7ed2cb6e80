"""Contacts and what is below them on every Odoo: company names, tax numbers, and whose they are."""

from __future__ import annotations

import random
import re

from clients.odoo.client import Odoo
from tests.contract.odoo_targets import Shop, a_shop, a_target, connected  # noqa: F401  # fixtures

VAT = "DE136695976"


def test_whoever_is_put_below_a_contact_loses_the_companys_name_as_text(shop: Shop) -> None:
    parent = shop.partner(company_name="Parent AG")
    child = shop.partner(company_name="Child AG", type="delivery")
    assert shop.read("res.partner", child, "company_name", "commercial_company_name") == {
        "company_name": "Child AG", "commercial_company_name": "Child AG",
    }  # fmt: skip
    shop.write("res.partner", child, parent_id=parent)
    assert shop.read("res.partner", child, "company_name", "commercial_company_name") == {
        "company_name": False, "commercial_company_name": False,
    }  # fmt: skip
    assert shop.read("res.partner", parent, "company_name") == {"company_name": "Parent AG"}


def test_an_address_below_a_company_is_shown_with_its_name(shop: Shop) -> None:
    company = shop.partner(is_company=True)
    address = shop.partner(name="Erika", type="delivery", parent_id=company)
    told = shop.read("res.partner", address, "display_name", "commercial_company_name", "commercial_partner_id")
    assert told["commercial_partner_id"][0] == company
    name = f"Partner {shop.key}"
    assert (told["display_name"], told["commercial_company_name"]) == (f"{name}, Erika", name)


def test_a_tax_number_goes_down_to_addresses_but_not_to_companies(shop: Shop) -> None:
    company = shop.partner(is_company=True, country_id=shop.odoo.ref("base.de"))
    before, branch = shop.partner(parent_id=company, type="delivery"), shop.partner(parent_id=company, is_company=True)
    shop.write("res.partner", company, vat=VAT)
    after = shop.partner(type="delivery")
    shop.write("res.partner", after, parent_id=company)
    numbers = [shop.read("res.partner", one, "vat")["vat"] for one in (company, before, after, branch)]
    assert numbers == [VAT, VAT, VAT, False]


def wide(count: int) -> str:
    """Letters of four bytes each in an order that does not compress: PostgreSQL compresses what it indexes."""
    chance = random.Random(count)
    return "".join(chr(chance.randrange(0x20000, 0x2A6D0)) for _ in range(count))


def test_an_address_of_300_wide_letters_is_kept_whole(odoo: Odoo, shop: Shop) -> None:
    fields = ["name", "street", "street2", "city", "zip", "phone", "email"]
    values = {name: wide(300 + place)[:300] for place, name in enumerate(fields)}
    loaded = odoo.load("res.partner", ["id", *fields], [[shop.xid("wide"), *values.values()]])
    assert loaded.messages == ()
    assert shop.read("res.partner", shop.target_of("wide"), *fields) == values
    child = shop.partner(name=wide(400)[:300], type="delivery", parent_id=shop.target_of("wide"))
    assert shop.read("res.partner", child, "display_name") == {"display_name": f"{values['name']}, {wide(400)[:300]}"}


def test_a_name_too_long_for_its_index_is_refused(odoo: Odoo, shop: Shop) -> None:
    loaded = odoo.load("res.partner", ["id", "name"], [[shop.xid("endless"), wide(1200)]])
    assert loaded.ids is None
    (told,) = loaded.messages
    expected = r'index row size \d+ exceeds btree version 4 maximum 2704 for index "res_partner_{1,2}name_index"'
    assert re.match(expected, told.text)
    assert odoo.ref(shop.xid("endless")) is None
