"""Partners, offers and sale orders into Odoo by load(), call by call: what is there already stays as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from clients.odoo.client import Odoo
from clients.odoo.isolate import load_or_refuse
from clients.odoo.offers import write_offers
from clients.odoo.order_work import CONFIRMED, QUIET, Work, alive, step
from clients.odoo.partners import load_addresses, load_contacts
from clients.odoo.positions import ask_positions, is_computed
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
from domain.errors import RetryLater

_MEANWHILE_SECONDS = 1.0


def load_all(odoo: Odoo, works: Sequence[Work], names: Names) -> None:
    """Bring in offers, partners and orders of `works`, and read the orders' states."""
    step(works, lambda some: _load_offers(odoo, some))
    step(works, lambda some: _load_partners(odoo, some))
    if not is_computed(odoo):
        step(works, lambda some: _ask_positions(odoo, some))
    step(works, lambda some: _load_orders(odoo, some, names))
    _read_back(odoo, works)


def _load_offers(odoo: Odoo, works: Sequence[Work]) -> None:
    write_offers(odoo, [work.order for work in works], context=QUIET)


def _load_partners(odoo: Odoo, works: Sequence[Work]) -> None:
    addresses = [work.order.address for work in works]
    load_contacts(odoo, [work.order.contact for work in works], addresses)
    load_addresses(odoo, addresses)


def _ask_positions(odoo: Odoo, works: Sequence[Work]) -> None:
    for work, position in zip(works, ask_positions(odoo, [work.order for work in works]), strict=True):
        work.position = position


def _load_orders(odoo: Odoo, works: Sequence[Work], names: Names) -> None:
    """Load the orders company by company.

    In one transaction 14 remembers which taxes of a shared product the first company may see, and the second one's
    lines would silently get none.
    """
    companies: dict[int, list[Work]] = defaultdict(list)
    for work in works:
        companies[work.order.facts.company].append(work)
    more = ["fiscal_position_id/.id"] if any(work.position for work in works) else []
    for some in companies.values():
        _load_orders_of_company(odoo, some, names, more)


def _load_orders_of_company(odoo: Odoo, works: Sequence[Work], names: Names, more: Sequence[str]) -> None:
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


def _more(work: Work) -> Row:
    """The cell of the fiscal position where Odoo does not find it by itself; empty for none."""
    return [str(work.position.odoo_id or "")] if work.position else []


def _load_whole(odoo: Odoo, works: Sequence[Work], rows: Sequence[Row], columns: Sequence[str]) -> None:
    for work, odoo_id in zip(works, load_or_refuse(odoo, "sale.order", columns, rows, context=QUIET), strict=True):
        work.odoo_id = odoo_id


def _read_back(odoo: Odoo, works: Sequence[Work]) -> None:
    """Read the orders' states. Raises RetryLater when another attempt has brought in one of them meanwhile.

    Unless it is known to be of this version: the next attempt can tell what is different.
    """
    there = {work.odoo_id: work for work in alive(works)}
    if not there:
        return
    for found in odoo.search_read("sale.order", [("id", "in", sorted(there))], ["state", "x_amazon_last_update"]):
        work, mark = there[found["id"]], found["x_amazon_last_update"] or ""
        work.state = found["state"]
        is_surprise = work.order.existing is None and (mark or work.state in CONFIRMED)
        if is_surprise and mark != moment(work.order.updated):
            raise RetryLater("another attempt brought in the order", after=_MEANWHILE_SECONDS, counted=False)
