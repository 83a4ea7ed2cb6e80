"""Who bought and where it goes: whom we take for the same, and what is kept of an odd address."""

from __future__ import annotations

from typing import Any

import pytest

from domain.odoo import CountryFacts, PartnerCommand
from domain.order import Buyer, Order
from mappers.names import contact_xid
from mappers.partner import fold, partners
from tests.builders import COUNTRIES, ORDER_ID, an_address, an_order

ALIAS = "abc123@marketplace.amazon.de"


def both(order: Order) -> tuple[PartnerCommand, PartnerCommand]:
    return partners("acme-eu", order, COUNTRIES)


def contact_of(**changes: Any) -> PartnerCommand:
    return both(an_order(**changes))[0]


def place(**changes: Any) -> PartnerCommand:
    return both(an_order(address=an_address(**changes)))[1]


def test_contact_and_address_of_a_usual_order() -> None:
    buyer = Buyer(name="Max Käufer", email=ALIAS, company="Käufer AG")
    contact, address = both(an_order(buyer=buyer, address=an_address(company="Muster GmbH")))
    assert contact == PartnerCommand(
        xid=contact_xid("acme-eu", ALIAS),
        name="Max Käufer",
        company_name="Käufer AG",
        email=ALIAS,
        phone="+49 30 1234",
        street="Hauptstr. 5",
        city="Berlin",
        zip="10115",
        state=601,
        country=57,
    )
    assert address == PartnerCommand(
        xid=address.xid,
        name="Erika Mustermann",
        parent=contact.xid,
        company_name="Muster GmbH",
        phone="+49 30 1234",
        street="Hauptstr. 5",
        city="Berlin",
        zip="10115",
        state=601,
        country=57,
    )
    assert address.xid.startswith("__amazon_sync__.address_acme-eu_")


# ------------------------------------------------------------ who is the same
def test_the_same_alias_is_the_same_contact_whatever_its_case() -> None:
    first = contact_of(buyer=Buyer(name="A", email=ALIAS), order_id="1")
    again = contact_of(buyer=Buyer(name="B", email=" ABC123@Marketplace.Amazon.DE "), order_id="2")
    assert first.xid == again.xid


@pytest.mark.parametrize(
    "email",
    [
        "",
        "no-reply-amazon-iba-buyer@marketplace.amazon.it",
        "No-Reply@marketplace.amazon.de",
        "noreply@marketplace.amazon.de",
        "donotreply@marketplace.amazon.de",
        "do-not-reply@marketplace.amazon.de",
        "@marketplace.amazon.de",
        "jane@example.com",
        "jane@amazon.de",
        "jane",
    ],
)
def test_an_address_that_may_be_shared_identifies_the_order_only(email: str) -> None:
    buyer = Buyer(name="Amazon Business EU SARL", email=email)
    contacts = [contact_of(buyer=buyer, order_id=order_id) for order_id in ("1", "2")]
    assert [contact.xid for contact in contacts] == [contact_xid("acme-eu", "1"), contact_xid("acme-eu", "2")]
    assert contacts[0].xid != contacts[1].xid
    assert contacts[0].email == email


def test_two_people_of_one_name_are_two_contacts() -> None:
    first = contact_of(buyer=Buyer(name="Anna Schmidt", email="a@marketplace.amazon.de"))
    second = contact_of(buyer=Buyer(name="Anna Schmidt", email="b@marketplace.amazon.de"))
    assert (first.name, second.name) == ("Anna Schmidt", "Anna Schmidt")
    assert first.xid != second.xid


def test_one_buyer_with_two_addresses_is_one_contact() -> None:
    home, home_address = both(an_order())
    work, work_address = both(an_order(address=an_address(lines=("Werkstr. 1",))))
    assert home.xid == work.xid == home_address.parent == work_address.parent
    assert home_address.xid != work_address.xid


def test_one_address_of_two_buyers_is_two_records() -> None:
    addresses = [both(an_order(buyer=Buyer(email=f"{who}@marketplace.amazon.de")))[1] for who in "ab"]
    assert addresses[0].xid != addresses[1].xid


def test_two_accounts_never_share_a_contact() -> None:
    assert both(an_order())[0].xid != partners("acme-us", an_order(), COUNTRIES)[0].xid


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"lines": ("HAUPTSTR.  5",)}, True),
        ({"city": " berlin "}, True),
        ({"name": "ERIKA MUSTERMANN"}, True),
        ({"phone": "+49 30 9999"}, True),
        ({"kind": "RESIDENTIAL"}, True),
        ({"lines": ("Hauptstr. 5", "")}, True),
        ({"lines": ("Hauptstr. 6",)}, False),
        ({"lines": ("Hauptstr. 5", "2. OG")}, False),
        ({"name": "Max Mustermann"}, False),
        ({"company": "Muster GmbH"}, False),
        ({"postal_code": "10117"}, False),
        ({"district": "Mitte"}, False),
        ({"country_code": "AT"}, False),
    ],
)
def test_what_makes_two_addresses_the_same(changes: dict[str, Any], same: bool) -> None:
    assert (place(**changes).xid == place().xid) is same


def test_japanese_places_that_differ_in_a_sound_mark_are_two() -> None:
    assert place(city="ハタ").xid != place(city="バタ").xid


# ------------------------------------------------------------ what may be missing
def test_an_order_without_buyer_and_address() -> None:
    contact, address = both(an_order(buyer=Buyer(), address=None))
    name = f"Amazon Customer {ORDER_ID}"
    assert contact == PartnerCommand(xid=contact_xid("acme-eu", ORDER_ID), name=name)
    assert address == PartnerCommand(xid=address.xid, name=name, parent=contact.xid)


def test_the_recipient_stands_in_for_a_nameless_buyer() -> None:
    contact, address = both(an_order(buyer=Buyer(email=ALIAS)))
    assert (contact.name, address.name) == ("Erika Mustermann", "Erika Mustermann")


def test_the_buyer_stands_in_for_a_nameless_recipient() -> None:
    contact, address = both(an_order(buyer=Buyer(name="Max"), address=an_address(name="")))
    assert (contact.name, address.name) == ("Max", "Max")


# ------------------------------------------------------------ where it goes
@pytest.mark.parametrize(
    ("changes", "street", "street2"),
    [
        ({"lines": ("Hauptstr. 5",)}, "Hauptstr. 5", ""),
        ({"lines": ("", "Hauptstr. 5")}, "Hauptstr. 5", ""),
        ({"lines": (" ", " Hauptstr. 5 ", "2. OG")}, "Hauptstr. 5", "2. OG"),
        ({"lines": ("Muster GmbH", "Hauptstr. 5", "2. OG")}, "Muster GmbH", "Hauptstr. 5, 2. OG"),
        ({"lines": ()}, "", ""),
        ({"district": "Mitte", "municipality": "Bezirk"}, "Hauptstr. 5", "Mitte, Bezirk"),
        ({"district": "Mitte", "municipality": "Mitte"}, "Hauptstr. 5", "Mitte"),
        ({"lines": ("Hauptstr. 5", "Mitte"), "district": "Mitte"}, "Hauptstr. 5", "Mitte"),
        ({"state": "Atlantis"}, "Hauptstr. 5", "Atlantis"),
        ({"state": "   "}, "Hauptstr. 5", ""),
        ({"state": "Bayern", "country_code": "XX"}, "Hauptstr. 5", "Bayern"),
    ],
)
def test_lines_and_what_odoo_has_no_field_for(changes: dict[str, Any], street: str, street2: str) -> None:
    for partner in (place(**changes), contact_of(address=an_address(**changes))):
        assert (partner.street, partner.street2) == (street, street2)


@pytest.mark.parametrize(
    ("state", "country", "state_id", "country_id"),
    [
        ("BE", "DE", 601, 57),
        ("be", "de", 601, 57),
        ("Berlin", " DE ", 601, 57),
        ("Nordrhein-Westfalen", "DE", 602, 57),
        ("NORDRHEIN-WESTFÄLEN", "DE", 602, 57),
        ("CA", "US", 13, 233),
        ("CA", "DE", None, 57),
        ("", "DE", None, 57),
        ("BE", "XX", None, None),
        ("BE", "", None, None),
    ],
)
def test_a_state_is_looked_for_within_its_country(
    state: str, country: str, state_id: int | None, country_id: int | None
) -> None:
    partner = place(state=state, country_code=country)
    assert (partner.state, partner.country) == (state_id, country_id)


def test_a_country_without_states_keeps_the_state_as_text() -> None:
    partner = place(state="東京都", country_code="JP", lines=("丸の内1-1-1",))
    assert (partner.country, partner.state, partner.street2) == (113, None, "東京都")


def test_blanks_around_city_and_postal_code_go() -> None:
    partner = place(city=" Berlin ", postal_code=" 10115 ")
    assert (partner.city, partner.zip) == ("Berlin", "10115")


def test_no_country_is_known() -> None:
    none: dict[str, CountryFacts] = {}
    assert partners("acme-eu", an_order(), none)[1].street2 == "BE"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  Île-de-France ", "ile-de-france"),
        ("São  Paulo", "sao paulo"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Cañon", "canon"),
        ("Iași", "iasi"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded
