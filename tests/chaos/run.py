"""One campaign from its options to its report."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from tests.chaos import plan
from tests.chaos.campaign import Campaign, Size
from tests.chaos.checks import Checks
from tests.chaos.faults import Faults
from tests.chaos.fleet import WHOLE, ChaosFleet
from tests.chaos.load import Load
from tests.chaos.odoo import OdooServer, RealOdoo, SimulatedOdoo
from tests.chaos.report import Result
from tests.chaos.versions import export, version_before
from tests.flow.conftest import real_target, with_bot
from tests.flow.fleet import OdooTarget, SellerSpec
from tests.flow.processes import ROOT, eventually, simulator
from tests.servers import control
from worker.bootstrap import build_services

_KEY: Final = "chaos-odoo-key"
_PLACES: Final = (("eu", ("DE", "FR")), ("na", ("US", "CA")), ("fe", ("JP", "AU")), ("eu", ("GB", "PL")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is to be done. `minutes` of mixed faults, a third of them while deliveries are told; `pause` between two.

    `real`: a real Odoo 19 of the environment (ODOO_TEST_19, ODOO_TEST_ROOT), which is killed now and then.
    `alone`: kinds of faults whose recovery is measured. `longest`: seconds that a fault of the mixture lasts at most.
    `before`: the commit that a deployment comes from, by default the one before the last that changed the program.
    """

    seed: int
    orders: int = 300
    accounts: int = 4
    shipments: int = 40
    minutes: float = 3.0
    pause: float = 6.0
    odd: float = 0.1
    real: bool = False
    kinds: Sequence[str] = plan.ALL
    alone: Sequence[str] = ()
    names: tuple[str, ...] = WHOLE
    at_start: float = 0.5
    longest: float = plan.LONGEST
    poll_seconds: float = 5.0
    before: str = ""


def run(given: Options, folder: Path) -> Result:
    """Do it in `folder`, which is emptied first; nothing runs any more when it ends."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    each = round(given.orders * given.at_start / given.accounts)
    mark = uuid4().hex[:5]
    specs = tuple(
        SellerSpec(f"c{number:02}-{mark}", *_PLACES[number % len(_PLACES)], each, given.odd)
        for number in range(given.accounts)
    )
    with _odoo(given, folder) as target, pytest.MonkeyPatch.context() as patch:
        deployed = "deploy" in {*given.kinds, *given.alone}
        options = {
            "names": given.names,
            "before": export(given.before or version_before(), folder / "before") if deployed else ROOT,
            "seed": given.seed,
            "poll_seconds": given.poll_seconds,
            "speed": 100.0,
            "page_size": 25,
        }
        with ChaosFleet(folder, target, specs, **options) as fleet:  # type: ignore[arg-type]
            return _run(given, fleet, target, patch)


def _run(given: Options, fleet: ChaosFleet, target: OdooTarget, patch: pytest.MonkeyPatch) -> Result:
    eventually("the broker answers", fleet.broker_answers)
    settings = fleet.settings(patch)
    odoo = fleet.set_up_odoo(settings)
    there = build_services(settings)
    try:
        server: OdooServer = SimulatedOdoo(target.url, fleet.turn)
        if given.real:
            server = RealOdoo(control(target.url), odoo, target.bot_login)
        load, checks = Load(fleet, odoo), Checks(fleet, odoo, there)
        size = Size(given.orders, given.at_start, given.shipments)
        campaign = Campaign(fleet, there, load, Faults(fleet, server), checks, size, say)
        fleet.start_fleet()
        landing, shipping = given.minutes * 40, given.minutes * 20
        campaign.land(plan.mixed(given.seed, landing, given.pause, given.kinds, longest=given.longest))
        campaign.ship(plan.mixed(given.seed + 1_000_000, shipping, given.pause, given.kinds, longest=given.longest))
        campaign.recover(plan.singles(given.seed, given.alone))
        if given.alone:
            campaign.settle("at the end")
        running = len(fleet.leftovers())
        if running < len(given.names):
            campaign.wrong.append(f"{running} of {len(given.names)} processes are seen: none would be missed")
        stubborn = fleet.end_fleet()
        wrong = [*campaign.wrong, *(f"{name} did not end by itself" for name in stubborn), *checks.told_of_people()]
        wrong += checks.messages_left()
        wrong += [f"a process is left: {' '.join(one.cmdline()[-6:])}" for one in fleet.leftovers()]
        due, parked = checks.due()
        told = load.told()
        return Result(
            title=f"Campaign of seed {given.seed}: {'real Odoo 19' if given.real else 'simulated Odoo 19'}",
            machine=_machine(),
            counts={
                "accounts": given.accounts,
                "orders at Amazon": len(checks.orders()),
                "sale orders due": due,
                "orders to be parked": parked,
                "deliveries validated": len(load.shipped),
                "packages at Amazon": sum(map(len, told.values())),
                "packages told again (same package)": sum(
                    package["told"] - 1 for packages in told.values() for package in packages
                ),
                "processes of the fleet": running,
                "seconds with two versions at work": round(campaign.faults.together),
            },
            struck=campaign.struck,
            recoveries=campaign.recoveries,
            seconds=campaign.seconds,
            restarts=fleet.restarts,
            failed=checks.failed(),
            tracebacks=checks.tracebacks(),
            wrong=wrong,
        )
    finally:
        there.close()
        odoo.close()


@contextmanager
def _odoo(given: Options, folder: Path) -> Iterator[OdooTarget]:
    if given.real:
        yield with_bot(real_target("real-19"))
        return
    process = simulator(
        folder, "odoo", "--port", "0", "--series", "19", "--database", "demo", "--login", "admin", "--key", _KEY
    ).start()
    try:
        yield OdooTarget(process.first_match(r"listening on (http://\S+)"), "demo", "admin", _KEY)
    finally:
        process.kill()


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def say(line: str) -> None:
    """Tell what happens, on standard error."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")
    sys.stderr.flush()
