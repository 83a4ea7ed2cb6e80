"""The whole fleet at work: simulated Amazon, embedded broker, Celery workers, beat, and any Odoo."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.meter import CpuMeter, commands, megabytes
from tasks.context import Services
from tests.flow.fleet import Fleet, OdooTarget, SellerSpec
from worker.bootstrap import build_services

# Counting 50,000 orders keeps the simulated Odoo from its work for a while: seldom.
_COUNT_SECONDS = 10.0
PARTS = ("upsert", "fetch", "beat", "broker", "amazon")


@dataclass(frozen=True)
class Run:
    """`orders` landed in `seconds`, from the first page read to the last order landed; `cpu` in seconds by group."""

    orders: int
    seconds: float
    cpu: dict[str, float]
    commands: int
    memory: dict[int, dict[str, list[float]]]

    @property
    def rate(self) -> float:
        return self.orders / self.seconds


@contextmanager
def prepared(folder: Path, target: OdooTarget, spec: SellerSpec, seed: int) -> Iterator[tuple[Fleet, Services]]:
    """A fleet whose Odoo is set up and that is not started yet."""
    # Speed: Amazon shall not be the limit, and the limiter believes no rate beyond a hundredfold of the published one.
    with pytest.MonkeyPatch.context() as patch, Fleet(folder, target, (spec,), seed=seed, speed=50) as fleet:
        settings = fleet.settings(patch)
        fleet.set_up_odoo(settings).close()
        services = build_services(settings)
        try:
            yield fleet, services
        finally:
            services.close()


def landed(services: Services, spec: SellerSpec) -> bool:
    """Whether everything of the account has been read and is in Odoo."""
    lanes = services.lanes
    return (
        lanes.scanned(spec.key, "all") is not None
        and lanes.window(spec.key, "all") is None
        and lanes.waiting(spec.key, "all") == 0
    )


def drain(
    fleet: Fleet, services: Services, spec: SellerSpec, count: Callable[[], int], *, marks: tuple[int, ...] = ()
) -> Run:
    """Start the fleet and wait until all has landed; memory is read when `marks` orders have."""
    memory: dict[int, dict[str, list[float]]] = {}
    fleet.start("upsert")
    fleet.start("fetch")
    time.sleep(8)  # what starting costs is not what an order costs
    used = commands(fleet.store)
    fleet.start("beat")
    groups: dict[str, int | str] = {name: fleet.processes[name].pid for name in PARTS}
    with CpuMeter(groups) as meter:
        _until(lambda: services.lanes.waiting(spec.key, "all") > 0)
        began = counted = time.monotonic()
        while not landed(services, spec):
            if time.monotonic() - counted >= _COUNT_SECONDS:
                _read(memory, marks, groups, count)
                counted = time.monotonic()
            time.sleep(0.5)
        seconds = time.monotonic() - began
        _read(memory, marks, groups, count)
    return Run(count(), seconds, meter.seconds(), commands(fleet.store) - used, memory)


def _read(
    memory: dict[int, dict[str, list[float]]],
    marks: tuple[int, ...],
    groups: dict[str, int | str],
    count: Callable[[], int],
) -> None:
    for mark in marks:
        if mark not in memory and count() >= mark:
            memory[mark] = megabytes(groups)


def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.05)
