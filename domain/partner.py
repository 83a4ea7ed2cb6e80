"""A contact or delivery address, as it is to be in Odoo and as it was read there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerCommand:
    """A contact, or with `parent` the xid of one, its delivery address. Empty parts stay empty.

    `company`: id of the Odoo company it belongs to. `vat`: tax number, which Odoo may refuse. `notes`: what Odoo has no
    field for, in words; they go into a new record, and are never read back.
    """

    xid: str
    name: str
    parent: str = ""
    is_company: bool = False
    email: str = ""
    phone: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    zip: str = ""
    state: int | None = None
    country: int | None = None
    company: int | None = None
    vat: str = ""
    notes: tuple[str, ...] = ()
