"""Buyer and delivery address of an order -> Odoo contact and delivery address.

Never matched by name, and an address is never a reason to fail: what Odoo has no field for is kept as text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from domain.odoo import CountryFacts, PartnerCommand
from domain.order import Address, Order
from mappers.names import address_xid, contact_xid

# One address stands for all customers of Amazon Business EU (buyer of record is Amazon): it identifies nobody.
_SHARED_EMAIL_PREFIXES = ("no-reply", "noreply", "do-not-reply", "donotreply")

# Unicode combining classes from 200 on are marks placed at a letter, as accents are; those below belong to scripts.
_ACCENTS = 200


def partners(
    account: str, order: Order, countries: Mapping[str, CountryFacts]
) -> tuple[PartnerCommand, PartnerCommand]:
    """Return the contact and its delivery address for `order`.

    The contact is identified by the buyer's e-mail where that is Amazon's own alias for this one buyer, else by the
    order: two buyers of one name are never merged. The address is identified by its normalised text.
    """
    address = order.address or Address()
    contact_key = contact_xid(account, _identity(order))
    name = order.buyer.name or address.name or f"Amazon Customer {order.order_id}"
    placed = _place(address, countries)
    contact = PartnerCommand(
        xid=contact_key,
        name=name,
        company_name=order.buyer.company,
        email=order.buyer.email,
        phone=address.phone,
        street=placed.street,
        street2=placed.street2,
        city=placed.city,
        zip=placed.zip,
        state=placed.state,
        country=placed.country,
    )
    delivery = PartnerCommand(
        xid=address_xid(account, contact_key, _normalised(address)),
        name=address.name or name,
        parent=contact_key,
        company_name=address.company,
        phone=address.phone,
        street=placed.street,
        street2=placed.street2,
        city=placed.city,
        zip=placed.zip,
        state=placed.state,
        country=placed.country,
    )
    return contact, delivery


def _identity(order: Order) -> str:
    email = order.buyer.email.strip().lower()
    local, _, domain = email.partition("@")
    personal = local and domain.startswith("marketplace.amazon.") and not local.startswith(_SHARED_EMAIL_PREFIXES)
    return email if personal else order.order_id


def _place(address: Address, countries: Mapping[str, CountryFacts]) -> PartnerCommand:
    """The address' place: lines without gaps, the state matched within its country, the rest kept as text."""
    lines = [line.strip() for line in address.lines if line.strip()]
    country = countries.get(address.country_code.strip().upper())
    state = country.states.get(fold(address.state)) if country and address.state else None
    unmatched = address.state if state is None else ""
    loose = [address.district, address.municipality, unmatched]
    street2 = [*lines[1:], *(text.strip() for text in loose if text.strip() and text.strip() not in lines)]
    return PartnerCommand(
        xid="",
        name="",
        street=lines[0] if lines else "",
        street2=", ".join(dict.fromkeys(street2)),
        city=address.city.strip(),
        zip=address.postal_code.strip(),
        state=state,
        country=country.odoo_id if country else None,
    )


def _normalised(address: Address) -> str:
    """The text that makes two addresses the same: case, accents and blanks do not count, the phone does not."""
    parts = (
        address.name, address.company, *address.lines, address.city, address.district, address.municipality,
        address.state, address.postal_code, address.country_code,
    )  # fmt: skip
    return "\x1f".join(fold(part) for part in parts if part.strip())


def fold(text: str) -> str:
    """Return `text` without case, accents and doubled blanks, for comparing what people type.

    Marks that make another letter of a letter stay: without the voiced sound mark, Japanese "ba" would be "ha".
    """
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if unicodedata.combining(char) < _ACCENTS)
    return " ".join(bare.casefold().split())
