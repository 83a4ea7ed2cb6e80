"""Later changes of orders that are already in Odoo: Amazon's status moves on, or Amazon cancels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from clients.odoo.client import Odoo
from clients.odoo.isolate import isolated, load_or_refuse
from clients.odoo.orders import QUIET
from clients.odoo.rows import moment
from domain.errors import NeedsHuman
from domain.odoo import CancelOrder, UpdateStatus
from domain.parked import CANCEL_BLOCKED

_STATUS_COLUMNS = ("id", "x_amazon_status", "x_amazon_last_update")
_UPDATE_COLUMNS = (*_STATUS_COLUMNS, "commitment_date")
# 14 and 16-18 ask in a wizard (mail, draft invoices) unless told not to.
_NO_WIZARD = {**QUIET, "disable_cancel_warning": True}


def update_orders(odoo: Odoo, updates: Sequence[UpdateStatus]) -> list[int | NeedsHuman]:
    """Write Amazon's newer status and ship-by date; return each sale order's id, or why Odoo refuses."""

    def write(some: Sequence[UpdateStatus]) -> Sequence[int]:
        dated = [one for one in some if one.commitment_date]
        undated = [one for one in some if not one.commitment_date]
        load_or_refuse(
            odoo,
            "sale.order",
            _UPDATE_COLUMNS,
            [[one.xid, one.status, moment(one.updated), moment(one.commitment_date)] for one in dated],
            update=True,
            context=QUIET,
        )
        _write_status(odoo, undated)
        return [one.existing.odoo_id for one in some]

    return isolated(updates, write)


def cancel_orders(odoo: Odoo, cancels: Sequence[CancelOrder]) -> list[int | NeedsHuman]:
    """Cancel sale orders that Amazon cancelled; return each one's id, or why it needs a person.

    An order of which something was delivered is not cancelled: goods have left, so a person decides.
    """
    if not cancels:
        return []
    done = _delivered(odoo, [cancel.existing.odoo_id for cancel in cancels])
    free = [cancel for cancel in cancels if cancel.existing.odoo_id not in done]

    def cancel_all(some: Sequence[CancelOrder]) -> Sequence[int]:
        ids = [one.existing.odoo_id for one in some if one.existing.state != "cancel"]
        if ids:
            odoo.call("sale.order", "action_cancel", ids=ids, context=_NO_WIZARD)
        _write_status(odoo, some)
        return [one.existing.odoo_id for one in some]

    results = dict(zip((one.xid for one in free), isolated(free, cancel_all), strict=True))
    return [
        results[cancel.xid]
        if cancel.xid in results
        else NeedsHuman(
            CANCEL_BLOCKED,
            f"Amazon cancelled the order, but {done[cancel.existing.odoo_id]} is done",
            "Decide in Odoo: take the goods back with a return, or keep the sale. Then retry or dismiss this item.",
        )
        for cancel in cancels
    ]


def _write_status(odoo: Odoo, changes: Sequence[UpdateStatus | CancelOrder]) -> None:
    rows = [[one.xid, one.status, moment(one.updated)] for one in changes]
    load_or_refuse(odoo, "sale.order", _STATUS_COLUMNS, rows, update=True, context=QUIET)


def _delivered(odoo: Odoo, order_ids: Sequence[int]) -> dict[int, str]:
    """Names of done pickings by sale order id."""
    domain = [("sale_id", "in", list(order_ids)), ("state", "=", "done")]
    found: dict[int, list[str]] = defaultdict(list)
    for picking in odoo.search_read("stock.picking", domain, ["sale_id", "name"]):
        found[picking["sale_id"][0]].append(picking["name"])
    return {order: ", ".join(names) for order, names in found.items()}
