"""Sale orders into Odoo, many in few calls: partners, offers, orders, money check, confirmation, delivery, mark.

Every step is keyed by external ids or looks before it writes, so a batch may be repeated after any failure. The last
step writes `x_amazon_last_update`: an order without it is one that an earlier attempt did not finish.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clients.odoo.at_once import confirm, finish, land, link, picking_values
from clients.odoo.bundle import find_action
from clients.odoo.cancel_requests import tell_requests
from clients.odoo.changes import follow
from clients.odoo.client import Odoo
from clients.odoo.deliveries import OPEN, deliver_all
from clients.odoo.isolate import load_or_refuse
from clients.odoo.order_loads import load_all
from clients.odoo.order_work import CONFIRMED, DRAFT, QUIET, Work, alive, step
from clients.odoo.positions import give_own_taxes
from clients.odoo.rows import Names, moment
from clients.odoo.totals import settle
from domain.errors import NeedsHuman
from domain.odoo import CreateOrder
from domain.order import Channel

__all__ = ["QUIET", "create_orders"]

_MARK_COLUMNS = ("id", "date_order", "x_amazon_status", "x_amazon_last_update")


def create_orders(odoo: Odoo, orders: Sequence[CreateOrder], rounding_product: int) -> list[int | NeedsHuman]:
    """Bring `orders` into Odoo; return each one's sale order id, or why it needs a person.

    By bundles as far as all is as usual, where `odoo setup` has made their action; call by call for the rest.

    Raises RetryLater, OutcomeUnknown or DatabaseBroken for all of them; a repeat then finishes what is missing.
    """
    works = [Work(order) for order in orders]
    names = Names(
        taxes=odoo.first_field("sale.order.line", "tax_ids", "tax_id"),
        route=odoo.first_field("sale.order.line", "route_ids", "route_id"),
    )
    _catch_up(odoo, works, rounding_product)
    action = find_action(odoo) if works else None
    opened = [] if action is None else land(odoo, action, works, names)
    others = [work for work in works if not work.odoo_id]
    load_all(odoo, others, names)
    step(others, lambda some: link(odoo, some))
    _settle(odoo, [work for work in works if work.state in DRAFT and not work.is_agreed], rounding_product)
    opened += [] if action is None else confirm(odoo, action, _to_confirm(works))
    step(_to_confirm(works), lambda some: _confirm(odoo, some))
    step(works, lambda some: tell_requests(odoo, [(work.odoo_id, work.order) for work in some], context=QUIET))
    if action is not None:
        for some in opened:
            finish(odoo, action, some)
    rest = [work for work in works if not work.is_finished]
    blocked = _finish_deliveries(odoo, [work for work in alive(rest) if work.state in CONFIRMED])
    step(rest, lambda some: _mark(odoo, some, blocked))
    return [_result(work, blocked.get(work.odoo_id)) for work in works]


def _catch_up(odoo: Odoo, works: Sequence[Work], rounding_product: int) -> None:
    """Make this version of what an attempt brought in for an older one: the mark would hide the difference for ever."""
    begun = [(work, change) for work in works if (change := work.order.overtaken) is not None]
    results = follow(odoo, [change for _, change in begun], rounding_product)
    for (work, _), result in zip(begun, results, strict=True):
        work.error = result if isinstance(result, NeedsHuman) else None


def _settle(odoo: Odoo, works: Sequence[Work], rounding_product: int) -> None:
    """Make the totals of quotations Amazon's; one that cannot be made so is parked."""
    bare = [work for work in works if work.position and work.position.own_taxes]
    step(bare, lambda some: give_own_taxes(odoo, [work.order for work in some]))
    drafts = alive(works)
    for work, error in zip(drafts, settle(odoo, [(w.odoo_id, w.order) for w in drafts], rounding_product), strict=True):
        work.error = error


def _to_confirm(works: Sequence[Work]) -> list[Work]:
    return [work for work in alive(works) if work.state in DRAFT and work.order.account.policy.confirm]


def _result(work: Work, blocked: NeedsHuman | None) -> int | NeedsHuman:
    """The sale order's id, or why it needs a person, with the sale order it is about if that is there."""
    error = work.error or blocked
    if error is None:
        return work.odoo_id
    error.record = work.odoo_id or None
    return error


def _confirm(odoo: Odoo, works: Sequence[Work]) -> None:
    """Confirm the orders. 19 refuses what another worker has confirmed meanwhile: then it is done."""
    if not works:
        return
    ids = [work.odoo_id for work in works]
    try:
        odoo.call("sale.order", "action_confirm", ids=ids, context=QUIET)
    except NeedsHuman:
        rows = odoo.search_read("sale.order", [("id", "in", ids)], ["state"])
        if len(rows) < len(ids) or any(row["state"] not in CONFIRMED for row in rows):
            raise
    for work in works:
        work.state = CONFIRMED[0]


def _finish_deliveries(odoo: Odoo, works: Sequence[Work]) -> dict[int, NeedsHuman]:
    """Mark deliveries as Amazon's, pass on gift messages, deliver what Amazon has shipped.

    Returns what blocked a delivery, by order id.
    """
    by_order = {work.odoo_id: work for work in works}
    if not by_order:
        return {}
    domain = [("sale_id", "in", sorted(by_order)), OPEN]
    pickings = odoo.search_read("stock.picking", domain, ["sale_id", "x_amazon_account"], order="id")
    order_of = {picking["id"]: picking["sale_id"][0] for picking in pickings}
    _mark_pickings(odoo, [p["id"] for p in pickings if not p["x_amazon_account"]], order_of, by_order)
    due = [
        picking
        for picking, order_id in order_of.items()
        if (order := by_order[order_id].order).channel is Channel.FBA and order.account.policy.deliver_fba
    ]
    results = deliver_all(odoo, due) if due else {}
    return {order_of[picking]: error for picking, error in results.items() if error is not None}


def _mark_pickings(odoo: Odoo, fresh: Sequence[int], order_of: dict[int, int], by_order: dict[int, Work]) -> None:
    """Write the same values to many pickings at once: one call per account, channel and gift message."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for picking in fresh:
        order = by_order[order_of[picking]].order
        groups.setdefault((order.account.key, order.channel, order.note), []).append(picking)
    for (account, channel, note), ids in groups.items():
        values = picking_values(account, channel, note)
        odoo.call("stock.picking", "write", ids=ids, vals=values, context=QUIET)


def _mark(odoo: Odoo, works: Sequence[Work], blocked: Mapping[int, NeedsHuman]) -> None:
    """The last write: Odoo moved the order's date when it confirmed, and the version says that all is done.

    An order whose delivery is blocked gets no version yet, so that a retry goes on with it. One that was begun before
    gets this version's ship-by date, too.
    """
    begun = [work for work in works if work.order.existing is not None and work.order.commitment_date is not None]
    others = [work for work in works if work not in begun]
    for some, more in ((others, ()), (begun, ("commitment_date",))):
        rows = [
            [
                work.order.xid,
                moment(work.order.date_order),
                work.order.status,
                "" if work.odoo_id in blocked else moment(work.order.updated),
                *(moment(work.order.commitment_date) for _ in more),
            ]
            for work in some
        ]
        load_or_refuse(odoo, "sale.order", (*_MARK_COLUMNS, *more), rows, update=True, context=QUIET)
