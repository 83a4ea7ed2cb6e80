"""A buyer or an address that changed after the order came to Odoo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.odoo import CreateOrder, UpdateOrder
from domain.order import Buyer, TaxRegistration
from domain.partner import PartnerCommand
from mappers.names import contact_xid
from mappers.sale_order import plan
from tests.builders import COUNTRIES, ORDER_ID, an_account, an_address, an_order, facts
from tests.unit.mappers.stored import (
    ORDER,
    as_stored,
    decide,
    mark,
    update,
)

# ------------------------------------------------------------ partners
MOVED = an_address(lines=("Neue Str. 1", "c/o Post"), city="Köln", postal_code="50667", state="NW")


def test_a_new_address_is_a_record_of_its_own() -> None:
    existing = as_stored(ORDER)
    assert existing.content is not None
    order = replace(ORDER, address=MOVED)
    decision = update(order, existing)
    wanted = plan(an_account(), order, facts())
    assert isinstance(wanted, CreateOrder)
    assert decision.address == replace(wanted.address, parent=existing.content.contact.xid)
    chosen = as_stored(ORDER, contact=PartnerCommand(xid="base.main_partner", name="ACME"))
    assert update(order, chosen).address == replace(wanted.address, parent="base.main_partner")
    assert (decision.address.street, decision.address.city, decision.address.state) == ("Neue Str. 1", "Köln", 602)
    assert decision.address.xid != existing.content.address.xid
    assert (decision.changed, decision.added, decision.emptied, decision.resettle) == ((), (), (), False)


@pytest.mark.parametrize(
    "address",
    [
        None,
        an_address(name="", lines=(), city="", state="", postal_code="", country_code="", phone=""),
        an_address(lines=(), name="Somebody else"),
        an_address(lines=("  ",), city="Köln"),
        an_address(name="", phone=""),
        an_address(city="", postal_code="", country_code="", state=""),
        an_address(name="ERIKA  MUSTERMANN", lines=("hauptstr. 5",)),
        an_address(phone="+49 30 999"),
    ],
)
def test_an_empty_or_equal_address_changes_nothing(address: Any) -> None:
    existing = as_stored(replace(ORDER, buyer=Buyer(name="Erika", email="shared@marketplace.amazon.de")))
    order = replace(ORDER, buyer=Buyer(name="Erika", email="shared@marketplace.amazon.de"), address=address)
    assert decide(order, existing) == mark(existing)


def test_a_part_left_empty_keeps_what_is_stored() -> None:
    address = an_address(name="", lines=("Neue Str. 1",), postal_code="", country_code="", state="", phone="")
    moved = update(replace(ORDER, address=address), as_stored(ORDER)).address
    assert moved is not None
    assert (moved.name, moved.street, moved.zip, moved.country, moved.state, moved.phone) == (
        "Erika Mustermann", "Neue Str. 1", "10115", 57, 601, "+49 30 1234",
    )  # fmt: skip


def test_another_recipient_is_another_address() -> None:
    moved = update(replace(ORDER, address=an_address(name="Max Muster")), as_stored(ORDER)).address
    assert moved is not None
    assert (moved.name, moved.street) == ("Max Muster", "Hauptstr. 5")


def test_a_state_of_another_country_is_not_kept() -> None:
    address = an_address(lines=("Main St 1",), country_code="US", state="")
    moved = update(replace(ORDER, address=address), as_stored(ORDER)).address
    assert moved is not None
    assert (moved.country, moved.state) == (COUNTRIES["US"].odoo_id, None)


@pytest.mark.parametrize("chosen", ["", "base.main_partner", "__amazon_sync__.contact_acme-eu_1"])
def test_an_address_a_person_chose_stays(chosen: str) -> None:
    existing = as_stored(ORDER, address=PartnerCommand(xid=chosen, name="Somewhere"))
    assert decide(replace(ORDER, address=MOVED), existing) == mark(existing)


def test_after_a_delivery_a_new_address_comes_too_late() -> None:
    existing = as_stored(ORDER, deliveries=("WH/OUT/1",))
    assert decide(replace(ORDER, address=MOVED), existing) == mark(existing)


OWN = an_order(buyer=Buyer(name="Erika"))
FIRM = Buyer(name="Erika", company="Muster GmbH")
NUMBER = (TaxRegistration(party="BUYER", kind="VAT", number="DE1"),)


def test_after_a_delivery_a_new_name_comes_too_late() -> None:
    existing = as_stored(OWN, deliveries=("WH/OUT/1",))
    assert decide(replace(OWN, buyer=Buyer(name="Max")), existing) == mark(existing)


@pytest.mark.parametrize(
    ("buyer", "recipient", "name"),
    [("Max", "", "Max"), ("", "Max", "Max"), ("Max", "Mia", "Max"), ("", "", "Erika"), ("", None, "Erika")],
)
def test_a_contact_is_named_by_whom_amazon_names(buyer: str, recipient: str | None, name: str) -> None:
    existing = as_stored(OWN)
    assert existing.content is not None
    address = None if recipient is None else an_address(name=recipient)
    decision = decide(replace(OWN, buyer=Buyer(name=buyer), address=address), existing)
    if name == "Erika":
        assert decision == mark(existing)
        return
    assert isinstance(decision, UpdateOrder)
    assert decision.contact == replace(existing.content.contact, name=name)


def test_a_contact_that_moves_keeps_all_that_amazon_leaves_empty_and_people_decide() -> None:
    """A seat without a name, an e-mail, a phone, a postal code and a number: the company's own, as Odoo has it."""
    named = replace(OWN, buyer=replace(FIRM, email="max@example.org"), tax_registrations=NUMBER)
    landed = as_stored(named)
    assert landed.content is not None
    stored = replace(landed.content.contact, parent="base.main_partner", company=None, notes=("By hand",))
    seat = an_address(name="", lines=("Sitz 1",), city="Bonn", postal_code="", phone="")
    number = TaxRegistration(party="BUYER", kind="VAT", number="", address=seat)
    withheld = replace(named, buyer=Buyer(), tax_registrations=(number,))
    contact = update(withheld, as_stored(named, contact=stored)).contact
    assert contact == replace(stored, street="Sitz 1", city="Bonn")
    assert (contact.name, contact.is_company, contact.email, contact.phone, contact.zip, contact.vat) == (
        "Muster GmbH", True, "max@example.org", "+49 30 1234", "10115", "DE1",
    )  # fmt: skip


def test_the_orders_own_contact_follows() -> None:
    existing = as_stored(OWN)
    assert existing.content is not None
    assert existing.content.contact.xid == contact_xid("acme-eu", ORDER_ID)
    order = replace(OWN, buyer=Buyer(name="Max", email="max@marketplace.amazon.de"))
    decision = update(order, existing)
    assert decision.contact == replace(existing.content.contact, name="Max", email="max@marketplace.amazon.de")
    assert (decision.address, decision.resettle) == (None, False)


@pytest.mark.parametrize("buyer", [Buyer(), Buyer(name="Erika")])
def test_an_empty_buyer_changes_nothing(buyer: Buyer) -> None:
    named = an_order(buyer=Buyer(name="Erika", email="erika@example.org", company="ACME"))
    existing = as_stored(named)
    order = replace(named, buyer=buyer, address=None)
    assert decide(order, existing) == mark(existing)


def test_a_contact_of_several_orders_stays() -> None:
    existing = as_stored(ORDER)
    order = replace(ORDER, buyer=replace(ORDER.buyer, name="Other name"))
    assert decide(order, existing) == mark(existing)


def test_the_orders_own_contact_becomes_the_company_amazon_names_later() -> None:
    existing = as_stored(OWN)
    assert existing.content is not None
    decision = update(replace(OWN, buyer=FIRM, tax_registrations=NUMBER), existing)
    stored = existing.content.contact
    assert decision.contact == replace(stored, name="Muster GmbH", is_company=True, vat="DE1")


@pytest.mark.parametrize(
    "changes",
    [
        {"buyer": Buyer(name="Erika")},
        {"buyer": Buyer()},
        {"tax_registrations": ()},
        {"tax_registrations": (TaxRegistration(party="BUYER", kind="VAT", number="FR2"),)},
        {"buyer": Buyer(), "address": None, "tax_registrations": ()},
    ],
)
def test_a_company_and_its_number_stay_when_amazon_withholds_or_replaces_them(changes: dict[str, Any]) -> None:
    named = replace(OWN, buyer=FIRM, tax_registrations=NUMBER)
    existing = as_stored(named)
    assert decide(replace(named, **changes), existing) == mark(existing)


@pytest.mark.parametrize("stored", [{"notes": ()}, {"company": None}])
def test_notes_and_company_of_a_contact_are_peoples_business(stored: dict[str, Any]) -> None:
    named = replace(OWN, buyer=FIRM)
    landed = as_stored(named)
    assert landed.content is not None
    existing = as_stored(named, contact=replace(landed.content.contact, **stored))
    assert decide(named, existing) == mark(existing)


def test_a_recipients_company_in_the_second_line_is_no_change() -> None:
    order = replace(ORDER, address=an_address(company="Muster GmbH"))
    existing = as_stored(order)
    assert existing.content is not None
    assert existing.content.address.street2 == "Muster GmbH"
    assert decide(order, existing) == mark(existing)


def test_amazons_contact_is_never_changed() -> None:
    order = replace(ORDER, buyer=Buyer(name="Amazon Business EU SARL"))
    existing = as_stored(order)
    decision = update(replace(order, address=MOVED), existing)
    assert decision.contact is None
    assert decision.address is not None
    assert decision.address.street == "Neue Str. 1"


def test_a_long_name_that_was_cut_is_no_change() -> None:
    order = replace(OWN, buyer=Buyer(name="x" * 400), address=an_address(name="y" * 400))
    existing = as_stored(order)
    assert decide(order, existing) == mark(existing)


SEAT = (TaxRegistration(party="BUYER", kind="VAT", number="DE1", address=an_address(lines=("Sitz 1",), city="Bonn")),)


def test_a_company_stays_where_it_is_registered_when_only_the_delivery_address_is_given() -> None:
    named = replace(OWN, buyer=FIRM, tax_registrations=SEAT)
    existing = as_stored(named)
    assert existing.content is not None
    assert (existing.content.contact.street, existing.content.contact.city) == ("Sitz 1", "Bonn")
    assert decide(replace(named, tax_registrations=NUMBER), existing) == mark(existing)


def test_a_company_moves_to_where_it_is_registered_now() -> None:
    existing = as_stored(replace(OWN, buyer=FIRM, tax_registrations=NUMBER))
    contact = update(replace(OWN, buyer=FIRM, tax_registrations=SEAT), existing).contact
    assert contact is not None
    assert (contact.street, contact.city) == ("Sitz 1", "Bonn")
