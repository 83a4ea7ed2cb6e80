"""External ids: the idempotency keys of everything this program creates in Odoo.

`__amazon_sync__` is the name of no installed module: an uninstallation can never delete these records, and Odoo's
importer accepts the prefix. Names carry the account's key, so two accounts never share a record by accident.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

MODULE = "__amazon_sync__"
_PLAIN = str.maketrans(".: ", "---")


def order_xid(account: str, order_id: str) -> str:
    """External id of a sale order."""
    return f"{MODULE}.order_{account}_{order_id}"


def item_xid(account: str, item_id: str, kind: str) -> str:
    """External id of the order line of `kind` that belongs to Amazon's order item (or order, for order-wide lines)."""
    return f"{MODULE}.item_{account}_{item_id}_{kind}"


def contact_xid(account: str, identity: str) -> str:
    """External id of a contact; `identity` is the unique e-mail address or the order id."""
    return f"{MODULE}.contact_{account}_{digest(identity)}"


def address_xid(account: str, contact: str, address: str) -> str:
    """External id of a delivery address of `contact` (an xid), by the address' normalised text."""
    return f"{MODULE}.address_{account}_{digest(contact + chr(31) + address)}"


def offer_xid(account: str, marketplace: str, sku: str) -> str:
    """External id of an offer. The SKU is hashed: it may hold any character, dots included."""
    return f"{MODULE}.offer_{account}_{marketplace}_{digest(sku)}"


def cancel_request_xid(order: str) -> str:
    """External id of the activity about the buyer's wish to cancel the sale order with the external id `order`."""
    return order.replace(".order_", ".cancel_request_", 1)


def late_change_xid(account: str, order_id: str, code: str, version: datetime) -> str:
    """External id of the activity about a late change: one for each parked code and version of Amazon's order."""
    return f"{MODULE}.late_change_{account}_{order_id}_{code}_{version:%Y%m%d%H%M%S}"


def issue_xid(account: str, order_id: str) -> str:
    """External id of the parked item of an order: one per order, opened and closed as often as needed.

    An item about a task carries its name, which has dots, in place of an order id.
    """
    return f"{MODULE}.issue_{account}_{order_id.translate(_PLAIN)}"


def account_xid(account: str) -> str:
    """External id of the account's own record."""
    return f"{MODULE}.account_{account}"


def cursor_xid(account: str, group: str) -> str:
    """External id of a fetch group's cursor."""
    return f"{MODULE}.cursor_{account}_{group}"


def digest(text: str) -> str:
    """Return 128 bits of SHA-256 in hex: no collision in practice, and no text of a person in an external id."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
