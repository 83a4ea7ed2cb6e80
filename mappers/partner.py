"""Buyer and delivery address of an order -> Odoo contact and delivery address.

Never matched by name, and an address is never a reason to fail: what Odoo has no field for is kept as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from domain.odoo_facts import CountryFacts
from domain.order import Address, Order
from domain.partner import PartnerCommand
from mappers.buyer import Buying, buying
from mappers.names import address_xid, contact_xid
from mappers.places import country_of, fold, state_of

# Odoo keeps contact and address in one indexed text, of which PostgreSQL takes 2,704 bytes: 2 x 300 letters of 4 bytes.
_LONGEST_NAME = 300
# Locker, parcel shop, Packstation: Amazon's word for it, and what the address says in Odoo.
_KINDS = {"PICKUP_POINT": "Pick-up point"}


def partners(
    account: str, order: Order, countries: Mapping[str, CountryFacts], *, company: int
) -> tuple[PartnerCommand, PartnerCommand]:
    """Return the contact and its delivery address for `order`; both belong to the Odoo company `company`.

    The contact is whom mappers/buyer.py takes for the buyer. An address is identified by its contact and its text.
    """
    address = order.address or Address()
    who = buying(order, company)
    key = contact_xid(account, who.identity)
    name, rest = _cut(who.name)
    contact = _place(
        PartnerCommand(
            xid=key,
            name=name,
            is_company=who.is_company,
            email=who.email,
            phone=_line(who.address.phone),
            company=company,
            vat=who.vat,
            notes=(*rest, *who.notes),
        ),
        who.address,
        countries,
        named=_printed(who, address),
    )
    name, rest = _cut(_line(address.name) or who.recipient)
    kind = _KINDS.get(address.kind.strip().upper())
    delivery = _place(
        PartnerCommand(
            xid=address_xid(account, key, _normalised(address)),
            name=name,
            parent=key,
            phone=_line(address.phone),
            company=company,
            notes=(*rest, *filter(None, [kind]), *who.notes_of_recipient),
        ),
        address,
        countries,
        named=_printed(who, address),
    )
    return contact, delivery


def _place(
    partner: PartnerCommand, address: Address, countries: Mapping[str, CountryFacts], *, named: frozenset[str]
) -> PartnerCommand:
    """`partner` at `address`: lines without gaps, the state matched within its country, the rest kept as text.

    `named`: folded names that an address in Odoo shows anyway. A line that repeats one is no street.
    """
    lines = [text for line in address.lines if (text := _line(line))]
    firm = fold(address.company)
    streets = [line for line in lines if fold(line) not in {*named, firm}] or lines
    rest = [*streets[1:], *_without_field(address, countries, shown={*named, *map(fold, streets)})]
    country = country_of(address.country_code, countries)
    return replace(
        partner,
        street=streets[0] if streets else "",
        street2=", ".join(dict.fromkeys(rest)),
        city=_line(address.city),
        zip=_line(address.postal_code),
        state=state_of(address.state, address.country_code, country) if country else None,
        country=country.odoo_id if country else None,
    )


def _without_field(address: Address, countries: Mapping[str, CountryFacts], *, shown: set[str]) -> Iterator[str]:
    """Parts of `address` that Odoo has no field for: it clears the company's name of whoever is below a contact."""
    country = country_of(address.country_code, countries)
    known_state = country is not None and state_of(address.state, address.country_code, country) is not None
    own_code = fold(address.state) == fold(address.country_code)
    state = "" if known_state or own_code else address.state
    for text in (
        address.company,
        address.district,
        address.municipality,
        state,
        "" if country else address.country_code,
    ):
        if _line(text) and fold(text) not in shown:
            yield _line(text)


def _printed(who: Buying, address: Address) -> frozenset[str]:
    """Names that Odoo prints above the address: the recipient's, and the contact's if that is a company."""
    names = (address.name, who.name) if who.is_company else (address.name,)
    return frozenset(filter(None, map(fold, names)))


def _normalised(address: Address) -> str:
    """The text that makes two addresses the same: case, accents and blanks do not count, the phone does not."""
    parts = (
        address.name, address.company, *address.lines, address.city, address.district, address.municipality,
        address.state, address.postal_code, address.country_code,
    )  # fmt: skip
    return "\x1f".join(fold(part) for part in parts if part.strip())


def _cut(name: str) -> tuple[str, tuple[str, ...]]:
    """A name that Odoo can keep, and a note of the whole of one that is longer."""
    return (name, ()) if len(name) <= _LONGEST_NAME else (name[:_LONGEST_NAME].rstrip(), (f"Name: {name}",))


def _line(text: str) -> str:
    """`text` on one line, as Odoo's fields and labels have it."""
    return ", ".join(part.strip() for part in text.splitlines() if part.strip())
