"""Orders into Odoo, all in few calls: what is loaded together lands as if it had come alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

from clients.odoo.orders import create_orders
from domain.odoo import CreateOrder, Unchanged
from domain.order import Order
from tests.builders import an_item, part
from tests.contract.odoo_desk import Desk, a_desk, a_target  # noqa: F401  # fixtures

NET = an_item(part("ITEM", "20.00"), part("SHIPPING", "5.00"), sku="NET", tax_collected_by_amazon=True)
GROSS = an_item(part("ITEM", "30.00"), quantity=3, sku="GROSS")


def taxed(desk: Desk, *skus: str) -> int:
    """Make products with these references and a tax of ten percent on top; return the tax."""
    values = {"name": f"Ten on top {uuid4().hex[:8]}", "amount": 10.0, "type_tax_use": "sale"}
    (tax,) = desk.admin.call("account.tax", "create", vals_list=[values])
    for sku in skus:
        product = {"name": sku, "type": "consu", "default_code": sku, "taxes_id": [[6, 0, [tax]]]}
        desk.admin.call("product.product", "create", vals_list=[product])
    return int(tax)


def fresh(desk: Desk, *items: Any, **changes: Any) -> Order:
    """An order of these items under references nobody has used before."""
    order = desk.order(*items, **changes)
    return replace(order, items=tuple(replace(item, sku=f"{item.sku}-{order.order_id}") for item in order.items))


def found(desk: Desk, sale_order: int) -> dict[str, tuple[float, list[int]]]:
    """Quantity and taxes of each line, by item and kind."""
    column = desk.odoo.first_field("sale.order.line", "tax_ids", "tax_id")
    rows = desk.odoo.search_read("sale.order.line", [("order_id", "=", sale_order)], ["price_unit", column])
    names = desk.odoo.call("sale.order.line", "get_external_id", ids=[row["id"] for row in rows])
    return {names[str(row["id"])].rpartition("item_")[2][-9:]: (row["price_unit"], row[column]) for row in rows}


def taxes(desk: Desk, sale_order: int) -> set[tuple[int, ...]]:
    return {tuple(ids) for _, ids in found(desk, sale_order).values()}


def test_an_order_without_any_tax_of_the_sellers_is_loaded_whole(desk: Desk) -> None:
    order = fresh(desk, replace(NET, gift_message="For you"), NET)
    taxed(desk, *(item.sku for item in order.items))
    sale_order = desk.land(order)
    assert isinstance(sale_order, int)
    assert (taxes(desk, sale_order), desk.total(sale_order)) == ({()}, "50.00")
    assert desk.lines(sale_order) == {
        "1 product": 1.0, "1 shipping": 1.0, "1 note": 0.0, "2 product": 1.0, "2 shipping": 1.0,
    }  # fmt: skip
    assert desk.plan(order) == Unchanged()


def test_orders_with_all_some_and_no_taxes_land_together(desk: Desk) -> None:
    orders = [fresh(desk, NET), fresh(desk, GROSS), fresh(desk, NET, GROSS)]
    tax = taxed(desk, *(item.sku for order in orders for item in order.items))
    plans = [plan for order in orders if isinstance(plan := desk.plan(order), CreateOrder)]
    assert len(plans) == 3
    for _ in range(2):  # a repeat returns the same orders and changes nothing
        ids = create_orders(desk.odoo, plans, desk.known.defaults.rounding)
        assert all(isinstance(one, int) for one in ids)
        assert [desk.total(int(str(one))) for one in ids] == ["25.00", "30.00", "55.00"]
        goods = [{name: of for name, of in found(desk, int(str(one))).items() if "product" in name} for one in ids]
        assert [sorted(ids for _, ids in of.values()) for of in goods] == [[[]], [[tax]], [[], [tax]]]
    assert sum(plan.total for plan in plans) == Decimal("110.00")
