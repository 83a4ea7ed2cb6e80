"""What the tests of the Amazon client start from."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx

from clients.amazon.client import AmazonClient, Application, Page, Seller
from domain.access_token import AccessToken
from domain.marketplace import Region

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
SECRET = "client-secret-c5f1"
REFRESH = "Atzr|refresh-9d20"
ACCESS = "Atza|access-77aa"
BUYER_MAIL = "x7k2@marketplace.amazon.de"

DE = "A1PA6795UKMFR9"
AFTER = datetime(2026, 4, 30, tzinfo=UTC)

APPLICATION = Application("amzn1.client", SECRET, "https://lwa.test", {Region.EU: "https://spapi.test"})
SELLER = Seller("acme-eu", "A1SELLER", REFRESH, Region.EU)

Handler = Callable[[httpx.Request], httpx.Response]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class MemoryTokens:
    """The token store of one process."""

    def __init__(self) -> None:
        self.kept: dict[str, AccessToken] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def get(self, key: str) -> AccessToken | None:
        return self.kept.get(key)

    def put(self, key: str, token: AccessToken) -> None:
        self.kept[key] = token

    def forget(self, key: str) -> None:
        self.kept.pop(key, None)

    @contextmanager
    def acquire(self, key: str) -> Iterator[None]:
        with self._locks[key]:
            yield


class FakeAmazon:
    """Answers token requests with numbered tokens, and API requests with what it is told; keeps what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.lwa: list[httpx.Response] = []
        self.token_requests: list[dict[str, list[str]]] = []
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "lwa.test":
            self.token_requests.append(parse_qs(request.content.decode()))
            if self.lwa:
                return self.lwa.pop(0)
            return httpx.Response(
                200, json={"access_token": f"{ACCESS}-{len(self.token_requests)}", "expires_in": 3600}
            )
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def tokens_used(self) -> list[str]:
        return [request.headers["x-amz-access-token"] for request in self.requests]


def client_of(
    amazon: FakeAmazon, tokens: MemoryTokens | None = None, clock: Clock | None = None, **changes: Any
) -> AmazonClient:
    http = httpx.Client(transport=httpx.MockTransport(amazon))
    return AmazonClient(APPLICATION, tokens or MemoryTokens(), http, clock=clock or Clock(), **changes)


def search(client: AmazonClient, **changes: Any) -> Page:
    arguments: dict[str, Any] = {"marketplace_ids": [DE], "updated_after": AFTER} | changes
    return client.search_orders(SELLER, **arguments)


def errors(code: str, message: str = "", details: str = "") -> bytes:
    return json.dumps({"errors": [{"code": code, "message": message, "details": details}]}).encode()


def money(amount: Any, currency: str = "EUR") -> dict[str, Any]:
    return {"amount": amount, "currencyCode": currency}


def raw_item(**changes: Any) -> dict[str, Any]:
    return {
        "orderItemId": "10",
        "quantityOrdered": 2,
        "product": {"sellerSku": "SKU-1", "title": "Mug"},
        "proceeds": {
            "proceedsTotal": money("20.00"),
            "breakdowns": [{"type": "ITEM", "subtotal": money("20.00")}],
        },
    } | changes


def raw_order(order_id: str = "302-1234567-1234567", **changes: Any) -> dict[str, Any]:
    return {
        "orderId": order_id,
        "createdTime": "2026-05-01T08:00:00Z",
        "lastUpdatedTime": "2026-05-01T09:30:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "A1PA6795UKMFR9"},
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
        "buyer": {"buyerName": "Erika Muster", "buyerEmail": BUYER_MAIL},
        "orderItems": [raw_item()],
    } | changes


def page_answer(*orders: Any, next_token: str | None = None, headers: dict[str, str] | None = None) -> httpx.Response:
    body: dict[str, Any] = {"orders": list(orders), "lastUpdatedBefore": "2026-05-01T11:58:00Z"}
    if next_token is not None:
        body["pagination"] = {"nextToken": next_token}
    return httpx.Response(200, content=json.dumps(body), headers=headers)
