"""Who bought and where it goes: whom we take for the same, and what is kept of an odd address."""

from __future__ import annotations

from typing import Any

import pytest

from domain.odoo_facts import CountryFacts
from domain.order import Buyer, Order
from domain.partner import PartnerCommand
from mappers.names import address_xid, contact_xid
from mappers.partner import partners
from tests.builders import COUNTRIES, ORDER_ID, an_address, an_order

ALIAS = "abc123@marketplace.amazon.de"


def both(order: Order) -> tuple[PartnerCommand, PartnerCommand]:
    return partners("acme-eu", order, COUNTRIES, company=1)


def contact_of(**changes: Any) -> PartnerCommand:
    return both(an_order(**changes))[0]


def place(**changes: Any) -> PartnerCommand:
    return both(an_order(address=an_address(**changes)))[1]


def test_contact_and_address_of_a_usual_order() -> None:
    contact, address = both(an_order(buyer=Buyer(name="Max Käufer", email=ALIAS)))
    place: dict[str, Any] = {
        "street": "Hauptstr. 5",
        "city": "Berlin",
        "zip": "10115",
        "state": 601,
        "country": 57,
        "company": 1,
    }
    assert contact == PartnerCommand(
        xid=contact_xid("acme-eu", f"1\x1f{ALIAS}"), name="Max Käufer", email=ALIAS, phone="+49 30 1234", **place
    )
    assert address == PartnerCommand(
        xid=address.xid, name="Erika Mustermann", parent=contact.xid, phone="+49 30 1234", **place
    )
    # Records in Odoo carry this for ever: by another text every address would be made again.
    text = "erika mustermann\x1fhauptstr. 5\x1fberlin\x1fbe\x1f10115\x1fde"
    assert address.xid == address_xid("acme-eu", contact.xid, text)


# ------------------------------------------------------------ which address is the same
@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"lines": ("HAUPTSTR.  5",)}, True),
        ({"city": " berlin "}, True),
        ({"name": "ERIKA MUSTERMANN"}, True),
        ({"phone": "+49 30 9999"}, True),
        ({"kind": "RESIDENTIAL"}, True),
        ({"lines": ("Hauptstr. 5", "")}, True),
        ({"district": "  "}, True),
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
    assert contact == PartnerCommand(xid=contact_xid("acme-eu", ORDER_ID), name=name, company=1)
    assert address == PartnerCommand(xid=address.xid, name=name, parent=contact.xid, company=1)


def test_the_recipient_stands_in_for_a_nameless_buyer() -> None:
    contact, address = both(an_order(buyer=Buyer(email=ALIAS)))
    assert (contact.name, address.name) == ("Erika Mustermann", "Erika Mustermann")


def test_the_buyer_stands_in_for_a_nameless_recipient() -> None:
    contact, address = both(an_order(buyer=Buyer(name="Max"), address=an_address(name="")))
    assert (contact.name, address.name) == ("Max", "Max")


@pytest.mark.parametrize(("length", "kept"), [(300, 300), (301, 300), (3000, 300)])
def test_a_name_longer_than_odoo_can_index_is_whole_in_a_note(length: int, kept: int) -> None:
    long = "東" * length
    note = () if length == kept else (f"Name: {long}",)
    for partner in both(an_order(buyer=Buyer(name=long), address=an_address(name=long))):
        assert (partner.name, partner.notes) == ("東" * kept, note)


def test_a_name_is_not_cut_into_a_blank() -> None:
    assert contact_of(buyer=Buyer(name="x" * 299 + " yz")).name == "x" * 299


def test_three_hundred_letters_in_any_other_field_stay_as_they_are() -> None:
    long = "ż" * 300
    partner = place(lines=(long, "2" + long), city=long, postal_code=long, phone=long)
    assert (partner.street, partner.street2, partner.city, partner.zip, partner.phone) == (
        long, "2" + long, long, long, long,
    )  # fmt: skip


def test_what_was_typed_on_several_lines_is_one() -> None:
    contact, address = both(
        an_order(
            buyer=Buyer(name="Max\nKäufer"),
            address=an_address(name="Erika\r\nMuster", lines=("Hauptstr. 5 \n 2. OG",), city="Ber\u2028lin"),
        )
    )
    assert (contact.name, address.name) == ("Max Käufer", "Erika, Muster")
    assert (address.street, address.city) == ("Hauptstr. 5, 2. OG", "Ber, lin")


# ------------------------------------------------------------ where it goes
@pytest.mark.parametrize(
    ("changes", "street", "street2"),
    [
        ({"lines": ("Hauptstr. 5",)}, "Hauptstr. 5", ""),
        ({"lines": ("", "Hauptstr. 5")}, "Hauptstr. 5", ""),
        ({"lines": (" ", " Hauptstr. 5 ", "2. OG")}, "Hauptstr. 5", "2. OG"),
        ({"lines": ("c/o Muster", "Hauptstr. 5", "2. OG")}, "c/o Muster", "Hauptstr. 5, 2. OG"),
        ({"lines": ()}, "", ""),
        ({"lines": ("Packstation 123", "1234567")}, "Packstation 123", "1234567"),
        ({"lines": ("PO Box 77",)}, "PO Box 77", ""),
        ({"lines": ("ERIKA MUSTERMANN", "Hauptstr. 5")}, "Hauptstr. 5", ""),
        ({"lines": ("Erika Mustermann",)}, "Erika Mustermann", ""),
        ({"company": "Muster GmbH"}, "Hauptstr. 5", "Muster GmbH"),
        ({"company": "Muster GmbH", "lines": ("MUSTER GMBH", "Hauptstr. 5")}, "Hauptstr. 5", "Muster GmbH"),
        ({"company": "Muster GmbH", "lines": ("Hauptstr. 5", "2. OG")}, "Hauptstr. 5", "2. OG, Muster GmbH"),
        ({"company": "Erika Mustermann"}, "Hauptstr. 5", ""),
        ({"district": "Mitte", "municipality": "Bezirk"}, "Hauptstr. 5", "Mitte, Bezirk"),
        ({"district": "Mitte", "municipality": "Mitte"}, "Hauptstr. 5", "Mitte"),
        ({"lines": ("Hauptstr. 5", "Mitte"), "district": "Mitte"}, "Hauptstr. 5", "Mitte"),
        ({"state": "Atlantis"}, "Hauptstr. 5", "Atlantis"),
        ({"state": "   "}, "Hauptstr. 5", ""),
        ({"state": "Bayern", "country_code": "XX"}, "Hauptstr. 5", "Bayern, XX"),
        ({"state": "", "country_code": "ZZ"}, "Hauptstr. 5", "ZZ"),
        ({"state": "JP", "country_code": "JP"}, "Hauptstr. 5", ""),
    ],
)
def test_lines_and_what_odoo_has_no_field_for(changes: dict[str, Any], street: str, street2: str) -> None:
    for partner in (place(**changes), contact_of(address=an_address(**changes))):
        assert (partner.street, partner.street2) == (street, street2)


@pytest.mark.parametrize("kind", ["PICKUP_POINT", " pickup_point "])
def test_a_pick_up_point_is_known_as_one(kind: str) -> None:
    contact, address = both(an_order(address=an_address(kind=kind, lines=("Packstation 123",))))
    assert (contact.notes, address.notes) == ((), ("Pick-up point",))


@pytest.mark.parametrize(
    ("state", "country", "state_id", "country_id"),
    [
        ("BE", "DE", 601, 57),
        ("be", "de", 601, 57),
        ("Berlin", " DE ", 601, 57),
        ("Nordrhein-Westfalen", "DE", 602, 57),
        ("NORDRHEIN-WESTFÄLEN", "DE", 602, 57),
        ("NRW", "DE", 602, 57),
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


def test_a_persons_name_in_a_line_is_a_street_unless_it_is_the_recipients() -> None:
    """Odoo prints a company's name above the address of whoever is below it, and no person's."""
    contact, address = both(an_order(buyer=Buyer(name="Max"), address=an_address(lines=("Max", "Hauptstr. 5"))))
    assert (contact.street, contact.street2) == ("Max", "Hauptstr. 5")
    assert (address.street, address.street2) == ("Max", "Hauptstr. 5")


def test_a_country_without_states_keeps_the_state_as_text() -> None:
    partner = place(state="東京都", country_code="JP", lines=("丸の内1-1-1",))
    assert (partner.country, partner.state, partner.street2) == (113, None, "東京都")


def test_blanks_around_city_and_postal_code_go() -> None:
    partner = place(city=" Berlin ", postal_code=" 10115 ")
    assert (partner.city, partner.zip) == ("Berlin", "10115")


def test_no_country_is_known() -> None:
    none: dict[str, CountryFacts] = {}
    assert partners("acme-eu", an_order(), none, company=1)[1].street2 == "BE, DE"
