"""A real fleet for a measurement: broker, workers and beat in their own processes, simulated Amazon and Odoo."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clients.odoo.client import Odoo
from tasks.context import Services
from tests.flow.fleet import Fleet, OdooTarget, SellerSpec
from tests.flow.processes import simulator
from worker.bootstrap import build_services

REPORTS = Path(__file__).resolve().parents[1] / "docs" / "performance"


@dataclass(frozen=True)
class Arena:
    """The fleet, its services in this process, and a client of its Odoo."""

    fleet: Fleet
    there: Services
    odoo: Odoo

    def calls(self, operation: str = "searchOrders") -> dict[str, list[float]]:
        """When each seller called `operation`, by Amazon's clock."""
        found: dict[str, list[float]] = self.fleet.amazon("GET", f"/calls?operation={operation}")
        return found

    def counted(self) -> tuple[int, int]:
        """Calls of the API at Amazon, and those among them that it answered with 429; Amazon's own counters."""
        stats: dict[str, Any] = self.fleet.amazon("GET", "/stats")["calls"]
        rows = [row for operations in stats.values() for row in operations.values()]
        return sum(row["calls"] for row in rows), sum(row["throttled"] for row in rows)

    def drained(self) -> bool:
        """Whether every account was read to its end, and all its orders have landed."""
        lanes = self.there.lanes
        return all(
            lanes.scanned(key, "all") is not None
            and lanes.window(key, "all") is None
            and lanes.waiting(key, "all") == 0
            for key in self.there.accounts
        )


@contextmanager
def arena(
    specs: Sequence[SellerSpec],
    *,
    workers: Sequence[str],
    before: Callable[[Arena], None] = lambda _: None,
    **options: Any,
) -> Iterator[Arena]:
    """Start all of it, with the limiter of a fleet that has run for long; end all of it.

    `before` is called when everything but `workers` runs.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        process = simulator(
            folder, "odoo", "--port", "0", "--series", "19", "--database", "demo",
            "--login", "admin", "--key", "simulated-key",
        ).start()  # fmt: skip
        try:
            url = process.first_match(r"listening on (http://\S+)")
            target = OdooTarget(url=url, database="demo", login="admin", key="simulated-key")
            with Fleet(folder, target, tuple(specs), **options) as fleet, pytest.MonkeyPatch.context() as patch:
                settings = fleet.settings(patch)
                odoo = fleet.set_up_odoo(settings)
                there = build_services(settings)
                fleet.store.set("amz:limit:born", "1")
                made = Arena(fleet, there, odoo)
                before(made)
                for worker in workers:
                    fleet.start(worker)
                try:
                    yield made
                finally:
                    for worker in workers:
                        fleet.kill(worker)
                    there.close()
                    odoo.close()
        finally:
            process.kill()


def sellers(number: int, orders: int) -> list[SellerSpec]:
    """Sellers of one marketplace each, with so many orders."""
    return [SellerSpec(f"seller-{place:04}", "eu", ("DE",), orders) for place in range(number)]


def until(what: str, done: Any, seconds: float, pause: float = 0.5) -> None:
    """Wait until `done()`. Raises TimeoutError, naming `what`."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(pause)


def machine() -> str:
    """What the figures were measured on."""
    parts = (
        f"{os.cpu_count()} cores",
        f"{platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}",
        f"load {os.getloadavg()[0]:.0f}",
    )
    return ", ".join(parts)


def report(name: str, title: str, lines: Sequence[str], *, write: bool) -> None:
    """Print a report, and keep it in docs/performance when asked to."""
    stamp = time.strftime("%Y-%m-%d", time.gmtime())
    text = "\n".join([f"# {title}", "", f"Measured {stamp} on {machine()} (load: when it ended).", "", *lines, ""])
    print(text)
    if write:
        (REPORTS / f"{name}.md").write_text(text, encoding="utf-8")
