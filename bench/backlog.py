"""a: how long a backlog takes, against the time that Amazon's quotas allow.

    python -m bench.backlog [--short] [--accounts 1 10 100] [--write]

Each account begins with a full bucket (20 searches) and has so many pages waiting that the bucket runs dry; the quota
then gives one search in 179 seconds, at Amazon's own rates. The bound is the time until the last page may be asked for.
With many accounts the simulated Amazon gives smaller pages, so that the quota is the limit, and not the machine.
"""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import dataclass

from bench.arena import arena, report, sellers, until
from state.limiter import QUOTAS

QUOTA = QUOTAS["searchOrders"]
WORKERS = ("fetch", "upsert", "upsert2", "beat")
PAGE_SIZES = {1: 100, 10: 20, 100: 2}
SHORT_PAGE_SIZES = {1: 20, 10: 2, 100: 1}


@dataclass(frozen=True)
class Drain:
    accounts: int
    page_size: int
    pages: int
    orders: int
    bound: float
    read: float
    landed: float
    calls: int
    throttled: int

    def row(self) -> str:
        cells = [
            str(self.accounts), f"{self.pages} x {self.page_size}", f"{self.orders:,}", f"{self.bound:.0f} s",
            f"{self.read:.1f} s", f"{self.landed:.1f} s", f"**{self.landed / self.bound:.3f}**", str(self.calls),
            str(self.throttled), f"{self.calls * 1000 / self.orders:.1f}",
        ]  # fmt: skip
        return f"| {' | '.join(cells)} |"


def drain(accounts: int, pages: int, size: int, speed: float) -> Drain:
    """Let a fleet drain `pages` pages of each account."""
    specs = sellers(accounts, pages * size)
    bound = (pages - QUOTA.burst) / (QUOTA.rate * speed)
    with arena(specs, workers=WORKERS, speed=speed, poll_seconds=3600.0, page_size=size, days=30) as there:
        until("the backlog is drained", there.drained, bound * 3 + 1800)
        landed = there.fleet.store.time()
        times = [moment for moments in there.calls().values() for moment in moments]
        calls, throttled = there.counted()
        return Drain(
            accounts, size, pages, accounts * pages * size, bound, max(times) - min(times),
            landed[0] + landed[1] / 1e6 - min(times), calls, throttled,
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="2 pages beyond the burst instead of 10")
    parser.add_argument("--accounts", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--speed", type=float, default=1.0, help="multiplies the simulated Amazon's rates")
    parser.add_argument("--write", action="store_true", help="keep the report in docs/performance/backlog.md")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no process is left behind
    pages, sizes = (QUOTA.burst + 2, SHORT_PAGE_SIZES) if given.short else (QUOTA.burst + 10, PAGE_SIZES)
    found = [
        drain(accounts, pages, sizes.get(accounts, max(1, 200 // accounts)), given.speed) for accounts in given.accounts
    ]
    lines = [
        (
            f"`python -m bench.backlog{' --short' if given.short else ''}`: quotas at {given.speed:g} x "
            "Amazon's rates; simulated Amazon and Odoo 19; one fetch worker (2 processes), two upsert workers (100 "
            "threads each), beat. "
            "Calls and 429s are the simulated Amazon's own counters. The time runs from the first search to the last "
            "order in Odoo."
        ),
        "",
        (
            "| Accounts | Pages each x orders | Orders | Bound | Last page asked | Last order in Odoo | by the bound "
            "| Calls | 429s | Calls per 1,000 orders |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|",
        *(one.row() for one in found),
        "",
        "Calls per 1,000 orders depend on the page size alone: Amazon's own pages hold 100 (first line).",
    ]
    report("backlog", "Draining a backlog", lines, write=given.write)


if __name__ == "__main__":
    main()
