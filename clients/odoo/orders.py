"""Sale orders into Odoo, many in few calls: partners, offers, orders, money check, confirmation, delivery, mark.

Every step is keyed by external ids or looks before it writes, so a batch may be repeated after any failure. The last
step writes `x_amazon_last_update`: an order without it is one that an earlier attempt did not finish.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clients.odoo.cancel_requests import tell_requests
from clients.odoo.client import Odoo
from clients.odoo.deliveries import deliver_all
from clients.odoo.isolate import isolated, load_or_refuse
from clients.odoo.offers import write_offers
from clients.odoo.partners import load_addresses, load_contacts
from clients.odoo.positions import Position, ask_positions, give_own_taxes, is_computed
from clients.odoo.replacements import link_replacements
from clients.odoo.rows import (
    Names,
    Row,
    by_taxes,
    has_taxes,
    moment,
    order_columns,
    order_rows,
    untaxed_columns,
    untaxed_rows,
)
from clients.odoo.totals import settle
from domain.errors import NeedsHuman
from domain.odoo import CreateOrder
from domain.order import Channel

# No mail, no chatter, no followers: an import is not a person's work.
QUIET: Final = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True,
}
_CONFIRMED: Final = ("sale", "done")
_DRAFT: Final = ("draft", "sent")


@dataclass(slots=True)
class _Work:
    """An order on its way: `error` ends it. `position` is None where Odoo finds the fiscal position by itself."""

    order: CreateOrder
    position: Position | None = None
    odoo_id: int = 0
    state: str = ""
    error: NeedsHuman | None = None


def create_orders(odoo: Odoo, orders: Sequence[CreateOrder], rounding_product: int) -> list[int | NeedsHuman]:
    """Bring `orders` into Odoo; return each one's sale order id, or why it needs a person.

    Raises RetryLater, OutcomeUnknown or DatabaseBroken for all of them; a repeat then finishes what is missing.
    """
    works = [_Work(order) for order in orders]
    names = Names(
        taxes=odoo.first_field("sale.order.line", "tax_ids", "tax_id"),
        route=odoo.first_field("sale.order.line", "route_ids", "route_id"),
    )
    _step(works, lambda some: _load_offers(odoo, some))
    _step(works, lambda some: _load_partners(odoo, some))
    if not is_computed(odoo):
        _step(works, lambda some: _ask_positions(odoo, some))
    _step(works, lambda some: _load_orders(odoo, some, names))
    _step(works, lambda some: _link(odoo, some))
    _read_back(odoo, works)
    bare = [work for work in works if work.state in _DRAFT and work.position and work.position.own_taxes]
    _step(bare, lambda some: give_own_taxes(odoo, [work.order for work in some]))
    drafts = [work for work in _alive(works) if work.state in _DRAFT]
    for work, error in zip(drafts, settle(odoo, [(w.odoo_id, w.order) for w in drafts], rounding_product), strict=True):
        work.error = error
    _step([w for w in drafts if w.order.account.policy.confirm], lambda some: _confirm(odoo, some))
    confirmed = [work for work in _alive(works) if work.state in _CONFIRMED]
    blocked = _finish_deliveries(odoo, confirmed)
    _step(works, lambda some: tell_requests(odoo, [(work.odoo_id, work.order) for work in some], context=QUIET))
    _step(works, lambda some: _mark(odoo, some, blocked))
    return [_result(work, blocked.get(work.odoo_id)) for work in works]


def _result(work: _Work, blocked: NeedsHuman | None) -> int | NeedsHuman:
    """The sale order's id, or why it needs a person, with the sale order it is about if that is there."""
    error = work.error or blocked
    if error is None:
        return work.odoo_id
    error.record = work.odoo_id or None
    return error


def _alive(works: Sequence[_Work]) -> list[_Work]:
    return [work for work in works if work.error is None]


def _step(works: Sequence[_Work], act: Callable[[Sequence[_Work]], None]) -> None:
    """Do one step for all that are still on their way; a refusal ends the order that caused it, not the others."""

    def each(some: Sequence[_Work]) -> Sequence[None]:
        act(some)
        return [None] * len(some)

    alive = _alive(works)
    for work, result in zip(alive, isolated(alive, each), strict=True):
        work.error = result


def _load_offers(odoo: Odoo, works: Sequence[_Work]) -> None:
    write_offers(odoo, [work.order for work in works], context=QUIET)


def _load_partners(odoo: Odoo, works: Sequence[_Work]) -> None:
    addresses = [work.order.address for work in works]
    load_contacts(odoo, [work.order.contact for work in works], addresses)
    load_addresses(odoo, addresses)


def _ask_positions(odoo: Odoo, works: Sequence[_Work]) -> None:
    for work, position in zip(works, ask_positions(odoo, [work.order for work in works]), strict=True):
        work.position = position


def _load_orders(odoo: Odoo, works: Sequence[_Work], names: Names) -> None:
    """Load the orders company by company.

    In one transaction 14 remembers which taxes of a shared product the first company may see, and the second one's
    lines would silently get none.
    """
    companies: dict[int, list[_Work]] = defaultdict(list)
    for work in works:
        companies[work.order.facts.company].append(work)
    more = ["fiscal_position_id/.id"] if any(work.position for work in works) else []
    for some in companies.values():
        _load_orders_of_company(odoo, some, names, more)


def _load_orders_of_company(odoo: Odoo, works: Sequence[_Work], names: Names, more: Sequence[str]) -> None:
    """Load the orders with their lines; those without any tax by rows that have an explicitly empty column of taxes.

    An order of both kinds gets its untaxed lines by themselves, which makes Odoo compute it line by line.
    """
    taxed = [work for work in works if has_taxes(work.order.lines)]
    mixed = [(work, by_taxes(work.order)) for work in taxed]
    rows = [row for work, (some, _) in mixed for row in order_rows(work.order, some, _more(work), untaxed=False)]
    _load_whole(odoo, taxed, rows, order_columns(names, more, untaxed=False))
    bare = [row for work, (_, rest) in mixed for row in untaxed_rows(work.order, rest)]
    load_or_refuse(odoo, "sale.order.line", untaxed_columns(names), bare, context=QUIET)
    others = [work for work in works if not has_taxes(work.order.lines)]
    rows = [row for work in others for row in order_rows(work.order, work.order.lines, _more(work), untaxed=True)]
    _load_whole(odoo, others, rows, order_columns(names, more, untaxed=True))


def _more(work: _Work) -> Row:
    """The cell of the fiscal position where Odoo does not find it by itself; empty for none."""
    return [str(work.position.odoo_id or "")] if work.position else []


def _load_whole(odoo: Odoo, works: Sequence[_Work], rows: Sequence[Row], columns: Sequence[str]) -> None:
    for work, odoo_id in zip(works, load_or_refuse(odoo, "sale.order", columns, rows, context=QUIET), strict=True):
        work.odoo_id = odoo_id


def _link(odoo: Odoo, works: Sequence[_Work]) -> None:
    if works:
        link_replacements(odoo, [work.order for work in works], context=QUIET)


def _read_back(odoo: Odoo, works: Sequence[_Work]) -> None:
    alive = {work.odoo_id: work for work in _alive(works)}
    if alive:
        for found in odoo.search_read("sale.order", [("id", "in", sorted(alive))], ["state"]):
            alive[found["id"]].state = found["state"]


def _confirm(odoo: Odoo, works: Sequence[_Work]) -> None:
    """Confirm the orders. 19 refuses what another worker has confirmed meanwhile: then it is done."""
    if not works:
        return
    ids = [work.odoo_id for work in works]
    try:
        odoo.call("sale.order", "action_confirm", ids=ids, context=QUIET)
    except NeedsHuman:
        rows = odoo.search_read("sale.order", [("id", "in", ids)], ["state"])
        if len(rows) < len(ids) or any(row["state"] not in _CONFIRMED for row in rows):
            raise
    for work in works:
        work.state = _CONFIRMED[0]


def _finish_deliveries(odoo: Odoo, works: Sequence[_Work]) -> dict[int, NeedsHuman]:
    """Mark deliveries as Amazon's, pass on gift messages, deliver what Amazon has shipped.

    Returns what blocked a delivery, by order id.
    """
    by_order = {work.odoo_id: work for work in works}
    if not by_order:
        return {}
    domain = [("sale_id", "in", sorted(by_order)), ("state", "not in", ["done", "cancel"])]
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


def _mark_pickings(odoo: Odoo, fresh: Sequence[int], order_of: dict[int, int], by_order: dict[int, _Work]) -> None:
    """Write the same values to many pickings at once: one call per account, channel and gift message."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for picking in fresh:
        order = by_order[order_of[picking]].order
        groups.setdefault((order.account.key, order.channel, order.note), []).append(picking)
    for (account, channel, note), ids in groups.items():
        values: dict[str, Any] = {"x_amazon_account": account, "x_amazon_channel": channel}
        if note:
            values["note"] = note
        odoo.call("stock.picking", "write", ids=ids, vals=values, context=QUIET)


def _mark(odoo: Odoo, works: Sequence[_Work], blocked: Mapping[int, NeedsHuman]) -> None:
    """The last write: Odoo moved the order's date when it confirmed, and the version says that all is done.

    An order whose delivery is blocked gets no version yet, so that a retry goes on with it.
    """
    columns = ("id", "date_order", "x_amazon_status", "x_amazon_last_update")
    rows = [
        [
            work.order.xid,
            moment(work.order.date_order),
            work.order.status,
            "" if work.odoo_id in blocked else moment(work.order.updated),
        ]
        for work in works
    ]
    load_or_refuse(odoo, "sale.order", columns, rows, update=True, context=QUIET)
