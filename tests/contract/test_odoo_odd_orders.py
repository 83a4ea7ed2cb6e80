"""Odd orders on the simulated and the real Odoo, as the bot: what becomes of each, to the line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from clients.odoo.orders import create_orders
from domain.odoo import CreateOrder, Skip
from domain.order import Channel, Order, OrderStatus
from tests.builders import an_item, part
from tests.contract.odoo_desk import Desk, a_desk, a_target, newer

__all__ = ["a_desk", "a_target"]

MUG = an_item(part("ITEM", "10.00"))
FREE = an_item(breakdowns=(), total=None)
LONG_AGO = datetime(1995, 1, 1, tzinfo=UTC)


def land(desk: Desk, *items: Any, **changes: Any) -> tuple[Order, int]:
    order = desk.order(*items, **changes)
    sale_order = desk.land(order)
    assert isinstance(sale_order, int), sale_order
    return order, sale_order


def read(desk: Desk, sale_order: int, *fields: str) -> dict[str, Any]:
    (row,) = desk.odoo.search_read("sale.order", [("id", "=", sale_order)], fields)
    row.pop("id")
    return row


def texts(desk: Desk, sale_order: int) -> list[str]:
    """The texts of the goods' lines."""
    domain = [("order_id", "=", sale_order), ("x_amazon_item_ref", "!=", False)]
    return [row["name"] for row in desk.odoo.search_read("sale.order.line", domain, ["name"], order="id")]


def replacing(original: Order, kind: str = "REPLACEMENT_ORIGINAL_ID") -> tuple[tuple[str, str], ...]:
    return ((kind, original.order_id),)


@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.PENDING_AVAILABILITY])
def test_an_unpaid_order_waits_and_comes_when_it_is_due(desk: Desk, status: OrderStatus) -> None:
    order = desk.order(FREE, status=status, currency="", grand_total=None, programs=("PREORDER",))
    assert desk.plan(order) == Skip(f"fbm order is {status.value}")
    paid = replace(MUG, item_id=order.items[0].item_id)
    sale_order = desk.land(newer(order, paid, status=OrderStatus.UNSHIPPED, currency="EUR"))
    assert isinstance(sale_order, int)
    assert read(desk, sale_order, "state", "x_amazon_programs") == {"state": "sale", "x_amazon_programs": "PREORDER"}
    assert desk.total(sale_order) == "10.00"


def test_a_replacement_is_free_and_points_to_the_original(desk: Desk) -> None:
    original, first = land(desk, MUG)
    _, second = land(desk, FREE, currency="", grand_total=None, replaces=replacing(original))
    assert read(desk, second, "x_amazon_replaces", "x_amazon_replaced_id", "x_amazon_programs", "amount_total") == {
        "x_amazon_replaces": original.order_id,
        "x_amazon_replaced_id": [first, _name(desk, first)],
        "x_amazon_programs": "REPLACEMENT",
        "amount_total": 0.0,
    }
    assert desk.lines(second) == {"1 product": 1.0}
    assert desk.moves(second) == [("assigned", 1.0)]
    assert read(desk, first, "x_amazon_replaces", "x_amazon_replaced_id") == {
        "x_amazon_replaces": False,
        "x_amazon_replaced_id": False,
    }


def test_an_exchange_costs_what_amazon_says(desk: Desk) -> None:
    original, first = land(desk, MUG)
    kinds = replacing(original, "EXCHANGE_ORIGINAL_ID")
    _, second = land(desk, an_item(part("ITEM", "12.50")), replaces=kinds, programs=("PRIME",))
    row = read(desk, second, "x_amazon_replaced_id", "x_amazon_programs")
    assert (row["x_amazon_replaced_id"][0], row["x_amazon_programs"]) == (first, "EXCHANGE, PRIME")
    assert desk.total(second) == "12.50"


def test_an_original_that_is_not_in_odoo_leaves_its_id_and_is_linked_when_it_comes(desk: Desk) -> None:
    original = desk.order(MUG)
    _, replacement = land(desk, FREE, currency="", grand_total=None, replaces=replacing(original))
    assert read(desk, replacement, "x_amazon_replaces", "x_amazon_replaced_id") == {
        "x_amazon_replaces": original.order_id,
        "x_amazon_replaced_id": False,
    }
    late = desk.land(original)
    assert read(desk, replacement, "x_amazon_replaced_id")["x_amazon_replaced_id"][0] == late


def test_a_replacement_and_its_original_in_one_batch_are_linked(desk: Desk) -> None:
    original = desk.order(MUG)
    replacement = desk.order(FREE, currency="", grand_total=None, replaces=replacing(original))
    plans = [plan for order in (replacement, original) if isinstance(plan := desk.plan(order), CreateOrder)]
    second, first = create_orders(desk.odoo, plans, desk.known.defaults.rounding)
    assert isinstance(second, int)
    assert read(desk, second, "x_amazon_replaced_id")["x_amazon_replaced_id"][0] == first


def test_the_same_order_id_of_another_account_is_no_original(desk: Desk) -> None:
    original, _ = land(desk, MUG)
    other = replace(desk, account=replace(desk.account, key=f"{desk.account.key}-b"))
    _, replacement = land(other, FREE, currency="", grand_total=None, replaces=replacing(original))
    assert read(other, replacement, "x_amazon_replaced_id") == {"x_amazon_replaced_id": False}


def test_vine_is_a_line_of_nothing_that_is_delivered(desk: Desk) -> None:
    vine = an_item(part("ITEM", "25.00"), part("DISCOUNT", "-25.00", ITEM="-25.00"), quantity=1)
    _, sale_order = land(desk, vine, FREE, channel=Channel.FBA, status=OrderStatus.SHIPPED)
    assert desk.total(sale_order) == "0.00"
    quantities = desk.lines(sale_order)
    quantities.pop("rounding", None)
    assert quantities == {"1 product": 1.0, "1 discount": 1.0, "2 product": 1.0}
    assert desk.moves(sale_order) == [("done", 1.0), ("done", 1.0)]


def test_quantity_0_makes_no_line_and_stops_nothing(desk: Desk) -> None:
    gone = replace(FREE, quantity=0, total=Decimal(0))
    _, sale_order = land(desk, gone, MUG)
    quantities = desk.lines(sale_order)
    quantities.pop("rounding", None)
    assert (quantities, desk.total(sale_order)) == ({"2 product": 1.0}, "10.00")


def test_an_order_of_nothing_is_a_confirmed_sale_order_of_nothing(desk: Desk) -> None:
    _, sale_order = land(desk, replace(FREE, quantity=0, total=Decimal(0)), currency="", grand_total=None)
    assert (desk.lines(sale_order), desk.total(sale_order)) == ({}, "0.00")
    assert read(desk, sale_order, "state", "x_amazon_status") == {"state": "sale", "x_amazon_status": "UNSHIPPED"}


def test_60_lines_are_60_lines(desk: Desk) -> None:
    items = [an_item(part("ITEM", f"{number}.99"), sku=f"S{number % 7}", quantity=2) for number in range(1, 61)]
    order, sale_order = land(desk, *items)
    domain = [("order_id", "=", sale_order), ("x_amazon_item_ref", "!=", False)]
    rows = desk.odoo.search_read("sale.order.line", domain, ["x_amazon_item_ref", "product_uom_qty"], order="id")
    assert [(row["x_amazon_item_ref"], row["product_uom_qty"]) for row in rows] == [
        (item.item_id, 2.0) for item in order.items
    ]
    assert desk.total(sale_order) == f"{sum(range(1, 61)) + Decimal('0.99') * 60}" == "1889.40"


def test_one_sku_on_two_items_is_two_lines(desk: Desk) -> None:
    _, sale_order = land(desk, MUG, an_item(part("ITEM", "9.50"), quantity=2))
    quantities = desk.lines(sale_order)
    quantities.pop("rounding", None)
    assert (quantities, desk.total(sale_order)) == ({"1 product": 1.0, "2 product": 2.0}, "19.50")
    assert desk.moves(sale_order) == [("assigned", 1.0), ("assigned", 2.0)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sales_channel": "NON_AMAZON"}, "sales channel NON_AMAZON"),
        ({"marketplace_id": "A2ZV50J4W1RKNI"}, "marketplace A2ZV50J4W1RKNI is not one of this account's"),
    ],
)
def test_what_is_none_of_ours_is_skipped_and_says_why(desk: Desk, changes: dict[str, Any], reason: str) -> None:
    order = desk.order(MUG, **changes)
    assert desk.plan(order) == Skip(reason)
    assert desk.odoo.search_read("sale.order", [("client_order_ref", "=", order.order_id)], ["name"]) == []


def test_dates_of_1995_are_not_taken_over(desk: Desk) -> None:
    order, sale_order = land(desk, MUG, created=LONG_AGO, latest_ship=LONG_AGO)
    assert read(desk, sale_order, "date_order", "commitment_date") == {
        "date_order": f"{order.updated:%Y-%m-%d %H:%M:%S}",
        "commitment_date": False,
    }
    assert desk.land(newer(order, status=OrderStatus.SHIPPED)) == sale_order
    assert read(desk, sale_order, "commitment_date", "x_amazon_status") == {
        "commitment_date": False,
        "x_amazon_status": "SHIPPED",
    }


def test_what_packers_must_know_stands_on_the_line(desk: Desk) -> None:
    item = an_item(
        part("ITEM", "10.00"),
        condition="Used - Good",
        measurement="1.5 KILOGRAMS",
        serial_numbers=("SN-1", "SN-2"),
        customization_url="https://custom.example/zip?a=1&b=2",
        programs=("TRANSPARENCY", "SUBSCRIBE_AND_SAVE"),
    )
    _, sale_order = land(desk, item)
    (text,) = texts(desk, sale_order)
    assert text.splitlines() == [
        "[MUG-BLUE] Blue mug",
        "Condition: Used - Good",
        "Measurement: 1.5 KILOGRAMS",
        "Serial numbers: SN-1, SN-2",
        "Customization: https://custom.example/zip?a=1&b=2",
        "Transparency: each piece has a code of its own",
    ]


def test_unknown_programs_are_kept_as_they_are(desk: Desk) -> None:
    _, sale_order = land(desk, MUG, programs=("PRIME", "AMAZON_MOON_DELIVERY"))
    assert read(desk, sale_order, "x_amazon_programs") == {"x_amazon_programs": "PRIME, AMAZON_MOON_DELIVERY"}


def _name(desk: Desk, sale_order: int) -> str:
    return str(read(desk, sale_order, "display_name")["display_name"])
