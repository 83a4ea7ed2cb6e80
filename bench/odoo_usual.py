"""The usual way: a script with OdooRPC that goes through the orders one by one, record by record."""

from __future__ import annotations

import time
from collections.abc import Sequence
from urllib.parse import urlsplit

import odoorpc

from bench.odoo_orders import Values


def usual(url: str, database: str, login: str, key: str, orders: Sequence[Values]) -> float:
    """Import `orders`: partner, order, lines, confirmation; neither delivery nor check. Return the seconds."""
    parts = urlsplit(url)
    odoo = odoorpc.ODOO(parts.hostname, port=parts.port, timeout=600)
    odoo.login(database, login, key)
    began = time.monotonic()
    for one in orders:
        order_id = odoo.env["sale.order"].create({**one["order"], "partner_id": _partner(odoo, one)})
        for line in one["lines"]:
            odoo.env["sale.order.line"].create({**line, "order_id": order_id})
        odoo.execute("sale.order", "action_confirm", [order_id])
    return time.monotonic() - began


def _partner(odoo: odoorpc.ODOO, one: Values) -> int:
    contact = one["contact"]
    domain = [["name", "=", contact["name"]], ["zip", "=", contact["zip"]], ["street", "=", contact["street"]]]
    found: list[int] = odoo.env["res.partner"].search(domain, limit=1)
    if found:
        return found[0]
    made: int = odoo.env["res.partner"].create(contact)
    return made
