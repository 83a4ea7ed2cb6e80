"""One bad order never stops another, one bad account never stops another, and everything resumes by itself."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from clients.odoo.client import Odoo
from tests.flow.conftest import once
from tests.flow.fleet import Fleet, OdooTarget, SellerSpec
from tests.flow.processes import ROOT, eventually
from tests.flow.referee import is_due, judge
from tests.flow.template import Copy
from tests.flow.test_fleet import landed, marketplaces, running, sellers

pytestmark = pytest.mark.timeout(600)


def command(fleet: Fleet, *arguments: str, status: int = 0, seconds: float = 180.0) -> str:
    """Run the command line as an operator does; return what it prints."""
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder) / "output", Path(folder) / "errors"
        env = {**os.environ, **fleet.env}
        ended = Copy("worker", [*arguments], env=env, cwd=ROOT, output=output, errors=errors).wait(seconds)
        said = output.read_text(encoding="utf-8") + errors.read_text(encoding="utf-8")
    assert ended == status, said
    return said


def issues(odoo: Odoo, specs: tuple[SellerSpec, ...], *states: str) -> dict[str, dict[str, Any]]:
    domain = [("x_account", "in", [spec.key for spec in specs]), ("x_state", "in", states)]
    fields = ["x_order_ref", "x_account", "x_code", "x_reason", "x_remedy", "x_state", "x_order_id"]
    return {issue["x_order_ref"]: issue for issue in odoo.search_read("x_amazon_issue", domain, fields)}


def due(fleet: Fleet, spec: SellerSpec) -> list[dict[str, Any]]:
    return [raw for raw in fleet.truth()[spec.key] if is_due(raw, spec.marketplaces)]


def missing(fleet: Fleet, odoo: Odoo, spec: SellerSpec) -> set[str]:
    """Return the due orders that have not landed. Unlike the numbers, good after Amazon cancelled some that had."""
    domain = [("x_amazon_account", "=", spec.key), ("x_amazon_last_update", "!=", False)]
    there = {row["client_order_ref"] for row in odoo.search_read("sale.order", domain, ["client_order_ref"])}
    return {raw["orderId"] for raw in due(fleet, spec)} - there


def foreign_product(odoo: Odoo, spec: SellerSpec, sku: str, marketplace: str) -> int:
    """Make an offer whose product belongs to another company: Odoo refuses to sell it in ours."""
    (company,) = odoo.call("res.company", "create", vals_list=[{"name": f"Other company {spec.key}"}])
    values = {"name": "Not ours to sell", "company_id": company}
    (product,) = odoo.call("product.product", "create", vals_list=[values])
    offer = {"x_name": sku, "x_sku": sku, "x_account": spec.key, "x_marketplace": marketplace, "x_product_id": product}
    odoo.call("x_amazon_offer", "create", vals_list=[offer])
    return int(product)


def test_a_refused_order_is_parked_and_comes_in_after_the_mend(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = sellers(100)[0]
    with running(tmp_path, odoo_target, (spec,), monkeypatch) as (fleet, odoo, idle):
        orders = [raw for raw in due(fleet, spec) if raw["salesChannel"]["marketplaceId"] == "A1PA6795UKMFR9"]
        used = Counter(item["product"]["sellerSku"] for raw in orders for item in raw["orderItems"])
        sku = min(used, key=lambda one: (used[one], one))
        refused = {raw["orderId"] for raw in orders for i in raw["orderItems"] if i["product"]["sellerSku"] == sku}
        product = foreign_product(odoo, spec, sku, "DE")

        fleet.start_fleet()
        eventually("all orders have landed or are parked", idle, timeout=240)
        parked = issues(odoo, (spec,), "open")
        assert set(parked) == refused
        for issue in parked.values():
            assert issue["x_code"] == "odoo_refused"
            assert issue["x_reason"].startswith(("sale.order: ", "sale.order.line: "))
            assert "retry" in issue["x_remedy"]
        left = odoo.search_read("sale.order", [("client_order_ref", "in", sorted(refused))], ["state"])
        # Lines that Odoo must not tax are loaded after their order: a quotation without them may be left.
        assert {order["state"] for order in left} <= {"draft"}
        assert landed(odoo, (spec,)) == len(due(fleet, spec)) - len(refused)
        listed = command(fleet, "parked", "list", "--account", spec.key)
        assert all(order_id in listed for order_id in refused)

        odoo.call("product.product", "write", ids=[product], vals={"company_id": False})
        told = command(fleet, "parked", "retry", spec.key, *sorted(refused))
        assert told == f"{len(refused)} parked item(s) will be tried again\n"
        eventually("the mended orders are in", lambda: not issues(odoo, (spec,), "open", "retry"), timeout=120)
        assert set(issues(odoo, (spec,), "done")) == refused
        assert judge(odoo, fleet.truth(), marketplaces((spec,))) == []


def test_an_order_that_does_not_add_up_is_parked_and_nothing_of_it_is_booked(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = sellers(20)[0]
    with running(tmp_path, odoo_target, (spec,), monkeypatch) as (fleet, odoo, idle):
        wrong = due(fleet, spec)[0]
        price = wrong["orderItems"][0]["proceeds"]["proceedsTotal"]
        price["amount"] = f"{float(price['amount']) + 0.01:.2f}"
        fleet.amazon("POST", "/orders", {"seller": spec.seller_id, "order": wrong})
        fleet.start_fleet()
        eventually("all orders have landed or are parked", idle, timeout=120)
        parked = issues(odoo, (spec,), "open")
        assert {(key, issue["x_code"]) for key, issue in parked.items()} == {(wrong["orderId"], "money_mismatch")}
        booked = odoo.call("sale.order", "search_count", domain=[("client_order_ref", "=", wrong["orderId"])])
        assert booked == 0
        assert landed(odoo, (spec,)) == len(due(fleet, spec)) - 1


@once
def test_a_broken_account_is_paused_alone_and_works_again_by_itself(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = sellers(15)[:2]
    broken, well = specs
    with running(tmp_path, odoo_target, specs, monkeypatch) as (fleet, odoo, idle):
        fleet.amazon("POST", "/tokens/revoke", {"seller": broken.seller_id})
        fleet.start_fleet()
        eventually(
            "the other account's orders are in",
            lambda: landed(odoo, (well,)) == len(due(fleet, well)),
            timeout=120,
        )
        assert landed(odoo, (broken,)) == 0
        state = odoo.search_read("x_amazon_account", [("x_key", "=", broken.key)], ["x_state", "x_reason", "x_remedy"])
        assert state[0]["x_state"] == "paused"
        assert "Seller Central" in state[0]["x_remedy"]
        told = command(fleet, "accounts", "check", broken.key, status=1)
        assert "Seller Central" in " ".join(told.split())
        lines = [
            line for line in fleet.logs().splitlines() if f"account {broken.key} paused" in line and "ERROR" in line
        ]
        assert len(lines) == 1

        fleet.amazon("POST", "/tokens/authorise", {"seller": broken.seller_id, "refresh_token": broken.refresh_token})
        eventually("the account works again", idle, timeout=150)
        assert judge(odoo, fleet.truth(), marketplaces(specs)) == []
        state = odoo.search_read("x_amazon_account", [("x_key", "=", broken.key)], ["x_state"])
        assert state[0]["x_state"] == "active"


@once
def test_a_broker_that_dies_costs_time_only(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = sellers(60)[0]
    with running(tmp_path, odoo_target, (spec,), monkeypatch) as (fleet, odoo, idle):
        fleet.start_fleet()
        eventually("some orders are in Odoo", lambda: landed(odoo, (spec,)) > 3, timeout=120, pause=0.05)
        fleet.kill("broker")
        fleet.start_broker()
        eventually("all orders have landed", lambda: fleet.revive_beat() and idle(), timeout=240)
        assert judge(odoo, fleet.truth(), marketplaces((spec,))) == []
        assert fleet.processes["upsert"].alive
        assert fleet.processes["fetch"].alive


@pytest.mark.parametrize(
    "odoo_target", [pytest.param(name, marks=pytest.mark.odoo) for name in ("real-19", "real-14")], indirect=True
)
def test_an_fba_order_of_lot_tracked_goods_is_there_and_its_delivery_is_parked(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = sellers(40)[0]
    with running(tmp_path, odoo_target, (spec,), monkeypatch) as (fleet, odoo, idle):
        fba = [raw for raw in due(fleet, spec) if raw["fulfillment"]["fulfilledBy"] == "AMAZON"]
        sku = fba[0]["orderItems"][0]["product"]["sellerSku"]
        blocked = {raw["orderId"] for raw in fba for item in raw["orderItems"] if item["product"]["sellerSku"] == sku}
        storable = {"is_storable": True} if odoo.version >= (18, 0) else {"type": "product"}
        values = {"name": "Tracked by lot", "default_code": sku, "tracking": "lot", **storable}
        odoo.call("product.product", "create", vals_list=[values])

        fleet.start_fleet()
        eventually("all orders have landed or are parked", idle, timeout=240)
        parked = issues(odoo, (spec,), "open")
        assert {(key, issue["x_code"]) for key, issue in parked.items()} == {
            (key, "delivery_blocked") for key in blocked
        }
        for order_id, issue in parked.items():
            found = odoo.search_read("sale.order", [("client_order_ref", "=", order_id)], ["state"])
            assert [(order["id"], order["state"]) for order in found] == [(issue["x_order_id"][0], "sale")]
        assert landed(odoo, (spec,)) == len(due(fleet, spec)) - len(blocked)
