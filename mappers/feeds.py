"""Shipments and cancellations -> the XML of Amazon's order feeds. Pure; the same input gives the same bytes.

Source: Amazon's amzn-envelope.xsd, OrderFulfillment.xsd and OrderAcknowledgement.xsd, whose order of elements counts.
Messages are numbered 1..n in the order given: that is how the processing report names them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from xml.sax.saxutils import escape

from domain.shipment import Cancellation, Shipment, ShippedItem

FULFILMENT: Final = "POST_ORDER_FULFILLMENT_DATA"
ACKNOWLEDGEMENT: Final = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
CANCEL_REASONS: Final = frozenset(
    {
        "NoInventory",
        "ShippingAddressUndeliverable",
        "CustomerExchange",
        "BuyerCanceled",
        "GeneralAdjustment",
        "CarrierCreditDecision",
        "RiskAssessmentInformationNotValid",
        "CarrierCoverageFailure",
        "CustomerReturn",
        "MerchandiseNotReceived",
        "CannotVerifyInformation",
        "PricingError",
        "RejectOrder",
        "WeatherDelay",
    }
)
_OTHER_CARRIER: Final = "Other"
# TransparencyCode{0,10} of OrderFulfillment.xsd.
_MOST_CODES: Final = 10
_PACKAGE_REF: Final = re.compile(r"[1-9]\d{0,19}", re.ASCII)
# XML 1.0 has no way to write these, escaped or not.
_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHITE: Final = re.compile(r"[\t\n\r]")


def fulfilment_feed(merchant_id: str, shipments: Sequence[Shipment]) -> bytes:
    """Return an OrderFulfillment feed (UTF-8), one message per package; the package reference is the fulfilment's id.

    Raises ValueError for no shipments, a reference that is no positive number, no items, a quantity below one, more
    than 10 transparency codes of an item, or a time without a zone.
    """
    return _envelope(merchant_id, "OrderFulfillment", [_fulfilment(shipment) for shipment in shipments])


def fits_feed(items: Sequence[ShippedItem]) -> bool:
    """Whether a feed can tell of these items: it takes few Transparency codes of one, confirmShipment any number."""
    return all(len(item.transparency_codes) <= _MOST_CODES for item in items)


def cancellation_feed(merchant_id: str, cancellations: Sequence[Cancellation]) -> bytes:
    """Return an OrderAcknowledgement feed (UTF-8) that cancels, one message per order.

    Raises ValueError for no cancellations, a reason Amazon does not know, or no items.
    """
    return _envelope(merchant_id, "OrderAcknowledgement", [_cancellation(one) for one in cancellations])


def _envelope(merchant_id: str, kind: str, contents: Sequence[str]) -> bytes:
    if not contents:
        raise ValueError("a feed has at least one message")
    messages = (
        _element("Message", _text("MessageID", str(number)), _element(kind, content))
        for number, content in enumerate(contents, start=1)
    )
    header = _element("Header", _text("DocumentVersion", "1.01"), _text("MerchantIdentifier", merchant_id))
    schema = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="amzn-envelope.xsd"'
    lines = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<AmazonEnvelope {schema}>",
        header,
        _text("MessageType", kind),
        *messages,
        "</AmazonEnvelope>",
    )
    return ("\n".join(lines) + "\n").encode()


def _fulfilment(shipment: Shipment) -> str:
    if not _PACKAGE_REF.fullmatch(shipment.package_ref):
        raise ValueError("a package_ref is a positive whole number as text")
    if not shipment.items:
        raise ValueError("a shipment has items")
    other = shipment.carrier_code == _OTHER_CARRIER
    carriage = (
        _optional("CarrierCode", shipment.carrier_code),
        _optional("CarrierName", shipment.carrier_name if other else ""),
        _optional("ShippingMethod", shipment.shipping_method),
        _optional("ShipperTrackingNumber", shipment.tracking),
    )
    return "".join(
        (
            _text("AmazonOrderID", shipment.order_id),
            _text("MerchantFulfillmentID", shipment.package_ref),
            _text("FulfillmentDate", _utc(shipment.shipped)),
            _element("FulfillmentData", *carriage),
            *(_shipped(item) for item in shipment.items),
        )
    )


def _shipped(item: ShippedItem) -> str:
    if item.quantity < 1 or not fits_feed([item]):
        raise ValueError("an item has at least one piece and at most 10 transparency codes")
    return _element(
        "Item",
        _text("AmazonOrderItemCode", item.item_id),
        _text("Quantity", str(item.quantity)),
        *(_text("TransparencyCode", code) for code in item.transparency_codes),
    )


def _cancellation(cancellation: Cancellation) -> str:
    if cancellation.reason not in CANCEL_REASONS:
        raise ValueError("a cancellation's reason is one of Amazon's CancelReason words")
    if not cancellation.item_ids:
        raise ValueError("a cancellation names the order's items")
    items = (
        _element("Item", _text("AmazonOrderItemCode", item_id), _text("CancelReason", cancellation.reason))
        for item_id in cancellation.item_ids
    )
    return "".join((_text("AmazonOrderID", cancellation.order_id), _text("StatusCode", "Failure"), *items))


def _utc(moment: datetime) -> str:
    """Return an XML dateTime in UTC, whole seconds."""
    if moment.tzinfo is None:
        raise ValueError("a time that is told to Amazon needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _element(name: str, *content: str) -> str:
    return f"<{name}>{''.join(content)}</{name}>"


def _optional(name: str, text: str) -> str:
    return _text(name, text) if text.strip() else ""


def _text(name: str, text: str) -> str:
    """Return an element with `text`, on one line (xsd:normalizedString) and without what XML cannot hold."""
    return _element(name, escape(_WHITE.sub(" ", _UNWRITABLE.sub("", text)).strip()))
