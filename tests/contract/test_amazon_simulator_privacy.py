"""Personal data and prices: who sees them, and when."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest

from simulator.amazon import World, clock
from simulator.amazon.progress import Raw
from simulator.amazon.sellers import DELIVERY_ROLE, ORDERS_ROLE, ROLES, TAX_ROLE
from simulator.amazon.view import WORDS, project
from tests.contract.amazon_simulator import EVERYTHING, FAST, Caller, calling, seller

NOW = clock.now()


def an_order(status: str = "UNSHIPPED", by: str = "MERCHANT") -> Raw:
    euro = {"amount": "10.00", "currencyCode": "EUR"}
    return {
        "orderId": "302-0000000-0000001",
        "createdTime": clock.stamp(NOW),
        "lastUpdatedTime": clock.stamp(NOW),
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1PA6795UKMFR9"},
        "buyer": {"buyerName": "A B", "buyerEmail": "x@marketplace.amazon.de", "buyerPurchaseOrderNumber": "PO 1"},
        "recipient": {
            "deliveryAddress": {
                "name": "A B", "addressLine1": "Weg 1", "city": "Ulm", "postalCode": "89073", "stateOrRegion": "BW",
                "countryCode": "DE", "phone": "+49 1",
            }
        },
        "proceeds": {"grandTotal": euro},
        "payment": {"paymentExecutions": [{"paymentMethod": "Other"}]},
        "tax": {"taxRegistrations": []},
        "fulfillment": {
            "fulfillmentStatus": status,
            "fulfilledBy": by,
            "deliverByWindow": {"latestDateTime": clock.stamp(NOW + timedelta(days=1))},
        },
        "orderItems": [
            {
                "orderItemId": "1",
                "quantityOrdered": 1,
                "product": {"sellerSku": "S", "price": {"unitPrice": euro}},
                "proceeds": {"proceedsTotal": euro},
                "fulfillment": {"packing": {"giftOption": {"giftMessage": "Hi", "giftWrapLevel": "PREMIUM"}}},
            }
        ],
    }  # fmt: skip


def seen(order: Raw, roles: Any = ROLES, days: float = 0) -> Raw:
    return project(order, included=WORDS, roles=roles, now=NOW + timedelta(days=days))


def test_all_roles_see_all_of_an_order_the_seller_ships() -> None:
    order = an_order()
    before = copy.deepcopy(order)
    assert seen(order) == before
    assert order == before


@pytest.mark.parametrize("status", ["PENDING", "PENDING_AVAILABILITY"])
def test_an_unpaid_order_shows_neither_persons_nor_prices(status: str) -> None:
    answer = seen(an_order(status))
    assert set(answer) == {"orderId", "createdTime", "lastUpdatedTime", "salesChannel", "fulfillment", "orderItems"}
    assert set(answer["orderItems"][0]) == {"orderItemId", "quantityOrdered", "product", "fulfillment"}
    assert answer["orderItems"][0]["product"] == {"sellerSku": "S"}


def test_an_order_amazon_ships_has_no_email_and_no_phone() -> None:
    answer = seen(an_order(by="AMAZON"))
    assert answer["buyer"] == {"buyerName": "A B", "buyerPurchaseOrderNumber": "PO 1"}
    assert set(answer["recipient"]["deliveryAddress"]) == {
        "name", "addressLine1", "city", "postalCode", "stateOrRegion", "countryCode",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "days", "shown"), [("SHIPPED", 0.5, True), ("SHIPPED", 2, False), ("UNSHIPPED", 2, True)]
)
def test_the_phone_goes_after_the_latest_delivery(status: str, days: float, *, shown: bool) -> None:
    assert ("phone" in seen(an_order(status), days=days)["recipient"]["deliveryAddress"]) is shown


@pytest.mark.parametrize(("status", "shown"), [("PARTIALLY_SHIPPED", True), ("SHIPPED", True), ("CANCELLED", False)])
def test_the_email_is_for_orders_to_ship_or_shipped(status: str, *, shown: bool) -> None:
    assert ("buyerEmail" in seen(an_order(status))["buyer"]) is shown


@pytest.mark.parametrize("part", ["fulfillment", "buyer", "recipient"])
def test_a_broken_order_that_tests_put_in_is_shown_as_it_is(part: str) -> None:
    order = an_order("SHIPPED") | {part: None, "orderItems": [{}, "x"]}
    assert (seen(order)[part], seen(order)["orderItems"]) == (None, [{}, "x"])


def test_without_the_delivery_role_an_address_is_its_town() -> None:
    answer = seen(an_order(), {ORDERS_ROLE, TAX_ROLE})
    town = {"city": "Ulm", "postalCode": "89073", "stateOrRegion": "BW", "countryCode": "DE"}
    assert answer["recipient"] == {"deliveryAddress": town}
    assert answer["buyer"] == {"buyerName": "A B", "buyerPurchaseOrderNumber": "PO 1"}
    assert answer["orderItems"][0]["fulfillment"] == {"packing": {"giftOption": {"giftWrapLevel": "PREMIUM"}}}


def test_without_the_tax_role_the_buyer_has_no_name() -> None:
    answer = seen(an_order(), {ORDERS_ROLE, DELIVERY_ROLE})
    assert answer["buyer"] == {"buyerEmail": "x@marketplace.amazon.de", "buyerPurchaseOrderNumber": "PO 1"}
    assert answer["recipient"]["deliveryAddress"]["name"] == "A B"


def test_roles_are_the_sellers_own() -> None:
    few, all_roles = seller(orders=80, roles=[ORDERS_ROLE]), seller("EU2", orders=80)
    with calling(World((few, all_roles), seed=2, speed=FAST)) as caller:
        names = {
            who: sum(
                "buyerName" in order.get("buyer", {}) for order in mine.search(includedData=EVERYTHING).json()["orders"]
            )
            for who, mine in (("EU1", caller), ("EU2", Caller(caller.base, caller.http, "EU2")))
        }
    assert names["EU1"] == 0
    assert names["EU2"] > 40
