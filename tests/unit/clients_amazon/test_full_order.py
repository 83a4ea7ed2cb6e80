"""Every part of an order that is in use."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

from clients.amazon.client import read_document, to_order
from domain.order import Address, Breakdown, Buyer, Channel, Order, OrderItem, OrderStatus, TaxRegistration
from domain.shipment import KnownPackage
from tests.unit.clients_amazon.given import money, raw_order

FULL = raw_order(
    programs=["PRIME", "AMAZON_BUSINESS", ""],
    associatedOrders=[{"orderId": "302-0", "associationType": "REPLACEMENT_ORIGINAL_ID"}, {"associationType": "X"}],
    buyer={
        "buyerName": "Erika Muster",
        "buyerEmail": "e@marketplace.amazon.de",
        "buyerCompanyName": "Muster GmbH",
        "buyerPurchaseOrderNumber": "PO-7",
    },
    recipient={
        "deliveryAddress": {
            "name": "Erika Muster",
            "companyName": "Muster GmbH",
            "addressLine1": "",
            "addressLine2": "Hauptstr. 1",
            "addressLine3": "Hinterhaus",
            "city": "Köln",
            "districtOrCounty": "Nippes",
            "stateOrRegion": "NRW",
            "municipality": "M",
            "postalCode": "50733",
            "countryCode": "de",
            "phone": "+49 1",
            "addressType": "RESIDENTIAL",
        }
    },
    proceeds={
        "grandTotal": money("44.00"),
        "breakdowns": [{"type": "DELIVERY_TIP", "status": "FINALIZED", "subtotal": money("4.00")}],
    },
    fulfillment={
        "fulfillmentStatus": "PARTIALLY_SHIPPED",
        "fulfilledBy": "MERCHANT",
        "fulfillmentServiceLevel": "EXPEDITED",
        "shipByWindow": {"earliestDateTime": "2026-05-02T00:00:00Z", "latestDateTime": "2026-05-03T01:59:59+02:00"},
        "deliverByWindow": {"latestDateTime": "2026-05-06T21:59:59Z"},
    },
    tax={
        "taxRegistrations": [
            {
                "entityType": "BUYER",
                "legalName": "Muster GmbH",
                "taxRegistrationType": "VAT",
                "taxRegistrationNumber": "DE123",
                "taxRegistrationAddress": {"name": "Muster GmbH", "addressLine1": "Sitz 1", "countryCode": "de"},
            },
            {"entityType": "MERCHANT", "taxRegistrationType": "VAT"},
        ]
    },
    packages=[
        {
            "packageReferenceId": "41",
            "createdTime": "2026-05-01T09:00:00Z",
            "packageStatus": {"status": "IN_TRANSIT", "detailedStatus": "PICKED_UP"},
            "carrier": "DHL",
            "shipTime": "2026-05-01T09:10:00Z",
            "shippingService": "Paket",
            "trackingNumber": "00340434161094042557",
            "shipFromAddress": {"name": "Lager"},
            "packageItems": [{"orderItemId": "10", "quantity": 1, "transparencyCodes": ["c"]}],
        },
        {"packageReferenceId": "42"},
    ],
    orderItems=[
        {
            "orderItemId": "10",
            "quantityOrdered": 3,
            "programs": ["TRANSPARENCY"],
            "product": {
                "asin": "B000000001",
                "title": "Mug",
                "sellerSku": "SKU-1",
                "condition": {"conditionType": "USED", "conditionSubtype": "VERY_GOOD", "conditionNote": "scratch"},
                "price": {"unitPrice": money("10.00"), "priceDesignation": "BUSINESS_PRICE"},
                "serialNumbers": ["S1", "S2"],
                "customization": {"customizedUrl": "https://custom.test/zip"},
            },
            "proceeds": {
                "proceedsTotal": money("40.00"),
                "breakdowns": [
                    {"type": "ITEM", "subtotal": money("30.00")},
                    {
                        "type": "TAX",
                        "subtotal": money("10.00"),
                        "detailedBreakdowns": [
                            {"subtype": "ITEM", "value": money("8.00")},
                            {"subtype": "SHIPPING", "value": money("2.00")},
                        ],
                    },
                ],
            },
            "promotion": {"breakdowns": [{"promotionId": "P1"}, {"promotionId": ""}, {"promotionId": "P2"}]},
            "cancellation": {
                "cancellationRequest": {"requester": "BUYER", "cancelReason": "by mistake"},
                "cancellationExecution": {"cancelledBy": "MERCHANT", "cancelReason": "x"},
            },
            "fulfillment": {
                "quantityFulfilled": 1,
                "quantityUnfulfilled": 2,
                "packing": {"giftOption": {"giftMessage": "Alles Gute!", "giftWrapLevel": "PREMIUM"}},
                "shipping": {"internationalShipping": {"iossNumber": "IM123"}},
            },
            "tax": {
                "taxCalculationBreakdowns": [{"reportingScheme": "IOSS"}],
                "taxCollections": [{"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon Services, Inc."}],
            },
        }
    ],
)

EXPECTED = Order(
    order_id="302-1234567-1234567",
    created=datetime(2026, 5, 1, 8, tzinfo=UTC),
    updated=datetime(2026, 5, 1, 9, 30, tzinfo=UTC),
    sales_channel="AMAZON",
    marketplace_id="A1PA6795UKMFR9",
    status=OrderStatus.PARTIALLY_SHIPPED,
    channel=Channel.FBM,
    currency="EUR",
    items=(
        OrderItem(
            item_id="10",
            sku="SKU-1",
            title="Mug",
            quantity=3,
            asin="B000000001",
            condition="Used - Very good: scratch",
            unit_price=Decimal("10.00"),
            total=Decimal("40.00"),
            breakdowns=(
                Breakdown(kind="ITEM", amount=Decimal("30.00")),
                Breakdown(
                    kind="TAX",
                    amount=Decimal("10.00"),
                    details=(("ITEM", Decimal("8.00")), ("SHIPPING", Decimal("2.00"))),
                ),
            ),
            tax_collected_by_amazon=True,
            tax_scheme="IOSS",
            ioss_number="IM123",
            gift_message="Alles Gute!",
            gift_wrap_level="PREMIUM",
            quantity_fulfilled=1,
            quantity_unfulfilled=2,
            cancelled_by="MERCHANT",
            cancel_requested_by="BUYER",
            cancel_request_reason="by mistake",
            promotion_ids=("P1", "P2"),
            serial_numbers=("S1", "S2"),
            customization_url="https://custom.test/zip",
            programs=("TRANSPARENCY",),
        ),
    ),
    grand_total=Decimal("44.00"),
    order_breakdowns=(Breakdown(kind="DELIVERY_TIP", amount=Decimal("4.00")),),
    buyer=Buyer(name="Erika Muster", email="e@marketplace.amazon.de", company="Muster GmbH", purchase_order="PO-7"),
    address=Address(
        name="Erika Muster",
        company="Muster GmbH",
        lines=("Hauptstr. 1", "Hinterhaus"),
        city="Köln",
        district="Nippes",
        municipality="M",
        state="NRW",
        postal_code="50733",
        country_code="DE",
        phone="+49 1",
        kind="RESIDENTIAL",
    ),
    service_level="EXPEDITED",
    latest_ship=datetime(2026, 5, 2, 23, 59, 59, tzinfo=UTC),
    latest_delivery=datetime(2026, 5, 6, 21, 59, 59, tzinfo=UTC),
    programs=("PRIME", "AMAZON_BUSINESS"),
    replaces=(("REPLACEMENT_ORIGINAL_ID", "302-0"),),
    tax_registrations=(
        TaxRegistration(
            party="BUYER",
            kind="VAT",
            number="DE123",
            legal_name="Muster GmbH",
            address=Address(name="Muster GmbH", lines=("Sitz 1",), country_code="DE"),
        ),
    ),
    packages=(
        KnownPackage(
            package_ref="41",
            carrier="DHL",
            tracking="00340434161094042557",
            status="IN_TRANSIT",
            items=(("10", 1),),
            transparency_codes=("c",),
        ),
        KnownPackage(package_ref="42"),
    ),
)


def test_a_full_order() -> None:
    assert to_order(FULL) == EXPECTED
    assert read_document(json.dumps(FULL).encode()) == EXPECTED
