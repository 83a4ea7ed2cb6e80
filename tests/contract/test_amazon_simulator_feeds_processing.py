"""What fulfilment feeds do to orders: packages, and a report that names each message that failed."""

from __future__ import annotations

import re

import pytest

from tests.contract.amazon_simulator_shipments import (
    DOCUMENTS,
    ORDER_ID,
    PLACES,
    SHIP,
    Shipper,
    a_package,
    an_order,
    envelope,
    fulfillment,
    shipping,
)

SECOND = "303-0000000-0000002"
OTHER_ORDER = f"<AmazonOrderID>{SECOND}</AmazonOrderID>"
ITEM_1 = "<AmazonOrderItemCode>1</AmazonOrderItemCode>"


def status(shipper: Shipper, order_id: str = ORDER_ID) -> str:
    return str(shipper.truth(order_id)["fulfillment"]["fulfillmentStatus"])


def packages(shipper: Shipper) -> list[tuple[str, str, list[tuple[str, int]]]]:
    return [
        (
            package["packageReferenceId"],
            package["trackingNumber"],
            [(row["orderItemId"], row["quantity"]) for row in package["packageItems"]],
        )
        for package in shipper.truth().get("packages", [])
    ]


def test_messages_are_applied_one_by_one_and_the_failed_are_named() -> None:
    with shipping(an_order(2, 1), an_order(1, orderId=SECOND, programs=["FBM_SHIP_PLUS"])) as shipper:
        feed_id = shipper.submit(
            envelope(
                fulfillment(("1", 1), reference="7", tracking="A"),
                fulfillment(order=OTHER_ORDER),
                fulfillment(("1", 2), reference="8"),
                fulfillment(order="<AmazonOrderID>303-0000000-0000009</AmazonOrderID>"),
                fulfillment(("1", 1), ("2", 1), reference="9", tracking="B"),
            )
        )
        assert shipper.report(feed_id) == (
            (5, 2, 3),
            [("2", "18000", SECOND), ("3", "18021", ORDER_ID), ("4", "18028", "303-0000000-0000009")],
        )
        assert packages(shipper) == [("7", "A", [("1", 1)]), ("9", "B", [("1", 1), ("2", 1)])]
        assert (status(shipper), status(shipper, SECOND)) == ("SHIPPED", "UNSHIPPED")
        assert shipper.outbound() == {"created": 2, "refused": 3}


def test_the_report_has_amazons_form() -> None:
    with shipping(an_order(1, status="PENDING")) as shipper:
        feed_id = shipper.submit(envelope(fulfillment()))
        document_id = shipper.feed(feed_id)["resultFeedDocumentId"]
        text = shipper.http.get(shipper.get(f"{DOCUMENTS}/{document_id}").json()["url"]).text
        assert re.sub(r">\s+<", "><", text.partition("\n")[2]).strip() == (
            "<AmazonEnvelope><Header><DocumentVersion>1.02</DocumentVersion><MerchantIdentifier>EU1</MerchantIdentifier>"
            "</Header><MessageType>ProcessingReport</MessageType><Message><MessageID>1</MessageID><ProcessingReport>"
            f"<DocumentTransactionID>{feed_id}</DocumentTransactionID><StatusCode>Complete</StatusCode>"
            "<ProcessingSummary><MessagesProcessed>1</MessagesProcessed><MessagesSuccessful>0</MessagesSuccessful>"
            "<MessagesWithError>1</MessagesWithError><MessagesWithWarning>0</MessagesWithWarning></ProcessingSummary>"
            "<Result><MessageID>1</MessageID><ResultCode>Error</ResultCode><ResultMessageCode>18000</ResultMessageCode>"
            f"<ResultDescription>Failed validation because order {ORDER_ID} is in status PENDING.</ResultDescription>"
            f"<AdditionalInfo><AmazonOrderID>{ORDER_ID}</AmazonOrderID></AdditionalInfo></Result></ProcessingReport>"
            "</Message></AmazonEnvelope>"
        )


def test_the_same_feed_again_edits_and_never_adds() -> None:
    with shipping(an_order(2)) as shipper:
        content = envelope(fulfillment(("1", 1), reference="7"), fulfillment(("1", 1), tracking="T2"))
        for _ in range(2):
            assert shipper.report(shipper.submit(content)) == ((2, 2, 0), [])
        assert packages(shipper) == [("7", "T1", [("1", 1)]), ("8", "T2", [("1", 1)])]
        assert shipper.report(shipper.submit(envelope(fulfillment(reference="7", tracking="T3")))) == ((1, 1, 0), [])
        assert packages(shipper)[0] == ("7", "T3", [("1", 1)])
        assert shipper.outbound() == {"created": 2, "edited": 1, "repeated": 2}


def test_feeds_and_confirmations_know_each_others_packages() -> None:
    with shipping(an_order(2)) as shipper:
        shipper.confirm(a_package(("1", 1), reference="4"))
        assert shipper.report(shipper.submit(envelope(fulfillment(("1", 2), reference="4")))) == ((1, 1, 0), [])
        assert packages(shipper) == [("4", "T1", [("1", 2)])]
        assert shipper.report(shipper.submit(envelope(fulfillment(reference="5")))) == (
            (1, 0, 1),
            [("1", "18021", ORDER_ID)],
        )


def test_without_items_all_that_is_left_is_shipped() -> None:
    with shipping(an_order(3, 1, 0)) as shipper:
        shipper.confirm(a_package(("1", 1)))
        assert shipper.report(shipper.submit(envelope(fulfillment()))) == ((1, 1, 0), [])
        assert packages(shipper)[1] == ("2", "T1", [("1", 2), ("2", 1)])
        assert status(shipper) == "SHIPPED"


def test_an_order_is_found_by_the_sellers_own_id() -> None:
    with shipping(an_order(1, orderAliases=[{"aliasId": "SO-1", "aliasType": "SELLER_ORDER_ID"}])) as shipper:
        report = shipper.report(shipper.submit(envelope(fulfillment(order="<MerchantOrderID>SO-2</MerchantOrderID>"))))
        assert report == ((1, 0, 1), [("1", "18028", "SO-2")])
        report = shipper.report(shipper.submit(envelope(fulfillment(order="<MerchantOrderID>SO-1</MerchantOrderID>"))))
        assert report == ((1, 1, 0), [])


def test_a_feed_reaches_the_orders_of_its_marketplaces_and_its_seller() -> None:
    with shipping(an_order(1)) as shipper:
        refused = ((1, 0, 1), [("1", "18028", ORDER_ID)])
        assert shipper.report(shipper.submit(envelope(fulfillment()), SHIP, PLACES[1:])) == refused
        stranger = Shipper(shipper.base, shipper.http, "EU2")
        assert stranger.report(stranger.submit(envelope(fulfillment(), merchant="EU2"))) == refused
        assert packages(shipper) == []


BODY = fulfillment()


@pytest.mark.parametrize(
    "message",
    [
        fulfillment(date="2026-01-11"),
        fulfillment(date=""),
        fulfillment(carrier="<CarrierName>Bote</CarrierName><CarrierCode>DHL</CarrierCode>"),
        fulfillment(reference="A1"),
        fulfillment(("1", 0)),
        fulfillment(order="<OrderID>1</OrderID>"),
        fulfillment(order=""),
        BODY.replace("</OrderFulfillment>", "<Note/></OrderFulfillment>"),
        BODY.replace("</OrderFulfillment>", "<Item><Quantity>1</Quantity></Item></OrderFulfillment>"),
        BODY.replace(
            "</OrderFulfillment>",
            f"<Item>{ITEM_1}{'<TransparencyCode>1</TransparencyCode>' * 11}</Item></OrderFulfillment>",
        ),
        BODY.replace("<FulfillmentData>", "<CODCollectionMethod>Cash</CODCollectionMethod><FulfillmentData>"),
        BODY.replace("</FulfillmentData>", "</FulfillmentData><CODCollectionMethod>Cash</CODCollectionMethod>"),
    ],
)
def test_a_message_that_breaks_the_schema_fails_alone(message: str) -> None:
    with shipping(an_order(1), an_order(1, orderId=SECOND)) as shipper:
        numbers, failed = shipper.report(shipper.submit(envelope(message, fulfillment(order=OTHER_ORDER))))
        assert (numbers, [row[:2] for row in failed]) == ((2, 1, 1), [("1", "5000")])
        assert (status(shipper), status(shipper, SECOND)) == ("UNSHIPPED", "SHIPPED")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (fulfillment(carrier="<CarrierCode>Kurier</CarrierCode>"), "18000"),
        (fulfillment(carrier="<CarrierCode>Other</CarrierCode>"), "18000"),
        (fulfillment(carrier=""), "18000"),
        (fulfillment(tracking=""), "18000"),
        (fulfillment(("9", 1)), "18000"),
        (fulfillment(("1", 2)), "18021"),
        (fulfillment(date="2026-01-09T00:00:00Z"), "18000"),
    ],
)
def test_the_rules_of_a_package_are_those_of_confirmations(message: str, code: str) -> None:
    with shipping(an_order(1)) as shipper:
        before = shipper.truth()
        assert shipper.report(shipper.submit(envelope(message))) == ((1, 0, 1), [("1", code, ORDER_ID)])
        assert shipper.truth() == before


def test_a_carriers_name_alone_is_enough_and_blocked_orders_fail_here_too() -> None:
    with shipping(an_order(1)) as shipper:
        content = envelope(fulfillment(carrier="<CarrierName>Bote</CarrierName>"))
        shipper.sim("POST", "shipments/refuse", {"seller": "EU1", "order": ORDER_ID})
        assert shipper.report(shipper.submit(content)) == ((1, 0, 1), [("1", "18000", ORDER_ID)])
        shipper.sim("POST", "shipments/refuse", {"seller": "EU1", "order": ORDER_ID, "refused": False})
        assert shipper.report(shipper.submit(content)) == ((1, 1, 0), [])
        assert shipper.truth()["packages"][0]["carrier"] == "Bote"


GOOD = envelope(fulfillment())


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not XML", GOOD[:-1], b"<a/>", b"<AmazonEnvelope/>", envelope(), envelope(fulfillment(), merchant="EU2"),
        envelope(fulfillment(), kind="OrderAcknowledgement"), envelope("<OrderAdjustment/>"),
        GOOD.replace(b"<MessageID>1</MessageID>", b"<MessageID>one</MessageID>"),
        GOOD.replace(b"<MessageID>1</MessageID>", b""),
        envelope(fulfillment(), fulfillment()).replace(b"<MessageID>2</MessageID>", b"<MessageID>1</MessageID>"),
        GOOD.replace(b"<DocumentVersion>1.01</DocumentVersion>", b""),
        GOOD.replace(b"</AmazonEnvelope>", b"<Extra/></AmazonEnvelope>"),
        GOOD.replace(b'encoding="UTF-8"', b'encoding="klingon"'),
        GOOD.replace(b"<AmazonEnvelope>", b'<!DOCTYPE a [<!ENTITY b "T1">]><AmazonEnvelope>').replace(b"T1<", b"&b;<"),
    ],
)  # fmt: skip
def test_a_feed_that_cannot_be_read_is_fatal_and_does_nothing(content: bytes) -> None:
    with shipping(an_order(1)) as shipper:
        before = shipper.truth()
        feed = shipper.feed(shipper.submit(content))
        assert feed["processingStatus"] == "FATAL"
        assert "resultFeedDocumentId" not in feed
        assert (shipper.truth(), shipper.outbound()) == (before, {})
