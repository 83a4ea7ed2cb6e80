"""How one of Amazon's orders stands in Odoo, judged for the nightly comparison. Pure.

The amounts are reckoned from Amazon's own totals (`sync.compare`), not by the mappers that made the sale orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from clients.odoo.issues import DISMISSED, Issue
from domain.account import Account, CollectedTax
from domain.money import ZERO
from domain.order import Order, OrderStatus
from domain.parked import CHANGED_IN_ODOO
from domain.reconciled import Finding, Found
from mappers.rules import is_due, not_ours
from sync.compare import AmazonOrder, SaleOrder, expected_total

_OTHER: Final = {
    CollectedTax.LEAVE_OUT: CollectedTax.CLEARING_LINE,
    CollectedTax.CLEARING_LINE: CollectedTax.LEAVE_OUT,
}


def judge(account: Account, given: AmazonOrder, there: Sequence[SaleOrder], parked: Issue | None) -> Finding:
    """Judge an order of Amazon's by its sale orders and its parked item (one that is not closed).

    An order that waits for a person is no gap, nor is one that is not due. The version that landed decides: an older
    one is a gap, a newer one has moved on meanwhile.
    """
    order = given.order
    own = account.marketplace(given.marketplace_id)
    finding = Finding(
        order_id=given.order_id,
        found=Found.NOT_DUE,
        day=(order.created if order else given.updated).date(),
        currency=(order.currency if order else "") or (own.currency if own else ""),
        updated=given.updated,
        amazon=_total(account, order) or ZERO if order else ZERO,
        odoo=sum((one.total for one in there if one.state != "cancel"), ZERO),
    )
    if own is None or (order is not None and not_ours(account, order)):
        return finding
    if parked is not None and _stands(parked, given.updated):
        due = order is None or is_due(order)
        return replace(finding, found=Found.PARKED if due else Found.NOT_DUE)
    if order is None:
        return replace(finding, found=Found.MISSING, text="Amazon's data cannot be read, and it is not parked")
    if not is_due(order):
        return _not_due(finding, order, there)
    return _due(finding, account, order, there)


def judge_again(before: Finding, there: Sequence[SaleOrder], parked: Issue | None) -> Finding:
    """Judge a gap after it was imported again, by what Odoo says now."""
    if parked is not None and parked.code != CHANGED_IN_ODOO:
        return replace(before, found=Found.PARKED, text=f"parked as {parked.code}")
    live = [one for one in there if one.state != "cancel"]
    total = sum((one.total for one in live), ZERO)
    landed = [one for one in there if one.updated is not None and one.updated >= _whole(before.updated)]
    if not landed:
        return replace(before, odoo=total)
    if not live:  # a stale one was live before: then the import has cancelled it
        return replace(before, found=Found.MENDED if before.found is Found.STALE else Found.CANCELLED, odoo=ZERO)
    if len(live) == 1 and live[0].updated == _whole(before.updated) and total != before.amazon:
        return replace(before, found=Found.DIFFERS, odoo=total, text=_amounts(before, live[0]))
    # A newer version has come meanwhile: its total is what Amazon has now.
    newer = any(one.updated is not None and one.updated > _whole(before.updated) for one in live)
    return replace(before, found=Found.MENDED, amazon=total if newer else before.amazon, odoo=total)


def _stands(parked: Issue, version: datetime) -> bool:
    """Whether a person has the order; an item of our own finding is judged anew, unless it was dismissed."""
    return parked.code != CHANGED_IN_ODOO or (parked.state == DISMISSED and parked.version == _whole(version))


def _not_due(finding: Finding, order: Order, there: Sequence[SaleOrder]) -> Finding:
    """An order that need not be in Odoo; one that Amazon cancelled must not live on there."""
    live = [one for one in there if one.state != "cancel"]
    missed = any(one.updated is None or one.updated < _whole(order.updated) for one in live)
    if order.status is OrderStatus.CANCELLED and missed:
        return replace(finding, found=Found.STALE, amazon=ZERO, text="cancelled at Amazon, not in Odoo")
    return finding


def _due(finding: Finding, account: Account, order: Order, there: Sequence[SaleOrder]) -> Finding:
    """An order that must be in Odoo, once and with Amazon's total."""
    live = [one for one in there if one.state != "cancel"]
    if not there:
        return replace(finding, found=Found.MISSING, text="not in Odoo, and not parked")
    if not live:
        return replace(finding, found=Found.CANCELLED)
    if len(live) > 1:
        return replace(finding, found=Found.DIFFERS, text=f"{len(live)} sale orders instead of one")
    (found,) = live
    version = _whole(order.updated)
    if found.updated is None or found.updated < version:
        why = "Odoo has an older version of it" if found.updated else "its import was not finished"
        # Where Amazon gives no amounts (any more) those in Odoo stay.
        return replace(finding, found=Found.STALE, text=why, amazon=finding.amazon if order.currency else found.total)
    # One that has moved on since the page was read is worth what it is now, and without Amazon's amounts there
    # is nothing to compare with.
    if found.updated > version or not order.currency or _kept(account, order, found):
        return replace(finding, found=Found.AGREES, amazon=found.total)
    wrong = _wrong(finding, _total(account, order), found)
    return replace(finding, found=Found.DIFFERS if wrong else Found.AGREES, text=wrong)


def _kept(account: Account, order: Order, found: SaleOrder) -> bool:
    """Whether a sale order landed under the account's former policy for collected tax, which it keeps."""
    return found.currency == order.currency and found.total == expected_total(
        order, _OTHER[account.policy.collected_tax]
    )


def _wrong(finding: Finding, total: Decimal | None, found: SaleOrder) -> str:
    """What is wrong about the amounts, or ''."""
    if total is None:
        return "Amazon's own amounts do not add up, and it is not parked"
    return _amounts(finding, found) if (found.total, found.currency) != (total, finding.currency) else ""


def _total(account: Account, order: Order | None) -> Decimal | None:
    return expected_total(order, account.policy.collected_tax) if order is not None else None


def _amounts(finding: Finding, found: SaleOrder) -> str:
    return f"{found.total} {found.currency} in Odoo, {finding.amazon} {finding.currency} at Amazon"


def _whole(moment: datetime) -> datetime:
    """Odoo keeps whole seconds."""
    return moment.replace(microsecond=0)
