"""Both protocols against the same expectations, without a network."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from clients.odoo.errors import Call, OdooBug, OdooRefused
from clients.odoo.http import http_client
from clients.odoo.json2 import Json2
from clients.odoo.jsonrpc import JsonRpc
from domain.errors import DatabaseBroken, OutcomeUnknown, Unavailable

KEY = "not-a-real-key-0123"
URL = "http://odoo.test:8069"
Handler = Callable[[httpx.Request], httpx.Response]


def json2(handler: Handler) -> Json2:
    http = http_client(timeout=1, connect_timeout=1, transport=httpx.MockTransport(handler))
    return Json2(http, url=URL, database="demo", key=KEY)


def jsonrpc(handler: Handler, url: str = URL) -> JsonRpc:
    http = http_client(timeout=1, connect_timeout=1, transport=httpx.MockTransport(handler))
    return JsonRpc(http, url=url, database="demo", key=KEY, version="14.0")


def both(handler: Handler) -> list[Json2 | JsonRpc]:
    return [json2(handler), jsonrpc(handler)]


class Answering:
    """A handler that keeps the requests and answers with `bodies` in turn."""

    def __init__(self, *bodies: Any, status: int = 200) -> None:
        self.bodies = list(bodies)
        self.status = status
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        body = self.bodies.pop(0)
        if isinstance(body, httpx.Response):
            return body
        return httpx.Response(self.status, json=body)

    @property
    def sent(self) -> list[Any]:
        return [json.loads(request.content) for request in self.requests]


def test_json2_names_everything() -> None:
    server = Answering([7])
    got = json2(server).call(Call("sale.order", "write"), [7], {"tz": "UTC"}, {"vals": {"note": "x"}})
    assert got == [7]
    request = server.requests[0]
    assert (request.method, str(request.url)) == ("POST", f"{URL}/json/2/sale.order/write")
    assert request.headers["Authorization"] == f"bearer {KEY}"
    assert request.headers["X-Odoo-Database"] == "demo"
    assert server.sent == [{"ids": [7], "context": {"tz": "UTC"}, "vals": {"note": "x"}}]


def test_json2_keeps_an_empty_list_of_ids_and_leaves_out_no_context() -> None:
    server = Answering(True)
    json2(server).call(Call("sale.order", "has_access"), [], None, {"operation": "read"})
    assert server.sent == [{"ids": [], "operation": "read"}]


def test_json2_follows_an_override_that_renames_the_values() -> None:
    name = "werkzeug.exceptions.UnprocessableEntity"
    wrong = httpx.Response(422, json={"name": name, "message": "missing a required argument: 'values'"})
    server = Answering(wrong, True, True)
    transport = json2(server)
    assert transport.call(Call("sale.order", "write"), [1], None, {"vals": {"a": 1}}) is True
    assert transport.call(Call("sale.order", "write"), [2], None, {"vals": {"a": 2}}) is True
    assert server.sent == [
        {"ids": [1], "vals": {"a": 1}},
        {"ids": [1], "values": {"a": 1}},
        {"ids": [2], "values": {"a": 2}},
    ]


def test_json2_asks_no_second_time_for_an_argument_that_is_really_missing() -> None:
    name = "werkzeug.exceptions.UnprocessableEntity"
    wrong = httpx.Response(422, json={"name": name, "message": "missing a required argument: 'domain'"})
    server = Answering(wrong)
    with pytest.raises(OdooBug) as caught:
        json2(server).call(Call("sale.order", "search"), None, None, {})
    assert caught.value.message == "missing a required argument: 'domain'"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("method", "ids", "named", "args", "rest"),
    [
        ("create", None, {"vals_list": [{"a": 1}]}, [[{"a": 1}]], {}),
        ("write", [1, 2], {"vals": {"a": 1}}, [[1, 2], {"a": 1}], {}),
        ("search", None, {"domain": [], "limit": 2}, [[]], {"limit": 2}),
        ("search_read", None, {"domain": [], "fields": ["x"], "limit": 2}, [[], ["x"]], {"limit": 2}),
        ("search_read", None, {"fields": ["x"]}, [], {"fields": ["x"]}),
        ("action_confirm", (5,), {}, [[5]], {}),
        ("fields_get", None, {"attributes": ["type"]}, [], {"attributes": ["type"]}),
        ("load", None, {"fields": ["id"], "data": [["a.b"]]}, [["id"], [["a.b"]]], {}),
    ],
)
def test_jsonrpc_turns_names_into_positions(
    method: str, ids: list[int] | None, named: dict[str, Any], args: list[Any], rest: dict[str, Any]
) -> None:
    server = Answering({"result": 3}, {"result": "done"})
    transport = jsonrpc(server)
    assert transport.login("bot") == 3
    assert transport.call(Call("sale.order", method), ids, {"tz": "UTC"}, named) == "done"
    login, call = (sent["params"] for sent in server.sent)
    assert login == {"service": "common", "method": "authenticate", "args": ["demo", "bot", KEY, {}]}
    whole = ["demo", 3, KEY, "sale.order", method, args, {**rest, "context": {"tz": "UTC"}}]
    assert call == {"service": "object", "method": "execute_kw", "args": whole}
    assert str(server.requests[0].url) == f"{URL}/jsonrpc"


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://odoo.test", "https://odoo.test/jsonrpc"),
        ("http://odoo.test", "http://odoo.test/jsonrpc"),
        ("https://odoo.test:8443", "https://odoo.test:8443/jsonrpc"),
        ("http://[::1]:8069", "http://[::1]:8069/jsonrpc"),
    ],
)
def test_jsonrpc_finds_the_port(url: str, asked: str) -> None:
    server = Answering({"result": {"server_version": "14.0"}})
    assert jsonrpc(server, url).version() == {"server_version": "14.0"}
    assert str(server.requests[0].url) == asked


def test_jsonrpc_refuses_a_wrong_login() -> None:
    with pytest.raises(DatabaseBroken) as caught:
        jsonrpc(Answering({"result": False})).login("bot")
    assert caught.value.reason == "Odoo refuses login and key"


def test_both_translate_odoos_fault() -> None:
    name, message = "odoo.exceptions.ValidationError", "The tax is archived."
    with pytest.raises(OdooRefused) as of_json2:
        json2(Answering({"name": name, "message": message}, status=422)).call(Call("a", "load"), None, None, {})
    body = {"error": {"code": 200, "message": "Odoo Server Error", "data": {"name": name, "message": message}}}
    with pytest.raises(OdooRefused) as of_jsonrpc:
        jsonrpc(Answering(body)).call(Call("a", "load"), None, None, {})
    assert of_json2.value.reason == of_jsonrpc.value.reason == "a.load: The tax is archived."


def test_an_error_without_data_is_our_bug() -> None:
    with pytest.raises(OdooBug) as caught:
        jsonrpc(Answering({"error": {"code": 404, "message": "404: Not Found"}})).call(Call("a", "b"), None, None, {})
    assert caught.value.name == "unknown"


@pytest.mark.parametrize(
    ("status", "method", "kind"),
    [
        (502, "load", OutcomeUnknown),
        (502, "search", Unavailable),
        (503, "load", Unavailable),
        (404, "load", DatabaseBroken),
    ],
)
def test_both_judge_a_page(status: int, method: str, kind: type[Exception]) -> None:
    def page(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, html="<h1>Sorry</h1>")

    for transport in both(page):
        with pytest.raises(kind) as caught:
            transport.call(Call("sale.order", method), None, None, {})
        assert type(caught.value) is kind


@pytest.mark.parametrize(("method", "kind"), [("load", OutcomeUnknown), ("search", Unavailable)])
def test_both_judge_half_an_answer(method: str, kind: type[Exception]) -> None:
    def half(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b'{"result": [1, 2', headers={"Content-Type": "application/json"})

    for transport in both(half):
        with pytest.raises(kind) as caught:
            transport.call(Call("sale.order", method), None, None, {})
        assert type(caught.value) is kind


@pytest.mark.parametrize(("method", "kind"), [("load", OutcomeUnknown), ("search", Unavailable)])
def test_both_judge_a_timeout(method: str, kind: type[Exception]) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    for transport in both(slow):
        with pytest.raises(kind) as caught:
            transport.call(Call("sale.order", method), None, None, {"data": "Jane Doe"})
        assert type(caught.value) is kind
        assert "Jane" not in str(caught.value)
        assert caught.value.__cause__ is None


def test_no_key_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("odoorpc", "odoorpc.rpc", "odoorpc.rpc.jsonrpclib", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    server = Answering({"result": 3}, {"result": 1})
    transport = jsonrpc(server)
    transport.login("bot")
    transport.call(Call("res.partner", "create"), None, None, {"vals_list": [{"name": "Jane Doe"}]})
    json2(Answering(1)).call(Call("res.partner", "create"), None, None, {"vals_list": [{"name": "Jane Doe"}]})
    assert KEY not in caplog.text
    assert "Jane Doe" not in caplog.text
    assert "httpx" in {record.name for record in caplog.records}


def test_no_cookie_is_kept() -> None:
    answer = {"result": 3}
    server = Answering(httpx.Response(200, json=answer, headers={"Set-Cookie": "session_id=abc; Path=/"}), answer)
    transport = jsonrpc(server)
    transport.login("bot")
    transport.login("bot")
    assert "cookie" not in server.requests[1].headers
