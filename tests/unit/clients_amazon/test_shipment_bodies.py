"""The body of confirmShipment, and what is never sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from clients.amazon.client import Confirmed
from domain.errors import (
    NeedsHuman,
)
from domain.shipment import ShippedItem
from tests.unit.clients_amazon.given import (
    ACCESS,
    FakeAmazon,
)
from tests.unit.clients_amazon.test_shipments import ORDER_ID, SHIPMENT, told


def test_the_plain_body_byte_by_byte() -> None:
    amazon = FakeAmazon(httpx.Response(204))
    assert told(amazon) is Confirmed.NOW
    (request,) = amazon.requests
    assert (request.method, str(request.url)) == (
        "POST",
        f"https://spapi.test/orders/v0/orders/{ORDER_ID}/shipmentConfirmation",
    )
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-amz-access-token"] == f"{ACCESS}-1"
    assert request.content == (
        b'{"marketplaceId": "A1PA6795UKMFR9", "packageDetail": {"packageReferenceId": "41", "carrierCode": "DHL",'
        b' "trackingNumber": "00340434161094042557", "shipDate": "2026-05-01T10:30:00Z",'
        b' "orderItems": [{"orderItemId": "17198765432109", "quantity": 2}]}}'
    )


def test_the_full_body_byte_by_byte() -> None:
    shipment = replace(
        SHIPMENT,
        carrier_code="Other",
        carrier_name='Müller & "Söhne"',
        shipping_method="Express",
        shipped=datetime(2026, 5, 1, 12, 30, 15, 123_456, tzinfo=timezone(timedelta(hours=2))),
        items=(
            ShippedItem(item_id="1", quantity=1, transparency_codes=("AZ:1", "AZ:2")),
            ShippedItem(item_id="2", quantity=3),
        ),
    )
    amazon = FakeAmazon(httpx.Response(204))
    told(amazon, shipment)
    assert amazon.requests[0].content == (
        b'{"marketplaceId": "A1PA6795UKMFR9", "packageDetail": {"packageReferenceId": "41", "carrierCode": "Other",'
        b' "carrierName": "M\\u00fcller & \\"S\\u00f6hne\\"", "shippingMethod": "Express",'
        b' "trackingNumber": "00340434161094042557", "shipDate": "2026-05-01T10:30:15.123Z",'
        b' "orderItems": [{"orderItemId": "1", "quantity": 1, "transparencyCodes": ["AZ:1", "AZ:2"]},'
        b' {"orderItemId": "2", "quantity": 3}]}}'
    )


def test_a_known_carrier_goes_without_a_name() -> None:
    amazon = FakeAmazon(httpx.Response(204))
    told(amazon, replace(SHIPMENT, carrier_name="DHL Paket"))
    assert b"carrierName" not in amazon.requests[0].content


@pytest.mark.parametrize(
    "changes",
    [
        {"package_ref": ""},
        {"package_ref": "0"},
        {"package_ref": "007"},
        {"package_ref": "-1"},
        {"package_ref": "1.0"},
        {"package_ref": "WH/OUT/1"},
        {"package_ref": "٣"},
        {"package_ref": "1\n"},
        {"package_ref": "1" * 21},
        {"items": ()},
        {"items": (ShippedItem(item_id="1", quantity=0),)},
        {"shipped": datetime(2026, 5, 1)},  # noqa: DTZ001 - the point of the row
    ],
)
def test_what_can_never_be_told_costs_no_call(changes: dict[str, Any]) -> None:
    amazon = FakeAmazon()
    with pytest.raises(ValueError):
        told(amazon, replace(SHIPMENT, **changes))
    assert (amazon.requests, amazon.token_requests) == ([], [])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"order_id": "../302"}, "this is no Amazon order id"),
        ({"order_id": ""}, "this is no Amazon order id"),
        ({"carrier_code": ""}, "the shipment has no carrier"),
        ({"carrier_code": "Other"}, "the shipment has no carrier"),
    ],
)
def test_what_a_person_must_mend_costs_no_call(changes: dict[str, Any], reason: str) -> None:
    amazon = FakeAmazon()
    with pytest.raises(NeedsHuman) as raised:
        told(amazon, replace(SHIPMENT, **changes))
    assert (raised.value.code, raised.value.reason) == ("shipment_refused", reason)
    assert (amazon.requests, amazon.token_requests) == ([], [])
