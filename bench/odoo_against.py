"""Orders a second by the whole fleet, against Odoo's own ORM with the same orders and the same number of processes.

In rounds: the limit, the fleet, the limit, and so on. Machines change their speed by a third within minutes, so that
a round of the fleet is held against the limit just before it and just after it. Nothing counts that is done for the
first time: the limit has a batch before its clock starts, the fleet an account of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any
from uuid import uuid4

from bench.meter import CpuMeter
from bench.odoo_fleet import PARTS, Run, drain, hold, launch, prepared
from bench.odoo_orders import Values, decided, drawn, values
from bench.odoo_server import BATCH, SERVER, Server, by_the_orm
from bench.odoo_usual import usual
from clients.odoo.client import Connection, connect
from domain.odoo import CreateOrder
from tests.flow.fleet import Fleet, OdooTarget, SellerSpec

SEED = 1907


@dataclass(frozen=True)
class Limit:
    """Orders a second, CPU ms of Odoo and PostgreSQL an order, CPU ms a second of the fleet that waits meanwhile."""

    rate: float
    cpu: float
    waiting: float


def against_the_limit(server: Server, number: int, usual_number: int, rounds: int) -> dict[str, Any]:
    """Figure b: `number` orders at Amazon in so many rounds, and the usual way with a few; all on one new database."""
    server.run("all")
    target = server.fresh()
    mark = uuid4().hex[:6]
    numbers = [2 * BATCH, *[number // rounds] * rounds]
    specs = [SellerSpec(f"bench-{mark}-{place}", "eu", ("DE", "FR"), each) for place, each in enumerate(numbers)]
    with tempfile.TemporaryDirectory() as name, prepared(Path(name), target, specs, SEED) as (fleet, services):
        database = services.databases["main"]
        accounts = [services.accounts[spec.key] for spec in specs]
        plans = [decided(database, one, drawn(one, each, SEED)) for one, each in zip(accounts, numbers, strict=True)]
        slow = _usually(target, [values(one, "usual") for one in plans[1][:usual_number]])
        for spec in specs:
            hold(services, spec.key)
        launch(fleet)
        runs, limits = [], []
        for spec, mine in zip(specs, plans, strict=True):
            run = drain(fleet, services, spec, partial(_landed, target, spec.key), more=server.group)
            assert run.orders == len(mine), f"{run.orders} of {len(mine)} orders landed"
            print(f"fleet: {run.rate:.2f} orders a second, {_ms(run, SERVER):.0f} ms of CPU an order", flush=True)
            runs.append(run)
            limits.append(_limit(server, target, Path(name), plans[1], fleet))
    server.run("stop", "pg-stop")
    return {"Odoo's processes": server.workers, "usual": slow, **told(runs[1:], limits, slow)}


def told(runs: Sequence[Run], limits: Sequence[Limit], slow: float) -> dict[str, Any]:
    """The figures of `runs`, each between two of `limits`; of ratios the first is the mean of the rounds."""
    around = list(pairwise(limits))
    clock = [run.rate / mean(one.rate for one in both) for run, both in zip(runs, around, strict=True)]
    cpu = [mean(one.cpu for one in both) / _ms(run, SERVER) for run, both in zip(runs, around, strict=True)]
    rate = sum(run.orders for run in runs) / sum(run.seconds for run in runs)
    return {
        "orders": sum(run.orders for run in runs),
        "fleet": [run.rate for run in runs],
        "limit": [one.rate for one in limits],
        "of the limit by the clock": [mean(clock), *clock],
        "of the limit by Odoo's CPU": [mean(cpu), *cpu],
        "times the usual way": rate / slow,
        "Odoo's CPU ms an order by the fleet": [_ms(run, SERVER) for run in runs],
        "Odoo's CPU ms an order at the limit": [one.cpu for one in limits],
        "own CPU ms an order": {part: mean(_ms(run, part) for run in runs) for part in PARTS},
        "CPU ms a second of the waiting fleet": [one.waiting for one in limits],
    }


def _ms(run: Run, part: str) -> float:
    return 1000 * run.cpu.get(part, 0.0) / run.orders


def _limit(server: Server, target: OdooTarget, folder: Path, plans: Sequence[CreateOrder], fleet: Fleet) -> Limit:
    place = Path(tempfile.mkdtemp(dir=folder))
    groups: dict[str, int | str] = {name: one.pid for name, one in fleet.processes.items()}
    with CpuMeter(groups, pause=5.0) as meter:
        done = by_the_orm(server, target, place, [values(one, place.name) for one in plans])
    print(f"limit: {done.rate:.2f} orders a second, {done.cpu:.0f} ms of CPU an order", flush=True)
    return Limit(done.rate, done.cpu, 1000 * sum(meter.seconds().values()) / meter.elapsed)


def _usually(target: OdooTarget, orders: Sequence[Values]) -> float:
    """Orders a second of one script, without its first ones."""
    usual(target.url, target.database, target.login, "admin", orders[:3])
    rate = len(orders[3:]) / usual(target.url, target.database, target.login, "admin", orders[3:])
    print(f"usual way: {rate:.2f} orders a second", flush=True)
    return rate


def _landed(target: OdooTarget, account: str) -> int:
    odoo = connect(Connection(target.url, target.database, target.login, target.key))
    try:
        domain = [("x_amazon_account", "=", account), ("x_amazon_last_update", "!=", False)]
        return int(odoo.call("sale.order", "search_count", domain=domain))
    finally:
        odoo.close()
