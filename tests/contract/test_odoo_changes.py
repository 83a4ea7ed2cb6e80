"""An order's later changes on the simulated and the real Odoo, as the bot: interrupted anywhere, in any warehouse."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from clients.odoo.deliveries import deliver_all
from domain.errors import NeedsHuman
from domain.odoo import UpdateStatus
from domain.order import Order
from domain.parked import CHANGED_AFTER_DELIVERY
from tests.builders import an_address, an_item, part
from tests.contract.odoo_desk import Desk, a_desk, a_target, newer
from tests.odoo.conftest import record

__all__ = ["a_desk", "a_target"]

MUGS = an_item(part("ITEM", "30.00"), quantity=3)
CUP = an_item(part("ITEM", "12.50"), part("SHIPPING", "4.99"), sku="CUP")
MOST_WRITES = 40


def without(item: Any) -> Any:
    return replace(item, quantity=0, breakdowns=(), total=Decimal(0), cancelled_by="BUYER")


def fewer(item: Any, quantity: int, amount: str) -> Any:
    return replace(item, quantity=quantity, breakdowns=(part("ITEM", amount),), total=Decimal(amount))


def landed(desk: Desk, *items: Any, **changes: Any) -> tuple[Any, int]:
    order = desk.order(*items, **changes)
    sale_order = desk.land(order)
    assert isinstance(sale_order, int)
    return order, sale_order


def test_interrupted_before_any_write_a_repeat_finishes_it(desk: Desk) -> None:
    recording = record(desk.odoo)
    fresh: list[tuple[Order, int]] = []
    changed: dict[int, Order] = {}
    for writes in range(MOST_WRITES):
        fresh = fresh or landed_together(desk, 10)
        order, sale_order = fresh.pop()
        mugs, cup = order.items
        discount = replace(
            cup,
            breakdowns=(*cup.breakdowns, part("DISCOUNT", "-2.00")),
            total=(cup.total or Decimal(0)) - Decimal("2.00"),
        )
        then = newer(order, fewer(mugs, 1, "10.00"), discount, address=an_address(lines=(f"Neue Str. {writes}",)))
        recording.writes_left = writes
        try:
            whole = desk.land(then)
        except KeyboardInterrupt:
            whole = None
        recording.writes_left = -1
        if whole is None:
            assert desk.land(then) == sale_order
        changed[sale_order] = then
        if whole is not None:
            assert writes > 5
            break
    else:
        pytest.fail("a change never ends")
    check_changed(desk, changed)


def landed_together(desk: Desk, number: int) -> list[tuple[Order, int]]:
    """Orders of MUGS and a CUP and their sale orders, imported in one batch."""
    orders = [desk.order(MUGS, CUP) for _ in range(number)]
    made = [one for one in desk.land_all(orders) if isinstance(one, int)]
    return list(zip(orders, made, strict=True))


def check_changed(desk: Desk, changed: dict[int, Order]) -> None:
    """Every sale order is as its newest version says, whole and once, and nothing is left to be changed."""
    goods = {"1 product": 1.0, "2 product": 1.0, "2 shipping": 1.0, "2 discount": 1.0, "rounding": 0.0}
    assert {one: lines | {"rounding": 0.0} for one, lines in desk.lines_of(list(changed)).items()} == dict.fromkeys(
        changed, goods
    )
    assert desk.totals_of(list(changed)) == dict.fromkeys(changed, "25.49")
    assert desk.moves_of(list(changed)) == {one: [("assigned", 1.0), ("assigned", 1.0)] for one in changed}
    orders = desk.odoo.search_read("sale.order", [("id", "in", list(changed))], ["partner_shipping_id"])
    pickings = desk.odoo.search_read("stock.picking", [("sale_id", "in", list(changed))], ["sale_id", "partner_id"])
    assert sorted((one["sale_id"][0], one["partner_id"]) for one in pickings) == sorted(
        (one["id"], one["partner_shipping_id"]) for one in orders
    )
    shipped = {one["partner_shipping_id"][0]: one["id"] for one in orders}
    addresses = desk.odoo.call("res.partner", "read", ids=list(shipped), fields=["street"])
    streets = {shipped[one["id"]]: one["street"] for one in addresses}
    assert streets == {one: then.address.lines[0] for one, then in changed.items() if then.address}
    assert all(isinstance(one, UpdateStatus) for one in desk.plans([newer(then) for then in changed.values()]))


def test_a_quotation_follows_too(desk: Desk) -> None:
    quiet = replace(desk.account, policy=replace(desk.account.policy, confirm=False))
    drafts = replace(desk, account=quiet)
    order, sale_order = landed(drafts, MUGS, CUP)
    assert drafts.land(newer(order, fewer(order.items[0], 2, "20.00"), without(order.items[1]))) == sale_order
    assert drafts.total(sale_order) == "20.00"
    quantities = drafts.lines(sale_order)
    assert (quantities["1 product"], quantities["2 product"], quantities["2 shipping"]) == (2.0, 0.0, 0.0)
    assert drafts.moves(sale_order) == []


def test_what_was_cancelled_may_come_back(desk: Desk) -> None:
    order, sale_order = landed(desk, MUGS, CUP)
    gone = newer(order, order.items[0], without(order.items[1]))
    assert desk.land(gone) == sale_order
    assert (desk.total(sale_order), desk.moves(sale_order)) == ("30.00", [("assigned", 3.0), ("cancel", 0.0)])
    assert desk.land(newer(gone, *order.items)) == sale_order
    assert desk.total(sale_order) == "47.49"
    assert sorted(desk.moves(sale_order)) == [("assigned", 1.0), ("assigned", 3.0), ("cancel", 0.0)]


def test_all_goods_gone_leave_no_delivery(desk: Desk) -> None:
    order, sale_order = landed(desk, MUGS, CUP)
    assert desk.land(newer(order, *(without(item) for item in order.items))) == sale_order
    (picking,) = desk.odoo.search_read("stock.picking", [("sale_id", "=", sale_order)], ["state"])
    assert (desk.total(sale_order), picking["state"]) == ("0.00", "cancel")


def test_the_rest_of_a_changed_order_can_be_delivered(desk: Desk) -> None:
    order, sale_order = landed(desk, MUGS, CUP)
    then = newer(order, fewer(order.items[0], 1, "10.00"), without(order.items[1]))
    assert desk.land(then) == sale_order
    (picking,) = desk.odoo.search_read("stock.picking", [("sale_id", "=", sale_order)], ["id"])
    assert deliver_all(desk.odoo, [picking["id"]]) == {picking["id"]: None}
    assert desk.moves(sale_order) == [("done", 1.0), ("cancel", 0.0)]
    with pytest.raises(NeedsHuman) as raised:
        desk.plan(newer(then, without(order.items[0]), without(order.items[1])))
    assert raised.value.code == CHANGED_AFTER_DELIVERY
