"""Addresses out of the ordinary, from Amazon's JSON to the fields of Odoo's partners, on every Odoo."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.contract.odoo_desk import TARGETS, Desk, a_desk, a_target  # noqa: F401  # fixtures
from tests.contract.people_orders import alias, land, raw_order

LONG = "Łódź ünï 東京 " * 30
# Letters of four bytes that do not compress, as they are in an index together with the contact's.
ENDLESS = "".join(chr(random.Random(number).randrange(0x20000, 0x2A6D0)) for number in range(1200))
WIDE = ENDLESS[:300]
HOME = {"street": "Hauptstr. 5", "city": "Berlin", "zip": "10115", "country": "DE", "phone": "+49 30 1234"}


def to(**changes: Any) -> dict[str, Any]:
    """The expected address: HOME of Erika with `changes`; None: the field is empty."""
    whole = {"name": "Erika Mustermann", **HOME, **changes}
    return {name: value for name, value in whole.items() if value is not None}


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "usual": ({}, to()),
    "no-name": ({"name": None}, to(name="Max Käufer")),
    "street-in-line-2": ({"addressLine1": "", "addressLine2": "Hauptstr. 5"}, to()),
    "three-lines": (
        {"addressLine1": "c/o Meier", "addressLine2": "Hauptstr. 5", "addressLine3": "2. OG"},
        to(street="c/o Meier", street2="Hauptstr. 5, 2. OG"),
    ),
    "company-of-recipient": ({"companyName": "Muster GmbH"}, to(street2="Muster GmbH")),
    "company-in-line-1": (
        {"companyName": "Muster GmbH", "addressLine1": "Muster GmbH", "addressLine2": "Hauptstr. 5"},
        to(street2="Muster GmbH"),
    ),
    "name-in-line-1": ({"addressLine1": "ERIKA MUSTERMANN", "addressLine2": "Hauptstr. 5"}, to()),
    "po-box": ({"addressLine1": "PO Box 77"}, to(street="PO Box 77")),
    "packstation": (
        {"addressLine1": "Packstation 123", "addressLine2": "Postnummer 1234567", "addressType": "PICKUP_POINT"},
        to(street="Packstation 123", street2="Postnummer 1234567", comment=["Pick-up point"]),
    ),
    "no-lines": ({"addressLine1": None, "phone": None}, to(street=None, phone=None)),
    "phone-absent": ({"phone": None}, to(phone=None)),
    "state-by-code": (
        {"city": "Portland", "stateOrRegion": "OR", "countryCode": "US"},
        to(city="Portland", state="OR", country="US"),
    ),
    "state-by-iso-code": (
        {"city": "Portland", "stateOrRegion": "US-OR", "countryCode": "US"},
        to(city="Portland", state="OR", country="US"),
    ),
    "state-by-name": ({"stateOrRegion": "QUÉBEC", "countryCode": "CA"}, to(state="QC", country="CA")),
    "state-unknown": ({"stateOrRegion": "Atlantis"}, to(street2="Atlantis")),
    "territory-as-country": (
        {"city": "San Juan", "stateOrRegion": "PR", "countryCode": "PR"},
        to(city="San Juan", country="PR"),
    ),
    "territory-as-state": (
        {"city": "Hagåtña", "stateOrRegion": "GU", "countryCode": "US"},
        to(city="Hagåtña", state="GU", country="US"),
    ),
    "military": (
        {"addressLine1": "PSC 802 Box 74", "city": "APO", "stateOrRegion": "AE", "countryCode": "US"},
        to(street="PSC 802 Box 74", city="APO", state="AE", country="US"),
    ),
    "canaries": (
        {"city": "Las Palmas", "stateOrRegion": "Las Palmas", "postalCode": "35001", "countryCode": "ES"},
        to(city="Las Palmas", state="GC", zip="35001", country="ES"),
    ),
    "canaries-by-reserved-code": (
        {"city": "Arona", "stateOrRegion": "Tenerife", "postalCode": "38640", "countryCode": "IC"},
        to(city="Arona", state="TF", zip="38640", country="ES"),
    ),
    "province-of-two-names": (
        {"city": "Lérida", "stateOrRegion": "Lérida", "countryCode": "ES"},
        to(city="Lérida", state="L", country="ES"),
    ),
    "united-kingdom": ({"countryCode": "UK", "stateOrRegion": "England"}, to(country="GB", street2="England")),
    "japanese": (
        {"name": "山田 太郎", "addressLine1": "丸の内1-1-1", "city": "千代田区", "stateOrRegion": "東京都"}
        | {"countryCode": "JP"},
        to(name="山田 太郎", street="丸の内1-1-1", city="千代田区", state="13", country="JP"),
    ),
    "japanese-in-latin": ({"stateOrRegion": "Tokyo-to", "countryCode": "JP"}, to(state="13", country="JP")),
    "arabic": (
        {"name": "محمد علي", "addressLine1": "شارع الملك فهد", "city": "الرياض", "countryCode": "SA"},
        to(name="محمد علي", street="شارع الملك فهد", city="الرياض", country="SA"),
    ),
    "polish": (
        {"name": "Żaneta Wójcik", "addressLine1": "ul. Świętokrzyska 3/5", "city": "Łódź", "countryCode": "PL"},
        to(name="Żaneta Wójcik", street="ul. Świętokrzyska 3/5", city="Łódź", country="PL"),
    ),
    "300-letters": (
        {"name": WIDE, "addressLine1": LONG, "addressLine2": "2 " + LONG, "city": LONG, "phone": "1" * 300},
        to(name=WIDE, street=LONG.strip(), street2=f"2 {LONG}".strip(), city=LONG.strip(), phone="1" * 300),
    ),
    "endless-name": (
        {"name": ENDLESS},
        to(name=WIDE, comment=[f"Name: {ENDLESS}"]),
    ),
    "lower-case-country": ({"countryCode": "de"}, to()),
    "unknown-country": ({"countryCode": "ZZ", "stateOrRegion": "Q"}, to(country=None, street2="Q, ZZ")),
    "no-country": ({"countryCode": None}, to(country=None)),
    "nul-and-control-characters": (
        {"name": "Eri\0ka\x01 Muster\x1fmann", "addressLine1": "Haupt\x0bstr. 5\uffff", "city": "Ber\x7flin"},
        to(),
    ),
    "half-a-surrogate-pair": ({"addressLine1": "Hauptstr. 5 \ud83c"}, to(street="Hauptstr. 5 ?")),
    "line-breaks": (
        {"addressLine1": "Hauptstr. 5\r\n2. OG", "city": "Ber\u2028lin"},
        to(street="Hauptstr. 5, 2. OG", city="Ber, lin"),
    ),
    "markup": (
        {"name": "<b>Erika</b> & 'Söhne'", "addressLine1": "<script>alert(1)</script>"},
        to(name="<b>Erika</b> & 'Söhne'", street="<script>alert(1)</script>"),
    ),
    "empty-and-blank-parts": (
        {"addressLine2": "", "addressLine3": "   ", "districtOrCounty": " ", "municipality": "", "companyName": " "},
        to(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_an_address_out_of_the_ordinary(desk: Desk, case: str) -> None:
    given, expected = CASES[case]
    email = alias()
    landed = land(desk, raw_order({"buyerName": "Max Käufer", "buyerEmail": email}, given))
    assert landed.address == expected
    # The contact is at the same place: Amazon gives no other.
    place = {name: value for name, value in expected.items() if name not in {"name", "comment"}}
    assert landed.contact == {**place, "name": "Max Käufer", "email": email}


def test_no_buyer_and_no_address(desk: Desk) -> None:
    raw = raw_order(None, None)
    landed = land(desk, raw)
    name = f"Amazon Customer {raw['orderId']}"
    assert (landed.contact, landed.address) == ({"name": name}, {"name": name})


def test_fba_gives_a_town_and_no_more(desk: Desk) -> None:
    given = {"name": "", "addressLine1": "", "phone": None}
    raw = raw_order({}, given)
    landed = land(desk, raw)
    town = {"name": f"Amazon Customer {raw['orderId']}", "city": "Berlin", "zip": "10115", "country": "DE"}
    assert (landed.contact, landed.address) == (town, town)


@pytest.mark.parametrize("email", ["jane@example.com", "no-reply@marketplace.amazon.de"])
def test_an_email_that_is_no_alias_of_one_buyer_makes_no_two_orders_the_same(desk: Desk, email: str) -> None:
    first, second = (land(desk, raw_order({"buyerName": "Jane", "buyerEmail": email}, {})) for _ in "12")
    assert first.contact_id != second.contact_id
    assert first.contact["email"] == second.contact["email"] == email


def test_two_people_of_one_name_never_merge(desk: Desk) -> None:
    first, second = (land(desk, raw_order({"buyerName": "Anna Schmidt", "buyerEmail": alias()}, {})) for _ in "12")
    assert first.contact["name"] == second.contact["name"] == "Anna Schmidt"
    assert (first.contact_id == second.contact_id, first.address_id == second.address_id) == (False, False)


def test_a_buyer_who_comes_again_is_one_contact_and_each_place_one_address(desk: Desk) -> None:
    buyer = {"buyerName": "Max Käufer", "buyerEmail": alias()}
    first, again = land(desk, raw_order(buyer, {})), land(desk, raw_order(buyer, {"addressLine1": "HAUPTSTR.  5"}))
    moved = land(desk, raw_order(buyer, {"addressLine1": "Neue Str. 1"}))
    assert first.contact_id == again.contact_id == moved.contact_id
    assert first.address_id == again.address_id != moved.address_id


def test_empty_values_never_overwrite_what_is_stored(desk: Desk) -> None:
    buyer = {"buyerName": "Max Käufer", "buyerEmail": alias()}
    first = land(desk, raw_order(buyer, {}))
    before = (first.contact, first.address)
    for later in ({"addressLine1": "", "name": "", "phone": ""}, None):
        land(desk, raw_order({"buyerEmail": buyer["buyerEmail"]}, later))
        assert (first.contact, first.address) == before
