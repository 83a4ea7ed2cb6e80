"""What the tests of feeds start from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from clients.amazon.client import AmazonClient, FeedDocument, FeedState, FeedStatus
from tests.unit.clients_amazon.given import DE, NOW, SELLER, FakeAmazon, client_of

UPLOAD = "https://docs.test/feed-1?X-Amz-Signature=signed-4711"
DOCUMENT = FeedDocument(document_id="amzn1.tortuga.4.eu.0356cf79", url=UPLOAD)
CONTENT = "<a>ö</a>".encode()
HTML = b"<html><body>Service Unavailable</body></html>"
FEED = {
    "feedId": "3485934",
    "feedType": "POST_ORDER_FULFILLMENT_DATA",
    "marketplaceIds": [DE],
    "createdTime": "2026-05-01T12:00:00.500Z",
    "processingStatus": "DONE",
    "resultFeedDocumentId": "amzn1.tortuga.4.eu.result",
}
STATE = FeedState(
    feed_id="3485934",
    status=FeedStatus.DONE,
    result_document_id="amzn1.tortuga.4.eu.result",
    feed_type="POST_ORDER_FULFILLMENT_DATA",
    created=datetime(2026, 5, 1, 12, 0, 0, 500_000, tzinfo=UTC),
)


def create(client: AmazonClient, **changes: Any) -> str:
    arguments: dict[str, Any] = {"feed_type": "T", "marketplace_ids": [DE], "document_id": "d"} | changes
    return client.create_feed(SELLER, **arguments)


CALLS: dict[str, Callable[[AmazonClient], object]] = {
    "createFeedDocument": lambda client: client.create_feed_document(SELLER),
    "createFeed": create,
    "getFeed": lambda client: client.get_feed(SELLER, "3485934"),
    "getFeeds": lambda client: client.find_feeds(SELLER, "T", NOW),
    "getFeedDocument": lambda client: client.read_report(SELLER, "d"),
}


def failure(call: Callable[[AmazonClient], object], *answers: httpx.Response | Exception) -> Exception:
    """The error of one call that uses up `answers`, none of them asked for twice."""
    amazon = FakeAmazon(*answers)
    with pytest.raises(Exception) as raised:
        call(client_of(amazon))
    assert (len(amazon.requests), amazon.answers) == (len(answers), [])
    assert raised.value.__context__ is None
    assert "signed-4711" not in f"{raised.value!r} {raised.value}"
    return raised.value
