"""What acknowledgement feeds do to orders: cancellations before shipping, and what Amazon refuses of them."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.amazon.cancellations import REASONS
from tests.contract.amazon_models import complaints, needs_models
from tests.contract.amazon_simulator_shipments import (
    ACKNOWLEDGE,
    ORDER_ID,
    Shipper,
    a_package,
    acknowledgement,
    an_order,
    envelope,
    fulfillment,
    proceeds,
    shipping,
)

SECOND = "303-0000000-0000002"
ITEM_1 = "<AmazonOrderItemCode>1</AmazonOrderItemCode>"
ITEM_2 = "<AmazonOrderItemCode>2</AmazonOrderItemCode>"
NO_STOCK = "<CancelReason>NoInventory</CancelReason>"


def status(shipper: Shipper, order_id: str = ORDER_ID) -> str:
    return str(shipper.truth(order_id)["fulfillment"]["fulfillmentStatus"])


def cancel(shipper: Shipper, *messages: str) -> Any:
    return shipper.report(shipper.submit(envelope(*messages, kind="OrderAcknowledgement"), ACKNOWLEDGE))


def test_a_seller_cancels_a_whole_order() -> None:
    with shipping(an_order(2, 1)) as shipper:
        message = acknowledgement(f"{ITEM_1}{NO_STOCK}", f"{ITEM_2}<CancelReason>PricingError</CancelReason>")
        assert cancel(shipper, message) == ((1, 1, 0), [])
        order = shipper.truth()
        assert status(shipper) == "CANCELLED"
        assert [item["cancellation"]["cancellationExecution"] for item in order["orderItems"]] == [
            {"cancelledBy": "MERCHANT", "cancelReason": "NO_INVENTORY"},
            {"cancelledBy": "MERCHANT", "cancelReason": "PRICING_ERROR"},
        ]
        assert "proceeds" not in order
        assert shipper.confirm(a_package(("1", 1))).status_code == 400
        assert cancel(shipper, message) == ((1, 0, 1), [("1", "18021", ORDER_ID)])
        assert shipper.outbound() == {"cancellation_refused": 1, "cancelled": 1, "refused": 1}


def test_a_seller_cancels_one_item_and_ships_the_rest() -> None:
    with shipping(an_order(2, 1)) as shipper:
        message = acknowledgement(f"{ITEM_1}{NO_STOCK}<Quantity>2</Quantity>")
        assert cancel(shipper, message) == ((1, 1, 0), [])
        order = shipper.truth()
        assert (status(shipper), [item["quantityOrdered"] for item in order["orderItems"]]) == ("UNSHIPPED", [0, 1])
        assert order["proceeds"] == proceeds(1, "grandTotal")
        assert shipper.confirm(a_package(("2", 1))).status_code == 204
        assert status(shipper) == "SHIPPED"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (acknowledgement(), "18000"),
        (acknowledgement(ITEM_1), "18000"),
        (acknowledgement(f"<AmazonOrderItemCode>9</AmazonOrderItemCode>{NO_STOCK}"), "18000"),
        (acknowledgement(f"{ITEM_1}{NO_STOCK}<Quantity>1</Quantity>"), "18021"),
        (acknowledgement(f"{ITEM_1}{NO_STOCK}", f"{ITEM_1}{NO_STOCK}"), "18021"),
        (acknowledgement(f"{ITEM_1}<CancelReason>Mood</CancelReason>"), "5000"),
        (acknowledgement(f"{NO_STOCK}{ITEM_1}"), "5000"),
        (acknowledgement(f"{ITEM_1}{NO_STOCK}", status="Maybe"), "5000"),
    ],
)
def test_a_wrong_cancellation_fails_and_changes_nothing(message: str, code: str) -> None:
    with shipping(an_order(2, 1)) as shipper:
        before = shipper.truth()
        assert cancel(shipper, message) == ((1, 0, 1), [("1", code, ORDER_ID)])
        assert (shipper.truth(), shipper.outbound()) == (before, {"cancellation_refused": 1})


@pytest.mark.parametrize(
    "order",
    [
        an_order(1, by="AMAZON"),
        an_order(1, status="PENDING"),
        an_order(1, status="SHIPPED"),
        an_order(2, status="PARTIALLY_SHIPPED"),
    ],
)
def test_only_an_unshipped_order_of_the_seller_can_be_cancelled(order: dict[str, Any]) -> None:
    with shipping(order) as shipper:
        numbers, failed = cancel(shipper, acknowledgement(f"{ITEM_1}{NO_STOCK}"))
        assert (numbers, [row[0] for row in failed]) == ((1, 0, 1), ["1"])
        assert shipper.truth() == order


def test_an_acknowledgement_changes_nothing() -> None:
    with shipping(an_order(1)) as shipper:
        before = shipper.truth()
        assert cancel(shipper, acknowledgement(ITEM_1, status="Success")) == ((1, 1, 0), [])
        assert (shipper.truth(), shipper.outbound()) == (before, {"acknowledged": 1})


def test_each_listed_reason_is_taken() -> None:
    orders = [an_order(1, orderId=f"303-0000000-{number:07d}") for number in range(len(REASONS))]
    messages = [
        acknowledgement(f"{ITEM_1}<CancelReason>{reason}</CancelReason>", order_id=order["orderId"])
        for order, reason in zip(orders, sorted(REASONS), strict=True)
    ]
    with shipping(*orders) as shipper:
        assert cancel(shipper, *messages) == ((14, 14, 0), [])


@needs_models
def test_orders_changed_by_feeds_fit_the_official_model() -> None:
    with shipping(an_order(2, 1), an_order(1, 1, orderId=SECOND)) as shipper:
        shipper.submit(envelope(fulfillment(("1", 1))))
        cancel(shipper, acknowledgement(f"{ITEM_1}{NO_STOCK}", order_id=SECOND))
        for order_id in (ORDER_ID, SECOND):
            assert complaints(shipper.order(order_id).json(), "GetOrderResponse") == []
        assert (status(shipper), status(shipper, SECOND)) == ("PARTIALLY_SHIPPED", "UNSHIPPED")
