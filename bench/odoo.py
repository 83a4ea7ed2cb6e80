"""`make bench-odoo`: how near to Odoo's own limit the fleet comes, and what an order costs.

b. Orders a second into a real Odoo 19 by the whole fleet, against an in-process ORM batch of the same orders in as many
   processes as the server has, and against the usual way (OdooRPC, record by record). With one process of Odoo, and
   with two.
c. CPU, Redis commands and memory per order, mapper speed; Odoo is simulated here, as it is not what is measured.
calls. What each call costs the real Odoo 19, CPU an order; one client, batches of 50.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from bench.meter import CpuMeter
from bench.odoo_calls import where
from bench.odoo_cost import cost
from bench.odoo_fleet import PARTS, Run, drain, prepared
from bench.odoo_orders import Values, decided, drawn, values
from bench.odoo_usual import usual
from clients.odoo.client import Connection, connect
from domain.odoo import CreateOrder
from tasks.context import Services
from tests.flow.conftest import with_bot
from tests.flow.fleet import Fleet, OdooTarget, SellerSpec
from tests.flow.processes import ROOT
from tests.servers import secret
from worker.memory import NO_STORES, VARIABLE

HERE = Path(__file__).parent
SEED = 1907
BATCH = 50


class Server:
    """A real Odoo 19 of its own, reset before each measurement."""

    def __init__(self, root: Path, workers: int, http: int, postgres: int) -> None:
        self.root, self.workers = root, workers
        ports = ("--http-port", str(http), "--pg-port", str(postgres))
        self._command = [str(ROOT / "scripts" / "odoo-server"), "--root", str(root), "--series", "19", *ports]
        self._command += ["--workers", str(workers), "--cron", "0"]
        cache = os.environ.get("ODOO_CACHE")
        self._command += ["--cache", cache] if cache else []
        self.url = f"http://127.0.0.1:{http}"
        self.group: dict[str, int | str] = {"Odoo and PostgreSQL": str(root)}

    def run(self, *arguments: str) -> str:
        done = subprocess.run([*self._command, *arguments], check=True, capture_output=True, text=True)
        return done.stdout

    def fresh(self) -> OdooTarget:
        """A new database, its administrator, and the bot that setup makes."""
        self.run("reset")
        target = OdooTarget(self.url, "odoo19", "admin", self.run("key").split()[-1])
        given = {"url": target.url, "database": target.database, "login": target.login, "key": target.key}
        os.environ |= {"ODOO_TEST_19": json.dumps(given), "ODOO_TEST_ROOT": str(self.root)}
        with_bot.__globals__["_bots"].clear()  # the database before this one had another bot, and other keys
        secret.__globals__["_keys"].clear()
        return with_bot(target)

    def shell(self, program: Path) -> subprocess.Popen[str]:
        """Start a program in Odoo's shell."""
        command = [*self._command, "shell", str(program)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def by_the_orm(server: Server, target: OdooTarget, folder: Path, orders: Sequence[Values]) -> tuple[float, float]:
    """Orders a second, and CPU seconds of Odoo and PostgreSQL an order, of ORM batches in the server's own number."""
    bot = connect(Connection(target.url, target.database, target.bot_login, target.bot_key))
    user = bot.uid
    bot.close()
    go = folder / "go"
    program = (HERE / "odoo_limit.py").read_text()
    parts = []
    for place in range(server.workers):
        names = {name: str(folder / f"{name}-{place}") for name in ("orders", "ready", "result", "program")}
        Path(names["orders"]).write_text(json.dumps(list(orders[place :: server.workers])))
        given = {**names, "go": str(go), "user": user, "size": BATCH}
        Path(names["program"]).write_text(f"{program}\n\nrun(env, {given!r})\n")
        parts.append((names, server.shell(Path(names["program"]))))
    while not all(Path(names["ready"]).exists() for names, _ in parts):
        for _, process in parts:
            assert process.poll() is None, process.communicate()[0]
        time.sleep(0.1)
    with CpuMeter(server.group) as meter:
        go.touch()
        for names, process in parts:
            told, _ = process.communicate()
            assert Path(names["result"]).exists(), told
    results = [json.loads(Path(names["result"]).read_text()) for names, _ in parts]
    done = sum(one["orders"] for one in results)
    seconds = max(one["ended"] for one in results) - min(one["began"] for one in results)
    return done / seconds, meter.seconds()["Odoo and PostgreSQL"] / done


def by_the_usual_way(target: OdooTarget, orders: Sequence[Values]) -> float:
    """Orders a second of one script."""
    usual(target.url, target.database, target.login, "admin", orders[:3])
    some = orders[3:]
    return len(some) / usual(target.url, target.database, target.login, "admin", some)


def through_the_fleet(server: Server, target: OdooTarget, fleet: Fleet, services: Services, spec: SellerSpec) -> Run:
    """The whole fleet, its CPU and Odoo's."""
    admin = connect(Connection(target.url, target.database, target.login, target.key))
    done = [("x_amazon_account", "=", spec.key), ("x_amazon_last_update", "!=", False)]
    with CpuMeter(server.group) as meter:
        run = drain(fleet, services, spec, lambda: int(admin.call("sale.order", "search_count", domain=done)))
    admin.close()
    return replace(run, cpu={**run.cpu, **meter.seconds()})


def _limit(server: Server, target: OdooTarget, folder: Path, plans: Sequence[CreateOrder], when: str) -> list[float]:
    """Orders a second, and CPU ms of Odoo and PostgreSQL an order, at the limit."""
    place = folder / when
    place.mkdir()
    rate, cpu = by_the_orm(server, target, place, [values(one, f"limit {when}") for one in plans])
    print(f"limit {when}: {rate:.2f} orders a second, {1000 * cpu:.0f} ms of CPU an order", flush=True)
    return [rate, 1000 * cpu]


def against_the_limit(given: argparse.Namespace, workers: int) -> dict[str, Any]:
    """Figure b: all on one new database; the limit before the fleet and after it, as machines change their speed."""
    server = Server(given.root, workers, given.http_port, given.pg_port)
    server.run("all")
    target = server.fresh()
    spec = SellerSpec(f"bench-{uuid4().hex[:6]}", "eu", ("DE", "FR"), given.orders)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with prepared(folder, target, spec, SEED) as (fleet, services):
            account = services.accounts[spec.key]
            plans = decided(services.databases["main"], account, drawn(account, given.orders, SEED))
            limits = [_limit(server, target, folder, plans, "before")]
            slow = by_the_usual_way(target, [values(one, "usual") for one in plans[: given.usual]])
            print(f"usual way: {slow:.2f} orders a second", flush=True)
            run = through_the_fleet(server, target, fleet, services, spec)
            limits.append(_limit(server, target, folder, plans, "after"))
    server.run("stop", "pg-stop")
    assert run.orders == len(plans), f"{run.orders} of {len(plans)} orders landed"
    limit, least = (sum(one) / len(limits) for one in zip(*limits, strict=True))
    spent = 1000 * run.cpu["Odoo and PostgreSQL"] / run.orders
    return {
        "orders": run.orders,
        "Odoo's processes": workers,
        "fleet": run.rate,
        "limit, before and after": [rate for rate, _ in limits],
        "usual": slow,
        "of the limit by the clock": run.rate / limit,
        "of the limit by Odoo's CPU": least / spent,
        "times the usual way": run.rate / slow,
        "Odoo's CPU ms an order by the fleet": spent,
        "Odoo's CPU ms an order at the limit": [cpu for _, cpu in limits],
        "own CPU ms an order": {part: 1000 * run.cpu.get(part, 0.0) / run.orders for part in PARTS},
        "load": os.getloadavg()[1],
    }


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
    with tempfile.TemporaryDirectory() as name, prepared(Path(name), target, spec, SEED) as (_, services):
        account = services.accounts[spec.key]
        orders = drawn(account, number, SEED)
        for way in ("bundles", "call by call"):
            mine = replace(account, key=f"{spec.key}-{way[0]}")
            spent = where(connection, server.group, mine, orders, BATCH, bundles=way == "bundles")
            told[way] = {"orders": spent.orders, "ms": spent.milliseconds(), "calls": dict(spent.calls)}
            with tempfile.TemporaryDirectory() as folder:
                other = replace(account, key=f"{spec.key}-l{way[0]}")
                plans = [values(one, other.key) for one in decided(services.databases["main"], other, orders)]
                limits.append(1000 * by_the_orm(server, target, Path(folder), plans)[1])
            print(f"{way}: {told[way]['ms']['all']:.1f} ms an order, limit: {limits[-1]:.1f} ms", flush=True)
    server.run("stop", "pg-stop")
    ratios = {f"limit / {way}": sum(limits) / len(limits) / told[way]["ms"]["all"] for way in told}
    return {"Odoo's CPU an order": told, "limit, ms": limits, **ratios, "load": os.getloadavg()[1]}


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
    parser.add_argument("--http-port", type=int, default=8919)
    parser.add_argument("--pg-port", type=int, default=5919)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no process is left behind
    given.orders, given.usual = (160, 23) if given.short else (3000, 103)
    first, last = given.marks or ((400, 1600) if given.short else (10_000, 50_000))
    os.environ[VARIABLE] = NO_STORES  # as for all who start the fleet
    told: dict[str, Any] = {"at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}", "machine": machine()}
    began = time.monotonic()
    if given.only in {None, "calls"}:
        told["calls"] = by_call(given)
        print(json.dumps(told["calls"], indent=2), flush=True)
    if given.only in {None, "b"}:
        told["b"] = []
        for workers in given.odoo_workers:
            told["b"].append(against_the_limit(given, workers))
            print(json.dumps(told["b"][-1], indent=2), flush=True)
    if given.only in {None, "c"}:
        told["c"] = cost(first, last)
        print(json.dumps(told["c"], indent=2), flush=True)
    told["minutes"] = round((time.monotonic() - began) / 60, 1)
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
