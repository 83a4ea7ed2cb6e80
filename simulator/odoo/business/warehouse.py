"""A company's warehouse with what belongs to it: locations, operation types, routes and rules; and their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from simulator.odoo.engine.behaviour import Behaviour, Compute
from simulator.odoo.engine.env import Env


def route_model(env: Env) -> str:
    """stock.location.route became stock.route."""
    return env.named("stock.location.route", "stock.route")


def destination(env: Env) -> str:
    """The rule's destination field: location_id became location_dest_id."""
    return env.named("location_id", "location_dest_id")


def create_warehouse(env: Env, company: int, name: str, code: str) -> int:
    """One-step receipt and delivery; returns the warehouse's id."""
    physical = env.ref("stock.stock_location_locations") or False
    (view,) = env.create(
        "stock.location", {"name": code, "usage": "view", "location_id": physical, "company_id": company}
    )
    (stock,) = env.create(
        "stock.location", {"name": "Stock", "usage": "internal", "location_id": view, "company_id": company}
    )
    row = {"name": name, "code": code, "company_id": company, "lot_stock_id": stock, "view_location_id": view}
    row |= {"partner_id": env.row("res.company", company)["partner_id"]}
    warehouse = env.store.insert("stock.warehouse", {**row, "active": True, "sequence": 10, **_STEPS})
    suppliers, customers = env.ref("stock.stock_location_suppliers"), env.ref("stock.stock_location_customers")
    receipt = _picking_type(env, warehouse, ("Receipts", "incoming", "IN"), suppliers, stock)
    delivery = _picking_type(env, warehouse, ("Delivery Orders", "outgoing", "OUT"), stock, customers)
    receive = _route(env, warehouse, f"{name}: Receive in 1 step (stock)")
    deliver = _route(env, warehouse, f"{name}: Deliver in 1 step (ship)")
    _rule(env, receive, f"{code}: Vendors → Stock", (suppliers, stock), receipt)
    _rule(env, deliver, f"{code}: Stock → Customers", (stock, customers), delivery)
    made = {"in_type_id": receipt, "out_type_id": delivery, "route_ids": (receive, deliver)}
    env.put("stock.warehouse", warehouse, reception_route_id=receive, delivery_route_id=deliver, **made)
    return warehouse


_STEPS = {"delivery_steps": "ship_only", "reception_steps": "one_step"}


def _picking_type(env: Env, warehouse: int, named: tuple[str, str, str], source: int, target: int) -> int:
    name, kind, code = named
    owner = env.row("stock.warehouse", warehouse)
    prefix = f"{owner['code']}/{code}/"
    (sequence,) = env.create(
        "ir.sequence", {"name": f"{owner['name']} Sequence {code.lower()}", "prefix": prefix, "padding": 5}
    )
    row = {"name": name, "code": kind, "sequence_code": code, "sequence_id": sequence, "warehouse_id": warehouse}
    # 14 leaves the side that lies outside the warehouse empty; 19 fills it.
    outside = env.series < 19
    row |= {
        "default_location_src_id": False if outside and kind == "incoming" else source,
        "default_location_dest_id": False if outside and kind == "outgoing" else target,
        "company_id": owner["company_id"],
    }
    return env.create("stock.picking.type", row)[0]


def _route(env: Env, warehouse: int, name: str) -> int:
    company = env.row("stock.warehouse", warehouse)["company_id"]
    row = {"name": name, "company_id": company, "warehouse_selectable": True, "product_selectable": False}
    return env.create(route_model(env), {**row, "warehouse_ids": [[6, 0, [warehouse]]]})[0]


def _rule(env: Env, route: int, name: str, path: tuple[int, int], kind: int) -> None:
    source, target = path
    warehouse = env.row("stock.picking.type", kind)["warehouse_id"]
    row = {"name": name, "route_id": route, "action": "pull", "picking_type_id": kind, "location_src_id": source}
    row |= {destination(env): target, "warehouse_id": warehouse}
    env.create("stock.rule", {**row, "company_id": env.row("stock.warehouse", warehouse)["company_id"]})


class Warehouse(Behaviour):
    """stock.warehouse: creating one creates what it needs."""

    @override
    def created(self, env: Env, record: int, vals: Mapping[str, Any]) -> None:
        """The row made by RPC gives way to the complete warehouse, under the same id."""
        row = env.row("stock.warehouse", record)
        whole = create_warehouse(env, row["company_id"], str(row["name"]), str(row["code"]))
        rest = {key: value for key, value in env.row("stock.warehouse", whole).items() if key != "id"}
        for model in ("stock.picking.type", "stock.rule"):
            for one in env.find(model, warehouse_id=whole):
                env.put(model, one, warehouse_id=record)
        env.store.delete("stock.warehouse", whole)
        env.put("stock.warehouse", record, **rest)

    @override
    def creating(self, env: Env, vals: dict[str, Any]) -> dict[str, Any]:
        """Locations are made by `created`; the required fields hold any until then."""
        first = min(env.store.table("stock.location"))
        return {"company_id": env.company, "lot_stock_id": first, "view_location_id": first, **_STEPS, **vals}


def complete_name(env: Env, record: int) -> str:
    """'WH/Stock': the names down from the first location that is not a mere view (14: view locations count too)."""
    row = env.row("stock.location", record)
    parent = row.get("location_id")
    if not parent or (row.get("usage") == "view" and parent == env.ref("stock.stock_location_locations")):
        return str(row["name"])
    return f"{complete_name(env, parent)}/{row['name']}"


class Location(Behaviour):
    """stock.location, called by its path."""

    compute: Mapping[str, Compute] = {"complete_name": complete_name}

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """An internal location of the caller's company."""
        return {"usage": "internal", "company_id": env.company}

    @override
    def display_name(self, env: Env, record: int) -> str:
        """The path."""
        return complete_name(env, record)


class PickingType(Behaviour):
    """stock.picking.type, called 'Warehouse: Deliveries'."""

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """Of the caller's company."""
        given = {"company_id": env.company, "sequence": 10}
        return given | ({"reservation_method": "at_confirm"} if env.series >= 19 else {})

    @override
    def display_name(self, env: Env, record: int) -> str:
        """With the warehouse's name in front."""
        row = env.row("stock.picking.type", record)
        warehouse = row.get("warehouse_id")
        return f"{env.row('stock.warehouse', warehouse)['name']}: {row['name']}" if warehouse else str(row["name"])


class Route(Behaviour):
    """stock.route."""

    compute: Mapping[str, Compute] = {
        "rule_ids": lambda env, record: env.active("stock.rule", env.find("stock.rule", route_id=record))
    }

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """Selectable on products, of the caller's company."""
        return {"product_selectable": True, "company_id": env.company, "sequence": 0}


class Rule(Behaviour):
    """stock.rule."""

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """Pull from stock."""
        given: dict[str, Any] = {"procure_method": "make_to_stock", "auto": "manual", "propagate_cancel": False}
        given |= {"company_id": env.company, "sequence": 20}
        return given | ({"group_propagation_option": "propagate"} if env.series < 19 else {})
