"""Sale orders cancelled by hand in Odoo: which Amazon is to hear of, and what became of telling it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.isolate import load_or_refuse
from clients.odoo.orders import QUIET
from clients.odoo.rows import moment

# As of the last import: these are no more the seller's to cancel, or are cancelled.
_OVER: Final = ["CANCELLED", "SHIPPED", "PARTIALLY_SHIPPED"]
_COLUMNS: Final = (".id", "x_amazon_cancel_status", "x_amazon_cancel_note", "x_amazon_cancel_key")
_FIELDS: Final = ("x_amazon_account", "client_order_ref", "x_amazon_cancel_reason", "x_amazon_cancel_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledOrder:
    """A cancelled sale order. `reason`: what the order says, '' for nothing; `key`: '<feed>#<message>' once sent."""

    odoo_id: int
    account: str
    order_id: str
    reason: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOutcome:
    """What is written of a cancellation: `status` pending, done, error or '' (as if never looked at)."""

    odoo_id: int
    status: str
    note: str = ""
    key: str = ""


def cancelled_orders(odoo: Odoo, accounts: Sequence[str]) -> list[CancelledOrder]:
    """Return the accounts' FBM orders that were cancelled in Odoo, never shipped, and of which Amazon was not told.

    Those that are pending come too; orders that Amazon cancelled are none. Two calls.
    """
    rows = odoo.search_read("sale.order", _domain(accounts), _FIELDS, order="id")
    if not rows:
        return []
    ids = [row["id"] for row in rows]
    shipped = [("sale_id", "in", ids), ("state", "=", "done"), ("location_dest_id.usage", "=", "customer")]
    gone = {picking["sale_id"][0] for picking in odoo.search_read("stock.picking", shipped, ["sale_id"])}
    return [
        CancelledOrder(
            odoo_id=row["id"],
            account=row["x_amazon_account"],
            order_id=row["client_order_ref"] or "",
            reason=row["x_amazon_cancel_reason"] or "",
            key=row["x_amazon_cancel_key"] or "",
        )
        for row in rows
        if row["id"] not in gone
    ]


def accounts_with_cancellations(odoo: Odoo, accounts: Sequence[str]) -> set[str]:
    """Return which of the accounts have such an order. One call."""
    rows = odoo.search_read("sale.order", _domain(accounts), ["x_amazon_account"]) if accounts else []
    return {row["x_amazon_account"] for row in rows}


def cancelled_by_hand(odoo: Odoo, account: str, since: datetime) -> list[tuple[str, str, str]]:
    """Return order id, status and note of each cancelled order of which Amazon was told, or is to be; see `_domain`.

    Only orders that Amazon changed since then. One call.
    """
    status, note = "x_amazon_cancel_status", "x_amazon_cancel_note"
    domain = [
        *_domain([account], told=True),
        ("x_amazon_last_update", ">=", moment(since)),
    ]
    rows = odoo.search_read("sale.order", domain, ["client_order_ref", status, note], order="id")
    return [(row["client_order_ref"] or "", row[status] or "", row[note] or "") for row in rows]


def write_cancellations(odoo: Odoo, outcomes: Sequence[CancelOutcome]) -> None:
    """Write what became of cancellations, all in one call. Raises OdooRefused with nothing written."""
    rows = [[str(one.odoo_id), one.status, one.note, one.key] for one in outcomes]
    load_or_refuse(odoo, "sale.order", _COLUMNS, rows, update=True, context=QUIET)


def _domain(accounts: Sequence[str], *, told: bool = False) -> list[Any]:
    """Cancelled orders that Amazon is to hear of; with `told` also those it has heard of, or refused to hear of."""
    return [
        ("state", "=", "cancel"),
        ("x_amazon_account", "in", list(accounts)),
        ("x_amazon_channel", "=", "fbm"),
        # An order whose import has not ended may be one that Amazon cancelled just now.
        ("x_amazon_last_update", "!=", False),
        # One that was sent is followed to its end, whatever the import has learnt meanwhile.
        "|",
        ("x_amazon_cancel_status", "in", ["pending", "done", "error"] if told else ["pending"]),
        "&",
        ("x_amazon_cancel_status", "=", False),
        ("x_amazon_status", "not in", _OVER),
    ]
