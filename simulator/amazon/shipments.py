"""confirmShipment of Orders API v0, and what it shares with feeds: telling the world of a package."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from domain.marketplace import BY_CODE
from simulator.amazon import clock, outbound
from simulator.amazon.answers import ApiError, invalid_input, unauthorized
from simulator.amazon.fields import Fields, read_fields
from simulator.amazon.operation import Call
from simulator.amazon.orders import ORDER_ID
from simulator.amazon.packages import REPEATED, Content, Package, ship
from simulator.amazon.progress import Raw
from simulator.amazon.refusal import Refusal
from simulator.amazon.search import FOUND_UNDER
from simulator.amazon.world import UnknownOrder, World

_REFERENCE = re.compile(r"0*[1-9]\d*", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)", re.ASCII)
_JAPAN = BY_CODE["JP"].id
_COLLECTION_METHODS = frozenset({"", "DirectPayment"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A well-formed request."""

    marketplace_id: str
    collection_method: str
    package: Package


def confirm_shipment(call: Call) -> None:
    """Put a package into an order, or edit the one with its reference.

    Raises ApiError: 400 for a broken rule, 403 for a marketplace in which the seller does not sell, 404 for an order
    that nobody has. Another seller's order is a 400, as no answer of Amazon's to that is published.
    """
    order_id, seller_id = call.path["orderId"], call.seller.seller_id
    confirmation = _read(call)
    if not ORDER_ID.fullmatch(order_id):
        raise invalid_input("Invalid Input", "orderId must be of the form 3-7-7.")
    stored = call.world.order(seller_id, order_id)
    try:
        if stored is not None:
            _check_marketplace(call, confirmation, stored.raw)
        tell(call.world, seller_id, order_id, confirmation.package)
    except UnknownOrder as error:
        call.world.outbound.count(seller_id, outbound.REFUSED)
        if call.world.has_order(order_id):
            raise invalid_input(f"Failed validation because order {order_id} is not this seller's.") from error
        raise ApiError(404, "NotFound", "The requested order was not found.") from error
    except Refusal as refusal:
        call.world.outbound.count(seller_id, outbound.REFUSED)
        raise invalid_input(refusal.message) from refusal


def tell(world: World, seller_id: str, order_id: str, package: Package) -> None:
    """Apply `package` to the seller's order and count what became of it. Raises UnknownOrder, Refusal."""
    outcome = reference = ""

    def change(order: Raw) -> bool:
        nonlocal outcome, reference
        outcome, reference = ship(order, package, now=clock.now())
        return outcome != REPEATED

    world.outbound.check(seller_id, order_id)
    world.change(seller_id, order_id, change)
    world.outbound.count(seller_id, outcome)
    world.outbound.note_package(seller_id, order_id, reference)


def read_ship_date(text: str) -> datetime:
    """A date and time of ISO 8601 with its offset, as aware UTC. Raises ValueError."""
    if not _TIME.fullmatch(text):
        raise ValueError("no ISO 8601 date and time with an offset")
    return clock.read(text)


def _read(call: Call) -> Confirmation:
    body, notes = read_fields(call.body)
    marketplace_id = body.text("marketplaceId")
    detail = body.part("packageDetail")
    collection_method = body.text("codCollectionMethod", needed=False)
    body.end()
    reference, ship_date = detail.text("packageReferenceId"), detail.text("shipDate")
    rows = detail.parts("orderItems")
    carrier_code, tracking = detail.text("carrierCode"), detail.text("trackingNumber")
    carrier_name, method = detail.text("carrierName", needed=False), detail.text("shippingMethod", needed=False)
    detail.text("shipFromSupplySourceId", needed=False)
    detail.end()
    contents = tuple(_content(row) for row in rows)
    call.world.count_unknown_parameters(notes.unknown)
    notes.judge()
    if not _REFERENCE.fullmatch(reference):
        raise invalid_input("PackageReferenceId: is invalid, must be a positive numeric value.")
    if any((content.quantity or 0) < 1 for content in contents):
        raise invalid_input("Quantity must be a positive number.")
    try:
        shipped = read_ship_date(ship_date)
    except ValueError as error:
        raise invalid_input("Invalid Input", "shipDate must be in ISO 8601 date/time format.") from error
    package = Package(
        reference=reference,
        carrier_code=carrier_code,
        carrier_name=carrier_name,
        method=method,
        tracking=tracking,
        shipped=shipped,
        contents=contents,
    )
    return Confirmation(marketplace_id=marketplace_id, collection_method=collection_method, package=package)


def _content(row: Fields) -> Content:
    content = Content(
        item_id=row.text("orderItemId"),
        quantity=row.whole("quantity"),
        codes=row.texts("transparencyCodes", needed=False),
    )
    row.end()
    return content


def _check_marketplace(call: Call, confirmation: Confirmation, order: Raw) -> None:
    """Raise ApiError unless the request names the order's marketplace and a collection method that it has."""
    given, place = confirmation.marketplace_id, order["salesChannel"].get("marketplaceId", "")
    if given not in {place, FOUND_UNDER.get(place, place)}:
        if given not in {marketplace.id for marketplace in call.seller.marketplaces}:
            raise unauthorized("")
        raise invalid_input("marketplaceId is not the marketplace of the order.")
    method = confirmation.collection_method
    if method not in _COLLECTION_METHODS or (method and given != _JAPAN):
        raise invalid_input("codCollectionMethod can be DirectPayment, in Japan only.")
