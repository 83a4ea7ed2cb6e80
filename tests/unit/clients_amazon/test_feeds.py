"""Feeds: what is sent, and what each answer becomes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from clients.amazon.client import AmazonClient, FeedPage, FeedState, FeedStatus
from domain.errors import AccountBroken, NeedsHuman, OutcomeUnknown, RetryLater, Throttled, Unavailable
from tests.unit.clients_amazon.given import DE, NOW, SELLER, FakeAmazon, client_of, errors
from tests.unit.clients_amazon.given_feeds import CALLS, DOCUMENT, FEED, HTML, STATE, create, failure


# ------------------------------------------------------------ every operation
@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("createFeedDocument", 2.0),
        ("createFeed", 1 / 0.0083),
        ("getFeed", 0.5),
        ("getFeeds", 1 / 0.0222),
        ("getFeedDocument", 1 / 0.0222),
    ],
)
def test_throttled(name: str, seconds: float) -> None:
    error = failure(CALLS[name], httpx.Response(429))
    assert type(error) is Throttled
    assert error.after == pytest.approx(seconds)


@pytest.mark.parametrize("name", CALLS)
def test_a_missing_role_is_the_account(name: str) -> None:
    error = failure(CALLS[name], httpx.Response(403, content=errors("Unauthorized", "Access is denied.")))
    assert type(error) is AccountBroken
    assert error.reason == f"Amazon refuses {name} to this account (403, Unauthorized: Access is denied.)"


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        (httpx.Response(503, content=HTML), False),
        (httpx.Response(500, content=HTML), True),
        (httpx.Response(200, content=HTML), True),
        (httpx.Response(200, content=b"{}"), True),
        (httpx.ReadTimeout("signed-4711"), False),
    ],
)
def test_only_a_lost_answer_to_create_feed_is_an_unknown_outcome(
    name: str, answer: httpx.Response | Exception, counted: bool
) -> None:
    error = failure(CALLS[name], answer)
    assert type(error) is (OutcomeUnknown if name == "createFeed" else Unavailable)
    assert isinstance(error, RetryLater)
    assert error.counted is counted


@pytest.mark.parametrize("name", CALLS)
def test_what_was_never_sent_had_no_effect(name: str) -> None:
    assert type(failure(CALLS[name], httpx.ConnectError("x"))) is Unavailable


# ------------------------------------------------------------ createFeed
def test_create_feed() -> None:
    amazon = FakeAmazon(httpx.Response(202, json={"feedId": "3485934"}))
    feed_id = client_of(amazon).create_feed(
        SELLER,
        feed_type="POST_ORDER_FULFILLMENT_DATA",
        marketplace_ids=[DE, "A13V1IB3VIYZZH"],
        document_id=DOCUMENT.document_id,
    )
    (request,) = amazon.requests
    assert feed_id == "3485934"
    assert (request.method, str(request.url)) == ("POST", "https://spapi.test/feeds/2021-06-30/feeds")
    assert request.content == (
        b'{"feedType": "POST_ORDER_FULFILLMENT_DATA", "marketplaceIds": ["A1PA6795UKMFR9", "A13V1IB3VIYZZH"],'
        b' "inputFeedDocumentId": "amzn1.tortuga.4.eu.0356cf79"}'
    )


@pytest.mark.parametrize("marketplace_ids", [[], [DE] * 26])
def test_a_feed_of_no_or_too_many_marketplaces_costs_no_call(marketplace_ids: list[str]) -> None:
    amazon = FakeAmazon()
    with pytest.raises(ValueError):
        create(client_of(amazon), marketplace_ids=marketplace_ids)
    assert (amazon.requests, amazon.token_requests) == ([], [])


@pytest.mark.parametrize("feed_id", ["", "../1", "a b"])
def test_an_unusable_feed_id_is_an_unknown_outcome(feed_id: str) -> None:
    assert type(failure(create, httpx.Response(202, json={"feedId": feed_id}))) is OutcomeUnknown


def test_a_refused_feed() -> None:
    error = failure(create, httpx.Response(400, content=errors("InvalidInput", "No such document")))
    assert isinstance(error, NeedsHuman)
    assert (error.code, error.reason) == (
        "feed_failed",
        "Amazon refuses this feed (400, InvalidInput: No such document)",
    )


# ------------------------------------------------------------ getFeed and getFeeds
def test_get_feed() -> None:
    amazon = FakeAmazon(httpx.Response(200, json=FEED))
    assert client_of(amazon).get_feed(SELLER, "3485934") == STATE
    (request,) = amazon.requests
    assert (request.method, str(request.url)) == ("GET", "https://spapi.test/feeds/2021-06-30/feeds/3485934")


@pytest.mark.parametrize(
    ("word", "ended"),
    [("IN_QUEUE", False), ("IN_PROGRESS", False), ("DONE", True), ("CANCELLED", True), ("FATAL", True)],
)
def test_every_state_and_whether_it_is_the_last(word: str, ended: bool) -> None:
    answer = {name: value for name, value in FEED.items() if name != "resultFeedDocumentId"}
    state = client_of(FakeAmazon(httpx.Response(200, json=answer | {"processingStatus": word}))).get_feed(
        SELLER, "3485934"
    )
    assert (state.status.value, state.status.ended, state.result_document_id) == (word, ended, None)


@pytest.mark.parametrize(
    ("word", "shown"), [("PAUSED", "PAUSED"), ("joe@example.com", "an unreadable word"), ("done", "done")]
)
@pytest.mark.parametrize("name", ["getFeed", "getFeeds"])
def test_a_state_of_the_future_is_for_a_person(name: str, word: str, shown: str) -> None:
    feed = FEED | {"processingStatus": word}
    error = failure(CALLS[name], httpx.Response(200, json=feed | {"feeds": [feed]}))
    assert isinstance(error, NeedsHuman)
    assert (error.code, error.reason) == ("feed_failed", f"a feed's status is {shown}, which is not known")


@pytest.mark.parametrize(
    "changes", [{"feedId": "7"}, {"createdTime": "yesterday"}, {"createdTime": None}, {"feedType": None}]
)
def test_a_feed_that_cannot_be_read(changes: dict[str, Any]) -> None:
    error = failure(CALLS["getFeed"], httpx.Response(200, json=FEED | changes))
    assert type(error) is Unavailable
    assert error.counted is True


@pytest.mark.parametrize("given", ["", "..", "../feeds", "1/2", "1?x", "ä", "1\n", "x" * 257])
@pytest.mark.parametrize(
    "call",
    [lambda client, given: client.get_feed(SELLER, given), lambda client, given: client.read_report(SELLER, given)],
)
def test_what_is_no_id_costs_no_call(call: Callable[[AmazonClient, str], object], given: str) -> None:
    amazon = FakeAmazon()
    with pytest.raises(NeedsHuman, match="this is no id of Amazon's") as raised:
        call(client_of(amazon), given)
    assert raised.value.code == "feed_failed"
    assert (amazon.requests, amazon.token_requests) == ([], [])


def test_find_feeds_of_some_marketplaces() -> None:
    amazon = FakeAmazon(httpx.Response(200, json={"feeds": []}))
    client_of(amazon).find_feeds(SELLER, "T", NOW, marketplace_ids=["A1PA6795UKMFR9", "A13V1IB3VIYZZH"])
    (asked,) = amazon.requests
    assert asked.url.params["marketplaceIds"] == "A1PA6795UKMFR9,A13V1IB3VIYZZH"


def test_find_feeds() -> None:
    running = {name: value for name, value in FEED.items() if name != "resultFeedDocumentId"}
    answer = {"feeds": [FEED, running | {"feedId": "2", "processingStatus": "IN_QUEUE"}], "nextToken": "n/+=1"}
    amazon = FakeAmazon(httpx.Response(200, json=answer), httpx.Response(200, json={"feeds": []}))
    client = client_of(amazon)
    page = client.find_feeds(SELLER, "POST_ORDER_FULFILLMENT_DATA", datetime(2026, 5, 1, 11, 55, tzinfo=UTC))
    queued = FeedState(
        feed_id="2",
        status=FeedStatus.IN_QUEUE,
        result_document_id=None,
        feed_type=STATE.feed_type,
        created=STATE.created,
    )
    assert page == FeedPage(feeds=(STATE, queued), next_token="n/+=1")
    assert client.find_feeds(SELLER, "ignored", NOW, page_token=page.next_token) == FeedPage(feeds=(), next_token=None)
    first, second = amazon.requests
    assert (first.method, first.url.path) == ("GET", "/feeds/2021-06-30/feeds")
    assert first.url.params.multi_items() == [
        ("feedTypes", "POST_ORDER_FULFILLMENT_DATA"),
        ("pageSize", "100"),
        ("createdSince", "2026-05-01T11:55:00Z"),
    ]
    assert second.url.params.multi_items() == [("nextToken", "n/+=1")]


@pytest.mark.parametrize("entries", [["x"], [None], [{}], [FEED, {"feedId": 1}]])
def test_found_feeds_that_cannot_be_read(entries: list[Any]) -> None:
    error = failure(CALLS["getFeeds"], httpx.Response(200, json={"feeds": entries}))
    assert type(error) is Unavailable
    assert error.counted is True
