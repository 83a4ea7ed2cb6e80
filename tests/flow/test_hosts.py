"""Two hosts with workers on one broker: one is cut off in the middle of orders, the other takes over, both go on."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clients.odoo.client import Odoo
from tests.flow.fleet import Fleet, OdooTarget
from tests.flow.hosts import ADDRESS, Hosts
from tests.flow.processes import eventually, simulator
from tests.flow.referee import is_due, judge
from tests.flow.test_fleet import landed, marketplaces, running, sellers
from worker.transport import FRESH_SECONDS

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(600)]

# docs/runbook/worker-killed.md: what a lost worker had in hand comes back so soon.
TAKEN_OVER_SECONDS = 25.0
WORKERS = ("fetch", "upsert")


@pytest.fixture(name="hosts")
def two_hosts() -> Iterator[Hosts]:
    with Hosts("a", "b") as hosts:
        yield hosts


@pytest.fixture(name="odoo_target")
def slow_odoo(hosts: Hosts, tmp_path: Path) -> Iterator[OdooTarget]:
    """So slow that a batch of orders is in hand for seconds."""
    process = simulator(
        tmp_path, "odoo", "--host", ADDRESS, "--port", "0", "--series", "19", "--database", "demo", "--login", "admin",
        "--key", "simulated", "--latency", "150",
    ).start()  # fmt: skip
    try:
        url = process.first_match(r"listening on (http://\S+)")
        yield OdooTarget(url=url, database="demo", login="admin", key="simulated")
    finally:
        process.kill()


def in_hand(fleet: Fleet) -> dict[bytes, float]:
    """Messages that a worker has taken and not finished, and when one last said that it has them."""
    said: Any = fleet.store.zrange("unacked_index", 0, -1, withscores=True)
    return dict(said)


def silent(fleet: Fleet, since: float) -> set[bytes]:
    """Messages in hand of which nobody has said so after `since`."""
    return {tag for tag, said in in_hand(fleet).items() if said <= since}


def now(fleet: Fleet) -> float:
    """The broker's clock."""
    seconds, microseconds = fleet.store.time()
    return float(seconds + microseconds / 1e6)


def imported(fleet: Fleet, name: str) -> int:
    """Orders that a process says it has brought into Odoo or changed there."""
    text = fleet.processes[name].text()
    return text.count(": order imported") + text.count(": order updated") + text.count(": order cancelled")


def doubled(odoo: Odoo) -> list[str]:
    """Amazon's ids that more than one sale order has, cancelled ones too."""
    refs = Counter(row["client_order_ref"] for row in odoo.search_read("sale.order", [], ["client_order_ref"]))
    return [ref for ref, times in refs.items() if times > 1]


def test_a_host_that_is_cut_off_is_replaced_and_works_again_by_itself(
    tmp_path: Path, hosts: Hosts, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = sellers(100)
    with running(tmp_path, odoo_target, specs, monkeypatch, address=ADDRESS) as (fleet, odoo, idle):
        for host in ("a", "b"):
            for name in WORKERS:
                fleet.start_on(host, name, hosts.enter(host))
        fleet.start("beat")
        eventually("both hosts import", lambda: all(imported(fleet, f"upsert@{host}") > 0 for host in "ab"), timeout=90)
        due = sum(is_due(raw, spec.marketplaces) for spec in specs for raw in fleet.truth()[spec.key])
        returning = {name: fleet.processes[f"{name}@a"].pid for name in WORKERS}

        hosts.cut("a")
        cut, cut_at = time.monotonic(), now(fleet)
        assert landed(odoo, specs) < due
        done = imported(fleet, "upsert@a")
        eventually("the other host has said what it has", lambda: now(fleet) - cut_at > 2 * FRESH_SECONDS)
        lost = silent(fleet, cut_at)
        assert lost, "the host was cut off between two orders, not in the middle of any"
        eventually(
            "what was lost has been given to the other host", lambda: not lost & silent(fleet, cut_at), pause=0.1
        )
        given = time.monotonic() - cut
        assert given < TAKEN_OVER_SECONDS
        eventually("all orders have landed without the host that is cut off", idle, timeout=120)
        everything = time.monotonic() - cut
        assert imported(fleet, "upsert@a") == done
        assert judge(odoo, fleet.truth(), marketplaces(specs)) == []
        assert landed(odoo, specs) == due
        assert doubled(odoo) == []

        hosts.mend("a")
        mended = time.monotonic()
        for name in WORKERS:
            fleet.kill(f"{name}@b")
        fleet.amazon("POST", "/advance", {"step": 1})
        changed = fleet.truth()
        eventually(
            "the host that returned brings Amazon's later changes in, alone",
            lambda: judge(odoo, changed, marketplaces(specs)) == [],
            timeout=180,
            pause=1,
        )
        alone = time.monotonic() - mended
        eventually("nothing is in hand any more", lambda: not in_hand(fleet))
        assert doubled(odoo) == []
        assert {name: fleet.processes[f"{name}@a"].pid for name in WORKERS} == returning
    told = (
        f"{len(lost)} messages given to the other host {given:.1f} s after the cut, all in after {everything:.1f} s; "
    )
    sys.stdout.write(f"\n{told}{alone:.1f} s after its return the host had brought all changes in, alone\n")
