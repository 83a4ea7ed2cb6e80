"""A seller who ships: confirmations and feeds to the simulated Amazon over plain HTTP, no client of ours."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree as ET

import httpx

from simulator.amazon import World, serve
from tests.contract.amazon_simulator import FAST, Caller, seller

FEEDS = "/feeds/2021-06-30/feeds"
DOCUMENTS = "/feeds/2021-06-30/documents"
XML = "text/xml; charset=UTF-8"
SHIP, ACKNOWLEDGE = "POST_ORDER_FULFILLMENT_DATA", "POST_ORDER_ACKNOWLEDGEMENT_DATA"
PLACES = ["A1PA6795UKMFR9", "A13V1IB3VIYZZH", "A1F83G8C2ARO7P"]
ORDER_ID = "303-0000000-0000001"
CREATED = "2026-01-10T08:00:00Z"


def an_order(*quantities: int, status: str = "UNSHIPPED", by: str = "MERCHANT", **more: Any) -> dict[str, Any]:
    """A German order with items 1, 2, ... of these quantities; each piece costs 10.00 EUR."""
    order: dict[str, Any] = {
        "orderId": ORDER_ID,
        "createdTime": CREATED,
        "lastUpdatedTime": "2026-01-10T09:00:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": PLACES[0], "marketplaceName": "Amazon.de"},
        "fulfillment": {"fulfillmentStatus": status, "fulfilledBy": by},
        "proceeds": proceeds(sum(quantities), "grandTotal"),
        "orderItems": [
            {
                "orderItemId": str(place),
                "quantityOrdered": quantity,
                "product": {"asin": "B000000000", "sellerSku": f"SKU-{place}"},
                "proceeds": proceeds(quantity),
                "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": quantity},
            }
            for place, quantity in enumerate(quantities, start=1)
        ],
    }
    return order | more


def proceeds(pieces: int, total: str = "proceedsTotal") -> dict[str, Any]:
    money = {"amount": f"{pieces * 10}.00", "currencyCode": "EUR"}
    return {total: money, "breakdowns": [{"type": "ITEM", "subtotal": money}]}


def a_package(*quantities: tuple[str, int], reference: Any = "1", **more: Any) -> dict[str, Any]:
    """packageDetail: (item, quantity) pairs; `more` replaces fields, None takes one away."""
    detail = {
        "packageReferenceId": reference,
        "carrierCode": "DHL",
        "trackingNumber": f"TRACK-{reference}",
        "shipDate": "2026-01-11T10:30:00Z",
        "orderItems": [{"orderItemId": item, "quantity": quantity} for item, quantity in quantities],
    }
    return {key: value for key, value in (detail | more).items() if value is not None}


class Shipper(Caller):
    """A caller who also posts, ships and feeds."""

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        if not self.token:
            self.token = self.ask_token().json()["access_token"]
        headers = {"x-amz-access-token": self.token}
        return self.http.request(method, f"{self.base}{path}", json=body, headers=headers, **more)

    def confirm(self, detail: Any, order_id: str = ORDER_ID, **more: Any) -> httpx.Response:
        body = {"marketplaceId": PLACES[0], "packageDetail": detail} | more
        body = {key: value for key, value in body.items() if value is not None}
        return self.call("POST", f"/orders/v0/orders/{order_id}/shipmentConfirmation", body)

    def truth(self, order_id: str = ORDER_ID) -> dict[str, Any]:
        """The order as the world has it."""
        orders = self.sim("GET", f"orders?seller={self.seller_id}").json()[self.seller_id]
        return next(copy.deepcopy(order) for order in orders if order["orderId"] == order_id)

    def outbound(self) -> dict[str, int]:
        return dict(self.sim("GET", "stats").json()["outbound"].get(self.seller_id, {}))

    def document(self, content: bytes, content_type: str = XML) -> str:
        """The id of an uploaded document."""
        made = self.call("POST", DOCUMENTS, {"contentType": content_type}).json()
        put = self.http.put(made["url"], content=content, headers={"content-type": content_type})
        assert (put.status_code, put.content) == (200, b"")
        return str(made["feedDocumentId"])

    def submit(self, content: bytes, kind: str = SHIP, places: list[str] | None = None) -> str:
        """The id of a feed."""
        body = {"feedType": kind, "marketplaceIds": places or PLACES, "inputFeedDocumentId": self.document(content)}
        made = self.call("POST", FEEDS, body)
        assert made.status_code == 202
        return str(made.json()["feedId"])

    def feed(self, feed_id: str) -> dict[str, Any]:
        return dict(self.get(f"{FEEDS}/{feed_id}").json())

    def report(self, feed_id: str) -> tuple[tuple[int, int, int], list[tuple[str, ...]]]:
        """(processed, successful, with error) of a feed that is done, and (message, code, order) of each failure."""
        feed = self.feed(feed_id)
        assert feed["processingStatus"] == "DONE"
        document = self.get(f"{DOCUMENTS}/{feed['resultFeedDocumentId']}").json()
        root = ET.fromstring(self.http.get(document["url"]).content)
        summary = [root.findtext(f".//Messages{name}") for name in ("Processed", "Successful", "WithError")]
        rows = [
            tuple(
                row.findtext(name) or "" for name in ("MessageID", "ResultMessageCode", "AdditionalInfo/AmazonOrderID")
            )
            for row in root.iter("Result")
        ]
        numbers = [int(number or -1) for number in summary]
        return (numbers[0], numbers[1], numbers[2]), rows


@contextmanager
def shipping(*orders: dict[str, Any], **world: Any) -> Iterator[Shipper]:
    """A seller EU1 with these orders, in a quick world where feeds take no time; EU2 is another."""
    options = {"seed": 5, "speed": FAST, "feed_seconds": 0.0} | world
    new = World((seller("EU1"), seller("EU2")), **options)
    for order in orders:
        new.put("EU1", order)
    with serve(new) as base, httpx.Client(timeout=10, trust_env=False, verify=False) as http:
        yield Shipper(base, http, "EU1")


def envelope(*messages: str, kind: str = "OrderFulfillment", merchant: str = "EU1") -> bytes:
    """A feed whose messages 1, 2, ... hold these bodies."""
    rows = "".join(
        f"<Message><MessageID>{number}</MessageID>{body}</Message>" for number, body in enumerate(messages, start=1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><AmazonEnvelope><Header><DocumentVersion>1.01</DocumentVersion>'
        f"<MerchantIdentifier>{merchant}</MerchantIdentifier></Header><MessageType>{kind}</MessageType>{rows}"
        "</AmazonEnvelope>"
    ).encode()


def fulfillment(
    *items: tuple[str, int],
    order: str = f"<AmazonOrderID>{ORDER_ID}</AmazonOrderID>",
    reference: str = "",
    carrier: str = "<CarrierCode>DHL</CarrierCode>",
    tracking: str = "T1",
    date: str = "2026-01-11T10:30:00Z",
) -> str:
    """An OrderFulfillment."""
    numbered = f"<MerchantFulfillmentID>{reference}</MerchantFulfillmentID>" if reference else ""
    rows = "".join(
        f"<Item><AmazonOrderItemCode>{item}</AmazonOrderItemCode><Quantity>{quantity}</Quantity></Item>"
        for item, quantity in items
    )
    return (
        f"<OrderFulfillment>{order}{numbered}<FulfillmentDate>{date}</FulfillmentDate><FulfillmentData>{carrier}"
        f"<ShipperTrackingNumber>{tracking}</ShipperTrackingNumber></FulfillmentData>{rows}</OrderFulfillment>"
    )


def acknowledgement(*items: str, status: str = "Failure", order_id: str = ORDER_ID) -> str:
    """An OrderAcknowledgement with the XML of these items."""
    rows = "".join(f"<Item>{item}</Item>" for item in items)
    return (
        f"<OrderAcknowledgement><AmazonOrderID>{order_id}</AmazonOrderID><StatusCode>{status}</StatusCode>{rows}"
        "</OrderAcknowledgement>"
    )
