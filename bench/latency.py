"""e: from "updated at Amazon" to "in Odoo".

    python -m bench.latency [--short] [--write]

Orders change at random moments, and Odoo is asked every second which of them are there. Amazon's search does not show
the last two minutes, so that 135 seconds of each are not ours to save.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from datetime import timedelta

from bench.arena import Arena, arena, report, sellers
from bench.figures import percentile
from domain.marketplace import BY_CODE, Region
from simulator.amazon import clock
from simulator.amazon.generator import draw_order
from simulator.amazon.sellers import Seller
from tests.flow.fleet import SellerSpec
from tests.flow.referee import is_due

POLL, IDLE = 180.0, 540.0
WORKERS = ("fetch", "upsert", "beat")


def put_order(there: Arena, spec: SellerSpec, number: int, *, age: timedelta = timedelta()) -> str:
    """Let a new order of `spec` be placed at Amazon, `age` ago; return its id."""
    seller = Seller(
        seller_id=spec.seller_id, refresh_token="", region=Region(spec.region), marketplaces=(BY_CODE["DE"],)
    )
    while True:
        raw = draw_order(seller, number, seed=number, start=clock.now(), fresh=True)
        if is_due(raw, spec.marketplaces):
            break
        number += 1_000_000
    raw["lastUpdatedTime"] = clock.stamp(clock.now() - age)
    there.fleet.amazon("POST", "/orders", {"seller": spec.seller_id, "order": raw})
    return str(raw["orderId"])


def measure(accounts: int, seconds: float, orders: int) -> list[float]:
    """Latencies of `orders` orders that are placed in the course of `seconds`."""
    specs = sellers(accounts, 0)
    dice = random.Random(7)
    with arena(specs, workers=WORKERS, speed=1.0, poll_seconds=POLL, idle_seconds=IDLE, days=2) as there:
        begin = time.time()
        moments = sorted(begin + dice.uniform(0, seconds) for _ in range(orders))
        placed: dict[str, float] = {}
        found: dict[str, float] = {}
        while len(found) < orders and time.time() < begin + seconds + 135 + IDLE + 120:
            while moments and moments[0] <= time.time():
                moments.pop(0)
                placed[put_order(there, dice.choice(specs), len(placed))] = time.time()
            missing = [order_id for order_id in placed if order_id not in found]
            done = [("client_order_ref", "in", missing), ("x_amazon_last_update", "!=", False)]
            for row in there.odoo.search_read("sale.order", done, ["client_order_ref"]):
                found[row["client_order_ref"]] = time.time() - placed[row["client_order_ref"]]
            time.sleep(1)
    if len(found) < orders:
        raise TimeoutError(f"{orders - len(found)} of {orders} orders are not in Odoo")
    return list(found.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="20 orders in 5 minutes instead of 120 in 30")
    parser.add_argument("--write", action="store_true", help="keep the report in docs/performance/latency.md")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no process is left behind
    seconds, orders = (300.0, 20) if given.short else (1800.0, 120)
    found = measure(10, seconds, orders)
    p50, p95, most = percentile(found, 0.5), percentile(found, 0.95), max(found)
    lines = [
        (
            f"`python -m bench.latency{' --short' if given.short else ''}`: {orders} orders of 10 accounts, placed at "
            f"random moments of {seconds / 60:.0f} minutes; quotas and intervals as they are by default "
            f"(`poll_seconds` {POLL:g}, "
            f"`idle_poll_seconds` {IDLE:g}); simulated Amazon and Odoo 19."
        ),
        "",
        "| From updated at Amazon to in Odoo | p50 | p95 | longest |",
        "|---|---|---|---|",
        f"| as measured | **{p50:.0f} s** | **{p95:.0f} s** | {most:.0f} s |",
        (
            f"| without the 135 s that Amazon's search does not show | {p50 - 135:.0f} s | {p95 - 135:.0f} s "
            f"| {most - 135:.0f} s |"
        ),
    ]
    report("latency", "From Amazon to Odoo", lines, write=given.write)


if __name__ == "__main__":
    main()
