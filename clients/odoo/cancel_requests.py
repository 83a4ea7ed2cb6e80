"""The buyer asks for a cancellation: an activity on the sale order, once, for a person who can decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from clients.odoo.activities import Activity, make_activities, take_back
from clients.odoo.client import Odoo
from domain.odoo import CreateOrder, UpdateStatus
from mappers.names import cancel_request_xid

SUMMARY: Final = "The buyer wants to cancel"
# Amazon's CancelReason, told Amazon if the order is cancelled in Odoo; that it is set says that somebody was told.
_REASON: Final = "BuyerCanceled"


def tell_requests(
    odoo: Odoo, asked: Sequence[tuple[int, CreateOrder | UpdateStatus]], *, context: Mapping[str, object]
) -> None:
    """Make the activities that the commands (each with its sale order's id) ask for. Repeatable after any error.

    No call when nobody asked.
    """
    wishes = [
        Activity(xid=cancel_request_xid(command.xid), order=order, summary=SUMMARY, note=command.cancel_request)
        for order, command in asked
        if command.cancel_request
    ]
    if not wishes:
        return
    make_activities(odoo, wishes)
    values = {"x_amazon_cancel_reason": _REASON}
    odoo.call("sale.order", "write", ids=[one.order for one in wishes], vals=values, context=context)


def clear_requests(odoo: Odoo, order_ids: Sequence[int]) -> None:
    """Take the activities back: the orders are cancelled."""
    take_back(odoo, order_ids, [SUMMARY])
