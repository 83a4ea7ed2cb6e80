"""Old buyers are erased from Odoo, and nothing else: on the simulated and the real servers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clients.odoo.partners import load_addresses, load_contacts
from clients.odoo.purge import ERASED, Purge, purge_buyers
from domain.odoo import CreateOrder
from domain.order import Buyer
from tests.builders import an_account, an_address, an_item, part
from tests.contract.odoo_desk import Desk, a_desk, a_target
from tests.contract.odoo_targets import Shop
from tests.odoo.conftest import record

__all__ = ["a_desk", "a_target"]

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LATER = datetime.now(UTC) + timedelta(days=1)
NOTHING = Purge(contacts=0, kept=0, messages=0)
PERSONAL = ("name", "email", "phone", "street", "street2", "city", "zip")


@dataclass(frozen=True)
class Sold:
    """A sale order of the desk's account, and its contact with the delivery address."""

    order: int
    contact: int
    address: int

    @property
    def partners(self) -> tuple[int, ...]:
        return tuple(sorted({self.contact, self.address}))


@pytest.fixture(name="fresh")
def a_fresh_desk(desk: Desk) -> Desk:
    """The desk with an account of its own, so that one test does not erase another's buyers."""
    from uuid import uuid4

    return replace(desk, account=an_account(key=f"purge-{uuid4().hex[:6]}"))


def sold(desk: Desk, **changes: Any) -> Sold:
    order = desk.order(an_item(part("ITEM", "30.00"), gift_message="Happy birthday, Max"), **changes)
    number = desk.land(order)
    assert isinstance(number, int)
    (row,) = desk.odoo.search_read("sale.order", [("id", "=", number)], ["partner_id", "partner_shipping_id"])
    return Sold(number, row["partner_id"][0], row["partner_shipping_id"][0])


def finish(desk: Desk, sale: Sold) -> None:
    """Cancel what waits: a cancelled order needs nobody's address any more."""
    desk.admin.call("sale.order", "action_cancel", ids=[sale.order], context={"disable_cancel_warning": True})
    (row,) = desk.admin.search_read("sale.order", [("id", "=", sale.order)], ["state"])
    assert row["state"] == "cancel"


def ship(desk: Desk, sale: Sold) -> None:
    """Validate the delivery, as the warehouse does."""
    shop = Shop(desk.admin, "purge")
    (picking,) = desk.admin.search_read("stock.picking", [("sale_id", "=", sale.order)], ["id"])
    for move in desk.admin.search_read("stock.move", [("picking_id", "=", picking["id"])], ["product_uom_qty"]):
        shop.do(move["id"], move["product_uom_qty"])
    shop.validate(picking["id"])
    (row,) = desk.admin.search_read("stock.picking", [("id", "=", picking["id"])], ["state", "date_done"])
    assert (row["state"], bool(row["date_done"])) == ("done", True)


def invoice(desk: Desk, sale: Sold, *moved: str) -> None:
    """Make a draft invoice to the sale's contact, and move it on."""
    line = {"name": "Goods", "quantity": 1.0, "price_unit": 30.0}
    vals = {"move_type": "out_invoice", "partner_id": sale.contact, "partner_shipping_id": sale.address}
    (move,) = desk.admin.call("account.move", "create", vals_list=[vals | {"invoice_line_ids": [[0, 0, line]]}])
    for method in moved:
        desk.admin.call("account.move", method, ids=[move])


def shown(desk: Desk, sale: Sold) -> list[dict[str, Any]]:
    fields = [*PERSONAL, "country_id", "active"]
    domain = [("id", "in", list(sale.partners))]
    return desk.admin.search_read("res.partner", domain, fields, order="id", context={"active_test": False})


def notes(desk: Desk, sale: Sold) -> str:
    lines = desk.admin.search_read("sale.order.line", [("order_id", "=", sale.order)], ["name"])
    pickings = desk.admin.search_read("stock.picking", [("sale_id", "=", sale.order)], ["note"])
    return str([row["name"] for row in lines] + [row["note"] for row in pickings])


def test_an_old_buyer_is_erased_and_the_figures_stay(fresh: Desk) -> None:
    sale = sold(fresh)
    finish(fresh, sale)
    before, total = shown(fresh, sale), fresh.total(sale.order)
    assert "Happy birthday" in notes(fresh, sale)
    ours = [fresh.account.key]
    counted = purge_buyers(fresh.admin, ours, LATER, dry_run=True)
    assert counted == Purge(contacts=len(sale.partners), kept=0, messages=1)
    assert shown(fresh, sale) == before

    assert purge_buyers(fresh.admin, ours, LATER, dry_run=False) == counted
    after = shown(fresh, sale)
    assert [(row["name"], row["active"]) for row in after] == [(ERASED, False)] * len(sale.partners)
    assert [row[field] for row in after for field in PERSONAL if field != "name" and row[field]] == []
    assert [row["country_id"] for row in after] == [row["country_id"] for row in before]
    assert "birthday" not in notes(fresh, sale)
    assert fresh.total(sale.order) == total
    assert purge_buyers(fresh.admin, ours, LATER, dry_run=False) == Purge(contacts=0, kept=0, messages=0)


def test_the_same_buyer_is_a_new_contact_afterwards(fresh: Desk) -> None:
    first = sold(fresh)
    finish(fresh, first)
    purge_buyers(fresh.admin, [fresh.account.key], LATER, dry_run=False)
    second = sold(fresh)
    assert set(first.partners).isdisjoint(second.partners)
    assert [row["name"] for row in shown(fresh, first)] == [ERASED] * len(first.partners)
    assert all(row["name"] != ERASED and row["active"] for row in shown(fresh, second))


def test_who_still_waits_for_goods_or_ordered_lately_is_left_alone(fresh: Desk) -> None:
    waiting = sold(fresh)
    recording = record(fresh.admin)
    ours = [fresh.account.key]
    assert purge_buyers(fresh.admin, ours, LATER, dry_run=False) == NOTHING
    finish(fresh, waiting)
    recording.calls.clear()
    assert purge_buyers(fresh.admin, ours, LONG_AGO, dry_run=False) == NOTHING
    assert recording.writes == []
    assert ERASED not in str(shown(fresh, waiting))
    assert "birthday" in notes(fresh, waiting)


def test_buyers_whose_order_never_came_are_erased_but_not_while_it_may_be_on_its_way(fresh: Desk) -> None:
    """An attempt broke off after its first step, and Amazon cancelled the order before the next."""
    order = fresh.order(an_item(part("ITEM", "30.00")))
    planned = fresh.plan(order)
    assert isinstance(planned, CreateOrder)
    load_contacts(fresh.odoo, [planned.contact], [planned.address])
    load_addresses(fresh.odoo, [planned.address])
    ours, an_hour_ago = [fresh.account.key], datetime.now(UTC) - timedelta(hours=1)
    assert purge_buyers(fresh.admin, ours, an_hour_ago, dry_run=False) == NOTHING
    made = {fresh.admin.ref(one.xid) for one in (planned.contact, planned.address)}
    assert None not in made
    assert purge_buyers(fresh.admin, ours, LATER, dry_run=False) == Purge(contacts=len(made), kept=0, messages=0)
    domain = [("id", "in", list(made)), ("active", "in", [True, False])]
    assert {row["name"] for row in fresh.admin.search_read("res.partner", domain, ["name"])} == {ERASED}


def test_the_days_begin_when_the_goods_have_left(fresh: Desk) -> None:
    """An old order, shipped today: the buyer may still ask for it, and send it back."""
    sale = sold(fresh, created=LONG_AGO)
    ship(fresh, sale)
    recording = record(fresh.admin)
    ours = [fresh.account.key]
    assert purge_buyers(fresh.admin, ours, datetime.now(UTC) - timedelta(days=1), dry_run=False) == NOTHING
    assert recording.writes == []
    assert purge_buyers(fresh.admin, ours, LATER, dry_run=False).contacts == len(sale.partners)
    assert [row["name"] for row in shown(fresh, sale)] == [ERASED] * len(sale.partners)


def test_an_address_goes_by_its_own_orders(fresh: Desk) -> None:
    """Amazon Business EU is one contact that buys every day; its customers' addresses are not kept for that."""
    buyer = Buyer(name="Amazon Business EU SARL", email="no-reply-amazon-iba@amazon.com")
    old = sold(fresh, buyer=buyer, address=an_address())
    finish(fresh, old)
    waiting = sold(fresh, buyer=buyer, address=an_address(lines=("Somewhere Else 5",)))
    (contact,) = set(old.partners) & set(waiting.partners)
    (address,) = set(old.partners) - {contact}
    assert purge_buyers(fresh.admin, [fresh.account.key], LATER, dry_run=False) == Purge(contacts=1, kept=0, messages=1)
    names = {row["id"]: row["name"] for row in shown(fresh, old)}
    assert names == {contact: "Amazon Business EU SARL", address: ERASED}
    assert ERASED not in str(shown(fresh, waiting))
    assert ("birthday" in notes(fresh, old), "birthday" in notes(fresh, waiting)) == (False, True)


@pytest.mark.parametrize("moved", [(), ("action_post",), ("action_post", "button_draft", "button_cancel")], ids=len)
def test_who_was_invoiced_keeps_what_the_invoice_says(fresh: Desk, moved: tuple[str, ...]) -> None:
    """A draft, a posted invoice, and one that was posted and then cancelled: its number is in the books."""
    sale = sold(fresh)
    finish(fresh, sale)
    invoice(fresh, sale, *moved)
    before, ours = shown(fresh, sale), [fresh.account.key]
    assert any(row["email"] for row in before)
    assert any(row["phone"] for row in before)
    counted = Purge(contacts=0, kept=len(sale.partners), messages=1)
    assert purge_buyers(fresh.admin, ours, LATER, dry_run=True) == counted
    assert shown(fresh, sale) == before

    assert purge_buyers(fresh.admin, ours, LATER, dry_run=False) == counted
    assert shown(fresh, sale) == [row | {"email": False, "phone": False} for row in before]
    assert "birthday" not in notes(fresh, sale)
    recording = record(fresh.admin)
    assert purge_buyers(fresh.admin, ours, LATER, dry_run=False) == replace(counted, messages=0)
    assert recording.writes == []


def test_a_draft_invoice_that_was_cancelled_keeps_nobody(fresh: Desk) -> None:
    sale = sold(fresh)
    finish(fresh, sale)
    invoice(fresh, sale, "button_cancel")
    assert purge_buyers(fresh.admin, [fresh.account.key], LATER, dry_run=False).kept == 0
    assert [row["name"] for row in shown(fresh, sale)] == [ERASED] * len(sale.partners)


def test_an_invoice_to_an_address_of_somebodys_own_keeps_the_contact(fresh: Desk) -> None:
    """A person added an address for invoices: the accounts name the contact as its commercial partner."""
    sale = sold(fresh)
    finish(fresh, sale)
    contact = sale.contact
    (own,) = fresh.admin.call("res.partner", "create", vals_list=[{"name": "Bookkeeping", "parent_id": contact}])
    invoice(fresh, replace(sale, contact=own, address=own), "action_post")
    done = purge_buyers(fresh.admin, [fresh.account.key], LATER, dry_run=False)
    assert (done.kept, done.contacts) == (1, len(sale.partners) - 1)
    assert {row["id"]: row["name"] == ERASED for row in shown(fresh, sale)} == {
        one: one != contact for one in sale.partners
    }


def test_another_accounts_buyers_are_left_alone(fresh: Desk) -> None:
    sale = sold(fresh)
    finish(fresh, sale)
    longer = f"{fresh.account.key}-x"
    recording = record(fresh.admin)
    for account in (longer, fresh.account.key[:-1], "nobody"):
        assert purge_buyers(fresh.admin, [account], LATER, dry_run=False).contacts == 0
    assert recording.writes == []
