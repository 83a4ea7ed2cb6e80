"""Planted gaps are found by the comparison and closed, by the fleet itself."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from clients.odoo.client import Odoo
from state.window import reconcile_of
from tasks.queues import ROUTES
from tests.flow.conftest import real
from tests.flow.fleet import Fleet, OdooTarget
from tests.flow.processes import eventually
from tests.flow.referee import judge
from tests.flow.test_fleet import marketplaces, running, sellers
from tests.flow.test_trouble import command, due, issues
from worker.bootstrap import build_services

pytestmark = pytest.mark.timeout(600)


def sale_order(odoo: Odoo, key: str, order_id: str) -> list[dict[str, Any]]:
    domain = [("x_amazon_account", "=", key), ("client_order_ref", "=", order_id)]
    return odoo.search_read("sale.order", domain, ["state", "amount_total", "order_line"])


def compared(fleet: Fleet, key: str, *arguments: str, status: int = 0) -> dict[str, Any]:
    """Run the command; return the comparison of the account."""
    printed = command(fleet, "orders", "reconcile", "--account", key, "--json", *arguments, status=status)
    (found,) = json.loads(printed)
    return dict(found)


@real
def test_planted_gaps_are_found_and_closed(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = sellers(30)[0]
    with running(tmp_path, odoo_target, (spec,), monkeypatch) as (fleet, odoo, idle):
        truth = due(fleet, spec)
        fbm = [raw["orderId"] for raw in truth if raw["fulfillment"]["fulfilledBy"] == "MERCHANT"]
        deleted, passed, changed = fbm[:3]
        hidden = next(raw for raw in truth if raw["orderId"] == passed)
        fleet.amazon("POST", "/orders", {"seller": spec.seller_id, "order": {**hidden, "salesChannel": {
            **hidden["salesChannel"], "channelName": "NON_AMAZON"}}})  # fmt: skip
        fleet.start_fleet()
        eventually("all orders have landed", idle, timeout=240)
        assert [len(sale_order(odoo, spec.key, one)) for one in (deleted, passed, changed)] == [1, 0, 1]

        # One was never imported although the cursor is past it; one was deleted; one is not worth what it was.
        fleet.amazon("POST", "/orders", {"seller": spec.seller_id, "order": hidden})
        (gone,) = sale_order(odoo, spec.key, deleted)
        odoo.call("sale.order", "action_cancel", ids=[gone["id"]], context={"disable_cancel_warning": True})
        odoo.call("sale.order", "unlink", ids=[gone["id"]])
        (dearer,) = sale_order(odoo, spec.key, changed)
        (line,) = odoo.call("sale.order.line", "read", ids=dearer["order_line"][:1], fields=["price_unit"])
        odoo.call("sale.order.line", "write", ids=[line["id"]], vals={"price_unit": line["price_unit"] + 5})
        assert len(judge(odoo, fleet.truth(), marketplaces((spec,)))) >= 3

        found = compared(fleet, spec.key, "--days", "30", status=1)
        orders = {one["order"]: one["found"] for one in found["orders"]}
        assert orders == {deleted: "mended", passed: "mended", changed: "differs"}
        days = found["days"]
        assert sum(day["due"] for day in days) == sum(day["in Odoo"] for day in days) == len(truth)
        assert [sum(day[name] for day in days) for name in ("mended", "missing", "differ")] == [2, 0, 1]
        assert [len(sale_order(odoo, spec.key, one)) for one in (deleted, passed)] == [1, 1]
        (issue,) = issues(odoo, (spec,), "open").values()
        assert (issue["x_order_ref"], issue["x_code"]) == (changed, "changed_in_odoo")
        assert issue["x_order_id"][0] == dearer["id"]
        assert f"{spec.key} {changed} differs: " in command(fleet, "orders", "reconcile", "--last", status=1)

        command(fleet, "parked", "retry", spec.key, changed)
        eventually("it is as Amazon has it", lambda: set(issues(odoo, (spec,), "done")) == {changed}, timeout=120)
        assert judge(odoo, fleet.truth(), marketplaces((spec,))) == []
        compare_by_night(fleet, spec.key, monkeypatch)
        found = compared(fleet, spec.key, "--last")
        assert found["orders"] == []
        assert found["days"] != []
        assert all(Decimal(day["difference"]) == 0 for day in found["days"])


def compare_by_night(fleet: Fleet, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send beat's message as if no night was compared since the start of the account; wait for the end."""
    services = build_services(fleet.settings(monkeypatch))
    try:
        before = services.reconciliations.last(key, "all")
        services.reconciliations.begin(key, services.accounts[key].start)
        with Celery("test", broker=f"redis://127.0.0.1:{fleet.port}/0", set_as_current=False) as sender:
            sender.conf.update(task_routes=ROUTES, broker_transport_options={"priority_steps": [0]})
            sender.send_task("control.reconcile")
        eventually("it was compared", lambda: services.reconciliations.last(key, "all") != before, timeout=60)
        assert services.lanes.asked(key, reconcile_of("all")) is None
    finally:
        services.close()
