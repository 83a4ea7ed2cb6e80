"""Versions of an order in any order, and what follows besides lines: status, ship-by date, address, FBA's shipping."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clients.odoo.deliveries import deliver_all
from domain.errors import NeedsHuman
from domain.odoo import Skip, Unchanged, UpdateStatus
from domain.order import Channel, OrderStatus
from domain.parked import CHANGED_AFTER_DELIVERY
from tests.builders import an_address
from tests.contract.odoo_desk import Desk, a_desk, a_target, newer
from tests.contract.test_odoo_changes import CUP, MUGS, fewer, landed, without

__all__ = ["a_desk", "a_target"]


def written(desk: Desk, sale_order: int) -> Any:
    """Everything a change could touch, with the times of the last writes."""
    order = desk.odoo.search_read("sale.order", [("id", "=", sale_order)], ["write_date", "amount_total", "state"])
    of_order = [("order_id", "=", sale_order)]
    lines = desk.odoo.search_read("sale.order.line", of_order, ["write_date", "price_unit", "product_uom_qty"])
    moves = [("sale_line_id.order_id", "=", sale_order)]
    return order, lines, desk.odoo.search_read("stock.move", moves, ["write_date", "state", "product_uom_qty"])


def field(desk: Desk, sale_order: int, name: str) -> Any:
    (row,) = desk.odoo.search_read("sale.order", [("id", "=", sale_order)], [name])
    return row[name]


def test_versions_out_of_order_and_repeated_end_in_the_newest(desk: Desk) -> None:
    first = desk.order(MUGS, CUP)
    second = newer(first, fewer(first.items[0], 2, "20.00"), first.items[1])
    third = newer(second, fewer(first.items[0], 1, "10.00"), first.items[1])
    sale_order = desk.land(second)
    assert isinstance(sale_order, int)
    assert desk.land(third) == sale_order
    assert (desk.total(sale_order), desk.lines(sale_order)["1 product"]) == ("27.49", 1.0)
    before = written(desk, sale_order)
    for late in (first, second, third, first, third):
        assert desk.plan(late) == Unchanged()
    assert written(desk, sale_order) == before
    assert field(desk, sale_order, "x_amazon_last_update") == f"{third.updated:%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize("delivered", [False, True], ids=["waiting", "delivered"])
def test_a_later_ship_by_date_and_status_are_followed(desk: Desk, delivered: bool) -> None:
    order, sale_order = landed(desk, MUGS, CUP)
    if delivered:
        pickings = desk.odoo.search_read("stock.picking", [("sale_id", "=", sale_order)], ["id"])
        assert set(deliver_all(desk.odoo, [one["id"] for one in pickings]).values()) == {None}
    assert order.latest_ship is not None
    then = newer(order, latest_ship=order.latest_ship + timedelta(days=2), status=OrderStatus.PARTIALLY_SHIPPED)
    lines, moves = desk.lines(sale_order), desk.moves(sale_order)
    assert isinstance(decision := desk.plan(then), UpdateStatus)
    assert desk.apply(decision) == sale_order
    assert field(desk, sale_order, "commitment_date") == "2026-05-05 22:59:59"
    assert field(desk, sale_order, "x_amazon_status") == "PARTIALLY_SHIPPED"
    assert (desk.lines(sale_order), desk.moves(sale_order), desk.total(sale_order)) == (lines, moves, "47.49")


def test_an_address_is_not_followed_after_the_goods_have_left(desk: Desk) -> None:
    order, sale_order = landed(desk, MUGS, CUP)
    (picking,) = desk.odoo.search_read("stock.picking", [("sale_id", "=", sale_order)], ["id"])
    assert deliver_all(desk.odoo, [picking["id"]]) == {picking["id"]: None}
    address = field(desk, sale_order, "partner_shipping_id")
    then = newer(order, address=an_address(lines=("Neue Str. 1",)))
    assert isinstance(desk.plan(then), UpdateStatus)
    assert desk.land(then) == sale_order
    assert field(desk, sale_order, "partner_shipping_id") == address


def test_an_item_cancelled_after_a_part_has_left_is_a_persons_decision(desk: Desk) -> None:
    order, sale_order = landed(desk, MUGS, CUP)
    moves = desk.odoo.search_read("stock.move", [("sale_line_id.order_id", "=", sale_order)], ["id"], order="id")
    done = {"quantity_done": 3} if desk.old else {"quantity": 3, "picked": True}
    desk.odoo.call("stock.move", "write", ids=[moves[0]["id"]], vals=done)
    pickings = desk.odoo.search_read("stock.picking", [("sale_id", "=", sale_order)], ["id"])
    quiet = {"skip_backorder": True, "skip_immediate": True, "skip_sms": True}
    desk.odoo.call("stock.picking", "button_validate", ids=[pickings[0]["id"]], context=quiet)
    assert sorted(desk.moves(sale_order)) == [("assigned", 1.0), ("done", 3.0)]
    before = written(desk, sale_order)
    with pytest.raises(NeedsHuman) as raised:
        desk.plan(newer(order, order.items[0], without(order.items[1])))
    assert raised.value.code == CHANGED_AFTER_DELIVERY
    assert written(desk, sale_order) == before


def test_fba_waits_for_shipping_and_comes_in_delivered(desk: Desk) -> None:
    order = replace(desk.order(MUGS, CUP), channel=Channel.FBA)
    assert desk.plan(order) == Skip("fba order is unshipped")
    assert desk.odoo.call("sale.order", "search_count", domain=[("client_order_ref", "=", order.order_id)]) == 0
    shipped = newer(order, status=OrderStatus.SHIPPED)
    sale_order = desk.land(shipped)
    assert isinstance(sale_order, int)
    assert desk.total(sale_order) == "47.49"
    assert desk.moves(sale_order) == [("done", 3.0), ("done", 1.0)]
    (picking,) = desk.odoo.search_read("stock.picking", [("sale_id", "=", sale_order)], ["location_id"])
    assert picking["location_id"][1].endswith("Amazon")
    assert desk.plan(order) == Unchanged()
