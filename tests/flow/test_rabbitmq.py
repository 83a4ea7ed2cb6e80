"""RabbitMQ carries the messages, Redis the state: the same promises, and nothing is lost when either side is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clients.odoo.client import Odoo
from tasks.queues import ALL
from tests.flow.conftest import once
from tests.flow.fleet import OdooTarget
from tests.flow.processes import eventually
from tests.flow.rabbitmq import RabbitMQ
from tests.flow.referee import is_due, judge
from tests.flow.test_fleet import landed, marketplaces, read_on, running, sellers
from tests.flow.test_trouble import issues
from tests.flow.warehouse import Warehouse

pytestmark = [pytest.mark.rabbitmq, pytest.mark.timeout(900)]


@pytest.fixture(name="rabbit")
def running_rabbit(tmp_path: Path) -> Iterator[RabbitMQ]:
    with RabbitMQ(tmp_path) as rabbit:
        yield rabbit


def _waits(odoo: Odoo, raw: dict[str, Any]) -> bool:
    """Whether the seller is to ship an order, and it is in Odoo."""
    domain = [("client_order_ref", "=", raw["orderId"]), ("state", "=", "sale")]
    told = raw["fulfillment"]
    unshipped = (told["fulfilledBy"], told["fulfillmentStatus"]) == ("MERCHANT", "UNSHIPPED")
    return unshipped and bool(odoo.call("sale.order", "search_count", domain=domain))


@once
def test_the_whole_fleet_on_quorum_queues_survives_kills_of_workers_and_broker(
    tmp_path: Path, odoo_target: OdooTarget, rabbit: RabbitMQ, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = sellers(60)
    with running(tmp_path, odoo_target, specs, monkeypatch) as (fleet, odoo, idle):
        redis = f"redis://127.0.0.1:{fleet.port}/0"
        fleet.write_settings(**{f'url = "{redis}"': f'url = "{rabbit.url}"\nstate_url = "{redis}"'})
        fleet.start_fleet()
        fleet.start("shipments")
        eventually("some orders are in Odoo", lambda: landed(odoo, specs) > 10, timeout=120, pause=0.05)
        fleet.kill("upsert")
        due = sum(is_due(raw, spec.marketplaces) for spec in specs for raw in fleet.truth()[spec.key])
        assert landed(odoo, specs) < due, "the worker was killed when nothing was left to do"
        rabbit.kill()
        rabbit.start()
        fleet.start("upsert")
        eventually("all orders have landed", idle, timeout=240)
        assert judge(odoo, fleet.truth(), marketplaces(specs)) == []
        assert landed(odoo, specs) == due

        # Odoo is away: orders wait for their time in RabbitMQ itself, and come back by themselves.
        fault = {"operation": "*", "kind": "status_502_html", "times": 1_000_000, "probability": 1.0}
        httpx.post(f"{odoo_target.url}/_sim/faults", json=fault).raise_for_status()
        fleet.amazon("POST", "/advance", {"steps": 1, "new_orders": 5})
        eventually("the workers say so", lambda: "again in" in fleet.logs(), timeout=90)
        rabbit.kill()
        rabbit.start()
        httpx.delete(f"{odoo_target.url}/_sim/faults").raise_for_status()
        read_on(fleet, specs, monkeypatch)
        assert judge(odoo, fleet.truth(), marketplaces(specs)) == []

        shipped = next(raw["orderId"] for raw in fleet.truth()[specs[0].key] if _waits(odoo, raw))
        picking = Warehouse(odoo).ship(shipped, carrier="DHL", tracking="JJD0001")

        def numbers() -> list[tuple[str, str]]:
            told = fleet.amazon("GET", f"/packages?seller={specs[0].seller_id}")[specs[0].seller_id]
            return [(one["packageReferenceId"], one["trackingNumber"]) for one in told.get(shipped, [])]

        eventually("the package is told", lambda: numbers() == [(str(picking), "JJD0001")], timeout=90)
        assert issues(odoo, specs, "open", "retry", "done") == {}

        there = rabbit.queues()
        ours = {name: there[name] for name in ALL}
        assert {(one["type"], one["durable"]) for one in ours.values()} == {("quorum", True)}
        fleet.kill("beat")
        eventually("no message is left", lambda: not any(one["messages"] for one in rabbit.queues().values()), pause=1)
