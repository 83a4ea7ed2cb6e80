"""The demonstration, whole: it agrees with its simulators' own truth, and says so when something was tampered with."""

from __future__ import annotations

import base64
import re
import time
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from clients.odoo.client import Odoo
from domain.marketplace import BY_ID
from domain.money import decimals
from tests.flow.processes import eventually
from tests.flow.run_process import RunProcess, gone_within

ACCOUNTS = {
    "A1HANSA7EXAMPLE": "hansa-eu",
    "A2THAMES5EXAMPL": "thames-eu",
    "A3PACIFIC2EXAMP": "pacific-na",
    "A4SAKURA9EXAMPL": "sakura-fe",
}
MERCHANTS = {"UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"}


def place(order: dict[str, Any]) -> str:
    """The row of the closing table an order belongs to; all marketplaces of the world are the accounts' own."""
    channel = order["salesChannel"]
    known = BY_ID.get(channel["marketplaceId"])
    return known.code if known and channel["channelName"] == "AMAZON" else "other"


def due(order: dict[str, Any]) -> bool:
    if place(order) == "other":
        return False
    status, by = order["fulfillment"]["fulfillmentStatus"], order["fulfillment"]["fulfilledBy"]
    return status in MERCHANTS if by == "MERCHANT" else status == "SHIPPED"


def total(order: dict[str, Any]) -> Decimal:
    """What the buyer pays to the seller: the grand total without the tax that Amazon collects and remits."""
    remitted = sum(
        Decimal(part["subtotal"]["amount"])
        for item in order["orderItems"]
        if item.get("tax")
        for part in item["proceeds"]["breakdowns"]
        if part["type"] == "TAX"
    )
    return Decimal(order["proceeds"]["grandTotal"]["amount"]) - remitted


def sale_orders(odoo: Odoo) -> Counter[str]:
    """Confirmed sale orders by Amazon account."""
    found = odoo.search_read("sale.order", [("state", "in", ["sale", "done"])], ["x_amazon_account"])
    return Counter(order["x_amazon_account"] for order in found)


def deliveries(odoo: Odoo) -> list[tuple[str, str]]:
    """Account and status towards Amazon of each validated delivery to a customer of an order that the seller ships."""
    domain = [
        ("state", "=", "done"),
        ("location_dest_id.usage", "=", "customer"),
        ("sale_id.x_amazon_channel", "=", "fbm"),
    ]
    rows = odoo.search_read("stock.picking", domain, ["x_amazon_account", "x_amazon_sync_status"])
    return [(row["x_amazon_account"], row["x_amazon_sync_status"]) for row in rows]


def check_flower(run: RunProcess) -> None:
    """Nobody sees anything without the password."""
    url, password = re.findall(r"Flower (\S+)  user admin, password (\S+)", run.text)[0]

    def up() -> bool:
        try:
            return httpx.get(url, timeout=5).status_code > 0
        except httpx.TransportError:
            return False

    eventually("Flower answers", up, 30)
    wrong = {"Authorization": "Basic " + base64.b64encode(b"admin:admin").decode()}
    for path in ("/", "/workers", "/tasks", "/broker", "/api/workers", "/api/tasks", "/api/queues/length"):
        assert httpx.get(url + path, timeout=5).status_code == 401, path
        assert httpx.get(url + path, timeout=5, headers=wrong).status_code == 401, path
    assert httpx.get(f"{url}/workers", timeout=5, auth=("admin", password)).status_code == 200


@pytest.mark.timeout(300)
def test_the_demonstration_ends_in_agreement_with_both_simulators(tmp_path: Path) -> None:
    with RunProcess(tmp_path, "--once", "--orders", "25") as run:
        run.told("Flower (http)")
        check_flower(run)
        run.told(r"Amazon's life went on: (\d+)")
        family = run.family()
        assert len(family) >= 12  # itself, watchdog, broker, 2 simulators, 3 workers with 3 children, beat, Flower
        run.told(r"(reading what Amazon made of it)", 120)
        orders, packages = run.orders(), run.packages()
        with run.odoo() as odoo:
            there = sale_orders(odoo)
            pickings = deliveries(odoo)
            while run.alive and "all orders:" not in run.text:
                there = sale_orders(odoo)
                time.sleep(0.2)
        assert run.status(60) == 0, run.text
        assert gone_within(run, family, 1) == []
        assert "Amazon and Odoo agree." in run.text

        rows, expected = run.rows(), defaultdict[tuple[str, str], list[int]](lambda: [0, 0])
        for seller, order in orders:
            expected[ACCOUNTS[seller], place(order)][0] += 1
            expected[ACCOUNTS[seller], place(order)][1] += due(order)
        assert {key: list(numbers[:2]) for key, numbers in rows.items()} == expected
        assert sum(numbers[0] for numbers in rows.values()) == 100
        assert [numbers[5] for numbers in rows.values()] == [0] * len(rows)
        in_odoo = Counter[str]()
        for (account, _), numbers in rows.items():
            in_odoo[account] += numbers[2]
            assert numbers[1] == numbers[2] + numbers[3]
        assert in_odoo == there

        told, cancelled = run.outgoing("deliveries"), run.outgoing("cancelled orders")
        for account in ACCOUNTS.values():
            statuses = Counter(status for key, status in pickings if key == account)
            refused = 1 if account == "hansa-eu" else 0
            assert statuses == {"done": statuses["done"], **({"error": 1} if refused else {})}
            assert told[account] == (
                statuses.total(), statuses["done"], 0, refused, packages[account], packages[account], 0,
            )  # fmt: skip
            assert statuses["done"] > 3
            assert cancelled[account] == (1, 1, 0, 0)
        assert packages.total() > Counter(status for _, status in pickings)["done"]  # some went in several boxes
        assert "the delivery has no tracking number" in run.text

        sums = defaultdict[str, Decimal](Decimal)
        for _, order in orders:
            if due(order):
                sums[order["proceeds"]["grandTotal"]["currencyCode"]] += total(order)
        printed = {currency: amounts[0] for currency, amounts in run.money().items()}
        assert printed == {currency: f"{amount:,.{decimals(currency)}f}" for currency, amount in sums.items()}
        assert {Decimal(amounts[3]) for amounts in run.money().values()} == {Decimal(0)}


@pytest.mark.timeout(180)
def test_a_sale_order_that_was_altered_is_named_and_the_status_is_1(tmp_path: Path) -> None:
    with RunProcess(tmp_path, "--once", "--orders", "5") as run:
        finished = [("x_amazon_last_update", "!=", False), ("x_amazon_status", "=", "SHIPPED")]
        found: list[dict[str, Any]] = []
        run.told("reading all (orders)")
        with run.odoo() as odoo:

            def landed() -> bool:
                found[:] = odoo.search_read("sale.order", finished, ["client_order_ref", "amount_total"], order="id")
                return bool(found)

            eventually("an order is in Odoo", landed, 60)
            altered = found[0]
            lines = [("order_id", "=", altered["id"]), ("display_type", "=", False)]
            line = odoo.search_read("sale.order.line", lines, ["price_unit"])[0]
            odoo.call("sale.order.line", "write", ids=[line["id"]], vals={"price_unit": line["price_unit"] + 1})
            after = odoo.search_read("sale.order", [("id", "=", altered["id"])], ["amount_total"])
            assert after[0]["amount_total"] != altered["amount_total"]
        family = run.family()
        assert run.status(90) == 1, run.text
        assert "Amazon and Odoo do not agree." in run.text
        assert "Differences, 1 in all:" in run.text
        assert re.search(
            rf"^\S+ \w+ {altered['client_order_ref']}: [\d.]+ [A-Z]{{3}} in Odoo, [\d.]+ [A-Z]{{3}} at Amazon",
            run.text,
            re.MULTILINE,
        )
        assert gone_within(run, family, 1) == []


@pytest.mark.timeout(120)
def test_the_time_limit_ends_with_status_1_and_what_is_missing(tmp_path: Path) -> None:
    with RunProcess(tmp_path, "--once", "--orders", "5", "--timeout", "12") as run:
        fault = {"operation": "searchOrders", "kind": "status_503_html", "times": 1000}
        httpx.post(f"{run.amazon()}/_sim/faults", json=fault, timeout=10).raise_for_status()
        family = run.family()
        assert run.status(60) == 1, run.text
        told = re.findall(r"^unfinished: (\S+): not read up to", run.text, re.MULTILINE)
        assert told == list(ACCOUNTS.values())
        assert gone_within(run, family, 1) == []
