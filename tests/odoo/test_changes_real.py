"""Later changes where only a real Odoo can judge: deliveries in steps, reserved stock, invoices; as the bot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from clients.odoo.client import Odoo
from clients.odoo.deliveries import deliver_all
from clients.odoo.facts import reference
from domain.errors import NeedsHuman
from domain.odoo import UpdateOrder
from domain.parked import CANCEL_BLOCKED, CHANGE_BLOCKED
from tests.builders import an_account, an_item, part
from tests.contract.odoo_desk import Desk, newer
from tests.contract.test_odoo_cancel import cancelled, state
from tests.contract.test_odoo_changes import CUP, MUGS, fewer, landed, without
from tests.odoo.conftest import Server

pytestmark = pytest.mark.odoo


@pytest.fixture(name="desk")
def a_desk(odoo_server: Server, admin: Odoo, bot: Odoo) -> Desk:
    return Desk(admin, bot, an_account(key=f"real-{odoo_server.key}"), reference(bot))


@pytest.fixture
def in_two_steps(desk: Desk) -> Iterator[Desk]:
    """A warehouse of its own that picks first and ships then."""
    values = {"name": desk.account.key, "code": desk.account.key[-5:], "delivery_steps": "pick_ship"}
    (warehouse,) = desk.admin.call("stock.warehouse", "create", vals_list=[values])
    yield replace(desk, account=replace(desk.account, warehouse=desk.account.key), known=reference(desk.odoo))
    domain = [("warehouse_id", "=", warehouse), ("state", "=", "sale")]
    left = [one["id"] for one in desk.admin.search_read("sale.order", domain, ["id"])]
    desk.admin.call("sale.order", "action_cancel", ids=left, context={"disable_cancel_warning": True})
    desk.admin.call("stock.warehouse", "write", ids=[warehouse], vals={"active": False})


def steps(desk: Desk, sale_order: int) -> list[tuple[str, str, float]]:
    """Where goods go next, 'open' or 'cancel', and how many, of all moves for the sale order."""
    (row,) = desk.odoo.search_read("sale.order", [("id", "=", sale_order)], ["name"])
    fields = ["state", "product_uom_qty", "location_dest_id"]
    rows = desk.odoo.search_read("stock.move", [("origin", "=", row["name"])], fields, order="id")
    state = {"assigned": "open", "waiting": "open", "confirmed": "open", "cancel": "cancel"}
    return sorted(
        (one["location_dest_id"][1].rpartition("/")[2], state[one["state"]], one["product_uom_qty"]) for one in rows
    )


def test_every_step_of_a_delivery_is_lowered(in_two_steps: Desk) -> None:
    desk = in_two_steps
    order, sale_order = landed(desk, MUGS, CUP, an_item(part("ITEM", "8.00"), quantity=4))
    mugs, cup, pens = order.items
    if desk.old:  # both lines sell the default product, so one move picks for both
        first = [("Customers", "open", quantity) for quantity in (1.0, 3.0, 4.0)]
        assert steps(desk, sale_order) == [*first, ("Output", "open", 8.0)]
    else:
        assert [move[2] for move in steps(desk, sale_order)] == [1.0, 3.0, 4.0]
    then = newer(order, fewer(mugs, 1, "10.00"), without(cup), pens)
    assert desk.land(then) == sale_order
    assert desk.total(sale_order) == "18.00"
    shipped = [("Customers", "cancel", 0.0), ("Customers", "open", 1.0), ("Customers", "open", 4.0)]
    picked = [("Output", "cancel", 0.0), ("Output", "open", 1.0), ("Output", "open", 4.0)]
    assert steps(desk, sale_order) == ([*shipped, ("Output", "open", 5.0)] if desk.old else picked)
    assert desk.land(newer(then, without(mugs), without(cup), without(pens), minutes=9)) == sale_order
    assert {(state, quantity) for _, state, quantity in steps(desk, sale_order)} == {("cancel", 0.0)}


def stocked(desk: Desk, sku: str, on_hand: float) -> None:
    """A product of stock under the SKU, with pieces in the first warehouse."""
    kind = {"type": "product"} if desk.old else {"type": "consu", "is_storable": True}
    (product,) = desk.admin.call("product.product", "create", vals_list=[{"name": sku, "default_code": sku, **kind}])
    mine = [("company_id", "=", 1)]  # other tests leave companies with warehouses behind
    (house,) = desk.admin.search_read("stock.warehouse", mine, ["lot_stock_id"], limit=1, order="sequence, id")
    count = {"product_id": product, "location_id": house["lot_stock_id"][0], "inventory_quantity": on_hand}
    quants = desk.admin.call("stock.quant", "create", vals_list=[count], context={"inventory_mode": True})
    if not desk.old:
        desk.admin.call("stock.quant", "action_apply_inventory", ids=quants)


@pytest.mark.parametrize(("on_hand", "state"), [(10.0, "assigned"), (0.0, "confirmed")])
def test_what_was_reserved_is_reserved_again(desk: Desk, on_hand: float, state: str) -> None:
    sku = f"S-{desk.account.key}-{on_hand:g}"
    stocked(desk, sku, on_hand)
    order, sale_order = landed(desk, an_item(part("ITEM", "30.00"), quantity=3, sku=sku))
    assert desk.moves(sale_order) == [(state, 3.0)]
    assert desk.land(newer(order, fewer(order.items[0], 2, "20.00"))) == sale_order
    assert (desk.moves(sale_order), desk.total(sale_order)) == ([(state, 2.0)], "20.00")


def invoice(desk: Desk, sale_order: int) -> None:
    """A draft invoice, as the window of a sale order makes it."""
    context = {"active_model": "sale.order", "active_ids": [sale_order], "active_id": sale_order}
    values: dict[str, Any] = {"advance_payment_method": "delivered"}
    if "sale_order_ids" in desk.admin.fields("sale.advance.payment.inv"):
        values["sale_order_ids"] = [[6, 0, [sale_order]]]
    (window,) = desk.admin.call("sale.advance.payment.inv", "create", vals_list=[values], context=context)
    desk.admin.call("sale.advance.payment.inv", "create_invoices", ids=[window], context=context)


def test_a_draft_invoice_stops_a_change(desk: Desk) -> None:
    order, sale_order = landed(desk, MUGS, CUP)
    invoice(desk, sale_order)
    (row,) = desk.admin.search_read("sale.order", [("id", "=", sale_order)], ["invoice_count"])
    assert row["invoice_count"] == 1
    with pytest.raises(NeedsHuman) as raised:
        desk.plan(newer(order, order.items[0], without(order.items[1])))
    assert raised.value.code == CHANGE_BLOCKED
    assert raised.value.reason.endswith("but the sale order is invoiced, or has a draft invoice")
    assert desk.total(sale_order) == "47.49"


def test_an_invoiced_sale_order_is_not_cancelled(desk: Desk) -> None:
    order, sale_order = landed(desk, MUGS, CUP)
    invoice(desk, sale_order)
    before = state(desk, sale_order)
    refused = desk.land(cancelled(order))
    assert isinstance(refused, NeedsHuman)
    assert (refused.code, refused.reason) == (
        CANCEL_BLOCKED,
        "Amazon cancelled the order, but the sale order is invoiced, or has a draft invoice",
    )
    assert state(desk, sale_order) == before


def test_goods_that_were_picked_stop_a_cancellation(in_two_steps: Desk) -> None:
    desk = in_two_steps
    order, sale_order = landed(desk, MUGS, CUP)
    picking = [("sale_id", "=", sale_order), ("picking_type_id.code", "=", "internal")]
    (pick,) = desk.odoo.search_read("stock.picking", picking, ["id", "name"])
    assert deliver_all(desk.odoo, [pick["id"]]) == {pick["id"]: None}
    before = state(desk, sale_order)
    refused = desk.land(cancelled(order))
    assert isinstance(refused, NeedsHuman)
    assert (refused.code, refused.reason) == (CANCEL_BLOCKED, f"Amazon cancelled the order, but {pick['name']} is done")
    assert state(desk, sale_order) == before


def test_a_delivery_being_packed_is_left_alone(desk: Desk) -> None:
    order, sale_order = landed(desk, MUGS, CUP)
    (mugs, _) = desk.odoo.search_read("stock.move", [("sale_line_id.order_id", "=", sale_order)], ["id"], order="id")
    done = {"quantity_done": 1} if desk.old else {"quantity": 1, "picked": True}
    desk.odoo.call("stock.move", "write", ids=[mugs["id"]], vals=done)
    decision = desk.plan(newer(order, fewer(order.items[0], 1, "10.00"), order.items[1]))
    assert isinstance(decision, UpdateOrder)
    refused = desk.apply(decision)
    assert isinstance(refused, NeedsHuman)
    assert refused.code == CHANGE_BLOCKED
    assert "is being packed" in refused.reason
    assert (desk.total(sale_order), desk.lines(sale_order)["1 product"]) == ("47.49", 3.0)
