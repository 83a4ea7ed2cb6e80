"""Deliveries of FBM orders for people: a list, and forgetting what was told of some, so that it is told again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.facts import parse_moment
from clients.odoo.orders import QUIET

# What people ask for -> what is written with the delivery.
_STATES: Final[dict[str, list[Any]]] = {
    "any": [],
    "open": [("x_amazon_sync_status", "!=", "done")],
    "new": [("x_amazon_sync_status", "=", False)],
    "pending": [("x_amazon_sync_status", "=", "pending")],
    "error": [("x_amazon_sync_status", "=", "error")],
    "done": [("x_amazon_sync_status", "=", "done")],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A delivery that has left. `state`: new, pending, done or error."""

    delivery: int
    name: str
    account: str
    order_id: str
    carrier: str
    tracking: str
    state: str
    reason: str
    done: datetime | None


def list_deliveries(
    odoo: Odoo, accounts: Sequence[str], state: str, order_ids: Sequence[str] = (), *, limit: int = 0
) -> list[Listed]:
    """Return the accounts' deliveries of FBM orders in a state (new, pending, error, done, open, any), oldest first."""
    domain: list[Any] = [
        ("state", "=", "done"),
        ("location_dest_id.usage", "=", "customer"),
        ("sale_id.x_amazon_channel", "=", "fbm"),
        ("sale_id.x_amazon_account", "in", list(accounts)),
        *([("sale_id.client_order_ref", "in", list(order_ids))] if order_ids else []),
        *_STATES[state],
    ]
    known = odoo.fields("stock.picking")
    optional = [name for name in ("carrier_id", "carrier_tracking_ref") if name in known]
    fields = ["name", "sale_id", "date_done", "x_amazon_sync_status", "x_amazon_sync_reason", *optional]
    rows = odoo.search_read("stock.picking", domain, fields, order="date_done, id", limit=limit)
    ids = sorted({row["sale_id"][0] for row in rows})
    orders = {
        order["id"]: order
        for order in odoo.search_read("sale.order", [("id", "in", ids)], ["x_amazon_account", "client_order_ref"])
    }
    return [
        Listed(
            delivery=row["id"],
            name=row["name"],
            account=orders[row["sale_id"][0]]["x_amazon_account"],
            order_id=orders[row["sale_id"][0]]["client_order_ref"] or "",
            carrier=row["carrier_id"][1] if row.get("carrier_id") else "",
            tracking=row.get("carrier_tracking_ref") or "",
            state=row["x_amazon_sync_status"] or "new",
            reason=row["x_amazon_sync_reason"] or "",
            done=parse_moment(row["date_done"]),
        )
        for row in rows
    ]


def forget_told(odoo: Odoo, deliveries: Sequence[int]) -> None:
    """Let deliveries count as never told: all their packages are told again, which edits them at Amazon."""
    if deliveries:
        values = {"x_amazon_sync_status": "pending", "x_amazon_sync_reason": False, "x_amazon_sync_key": False}
        odoo.call("stock.picking", "write", ids=list(deliveries), vals=values, context=QUIET)
