"""Feeds API 2021-06-30: requests that are refused, lists of feeds, quotas, the official model."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from simulator.amazon import clock
from tests.contract.amazon_models import complaints, model, needs_models
from tests.contract.amazon_simulator_shipments import (
    ACKNOWLEDGE,
    DOCUMENTS,
    FEEDS,
    PLACES,
    SHIP,
    XML,
    Shipper,
    an_order,
    envelope,
    fulfillment,
    shipping,
)

GOOD = envelope(fulfillment())


def fits(body: Any, definition: str) -> bool:
    return complaints(body, definition, name="feeds_2021-06-30.json") == []


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"feedType": None}, 400, "missing or empty value [feedType]"),
        ({"feedType": "POST_PRODUCT_DATA"}, 400, "feedType must be one of"),
        ({"marketplaceIds": []}, 400, "missing or empty value [marketplaceIds]"),
        ({"marketplaceIds": PLACES[0]}, 400, "invalid type [marketplaceIds]"),
        ({"marketplaceIds": PLACES * 9}, 400, "marketplaceIds has more than 25 values."),
        ({"marketplaceIds": ["ATVPDKIKX0DER"]}, 403, "Access to requested resource is denied."),
        ({"inputFeedDocumentId": "badDocumentId"}, 400, "inputFeedDocumentId is unknown"),
        ({"feedOptions": {"a": 1}}, 400, "invalid type [feedOptions]"),
    ],
)
def test_a_wrong_feed_is_refused(change: dict[str, Any], status: int, words: str) -> None:
    with shipping() as shipper:
        body = {"feedType": SHIP, "marketplaceIds": PLACES, "inputFeedDocumentId": shipper.document(GOOD)} | change
        answer = shipper.call("POST", FEEDS, body)
        error = answer.json()["errors"][0]
        assert answer.status_code == status
        assert words in f"{error['message']} {error['details']}"
        assert shipper.sim("GET", "stats").json()["feeds"] == {}


def test_documents_and_feeds_of_another_seller_are_out_of_reach() -> None:
    with shipping() as shipper:
        document_id = shipper.document(GOOD)
        shipper.submit(GOOD)
        feed_id = shipper.submit(GOOD)
        stranger = Shipper(shipper.base, shipper.http, "EU2")
        body = {"feedType": SHIP, "marketplaceIds": PLACES, "inputFeedDocumentId": document_id}
        assert stranger.call("POST", FEEDS, body).status_code == 400
        assert stranger.get(f"{DOCUMENTS}/{document_id}").status_code == 404
        assert stranger.get(f"{FEEDS}/{feed_id}").status_code == 404
        assert stranger.get(FEEDS, {"feedTypes": SHIP}).json() == {"feeds": []}
        stranger.submit(GOOD)
        assert stranger.submit(GOOD) == feed_id


def test_feeds_are_listed_newest_first_in_pages() -> None:
    with shipping(feed_seconds=600) as shipper:
        made = [shipper.submit(GOOD, SHIP if number % 2 else ACKNOWLEDGE, PLACES[:1]) for number in range(12)]
        shipper.call("DELETE", f"{FEEDS}/{made[1]}")
        both = {"feedTypes": f"{SHIP},{ACKNOWLEDGE}"}
        first = shipper.get(FEEDS, both).json()
        assert [feed["feedId"] for feed in first["feeds"]] == made[:1:-1]
        second = shipper.get(FEEDS, {"nextToken": first["nextToken"]}).json()
        assert [feed["feedId"] for feed in second["feeds"]] == [made[1], made[0]]
        assert set(second) == {"feeds"}

        def found(**query: str) -> list[str]:
            return [feed["feedId"] for feed in shipper.get(FEEDS, both | {"pageSize": "100"} | query).json()["feeds"]]

        assert found(feedTypes=SHIP) == made[::-1][::2]
        assert found(processingStatuses="CANCELLED,DONE") == [made[1]]
        assert found(marketplaceIds=PLACES[1]) == []
        assert found(createdSince=clock.stamp(clock.now() + timedelta(minutes=1))) == []
        assert found(createdUntil=clock.stamp(clock.now() - timedelta(minutes=1))) == []
        assert len(found(createdSince=clock.stamp(clock.now() - timedelta(days=200)))) == 12


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"feedTypes": SHIP, "nextToken": "x"},
        {"nextToken": "x"},
        {"feedTypes": SHIP, "pageSize": "0"},
        {"feedTypes": SHIP, "pageSize": "101"},
        {"feedTypes": SHIP, "pageSize": "many"},
        {"feedTypes": SHIP, "processingStatuses": "BAD_VALUE,DONE"},
        {"feedTypes": SHIP, "createdSince": "yesterday"},
        {"feedTypes": ",".join(f"A{number}" for number in range(11))},
        {"feedTypes": SHIP, "marketplaceIds": ",".join(PLACES * 4)},
    ],
)
def test_a_wrong_list_query_is_refused(query: dict[str, str]) -> None:
    with shipping() as shipper:
        assert shipper.get(FEEDS, query).status_code == 400


@pytest.mark.parametrize(
    ("operation", "method", "path", "burst", "rate"),
    [
        ("createFeedDocument", "POST", DOCUMENTS, 15, "5e-07"),
        ("createFeed", "POST", FEEDS, 15, "8.3e-09"),
        ("getFeeds", "GET", FEEDS, 10, "2.22e-08"),
        ("getFeedDocument", "GET", f"{DOCUMENTS}/x", 10, "2.22e-08"),
        ("getFeed", "GET", f"{FEEDS}/x", 15, "2e-06"),
        ("cancelFeed", "DELETE", f"{FEEDS}/x", 15, "2e-06"),
    ],
)
def test_the_quotas_are_amazons(operation: str, method: str, path: str, burst: int, rate: str) -> None:
    with shipping(speed=1e-6) as shipper:
        answers = [shipper.call(method, path, {} if method == "POST" else None) for _ in range(burst + 1)]
        assert [answer.status_code for answer in answers] == [400] * burst + [429]
        assert answers[0].headers["x-amzn-RateLimit-Limit"] == rate
        assert shipper.sim("GET", "stats").json()["calls"]["EU1"] == {operation: {"calls": burst + 1, "throttled": 1}}


def test_uploads_and_downloads_are_counted_and_never_throttled() -> None:
    with shipping(an_order(1), speed=1e-6) as shipper:
        url = shipper.call("POST", DOCUMENTS, {"contentType": XML}).json()["url"]
        for _ in range(20):
            assert shipper.http.put(url, content=GOOD, headers={"content-type": XML}).status_code == 200
        counted = shipper.sim("GET", "stats").json()["calls"]["EU1"]
        assert counted["uploadFeedDocument"] == {"calls": 20, "throttled": 0}


@needs_models
def test_answers_and_refusals_fit_the_official_model() -> None:
    with shipping(an_order(1)) as shipper:
        made = shipper.call("POST", DOCUMENTS, {"contentType": XML}).json()
        assert fits(made, "CreateFeedDocumentResponse")
        feed_id = shipper.submit(GOOD)
        feed = shipper.feed(feed_id)
        assert fits({"feedId": feed_id}, "CreateFeedResponse")
        assert fits(feed, "Feed")
        assert fits(shipper.get(FEEDS, {"feedTypes": SHIP}).json(), "GetFeedsResponse")
        assert fits(shipper.get(f"{DOCUMENTS}/{feed['resultFeedDocumentId']}").json(), "FeedDocument")
        for path in (f"{FEEDS}/x", f"{FEEDS}/1", FEEDS, f"{DOCUMENTS}/x", f"{DOCUMENTS}/amzn1.tortuga.4.x"):
            assert fits(shipper.get(path).json(), "ErrorList")


@needs_models
def test_the_official_refusals_are_refused() -> None:
    paths = model("feeds_2021-06-30.json")["paths"]
    with shipping() as shipper:
        seen = 0
        for path, operations in paths.items():
            for method, operation in operations.items():
                if method == "parameters":
                    continue
                for pair in operation["responses"]["400"]["x-amzn-api-sandbox"]["static"]:
                    given = {name: part["value"] for name, part in pair["request"]["parameters"].items()}
                    body = given.pop("body", None)
                    address = path.format(**given)
                    query = {name: ",".join(value) for name, value in given.items() if isinstance(value, list)}
                    answer = shipper.call(method.upper(), address, body, params=query)
                    assert (answer.status_code, fits(pair["response"], "ErrorList")) == (400, True)
                    seen += 1
        assert seen == 6
