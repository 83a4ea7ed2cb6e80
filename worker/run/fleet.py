"""The fleet's processes: what production runs, on one machine."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from settings.env import CONFIG_VARIABLE, child_environment
from tasks.queues import CONTROL, FEEDS, FETCH, SHIPMENTS, UPSERT
from worker.memory import NO_STORES, VARIABLE
from worker.run.ports import HOST, claimed_port
from worker.run.process import Spec

# Stages of stopping: no new work, then the work at hand, then what shows it, then what it was done with.
BEAT, WORKERS, FLOWER, SIMULATORS, BROKER = range(5)
_FLOWER_PORT: Final = 5555
_WORKER_PATIENCE: Final = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The command's options; `timeout` in seconds, `orders` per simulated account (None: the demonstration's own)."""

    once: bool = False
    workers: int = 1
    orders: int | None = None
    timeout: float = 600.0
    folder: Path = Path(".run")


@dataclass(frozen=True, slots=True)
class Flower:
    """Where Flower listens, and the password of its user `admin`."""

    port: int
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """Address for a browser."""
        return f"http://{HOST}:{self.port}"


def flower(password: str) -> Flower:
    """Return a Flower on its usual port if that is free."""
    return Flower(claimed_port(_FLOWER_PORT), password)


def fleet(config: Path, workers: int, at: Flower) -> list[Spec]:
    """Return the processes that work by the configuration `config`, `workers` of them writing to Odoo."""
    given = child_environment(**{CONFIG_VARIABLE: str(config.resolve()), "PYTHONUNBUFFERED": "1"})
    environment = {VARIABLE: NO_STORES, **given}

    def celery(name: str, *arguments: str, stage: int = WORKERS, **more: str) -> Spec:
        command = (sys.executable, "-m", "celery", "-A", "worker", *arguments)
        patience = _WORKER_PATIENCE if stage == WORKERS else 10.0
        return Spec(name=name, command=command, environment={**environment, **more}, stage=stage, patience=patience)

    def worker(name: str, queues: tuple[str, ...], pool: str, concurrency: int) -> Spec:
        arguments = ("-Q", ",".join(queues), "-P", pool, "-c", str(concurrency), "-n", f"{name}@%h")
        return celery(name, "worker", *arguments)

    names = ["upsert"] if workers == 1 else [f"upsert-{number}" for number in range(1, workers + 1)]
    return [
        worker("fetch", (FETCH, CONTROL), "prefork", 2),
        *(worker(name, (UPSERT,), "threads", 100) for name in names),
        worker("shipments", (SHIPMENTS, FEEDS), "threads", 32),
        celery("beat", "beat", stage=BEAT),
        # By the environment, as a command line can be read by every user of the machine.
        celery(
            "flower",
            "flower",
            f"--address={HOST}",
            f"--port={at.port}",
            stage=FLOWER,
            FLOWER_BASIC_AUTH=f"admin:{at.password}",
        ),
    ]
