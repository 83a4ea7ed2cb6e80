"""Old buyers are erased from Odoo, and nothing else: on the simulated and the real servers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clients.odoo.purge import ERASED, Purge, purge_buyers
from tests.builders import an_account, an_item, part
from tests.contract.odoo_desk import Desk, a_desk, a_target
from tests.odoo.conftest import record

__all__ = ["a_desk", "a_target"]

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LATER = datetime.now(UTC) + timedelta(days=1)
PERSONAL = ("name", "email", "phone", "street", "street2", "city", "zip")


@dataclass(frozen=True)
class Sold:
    """A sale order of the desk's account, and its contact with the delivery address."""

    order: int
    partners: tuple[int, ...]


@pytest.fixture(name="fresh")
def a_fresh_desk(desk: Desk) -> Desk:
    """The desk with an account of its own, so that one test does not erase another's buyers."""
    from uuid import uuid4

    return replace(desk, account=an_account(key=f"purge-{uuid4().hex[:6]}"))


def sold(desk: Desk, **changes: Any) -> Sold:
    order = desk.order(an_item(part("ITEM", "30.00"), gift_message="Happy birthday, Max"), **changes)
    number = desk.land(order)
    assert isinstance(number, int)
    roles = ["partner_id", "partner_shipping_id"]
    (row,) = desk.odoo.search_read("sale.order", [("id", "=", number)], roles)
    return Sold(number, tuple(sorted({row[role][0] for role in roles})))


def finish(desk: Desk, sale: Sold) -> None:
    """Cancel what waits: a cancelled order needs nobody's address any more."""
    desk.admin.call("sale.order", "action_cancel", ids=[sale.order], context={"disable_cancel_warning": True})
    (row,) = desk.admin.search_read("sale.order", [("id", "=", sale.order)], ["state"])
    assert row["state"] == "cancel"


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
    assert purge_buyers(fresh.admin, ours, LATER, dry_run=False).contacts == 0
    finish(fresh, waiting)
    recording.calls.clear()
    assert purge_buyers(fresh.admin, ours, LONG_AGO, dry_run=False).contacts == 0
    assert recording.writes == []
    assert ERASED not in str(shown(fresh, waiting))


def test_another_accounts_buyers_are_left_alone(fresh: Desk) -> None:
    sale = sold(fresh)
    finish(fresh, sale)
    longer = f"{fresh.account.key}-x"
    recording = record(fresh.admin)
    for account in (longer, fresh.account.key[:-1], "nobody"):
        assert purge_buyers(fresh.admin, [account], LATER, dry_run=False).contacts == 0
    assert recording.writes == []
