"""Contacts and delivery addresses into Odoo, created if absent by external id, with a plain sales user's rights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from clients.odoo.client import Odoo
from clients.odoo.isolate import load_or_refuse
from clients.odoo.rows import PARTNER_COLUMNS, Row, partner_row
from domain.odoo import PartnerCommand

QUIET: Final = {"tracking_disable": True, "mail_create_nosubscribe": True, "mail_create_nolog": True}
_BLANK: Final = [""] * len(PARTNER_COLUMNS)


def load_contacts(odoo: Odoo, contacts: Sequence[PartnerCommand], addresses: Sequence[PartnerCommand] = ()) -> None:
    """Create the contacts that are absent; those that are there stay as they are. Raises OdooRefused.

    A new contact is made together with its `addresses`: put under it afterwards, each costs Odoo four times as much.
    Addresses of contacts that are there are left to load_addresses().
    """
    of_contact: dict[str, dict[str, Row]] = defaultdict(dict)
    for address in addresses:
        of_contact[address.parent][address.xid] = partner_row(address)
    rows = []
    for contact in {contact.xid: contact for contact in contacts}.values():
        first, *more = of_contact[contact.xid].values() or [_BLANK]
        rows += [partner_row(contact) + first, *(_BLANK + address for address in more)]
    columns = [*PARTNER_COLUMNS, *(f"child_ids/{column}" for column in PARTNER_COLUMNS)]
    load_or_refuse(odoo, "res.partner", columns, rows, context=QUIET)


def load_addresses(odoo: Odoo, addresses: Sequence[PartnerCommand]) -> list[int]:
    """Create the delivery addresses that are absent under their contacts; return the id of each.

    First without their contact, then those that have none are put under it: Odoo's import of a new child reads its
    parent's credit limit with the user's own rights, and since 16 only accountants may read that. A repeat finishes
    what was broken off between the two. Raises OdooRefused.
    """
    commands = {address.xid: address for address in addresses}
    rows = [partner_row(address) for address in commands.values()]
    ids = dict(zip(commands, load_or_refuse(odoo, "res.partner", PARTNER_COLUMNS, rows, context=QUIET), strict=True))
    if ids:
        domain = [("id", "in", sorted(ids.values())), ("parent_id", "=", False)]
        loose = {found["id"] for found in odoo.search_read("res.partner", domain, ["parent_id"])}
        moves = [[xid, address.parent] for xid, address in commands.items() if ids[xid] in loose]
        load_or_refuse(odoo, "res.partner", ("id", "parent_id/id"), moves, update=True, context=QUIET)
    return [ids[address.xid] for address in addresses]
