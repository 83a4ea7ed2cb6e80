"""Errors by name and by body, logins and versions, on every Odoo."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from clients.odoo.client import Odoo
from clients.odoo.errors import OdooBug, OdooRefused
from domain.errors import DatabaseBroken
from tests.contract.odoo_targets import Shop, Target, a_shop, a_target, connected  # noqa: F401  # fixtures

BUILTIN = "builtins.ValueError"
GONE = "Record does not exist or has been deleted.\n(Record: {}(99999999,), User: 2)"
ACCESS = "odoo.exceptions.AccessError"
HTTP = "werkzeug.exceptions."
NO_KEY = "User not authenticated, use an API Key with a Bearer Authorization header."


def error_of(answer: dict[str, Any]) -> dict[str, Any]:
    error = answer["error"]
    assert error["message"] == "Odoo Server Error"
    data: dict[str, Any] = error["data"]
    assert data["debug"]
    assert data["arguments"] == [data["message"]]
    assert data["context"] == {}
    return data


# (model, method, arguments), then (name, message) of 14 and of 19.
CALLS: list[tuple[tuple[Any, ...], tuple[str, str], tuple[str, str]]] = [
    (
        ("no.model", "search", []),
        ("odoo.exceptions.UserError", "Object no.model doesn't exist"),
        ("odoo.exceptions.UserError", "Object no.model doesn't exist"),
    ),
    (
        ("res.partner", "no_method"),
        ("builtins.AttributeError", "type object 'res.partner' has no attribute 'no_method'"),
        ("builtins.AttributeError", "The method 'res.partner.no_method' does not exist"),
    ),
    (
        ("res.partner", "_private"),
        ("odoo.exceptions.AccessError", "Private methods (such as _private) cannot be called remotely."),
        ("odoo.exceptions.AccessError", "Private methods (such as 'res.partner._private') cannot be called remotely."),
    ),
    (
        ("res.partner", "create", {"name": "x", "nope": 1}),
        (BUILTIN, "Invalid field 'nope' on model 'res.partner'"),
        (BUILTIN, "Invalid field 'nope' in 'res.partner'"),
    ),
    (
        ("res.partner", "write", [1], {"nope": 1}),
        (BUILTIN, "Invalid field 'nope' on model 'res.partner'"),
        ("builtins.KeyError", "nope"),
    ),
    (
        ("res.partner", "read", [1], ["nope"]),
        (BUILTIN, "Invalid field 'nope' on model 'res.partner'"),
        (BUILTIN, "Invalid field 'nope' on 'res.partner'"),
    ),
    (
        ("res.partner", "search", [["nope", "=", 1]]),
        (BUILTIN, "Invalid field res.partner.nope in leaf ('nope', '=', 1)"),
        (BUILTIN, "Invalid field res.partner.nope in condition ('nope', '=', 1)"),
    ),
    (
        ("res.partner", "search", [["parent_id.nope", "=", 1]]),
        (BUILTIN, "Invalid field res.partner.nope in leaf ('nope', '=', 1)"),
        (BUILTIN, "Invalid field res.partner.nope in condition ('nope', '=', 1)"),
    ),
    (
        ("res.partner", "search", [["name", "~~", 1]]),
        (BUILTIN, "Invalid leaf ('name', '~~', 1)"),
        (BUILTIN, "Invalid operator in condition ('name', '~~', 1)"),
    ),
    (
        ("res.partner", "create", {"name": "x", "type": "zzz"}),
        (BUILTIN, "Wrong value for res.partner.type: 'zzz'"),
        (BUILTIN, "Wrong value for res.partner.type: 'zzz'"),
    ),
    (
        ("ir.model.data", "check_object_reference", "no", "where"),
        (BUILTIN, "External ID not found in the system: no.where"),
        (BUILTIN, "External ID not found in the system: no.where"),
    ),
    (
        ("res.partner", "create", {}),
        ("odoo.exceptions.ValidationError", "res_partner_check_name"),
        ("odoo.exceptions.ValidationError", "The operation cannot be completed: Contacts require a name"),
    ),
    (
        ("res.partner", "write", [99999999], {"name": "x"}),
        ("odoo.exceptions.MissingError", GONE.format("res.partner")),
        ("odoo.exceptions.MissingError", GONE.format("res.partner")),
    ),
    (
        ("sale.order", "action_confirm", [99999999]),
        ("odoo.exceptions.MissingError", GONE.format("sale.order")),
        ("odoo.exceptions.MissingError", GONE.format("sale.order")),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("call", "fourteen", "nineteen"), CALLS, ids=[".".join(call[:2]) for call, _, _ in CALLS])
def test_errors_of_jsonrpc(
    target: Target, shop: Shop, call: tuple[Any, ...], fourteen: tuple[str, str], nineteen: tuple[str, str]
) -> None:
    model, method, *args = call
    answer = target.execute(model, method, *args)
    data = error_of(answer)
    assert (data["name"], data["message"]) == (fourteen if shop.old else nineteen)
    assert answer["error"]["code"] == (200 if shop.old else 0)


def test_a_missing_required_value_names_model_and_field(target: Target, shop: Shop) -> None:
    data = error_of(target.execute("crm.team", "create", {}))
    assert data["name"] == "odoo.exceptions.ValidationError"
    tail = "Model: Sales Team (crm.team), Field: Sales Team (name)"
    head = "The operation cannot be completed: Missing required value for the field 'Sales Team' (name)."
    assert data["message"].endswith(tail) if shop.old else data["message"].startswith(head)


def test_a_record_in_use_is_not_deleted(odoo: Odoo, shop: Shop) -> None:
    partner = shop.partner()
    shop.order(partner_id=partner)
    with pytest.raises(OdooRefused, match=r"Model: Sales Order|The troublemaker is: 'Sales Order'"):
        odoo.call("res.partner", "unlink", ids=[partner])
    assert odoo.search_read("res.partner", [["id", "=", partner]], ["id"]) == [{"id": partner}]


def test_login_and_database(target: Target) -> None:
    assert target.rpc("common", "authenticate", target.database, target.login, target.key, {})["result"] == 2
    assert target.rpc("common", "authenticate", target.database, target.login, "wrong", {})["result"] is False
    assert target.rpc("common", "login", target.database, target.login, "wrong")["result"] is False
    refused = error_of(target.execute("res.partner", "search", [], key="wrong"))
    assert (refused["name"], refused["message"]) == ("odoo.exceptions.AccessDenied", "Access Denied")
    absent = error_of(target.rpc("common", "authenticate", "no_such_db", target.login, target.key, {}))
    assert absent["name"] == "psycopg2.OperationalError"
    assert absent["message"].endswith('FATAL:  database "no_such_db" does not exist\n')


def test_the_version_is_told_without_login(target: Target, shop: Shop) -> None:
    series = "14.0" if shop.old else "19.0"
    told = target.rpc("common", "version")["result"]
    number = int(series.partition(".")[0])
    assert told == {
        "server_version": series,
        "server_version_info": [number, 0, 0, "final", 0, ""],
        "server_serie": series,
        "protocol_version": 1,
    }
    web = httpx.post(f"{target.url}/web/webclient/version_info", json={}, timeout=60)
    assert web.json()["result"] == told
    modern = httpx.get(f"{target.url}/web/version", timeout=60)
    if shop.old:
        assert not modern.headers["content-type"].startswith("application/json")
    else:
        assert modern.json() == {"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"}


def test_a_result_of_nothing_has_no_result(target: Target, shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods()})
    answer = target.execute("sale.order", "action_done" if shop.old else "action_lock", [order])
    assert answer.get("result", "nothing") == (True if shop.old else "nothing")
    assert "error" not in answer


# path, body, headers; then HTTP status, name, message.
JSON2: list[tuple[str, dict[str, Any], dict[str, str], tuple[int, str, str]]] = [
    (
        "res.partner/search", {"domain": []}, {"Authorization": ""},
        (401, HTTP + "Unauthorized", NO_KEY),
    ),
    (
        "res.partner/search", {"domain": []}, {"Authorization": "bearer wrong"},
        (401, HTTP + "Unauthorized", "Invalid apikey"),
    ),
    ("no.model/search", {"domain": []}, {}, (404, HTTP + "NotFound", "the model 'no.model' does not exist")),
    ("res.partner/nope", {}, {}, (404, HTTP + "NotFound", "The method 'res.partner.nope' does not exist")),
    (
        "res.partner/_nope", {}, {},
        (403, ACCESS, "Private methods (such as 'res.partner._nope') cannot be called remotely."),
    ),
    ("res.partner/search", {}, {}, (422, HTTP + "UnprocessableEntity", "missing a required argument: 'domain'")),
    (
        "res.partner/search", {"ids": [1], "domain": []}, {},
        (422, HTTP + "UnprocessableEntity", "cannot call res.partner.search with ids"),
    ),
    (
        "res.partner/create", {"vals_list": [{}]}, {},
        (422, "odoo.exceptions.ValidationError", "The operation cannot be completed: Contacts require a name"),
    ),
    (
        "res.partner/create", {"vals_list": [{"name": "x", "nope": 1}]}, {},
        (500, "builtins.ValueError", "Invalid field 'nope' in 'res.partner'"),
    ),
    (
        "sale.order/action_confirm", {"ids": [99999999]}, {},
        (404, "odoo.exceptions.MissingError", GONE.format("sale.order")),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "headers", "expected"), JSON2)
def test_errors_of_json2(
    target: Target, shop: Shop, path: str, body: dict[str, Any], headers: dict[str, str], expected: tuple[int, str, str]
) -> None:
    response = target.json2(path, body, **headers)
    if shop.old:
        assert response.status_code == 404
        return
    told = response.json()
    assert (response.status_code, told["name"], told["message"]) == expected
    assert set(told) == {"name", "message", "arguments", "context", "debug"}
    assert told["arguments"][0] == expected[2]


def test_json2_of_an_unknown_database_is_a_page(target: Target, shop: Shop) -> None:
    response = target.json2("res.partner/search", {"domain": []}, **{"X-Odoo-Database": "no_such_db"})
    assert response.status_code == 404
    # 14 has no JSON-2 at all; its 404 comes in a form of its own.
    assert shop.old or response.headers["content-type"].startswith("text/html")


def test_create_of_one_dict(target: Target, shop: Shop) -> None:
    """/jsonrpc gives one id for one dict; JSON-2 always a list."""
    made = target.execute("crm.tag", "create", {"name": f"One {shop.key}"})["result"]
    assert isinstance(made, int)
    if not shop.old:
        (other,) = target.json2("crm.tag/create", {"vals_list": {"name": f"Two {shop.key}"}}).json()
        assert other > made


def test_the_client_names_them(odoo: Odoo) -> None:
    with pytest.raises(OdooBug):
        odoo.call("res.partner", "no_method")
    with pytest.raises(DatabaseBroken):
        odoo.call("x_no_model", "search", domain=[])
    assert odoo.ref("no.where") is None


def test_reading_what_is_gone_gives_nothing(odoo: Odoo) -> None:
    assert odoo.call("res.partner", "read", ids=[99999999], fields=["name"]) == []
    assert odoo.call("crm.tag", "unlink", ids=[99999999]) is True
    assert odoo.call("crm.tag", "write", ids=[99999999], vals={"name": "x"}) is True
