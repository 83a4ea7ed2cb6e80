"""One order as Odoo has it, for people who look for it: names, states and times, nothing of the buyer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.facts import parse_moment
from mappers.told import read

_FIELDS: Final = (
    "name", "state", "amount_total", "currency_id", "x_amazon_channel", "x_amazon_marketplace", "x_amazon_status",
    "x_amazon_last_update", "x_amazon_cancel_status", "x_amazon_cancel_note",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedDelivery:
    """A delivery of the order. `told`: Amazon's state of each of its packages that were dealt with, by package."""

    name: str
    state: str
    status: str
    reason: str
    done: datetime | None
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedOrder:
    """The sale order. `status`, `updated`: Amazon's, as last imported; `updated` None: its import did not finish."""

    name: str
    state: str
    total: str
    channel: str
    marketplace: str
    status: str
    updated: datetime | None
    cancellation: str
    deliveries: tuple[TracedDelivery, ...]


def trace_order(odoo: Odoo, account: str, order_id: str) -> TracedOrder | None:
    """Return the sale order of an Amazon order with its deliveries; None if there is none. Two calls."""
    domain = [("x_amazon_account", "=", account), ("client_order_ref", "=", order_id)]
    found = odoo.search_read("sale.order", domain, _FIELDS, limit=1)
    if not found:
        return None
    order = found[0]
    fields = ["name", "state", "date_done", "x_amazon_sync_status", "x_amazon_sync_reason", "x_amazon_sync_key"]
    deliveries = odoo.search_read("stock.picking", [("sale_id", "=", order["id"])], fields, order="id")
    note = order["x_amazon_cancel_note"] or ""
    return TracedOrder(
        name=order["name"],
        state=order["state"],
        total=f"{order['amount_total']:.2f} {order['currency_id'][1]}",
        channel=order["x_amazon_channel"] or "",
        marketplace=order["x_amazon_marketplace"] or "",
        status=order["x_amazon_status"] or "",
        updated=parse_moment(order["x_amazon_last_update"]),
        cancellation=" ".join(part for part in (order["x_amazon_cancel_status"] or "", note) if part),
        deliveries=tuple(_delivery(row) for row in deliveries),
    )


def _delivery(row: Mapping[str, Any]) -> TracedDelivery:
    return TracedDelivery(
        name=row["name"],
        state=row["state"],
        status=row["x_amazon_sync_status"] or "",
        reason=row["x_amazon_sync_reason"] or "",
        done=parse_moment(row["date_done"]),
        told={ref: told.mark.name.lower() for ref, told in read(row["x_amazon_sync_key"] or "").items()},
    )
