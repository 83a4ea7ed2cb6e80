"""The whole fleet at work: simulated Amazon, embedded broker, Celery workers, beat, and any Odoo."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from bench.meter import CpuMeter, commands, megabytes
from clients.odoo.accounts import stop_account, write_account
from tasks.context import Services
from tasks.dispatch import wake
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
def prepared(
    folder: Path, target: OdooTarget, specs: Sequence[SellerSpec], seed: int
) -> Iterator[tuple[Fleet, Services]]:
    """A fleet whose Odoo is set up and that is not started yet."""
    # Speed: Amazon shall not be the limit, and the limiter believes no rate beyond a hundredfold of the published one.
    with pytest.MonkeyPatch.context() as patch, Fleet(folder, target, tuple(specs), seed=seed, speed=50) as fleet:
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


def launch(fleet: Fleet) -> None:
    """Start it; what starting costs is not what an order costs."""
    fleet.start("upsert")
    fleet.start("fetch")
    time.sleep(8)
    fleet.start("beat")


def hold(services: Services, account: str) -> None:
    """Stop an account until it has its turn, as `accounts pause` does."""
    known = services.accounts[account]
    stop_account(services.databases[known.database].odoo, known, "it is not its turn")
    services.pauses.stop(account, "it is not its turn")


def _release(services: Services, account: str) -> None:
    known = services.accounts[account]
    write_account(services.databases[known.database].odoo, known)
    services.pauses.start(account)
    wake(services, account)


def drain(
    fleet: Fleet,
    services: Services,
    spec: SellerSpec,
    count: Callable[[], int],
    *,
    more: Mapping[str, int | str] = MappingProxyType({}),
    marks: tuple[int, ...] = (),
) -> Run:
    """Let an account that is held have its turn: wait until all of it has landed, and hold it again.

    Memory is read when `marks` orders have; `more`: further groups of processes to be measured.
    """
    memory: dict[int, dict[str, list[float]]] = {}
    used = commands(fleet.store)
    groups: dict[str, int | str] = {name: fleet.processes[name].pid for name in PARTS}
    with CpuMeter({**groups, **more}, pause=5.0) as meter:
        _release(services, spec.key)
        _until(lambda: services.lanes.waiting(spec.key, "all") > 0)
        began = counted = time.monotonic()
        while not landed(services, spec):
            if marks and time.monotonic() - counted >= _COUNT_SECONDS:
                _read(memory, marks, groups, count)
                counted = time.monotonic()
            time.sleep(0.5)
        seconds = time.monotonic() - began
        _read(memory, marks, groups, count)
    hold(services, spec.key)
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
