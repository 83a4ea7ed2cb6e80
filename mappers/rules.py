"""Which orders are due in Odoo, and which wait or are none of ours."""

from __future__ import annotations

from domain.account import Account
from domain.order import Channel, Order, OrderStatus

_DUE = {
    Channel.FBA: {OrderStatus.SHIPPED},
    Channel.FBM: {OrderStatus.UNSHIPPED, OrderStatus.PARTIALLY_SHIPPED, OrderStatus.SHIPPED},
}


def not_ours(account: Account, order: Order) -> str:
    """Return why `order` is not `account`'s business at all, or ''."""
    if order.sales_channel.upper() != "AMAZON":
        return f"sales channel {order.sales_channel}"
    if account.marketplace(order.marketplace_id) is None:
        return f"marketplace {order.marketplace_id} is not one of this account's"
    return ""


def is_due(order: Order) -> bool:
    """Whether `order` is to become a sale order: FBA once shipped, FBM once it may be shipped.

    Amazon's own Odoo connector follows the same rule; before that the order may still lack prices and address.
    """
    return order.status in _DUE[order.channel]
