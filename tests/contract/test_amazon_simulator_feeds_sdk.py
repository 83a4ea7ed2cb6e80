"""A second opinion: Amazon's own SDK confirms a shipment and brings a feed from its document to its report.

It runs in a process of its own, because importing it reconfigures logging.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from simulator.amazon import CLIENT_ID, CLIENT_SECRET, World, serve
from tests.contract.amazon_simulator import FAST, seller
from tests.contract.amazon_simulator_shipments import (
    ORDER_ID,
    PLACES,
    SHIP,
    XML,
    a_package,
    an_order,
    envelope,
    fulfillment,
)

SECOND = "303-0000000-0000002"

READER = """
import json, sys, urllib.request
from types import SimpleNamespace
from spapi import Configuration
Configuration.set_default(Configuration())  # one configuration, else every model object adds log handlers
from spapi import SPAPIClient
from spapi.api.feeds_v2021_06_30.feeds_api import FeedsApi
from spapi.api.orders_v0.orders_v0_api import OrdersV0Api
from spapi.models.feeds_v2021_06_30.create_feed_document_specification import CreateFeedDocumentSpecification
from spapi.models.feeds_v2021_06_30.create_feed_specification import CreateFeedSpecification

given = json.load(sys.stdin)
config = SimpleNamespace(client_id=given["client_id"], client_secret=given["client_secret"], grant_type=None,
                         refresh_token=given["refresh_token"], scope=None, region="EU")
client = SPAPIClient(config, oauth_endpoint=given["base"] + "/auth/o2/token", endpoint=given["base"])
OrdersV0Api(client.api_client).confirm_shipment(given["order"], given["confirmation"])
feeds = FeedsApi(client.api_client)
made = feeds.create_feed_document(CreateFeedDocumentSpecification(content_type=given["type"]))
put = urllib.request.Request(made.url, data=given["content"].encode(), method="PUT",
                             headers={"Content-Type": given["type"]})
put_status = urllib.request.urlopen(put, timeout=10).status
feed_id = feeds.create_feed(CreateFeedSpecification(
    feed_type=given["kind"], marketplace_ids=given["places"], input_feed_document_id=made.feed_document_id)).feed_id
feed = feeds.get_feed(feed_id)
listed = feeds.get_feeds(feed_types=[given["kind"]]).feeds
document = feeds.get_feed_document(feed.result_feed_document_id)
report = urllib.request.urlopen(document.url, timeout=10).read().decode()
print(json.dumps({"put": put_status, "status": feed.processing_status, "listed": [row.feed_id for row in listed],
                  "same": listed[0].feed_id == feed_id, "packed": document.compression_algorithm,
                  "report": report}))
"""


def test_amazons_sdk_ships_by_both_ways() -> None:
    one = seller("EU1")
    world = World((one,), seed=4, speed=FAST, feed_seconds=0.0)
    world.put("EU1", an_order(1))
    world.put("EU1", an_order(1, orderId=SECOND))
    content = envelope(fulfillment(order=f"<AmazonOrderID>{SECOND}</AmazonOrderID>"))
    with serve(world) as base:
        given = {
            "base": base, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": one.refresh_token,
            "order": ORDER_ID, "confirmation": {"marketplaceId": PLACES[0], "packageDetail": a_package(("1", 1))},
            "type": XML, "content": content.decode(), "kind": SHIP, "places": PLACES,
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", READER],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-2000:]
    read: dict[str, Any] = json.loads(done.stdout)
    assert {key: read[key] for key in ("put", "status", "same", "packed")} == {
        "put": 200, "status": "DONE", "same": True, "packed": None,
    }  # fmt: skip
    assert "<MessagesSuccessful>1</MessagesSuccessful>" in read["report"]
    for order_id in (ORDER_ID, SECOND):
        stored = world.order("EU1", order_id)
        assert stored is not None
        assert stored.raw["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert world.stats()["outbound"] == {"EU1": {"created": 2}}
