"""Deliveries on every Odoo: which transfer arises from where, and how it is validated by RPC."""

from __future__ import annotations

import pytest

from clients.odoo.client import Odoo
from clients.odoo.deliveries import deliver_all
from clients.odoo.errors import OdooRefused
from tests.contract.odoo_targets import Shop, a_shop, a_target, connected  # noqa: F401  # fixtures


def test_goods_are_delivered_services_are_not(odoo: Odoo, shop: Shop) -> None:
    goods, service = shop.goods(), shop.service()
    order = shop.confirmed({"product_id": goods, "product_uom_qty": 3}, {"product_id": service, "product_uom_qty": 1})
    (picking,), (move,) = shop.pickings(order), shop.moves(order)
    assert (picking["state"], move["state"], move["product_uom_qty"]) == ("assigned", "assigned", 3.0)
    assert picking["location_id"][0] == odoo.ref("stock.stock_location_stock")
    assert picking["location_dest_id"][0] == odoo.ref("stock.stock_location_customers")
    row = shop.read("stock.picking", picking["id"], "origin", "sale_id", "picking_type_code", "partner_id")
    head = shop.read("sale.order", order, "name", "partner_shipping_id", "picking_ids")
    assert row == {
        "origin": head["name"],
        "sale_id": [order, head["name"]],
        "picking_type_code": "outgoing",
        "partner_id": head["partner_shipping_id"],
    }
    assert head["picking_ids"] == [picking["id"]]


def test_services_alone_make_no_delivery(shop: Shop) -> None:
    assert shop.pickings(shop.confirmed({"product_id": shop.service()})) == []


def test_a_delivery_is_validated_by_quantities(shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods(), "product_uom_qty": 3}, {"product_id": shop.goods()})
    (picking,) = shop.pickings(order)
    for move in shop.moves(order):
        shop.do(move["id"], move["product_uom_qty"])
    assert shop.validate(picking["id"]) is True
    (after,) = shop.pickings(order)
    assert after["state"] == "done"
    assert after["date_done"]
    assert [move["state"] for move in shop.moves(order)] == ["done", "done"]
    assert [line["qty_delivered"] for line in shop.lines(order, "qty_delivered")] == [3.0, 1.0]


def test_a_delivery_with_all_some_or_nothing_in_stock_is_done_in_full(odoo: Odoo, shop: Shop) -> None:
    goods, absent = shop.goods(), shop.storable()
    orders = [
        shop.confirmed({"product_id": goods, "product_uom_qty": 3}, {"product_id": goods}),
        shop.confirmed({"product_id": goods, "product_uom_qty": 2}, {"product_id": absent, "product_uom_qty": 4}),
        shop.confirmed({"product_id": absent, "product_uom_qty": 2}),
    ]
    pickings = [picking["id"] for order in orders for picking in shop.pickings(order)]
    assert deliver_all(odoo, pickings) == dict.fromkeys(pickings)
    assert [[picking["state"] for picking in shop.pickings(order)] for order in orders] == [["done"]] * 3
    delivered = [[line["qty_delivered"] for line in shop.lines(order, "qty_delivered")] for order in orders]
    assert delivered == [[3.0, 1.0], [2.0, 4.0], [2.0]]


def test_a_delivery_that_a_person_has_picked_in_part_is_done_in_full(odoo: Odoo, shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods(), "product_uom_qty": 3}, {"product_id": shop.goods()})
    first, _second = shop.moves(order)
    shop.do(first["id"], 3)
    (picking,) = shop.pickings(order)
    assert deliver_all(odoo, [picking["id"]]) == {picking["id"]: None}
    assert [one["state"] for one in shop.pickings(order)] == ["done"]
    assert [line["qty_delivered"] for line in shop.lines(order, "qty_delivered")] == [3.0, 1.0]


def test_what_was_not_done_goes_into_a_backorder(shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods(), "product_uom_qty": 3})
    (move,), (picking,) = shop.moves(order), shop.pickings(order)
    shop.do(move["id"], 1)
    assert shop.validate(picking["id"]) is True
    first, second = shop.pickings(order)
    assert (first["state"], second["state"]) == ("done", "assigned")
    assert second["backorder_id"][0] == first["id"]
    done, rest = shop.moves(order)
    assert (done["state"], done["product_uom_qty"], done[shop.done]) == ("done", 1.0, 1.0)
    assert (rest["state"], rest["product_uom_qty"], rest["picking_id"][0]) == ("assigned", 2.0, second["id"])
    assert shop.lines(order, "qty_delivered") == [{"qty_delivered": 1.0}]


def test_without_the_context_a_wizard_asks_about_the_backorder(odoo: Odoo, shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods(), "product_uom_qty": 3})
    (move,), (picking,) = shop.moves(order), shop.pickings(order)
    shop.do(move["id"], 1)
    answer = odoo.call("stock.picking", "button_validate", ids=[picking["id"]])
    assert answer["res_model"] == "stock.backorder.confirmation"
    assert [one["state"] for one in shop.pickings(order)] == ["assigned"]


def test_validating_without_quantities(odoo: Odoo, shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods(), "product_uom_qty": 3})
    (picking,) = shop.pickings(order)
    answer = odoo.call("stock.picking", "button_validate", ids=[picking["id"]])
    if shop.old:
        assert answer["res_model"] == "stock.immediate.transfer"
        assert shop.pickings(order)[0]["state"] == "assigned"
    else:
        assert answer is True
        assert shop.lines(order, "qty_delivered") == [{"qty_delivered": 3.0}]


def test_storable_goods_without_stock_wait_and_can_be_sent_all_the_same(shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.storable(), "product_uom_qty": 3})
    (move,), (picking,) = shop.moves(order), shop.pickings(order)
    assert (move["state"], move[shop.done], picking["state"]) == ("confirmed", 0.0, "confirmed")
    with pytest.raises(OdooRefused):
        shop.validate(picking["id"])
    assert shop.pickings(order)[0]["state"] == "confirmed"
    shop.do(move["id"], 3)
    assert shop.validate(picking["id"]) is True
    assert shop.pickings(order)[0]["state"] == "done"


def test_more_than_ordered_can_be_delivered(shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods(), "product_uom_qty": 3})
    (move,), (picking,) = shop.moves(order), shop.pickings(order)
    shop.do(move["id"], 7)
    assert shop.validate(picking["id"]) is True
    assert shop.lines(order, "qty_delivered") == [{"qty_delivered": 7.0}]


def test_a_tracked_product_needs_a_lot(shop: Shop) -> None:
    product = shop.storable(tracking="lot")
    order = shop.confirmed({"product_id": product})
    (move,), (picking,) = shop.moves(order), shop.pickings(order)
    shop.do(move["id"], 1)
    with pytest.raises(OdooRefused, match=f"You need to supply a Lot/Serial number for products Goods {shop.key}"):
        shop.validate(picking["id"])
    # In 19 the quantity that was set is the reservation.
    assert shop.pickings(order)[0]["state"] == ("confirmed" if shop.old else "assigned")
    assert shop.lines(order, "qty_delivered") == [{"qty_delivered": 0.0}]


def test_cancelling_an_order_cancels_what_is_open(odoo: Odoo, shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods()})
    assert odoo.call("sale.order", "action_cancel", ids=[order]) is True
    assert [one["state"] for one in shop.pickings(order)] == ["cancel"]
    assert [one["state"] for one in shop.moves(order)] == ["cancel"]


def test_a_done_delivery_cannot_be_cancelled(odoo: Odoo, shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods()})
    (move,), (picking,) = shop.moves(order), shop.pickings(order)
    shop.do(move["id"], 1)
    assert shop.validate(picking["id"]) is True
    with pytest.raises(OdooRefused, match="cannot cancel a stock move that has been set to 'Done'"):
        odoo.call("stock.picking", "action_cancel", ids=[picking["id"]])
    assert shop.pickings(order)[0]["state"] == "done"


def test_a_route_of_the_line_sends_goods_from_elsewhere(odoo: Odoo, shop: Shop) -> None:
    customers = odoo.ref("stock.stock_location_customers")
    place = shop.create("stock.location", name=f"Amazon {shop.key}", usage="internal", company_id=1)
    routes = odoo.fields("stock.rule")["route_id"].relation
    assert routes == ("stock.location.route" if shop.old else "stock.route")
    route = shop.create(routes, name=f"FBA {shop.key}", sale_selectable=True, product_selectable=False, company_id=1)
    target = {odoo.first_field("stock.rule", "location_dest_id", "location_id"): customers}
    shop.create(
        "stock.rule",
        name=f"FBA {shop.key}",
        route_id=route,
        action="pull",
        picking_type_id=odoo.ref("stock.picking_type_out"),
        location_src_id=place,
        procure_method="make_to_stock",
        company_id=1,
        **target,
    )
    chosen = {"route_id": route} if shop.old else {"route_ids": [[6, 0, [route]]]}
    product = shop.goods()
    order = shop.confirmed({"product_id": product, **chosen}, {"product_id": product})
    first, second = shop.pickings(order)
    assert (first["location_id"][0], second["location_id"][0]) == (place, odoo.ref("stock.stock_location_stock"))
    assert first["location_dest_id"][0] == second["location_dest_id"][0] == customers
    assert [one["state"] for one in shop.moves(order)] == ["assigned", "assigned"]


def test_a_promised_date_is_the_deadline_of_the_delivery(shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods()})
    shop.write("sale.order", order, commitment_date="2027-01-02 03:04:05")
    (picking,) = shop.pickings(order)
    expected = {"date_deadline": "2027-01-02 03:04:05"}
    assert shop.read("stock.picking", picking["id"], "date_deadline") == expected


def test_a_demand_lowered_by_hand_costs_the_reservation(odoo: Odoo, shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods(), "product_uom_qty": 3, "price_unit": 1})
    (move,) = shop.moves(order)
    shop.write("stock.move", move["id"], product_uom_qty=1)
    assert [(one["state"], one["product_uom_qty"]) for one in shop.moves(order)] == [("confirmed", 1.0)]
    assert odoo.call("stock.picking", "action_assign", ids=[move["picking_id"][0]]) is True
    assert [(one["state"], one["product_uom_qty"]) for one in shop.moves(order)] == [("assigned", 1.0)]
    (line,) = shop.lines(order, "id")
    shop.write("sale.order.line", line["id"], product_uom_qty=1, price_unit=1)
    assert [(one["state"], one["product_uom_qty"]) for one in shop.moves(order)] == [("assigned", 1.0)]


def test_a_demand_of_nothing_can_be_cancelled_alone(shop: Shop) -> None:
    order = shop.confirmed(
        {"product_id": shop.goods(), "product_uom_qty": 3, "price_unit": 1},
        {"product_id": shop.goods(), "product_uom_qty": 2, "price_unit": 1},
    )
    gone, _ = shop.moves(order)
    shop.write("stock.move", gone["id"], product_uom_qty=0, state="cancel")
    moves = [(one["state"], one["product_uom_qty"], one[shop.done]) for one in shop.moves(order)]
    assert moves == [("cancel", 0.0, 0.0), ("assigned", 2.0, 0.0 if shop.old else 2.0)]
    first, _ = shop.lines(order, "id")
    shop.write("sale.order.line", first["id"], product_uom_qty=0, price_unit=1)
    assert [(one["state"], one["product_uom_qty"]) for one in shop.moves(order)] == [("cancel", 0.0), ("assigned", 2.0)]
    assert [picking["state"] for picking in shop.pickings(order)] == ["assigned"]
