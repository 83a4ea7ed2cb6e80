"""Business orders, from Amazon's JSON to Odoo's partners, on every Odoo: companies, tax numbers, Amazon as buyer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clients.amazon.to_order import read_document
from domain.odoo import UpdateOrder, UpdateStatus
from tests.contract.odoo_desk import Desk, a_desk, a_target
from tests.contract.people_orders import Landed, Raw, alias, as_document, land, raw_order
from tests.odoo.conftest import record

__all__ = ["a_desk", "a_target"]

VALID = "DE136695976"
INVALID = "DE000000000"
AMAZONS = {"buyerName": "Amazon Business EU SARL", "buyerEmail": "no-reply-amazon-iba-buyer@marketplace.amazon.it"}
HOME = {"street": "Hauptstr. 5", "city": "Berlin", "zip": "10115", "country": "DE", "phone": "+49 30 1234"}


def firm(**changes: Any) -> Raw:
    return {"buyerName": "Max Käufer", "buyerEmail": alias(), "buyerCompanyName": "Käufer AG", **changes}


def taxed(*numbers: tuple[str, str], party: str = "BUYER", **more: Any) -> Raw:
    return {
        "taxRegistrations": [
            {"entityType": party, "taxRegistrationType": kind, "taxRegistrationNumber": number, **more}
            for kind, number in numbers
        ]
    }


def checks_numbers(desk: Desk) -> bool:
    """Whether this Odoo looks at tax numbers: only with its module base_vat."""
    return "vat_check_vies" in desk.admin.fields("res.company")


def refused(number: str) -> str:
    return f"Tax number: {number} (Odoo does not accept it as Tax ID)"


def newer(raw: Raw, **changes: Any) -> Any:
    order = read_document(as_document({**raw, **changes}))
    return replace(order, updated=order.updated + timedelta(minutes=5))


def test_a_company_is_the_contact_and_its_person_the_recipient(desk: Desk) -> None:
    buyer = firm(buyerPurchaseOrderNumber="PO-7/Ä")
    landed = land(desk, raw_order(buyer, {"companyName": "KÄUFER AG"}, tax=taxed(("VAT", VALID))))
    assert landed.contact == {
        "name": "Käufer AG", "is_company": True, "email": buyer["buyerEmail"], "vat": VALID, **HOME,
        "comment": ["Buyer: Max Käufer"],
    }  # fmt: skip
    assert landed.address == {"name": "Erika Mustermann", "vat": VALID, **HOME}
    (order,) = desk.admin.call("sale.order", "read", ids=[landed.odoo_id], fields=["x_amazon_purchase_order"])
    assert order["x_amazon_purchase_order"] == "PO-7/Ä"
    fields = ["display_name", "commercial_partner_id", "commercial_company_name"]
    (shown,) = desk.admin.call("res.partner", "read", ids=[landed.address_id], fields=fields)
    assert shown["display_name"] == "Käufer AG, Erika Mustermann"
    assert (shown["commercial_partner_id"][0], shown["commercial_company_name"]) == (landed.contact_id, "Käufer AG")


def test_a_number_that_odoo_refuses_is_a_note_and_the_order_lands(desk: Desk) -> None:
    buyer = firm()
    landed = land(desk, raw_order(buyer, {}, tax=taxed(("VAT", INVALID))))
    if not checks_numbers(desk):
        assert landed.contact["vat"] == INVALID
        return
    noted = landed.contact
    assert "vat" not in noted
    assert noted["comment"] == ["Buyer: Max Käufer", refused(INVALID)]
    # Known by its note, it is not tried again, and the note stays alone.
    recording = record(desk.odoo)
    land(desk, raw_order(buyer, {}, tax=taxed(("VAT", INVALID))))
    of_partners = [call for call in recording.writes if call.startswith("res.partner.")]
    # 14 loads contact and address, which are there; a bundle on 19 looks for them itself.
    assert of_partners == (["res.partner.load"] * 2 if desk.old else [])
    assert landed.contact == noted
    # A number that Odoo takes comes in later.
    land(desk, raw_order(buyer, {}, tax=taxed(("VAT", VALID))))
    assert landed.contact == {**noted, "vat": VALID}


def test_of_many_numbers_those_that_odoo_takes_come_in_and_the_others_are_notes(desk: Desk) -> None:
    # Each is judged by itself, whatever the others in its batch are.
    numbers = [VALID, *(f"DE00000000{digit}" for digit in range(10)), "DE00000001", "<&>", "DE1", "FR40303265045"]
    raws = [raw_order(firm(), {}, tax=taxed(("VAT", number))) for number in numbers]
    orders = [read_document(as_document(raw)) for raw in raws]
    ids = desk.land_all(orders)
    assert all(isinstance(one, int) for one in ids), ids
    contacts = [Landed(desk.admin, int(str(one))).contact for one in ids]
    valid = {VALID, "FR40303265045"} if checks_numbers(desk) else set(numbers)
    told = [one.get("vat") or one["comment"][-1] for one in contacts]
    assert told == [number if number in valid else refused(number) for number in numbers]


def test_a_person_with_a_refused_number_has_the_note_alone(desk: Desk) -> None:
    landed = land(desk, raw_order({"buyerName": "Max", "buyerEmail": alias()}, {}, tax=taxed(("VAT", "<&>"))))
    if checks_numbers(desk):
        assert (landed.contact["comment"], "vat" in landed.contact) == ([refused("<&>")], False)
    else:
        assert (landed.contact["vat"], "comment" in landed.contact) == ("<&>", False)


def test_a_number_comes_in_when_the_buyer_comes_again_and_is_never_replaced(desk: Desk) -> None:
    buyer = firm()
    landed = land(desk, raw_order(buyer, {}))
    assert "vat" not in landed.contact
    land(desk, raw_order(buyer, {}, tax=taxed(("VAT", VALID))))
    assert landed.contact["vat"] == VALID
    land(desk, raw_order(buyer, {}, tax=taxed(("VAT", "FR40303265045"))))
    land(desk, raw_order(buyer, {}))
    assert landed.contact["vat"] == VALID


def test_the_first_of_several_numbers_is_the_tax_id_and_others_are_notes(desk: Desk) -> None:
    numbers = taxed(("CST", "C-1"), ("VAT", VALID), legalName="Käufer Holding SE")
    marketplaces = taxed(("VAT", "LU20260743"), party="MARKETPLACE")
    numbers["taxRegistrations"] += marketplaces["taxRegistrations"]
    landed = land(desk, raw_order(firm(), {}, tax=numbers))
    assert (landed.contact["vat"], landed.contact["comment"]) == (
        VALID,
        ["Buyer: Max Käufer", "Legal name: Käufer Holding SE", "Tax number of Käufer Holding SE: CST C-1"],
    )


def test_goods_that_go_abroad_keep_the_companys_number(desk: Desk) -> None:
    landed = land(desk, raw_order(firm(), {"countryCode": "FR", "postalCode": "75001"}, tax=taxed(("VAT", VALID))))
    assert (landed.contact["vat"], landed.address["vat"], landed.address["country"]) == (VALID, VALID, "FR")


def test_invoices_go_to_where_the_company_is_registered(desk: Desk) -> None:
    seat = {"addressLine1": "Sitz 1", "city": "Köln", "postalCode": "50667", "countryCode": "DE"}
    landed = land(desk, raw_order(firm(), {}, tax=taxed(("VAT", VALID), taxRegistrationAddress=seat)))
    told = {name: landed.contact[name] for name in ("street", "city", "zip")}
    assert told == {"street": "Sitz 1", "city": "Köln", "zip": "50667"}
    assert landed.address["street"] == "Hauptstr. 5"


def test_amazon_business_eu_is_one_contact_and_the_customer_only_the_recipient(desk: Desk) -> None:
    customer = taxed(("VAT", VALID), legalName="Käufer AG")
    programs = ["AMAZON_BUSINESS", "INVOICE_BY_AMAZON"]
    first = land(desk, raw_order(AMAZONS, {}, programs=programs, tax=customer))
    second = land(desk, raw_order(AMAZONS, {"name": "Anna Schmidt", "addressLine1": "Neue Str. 1"}, programs=programs))
    assert first.contact_id == second.contact_id
    assert first.contact == {"name": "Amazon Business EU SARL", "is_company": True, "email": AMAZONS["buyerEmail"]}
    assert first.address == {
        "name": "Erika Mustermann", **HOME, "comment": [f"Tax number of Käufer AG: VAT {VALID}"],
    }  # fmt: skip
    assert second.address == {"name": "Anna Schmidt", **HOME, "street": "Neue Str. 1"}


@pytest.mark.parametrize("company", ["Käufer AG", "Muster GmbH"])
def test_the_same_people_in_a_newer_version_change_nothing(desk: Desk, company: str) -> None:
    raw = raw_order(firm(buyerEmail=""), {"companyName": company}, tax=taxed(("VAT", VALID)))
    land(desk, raw)
    assert isinstance(desk.plan(newer(raw)), UpdateStatus)


def test_an_orders_own_contact_becomes_the_company_that_amazon_names_later(desk: Desk) -> None:
    raw = raw_order({"buyerName": "Max Käufer"}, {})
    landed = land(desk, raw)
    assert landed.contact == {"name": "Max Käufer", **HOME}
    known = newer(raw, buyer=firm(buyerEmail=""), tax=taxed(("VAT", VALID)))
    assert isinstance(desk.plan(known), UpdateOrder)
    assert land(desk, raw, known) == landed
    company = {"name": "Käufer AG", "is_company": True, "vat": VALID, **HOME}
    assert landed.contact == company
    # Amazon withholds the company after a while: it stays.
    withheld = replace(known, buyer=replace(known.buyer, company=""), updated=known.updated + timedelta(minutes=1))
    land(desk, raw, replace(withheld, tax_registrations=()))
    assert landed.contact == company


def test_a_change_leaves_alone_what_people_wrote_about_the_contact(desk: Desk) -> None:
    raw = raw_order({"buyerName": "Max Käufer"}, {})
    landed = land(desk, raw)
    values = {"comment": "Pays late", "company_id": False}
    desk.admin.call("res.partner", "write", ids=[landed.contact_id], vals=values)
    land(desk, raw, newer(raw, buyer={"buyerName": "Moritz Käufer"}))
    assert (landed.contact["name"], landed.contact["comment"]) == ("Moritz Käufer", ["Pays late"])
    (row,) = desk.admin.call("res.partner", "read", ids=[landed.contact_id], fields=["company_id"])
    assert row["company_id"] is False


def test_contacts_and_addresses_belong_to_the_accounts_company(desk: Desk) -> None:
    landed: Landed = land(desk, raw_order(firm(), {}))
    ids = [landed.contact_id, landed.address_id]
    rows = desk.admin.call("res.partner", "read", ids=ids, fields=["company_id"])
    (order,) = desk.admin.call("sale.order", "read", ids=[landed.odoo_id], fields=["company_id"])
    assert [row["company_id"][0] for row in rows] == [order["company_id"][0]] * 2
