"""The XML of order feeds, to the byte."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shipment import Cancellation, Shipment, ShippedItem
from mappers.feeds import cancellation_feed, fits_feed, fulfilment_feed

SHIPMENT = Shipment(
    account="acme-eu",
    order_id="302-1234567-1234567",
    marketplace_id="A1PA6795UKMFR9",
    package_ref="41",
    carrier_code="DHL",
    tracking="00340434161094042557",
    shipped=datetime(2026, 5, 1, 12, 30, 15, 999_999, tzinfo=timezone(timedelta(hours=2))),
    items=(ShippedItem(item_id="17198765432109", quantity=2),),
)
OTHER = replace(
    SHIPMENT,
    order_id="302-7654321-7654321",
    package_ref="42",
    carrier_code="Other",
    carrier_name="Müller & <Söhne>",
    shipping_method="Express",
    items=(
        ShippedItem(item_id="1", quantity=1, transparency_codes=("AZ:1", "AZ:2")),
        ShippedItem(item_id="2", quantity=3),
    ),
)
CANCELLATION = Cancellation(
    account="acme-eu", order_id="302-1234567-1234567", item_ids=("10", "11"), reason="NoInventory"
)
NO_REF = "a package_ref is a positive whole number as text"
NO_ITEM = "an item has at least one piece and at most 10 transparency codes"
NO_REASON = "a cancellation's reason is one of Amazon's CancelReason words"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<AmazonEnvelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:noNamespaceSchemaLocation="amzn-envelope.xsd">\n'
    "<Header><DocumentVersion>1.01</DocumentVersion><MerchantIdentifier>A1SELLER</MerchantIdentifier></Header>\n"
)


def test_a_fulfilment_feed_to_the_byte() -> None:
    assert fulfilment_feed("A1SELLER", [SHIPMENT, OTHER]).decode() == (
        HEAD + "<MessageType>OrderFulfillment</MessageType>\n"
        "<Message><MessageID>1</MessageID><OrderFulfillment>"
        "<AmazonOrderID>302-1234567-1234567</AmazonOrderID>"
        "<MerchantFulfillmentID>41</MerchantFulfillmentID>"
        "<FulfillmentDate>2026-05-01T10:30:15Z</FulfillmentDate>"
        "<FulfillmentData><CarrierCode>DHL</CarrierCode>"
        "<ShipperTrackingNumber>00340434161094042557</ShipperTrackingNumber></FulfillmentData>"
        "<Item><AmazonOrderItemCode>17198765432109</AmazonOrderItemCode><Quantity>2</Quantity></Item>"
        "</OrderFulfillment></Message>\n"
        "<Message><MessageID>2</MessageID><OrderFulfillment>"
        "<AmazonOrderID>302-7654321-7654321</AmazonOrderID>"
        "<MerchantFulfillmentID>42</MerchantFulfillmentID>"
        "<FulfillmentDate>2026-05-01T10:30:15Z</FulfillmentDate>"
        "<FulfillmentData><CarrierCode>Other</CarrierCode><CarrierName>Müller &amp; &lt;Söhne&gt;</CarrierName>"
        "<ShippingMethod>Express</ShippingMethod>"
        "<ShipperTrackingNumber>00340434161094042557</ShipperTrackingNumber></FulfillmentData>"
        "<Item><AmazonOrderItemCode>1</AmazonOrderItemCode><Quantity>1</Quantity>"
        "<TransparencyCode>AZ:1</TransparencyCode><TransparencyCode>AZ:2</TransparencyCode></Item>"
        "<Item><AmazonOrderItemCode>2</AmazonOrderItemCode><Quantity>3</Quantity></Item>"
        "</OrderFulfillment></Message>\n"
        "</AmazonEnvelope>\n"
    )


def test_a_cancellation_feed_to_the_byte() -> None:
    other = replace(CANCELLATION, order_id="302-7654321-7654321", item_ids=("7",), reason="BuyerCanceled")
    assert cancellation_feed("A1SELLER", [CANCELLATION, other]).decode() == (
        HEAD + "<MessageType>OrderAcknowledgement</MessageType>\n"
        "<Message><MessageID>1</MessageID><OrderAcknowledgement>"
        "<AmazonOrderID>302-1234567-1234567</AmazonOrderID><StatusCode>Failure</StatusCode>"
        "<Item><AmazonOrderItemCode>10</AmazonOrderItemCode><CancelReason>NoInventory</CancelReason></Item>"
        "<Item><AmazonOrderItemCode>11</AmazonOrderItemCode><CancelReason>NoInventory</CancelReason></Item>"
        "</OrderAcknowledgement></Message>\n"
        "<Message><MessageID>2</MessageID><OrderAcknowledgement>"
        "<AmazonOrderID>302-7654321-7654321</AmazonOrderID><StatusCode>Failure</StatusCode>"
        "<Item><AmazonOrderItemCode>7</AmazonOrderItemCode><CancelReason>BuyerCanceled</CancelReason></Item>"
        "</OrderAcknowledgement></Message>\n"
        "</AmazonEnvelope>\n"
    )


def test_a_name_is_told_of_other_carriers_only_and_on_one_line() -> None:
    known = replace(SHIPMENT, carrier_name="DHL Paket")
    assert b"CarrierName" not in fulfilment_feed("A1SELLER", [known])
    other = replace(OTHER, carrier_name="\x00Rider\t& \x07Sons\n")
    assert b"<CarrierName>Rider &amp; Sons</CarrierName>" in fulfilment_feed("A1SELLER", [other])


@pytest.mark.parametrize(("count", "fits"), [(10, True), (11, False)])
def test_a_feed_takes_ten_transparency_codes_of_an_item(count: int, fits: bool) -> None:
    item = ShippedItem(item_id="1", quantity=count, transparency_codes=tuple(map(str, range(count))))
    assert fits_feed([item]) is fits
    assert fits_feed([ShippedItem(item_id="0", quantity=1), item]) is fits


def test_the_carrier_data_that_is_missing_is_left_out() -> None:
    feed = fulfilment_feed("A1SELLER", [replace(SHIPMENT, carrier_code="", tracking=" ")])
    assert b"<FulfillmentData></FulfillmentData>" in feed


# Every character there is, half surrogate pairs and control characters too: Odoo's fields hold anything.
any_text = st.text(st.characters(exclude_categories=()), min_size=1, max_size=30)


def readable(text: str) -> str:
    """What is left of a text in XML: on one line, without characters that XML cannot hold."""
    allowed = (
        character
        for character in text
        if character in "\t\n\r" or ("\x20" <= character <= "\ud7ff") or "\ue000" <= character <= "\ufffd"
        or character > "\uffff"
    )  # fmt: skip
    return "".join(" " if character in "\t\n\r" else character for character in allowed).strip()


@given(carrier=any_text, method=any_text, tracking=any_text, code=any_text, merchant=any_text)
def test_any_text_arrives_as_it_is(carrier: str, method: str, tracking: str, code: str, merchant: str) -> None:
    item = ShippedItem(item_id="1", quantity=1, transparency_codes=(code,))
    shipment = replace(OTHER, carrier_name=carrier, shipping_method=method, tracking=tracking, items=(item,))
    feed = fulfilment_feed(merchant, [shipment])
    root = ET.fromstring(feed)
    assert root.findtext("Header/MerchantIdentifier") == readable(merchant)
    (message,) = root.findall("Message/OrderFulfillment")
    assert message.findtext("Item/TransparencyCode") == readable(code)
    for name, text in (("CarrierName", carrier), ("ShippingMethod", method), ("ShipperTrackingNumber", tracking)):
        assert (message.findtext(f"FulfillmentData/{name}") or "") == readable(text)
    assert fulfilment_feed(merchant, [shipment]) == feed


@given(st.lists(st.text("0123456789-", min_size=1, max_size=20), min_size=1, max_size=30))
def test_messages_are_numbered_in_the_order_given(order_ids: list[str]) -> None:
    given_ones = [replace(CANCELLATION, order_id=order_id) for order_id in order_ids]
    root = ET.fromstring(cancellation_feed("A1SELLER", given_ones))
    found = [
        (message.findtext("MessageID"), message.findtext("OrderAcknowledgement/AmazonOrderID"))
        for message in root.findall("Message")
    ]
    assert found == [(str(number), order_id) for number, order_id in enumerate(order_ids, start=1)]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"package_ref": "0"}, NO_REF),
        ({"package_ref": "WH/OUT/1"}, NO_REF),
        ({"items": ()}, "a shipment has items"),
        ({"items": (ShippedItem(item_id="1", quantity=0),)}, NO_ITEM),
        ({"items": (ShippedItem(item_id="1", quantity=1, transparency_codes=("c",) * 11),)}, NO_ITEM),
        (
            {"shipped": datetime(2026, 5, 1)},  # noqa: DTZ001 - the point of the row
            "a time that is told to Amazon needs a time zone",
        ),
    ],
)
def test_a_shipment_that_no_feed_can_tell(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        fulfilment_feed("A1SELLER", [SHIPMENT, replace(SHIPMENT, **changes)])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"reason": "no inventory"}, NO_REASON),
        ({"reason": ""}, NO_REASON),
        ({"item_ids": ()}, "a cancellation names the order's items"),
    ],
)
def test_a_cancellation_that_no_feed_can_tell(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        cancellation_feed("A1SELLER", [CANCELLATION, replace(CANCELLATION, **changes)])


def test_a_feed_of_nothing() -> None:
    with pytest.raises(ValueError, match=r"^a feed has at least one message$"):
        fulfilment_feed("A1SELLER", [])
    with pytest.raises(ValueError, match=r"^a feed has at least one message$"):
        cancellation_feed("A1SELLER", [])


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own clock is nine hours ahead."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_the_time_is_told_in_utc_wherever_the_machine_is() -> None:
    feed = fulfilment_feed("A1SELLER", [replace(SHIPMENT, shipped=datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC))])
    assert b"<FulfillmentDate>2026-12-31T23:59:59Z</FulfillmentDate>" in feed
