"""Codes of parked items: a closed list, each with a page in docs/runbook/."""

from __future__ import annotations

MONEY_MISMATCH = "money_mismatch"
UNKNOWN_STATUS = "unknown_status"
UNKNOWN_CURRENCY = "unknown_currency"
BAD_ORDER = "bad_order"
ODOO_REFUSED = "odoo_refused"
DELIVERY_BLOCKED = "delivery_blocked"
CANCEL_BLOCKED = "cancel_blocked"
CHANGED_AFTER_DELIVERY = "changed_after_delivery"
CHANGE_BLOCKED = "change_blocked"
CHANGED_IN_ODOO = "changed_in_odoo"
SHIPMENT_REFUSED = "shipment_refused"
CANCELLATION_REFUSED = "cancellation_refused"
FEED_FAILED = "feed_failed"
NOT_FOUND = "not_found_at_amazon"
ATTEMPTS_EXHAUSTED = "attempts_exhausted"
UNEXPECTED = "unexpected_error"

CODES: dict[str, str] = {
    MONEY_MISMATCH: "The order's lines do not add up to Amazon's total.",
    UNKNOWN_STATUS: "Amazon uses a status or fulfilment word this version does not know.",
    UNKNOWN_CURRENCY: "The order's currency is not usable in Odoo (inactive, or no price list).",
    BAD_ORDER: "Amazon's data of this order cannot be read.",
    ODOO_REFUSED: "Odoo refused the order.",
    DELIVERY_BLOCKED: "The sale order is there, but its Amazon delivery could not be validated.",
    CANCEL_BLOCKED: "Amazon cancelled the order, but goods of it have left, or its sale order is locked or invoiced.",
    CHANGED_AFTER_DELIVERY: "Amazon changed the order's items or amounts, but goods of it have left already.",
    CHANGE_BLOCKED: "Amazon changed the order, but its sale order must not be changed: locked, invoiced, or edited.",
    CHANGED_IN_ODOO: "The sale order is not worth what Amazon says, although it was when it landed.",
    SHIPMENT_REFUSED: "Amazon refuses what was told it about a shipped package.",
    CANCELLATION_REFUSED: "Amazon refuses to cancel the order.",
    FEED_FAILED: "A feed to Amazon failed as a whole, or its report cannot be read.",
    NOT_FOUND: "Amazon no longer knows this order.",
    ATTEMPTS_EXHAUSTED: "All attempts failed for a passing reason.",
    UNEXPECTED: "A defect of the connector; the traceback is in the log.",
}
