"""Contacts and delivery addresses into Odoo, created if absent by external id, with a plain sales user's rights."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.errors import OdooRefused
from clients.odoo.isolate import load_or_refuse
from clients.odoo.rows import PARTNER_COLUMNS, Row, partner_row
from domain.partner import PartnerCommand

QUIET: Final = {"tracking_disable": True, "mail_create_nosubscribe": True, "mail_create_nolog": True}
_BLANK: Final = [""] * len(PARTNER_COLUMNS)
# What a changed contact keeps, as people work with it: its place under their company, whom it belongs to, their notes.
_KEPT: Final = ("type", "company_id/.id", "comment")


def load_contacts(odoo: Odoo, contacts: Sequence[PartnerCommand], addresses: Sequence[PartnerCommand] = ()) -> None:
    """Create the contacts that are absent; those that are there get a tax number if they have none, nothing else.

    A new contact is made together with its `addresses`: put under it afterwards, each costs Odoo four times as much.
    Addresses of contacts that are there are left to load_addresses(). Raises OdooRefused.
    """
    of_contact: dict[str, dict[str, Row]] = defaultdict(dict)
    for address in addresses:
        of_contact[address.parent][address.xid] = _row(odoo, address)
    commands = {contact.xid: contact for contact in contacts}
    rows = []
    for contact in commands.values():
        first, *more = of_contact[contact.xid].values() or [_BLANK]
        rows += [_row(odoo, contact) + first, *(_BLANK + address for address in more)]
    columns = [*PARTNER_COLUMNS, *(f"child_ids/{column}" for column in PARTNER_COLUMNS)]
    ids = dict(zip(commands, load_or_refuse(odoo, "res.partner", columns, rows, context=QUIET), strict=True))
    fill_tax_numbers(odoo, {ids[xid]: contact.vat for xid, contact in commands.items()})


def update_contacts(odoo: Odoo, contacts: Sequence[PartnerCommand]) -> None:
    """Write new values on contacts that are there. Raises OdooRefused."""
    places = [place for place, column in enumerate(PARTNER_COLUMNS) if column not in _KEPT]
    rows = [partner_row(contact, "") for contact in contacts]
    ids = load_or_refuse(
        odoo,
        "res.partner",
        [PARTNER_COLUMNS[place] for place in places],
        [[row[place] for place in places] for row in rows],
        update=True,
        context=QUIET,
    )
    fill_tax_numbers(odoo, {odoo_id: contact.vat for odoo_id, contact in zip(ids, contacts, strict=True)})


def load_addresses(odoo: Odoo, addresses: Sequence[PartnerCommand]) -> list[int]:
    """Create the delivery addresses that are absent under their contacts; return the id of each.

    First without their contact, then those that have none are put under it: Odoo's import of a new child reads its
    parent's credit limit with the user's own rights, and since 16 only accountants may read that. A repeat finishes
    what was broken off between the two. Raises OdooRefused.
    """
    commands = {address.xid: address for address in addresses}
    ids = _create_absent(odoo, commands)
    if ids:
        domain = [("id", "in", sorted(ids.values())), ("parent_id", "=", False)]
        loose = {found["id"] for found in odoo.search_read("res.partner", domain, ["parent_id"])}
        moves = [[xid, address.parent] for xid, address in commands.items() if ids[xid] in loose]
        load_or_refuse(odoo, "res.partner", ("id", "parent_id/id"), moves, update=True, context=QUIET)
    return [ids[address.xid] for address in addresses]


def _create_absent(odoo: Odoo, commands: Mapping[str, PartnerCommand]) -> dict[str, int]:
    """Ids by external id."""
    rows = [_row(odoo, partner) for partner in commands.values()]
    return dict(zip(commands, load_or_refuse(odoo, "res.partner", PARTNER_COLUMNS, rows, context=QUIET), strict=True))


def _row(odoo: Odoo, partner: PartnerCommand) -> Row:
    return partner_row(partner, as_comment(odoo, partner.notes))


def fill_tax_numbers(odoo: Odoo, wanted: Mapping[int, str]) -> None:
    """Give contacts without a tax number the one that is wanted; one that Odoo refuses is kept as a note.

    A step of its own, because Odoo checks numbers where its module base_vat is installed, and an order must not fail
    for one. It comes before the order, whose fiscal position may depend on the number.
    """
    for found, number in _lacking(odoo, wanted):
        try:
            odoo.call("res.partner", "write", ids=[found["id"]], vals={"vat": number}, context=QUIET)
        except OdooRefused:
            _note(odoo, found, number)


def note_refused(odoo: Odoo, refused: Mapping[int, str]) -> None:
    """Keep tax numbers that Odoo has just refused as notes of their contacts. Repeatable after any error."""
    for found, number in _lacking(odoo, refused):
        _note(odoo, found, number)


def _lacking(odoo: Odoo, wanted: Mapping[int, str]) -> list[tuple[Mapping[str, Any], str]]:
    """Contacts (id and comment) without a tax number and without a note of the one that is wanted, and that number."""
    ids = sorted(odoo_id for odoo_id, number in wanted.items() if number)
    if not ids:
        return []
    found = odoo.search_read("res.partner", [("id", "in", ids), ("vat", "=", False)], ["comment"])
    rows = [(row, wanted[row["id"]]) for row in found]
    return [(row, number) for row, number in rows if refused_note(number) not in html.unescape(row["comment"] or "")]


def _note(odoo: Odoo, contact: Mapping[str, Any], number: str) -> None:
    parts = [part for part in (contact["comment"], as_comment(odoo, [refused_note(number)])) if part]
    noted = {"comment": ("" if _is_html(odoo) else "\n").join(parts)}
    odoo.call("res.partner", "write", ids=[contact["id"]], vals=noted, context=QUIET)


def refused_note(number: str) -> str:
    """Return the note of a tax number that Odoo refuses."""
    return f"Tax number: {number} (Odoo does not accept it as Tax ID)"


def as_comment(odoo: Odoo, notes: Iterable[str]) -> str:
    """Notes as the field of a contact has them: lines of text in 14, HTML later."""
    if _is_html(odoo):
        return "".join(f"<p>{html.escape(note)}</p>" for note in notes)
    return "\n".join(notes)


def _is_html(odoo: Odoo) -> bool:
    return odoo.fields("res.partner")["comment"].type == "html"
