"""d: many accounts, one of which has very many orders waiting: what the others feel of it.

    python -m bench.fairness [--short] [--write]

The quotas are sped up, so that the busy account brings more than Odoo can take. Quiet accounts get an order now and
then. First without the busy account (paused), then with it.
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
import signal
import sys
import threading
import time
from dataclasses import dataclass, field

from bench.arena import Arena, arena, report, sellers, until
from bench.figures import percentile
from bench.latency import put_order
from simulator.amazon import clock
from state.window import lane_of
from tests.flow.fleet import SellerSpec

WORKERS = ("fetch", "upsert", "beat")


@dataclass
class Felt:
    """What quiet accounts felt, in seconds: how late searches came, and from the one that found an order to Odoo."""

    late: list[float] = field(default_factory=list)
    landing: list[float] = field(default_factory=list)
    busy_orders: int = 0
    seconds: float = 0.0
    reserve_us: float = 0.0

    def row(self, name: str) -> str:
        cells = [
            name, f"{self.busy_orders / self.seconds:.1f}/s", str(len(self.late)),
            f"{percentile(self.late, 0.5):.1f} s", f"**{percentile(self.late, 0.95):.1f} s**",
            str(len(self.landing)), f"{percentile(self.landing, 0.5):.1f} s",
            f"**{percentile(self.landing, 0.95):.1f} s**",
            f"{self.reserve_us:.0f} µs",
        ]  # fmt: skip
        return f"| {' | '.join(cells)} |"


class Watch(threading.Thread):
    """Looks four times a second which orders have landed, and when searches are due: Redis has what the fleet wants."""

    def __init__(self, there: Arena, quiet: list[SellerSpec]) -> None:
        super().__init__()
        self.placed: dict[str, tuple[str, float]] = {}
        self.landed: dict[str, float] = {}
        self.stop = threading.Event()
        self._dues: dict[str, dict[float, None]] = {spec.key: {} for spec in quiet}
        self._there = there

    def run(self) -> None:
        """Look until `stop`."""
        while not self.stop.wait(0.25):
            for account, due in due_times(self._there):
                if account in self._dues and due > time.time():
                    self._dues[account][due] = None
            missing = [order_id for order_id in self.placed if order_id not in self.landed]
            done = [("client_order_ref", "in", missing), ("x_amazon_last_update", "!=", False)]
            for row in self._there.odoo.search_read("sale.order", done, ["client_order_ref"]):
                self.landed[row["client_order_ref"]] = time.time()

    def late(self, key: str, calls: list[float], last: float) -> list[float]:
        """How much later than it was due each search of an account came, of those until `last`."""
        found = []
        for due, end in itertools.pairwise((*self._dues[key], math.inf)):
            served = min((moment for moment in calls if due <= moment < end), default=math.inf)
            if served <= last:
                found.append(served - due)
        return found


def phase(there: Arena, quiet: list[SellerSpec], poll: float, seconds: float, first: int) -> Felt:
    """Watch quiet accounts for `seconds`, while some of them get an order every two seconds."""
    dice, felt = random.Random(first), Felt(seconds=seconds)
    begin, watch = time.time(), Watch(there, quiet)
    in_odoo = [("x_amazon_account", "=", "seller-0000"), ("x_amazon_last_update", "!=", False)]
    before = there.odoo.call("sale.order", "search_count", domain=[list(part) for part in in_odoo])
    watch.start()
    number = first
    while time.time() < begin + seconds - poll * 1.3 - 10:
        spec = dice.choice(quiet)
        watch.placed[put_order(there, spec, number, age=clock.MARGIN)] = (spec.seller_id, time.time())
        number += 1
        time.sleep(2)
    while time.time() < begin + seconds:
        time.sleep(0.5)
    felt.busy_orders = there.odoo.call("sale.order", "search_count", domain=[list(part) for part in in_odoo]) - before
    try:
        until("orders of quiet accounts are in Odoo", lambda: len(watch.landed) == len(watch.placed), poll + 300)
    finally:
        watch.stop.set()
        watch.join()
    calls = there.calls()
    for spec in quiet:
        felt.late += watch.late(spec.key, calls.get(spec.seller_id, []), begin + seconds)
    for order_id, (seller_id, at) in watch.placed.items():
        search = min((moment for moment in calls[seller_id] if moment >= at - 1), default=at)
        felt.landing.append(max(0.0, watch.landed[order_id] - search))
    felt.reserve_us = limiter_cost(there)
    return felt


def due_times(there: Arena) -> list[tuple[str, float]]:
    """When the lanes that no task has are due, by account."""
    pipeline = there.fleet.store.pipeline()
    pipeline.zrange("amz:due:live", 0, -1, withscores=True)
    pipeline.zrange("amz:due:out", 0, -1)
    live, out = pipeline.execute()
    taken = set(out)
    return [(lane_of(lane)[0], at) for lane, at in live if lane not in taken]


def limiter_cost(there: Arena, calls: int = 2000) -> float:
    """Microseconds of one reservation, with the fleet at work on the same Redis."""
    begin = time.perf_counter()
    for place in range(calls):
        there.there.fetch.limiter.reserve(f"bench-{place % 1000}", "getOrder")
    return (time.perf_counter() - begin) / calls * 1e6


def pause(there: Arena, key: str) -> None:
    """Pause an account until it is said to work again."""
    there.there.pauses.pause(key, "paused by the measurement")
    there.fleet.store.expire(f"amz:pause:{key}:paused", 86400)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="200 accounts, 10,000 orders waiting, 3 minutes each")
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--orders", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--poll", type=float)
    parser.add_argument("--write", action="store_true", help="keep the report in docs/performance/fairness.md")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no process is left behind
    accounts = given.accounts or (200 if given.short else 1000)
    orders = given.orders or (10_000 if given.short else 100_000)
    seconds, poll = given.seconds or (180.0 if given.short else 900.0), given.poll or (60.0 if given.short else 180.0)
    specs = sellers(accounts, 0)
    specs[0] = SellerSpec(specs[0].key, "eu", ("DE",), orders)
    busy_key = specs[0].key
    with arena(
        specs, workers=WORKERS, speed=100.0, poll_seconds=poll, days=30, before=lambda there: pause(there, busy_key)
    ) as there:
        quiet = specs[1:]
        until("every quiet account was searched", lambda: len(there.calls()) == accounts - 1, 1800)
        time.sleep(poll)
        alone = phase(there, quiet, poll, seconds, 100_000)
        there.there.pauses.works(busy_key)
        there.there.schedule.hurry(busy_key, "all")
        until("the busy account brings orders", lambda: specs[0].seller_id in there.calls(), 60)
        busy = phase(there, quiet, poll, seconds, 1)
        left = there.there.gate.waiting("main", busy_key)
        throttled = there.counted()[1]
    if not (alone.landing and busy.landing):
        sys.exit(f"no order of a quiet account came in within {seconds:g} s: give it more --seconds")
    command = f"python -m bench.fairness{' --short' if given.short else ''}"
    lines = [
        (
            f"`{command}`: {accounts:,} accounts that are searched every {poll:g} s, one of which has {orders:,} "
            f"orders waiting ({left:,} of them read and waiting for Odoo when the second phase ended); {seconds:g} s "
            "each; quotas at 100 x Amazon's rates, so that the busy account brings more than Odoo takes; simulated "
            "Amazon and Odoo 19; one fetch worker (2 processes), one upsert worker (100 threads). "
            f"429s: {throttled}."
        ),
        "",
        (
            "Late: how much later than it was due an account was searched. Landing: from the search that found an "
            "order of a quiet account until it was in Odoo. Reservation: one call of the limiter, from Python, on the "
            "same Redis."
        ),
        "",
        (
            "| | Busy account's orders | Searches of the others | late p50 | late p95 | Their orders | landing p50 "
            "| landing p95 | Reservation |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
        alone.row("before"),
        busy.row("with the busy account"),
    ]
    report("fairness", "Many accounts, one of them busy", lines, write=given.write)


if __name__ == "__main__":
    main()
