"""Whom we take for the same buyer, what of a company is kept where, and whom Amazon stands in for."""

from __future__ import annotations

from typing import Any

import pytest

from domain.order import Buyer, Order, TaxRegistration
from domain.partner import PartnerCommand
from mappers.names import contact_xid
from mappers.partner import partners
from tests.builders import COUNTRIES, ORDER_ID, an_address, an_order

ALIAS = "abc123@marketplace.amazon.de"
FIRM = Buyer(name="Max Käufer", email=ALIAS, company="Käufer AG")
AMAZONS = "no-reply-amazon-iba-buyer@marketplace.amazon.it"


def both(order: Order, company: int = 1) -> tuple[PartnerCommand, PartnerCommand]:
    return partners("acme-eu", order, COUNTRIES, company=company)


def contact_of(**changes: Any) -> PartnerCommand:
    return both(an_order(**changes))[0]


def number(kind: str, text: str, *, party: str = "BUYER", **more: Any) -> TaxRegistration:
    return TaxRegistration(party=party, kind=kind, number=text, **more)


# ------------------------------------------------------------ who is the same
def test_the_same_alias_is_the_same_contact_whatever_its_case() -> None:
    first = contact_of(buyer=Buyer(name="A", email=ALIAS), order_id="1")
    again = contact_of(buyer=Buyer(name="B", email=" ABC123@Marketplace.Amazon.DE "), order_id="2")
    assert first.xid == again.xid


@pytest.mark.parametrize(
    "email",
    [
        "",
        "No-Reply@marketplace.amazon.de",
        "noreply@marketplace.amazon.de",
        "donotreply@marketplace.amazon.de",
        "do-not-reply@marketplace.amazon.de",
        "@marketplace.amazon.de",
        "jane@example.com",
        "jane@amazon.de",
        "jane@home@marketplace.amazon.de",
        "jane",
    ],
)
def test_an_address_that_may_be_shared_identifies_the_order_only(email: str) -> None:
    buyer = Buyer(name="Jane", email=email)
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
    other = partners("acme-us", an_order(), COUNTRIES, company=1)
    assert both(an_order())[0].xid != other[0].xid


def test_two_companies_never_share_a_contact() -> None:
    (one, address), (other, other_address) = both(an_order(), 1), both(an_order(), 2)
    assert one.xid != other.xid
    assert address.xid != other_address.xid
    assert [partner.company for partner in (one, address, other, other_address)] == [1, 1, 2, 2]


# ------------------------------------------------------------ companies
def test_a_company_is_the_contact_and_its_person_the_recipient() -> None:
    contact, address = both(an_order(buyer=FIRM, address=an_address(name="Max Käufer", company="KÄUFER AG")))
    assert (contact.name, contact.is_company, contact.email) == ("Käufer AG", True, ALIAS)
    assert contact.notes == ("Buyer: Max Käufer",)
    assert (address.name, address.is_company, address.street2) == ("Max Käufer", False, "")


def test_a_company_in_the_first_line_is_no_street() -> None:
    for partner in both(an_order(buyer=FIRM, address=an_address(lines=("Käufer AG", "Werkstr. 1")))):
        assert (partner.street, partner.street2) == ("Werkstr. 1", "")


def test_a_recipient_at_another_company_keeps_its_name() -> None:
    address = both(an_order(buyer=FIRM, address=an_address(company="Muster GmbH")))[1]
    assert address.street2 == "Muster GmbH"


def test_a_nameless_recipient_of_a_company_is_its_buyer() -> None:
    assert both(an_order(buyer=FIRM, address=an_address(name="")))[1].name == "Max Käufer"
    nameless = Buyer(company="Käufer AG")
    assert both(an_order(buyer=nameless, address=an_address(name="")))[1].name == "Käufer AG"


def test_two_companies_with_one_alias_are_two_contacts_and_two_people_of_one_are_one() -> None:
    people = (("A", "X GmbH"), ("B", "x  GMBH"), ("C", "Y GmbH"))
    xids = [contact_of(buyer=Buyer(name=who, company=firm, email=ALIAS)).xid for who, firm in people]
    assert xids[0] == xids[1] != xids[2]


# ------------------------------------------------------------ tax numbers
@pytest.mark.parametrize(
    ("numbers", "vat", "notes"),
    [
        ((), "", ()),
        ((number("VAT", "DE123"),), "DE123", ()),
        ((number("CST", "C1"), number("VAT", "DE123")), "DE123", ("Tax number: CST C1",)),
        ((number("CPF", "1"), number("CNPJ", "2")), "2", ("Tax number: CPF 1",)),
        ((number("NEW", "1"), number("BUSINESS", "2")), "2", ("Tax number: NEW 1",)),
        ((number("BUSINESS", "1"), number("CPF", "2")), "2", ("Tax number: BUSINESS 1",)),
        ((number("NEW", "1"), number("CST", "2")), "2", ("Tax number: NEW 1",)),
        ((number("VAT", "X" * 64),), "X" * 64, ()),
        ((number("VAT", "X" * 65),), "", (f"Tax number: VAT {'X' * 65}",)),
        ((number("VAT", "DE9", party="MERCHANT"), number("VAT", "DE8", party="MARKETPLACE")), "", ()),
        ((number("VAT", "DE123", legal_name="KÄUFER  ag"),), "DE123", ()),
        ((number("VAT", "DE123", legal_name="Käufer Holding"),), "DE123", ("Legal name: Käufer Holding",)),
        (
            (number("VAT", "DE123"), number("CST", "C1", legal_name="Käufer Holding")),
            "DE123",
            ("Tax number of Käufer Holding: CST C1",),
        ),
    ],
)
def test_the_buyers_first_number_is_the_tax_id(
    numbers: tuple[TaxRegistration, ...], vat: str, notes: tuple[str, ...]
) -> None:
    contact, address = both(an_order(buyer=FIRM, tax_registrations=numbers))
    assert (contact.vat, contact.notes) == (vat, ("Buyer: Max Käufer", *notes))
    assert (address.vat, address.notes) == ("", ())


def test_a_legal_name_makes_a_company_where_amazon_gives_no_other() -> None:
    contact = contact_of(tax_registrations=(number("CNPJ", "2", legal_name="Araújo Ltda"),))
    assert (contact.name, contact.is_company, contact.vat) == ("Araújo Ltda", True, "2")


@pytest.mark.parametrize("kind", ["CPF", "cpf "])
def test_a_persons_tax_number_makes_no_company(kind: str) -> None:
    contact = contact_of(tax_registrations=(number(kind, "1", legal_name="Erika Mustermann"),))
    assert (contact.name, contact.is_company, contact.vat, contact.notes) == ("Erika Mustermann", False, "1", ())


def test_a_company_is_where_it_is_registered() -> None:
    seat = an_address(name="", lines=("Sitz 1",), city="Köln", postal_code="50667", state="NW", phone="")
    contact, address = both(an_order(buyer=FIRM, tax_registrations=(number("VAT", "DE1", address=seat),)))
    assert (contact.street, contact.city, contact.zip, contact.state) == ("Sitz 1", "Köln", "50667", 602)
    assert (address.street, address.city, address.zip, address.state) == ("Hauptstr. 5", "Berlin", "10115", 601)
    no_street = an_address(lines=())
    contact, _ = both(an_order(buyer=FIRM, tax_registrations=(number("VAT", "DE1", address=no_street),)))
    assert contact.street == "Hauptstr. 5"


# ------------------------------------------------------------ Amazon Business EU
@pytest.mark.parametrize(
    ("buyer", "programs"),
    [
        (Buyer(name="Amazon Business EU SARL", email=AMAZONS), ()),
        (Buyer(name="Amazon Business EU S.à r.l.", email="x@marketplace.amazon.de"), ()),
        (Buyer(email="No-Reply-Amazon-IBA-Buyer@marketplace.amazon.de"), ()),
        (Buyer(), ("INVOICE_BY_AMAZON",)),
    ],
)
def test_amazon_business_eu_is_one_contact_and_the_customer_its_recipient(
    buyer: Buyer, programs: tuple[str, ...]
) -> None:
    orders = [an_order(buyer=buyer, programs=programs, order_id=order_id) for order_id in ("1", "2")]
    (contact, address), (again, _) = map(both, orders)
    assert contact == PartnerCommand(
        xid=again.xid, name="Amazon Business EU SARL", is_company=True, email=buyer.email, company=1
    )
    assert (address.name, address.street, address.phone) == ("Erika Mustermann", "Hauptstr. 5", "+49 30 1234")


@pytest.mark.parametrize(
    ("buyer", "programs"),
    [
        (Buyer(name="Max", email=ALIAS), ("INVOICE_BY_AMAZON",)),
        (Buyer(name="Amazonia Business Ltd", email=ALIAS), ("AMAZON_BUSINESS",)),
        (Buyer(), ()),
    ],
)
def test_nobody_else_is_taken_for_amazon(buyer: Buyer, programs: tuple[str, ...]) -> None:
    assert both(an_order(buyer=buyer, programs=programs))[0].name != "Amazon Business EU SARL"


def test_the_customer_behind_amazon_is_kept_with_the_address() -> None:
    numbers = (
        number("VAT", "LU1", legal_name="Amazon Business EU S.à r.l."),
        number("CST", "L-2", legal_name="Amazon Business EU S.à r.l."),
        number("VAT", "DE2", legal_name="Käufer AG"),
    )
    buyer = Buyer(name="Amazon Business EU SARL", email=AMAZONS, company="Käufer AG")
    contact, address = both(an_order(buyer=buyer, tax_registrations=numbers, address=an_address(name="")))
    assert (contact.vat, contact.street) == ("LU1", "")
    assert contact.notes == ("Tax number of Amazon Business EU S.à r.l.: CST L-2",)
    assert (address.name, address.notes) == ("Käufer AG", ("Tax number of Käufer AG: VAT DE2",))


def test_a_nameless_recipient_of_amazon_is_known_by_the_order() -> None:
    buyer = Buyer(name="Amazon Business EU SARL", email=AMAZONS)
    assert both(an_order(buyer=buyer, address=None))[1].name == f"Amazon Customer {ORDER_ID}"
