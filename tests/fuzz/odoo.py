"""What Odoo, or a proxy before it, answers: over both protocols, to every kind of call."""

from __future__ import annotations

from random import Random
from typing import Any

import httpx

from clients.odoo.accounts import read_cursors
from clients.odoo.client import Odoo
from clients.odoo.connecting import Connection, choose
from clients.odoo.errors import OdooBug
from clients.odoo.http import http_client
from clients.odoo.issues import read_issues
from clients.odoo.json2 import Json2
from clients.odoo.jsonrpc import JsonRpc
from domain.errors import SyncError
from tests.fuzz.boundary import Boundary
from tests.fuzz.mutate import body

_URL = "http://odoo.test:8069"
_ROWS = [{"id": 7, "name": "S1", "x_account": "a", "x_group": "all", "x_until": "2026-05-01 12:00:00"}]
_ISSUE = {
    "id": 7, "x_account": "a", "x_order_ref": "1", "x_marketplace": "DE", "x_code": "c", "x_reason": "r",
    "x_remedy": "m", "x_state": "open", "x_version": False, "x_since": "2026-05-01 12:00:00", "x_attempts": 1,
    "x_order_id": [5, "S5"],
}  # fmt: skip
_LOADED = {"ids": [7], "messages": [{"type": "error", "message": "no", "record": 0, "field": "name"}], "nextrow": 0}
_FIELDS = {"name": {"type": "char", "required": True, "readonly": False, "selection": [["a", "A"]]}}
_FAULT = {"name": "odoo.exceptions.ValidationError", "message": "no", "arguments": [], "debug": "Traceback"}
_VERSION = {"server_version": "19.0", "server_version_info": [19, 0, 0, "final", 0, ""], "protocol_version": 1}
_STATUSES = [200, 200, 200, 200, 200, 301, 400, 401, 403, 404, 422, 429, 500, 502, 503, 504]


def _client(rng: Random, value: Any) -> tuple[httpx.Client, bool]:
    """A server that answers `value`, or a fault, spoilt; and whether by /jsonrpc."""
    old = rng.random() < 0.5
    failed = rng.random() < 0.2
    fault = {"code": 200, "message": "Odoo Server Error", "data": _FAULT} if old else _FAULT
    told = {"error": fault} if old and failed else {"result": value} if old else fault if failed else value
    if old:
        told = {"jsonrpc": "2.0", "id": 1, **told}
    kind = rng.choice(["application/json", "application/json", "application/json; charset=utf-8", "text/html", ""])

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(rng.choice(_STATUSES), content=body(rng, told), headers={"content-type": kind})

    return http_client(timeout=1, connect_timeout=1, transport=httpx.MockTransport(answer)), old


def _odoo(rng: Random, value: Any) -> Odoo:
    http, old = _client(rng, value)
    transport = (
        JsonRpc(http, url=_URL, database="demo", key="k", version="14.0")
        if old
        else Json2(http, url=_URL, database="demo", key="k")
    )
    return Odoo(transport, version=(14, 0) if old else (19, 0), database="demo", uid=7, http=http)


def rows(rng: Random) -> None:
    """Records, of which the fields that were asked for are used."""
    odoo = _odoo(rng, _ROWS)
    for row in odoo.search_read("sale.order", [], ["name", "x_account"]):
        assert {"id", "name", "x_account"} <= row.keys()


def cursors(rng: Random) -> None:
    read_cursors(_odoo(rng, _ROWS), ["a"])


def issues(rng: Random) -> None:
    read_issues(_odoo(rng, [_ISSUE]), [])


def load(rng: Random) -> None:
    loaded = _odoo(rng, _LOADED).load("sale.order", ["id"], [["a"]])
    assert loaded.ids is None or len(loaded.ids) == 1


def fields(rng: Random) -> None:
    _odoo(rng, _FIELDS).first_field("sale.order", "name", "other")


def ref(rng: Random) -> None:
    _odoo(rng, ["sale.order", 7]).ref("base.main")


def write(rng: Random) -> None:
    _odoo(rng, True).call("sale.order", "write", ids=[7], vals={"note": "x"})


def login(rng: Random) -> None:
    http, _ = _client(rng, _VERSION)
    choose(Connection(_URL, "demo", "bot", "k"), http._transport)


_ALLOWED = (SyncError, OdooBug)
BOUNDARIES = [
    Boundary(f"Odoo: {attack.__name__}", attack, _ALLOWED, share=2, quiet=False)
    for attack in (rows, cursors, issues, load, fields, ref, write, login)
]
