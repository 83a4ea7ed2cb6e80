from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import pytest

from clients.odoo.client import Connection, FieldInfo, Loaded, LoadMessage, Odoo, connect
from clients.odoo.errors import OdooBug
from domain.errors import Conflict, OutcomeUnknown, Unavailable
from tests.unit.clients_odoo.fakes import fake_odoo


@pytest.mark.parametrize(("update", "mode"), [(False, "update"), (True, "init")])
def test_load_creates_or_updates_in_utc_and_keeps_the_callers_context(update: bool, mode: str) -> None:
    odoo, transport = fake_odoo({"res.partner.load": {"ids": [4, 5], "messages": []}})
    rows = [("a.b", "x"), ("a.c", "y")]
    loaded = odoo.load("res.partner", ("id", "name"), rows, update=update, context={"tz": "Asia/Tokyo", "lang": "de"})
    assert loaded == Loaded((4, 5), ())
    named = {"fields": ["id", "name"], "data": [["a.b", "x"], ["a.c", "y"]]}
    context = {"mode": mode, "noupdate": True, "tz": "UTC", "lang": "de"}
    assert transport.asked == [("res.partner.load", None, named, context)]


def test_load_of_nothing_asks_nothing() -> None:
    odoo, transport = fake_odoo({})
    assert odoo.load("res.partner", ["id"], []) == Loaded((), ())
    assert transport.asked == []


def test_load_gives_back_what_odoo_refuses() -> None:
    told = [{"type": "error", "message": "No name " + "x" * 600, "record": 1, "rows": {"from": 1, "to": 1}}]
    odoo, _ = fake_odoo({"res.partner.load": {"ids": False, "messages": told}})
    message = LoadMessage("error", ("No name " + "x" * 600)[:500], 1, "")
    assert odoo.load("res.partner", ["id"], [["a"], ["b"]]) == Loaded(None, (message,))


@pytest.mark.parametrize(
    "text",
    [
        "could not serialize access due to concurrent update",
        "deadlock detected\nDETAIL: …",
        "konnte Zugriff nicht serialisieren wegen gleichzeitiger Aktualisierung",
        "n'a pas pu sérialiser un accès à cause d'une mise à jour en parallèle",
        "no se pudo serializar el acceso debido a un update concurrente",
    ],
)
def test_load_that_lost_a_race_is_retried(text: str) -> None:
    odoo, _ = fake_odoo({"res.partner.load": {"ids": False, "messages": [{"type": "error", "message": text}]}})
    with pytest.raises(Conflict) as caught:
        odoo.load("res.partner", ["id"], [["a"]])
    assert type(caught.value) is Conflict
    assert caught.value.counted is True


def test_a_warning_about_serialisation_is_no_lost_race() -> None:
    told = [{"type": "warning", "message": "could not serialize", "record": 0, "field": "name"}]
    odoo, _ = fake_odoo({"res.partner.load": {"ids": [1], "messages": told}})
    loaded = odoo.load("res.partner", ["id"], [["a"]])
    assert loaded == Loaded((1,), (LoadMessage("warning", "could not serialize", 0, "name"),))


def test_search_read_sends_only_what_is_asked() -> None:
    odoo, transport = fake_odoo({"sale.order.search_read": [{"id": 1, "name": "S1"}]})
    assert odoo.search_read("sale.order", [("id", "=", 1)], ("name",)) == [{"id": 1, "name": "S1"}]
    odoo.search_read("sale.order", [], ["name"], limit=3, order="id desc", context={"active_test": False})
    assert [(asked[2], asked[3]) for asked in transport.asked] == [
        ({"domain": [("id", "=", 1)], "fields": ["name"]}, {}),
        ({"domain": [], "fields": ["name"], "limit": 3, "order": "id desc"}, {"active_test": False}),
    ]


@pytest.mark.parametrize("answer", [None, False, {}, "rows", [7], [["id", 1]], [{"id": 1}], [{"name": "S1"}]])
def test_rows_of_another_form_are_no_answer(answer: Any) -> None:
    odoo = answering(answer)
    with pytest.raises(Unavailable, match="another form"):
        odoo.search_read("sale.order", [], ["name"])


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"messages": None}, {"messages": ["x"]}, {"messages": [], "ids": [7, 8]}, {"ids": ["7"]}]
)
def test_a_load_of_another_form_may_have_written(answer: Any) -> None:
    odoo = answering(answer)
    with pytest.raises(OutcomeUnknown, match="another form"):
        odoo.load("sale.order", ["id"], [["a"]])


def answering(answer: Any) -> Odoo:
    """An Odoo whose transport hands on whatever came."""
    odoo, transport = fake_odoo({})
    transport.call = lambda *_: answer  # type: ignore[method-assign]  # one answer, whatever is asked
    return odoo


def test_fields_are_asked_once_until_forgotten() -> None:
    told = {
        "state": {"type": "selection", "selection": [["draft", "Draft"]], "required": True, "readonly": False},
        "tax_ids": {"type": "many2many", "relation": "account.tax"},
    }
    odoo, transport = fake_odoo({"sale.order.fields_get": told})
    assert odoo.fields("sale.order")["state"] == FieldInfo("selection", "", True, False, (("draft", "Draft"),))
    assert odoo.first_field("sale.order", "tax_id", "tax_ids") == "tax_ids"
    assert len(transport.asked) == 1
    odoo.forget()
    assert odoo.fields("sale.order")["tax_ids"] == FieldInfo("many2many", "account.tax", False, False)
    assert len(transport.asked) == 2
    with pytest.raises(OdooBug) as caught:
        odoo.first_field("sale.order", "a", "b")
    assert caught.value.message == "sale.order has none of the fields a, b"


@pytest.mark.parametrize(("answer", "found"), [(["res.company", 3], 3), (["res.company", False], None)])
def test_ref_finds_archived_records_too(answer: Any, found: int | None) -> None:
    odoo, transport = fake_odoo({"ir.model.data.check_object_reference": answer})
    assert odoo.ref("base.main_company") == found
    named = {"module": "base", "xml_id": "main_company"}
    assert transport.asked == [("ir.model.data.check_object_reference", None, named, {"active_test": False})]


def test_an_absent_ref_is_none_and_any_other_bug_is_loud() -> None:
    absent, _ = fake_odoo({"ir.model.data.check_object_reference": OdooBug("builtins.ValueError", "")})
    assert absent.ref("base.nope") is None
    loud, _ = fake_odoo({"ir.model.data.check_object_reference": OdooBug("builtins.TypeError", "")})
    with pytest.raises(OdooBug):
        loud.ref("base.nope")


class _Odoo19(BaseHTTPRequestHandler):
    """The least of an Odoo 19, with keep-alive, that counts its connections."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # one packet per answer: no waiting for acknowledgements
    connections = 0
    lock = Lock()

    def setup(self) -> None:
        with _Odoo19.lock:
            _Odoo19.connections += 1
        super().setup()

    def do_GET(self) -> None:
        self._answer({"version_info": [19, 0, 0, "final", 0, ""]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/jsonrpc":
            args = body["params"]["args"]
            self._answer({"result": 7 if len(args) == 4 else args[5]})
        elif self.path.endswith("context_get"):
            self._answer({"uid": 7})
        else:
            self._answer(body["ids"])

    def _answer(self, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any, **named: Any) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def server_url() -> Iterator[str]:
    _Odoo19.connections = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Odoo19)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize(("protocol", "wrapped"), [("json2", False), ("jsonrpc", True)])
def test_one_connection_serves_many_calls_and_threads_do_not_mix_answers(
    server_url: str, protocol: Any, wrapped: bool
) -> None:
    odoo = connect(Connection(server_url, "demo", "bot", "key", protocol=protocol))
    for number in range(20):
        answer = odoo.call("res.partner", "read", ids=[number])
        assert answer == ([[number]] if wrapped else [number])
    assert _Odoo19.connections == 1
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: odoo.call("res.partner", "read", ids=[number]), range(200)))
    assert answers == [[[number]] if wrapped else [number] for number in range(200)]
    assert _Odoo19.connections <= 8
    odoo.close()
