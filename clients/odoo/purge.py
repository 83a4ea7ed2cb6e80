"""Erasing buyers whose orders are done: names, addresses, e-mail, telephone, gift messages. The figures stay.

Amazon's Data Protection Policy lets a seller keep them for 30 days after delivery, and longer only where law demands
it. Tax law demands who was invoiced and where the goods went, so contacts with an accounting entry keep name, address
and tax number; how to reach them, and what they wrote on a gift, goes from these too. The lines of an invoice stay as
they were written: it is a document, and Odoo copies an order's gift messages into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.orders import QUIET
from clients.odoo.rows import moment
from mappers.names import MODULE

ERASED: Final = "Amazon buyer (erased)"
_EMPTIED: Final = (
    "company_name", "email", "phone", "mobile", "street", "street2", "city", "zip", "vat", "comment", "ref",
)  # fmt: skip
# What no law wants of somebody who was invoiced.
_NEVER_DEMANDED: Final = ("email", "phone", "mobile")
_BATCH: Final = 200
_ARCHIVED_TOO: Final = {"active_test": False}
# What buyers wrote: a model, the way to its order, which records, and what is left of them. Messages come first.
_WORDS: Final[tuple[tuple[str, str, list[Any], dict[str, Any]], ...]] = (
    ("sale.order.line", "order_id", ["name", "=like", "Gift message: %"], {"name": "Gift message (erased)"}),
    ("stock.picking", "sale_id", ["note", "!=", False], {"note": False}),
)
_ORDER_ROLES: Final = ("partner_id", "partner_invoice_id", "partner_shipping_id")
# Where accounting names people: a model, the way to its entry, and by which fields. An entry without an invoice names
# them on its lines alone; an invoice to an address that a person added names our contact as the commercial partner.
_ENTRIES: Final = (
    ("account.move", "", ("partner_id", "partner_shipping_id", "commercial_partner_id")),
    ("account.move.line", "move_id.", ("partner_id",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What was found, or erased: `contacts` and their addresses; `kept`: those invoiced; `messages`: gift messages."""

    contacts: int
    kept: int
    messages: int


def purge_buyers(odoo: Odoo, accounts: Sequence[str], before: datetime, *, dry_run: bool) -> Purge:
    """Erase the accounts' buyers whose goods have all left before then; with `dry_run` only count them.

    Each address is judged by its own orders: a company that buys every day does not keep all its people. `odoo`:
    connected as an administrator who sees the invoices of all companies, since external ids are removed too: a buyer
    who comes back is a new contact. May be repeated; a broken run is continued by the next.
    """
    parents, young = _ours(odoo, accounts, before)
    old = sorted(parents.keys() - _busy(odoo, parents, before) - _expected(odoo, parents, young))
    invoiced = _invoiced(odoo, old)
    kept = [partner for partner in old if partner in invoiced]
    erased = [partner for partner in old if partner not in invoiced]
    words = _words(odoo, accounts, before)
    if not dry_run:
        for model, ids, vals in words:
            for batch in _batches(ids):
                odoo.call(model, "write", ids=batch, vals=vals, context=QUIET)
        for batch in _batches(erased):
            _erase(odoo, batch)
        for batch in _batches(kept):
            _reduce(odoo, batch)
    return Purge(contacts=len(erased), kept=len(kept), messages=len(words[0][1]))


def _ours(odoo: Odoo, accounts: Sequence[str], before: datetime) -> tuple[dict[int, int | None], set[int]]:
    """Contacts and addresses of the accounts: the contact that each belongs to, by its id; and which are young."""
    domain = [["module", "=", MODULE], ["model", "=", "res.partner"]]
    prefixes = tuple(f"{kind}_{account}_" for account in accounts for kind in ("contact", "address"))
    named = odoo.search_read("ir.model.data", domain, ["name", "res_id"])
    ours = sorted({row["res_id"] for row in named if row["name"].startswith(prefixes)})
    found: dict[int, int | None] = {}
    young: set[int] = set()
    for batch in _batches(ours):
        fields = ["parent_id", "create_date"]
        rows = odoo.search_read("res.partner", [["id", "in", batch]], fields, context=_ARCHIVED_TOO)
        found |= {row["id"]: row["parent_id"][0] if row["parent_id"] else None for row in rows}
        young |= {row["id"] for row in rows if row["create_date"] >= moment(before)}
    return found, young


def _open(before: datetime) -> list[Any]:
    """Orders that are young, or not done: quotations, and those of which goods have not left, or only lately."""
    waiting = ["draft", "waiting", "confirmed", "assigned"]
    return [
        "|", "|", "|",
        ["date_order", ">=", moment(before)],
        ["picking_ids.date_done", ">=", moment(before)],
        ["state", "in", ["draft", "sent"]],
        ["picking_ids.state", "in", waiting],
    ]  # fmt: skip


def _busy(odoo: Odoo, parents: Mapping[int, int | None], before: datetime) -> set[int]:
    """Contacts and addresses that an open order names, and the contacts of such addresses."""
    busy: set[int] = set()
    for batch in _batches(parents):
        named = ["|", "|", *([role, "in", batch] for role in _ORDER_ROLES)]
        for row in odoo.search_read("sale.order", [*named, *_open(before)], _ORDER_ROLES):
            busy |= {row[role][0] for role in _ORDER_ROLES if row[role]}
    return busy | {parent for partner in busy if (parent := parents.get(partner))}


def _expected(odoo: Odoo, parents: Mapping[int, int | None], young: Iterable[int]) -> set[int]:
    """Young contacts and addresses that no order names: theirs may be on its way. Old ones have none: it never came."""
    expected = set(young)
    for batch in _batches(sorted(expected)):
        named = ["|", "|", *([role, "in", batch] for role in _ORDER_ROLES)]
        for row in odoo.search_read("sale.order", named, _ORDER_ROLES):
            expected -= {row[role][0] for role in _ORDER_ROLES if row[role]}
    return expected | {parent for one in expected if (parent := parents.get(one))}


def _invoiced(odoo: Odoo, partners: Sequence[int]) -> set[int]:
    """Those that accounting names; what was cancelled before it was ever posted does not count."""
    invoiced: set[int] = set()
    for batch in _batches(partners):
        for model, entry, roles in _ENTRIES:
            named = [*["|"] * (len(roles) - 1), *([role, "in", batch] for role in roles)]
            counts = ["|", [f"{entry}state", "!=", "cancel"], [f"{entry}posted_before", "=", True]]
            for row in odoo.search_read(model, [*named, *counts], roles):
                invoiced |= {row[role][0] for role in roles if row[role]}
    return invoiced


def _words(odoo: Odoo, accounts: Sequence[str], before: datetime) -> list[tuple[str, list[int], dict[str, Any]]]:
    """What buyers wrote in orders of the accounts that are not open: a model, its records, what is to be written."""
    found = []
    for model, order, which, vals in _WORDS:
        rows = odoo.search_read(model, [[f"{order}.x_amazon_account", "in", list(accounts)], which], [order])
        still = {
            row["id"]
            for batch in _batches(sorted({row[order][0] for row in rows}))
            for row in odoo.search_read("sale.order", [["id", "in", batch], *_open(before)], ["id"])
        }
        found.append((model, [row["id"] for row in rows if row[order][0] not in still], vals))
    return found


def _erase(odoo: Odoo, partners: Sequence[int]) -> None:
    known = odoo.fields("res.partner")
    vals = {"name": ERASED, "active": False} | {name: False for name in _EMPTIED if name in known}
    odoo.call("res.partner", "write", ids=list(partners), vals=vals, context=QUIET)
    domain = [["module", "=", MODULE], ["model", "=", "res.partner"], ["res_id", "in", list(partners)]]
    names = [row["id"] for row in odoo.search_read("ir.model.data", domain, ["id"])]
    odoo.call("ir.model.data", "unlink", ids=names)


def _reduce(odoo: Odoo, partners: Sequence[int]) -> None:
    """Leave these what an invoice says of them."""
    known = odoo.fields("res.partner")
    gone = [name for name in _NEVER_DEMANDED if name in known]
    some: list[Any] = [*["|"] * (len(gone) - 1), *([name, "!=", False] for name in gone)]
    rows = odoo.search_read("res.partner", [["id", "in", list(partners)], *some], ["id"], context=_ARCHIVED_TOO)
    if rows:
        vals = dict.fromkeys(gone, False)
        odoo.call("res.partner", "write", ids=[row["id"] for row in rows], vals=vals, context=QUIET)


def _batches(ids: Iterable[int]) -> list[list[int]]:
    whole = list(ids)
    return [whole[at : at + _BATCH] for at in range(0, len(whole), _BATCH)]
