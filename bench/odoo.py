"""`make bench-odoo`: how near to Odoo's own limit the fleet comes, and what an order costs.

b. Orders a second into a real Odoo 19 by the whole fleet, against an in-process ORM batch of the same orders in as many
   processes as the server has, in turn, and against the usual way (OdooRPC, record by record). With one process of
   Odoo, and with two. `--apart`: Odoo and PostgreSQL have one core, also at the limit, and the fleet has the others.
c. CPU, Redis commands and memory per order, mapper speed; Odoo is simulated here, as it is not what is measured.
calls. What each call costs the real Odoo 19, CPU an order; one client, batches of 50.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from bench.odoo_against import SEED, against_the_limit
from bench.odoo_calls import where
from bench.odoo_cost import cost
from bench.odoo_fleet import prepared
from bench.odoo_orders import decided, drawn, values
from bench.odoo_server import BATCH, Server, by_the_orm
from clients.odoo.client import Connection
from tests.flow.fleet import SellerSpec
from worker.memory import NO_STORES, VARIABLE


def by_call(given: argparse.Namespace) -> dict[str, Any]:
    """Where an order's time in Odoo goes, in bundles and call by call; between them the limit, in the same minutes."""
    server = Server(given.root, 1, given.http_port, given.pg_port)
    server.run("all")
    target = server.fresh()
    number = min(given.orders, 1500)
    spec = SellerSpec(f"calls-{uuid4().hex[:6]}", "eu", ("DE", "FR"), number)
    connection = Connection(target.url, target.database, target.bot_login, target.bot_key)
    told: dict[str, Any] = {}
    limits = []
    with tempfile.TemporaryDirectory() as name, prepared(Path(name), target, (spec,), SEED) as (_, services):
        account = services.accounts[spec.key]
        orders = drawn(account, number, SEED)
        for way in ("bundles", "call by call"):
            mine = replace(account, key=f"{spec.key}-{way[0]}")
            spent = where(connection, server.group, mine, orders, BATCH, bundles=way == "bundles")
            told[way] = {"orders": spent.orders, "ms": spent.milliseconds(), "calls": dict(spent.calls)}
            with tempfile.TemporaryDirectory() as folder:
                other = replace(account, key=f"{spec.key}-l{way[0]}")
                plans = [values(one, other.key) for one in decided(services.databases["main"], other, orders)]
                limits.append(by_the_orm(server, target, Path(folder), plans).cpu)
            print(f"{way}: {told[way]['ms']['all']:.1f} ms an order, limit: {limits[-1]:.1f} ms", flush=True)
    server.run("stop", "pg-stop")
    ratios = {f"limit / {way}": sum(limits) / len(limits) / told[way]["ms"]["all"] for way in told}
    return {"Odoo's CPU an order": told, "limit, ms": limits, **ratios, "load": os.getloadavg()[1]}


def leave_a_core() -> int:
    """Keep this process, and all that it starts, from one core; return which."""
    first, *others = sorted(os.sched_getaffinity(0))
    if not others:
        sys.exit("--apart needs two cores: one for Odoo, one for the fleet")
    os.sched_setaffinity(0, others)
    return first


def machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.odoo", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer orders: minutes instead of half an hour")
    parser.add_argument("--only", choices=("b", "c", "calls"), help="one of the figures")
    parser.add_argument("--marks", type=int, nargs=2, help="after how many orders memory is read (10000 50000)")
    parser.add_argument("--root", type=Path, default=Path("/var/tmp/amazon-odoo-connector-bench"))
    parser.add_argument("--odoo-workers", type=int, nargs="+", default=[1, 2], help="processes of Odoo: b for each")
    parser.add_argument("--rounds", type=int, default=4, help="of b: the limit before and after each")
    parser.add_argument("--apart", action="store_true", help="of b: one core for Odoo, the others for the fleet")
    parser.add_argument("--http-port", type=int, default=8919)
    parser.add_argument("--pg-port", type=int, default=5919)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no process is left behind
    given.orders, given.usual = (160, 23) if given.short else (4800, 103)
    first, last = given.marks or ((400, 1600) if given.short else (10_000, 50_000))
    core = leave_a_core() if given.apart else None
    os.environ[VARIABLE] = NO_STORES  # as for all who start the fleet
    told: dict[str, Any] = {"at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}", "machine": machine()}
    began = time.monotonic()
    if given.only in {None, "calls"}:
        told["calls"] = by_call(given)
        print(json.dumps(told["calls"], indent=2), flush=True)
    if given.only in {None, "b"}:
        told["b"] = []
        for workers in given.odoo_workers:
            server = Server(given.root, workers, given.http_port, given.pg_port, core)
            server.run("stop", "pg-stop")  # what still runs from before may have other cores
            told["b"].append(against_the_limit(server, given.orders, given.usual, given.rounds))
            print(json.dumps(told["b"][-1], indent=2), flush=True)
    if given.only in {None, "c"}:
        told["c"] = cost(first, last)
        print(json.dumps(told["c"], indent=2), flush=True)
    told["minutes"] = round((time.monotonic() - began) / 60, 1)
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
