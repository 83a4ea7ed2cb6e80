"""All that left for an order, as Odoo has it: deliveries, goods in their packages, ordered lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.facts import parse_moment
from clients.odoo.pickings import DELIVERED, STATUS_FIELDS
from domain.shipment import Delivery, MovedGoods, OrderedLine, ShippedOrder

Row = Mapping[str, Any]

_ORDER_FIELDS: Final = ("x_amazon_account", "client_order_ref", "x_amazon_marketplace", "x_amazon_status")


def shipped_orders(odoo: Odoo, deliveries: Sequence[int]) -> dict[int, ShippedOrder]:
    """Return by delivery all that left for its order; a delivery that is gone, or none any more, is left out.

    Six calls for any number.
    """
    if not deliveries:
        return {}
    pickings = odoo.search_read(
        "stock.picking", [("sale_id.picking_ids", "in", list(deliveries)), *DELIVERED], _picking_fields(odoo)
    )
    by_order: dict[int, list[Row]] = defaultdict(list)
    for picking in pickings:
        by_order[picking["sale_id"][0]].append(picking)
    orders = odoo.search_read("sale.order", [("id", "in", sorted(by_order))], _ORDER_FIELDS)
    lines = _lines(odoo, sorted(by_order))
    moves = _moves(odoo, [line["id"] for some in lines.values() for line in some])
    goods = _goods(odoo, [picking["id"] for picking in pickings])
    carriers = _carriers(odoo, pickings)
    built = {
        order["id"]: _shipped_order(
            order, by_order[order["id"]], lines=lines[order["id"]], moves=moves, goods=goods, carriers=carriers
        )
        for order in orders
    }
    wanted = set(deliveries)
    return {
        picking["id"]: built[picking["sale_id"][0]]
        for picking in pickings
        if picking["id"] in wanted and picking["sale_id"][0] in built
    }


def _picking_fields(odoo: Odoo) -> list[str]:
    """Carrier and tracking number are fields of Odoo's delivery app, which may not be installed."""
    known = odoo.fields("stock.picking")
    optional = [name for name in ("carrier_id", "carrier_tracking_ref") if name in known]
    return ["name", "sale_id", "date_done", *STATUS_FIELDS, *optional]


def _lines(odoo: Odoo, orders: Sequence[int]) -> Mapping[int, list[Row]]:
    unit = odoo.first_field("sale.order.line", "product_uom_id", "product_uom")
    fields = ["order_id", "x_amazon_item_ref", "product_id", "product_uom_qty", unit]
    # Shipping costs and the like carry the item's reference too; only goods have moves.
    domain = [("order_id", "in", list(orders)), ("x_amazon_item_ref", "!=", False), ("product_id", "!=", False)]
    found: dict[int, list[Row]] = defaultdict(list)
    for row in odoo.search_read("sale.order.line", domain, fields, order="id"):
        found[row["order_id"][0]].append({**row, "unit": row[unit]})
    return found


def _moves(odoo: Odoo, lines: Sequence[int]) -> dict[int, Row]:
    """Moves to customers by id."""
    domain = [
        ("sale_line_id", "in", list(lines)),
        ("state", "!=", "cancel"),
        ("location_dest_id.usage", "=", "customer"),
    ]
    fields = ["sale_line_id", "product_id", "product_uom_qty", "product_uom", "origin_returned_move_id"]
    return {row["id"]: row for row in odoo.search_read("stock.move", domain, fields)} if lines else {}


def _goods(odoo: Odoo, pickings: Sequence[int]) -> Mapping[int, list[Row]]:
    done = odoo.first_field("stock.move.line", "qty_done", "quantity")
    fields = ["picking_id", "move_id", "product_id", "result_package_id", "product_uom_id", "lot_id", done]
    found: dict[int, list[Row]] = defaultdict(list)
    domain = [("picking_id", "in", list(pickings))]
    for row in odoo.search_read("stock.move.line", domain, fields, order="id"):
        found[row["picking_id"][0]].append({**row, "done": row[done]})
    return found


def _carriers(odoo: Odoo, pickings: Iterable[Row]) -> Mapping[int, Row]:
    ids = sorted({picking["carrier_id"][0] for picking in pickings if picking.get("carrier_id")})
    if not ids:
        return {}
    rows = odoo.search_read(
        "delivery.carrier", [("id", "in", ids)], ["name", "delivery_type"], context={"active_test": False}
    )
    return {row["id"]: row for row in rows}


def _shipped_order(
    order: Row,
    pickings: Sequence[Row],
    *,
    lines: Sequence[Row],
    moves: Mapping[int, Row],
    goods: Mapping[int, list[Row]],
    carriers: Mapping[int, Row],
) -> ShippedOrder:
    by_id = {line["id"]: line for line in lines}
    demand: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for move in moves.values():
        if not move["origin_returned_move_id"]:
            demand[move["sale_line_id"][0]][move["product_id"][0]] += _number(move["product_uom_qty"])
    return ShippedOrder(
        odoo_id=order["id"],
        account=order["x_amazon_account"],
        order_id=order["client_order_ref"] or "",
        marketplace=order["x_amazon_marketplace"] or "",
        status=order["x_amazon_status"] or "",
        deliveries=tuple(_delivery(picking, carriers) for picking in pickings),
        lines=tuple(
            OrderedLine(
                odoo_id=line["id"],
                item_ref=line["x_amazon_item_ref"],
                product=line["product_id"][0],
                quantity=_number(line["product_uom_qty"]),
                demand=dict(demand[line["id"]]),
            )
            for line in lines
            if line["id"] in demand
        ),
        goods=tuple(
            _moved(row, moves[row["move_id"][0]], by_id)
            for picking in pickings
            for row in goods[picking["id"]]
            if row["move_id"] and row["move_id"][0] in moves and row["done"] > 0
        ),
    )


def _moved(row: Row, move: Row, lines: Mapping[int, Row]) -> MovedGoods:
    line = lines[move["sale_line_id"][0]]
    package = row["result_package_id"]
    # A kit's components are counted in units of their own.
    itself = move["product_id"][0] == line["product_id"][0]
    units = {row["product_uom_id"][0], move["product_uom"][0], *([line["unit"][0]] if itself else [])}
    return MovedGoods(
        delivery=row["picking_id"][0],
        line=line["id"],
        product=row["product_id"][0],
        quantity=_number(row["done"]),
        package=package[0] if package else 0,
        package_name=package[1] if package else "",
        again=bool(move["origin_returned_move_id"]),
        odd_unit=len(units) > 1,
        serial=row["lot_id"][1] if row["lot_id"] else "",
    )


def _delivery(picking: Row, carriers: Mapping[int, Row]) -> Delivery:
    given = picking.get("carrier_id")
    by = carriers.get(given[0]) if given else None
    done = parse_moment(picking["date_done"])
    if done is None:
        raise ValueError("a done picking has a date")
    return Delivery(
        odoo_id=picking["id"],
        name=picking["name"],
        done=done,
        carrier=by["name"] if by else "",
        carrier_type=(by["delivery_type"] or "") if by else "",
        tracking=picking.get("carrier_tracking_ref") or "",
        status=picking["x_amazon_sync_status"] or "",
        reason=picking["x_amazon_sync_reason"] or "",
        key=picking["x_amazon_sync_key"] or "",
    )


def _number(value: float) -> Decimal:
    """Odoo's quantities are binary floats: what is written of them is meant."""
    return Decimal(repr(value))
