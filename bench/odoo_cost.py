"""What an order costs the fleet itself: CPU, Redis commands, memory; and the mappers' speed."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bench.odoo_fleet import PARTS, drain, hold, launch, prepared
from bench.odoo_orders import drawn
from domain.account import Account
from domain.marketplace import BY_CODE, Region
from domain.odoo import CreateOrder
from mappers.sale_order import plan
from tests.builders import facts
from tests.flow.fleet import OdooTarget, SellerSpec
from tests.flow.processes import Process, simulator

SEED = 1907


def simulated(folder: Path) -> tuple[Process, OdooTarget]:
    """A simulated Odoo 19."""
    process = simulator(
        folder, "odoo", "--port", "0", "--series", "19", "--database", "demo", "--login", "admin", "--key", "simulated",
    ).start()  # fmt: skip
    url = process.first_match(r"listening on (http://\S+)")
    return process, OdooTarget(url=url, database="demo", login="admin", key="simulated")


def cost(first: int, last: int) -> dict[str, Any]:
    """Figure c. Memory is read when so many orders have landed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        odoo, target = simulated(folder)
        try:
            spec = SellerSpec("bench", "eu", ("DE", "FR"), int(last * 1.3))
            with prepared(folder, target, (spec,), SEED) as (fleet, services):
                hold(services, spec.key)
                launch(fleet)
                run = drain(fleet, services, spec, lambda: _sales(target), marks=(first, last))
        finally:
            odoo.kill()
    memory = {group: [max(run.memory[mark].get(group, [0.0])) for mark in (first, last)] for group in PARTS}
    return {
        "orders": run.orders,
        "orders a second": run.rate,
        "CPU ms an order": {group: 1000 * run.cpu.get(group, 0.0) / run.orders for group in PARTS},
        "Redis commands an order": run.commands / run.orders,
        f"MiB of the largest process at {first} and {last}": memory,
        "mapper orders a second": mapper_speed(),
    }


def mapper_speed() -> float:
    """Orders a second that become commands, in one thread, from typed orders on."""
    account = Account(
        key="bench",
        seller_id="SELLER",
        region=Region.EU,
        marketplaces=(BY_CODE["DE"], BY_CODE["FR"]),
        database="main",
        start=datetime(2026, 1, 1, tzinfo=UTC),
    )
    orders, known = drawn(account, 3000, SEED), facts()
    began = time.process_time()
    made = sum(isinstance(plan(account, order, known), CreateOrder) for order in orders)
    assert made > len(orders) / 2
    return len(orders) / (time.process_time() - began)


def _sales(target: OdooTarget) -> int:
    """Orders in the simulated Odoo so far."""
    body = {"domain": [["x_amazon_last_update", "!=", False]]}
    headers = {"Authorization": f"bearer {target.key}", "X-Odoo-Database": target.database}
    answer = httpx.post(f"{target.url}/json/2/sale.order/search_count", json=body, headers=headers, timeout=120)
    return int(answer.json())
