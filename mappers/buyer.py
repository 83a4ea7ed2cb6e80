"""Who bought: whom Odoo is to have as the contact of an order, and what makes two orders the same buyer's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.order import Address, Order, TaxRegistration
from mappers.places import fold

# Seller of record towards the customer, and buyer towards the seller, of orders that are "invoiced by Amazon" (IBA).
AMAZON_BUSINESS_EU = "Amazon Business EU SARL"
_AMAZONS_EMAIL = "no-reply-amazon-iba"
_AMAZONS_PROGRAM = "INVOICE_BY_AMAZON"

# Addresses of this kind stand for all customers of somebody: they identify nobody.
_SHARED_EMAIL_PREFIXES = ("no-reply", "noreply", "do-not-reply", "donotreply")

# The buyer's tax numbers, the one that is most a company's first; CPF is a person's (Brazil).
_KINDS = ("VAT", "CNPJ", "CPF", "BUSINESS", "CST")
_OF_PERSONS = "CPF"
_LONGEST_NUMBER = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Buying:
    """The contact of an order. `identity`: what makes two orders the same buyer's.

    `recipient`: name of a delivery address that has none. `address`: where the contact is. `notes` go to the contact,
    `notes_of_recipient` to the delivery address.
    """

    identity: str
    name: str
    recipient: str
    is_company: bool
    email: str
    address: Address
    vat: str = ""
    notes: tuple[str, ...] = ()
    notes_of_recipient: tuple[str, ...] = ()


def buying(order: Order, company: int) -> Buying:
    """Return who bought `order`; contacts of one Odoo company (`company`) are not those of another.

    A company is the contact where Amazon names one, as taxes and invoices concern it; the person stays in the delivery
    address and in a note. Amazon Business EU is one contact for all its orders, at an address of its own: the customer
    behind it is the recipient only.
    """
    numbers = _tax_numbers(order)
    if _is_amazons(order):
        own = [one for one in numbers if _is_amazon(one.legal_name)]
        customers = [one for one in numbers if one not in own]
        return Buying(
            identity=f"{company}\x1f{_AMAZONS_EMAIL}",
            name=AMAZON_BUSINESS_EU,
            recipient=order.buyer.company or f"Amazon Customer {order.order_id}",
            is_company=True,
            email=order.buyer.email,
            address=_registered(own) or Address(),
            vat=_vat(own),
            notes=_further(own),
            notes_of_recipient=tuple(_told(one) for one in customers),
        )
    firm = " ".join((order.buyer.company or _legal_name(numbers)).split())
    person = " ".join(order.buyer.name.split())
    given = order.address or Address()
    name = firm or person or " ".join(given.name.split()) or f"Amazon Customer {order.order_id}"
    notes = [f"Buyer: {person}"] if firm and person and fold(person) != fold(firm) else []
    legal = [one.legal_name for one in numbers[:1] if one.legal_name and fold(one.legal_name) != fold(name)]
    return Buying(
        identity=_identity(order, company, firm),
        name=name,
        recipient=person or name,
        is_company=bool(firm),
        email=order.buyer.email,
        address=_registered(numbers) or given,
        vat=_vat(numbers),
        notes=(*notes, *(f"Legal name: {one}" for one in legal), *_further(numbers)),
    )


def seat_of(order: Order) -> Address | None:
    """Return where the buyer is registered, None where Amazon gives no such address."""
    return _registered(_tax_numbers(order))


def _identity(order: Order, company: int, firm: str) -> str:
    """The e-mail alias that Amazon gives this one buyer, else the order. A firm's people may share an alias."""
    email = order.buyer.email.strip().lower()
    local, _, domain = email.partition("@")
    personal = local and domain.startswith("marketplace.amazon.") and not local.startswith(_SHARED_EMAIL_PREFIXES)
    return "\x1f".join(filter(None, (str(company), email, fold(firm)))) if personal else order.order_id


def _is_amazons(order: Order) -> bool:
    """Whether Amazon bought it: by e-mail or name, or by the program alone where neither is given."""
    buyer = order.buyer
    if buyer.email.strip().lower().startswith(_AMAZONS_EMAIL) or _is_amazon(buyer.name):
        return True
    return _AMAZONS_PROGRAM in order.programs and not buyer.name and not buyer.email


def _is_amazon(name: str) -> bool:
    return "".join(filter(str.isalnum, fold(name))).startswith("amazonbusinesseusarl")


def _tax_numbers(order: Order) -> Sequence[TaxRegistration]:
    """The buyer's own, those of the marketplace and the merchant left out."""
    own = [one for one in order.tax_registrations if one.party.strip().upper() == "BUYER"]
    return sorted(own, key=lambda one: _KINDS.index(kind) if (kind := _kind(one)) in _KINDS else len(_KINDS))


def _kind(one: TaxRegistration) -> str:
    return one.kind.strip().upper()


def _legal_name(numbers: Sequence[TaxRegistration]) -> str:
    return next((one.legal_name for one in numbers if one.legal_name and _kind(one) != _OF_PERSONS), "")


def _registered(numbers: Sequence[TaxRegistration]) -> Address | None:
    found = (one.address for one in numbers if one.address is not None and any(map(str.strip, one.address.lines)))
    return next(found, None)


def _vat(numbers: Sequence[TaxRegistration]) -> str:
    return next((one.number for one in numbers if len(one.number) <= _LONGEST_NUMBER), "")


def _further(numbers: Sequence[TaxRegistration]) -> tuple[str, ...]:
    """Notes of the numbers that do not become the contact's Tax ID."""
    first = _vat(numbers)
    return tuple(_told(one) for one in numbers if one.number != first)


def _told(one: TaxRegistration) -> str:
    whose = f" of {one.legal_name}" if one.legal_name else ""
    return f"Tax number{whose}: {one.kind} {one.number}"
