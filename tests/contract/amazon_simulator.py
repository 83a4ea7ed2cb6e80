"""A caller of the simulated Amazon for its own tests: plain HTTP, no client of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from simulator.amazon import CLIENT_ID, CLIENT_SECRET, Seller, World, parse_seller, serve

ORDERS = "/orders/2026-01-01/orders"
EVERYTHING = (
    "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS"
)
LONG_AGO = "2020-01-01T00:00:00Z"
FAST = 1_000_000.0


def seller(
    seller_id: str = "EU1", region: str = "eu", places: str = "DE FR GB", orders: int = 0, **more: Any
) -> Seller:
    row = {"seller_id": seller_id, "refresh_token": f"Atzr|{seller_id}", "region": region, "orders": orders}
    return parse_seller(row | {"marketplaces": places.split()} | more)


class Caller:
    """Calls as one seller, with a token of its own."""

    def __init__(self, base: str, http: httpx.Client, seller_id: str) -> None:
        self.base = base
        self.http = http
        self.seller_id = seller_id
        self.token = ""

    def ask_token(self, **changes: str) -> httpx.Response:
        form = {
            "grant_type": "refresh_token",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": f"Atzr|{self.seller_id}",
        }
        form = {key: value for key, value in (form | changes).items() if value}
        return self.http.post(f"{self.base}/auth/o2/token", data=form)

    def get(self, path: str, params: Any = None) -> httpx.Response:
        if not self.token:
            self.token = self.ask_token().json()["access_token"]
        return self.http.get(f"{self.base}{path}", params=params, headers={"x-amz-access-token": self.token})

    def search(self, **params: Any) -> httpx.Response:
        if not {"createdAfter", "lastUpdatedAfter"} & set(params):
            params["lastUpdatedAfter"] = LONG_AGO
        return self.get(ORDERS, params)

    def order(self, order_id: str, included: str = EVERYTHING) -> httpx.Response:
        return self.get(f"{ORDERS}/{order_id}", {"includedData": included})

    def pages(self, **params: Any) -> list[dict[str, Any]]:
        answers = [self.search(**params)]
        while "pagination" in answers[-1].json():
            answers.append(self.search(**params, paginationToken=answers[-1].json()["pagination"]["nextToken"]))
        assert [answer.status_code for answer in answers] == [200] * len(answers)
        return [answer.json() for answer in answers]

    def sim(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.http.request(method, f"{self.base}/_sim/{path}", json=body)

    def fault(self, kind: str, operation: str = "*", **more: Any) -> None:
        assert self.sim("POST", "faults", {"kind": kind, "operation": operation, **more}).status_code == 200


@contextmanager
def calling(world: World, seller_id: str = "EU1") -> Iterator[Caller]:
    with serve(world) as base, httpx.Client(timeout=10, trust_env=False, verify=False) as http:
        yield Caller(base, http, seller_id)


def ids(page: dict[str, Any]) -> list[str]:
    return [order["orderId"] for order in page["orders"]]
