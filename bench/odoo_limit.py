"""The limit: the same orders by Odoo's own ORM, in batches, inside `odoo shell`, without any network.

Sent by bench/odoo.py to as many shells as the server has processes, with a call of run() behind it. `given`: files (
the orders as plain values, where to say "ready", what to wait for, where the result goes), batch size, the bot's id.
"""

from __future__ import annotations

import importlib
import json
import time
from pathlib import Path
from typing import Any

QUIET = {
    "tracking_disable": True, "mail_create_nosubscribe": True, "mail_create_nolog": True, "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True, "tz": "UTC",
}  # fmt: skip
DELIVER = {"skip_backorder": True, "skip_immediate": True, "skip_sms": True, "skip_expired": True}


SEEN: set[str] = set()


def batch(env: Any, orders: list[dict[str, Any]]) -> None:
    """Create, confirm, deliver and commit."""
    partners = env["res.partner"].with_context(**QUIET)
    contacts = {one["contact_key"]: one["contact"] for one in orders}
    contact_of = dict(zip(contacts, partners.create(list(contacts.values())), strict=True))
    numbers = {one["contact_key"]: one["tax_number"] for one in orders if one["tax_number"]}
    for key, number in numbers.items():
        try:
            with env.cr.savepoint():
                contact_of[key].vat = number
        except importlib.import_module("odoo.exceptions").UserError:
            contact_of[key].comment = f"Tax number: {number}"
    addresses = {
        one["address_key"]: {**one["address"], "parent_id": contact_of[one["contact_key"]].id} for one in orders
    }
    address_of = dict(zip(addresses, partners.create(list(addresses.values())), strict=True))
    offers = {key: offer for one in orders for key, offer in one["offers"].items() if key not in SEEN}
    env["x_amazon_offer"].create(list(offers.values()))
    sales = (
        env["sale.order"]
        .with_context(**QUIET)
        .create(
            [
                {
                    **one["order"],
                    "partner_id": contact_of[one["contact_key"]].id,
                    "partner_invoice_id": contact_of[one["contact_key"]].id,
                    "partner_shipping_id": address_of[one["address_key"]].id,
                    "order_line": [[0, 0, line] for line in one["lines"]],
                }
                for one in orders
            ]
        )
    )
    sales.action_confirm()
    due = env["stock.picking"]
    for one, sale in zip(orders, sales, strict=True):
        sale.picking_ids.write(one["picking"])
        if one["deliver"]:
            due |= sale.picking_ids
    for move in due.move_ids:
        if move.quantity != move.product_uom_qty:
            move.write({"quantity": move.product_uom_qty, "picked": True})
    if due:
        due.with_context(**DELIVER).button_validate()
    for one, sale in zip(orders, sales, strict=True):
        sale.write({"date_order": one["date_order"], "x_amazon_last_update": one["updated"]})
    env.cr.commit()
    SEEN.update(offers)


def lasting(env: Any, orders: list[dict[str, Any]]) -> None:
    """As often as it loses a race."""
    lost = importlib.import_module("psycopg2").OperationalError
    while True:
        try:
            batch(env, orders)
        except lost:
            env.cr.rollback()
            env.invalidate_all()
        else:
            return


def run(env: Any, given: dict[str, Any]) -> None:
    """Say that it is ready, wait for the others, work, and write down how long it took."""
    work = json.loads(Path(given["orders"]).read_text())
    bot = env(user=given["user"])
    size = given["size"]
    lasting(bot, work[:size])  # what is loaded at the first time is not the limit
    Path(given["ready"]).touch()
    while not Path(given["go"]).exists():
        time.sleep(0.01)
    began = time.time()
    for place in range(size, len(work), size):
        lasting(bot, work[place : place + size])
    result = {"began": began, "ended": time.time(), "orders": len(work) - size}
    Path(given["result"]).write_text(json.dumps(result))
