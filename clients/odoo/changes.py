"""Later changes of orders that are in Odoo: Amazon's status moves on, lines or address change, or Amazon cancels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from clients.odoo.cancel_requests import clear_requests, tell_requests
from clients.odoo.client import Odoo
from clients.odoo.demand import Lowering, lower, plan_lowering
from clients.odoo.isolate import isolated, load_or_refuse
from clients.odoo.lines import done_deliveries, locked_orders, write_lines
from clients.odoo.offers import write_offers
from clients.odoo.order_work import QUIET
from clients.odoo.partners import load_addresses, update_contacts
from clients.odoo.rows import moment
from clients.odoo.totals import settle
from domain.errors import NeedsHuman
from domain.odoo import CancelOrder, UpdateOrder, UpdateStatus
from domain.parked import CANCEL_BLOCKED

_STATUS_COLUMNS = ("id", "x_amazon_status", "x_amazon_last_update")
_UPDATE_COLUMNS = (*_STATUS_COLUMNS, "commitment_date")
# 14 and 16-18 ask in a wizard (mail, draft invoices) unless told not to.
_NO_WIZARD = {**QUIET, "disable_cancel_warning": True}
# Odoo would remind somebody to change the deliveries' address, which is done with the order's.
_NO_REMINDER: Final = {**QUIET, "mail_activity_automation_skip": True}


@dataclass(slots=True)
class _Change:
    """An order on its way to its newer version: `error` ends it."""

    update: UpdateOrder
    lowering: Lowering = field(default_factory=Lowering)
    error: NeedsHuman | None = None

    @property
    def odoo_id(self) -> int:
        return self.update.existing.odoo_id


def update_orders(odoo: Odoo, updates: Sequence[UpdateStatus]) -> list[int | NeedsHuman]:
    """Write Amazon's newer status and ship-by date; return each sale order's id, or why Odoo refuses."""

    def write(some: Sequence[UpdateStatus]) -> Sequence[int]:
        tell_requests(odoo, [(one.existing.odoo_id, one) for one in some], context=QUIET)
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


def change_orders(odoo: Odoo, updates: Sequence[UpdateOrder], rounding_product: int) -> list[int | NeedsHuman]:
    """Make sale orders what Amazon's newest version wants; return each one's id, or why it needs a person.

    Repeatable after any error: the version is written last, and every step writes what is wanted, not what is to be
    added. Raises RetryLater, OutcomeUnknown or DatabaseBroken for all of them.
    """
    results = follow(odoo, updates, rounding_product)
    done = [update for update, result in zip(updates, results, strict=True) if not isinstance(result, NeedsHuman)]
    marked = iter(update_orders(odoo, [update.mark for update in done]))
    return [result if isinstance(result, NeedsHuman) else next(marked) for result in results]


def follow(odoo: Odoo, updates: Sequence[UpdateOrder], rounding_product: int) -> list[int | NeedsHuman]:
    """As change_orders(), all but the mark."""
    if not updates:
        return []
    changes = [_Change(update) for update in updates]
    for change, planned in zip(changes, plan_lowering(odoo, updates), strict=True):
        if isinstance(planned, NeedsHuman):
            change.error = planned
        else:
            change.lowering = planned
    _step(changes, lambda some: lower(odoo, [one.lowering for one in some], context=QUIET))
    _step(changes, lambda some: _load_offers(odoo, some))
    _step(changes, lambda some: _contacts(odoo, some))
    _step(changes, lambda some: write_lines(odoo, [one.update for one in some], context=QUIET))
    money = [one for one in changes if one.error is None and one.update.resettle]
    settled = settle(odoo, [(one.odoo_id, one.update.wanted) for one in money], rounding_product)
    for change, error in zip(money, settled, strict=True):
        change.error = error
    _step(changes, lambda some: _addresses(odoo, some))
    _step(changes, lambda some: _mark_new_deliveries(odoo, some))
    return [one.error or one.odoo_id for one in changes]


def cancel_orders(odoo: Odoo, cancels: Sequence[CancelOrder]) -> list[int | NeedsHuman]:
    """Cancel sale orders that Amazon cancelled; return each one's id, or why it needs a person.

    An order of which something was delivered, that is locked or invoiced is left as it is: a person decides.
    """
    if not cancels:
        return []
    blocked = _why_not(odoo, [one.existing.odoo_id for one in cancels if one.existing.state != "cancel"])
    free = [cancel for cancel in cancels if cancel.existing.odoo_id not in blocked]

    def cancel_all(some: Sequence[CancelOrder]) -> Sequence[int]:
        ids = [one.existing.odoo_id for one in some if one.existing.state != "cancel"]
        if ids:
            odoo.call("sale.order", "action_cancel", ids=ids, context=_NO_WIZARD)
            clear_requests(odoo, ids)
        _write_status(odoo, some)
        return [one.existing.odoo_id for one in some]

    results = dict(zip((one.xid for one in free), isolated(free, cancel_all), strict=True))
    return [blocked.get(cancel.existing.odoo_id) or results[cancel.xid] for cancel in cancels]


def _step(changes: Sequence[_Change], act: Callable[[Sequence[_Change]], None]) -> None:
    """Do one step for all that are still on their way; a refusal ends the order that caused it, not the others."""

    def each(some: Sequence[_Change]) -> Sequence[None]:
        act(some)
        return [None] * len(some)

    alive = [one for one in changes if one.error is None]
    for change, result in zip(alive, isolated(alive, each), strict=True):
        change.error = result


def _load_offers(odoo: Odoo, changes: Sequence[_Change]) -> None:
    write_offers(odoo, [one.update.wanted for one in changes if one.update.added], context=QUIET)


def _contacts(odoo: Odoo, changes: Sequence[_Change]) -> None:
    update_contacts(odoo, [one.update.contact for one in changes if one.update.contact is not None])


def _addresses(odoo: Odoo, changes: Sequence[_Change]) -> None:
    """The new address is a record of its own: other orders go on with the old one.

    The order is written last: by its address a repeat knows that the deliveries have theirs.
    """
    moved = [(one.odoo_id, one.update.address) for one in changes if one.update.address is not None]
    if not moved:
        return
    addresses = load_addresses(odoo, [address for _, address in moved])
    waiting = _open_deliveries(odoo, [order for order, _ in moved])
    for (order, _), address in zip(moved, addresses, strict=True):
        if order in waiting:
            odoo.call("stock.picking", "write", ids=waiting[order], vals={"partner_id": address}, context=QUIET)
        values = {"partner_shipping_id": address}
        odoo.call("sale.order", "write", ids=[order], vals=values, context=_NO_REMINDER)


def _mark_new_deliveries(odoo: Odoo, changes: Sequence[_Change]) -> None:
    """More goods may have brought a delivery of their own, which must be known as Amazon's."""
    orders = {one.odoo_id: one.update.wanted for one in changes if one.update.changed or one.update.added}
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for order, pickings in _open_deliveries(odoo, list(orders), unmarked=True).items():
        groups[orders[order].account.key, orders[order].channel] += pickings
    for (account, channel), ids in groups.items():
        values = {"x_amazon_account": account, "x_amazon_channel": channel}
        odoo.call("stock.picking", "write", ids=ids, vals=values, context=QUIET)


def _open_deliveries(odoo: Odoo, order_ids: Sequence[int], *, unmarked: bool = False) -> Mapping[int, list[int]]:
    """Ids of deliveries that are neither done nor cancelled, by sale order; `unmarked`: those not known as Amazon's."""
    domain: list[tuple[str, str, object]] = [
        ("sale_id", "in", list(order_ids)),
        ("state", "not in", ["done", "cancel"]),
    ]
    found: dict[int, list[int]] = defaultdict(list)
    for picking in odoo.search_read("stock.picking", domain, ["sale_id", "x_amazon_account"]) if order_ids else []:
        if not (unmarked and picking["x_amazon_account"]):
            found[picking["sale_id"][0]].append(picking["id"])
    return found


def _write_status(odoo: Odoo, changes: Sequence[UpdateStatus | CancelOrder]) -> None:
    rows = [[one.xid, one.status, moment(one.updated)] for one in changes]
    load_or_refuse(odoo, "sale.order", _STATUS_COLUMNS, rows, update=True, context=QUIET)


def _why_not(odoo: Odoo, order_ids: Sequence[int]) -> dict[int, NeedsHuman]:
    """Which of these sale orders must not be cancelled by a program, and why.

    Odoo 14 would cancel a locked one, and both leave a posted invoice standing beside a cancelled sale.
    """
    if not order_ids:
        return {}
    delivered = done_deliveries(odoo, order_ids)
    locked = locked_orders(odoo, order_ids)
    domain = [("order_id", "in", list(order_ids)), ("qty_invoiced", "!=", 0)]
    invoiced = {line["order_id"][0] for line in odoo.search_read("sale.order.line", domain, ["order_id"])}
    found = {
        order: _blocked(
            f"{', '.join(delivered[order])} is done",
            "Decide in Odoo: take the goods back with a return, or keep the sale. Then retry or dismiss this item.",
        )
        for order in delivered
    }
    for order in set(order_ids) - set(found):
        if order in invoiced:
            found[order] = _blocked(
                "the sale order is invoiced, or has a draft invoice",
                "Cancel a draft invoice and retry. Where the invoice is posted make a credit note, cancel the sale "
                "order by hand, then dismiss this item.",
            )
        elif order in locked:
            found[order] = _blocked("the sale order is locked", "Unlock it in Odoo, then retry.")
    return found


def _blocked(why: str, remedy: str) -> NeedsHuman:
    return NeedsHuman(CANCEL_BLOCKED, f"Amazon cancelled the order, but {why}", remedy)
