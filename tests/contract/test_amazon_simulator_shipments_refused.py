"""confirmShipment: every refusal, in Amazon's form, and that it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.amazon.clock import stamp
from tests.contract.amazon_models import complaints, needs_models
from tests.contract.amazon_simulator_shipments import ORDER_ID, PLACES, Shipper, a_package, an_order, shipping

ONE = ("1", 1)
ITEM = {"orderItemId": "1", "quantity": 1}


@pytest.fixture(scope="module")
def shipper() -> Iterator[Shipper]:
    with shipping(an_order(2, 1)) as shipper:
        yield shipper


def refused(shipper: Shipper, status: int, words: str, detail: Any, order_id: str = ORDER_ID, **more: Any) -> None:
    """The call is refused with these words, and no order of any seller changes."""
    before = shipper.sim("GET", "orders").json()
    answer = shipper.confirm(detail, order_id, **more)
    error = answer.json()["errors"][0]
    assert (answer.status_code, set(error)) == (status, {"code", "message", "details"})
    assert words in f"{error['message']} {error['details']}"
    assert answer.headers["x-amzn-RequestId"]
    assert shipper.sim("GET", "orders").json() == before


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        (a_package(ONE, reference=1), "fields with invalid type [packageDetail.packageReferenceId]"),
        (a_package(ONE, reference="A1"), "PackageReferenceId: is invalid, must be a positive numeric value."),
        (a_package(ONE, reference="0"), "PackageReferenceId: is invalid, must be a positive numeric value."),
        (a_package(ONE, reference="-1"), "PackageReferenceId: is invalid, must be a positive numeric value."),
        (a_package(ONE, reference="1.5"), "PackageReferenceId: is invalid, must be a positive numeric value."),
        (a_package(ONE, reference="\u0661"), "PackageReferenceId: is invalid, must be a positive numeric value."),
        (a_package(ONE, reference=None), "missing or empty value [packageDetail.packageReferenceId]"),
        (a_package(ONE, carrierCode=None), "missing or empty value [packageDetail.carrierCode]"),
        (a_package(ONE, trackingNumber=" "), "missing or empty value [packageDetail.trackingNumber]"),
        (a_package(ONE, shipDate=None), "missing or empty value [packageDetail.shipDate]"),
        (a_package(), "missing or empty value [packageDetail.orderItems]"),
        (None, "missing or empty value [packageDetail, packageDetail.carrierCode, packageDetail.orderItems,"),
        ([], "fields with invalid type [packageDetail]"),
        (a_package(orderItems=[{"orderItemId": "1"}]), "missing or empty value [packageDetail.orderItems.0.quantity]"),
        (a_package(orderItems=[ITEM | {"orderItemId": 1}]), "invalid type [packageDetail.orderItems.0.orderItemId]"),
        (a_package(orderItems=[ITEM | {"quantity": "1"}]), "invalid type [packageDetail.orderItems.0.quantity]"),
        (a_package(orderItems=[ITEM | {"quantity": True}]), "invalid type [packageDetail.orderItems.0.quantity]"),
        (a_package(orderItems=[ITEM | {"quantity": 1.0}]), "invalid type [packageDetail.orderItems.0.quantity]"),
        (a_package(orderItems=[ITEM | {"transparencyCodes": [1]}]), "[packageDetail.orderItems.0.transparencyCodes]"),
        (a_package(orderItems=ITEM), "invalid type [packageDetail.orderItems]"),
        (a_package(orderItems=[ITEM, "1"]), "invalid type [packageDetail.orderItems]"),
        (a_package(("1", 0)), "Quantity must be a positive number."),
        (a_package(("1", -1)), "Quantity must be a positive number."),
        (a_package(ONE, ONE), "An order item may be given once"),
        (a_package(("9", 1)), "OrderItemId 9 is invalid"),
        (a_package(("1", 3)), "overfulfillment"),
        (a_package(("1", 2), ("2", 2)), "overfulfillment"),
        (a_package(ONE, carrierCode="Kurier"), "ErrorCode: InvalidCarrier"),
        (a_package(ONE, carrierCode="dhl"), "ErrorCode: InvalidCarrier"),
        (a_package(ONE, carrierCode="Other"), "carrierName is required"),
        (a_package(ONE, carrierCode="Other", carrierName=" "), "carrierName is required"),
        (a_package(ONE, shipDate="02/21/2022"), "Invalid Input shipDate must be in ISO 8601"),
        (a_package(ONE, shipDate="2026-01-11"), "Invalid Input shipDate must be in ISO 8601"),
        (a_package(ONE, shipDate="2026-01-11T10:30:00"), "Invalid Input shipDate must be in ISO 8601"),
        (a_package(ONE, shipDate="2026-13-11T10:30:00Z"), "Invalid Input shipDate must be in ISO 8601"),
        (a_package(ONE, shipDate=1768127400), "invalid type [packageDetail.shipDate]"),
        (a_package(ONE, shipDate="2026-01-10T07:59:59Z"), "ship date lies before"),
        (a_package(ONE, shipDate=stamp(datetime.now(UTC) + timedelta(days=2))), "ship date lies in the future"),
    ],
)
def test_a_broken_rule_of_the_package_is_told(shipper: Shipper, detail: Any, words: str) -> None:
    refused(shipper, 400, words, detail)


def test_a_ship_date_may_lie_a_little_ahead_and_have_fractions() -> None:
    with shipping(an_order(1)) as shipper:
        date = (datetime.now(UTC) + timedelta(hours=20)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        assert shipper.confirm(a_package(ONE, shipDate=date)).status_code == 204
        assert shipper.truth()["packages"][0]["shipTime"] == f"{date[:19]}Z"


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({"marketplaceId": None}, 400, "missing or empty value [marketplaceId]"),
        ({"marketplaceId": 1}, 400, "invalid type [marketplaceId]"),
        ({"marketplaceId": PLACES[1]}, 400, "marketplaceId is not the marketplace of the order."),
        ({"marketplaceId": "ATVPDKIKX0DER"}, 403, "Access to requested resource is denied."),
        ({"codCollectionMethod": "DirectPayment"}, 400, "codCollectionMethod can be DirectPayment, in Japan only."),
        ({"codCollectionMethod": "Cash"}, 400, "codCollectionMethod can be DirectPayment, in Japan only."),
        ({"order_id": "303-0000000-0000009"}, 404, "The requested order was not found."),
        ({"order_id": "303"}, 400, "orderId must be of the form 3-7-7."),
    ],
)
def test_a_broken_rule_of_the_request_is_told(shipper: Shipper, more: dict[str, Any], status: int, words: str) -> None:
    refused(shipper, status, words, a_package(ONE), **more)


def test_another_sellers_order_is_out_of_reach(shipper: Shipper) -> None:
    stranger = Shipper(shipper.base, shipper.http, "EU2")
    refused(stranger, 400, f"order {ORDER_ID} is not this seller's", a_package(ONE))


def broken(order: dict[str, Any]) -> dict[str, Any]:
    order["orderItems"].append("not an item")
    return order


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (an_order(1, by="AMAZON"), "is fulfilled by Amazon"),
        (an_order(1, status="PENDING"), "is in status PENDING"),
        (an_order(1, status="PENDING_AVAILABILITY"), "is in status PENDING_AVAILABILITY"),
        (an_order(1, status="UNFULFILLABLE"), "is in status UNFULFILLABLE"),
        (an_order(1, status="CANCELLED"), "ErrorCode: NonexistentOrderItem"),
        (an_order(1, programs=["FBM_SHIP_PLUS"]), "is a Ship+ order"),
        (an_order(0, 1), "overfulfillment"),
        (an_order(1, fulfillment="lost"), "is incomplete"),
        (broken(an_order(1)), "is incomplete"),
    ],
)
def test_an_order_that_the_seller_cannot_ship_is_refused(order: dict[str, Any], words: str) -> None:
    with shipping(order) as shipper:
        refused(shipper, 400, words, a_package(ONE))
        assert shipper.outbound() == {"refused": 1}


def test_a_shipped_order_takes_edits_and_no_other_package() -> None:
    with shipping(an_order(1)) as shipper:
        shipper.confirm(a_package(ONE))
        refused(shipper, 400, "errorMetric=PackageToUpdateNotFound", a_package(ONE, reference="2"))
        assert shipper.confirm(a_package(ONE, trackingNumber="new")).status_code == 204
        assert [package["trackingNumber"] for package in shipper.truth()["packages"]] == ["new"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"'])
def test_what_is_no_json_object_is_refused(shipper: Shipper, body: bytes) -> None:
    token = shipper.ask_token().json()["access_token"]
    headers = {"x-amz-access-token": token, "content-type": "application/json"}
    path = f"{shipper.base}/orders/v0/orders/{ORDER_ID}/shipmentConfirmation"
    assert shipper.http.post(path, content=body, headers=headers).status_code == 400
    headers["content-type"] = "text/plain"
    assert shipper.http.post(path, content=b"{}", headers=headers).status_code == 415


def test_confirmations_of_one_order_can_be_made_to_fail_for_good() -> None:
    with shipping(an_order(1), an_order(1, orderId="303-0000000-0000002")) as shipper:
        order = {"seller": "EU1", "order": ORDER_ID}
        assert shipper.sim("POST", "shipments/refuse", order).json() == {"order": ORDER_ID, "refused": True}
        for _ in range(2):
            refused(shipper, 400, f"order {ORDER_ID} cannot be confirmed", a_package(ONE))
        assert shipper.confirm(a_package(ONE), "303-0000000-0000002").status_code == 204
        shipper.sim("POST", "shipments/refuse", order | {"message": "ErrorCode: BlockedTrackingId"})
        refused(shipper, 400, "ErrorCode: BlockedTrackingId", a_package(ONE))
        shipper.sim("POST", "shipments/refuse", order | {"refused": False})
        assert shipper.confirm(a_package(ONE)).status_code == 204
        assert shipper.sim("POST", "shipments/refuse", order | {"order": "303"}).status_code == 400
        assert shipper.sim("POST", "shipments/refuse", order | {"seller": "nobody"}).status_code == 404


@needs_models
def test_refusals_fit_the_official_model(shipper: Shipper) -> None:
    for detail, order_id in ((a_package(("9", 1)), ORDER_ID), ([], ORDER_ID), (a_package(ONE), "303-0000000-0000009")):
        body = shipper.confirm(detail, order_id).json()
        assert complaints(body, "ConfirmShipmentErrorResponse", name="ordersV0.json") == []
    shipper.fault("status_500", "confirmShipment")
    body = shipper.confirm(a_package(ONE)).json()
    assert complaints(body, "ConfirmShipmentErrorResponse", name="ordersV0.json") == []
