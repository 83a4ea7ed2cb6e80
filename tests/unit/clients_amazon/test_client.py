"""The client's calls, as Amazon sees them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from clients.amazon.client import AmazonClient, RawOrder
from clients.amazon.protocol import AmazonBug, PageTokenRefused
from domain.errors import AccountBroken, NeedsHuman, Throttled, TokenExpired, Unavailable
from tests.unit.clients_amazon.given import (
    ACCESS,
    AFTER,
    APPLICATION,
    DE,
    SELLER,
    Clock,
    FakeAmazon,
    MemoryTokens,
    client_of,
    errors,
    page_answer,
    raw_order,
    search,
)

ORDER_ID = "302-1234567-1234567"
FR = "A13V1IB3VIYZZH"
INCLUDED = "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX"
EXPIRED = errors("Unauthorized", "Denied.", "The access token you provided has expired.")


def order_answer(**changes: Any) -> httpx.Response:
    return httpx.Response(200, json={"order": raw_order(**changes)}, headers={"x-amzn-RateLimit-Limit": "0.5"})


def test_a_search_sends_these_parameters_and_no_others() -> None:
    amazon = FakeAmazon(page_answer())
    search(client_of(amazon), marketplace_ids=[DE, FR], updated_before=datetime(2026, 5, 1, 11, tzinfo=UTC))
    (request,) = amazon.requests
    assert (request.method, request.url.path) == ("GET", "/orders/2026-01-01/orders")
    assert dict(request.url.params.multi_items()) == {
        "marketplaceIds": f"{DE},{FR}",
        "includedData": INCLUDED,
        "maxResultsPerPage": "100",
        "lastUpdatedAfter": "2026-04-30T00:00:00Z",
        "lastUpdatedBefore": "2026-05-01T11:00:00Z",
    }
    assert len(request.url.params.multi_items()) == 5
    assert request.headers["x-amz-access-token"] == f"{ACCESS}-1"


def test_a_further_page_repeats_the_parameters_with_the_token() -> None:
    amazon = FakeAmazon(page_answer(), page_answer())
    client = client_of(amazon)
    window = {
        "updated_after": None,
        "created_after": datetime(2026, 4, 30, 2, 0, 0, 120_000, tzinfo=timezone(timedelta(hours=2))),
        "created_before": datetime(2026, 5, 1, tzinfo=UTC),
        "page_size": 7,
    }
    search(client, **window)
    search(client, **window, page_token="n/+=1")
    first, second = (dict(request.url.params.multi_items()) for request in amazon.requests)
    assert first["createdAfter"] == "2026-04-30T00:00:00.120Z"
    assert first["maxResultsPerPage"] == "7"
    assert second == first | {"paginationToken": "n/+=1"}


@pytest.mark.parametrize(
    "changes",
    [
        {"marketplace_ids": []},
        {"marketplace_ids": [DE] * 51},
        {"page_size": 0},
        {"page_size": 101},
        {"updated_after": None},
        {"created_after": AFTER},
        {"created_before": AFTER},
        {"updated_after": None, "updated_before": AFTER},
        {"updated_after": None, "created_after": AFTER, "updated_before": AFTER},
        {"updated_after": AFTER.replace(tzinfo=None)},
    ],
)
def test_arguments_amazon_would_refuse_cost_no_call(changes: dict[str, Any]) -> None:
    amazon = FakeAmazon()
    with pytest.raises(ValueError):
        search(client_of(amazon), **changes)
    assert (amazon.requests, amazon.token_requests) == ([], [])


def test_an_old_page_token() -> None:
    refusal = httpx.Response(400, content=errors("InvalidInput", "Invalid paginationToken"))
    with pytest.raises(PageTokenRefused):
        search(client_of(FakeAmazon(refusal)), page_token="n1")
    refusal = httpx.Response(400, content=errors("InvalidInput", "Invalid Input"))
    with pytest.raises(AmazonBug):
        search(client_of(FakeAmazon(refusal)))


def test_get_order() -> None:
    amazon = FakeAmazon(order_answer())
    order = client_of(amazon).get_order(SELLER, ORDER_ID)
    (request,) = amazon.requests
    assert (request.method, request.url.path) == ("GET", f"/orders/2026-01-01/orders/{ORDER_ID}")
    assert request.url.params.multi_items() == [("includedData", INCLUDED)]
    assert order == RawOrder(ORDER_ID, datetime(2026, 5, 1, 9, 30, tzinfo=UTC), DE, "UNSHIPPED", order.document, 0.5)
    assert json.loads(order.document) == raw_order()


@pytest.mark.parametrize("order_id", ["", " ", "..", "302/1", "302-1?x=1", "ä", "1" * 65, "302-1\n"])
def test_what_is_no_order_id_costs_no_call(order_id: str) -> None:
    amazon = FakeAmazon()
    with pytest.raises(NeedsHuman) as raised:
        client_of(amazon).get_order(SELLER, order_id)
    assert raised.value.code == "bad_order"
    assert (amazon.requests, amazon.token_requests) == ([], [])


@pytest.mark.parametrize("changes", [{"orderId": "302-other"}, {"orderId": None}])
def test_another_order_than_asked_for(changes: dict[str, Any]) -> None:
    with pytest.raises(Unavailable, match="without the order asked for") as raised:
        client_of(FakeAmazon(order_answer(**changes))).get_order(SELLER, ORDER_ID)
    assert raised.value.counted is True


def test_an_expired_token_is_replaced_by_the_next_attempt() -> None:
    amazon, tokens, clock = FakeAmazon(order_answer(), httpx.Response(403, content=EXPIRED)), MemoryTokens(), Clock()
    client = client_of(amazon, tokens, clock)
    client.get_order(SELLER, ORDER_ID)
    clock.move(minutes=50)
    with pytest.raises(TokenExpired) as raised:
        client.get_order(SELLER, ORDER_ID)
    assert (raised.value.after, raised.value.counted) == (0.0, False)
    amazon.answers.append(order_answer())
    client.get_order(SELLER, ORDER_ID)
    assert amazon.tokens_used == [f"{ACCESS}-1", f"{ACCESS}-1", f"{ACCESS}-2"]


def test_a_new_token_that_is_refused_uses_up_an_attempt() -> None:
    client = client_of(FakeAmazon(httpx.Response(403, content=EXPIRED)))
    with pytest.raises(TokenExpired) as raised:
        client.get_order(SELLER, ORDER_ID)
    assert (raised.value.after, raised.value.counted) == (None, True)


def test_a_refusal_of_the_account_leaves_its_token() -> None:
    tokens = MemoryTokens()
    client = client_of(FakeAmazon(httpx.Response(403, content=errors("Unauthorized", "Denied."))), tokens)
    with pytest.raises(AccountBroken):
        client.get_order(SELLER, ORDER_ID)
    assert len(tokens.kept) == 1


def test_throttling_is_handed_on() -> None:
    with pytest.raises(Throttled) as raised:
        search(client_of(FakeAmazon(httpx.Response(429))))
    assert raised.value.after == pytest.approx(178.571, abs=0.001)


def test_authorise_always_asks_and_shares_the_answer() -> None:
    amazon = FakeAmazon(order_answer())
    client = client_of(amazon)
    client.authorise(SELLER)
    client.authorise(SELLER)
    client.get_order(SELLER, ORDER_ID)
    assert len(amazon.token_requests) == 2
    assert amazon.tokens_used == [f"{ACCESS}-2"]


def test_authorise_tells_what_is_wrong() -> None:
    amazon = FakeAmazon()
    amazon.lwa = [httpx.Response(400, json={"error": "invalid_grant"})]
    with pytest.raises(AccountBroken, match="refuses the refresh token"):
        client_of(amazon).authorise(SELLER)


def test_threads_share_one_client() -> None:
    amazon = FakeAmazon()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "lwa.test":
            return amazon(request)
        return order_answer(orderId=request.url.path.rsplit("/", 1)[1])

    http = httpx.Client(transport=httpx.MockTransport(answer))
    client = AmazonClient(APPLICATION, MemoryTokens(), http)
    ids = [f"302-{number}" for number in range(64)]
    with ThreadPoolExecutor(16) as pool:
        assert [order.order_id for order in pool.map(lambda one: client.get_order(SELLER, one), ids)] == ids
    assert len(amazon.token_requests) == 1


def test_closing_leaves_a_given_pool_open() -> None:
    http = httpx.Client(transport=httpx.MockTransport(FakeAmazon()))
    with AmazonClient(APPLICATION, MemoryTokens(), http):
        pass
    assert http.is_closed is False
    with AmazonClient(APPLICATION, MemoryTokens()) as own:
        pass
    assert own._http.is_closed is True
