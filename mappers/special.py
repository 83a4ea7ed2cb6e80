"""What is out of the ordinary about an order as a whole: programmes, the order it replaces, a wish to cancel it."""

from __future__ import annotations

from html import escape

from domain.odoo_facts import ExistingOrder
from domain.order import Channel, Order, OrderStatus

_ORIGINAL = "_ORIGINAL_ID"
# What Amazon may still be told of. FBA orders are imported when they have left.
_STILL_HERE = frozenset({OrderStatus.UNSHIPPED, OrderStatus.PARTIALLY_SHIPPED})


def programs(order: Order) -> str:
    """Return Amazon's words for the kind of order, known or not: 'REPLACEMENT, PRIME'."""
    kinds = [kind.upper().removesuffix(_ORIGINAL) for kind, _ in order.replaces]
    return ", ".join(dict.fromkeys([kind for kind in kinds if kind] + list(order.programs)))


def replaced_order(order: Order) -> str:
    """Return Amazon's id of the order that `order` replaces or is exchanged for, or ''."""
    return next((original for _, original in order.replaces if original != order.order_id), "")


def cancel_request(order: Order, existing: ExistingOrder | None) -> str:
    """Return what a person must know of the buyer's wish to cancel, as HTML; '' without one, or if it was told.

    A request is no cancellation: the seller decides, and as long as nothing was sent he can.
    """
    if order.channel is not Channel.FBM or order.status not in _STILL_HERE or (existing and existing.cancel_asked):
        return ""
    asked = [item for item in order.items if item.cancel_requested_by and not item.cancelled_by]
    if not asked:
        return ""
    reasons = ", ".join(dict.fromkeys(item.cancel_request_reason for item in asked if item.cancel_request_reason))
    some = "" if len(asked) == len(order.items) else f" {', '.join(item.sku or item.title for item in asked)} of"
    told = f"The buyer asked Amazon to cancel{some} this order{f' ({reasons})' if reasons else ''}."
    return escape(f"{told} Cancel it before it ships, or tell the buyer that it ships.", quote=False)
