"""Amazon cancelled or changed what has left already: an activity on the sale order, for whoever can decide.

The parked item says the same, but a salesperson looks at sale orders, not at a list of the connector's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from html import escape
from typing import Final

from clients.odoo.activities import Activity, make_activities, take_back
from clients.odoo.client import Odoo
from clients.odoo.errors import OdooRefused
from clients.odoo.issues import Issue
from domain.parked import CANCEL_BLOCKED, CHANGED_AFTER_DELIVERY
from mappers.names import late_change_xid

SUMMARIES: Final[Mapping[str, str]] = {
    CANCEL_BLOCKED: "Amazon cancelled this order",
    CHANGED_AFTER_DELIVERY: "Amazon changed this order after it left",
}


def tell_late_changes(odoo: Odoo, found: Sequence[tuple[Issue, Issue | None]]) -> None:
    """Make an activity for each finding that is one of a late change and new: once for each version of Amazon's order.

    `found`: what is to be parked, with what is parked. Repeatable after any error. No call when none is new.
    """
    for issue, known in found:
        if not issue.sale_order or not issue.version or issue.code not in SUMMARIES or _same_event(issue, known):
            continue
        activity = Activity(
            xid=late_change_xid(issue.account, issue.order_id, issue.code, issue.version),
            order=issue.sale_order,
            summary=SUMMARIES[issue.code],
            note=escape(f"{issue.reason}. {issue.remedy} The item is in Amazon > Needs attention.", quote=False),
        )
        # Refused, it is in the parked item all the same; and one order is no reason to hold up the others.
        with suppress(OdooRefused):
            make_activities(odoo, [activity])


def clear_late_changes(odoo: Odoo, closed: Sequence[Issue]) -> None:
    """Take back the activities of items that are done. No call when none of them had one."""
    orders = [issue.sale_order for issue in closed if issue.sale_order and issue.code in SUMMARIES]
    if orders:
        take_back(odoo, orders, list(SUMMARIES.values()))


def _same_event(issue: Issue, known: Issue | None) -> bool:
    return known is not None and (known.code, known.version) == (issue.code, issue.version)
