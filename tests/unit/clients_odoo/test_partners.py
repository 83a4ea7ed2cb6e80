"""Contacts with tax numbers: in a step of their own, and a refused one never stops an order."""

from __future__ import annotations

from typing import Any

import pytest

from clients.odoo.client import Odoo
from clients.odoo.errors import OdooRefused
from clients.odoo.partners import load_contacts, note_refused, update_contacts
from domain.errors import RetryLater
from domain.parked import ODOO_REFUSED
from domain.partner import PartnerCommand
from tests.unit.clients_odoo.fakes import FakeTransport, fake_odoo

NOTE = "Tax number: A<1 (Odoo does not accept it as Tax ID)"
HTML = "<p>Tax number: A&lt;1 (Odoo does not accept it as Tax ID)</p>"


def contact(**changes: Any) -> PartnerCommand:
    return PartnerCommand(**{"xid": "__amazon_sync__.contact_a_1", "name": "X", "vat": "A<1", "company": 1, **changes})


def odoo(*, comment: Any = False, kind: str = "html", refusal: Exception | None = None) -> tuple[Odoo, FakeTransport]:
    """An Odoo with one contact without a tax number; `refusal`: what it says to one."""

    def write(ids: list[int], named: dict[str, Any]) -> bool:
        assert ids == [7]
        if refusal is not None and "vat" in named["vals"]:
            raise refusal
        return True

    field = {"type": kind, "relation": "", "required": False, "readonly": False}
    return fake_odoo(
        {
            "res.partner.load": {"ids": [7], "messages": []},
            "res.partner.fields_get": {"comment": field},
            "res.partner.search_read": [{"id": 7, "comment": comment}],
            "res.partner.write": write,
        }
    )


def written(transport: FakeTransport) -> list[dict[str, Any]]:
    return [named["vals"] for call, _, named, _ in transport.asked if call == "res.partner.write"]


REFUSED = OdooRefused(ODOO_REFUSED, "The VAT number is not valid", "Mend it")


def test_a_number_is_written_on_its_own_after_the_contact() -> None:
    client, transport = odoo()
    load_contacts(client, [contact()])
    (load,) = [named for call, _, named, _ in transport.asked if call == "res.partner.load"]
    assert "vat" not in load["fields"]
    assert written(transport) == [{"vat": "A<1"}]


def test_without_a_number_nothing_more_is_asked() -> None:
    client, transport = odoo()
    load_contacts(client, [contact(vat="")])
    assert transport.methods == ["res.partner.fields_get", "res.partner.load"]


@pytest.mark.parametrize(
    ("kind", "comment", "note"),
    [
        ("html", False, HTML),
        ("html", "<p>Pays late</p>", f"<p>Pays late</p>{HTML}"),
        ("text", False, NOTE),
        ("text", "Pays late", f"Pays late\n{NOTE}"),
        ("text", "Room A<1", f"Room A<1\n{NOTE}"),
    ],
)
def test_a_refused_number_becomes_a_note_below_what_people_wrote(kind: str, comment: Any, note: str) -> None:
    client, transport = odoo(comment=comment, kind=kind, refusal=REFUSED)
    load_contacts(client, [contact()])
    assert written(transport) == [{"vat": "A<1"}, {"comment": note}]


@pytest.mark.parametrize(("kind", "comment"), [("html", HTML), ("text", NOTE)])
def test_a_number_that_was_refused_before_is_not_tried_again(kind: str, comment: str) -> None:
    client, transport = odoo(comment=comment, kind=kind, refusal=REFUSED)
    load_contacts(client, [contact()])
    assert written(transport) == []


@pytest.mark.parametrize(
    ("comment", "left"), [("<p>Pays late</p>", [{"comment": f"<p>Pays late</p>{HTML}"}]), (HTML, [])]
)
def test_a_number_that_was_just_refused_is_noted_without_another_try(comment: str, left: list[dict[str, str]]) -> None:
    client, transport = odoo(comment=comment, refusal=REFUSED)
    note_refused(client, {7: "A<1"})
    assert written(transport) == left


def test_a_race_about_the_number_is_run_again_and_leaves_no_note() -> None:
    client, transport = odoo(refusal=RetryLater("another transaction was quicker"))
    with pytest.raises(RetryLater):
        load_contacts(client, [contact()])
    assert written(transport) == [{"vat": "A<1"}]


def test_a_changed_contact_keeps_type_company_and_notes() -> None:
    client, transport = odoo()
    update_contacts(client, [contact(notes=("Buyer: Max",))])
    (load,) = [named for call, _, named, _ in transport.asked if call == "res.partner.load"]
    assert not {"type", "company_id/.id", "comment"} & set(load["fields"])
    assert load["data"] == [["__amazon_sync__.contact_a_1", "X", "0", *[""] * 8]]
    assert written(transport) == [{"vat": "A<1"}]
