"""An order of Orders API 2026-01-01 -> domain.order.Order; foreign words and gaps end here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from clients.amazon import wire, wire_order
from clients.amazon.to_item import breakdowns, given, to_item
from domain import parked
from domain.errors import NeedsHuman
from domain.order import Address, Buyer, Channel, Order, OrderStatus, TaxRegistration
from domain.shipment import KnownPackage

Meaning = TypeVar("Meaning", OrderStatus, Channel)

_CHANNELS: Final = {"AMAZON": Channel.FBA, "MERCHANT": Channel.FBM}
_STATUSES: Final = {status.value.upper(): status for status in OrderStatus}
_WORD: Final = re.compile(r"\w{1,40}", re.ASCII)
_PATHS_SHOWN: Final = 5
_REMEDY_WORD = "Update the connector; until then, handle this order by hand in Odoo."
_REMEDY_DATA = "Retry later; if it stays, report the fields named here to the connector's maintainers."


def read_document(document: bytes) -> Order:
    """Return the order kept in `document` (RawOrder.document). Raises NeedsHuman (bad_order, unknown_status)."""
    try:
        raw = json.loads(document)
    except ValueError:
        raise _bad("the kept document is no JSON") from None
    if not isinstance(raw, dict):
        raise _bad("the kept document is no order")
    return to_order(raw)


def to_order(raw: Mapping[str, Any]) -> Order:
    """Return Amazon's raw order in the program's words; amounts exactly as given, in the order's one currency.

    Raises NeedsHuman: unknown_status for a status or fulfilment word of the future, bad_order for what cannot be
    read. The reason names fields, never their values.
    """
    order = _validated(raw)
    fulfillment = order.fulfillment or wire.OrderFulfillment()
    proceeds = order.proceeds or wire.OrderProceeds()
    ids = [item.order_item_id for item in order.order_items]
    if len(set(ids)) < len(ids):
        raise _bad("two items have the same orderItemId")
    return Order(
        order_id=order.order_id,
        created=order.created_time,
        updated=order.last_updated_time,
        sales_channel=order.sales_channel.channel_name,
        marketplace_id=order.sales_channel.marketplace_id,
        status=_known(_STATUSES, fulfillment.fulfillment_status, "fulfillment.fulfillmentStatus"),
        channel=_known(_CHANNELS, fulfillment.fulfilled_by, "fulfillment.fulfilledBy"),
        currency=_currency(order),
        items=tuple(to_item(item, order.sales_channel.marketplace_id) for item in order.order_items),
        grand_total=proceeds.grand_total.amount if proceeds.grand_total else None,
        order_breakdowns=breakdowns(proceeds.breakdowns),
        buyer=_buyer(order.buyer or wire.Buyer()),
        address=_address(order.recipient.delivery_address if order.recipient else None),
        service_level=fulfillment.fulfillment_service_level,
        latest_ship=fulfillment.ship_by_window.latest_date_time if fulfillment.ship_by_window else None,
        latest_delivery=fulfillment.deliver_by_window.latest_date_time if fulfillment.deliver_by_window else None,
        programs=given(order.programs),
        replaces=tuple((other.association_type, other.order_id) for other in order.associated_orders if other.order_id),
        tax_registrations=_tax_registrations(order.tax),
        packages=tuple(_package(package) for package in order.packages),
    )


def _validated(raw: Mapping[str, Any]) -> wire_order.Order:
    paths: list[str]
    try:
        return wire_order.Order.model_validate(dict(raw))
    except ValidationError as invalid:
        found = invalid.errors(include_url=False, include_context=False, include_input=False)
        paths = [f"{'.'.join(str(step) for step in error['loc'])} ({error['type']})" for error in found]
    more = f" and {len(paths) - _PATHS_SHOWN} more" if len(paths) > _PATHS_SHOWN else ""
    # Raised outside the block: the foreign error holds the order's values.
    raise _bad(f"unreadable fields: {', '.join(paths[:_PATHS_SHOWN])}{more}")


def _known(table: Mapping[str, Meaning], word: str, path: str) -> Meaning:
    if not word:
        raise _bad(f"{path} is missing")
    meaning = table.get(word.upper())
    if meaning is None:
        shown = word if _WORD.fullmatch(word) else "an unreadable word"
        raise NeedsHuman(parked.UNKNOWN_STATUS, f"{path} is {shown}, which is not known", _REMEDY_WORD)
    return meaning


def _currency(order: wire_order.Order) -> str:
    """Return the one currency of all amounts, '' when there is no amount at all."""
    amounts = [money for money in _moneys(order) if money.amount is not None]
    currencies = sorted({money.currency_code.upper() for money in amounts} - {""})
    if amounts and len(currencies) != 1:
        raise _bad(f"the amounts are in {len(currencies)} currencies")
    return currencies[0] if currencies else ""


def _moneys(order: wire_order.Order) -> Iterator[wire.Money]:
    if order.proceeds:
        yield from _present(order.proceeds.grand_total, *(part.subtotal for part in order.proceeds.breakdowns))
    for item in order.order_items:
        yield from _present(item.product.price.unit_price if item.product.price else None)
        if item.proceeds:
            yield from _present(item.proceeds.proceeds_total)
            for part in item.proceeds.breakdowns:
                yield from _present(part.subtotal, *(detail.value for detail in part.detailed_breakdowns))


def _present(*moneys: wire.Money | None) -> Iterator[wire.Money]:
    return (money for money in moneys if money is not None)


def _buyer(buyer: wire.Buyer) -> Buyer:
    return Buyer(
        name=buyer.buyer_name,
        email=buyer.buyer_email,
        company=buyer.buyer_company_name,
        purchase_order=buyer.buyer_purchase_order_number,
    )


def _address(address: wire.Address | None) -> Address | None:
    """Return the delivery address, None when Amazon gives no part of it.

    Brazil's street may come in `extendedFields` alone.
    """
    if address is None:
        return None
    extended = address.extended_fields or wire.ExtendedFields()
    street = f"{extended.street_name} {extended.street_number}".strip()
    lines = given((address.address_line1, address.address_line2, address.address_line3))
    found = Address(
        name=address.name,
        company=address.company_name,
        lines=lines or given((street, extended.complement)),
        city=address.city,
        district=address.district_or_county or extended.neighborhood,
        municipality=address.municipality,
        state=address.state_or_region,
        postal_code=address.postal_code,
        country_code=address.country_code.upper(),
        phone=address.phone,
        kind=address.address_type,
    )
    return None if found == Address() else found


def _tax_registrations(tax: wire.OrderTax | None) -> tuple[TaxRegistration, ...]:
    return tuple(
        TaxRegistration(
            party=entry.entity_type,
            kind=entry.tax_registration_type,
            number=entry.tax_registration_number,
            legal_name=entry.legal_name,
            address=_address(entry.tax_registration_address),
        )
        for entry in (tax.tax_registrations if tax else ())
        if entry.tax_registration_number
    )


def _package(package: wire_order.OrderPackage) -> KnownPackage:
    """Return a package; one without a reference stays, as its items have left all the same."""
    return KnownPackage(
        package_ref=package.package_reference_id,
        carrier=package.carrier,
        tracking=package.tracking_number,
        status=package.package_status.status if package.package_status else "",
        items=tuple((item.order_item_id, item.quantity) for item in package.package_items if item.order_item_id),
        transparency_codes=tuple(sorted(code for item in package.package_items for code in item.transparency_codes)),
    )


def _bad(reason: str) -> NeedsHuman:
    return NeedsHuman(parked.BAD_ORDER, reason, _REMEDY_DATA)
