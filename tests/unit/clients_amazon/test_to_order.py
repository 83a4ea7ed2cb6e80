"""Amazon's raw order -> domain order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from clients.amazon import wire_order
from clients.amazon.client import read_document, to_order
from domain.errors import NeedsHuman
from domain.marketplace import BY_CODE
from domain.order import Address, Channel, Order, OrderItem, OrderStatus
from domain.shipment import KnownPackage
from tests.unit.clients_amazon.given import raw_item, raw_order


def refusal(raw: dict[str, Any]) -> NeedsHuman:
    with pytest.raises(NeedsHuman) as raised:
        to_order(raw)
    assert raised.value.__context__ is None
    return raised.value


def item_of(**changes: Any) -> OrderItem:
    (item,) = to_order(raw_order(orderItems=[raw_item(**changes)])).items
    return item


SPARSE = Order(
    order_id="1",
    created=datetime(2026, 5, 1, 8, tzinfo=UTC),
    updated=datetime(2026, 5, 1, 9, 30, tzinfo=UTC),
    sales_channel="AMAZON",
    marketplace_id="",
    status=OrderStatus.PENDING,
    channel=Channel.FBA,
    currency="",
    items=(OrderItem(item_id="10", sku="", title="", quantity=0),),
)


@pytest.mark.parametrize("nothing", ["absent", None, "", " "])
def test_absent_null_and_empty_are_the_same(nothing: str | None) -> None:
    optional = (
        "programs", "associatedOrders", "buyer", "recipient", "proceeds", "tax", "packages", "payment", "orderAliases",
    )  # fmt: skip
    item_optional = ("programs", "proceeds", "promotion", "cancellation", "fulfillment", "tax", "expense")
    product = ("asin", "title", "sellerSku", "condition", "price", "serialNumbers", "customization")

    def empty(names: tuple[str, ...]) -> dict[str, Any]:
        return {} if nothing == "absent" else dict.fromkeys(names, nothing)

    raw = {
        "orderId": "1",
        "createdTime": "2026-05-01T08:00:00Z",
        "lastUpdatedTime": "2026-05-01T09:30:00Z",
        "salesChannel": {"channelName": "AMAZON"} | empty(("marketplaceId", "marketplaceName")),
        "fulfillment": {"fulfillmentStatus": "PENDING", "fulfilledBy": "AMAZON"}
        | empty(("fulfillmentServiceLevel", "shipByWindow", "deliverByWindow")),
        "orderItems": [{"orderItemId": "10", "quantityOrdered": 0, "product": empty(product)} | empty(item_optional)],
    } | empty(optional)
    assert to_order(raw) == SPARSE


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"quantityOrdered": "4"}, {"quantity": 4}),
        ({"orderItemId": 17198765432109}, {"item_id": "17198765432109"}),
        ({"isGift": "false", "unknown": {"deep": [1]}}, {"item_id": "10"}),
        ({"product": {"title": " A\0B \ud83d "}}, {"title": "AB ?"}),
        ({"product": {"title": "\x01A\tB\nC\x0b\x1f\x7f\ufffe\uffff\x85é"}}, {"title": "A\tB\nC\x85é"}),
        ({"fulfillment": {"quantityFulfilled": "", "quantityUnfulfilled": "2"}}, {"quantity_unfulfilled": 2}),
        ({"programs": [None, "TRANSPARENCY"]}, {"programs": ("TRANSPARENCY",)}),
        ({"product": {"serialNumbers": [7, "", "S"]}}, {"serial_numbers": ("7", "S")}),
    ],
)
def test_loose_types(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    item = item_of(**changes)
    assert {name: getattr(item, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("fulfillment", "code", "reason"),
    [
        ({"fulfillmentStatus": "TELEPORTED", "fulfilledBy": "AMAZON"}, "unknown_status",
         "fulfillment.fulfillmentStatus is TELEPORTED, which is not known"),
        ({"fulfillmentStatus": "Joe, Rue 7", "fulfilledBy": "AMAZON"}, "unknown_status",
         "fulfillment.fulfillmentStatus is an unreadable word, which is not known"),
        ({"fulfillmentStatus": "SHIPPED", "fulfilledBy": "ROBOT"}, "unknown_status",
         "fulfillment.fulfilledBy is ROBOT, which is not known"),
        ({"fulfillmentStatus": "SHIPPED"}, "bad_order", "fulfillment.fulfilledBy is missing"),
        ({"fulfilledBy": "AMAZON"}, "bad_order", "fulfillment.fulfillmentStatus is missing"),
        (None, "bad_order", "fulfillment.fulfillmentStatus is missing"),
    ],
)  # fmt: skip
def test_fulfilment_words(fulfillment: dict[str, str] | None, code: str, reason: str) -> None:
    error = refusal(raw_order(fulfillment=fulfillment))
    assert (error.code, error.reason) == (code, reason)
    assert error.remedy != ""


@pytest.mark.parametrize("status", list(OrderStatus))
@pytest.mark.parametrize(("by", "channel"), [("AMAZON", Channel.FBA), ("MERCHANT", Channel.FBM)])
def test_every_known_word(status: OrderStatus, by: str, channel: Channel) -> None:
    order = to_order(raw_order(fulfillment={"fulfillmentStatus": status.value.upper(), "fulfilledBy": by}))
    assert (order.status, order.channel) == (status, channel)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("orderId", None, "orderId (missing)"),
        ("createdTime", "yesterday", "createdTime (value_error)"),
        ("createdTime", 1714550400, "createdTime (value_error)"),
        ("lastUpdatedTime", "0001-01-01T00:00:00+05:00", "lastUpdatedTime (value_error)"),
        ("salesChannel", "", "salesChannel (missing)"),
        ("orderItems", None, "orderItems (missing)"),
        ("orderItems", {"a": 1}, "orderItems (tuple_type)"),
        ("orderItems", [raw_item(quantityOrdered=-1)], "orderItems.0.quantityOrdered (greater_than_equal)"),
        ("orderItems", [raw_item(quantityOrdered=None)], "orderItems.0.quantityOrdered (missing)"),
        ("orderItems", [raw_item(product=None)], "orderItems.0.product (missing)"),
        ("buyer", {"buyerName": {"first": "Joe"}}, "buyer.buyerName (string_type)"),
    ],
)
def test_unreadable_fields_are_named_without_their_values(name: str, value: Any, reason: str) -> None:
    error = refusal(raw_order(**{name: value}))
    assert (error.code, error.reason) == ("bad_order", f"unreadable fields: {reason}")


def test_the_wire_models_own_errors_hold_no_values_either() -> None:
    with pytest.raises(ValidationError) as raised:
        wire_order.Order.model_validate(raw_order(buyer={"buyerName": {"first": "Zaphod"}}))
    assert "Zaphod" not in str(raised.value)


def test_a_long_list_of_unreadable_fields_is_cut() -> None:
    error = refusal(raw_order(orderItems=[{"product": "Joe"} for _ in range(3)]))
    assert error.reason == (
        "unreadable fields: orderItems.0.orderItemId (missing), orderItems.0.quantityOrdered (missing),"
        " orderItems.0.product (model_type), orderItems.1.orderItemId (missing),"
        " orderItems.1.quantityOrdered (missing) and 4 more"
    )


def test_two_items_with_one_id() -> None:
    assert refusal(raw_order(orderItems=[raw_item(), raw_item()])).reason == "two items have the same orderItemId"


@pytest.mark.parametrize(
    ("tax", "collected", "scheme"),
    [
        (None, False, ""),
        ({"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]}, True, "MARKETPLACE_FACILITATOR"),
        ({"taxCollections": [{"model": "MarketplaceFacilitator"}]}, True, "MarketplaceFacilitator"),
        ({"taxCollections": [{"model": "LowValueGoods"}]}, True, "LowValueGoods"),
        ({"taxCollections": [{"model": "low_value_goods"}]}, True, "low_value_goods"),
        ({"taxCollections": [{"model": "OTHER"}]}, False, "OTHER"),
        ({"taxCollections": [{"model": "OTHER"}, {"model": "LowValueGoods"}]}, True, "LowValueGoods"),
        (
            {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR", "responsibleParty": ""}]},
            True,
            "MARKETPLACE_FACILITATOR",
        ),
        ({"taxCollections": [{"responsibleParty": "Amazon Services, Inc."}]}, True, "Amazon Services, Inc."),
        ({"taxCollections": [{"responsibleParty": "Seller Ltd."}]}, False, "Seller Ltd."),
        ({"taxCollections": [{"model": "STANDARD", "responsibleParty": "Amazon"}]}, False, "STANDARD"),
        ({"taxCollections": [{}]}, False, ""),
        ({"taxCollections": []}, False, ""),
        ({"taxCalculationBreakdowns": [{"reportingScheme": "ioss"}]}, True, "ioss"),
        ({"taxCalculationBreakdowns": [{"reportingScheme": "UOSS"}]}, True, "UOSS"),
        ({"taxCalculationBreakdowns": [{"reportingScheme": "VCS"}]}, False, "VCS"),
    ],
)
def test_who_collects_the_tax(tax: dict[str, Any] | None, collected: bool, scheme: str) -> None:
    item = item_of(tax=tax)
    assert (item.tax_collected_by_amazon, item.tax_scheme) == (collected, scheme)


@pytest.mark.parametrize(
    ("marketplace", "tax", "collected"),
    [
        ("US", None, True),
        ("US", {"taxCollections": []}, True),
        ("US", {"taxCollections": [{"model": ""}]}, True),
        ("US", {"taxCollections": [{"model": "STANDARD"}]}, False),
        ("US", {"taxCollections": [{"responsibleParty": "Seller Ltd."}]}, False),
        ("CA", None, False),
        ("AU", None, False),
        ("GB", None, False),
        ("DE", None, False),
        ("JP", None, False),
        ("", None, False),
    ],
)
def test_where_amazon_says_nothing_the_marketplaces_law_decides(
    marketplace: str, tax: dict[str, Any] | None, collected: bool
) -> None:
    found = BY_CODE[marketplace].id if marketplace else ""
    channel = {"channelName": "AMAZON", "marketplaceId": found}
    (item,) = to_order(raw_order(salesChannel=channel, orderItems=[raw_item(tax=tax)])).items
    assert item.tax_collected_by_amazon is collected


def test_an_ioss_number_says_that_amazon_has_collected_the_tax() -> None:
    item = item_of(fulfillment={"shipping": {"internationalShipping": {"iossNumber": "IM0400000007"}}})
    assert (item.tax_collected_by_amazon, item.tax_scheme, item.ioss_number) == (True, "IOSS", "IM0400000007")


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ({"conditionType": "NEW", "conditionSubtype": "NEW", "conditionNote": ""}, "New"),
        ({"conditionType": "NEW"}, "New"),
        ({"conditionSubtype": "OPEN_BOX"}, "Open box"),
        ({"conditionType": "USED", "conditionSubtype": "GOOD", "conditionNote": "note"}, "Used - Good: note"),
        ({"conditionNote": "note"}, "note"),
        ({}, ""),
    ],
)
def test_condition(condition: dict[str, str], text: str) -> None:
    assert item_of(product={"condition": condition}).condition == text


def test_brazil_street_from_its_parts_when_the_lines_are_empty() -> None:
    address = {
        "addressLine1": "",
        "extendedFields": {
            "streetName": "Rua das Flores", "streetNumber": "123", "complement": "Ap 45", "neighborhood": "Centro",
        },
    }  # fmt: skip
    order = to_order(raw_order(recipient={"deliveryAddress": address}))
    assert order.address == Address(lines=("Rua das Flores 123", "Ap 45"), district="Centro")


@pytest.mark.parametrize("recipient", [None, {}, {"deliveryAddress": {}}, {"deliveryAddress": {"name": " "}}])
def test_no_address(recipient: dict[str, Any] | None) -> None:
    assert to_order(raw_order(recipient=recipient)).address is None


@pytest.mark.parametrize(
    ("document", "reason"),
    [(b"{", "the kept document is no JSON"), (b"\xff", "the kept document is no JSON"),
     (b"[]", "the kept document is no order")],
)  # fmt: skip
def test_a_document_that_is_no_order(document: bytes, reason: str) -> None:
    with pytest.raises(NeedsHuman) as raised:
        read_document(document)
    assert (raised.value.code, raised.value.reason) == ("bad_order", reason)


@pytest.mark.parametrize(
    ("packages", "expected"),
    [
        (None, ()),
        ([], ()),
        ([None], ()),
        ([{"packageReferenceId": 41}], (KnownPackage(package_ref="41"),)),
        ([{"trackingNumber": "T", "packageStatus": {}}], (KnownPackage(package_ref="", tracking="T"),)),
        (
            [{"packageReferenceId": "1", "packageItems": [{"orderItemId": 10, "quantity": "2"}, {"quantity": 1}]}],
            (KnownPackage(package_ref="1", items=(("10", 2),)),),
        ),
    ],
)
def test_packages_with_gaps(packages: Any, expected: tuple[KnownPackage, ...]) -> None:
    assert to_order(raw_order(packages=packages)).packages == expected
