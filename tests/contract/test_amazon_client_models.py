"""The client against Amazon's official model: every example reads, every name we use exists."""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from clients.amazon import wire_order
from clients.amazon.client import INCLUDED_DATA, AmazonClient, read_document, to_order
from clients.amazon.protocol import GET_ORDER, SEARCH_ORDERS, AmazonBug, Operation
from clients.amazon.wire import Wire
from domain.errors import NeedsHuman
from domain.order import Order, OrderStatus
from tests.contract.amazon_models import FOLDER, ORDERS, model, needs_models, sandbox
from tests.unit.clients_amazon.given import APPLICATION, SELLER, MemoryTokens

pytestmark = needs_models

SEARCH_PATH = "/orders/2026-01-01/orders"
GET_PATH = "/orders/2026-01-01/orders/{orderId}"
CREATED_AFTER = datetime(2024, 12, 20, tzinfo=UTC)


def answers(path: str) -> list[dict[str, Any]]:
    """The bodies of all official 200-examples of `path`."""
    ok = model()["paths"][path]["get"]["responses"]["200"]
    return [pair["response"] for pair in sandbox(path)] + list(ok["examples"].values())


def official_orders() -> list[dict[str, Any]]:
    if not (FOLDER / ORDERS).is_file():  # collected without the models, then skipped
        return []
    found = [order for body in answers(SEARCH_PATH) for order in body["orders"]]
    return found + [body["order"] for body in answers(GET_PATH)]


def client_answering(status: int, body: dict[str, Any]) -> AmazonClient:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "lwa.test":
            return httpx.Response(200, json={"access_token": "Atza|x", "expires_in": 3600})
        return httpx.Response(status, json=body)

    return AmazonClient(APPLICATION, MemoryTokens(), httpx.Client(transport=httpx.MockTransport(answer)))


def test_number_of_official_examples() -> None:
    assert (len(answers(SEARCH_PATH)), len(answers(GET_PATH))) == (4, 4)
    assert len(official_orders()) == 8


@pytest.mark.parametrize("raw", official_orders(), ids=lambda raw: str(raw["orderId"]))
def test_official_order_reads_and_adds_up(raw: dict[str, Any]) -> None:
    order = to_order(raw)
    assert order.order_id == raw["orderId"]
    assert order.created == datetime.fromisoformat(raw["createdTime"])
    assert len(order.items) == len(raw["orderItems"])
    for item, given in zip(order.items, raw["orderItems"], strict=True):
        assert item.total == Decimal(given["proceeds"]["proceedsTotal"]["amount"])
        assert sum(part.amount for part in item.breakdowns) == item.total
        assert (item.sku, item.quantity) == (given["product"]["sellerSku"], given["quantityOrdered"])
    assert order.grand_total == _total(order)
    assert order.currency == raw["proceeds"]["grandTotal"]["currencyCode"]


def _total(order: Order) -> Decimal:
    tips = (part.amount for part in order.order_breakdowns if part.kind == "DELIVERY_TIP")
    return sum((item.total or Decimal(0) for item in order.items), sum(tips, Decimal(0)))


def test_official_pages_through_the_client() -> None:
    for body in answers(SEARCH_PATH):
        page = client_answering(200, body).search_orders(SELLER, marketplace_ids=["A"], created_after=CREATED_AFTER)
        assert [read_document(order.document) for order in page.orders] == [to_order(raw) for raw in body["orders"]]
        assert [json.loads(order.document) for order in page.orders] == body["orders"]
        assert page.next_token == body.get("pagination", {}).get("nextToken")
        assert page.unnamed == 0


def test_official_order_answers_through_the_client() -> None:
    for body in answers(GET_PATH):
        order = client_answering(200, body).get_order(SELLER, body["order"]["orderId"])
        assert json.loads(order.document) == body["order"]
        assert order.status == body["order"]["fulfillment"]["fulfillmentStatus"]


def test_official_refusals_through_the_client() -> None:
    (search,) = sandbox(SEARCH_PATH, "400")
    with pytest.raises(AmazonBug, match="InvalidInput: Invalid Input"):
        client_answering(400, search["response"]).search_orders(
            SELLER, marketplace_ids=["A"], created_after=CREATED_AFTER
        )
    (get,) = sandbox(GET_PATH, "400")
    with pytest.raises(NeedsHuman) as raised:
        client_answering(400, get["response"]).get_order(SELLER, "TEST_CASE_400")
    assert raised.value.code == "bad_order"


def test_every_name_of_the_wire_models_is_in_the_official_model() -> None:
    seen = dict(_compared(wire_order.Order, "Order"))
    assert {model.__name__ for model in seen.values()} == {model.__name__ for model in _all_below(Wire)}
    for definition, ours in seen.items():
        official = model()["definitions"][definition]
        names = {field.alias: field.is_required() for field in ours.model_fields.values()}
        assert set(names) <= set(official["properties"]), definition
        required = {name for name, is_required in names.items() if is_required}
        assert required <= set(official.get("required", ())), definition


def _compared(ours: type[BaseModel], definition: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Walk our models and the official definitions side by side."""
    yield definition, ours
    properties = model()["definitions"][definition]["properties"]
    for field in ours.model_fields.values():
        for inner in _models_in(field.annotation):
            shape = properties[field.alias or ""]
            reference = (shape.get("items") or shape)["$ref"]
            yield from _compared(inner, reference.rsplit("/", 1)[1])


def _all_below(base: type[BaseModel]) -> set[type[BaseModel]]:
    direct = set(base.__subclasses__())
    return direct.union(*(_all_below(one) for one in direct))


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models_in(argument)


def test_our_statuses_are_amazons() -> None:
    enum = model()["definitions"]["FulfillmentStatus"]["enum"]
    assert sorted(status.value.upper() for status in OrderStatus) == sorted(enum)


@pytest.mark.parametrize("path", [SEARCH_PATH, GET_PATH])
def test_the_data_we_ask_for_exists(path: str) -> None:
    parameters = {entry["name"]: entry for entry in model()["paths"][path]["get"]["parameters"]}
    assert set(INCLUDED_DATA) <= set(parameters["includedData"]["items"]["enum"])


@pytest.mark.parametrize(("path", "operation"), [(SEARCH_PATH, SEARCH_ORDERS), (GET_PATH, GET_ORDER)])
def test_names_and_quotas_are_the_documented_ones(path: str, operation: Operation) -> None:
    official = model()["paths"][path]["get"]
    assert official["operationId"] == operation.name
    assert re.findall(r"\|\s*([\d.]+)\s*\|\s*(\d+)\s*\|", official["description"]) == [
        (str(operation.rate), str(operation.burst))
    ]
    assert operation.root is not None
    assert operation.root[0] in official["responses"]["200"]["examples"]["application/json"]
