from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from clients.odoo.client import Connection
from clients.odoo.connecting import Choice, choose, parse_version
from domain.errors import DatabaseBroken, Unavailable

URL = "https://odoo.test"
DENIED = {"name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey"}


@dataclass
class Server:
    """A server of one version that knows one API key and one password."""

    version: list[Any]
    has_jsonrpc: bool = True
    asked: list[str] = field(default_factory=list)
    context: dict[str, Any] = field(default_factory=lambda: {"lang": "en_US", "uid": 7})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        new = int(str(self.version[0]).split("~")[-1]) >= 19
        if path == "/web/version" and new:
            return httpx.Response(200, json={"version_info": self.version})
        if path == "/jsonrpc" and self.has_jsonrpc:
            return self._jsonrpc(json.loads(request.content)["params"])
        if path.startswith("/json/2/") and new:
            if request.headers["Authorization"] != "bearer the-key":
                return httpx.Response(401, json=DENIED)
            return httpx.Response(200, json=[9] if path.endswith("/search") else self.context)
        return httpx.Response(404, html="<h1>Not Found</h1>")

    def _jsonrpc(self, params: dict[str, Any]) -> httpx.Response:
        if params["method"] == "version":
            return httpx.Response(200, json={"result": {"server_version_info": self.version}})
        assert params["method"] == "authenticate"
        return httpx.Response(200, json={"result": 7 if params["args"][2] in ("the-key", "the-password") else False})

    def choose(self, key: str, **more: Any) -> Choice:
        return choose(Connection(URL, "demo", "bot", key, **more), httpx.MockTransport(self))


@pytest.mark.parametrize(
    ("version", "parsed", "protocol"),
    [
        ([14, 0, 0, "final", 0, ""], (14, 0), "jsonrpc"),
        ([18, 0, 0, "final", 0, ""], (18, 0), "jsonrpc"),
        (["saas~18", 2, 0, "final", 0, ""], (18, 2), "jsonrpc"),
        ([19, 0, 0, "final", 0, ""], (19, 0), "json2"),
        (["saas~19", 1, 0, "final", 0, "e"], (19, 1), "json2"),
    ],
)
def test_the_version_chooses_the_protocol(version: list[Any], parsed: tuple[int, int], protocol: str) -> None:
    choice = Server(version).choose("the-key")
    assert (choice.version, choice.transport.name, choice.uid) == (parsed, protocol, 7)


def test_json2_needs_no_jsonrpc() -> None:
    server = Server([22, 0, 0, "final", 0, ""], has_jsonrpc=False)
    assert server.choose("the-key").transport.name == "json2"
    assert server.asked == ["/web/version", "/json/2/res.users/context_get"]


def test_a_password_falls_back_to_jsonrpc_while_there_is_one() -> None:
    assert Server([19, 0, 0, "final", 0, ""]).choose("the-password").transport.name == "jsonrpc"


@pytest.mark.parametrize("has_jsonrpc", [True, False])
def test_a_wrong_key_is_refused_with_a_remedy(has_jsonrpc: bool) -> None:
    server = Server([19, 0, 0, "final", 0, ""], has_jsonrpc=has_jsonrpc)
    with pytest.raises(DatabaseBroken) as caught:
        server.choose("another")
    assert caught.value.reason == "Odoo refuses the key: wrong, revoked or expired"
    assert "another" not in caught.value.remedy


def test_json2_alone_never_falls_back() -> None:
    server = Server([19, 0, 0, "final", 0, ""])
    with pytest.raises(DatabaseBroken):
        server.choose("the-password", protocol="json2")
    assert "/jsonrpc" not in server.asked


def test_jsonrpc_can_be_asked_for_on_a_new_server() -> None:
    assert Server([19, 0, 0, "final", 0, ""]).choose("the-key", protocol="jsonrpc").transport.name == "jsonrpc"


def test_the_user_is_looked_up_where_the_context_does_not_tell() -> None:
    assert Server([19, 0, 0, "final", 0, ""], context={"lang": "en_US"}).choose("the-key").uid == 9


def test_an_old_odoo_is_refused() -> None:
    with pytest.raises(DatabaseBroken) as caught:
        Server([13, 0, 0, "final", 0, ""]).choose("the-key")
    assert caught.value.reason == "Odoo 13 is too old"


@pytest.mark.parametrize("info", [None, [], ["master"], [19], "19.0", ["x", "y"]])
def test_a_version_nobody_knows_is_refused(info: Any) -> None:
    with pytest.raises(DatabaseBroken):
        parse_version(info)


@pytest.mark.parametrize(
    "url",
    [
        "odoo.test",
        "ftp://odoo.test",
        "https://",
        "https://me:pw@odoo.test",
        "https://odoo.test/odoo",
        "https://odoo.test?x=1",
    ],
)
def test_a_url_with_more_than_a_host_is_refused(url: str) -> None:
    with pytest.raises(DatabaseBroken) as caught:
        choose(Connection(url, "demo", "bot", "the-key"), httpx.MockTransport(Server([19, 0])))
    assert "pw" not in str(caught.value)


def test_a_closing_slash_is_taken_off() -> None:
    server = Server([19, 0, 0, "final", 0, ""])
    choose(Connection(f"{URL}/", "demo", "bot", "the-key"), httpx.MockTransport(server))
    assert server.asked[0] == "/web/version"


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_server_that_is_away(status: int) -> None:
    def away(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, html="<h1>Bad Gateway</h1>")

    with pytest.raises(Unavailable):
        choose(Connection(URL, "demo", "bot", "the-key"), httpx.MockTransport(away))


def test_a_server_that_does_not_listen() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(Unavailable) as caught:
        choose(Connection(URL, "demo", "bot", "the-key"), httpx.MockTransport(refuse))
    assert caught.value.counted is False


def test_a_connection_hides_its_key() -> None:
    assert "the-key" not in repr(Connection(URL, "demo", "bot", "the-key"))
