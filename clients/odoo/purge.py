"""Erasing buyers whose orders are long done: names, addresses, e-mail, telephone, gift messages. The figures stay.

Amazon's data protection policy lets a seller keep them no longer than needed for shipping and for what law demands. A
contact that an accounting entry names is therefore left alone: tax law wants it there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.orders import QUIET
from clients.odoo.rows import moment
from domain.errors import DatabaseBroken
from mappers.names import MODULE

ERASED: Final = "Amazon buyer (erased)"
_EMPTIED: Final = (
    "company_name", "email", "phone", "mobile", "street", "street2", "city", "zip", "vat", "comment", "ref",
)  # fmt: skip
_BATCH: Final = 200
_GIFT: Final = "Gift message"
_ORDER_ROLES: Final = ("partner_id", "partner_invoice_id", "partner_shipping_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What was found, or erased: `contacts` with their addresses; `kept`: left alone, as they are invoiced."""

    contacts: int
    kept: int
    messages: int


def purge_buyers(odoo: Odoo, accounts: Sequence[str], before: datetime, *, dry_run: bool) -> Purge:
    """Erase the accounts' buyers whose newest order is from before then and done; with `dry_run` only count them.

    `odoo`: connected as an administrator, since external ids are removed too: a buyer who comes back is a new contact.
    May be repeated; a broken run is continued by the next.
    """
    families = _families(odoo, accounts)
    busy = _busy(odoo, list(families), before)
    invoiced = _invoiced(odoo, list(families))
    old = {root for root, members in families.items() if not busy.intersection(members)}
    kept = {root for root in old if invoiced.intersection(families[root])}
    erased = [member for root in sorted(old - kept) for member in families[root]]
    messages = _messages(odoo, erased)
    if not dry_run:
        for batch in _batches(erased):
            _erase(odoo, batch)
    return Purge(contacts=len(erased), kept=sum(len(families[root]) for root in kept), messages=len(messages))


def _families(odoo: Odoo, accounts: Sequence[str]) -> dict[int, list[int]]:
    """Contacts of the accounts with their addresses, by the contact's id."""
    domain = [["module", "=", MODULE], ["model", "=", "res.partner"]]
    prefixes = tuple(f"{kind}_{account}_" for account in accounts for kind in ("contact", "address"))
    named = odoo.search_read("ir.model.data", domain, ["name", "res_id"])
    ours = {row["res_id"] for row in named if row["name"].startswith(prefixes)}
    found: dict[int, list[int]] = defaultdict(list)
    context = {"active_test": False}
    for batch in _batches(sorted(ours)):
        for row in odoo.search_read("res.partner", [["id", "in", batch]], ["parent_id"], context=context):
            parent = row["parent_id"][0] if row["parent_id"] else row["id"]
            found[parent if parent in ours else row["id"]].append(row["id"])
    return found


def _busy(odoo: Odoo, roots: Sequence[int], before: datetime) -> set[int]:
    """Contacts with an order that is young, or not done: a quotation, or goods that have not left."""
    busy: set[int] = set()
    for batch in _batches(roots):
        family: list[Any] = ["|", ["id", "in", batch], ["parent_id", "in", batch]]
        context = {"active_test": False}
        members = [row["id"] for row in odoo.search_read("res.partner", family, ["parent_id"], context=context)]
        named = ["|", "|", *([role, "in", members] for role in _ORDER_ROLES)]
        young = ["|", "|", ["date_order", ">=", moment(before)], ["state", "in", ["draft", "sent"]]]
        waiting = ["picking_ids.state", "in", ["draft", "waiting", "confirmed", "assigned"]]
        for row in odoo.search_read("sale.order", [*named, *young, waiting], _ORDER_ROLES):
            busy |= {row[role][0] for role in _ORDER_ROLES if row[role]}
    return busy


def _invoiced(odoo: Odoo, roots: Sequence[int]) -> set[int]:
    invoiced: set[int] = set()
    try:
        for batch in _batches(roots):
            domain = ["|", ["partner_id", "in", batch], ["partner_id.parent_id", "in", batch]]
            invoiced |= {row["partner_id"][0] for row in odoo.search_read("account.move", domain, ["partner_id"])}
    except DatabaseBroken:  # Odoo's accounting is not installed
        return set()
    return invoiced


def _messages(odoo: Odoo, partners: Sequence[int]) -> list[int]:
    """Lines with a gift message in these contacts' orders."""
    found: list[int] = []
    for batch in _batches(partners):
        domain = [["order_id.partner_id", "in", batch], ["name", "=like", f"{_GIFT}: %"]]
        found += [row["id"] for row in odoo.search_read("sale.order.line", domain, ["id"])]
    return found


def _erase(odoo: Odoo, partners: Sequence[int]) -> None:
    lines = _messages(odoo, partners)
    if lines:
        odoo.call("sale.order.line", "write", ids=lines, vals={"name": f"{_GIFT} (erased)"}, context=QUIET)
    domain = [["sale_id.partner_id", "in", list(partners)], ["note", "!=", False]]
    pickings = [row["id"] for row in odoo.search_read("stock.picking", domain, ["id"])]
    if pickings:
        odoo.call("stock.picking", "write", ids=pickings, vals={"note": False}, context=QUIET)
    known = odoo.fields("res.partner")
    vals = {"name": ERASED, "active": False} | {name: False for name in _EMPTIED if name in known}
    odoo.call("res.partner", "write", ids=list(partners), vals=vals, context=QUIET)
    domain = [["module", "=", MODULE], ["model", "=", "res.partner"], ["res_id", "in", list(partners)]]
    names = [row["id"] for row in odoo.search_read("ir.model.data", domain, ["id"])]
    odoo.call("ir.model.data", "unlink", ids=names)


def _batches(ids: Iterable[int]) -> list[list[int]]:
    whole = list(ids)
    return [whole[at : at + _BATCH] for at in range(0, len(whole), _BATCH)]
