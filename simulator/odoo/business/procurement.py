"""From order lines to transfers: which rule brings the goods, and which transfer takes the move."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.odoo.business.pickings import state_of
from simulator.odoo.business.stock import cancel_moves, reserve
from simulator.odoo.business.warehouse import destination
from simulator.odoo.engine.env import Env
from simulator.odoo.engine.errors import user_error
from simulator.odoo.engine.store import Row


def is_goods(env: Env, line: Row) -> bool:
    """Whether the line is something to deliver."""
    return bool(line.get("product_id")) and env.get("product.product", line["product_id"], "type") != "service"


def launch(env: Env, line: int) -> None:
    """Make the line's moves add up to its quantity: more goods are asked for, in 19 fewer are sent too."""
    row = env.row("sale.order.line", line)
    if row.get("display_type") or not is_goods(env, row):
        return
    moves = [
        one for one in env.find("stock.move", sale_line_id=line) if env.row("stock.move", one)["state"] != "cancel"
    ]
    planned = sum(float(env.row("stock.move", one)["product_uom_qty"]) for one in moves)
    missing = float(row.get("product_uom_qty") or 0) - planned
    if missing > 0:
        _ask_for(env, row, missing)
    elif missing < 0 and env.series >= 19:
        _reduce(env, row, moves, -missing)


def _reduce(env: Env, row: Row, moves: list[int], quantity: float) -> None:
    for move in moves:
        current = env.row("stock.move", move)
        if current["state"] == "done":
            continue
        taken = min(quantity, float(current["product_uom_qty"]))
        quantity -= taken
        env.put("stock.move", move, product_uom_qty=float(current["product_uom_qty"]) - taken)
        if env.row("stock.move", move)["product_uom_qty"]:
            reserve(env, move)
        else:
            cancel_moves(env, [move])
    if quantity:
        _return(env, row, quantity)


def _return(env: Env, row: Row, quantity: float) -> None:
    """19 takes goods of a negative line back through the warehouse's receipts."""
    warehouse = env.row("stock.warehouse", env.row("sale.order", row["order_id"])["warehouse_id"])
    back = {"source": env.ref("stock.stock_location_customers"), "target": warehouse["lot_stock_id"]}
    _move(env, row, quantity, kind=warehouse["in_type_id"], rule=False, **back)


def _ask_for(env: Env, row: Row, quantity: float) -> None:
    target = env.ref("stock.stock_location_customers")
    for rule in _rules(env, row):
        found = env.row("stock.rule", rule)
        if found[destination(env)] == target and found["action"] in {"pull", "pull_push"}:
            kind, source = found["picking_type_id"], found["location_src_id"]
            _move(env, row, quantity, kind=kind, rule=rule, source=source, target=target)
            return
    name, place = env.name_of("product.product", row["product_id"]), env.name_of("stock.location", target)
    raise user_error(
        f'No rule has been found to replenish "{name}" in "{place}".\nVerify the routes configuration on the product.'
    )


def _rules(env: Env, row: Row) -> Iterator[int]:
    """Rules in the order Odoo asks them: of the line's route, the product's, the warehouse's."""
    chosen = row.get("route_id") or row.get("route_ids") or ()
    template = env.get("product.product", row["product_id"], "product_tmpl_id")
    own = env.row("product.template", template).get("route_ids") or ()
    warehouse = env.row("sale.order", row["order_id"]).get("warehouse_id")
    last = env.row("stock.warehouse", warehouse).get("route_ids") or () if warehouse else ()
    for route in (*((chosen,) if isinstance(chosen, int) else chosen), *own, *last):
        yield from env.active("stock.rule", env.find("stock.rule", route_id=route))


def _move(env: Env, row: Row, quantity: float, *, kind: int, rule: Any, source: int, target: int) -> None:
    order = env.row("sale.order", row["order_id"])
    picking = _picking(env, row["order_id"], order, kind=kind, source=source, target=target)
    for move in env.find("stock.move", picking_id=picking, sale_line_id=row["id"]):
        current = env.row("stock.move", move)
        if current["state"] not in {"done", "cancel"}:
            env.put("stock.move", move, product_uom_qty=float(current["product_uom_qty"]) + quantity)
            reserve(env, move)
            return
    number = env.row("stock.picking", picking)["name"]
    values = {
        "product_id": row["product_id"],
        "product_uom": row[env.named("product_uom", "product_uom_id")],
        "product_uom_qty": quantity,
        "state": "confirmed",
        "picking_id": picking,
        "picking_type_id": kind,
        "location_id": source,
        "location_dest_id": target,
        "sale_line_id": row["id"],
        "rule_id": rule,
        "procure_method": "make_to_stock",
        "origin": order["name"],
        "reference": number,
        "company_id": order["company_id"],
        "partner_id": order["partner_shipping_id"],
        "date": env.now(),
        "date_deadline": order.get("commitment_date") or order["date_order"],
        "sequence": row.get("sequence") or 10,
        "description_picking": row["name"],
    }
    if env.series < 19:
        values |= {
            "name": str(row["name"])[:2000],
            "group_id": env.row("sale.order", row["order_id"])["procurement_group_id"],
        }
    reserve(env, env.store.insert("stock.move", values))


def _picking(env: Env, number: int, order: Row, *, kind: int, source: int, target: int) -> int:
    """The order's open transfer between the two locations, or a new one."""
    place = {"picking_type_id": kind, "location_id": source, "location_dest_id": target}
    for picking in env.find("stock.picking", origin=order["name"], **place):
        if state_of(env, picking) not in {"done", "cancel"}:
            return picking
    when = {"scheduled_date": env.now(), "date_deadline": order.get("commitment_date") or order["date_order"]}
    values = {**place, **when, "origin": order["name"], "partner_id": order["partner_shipping_id"]}
    if env.series < 19:
        values |= {"group_id": _group(env, number, order), "date": env.now()}
    else:
        values["reference_ids"] = [[6, 0, [_reference(env, number, order)]]]
    return env.create("stock.picking", values)[0]


def _group(env: Env, number: int, order: Row) -> int:
    if order.get("procurement_group_id"):
        return int(order["procurement_group_id"])
    values = {"name": order["name"], "partner_id": order["partner_shipping_id"], "move_type": "direct"}
    (group,) = env.create("procurement.group", {**values, "sale_id": number})
    env.put("sale.order", number, procurement_group_id=group)
    return group


def _reference(env: Env, number: int, order: Row) -> int:
    if not order.get("stock_reference_ids"):
        (made,) = env.create("stock.reference", {"name": order["name"], "sale_ids": [[6, 0, [number]]]})
        env.put("sale.order", number, stock_reference_ids=(made,))
        return made
    return int(order["stock_reference_ids"][0])
