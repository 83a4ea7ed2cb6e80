"""Databases for the Odoo contract: the simulated 14 and 19 always, the real ones with `-m odoo`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest

from clients.odoo.client import Connection, Odoo, connect
from simulator.odoo.app import KEY, LOGIN, database, serve

_REAL = {"real-19": "ODOO_TEST_19", "real-14": "ODOO_TEST_14"}
_SIMULATED = {"simulated-19": 19, "simulated-14": 14}
TARGETS = [*_SIMULATED, *(pytest.param(name, marks=pytest.mark.odoo) for name in _REAL)]


@dataclass(frozen=True)
class Target:
    """A database and its administrator."""

    url: str
    database: str
    login: str
    key: str = field(repr=False)

    def rpc(self, service: str, method: str, *args: Any) -> Any:
        """The bare answer of /jsonrpc."""
        params = {"service": service, "method": method, "args": args}
        body = {"jsonrpc": "2.0", "method": "call", "id": 7, "params": params}
        return httpx.post(f"{self.url}/jsonrpc", json=body, timeout=60).json()

    def execute(self, model: str, method: str, *args: Any, key: str | None = None) -> Any:
        """The bare answer of a call as the administrator (user 2)."""
        return self.rpc("object", "execute_kw", self.database, 2, key or self.key, model, method, args)

    def json2(self, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> httpx.Response:
        """The bare answer of JSON-2."""
        given = {"Authorization": f"bearer {self.key}", "X-Odoo-Database": self.database, **headers}
        sent = {name: value for name, value in given.items() if value}
        return httpx.post(f"{self.url}/json/2/{path}", json=body or {}, headers=sent, timeout=60)


@pytest.fixture(scope="module", params=TARGETS, name="target")
def a_target(request: pytest.FixtureRequest) -> Iterator[Target]:
    name = request.param
    if name in _REAL:
        given = os.environ.get(_REAL[name])
        if not given:
            pytest.fail(f"{_REAL[name]} is not set: run `make test-odoo`")
        yield Target(**json.loads(given))
        return
    with serve(database(_SIMULATED[name])) as url:
        yield Target(url, "demo", LOGIN, KEY)


@pytest.fixture(scope="module", name="odoo")
def connected(target: Target) -> Iterator[Odoo]:
    odoo = connect(Connection(target.url, target.database, target.login, target.key))
    yield odoo
    odoo.close()


@pytest.fixture(name="shop")
def a_shop(odoo: Odoo) -> Shop:
    return Shop(odoo, uuid4().hex[:12])


@dataclass(frozen=True)
class Shop:
    """What the tests sell, under names that nobody has used before; `key` makes them so."""

    odoo: Odoo
    key: str

    @property
    def old(self) -> bool:
        """Whether this is a 14."""
        return self.odoo.version[0] < 19

    def xid(self, name: str) -> str:
        return f"__contract__.{name}_{self.key}"

    def create(self, model: str, /, **vals: Any) -> int:
        """Create one record."""
        (record,) = self.odoo.call(model, "create", vals_list=[vals])
        return int(record)

    def read(self, model: str, record: int, *fields: str) -> dict[str, Any]:
        (row,) = self.odoo.call(model, "read", ids=[record], fields=list(fields))
        row.pop("id")
        return dict(row)

    def write(self, model: str, record: int, /, **vals: Any) -> None:
        assert self.odoo.call(model, "write", ids=[record], vals=vals) is True

    def target_of(self, name: str) -> int:
        """The record behind an external id of ours, past every cache."""
        wanted = [["module", "=", "__contract__"], ["name", "=", f"{name}_{self.key}"]]
        (row,) = self.odoo.search_read("ir.model.data", wanted, ["res_id"])
        return int(row["res_id"])

    def partner(self, **vals: Any) -> int:
        return self.create("res.partner", **{"name": f"Partner {self.key}", **vals})

    def goods(self, **vals: Any) -> int:
        return self.create("product.product", **{"name": f"Goods {self.key}", "type": "consu", **vals})

    def storable(self, **vals: Any) -> int:
        return self.goods(**({"type": "product"} if self.old else {"is_storable": True}), **vals)

    def service(self, **vals: Any) -> int:
        return self.goods(type="service", **vals)

    @property
    def taxes(self) -> str:
        return "tax_id" if self.old else "tax_ids"

    def tax(self, percent: float, *, included: bool) -> int:
        name = {"name": f"T {percent} {included} {uuid4().hex[:6]}", "amount_type": "percent", "type_tax_use": "sale"}
        choice = "tax_included" if included else "tax_excluded"
        inclusion = {"price_include": included} if self.old else {"price_include_override": choice}
        return self.create("account.tax", amount=percent, **name, **inclusion)

    def order(self, *lines: Mapping[str, Any], **vals: Any) -> int:
        partner = vals.pop("partner_id", None) or self.partner()
        commands = [[0, 0, dict(line)] for line in lines]
        return self.create("sale.order", partner_id=partner, order_line=commands, **vals)

    def confirmed(self, *lines: Mapping[str, Any], **vals: Any) -> int:
        order = self.order(*lines, **vals)
        assert self.odoo.call("sale.order", "action_confirm", ids=[order]) is True
        return order

    def lines(self, order: int, *fields: str) -> list[dict[str, Any]]:
        found = self.odoo.search_read("sale.order.line", [["order_id", "=", order]], fields, order="id")
        return [{name: row[name] for name in fields} for row in found]

    def pickings(self, order: int) -> list[dict[str, Any]]:
        fields = ["state", "location_id", "location_dest_id", "backorder_id", "date_done"]
        return self.odoo.search_read("stock.picking", [["sale_id", "=", order]], fields, order="id")

    @property
    def done(self) -> str:
        """The move's field of the quantity to be done."""
        return "quantity_done" if self.old else "quantity"

    def moves(self, order: int) -> list[dict[str, Any]]:
        fields = ["state", "product_uom_qty", "picking_id", "location_id", self.done]
        return self.odoo.search_read("stock.move", [["sale_line_id.order_id", "=", order]], fields, order="id")

    def do(self, move: int, quantity: float) -> None:
        """Say how much of a move was done."""
        picked = {} if self.old else {"picked": True}
        self.write("stock.move", move, **{self.done: quantity}, **picked)

    def validate(self, picking: int) -> Any:
        context = {"skip_backorder": True, "skip_immediate": True, "skip_sms": True}
        return self.odoo.call("stock.picking", "button_validate", ids=[picking], context=context)

    def load(self, model: str, fields: Sequence[str], rows: Sequence[Sequence[Any]], /, **context: Any) -> Any:
        """load() with a context of one's own, and its bare answer."""
        return self.odoo.call(model, "load", context=context, fields=list(fields), data=[list(row) for row in rows])
