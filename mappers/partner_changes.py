"""A buyer or address that changed after the order came to Odoo: an empty new value never overwrites a stored one."""

from __future__ import annotations

from dataclasses import replace

from domain.order import Address, Order
from domain.partner import PartnerCommand
from mappers.buyer import seat_of
from mappers.names import MODULE, contact_xid
from mappers.places import fold


def changed_address(
    order: Order, wanted: PartnerCommand, stored: PartnerCommand, *, parent: str
) -> PartnerCommand | None:
    """Return the delivery address that takes the place of `stored`, None when that one stays.

    It stays when `order` has no address line (Amazon withholds the address after a while), when it says the same, and
    when a person chose an address in Odoo that is none of ours. `parent`: external id of the order's contact, or ''.
    """
    given = order.address
    if given is None or not _has_lines(given) or not stored.xid.startswith(f"{MODULE}.address_"):
        return None
    moved = _placed(wanted, stored)
    name = wanted.name if given.name else stored.name
    moved = replace(moved, parent=parent, name=name, phone=wanted.phone or stored.phone)
    return None if _text(moved) == _text(stored) else moved


def changed_contact(
    account: str, order: Order, wanted: PartnerCommand, stored: PartnerCommand
) -> PartnerCommand | None:
    """Return the new values of the order's own contact, None when nothing changed or other orders share the contact."""
    if stored.xid != contact_xid(account, order.order_id):
        return None
    given = order.address or Address()
    # A company stays one whose name Amazon withholds now: the buyer's own name must not take its place.
    named = wanted.is_company or (not stored.is_company and bool(order.buyer.name or given.name))
    # A company stays where it is registered when Amazon gives the delivery address only.
    placed = bool(wanted.street) and (not stored.is_company or seat_of(order) is not None)
    merged = replace(
        _placed(wanted, stored) if placed else stored,
        xid=stored.xid,
        name=wanted.name if named else stored.name,
        is_company=wanted.is_company or stored.is_company,
        email=wanted.email or stored.email,
        phone=wanted.phone or stored.phone,
        parent=stored.parent,
        company=stored.company,
        vat=stored.vat or wanted.vat,
        notes=stored.notes,
    )
    return None if merged == stored else merged


def _placed(wanted: PartnerCommand, stored: PartnerCommand) -> PartnerCommand:
    """`wanted` with the parts of its place that Amazon left empty taken from `stored`; a second line may go."""
    country = wanted.country or stored.country
    return replace(
        wanted,
        city=wanted.city or stored.city,
        zip=wanted.zip or stored.zip,
        country=country,
        state=wanted.state or (stored.state if country == stored.country else None),
    )


def _has_lines(address: Address) -> bool:
    return any(line.strip() for line in address.lines)


def _text(partner: PartnerCommand) -> tuple[object, ...]:
    """What makes two addresses the same: as in the address' external id, the phone does not count."""
    words = (partner.name, partner.street, partner.street2, partner.city, partner.zip)
    return (*(fold(word) for word in words), partner.state, partner.country)
