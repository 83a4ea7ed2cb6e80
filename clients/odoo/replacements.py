"""Replacements and exchanges point to the sale order of the original, whichever of the two came first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from clients.odoo.client import Odoo
from domain.odoo import CreateOrder


def link_replacements(odoo: Odoo, orders: Sequence[CreateOrder], *, context: Mapping[str, object]) -> None:
    """Link what is not linked yet of `orders`, which are in Odoo, and of those that replace one of them.

    One call where nothing is to be linked. An original that never was in Odoo leaves its Amazon id alone.
    """
    waiting: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in odoo.search_read("sale.order", unlinked(orders), ["x_amazon_account", "x_amazon_replaces"]):
        waiting[row["x_amazon_account"], row["x_amazon_replaces"]].append(row["id"])
    if not waiting:
        return
    domain = [_of_accounts(orders), ("client_order_ref", "in", sorted({order_id for _, order_id in waiting}))]
    for row in odoo.search_read("sale.order", domain, ["x_amazon_account", "client_order_ref"], order="id"):
        ids = waiting.pop((row["x_amazon_account"], row["client_order_ref"]), [])
        if ids:
            odoo.call("sale.order", "write", ids=ids, vals={"x_amazon_replaced_id": row["id"]}, context=context)


def unlinked(orders: Sequence[CreateOrder]) -> list[tuple[str, str, Any]]:
    """Return the domain of sale orders that replace one of `orders`, or the original of one, and are not linked yet."""
    originals = {order.order_id for order in orders} | {order.replaces for order in orders if order.replaces}
    return [
        _of_accounts(orders), ("x_amazon_replaces", "in", sorted(originals)), ("x_amazon_replaced_id", "=", False),
    ]  # fmt: skip


def _of_accounts(orders: Sequence[CreateOrder]) -> tuple[str, str, Any]:
    return ("x_amazon_account", "in", sorted({order.account.key for order in orders}))
