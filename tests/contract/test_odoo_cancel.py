"""A whole order that Amazon cancels, in each state its sale order can be in, on the simulated and the real Odoo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from clients.odoo.changes import cancel_orders
from clients.odoo.deliveries import deliver_all
from domain.errors import NeedsHuman
from domain.odoo import CancelOrder, Unchanged, UpdateStatus
from domain.order import Order, OrderStatus
from domain.parked import CANCEL_BLOCKED
from tests.contract.odoo_desk import Desk, a_desk, a_target, newer
from tests.contract.test_odoo_changes import CUP, MUGS, landed, without

__all__ = ["a_desk", "a_target"]


def cancelled(order: Order) -> Order:
    """The version in which nothing is left of `order`, as Amazon sends it: without any amounts."""
    items = [replace(without(item), quantity=item.quantity, total=None) for item in order.items]
    return newer(order, *items, status=OrderStatus.CANCELLED, currency="")


def drafts(desk: Desk) -> Desk:
    return replace(desk, account=replace(desk.account, policy=replace(desk.account.policy, confirm=False)))


def state(desk: Desk, sale_order: int) -> dict[str, Any]:
    fields = ["state", "amount_total", "x_amazon_status", "x_amazon_last_update"]
    (row,) = desk.odoo.search_read("sale.order", [("id", "=", sale_order)], fields)
    pickings = desk.odoo.search_read("stock.picking", [("sale_id", "=", sale_order)], ["state"], order="id")
    return {name: row[name] for name in fields} | {"deliveries": [one["state"] for one in pickings]}


def deliver(desk: Desk, sale_order: int) -> None:
    pickings = desk.odoo.search_read("stock.picking", [("sale_id", "=", sale_order)], ["id"])
    assert set(deliver_all(desk.odoo, [one["id"] for one in pickings]).values()) == {None}


def lock(desk: Desk, sale_order: int) -> None:
    desk.admin.call("sale.order", "action_done" if desk.old else "action_lock", ids=[sale_order])


def pack(desk: Desk, sale_order: int) -> None:
    (mugs, *_) = desk.odoo.search_read("stock.move", [("sale_line_id.order_id", "=", sale_order)], ["id"], order="id")
    done = {"quantity_done": 1} if desk.old else {"quantity": 1, "picked": True}
    desk.odoo.call("stock.move", "write", ids=[mugs["id"]], vals=done)


@pytest.mark.parametrize("quotation", ["draft", "sent"])
def test_a_quotation_is_cancelled(desk: Desk, quotation: str) -> None:
    order, sale_order = landed(drafts(desk), MUGS, CUP)
    desk.odoo.call("sale.order", "write", ids=[sale_order], vals={"state": quotation})
    then = cancelled(order)
    assert desk.land(then) == sale_order
    assert state(desk, sale_order) == {
        "state": "cancel",
        "amount_total": 47.49,
        "x_amazon_status": "CANCELLED",
        "x_amazon_last_update": f"{then.updated:%Y-%m-%d %H:%M:%S}",
        "deliveries": [],
    }


@pytest.mark.parametrize("prepare", [None, pack], ids=["waiting", "being packed"])
def test_a_confirmed_order_is_cancelled_and_so_is_its_delivery(
    desk: Desk, prepare: Callable[[Desk, int], None] | None
) -> None:
    order, sale_order = landed(desk, MUGS, CUP)
    if prepare:
        prepare(desk, sale_order)
    assert desk.land(cancelled(order)) == sale_order
    found = state(desk, sale_order)
    assert (found["state"], found["x_amazon_status"], found["deliveries"]) == ("cancel", "CANCELLED", ["cancel"])
    assert desk.plan(cancelled(order)) == Unchanged()
    assert desk.plan(order) == Unchanged()


@pytest.mark.parametrize(
    ("prepare", "why", "remedy"),
    [
        (deliver, "is done", "take the goods back with a return"),
        (lock, "but the sale order is locked", "Unlock it in Odoo"),
    ],
)
def test_what_must_not_be_cancelled_is_left_to_a_person(
    desk: Desk, prepare: Callable[[Desk, int], None], why: str, remedy: str
) -> None:
    order, sale_order = landed(desk, MUGS, CUP)
    prepare(desk, sale_order)
    before = state(desk, sale_order)
    refused = desk.land(cancelled(order))
    assert isinstance(refused, NeedsHuman)
    assert refused.code == CANCEL_BLOCKED
    assert refused.reason.endswith(why)
    assert remedy in refused.remedy
    assert state(desk, sale_order) == before


def test_one_that_is_blocked_does_not_stop_the_others(desk: Desk) -> None:
    (free, free_order), (sent, sent_order) = landed(desk, MUGS, CUP), landed(desk, MUGS)
    deliver(desk, sent_order)
    plans = [desk.plan(cancelled(order)) for order in (sent, free)]
    results = cancel_orders(desk.odoo, [one for one in plans if isinstance(one, CancelOrder)])
    assert len(results) == 2
    assert isinstance(results[0], NeedsHuman)
    assert results[1] == free_order
    assert [state(desk, one)["state"] for one in (sent_order, free_order)] == ["sale", "cancel"]


def test_one_that_was_cancelled_by_hand_gets_the_status_only(desk: Desk) -> None:
    order, sale_order = landed(desk, MUGS, CUP)
    desk.odoo.call("sale.order", "action_cancel", ids=[sale_order], context={"disable_cancel_warning": True})
    decision = desk.plan(cancelled(order))
    assert isinstance(decision, UpdateStatus)
    assert desk.apply(decision) == sale_order
    found = state(desk, sale_order)
    assert (found["state"], found["x_amazon_status"]) == ("cancel", "CANCELLED")
