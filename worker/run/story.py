"""A run from beginning to end: start everything, watch it, compare both sides, stop everything."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Final

from rich.console import Console

from settings import Settings, load
from settings.env import CONFIG_VARIABLE, config_path, variable
from tasks.context import Services
from worker.bootstrap import build_services, utc_now
from worker.run.broker import NoBroker, embedded
from worker.run.closing import agree, print_reports
from worker.run.demonstration import Demonstration, NoSimulator, start_simulators, write_config
from worker.run.events import Events
from worker.run.fleet import BROKER, RunOptions, fleet, flower
from worker.run.folder import Folder, FolderInUse
from worker.run.progress import Progress
from worker.run.referee import Unfinished, compare_all
from worker.run.settling import missing, nudge, untold, waiting
from worker.run.signals import Signals, Stopped
from worker.run.supervisor import ProcessDied, Supervisor
from worker.run.view import View
from worker.run.warehouse import Warehouse

_CHECKOUT: Final = Path(__file__).resolve().parents[2]
_WIDTH: Final = 100
_LOOK_SECONDS: Final = 0.5
_NUDGE_SECONDS: Final = 5.0
# Searches end at whole seconds: one begun in the same second would count as begun before.
_FIRST_NUDGE_SECONDS: Final = 1.1
_LIFE_SECONDS: Final = 60.0
# What the warehouse of a demonstration ships of each account between two steps of Amazon's life.
_DELIVERIES: Final = 4
# After Ctrl-C: for orders and packages on their way, and for the comparison.
_LANDING_SECONDS: Final = 15.0
_COMPARING_SECONDS: Final = 60.0
# A real account may hold years of orders, and each page of the comparison costs quota.
_REAL_WINDOW: Final = timedelta(days=1)


def run_all(options: RunOptions) -> int:
    """Do what `run` does; returns the exit status: 0 both sides agree, 1 they do not or something failed, 128 + signal.

    Raises ConfigurationError and what setting up Odoo raises.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH)
    demonstration = variable(CONFIG_VARIABLE) is None and not config_path().exists()
    folder = Folder(options.folder)
    try:
        with Signals() as signals, folder.opened(fresh=demonstration):
            return Story(options, folder, console, signals).run(demonstration=demonstration)
    except Stopped as stopped:
        return 128 + stopped.number
    except Unfinished as unfinished:
        for line in unfinished.missing:
            console.print(f"unfinished: {line}", markup=False, soft_wrap=True)
    except (FolderInUse, NoBroker, NoSimulator, ProcessDied) as failure:
        console.print(f"error: {failure}", markup=False, soft_wrap=True)
    return 1


class Story:
    """One run."""

    def __init__(self, options: RunOptions, folder: Folder, console: Console, signals: Signals) -> None:
        self._options = options
        self._folder = folder
        self._signals = signals
        self._supervisor = Supervisor(_CHECKOUT, folder.logs, signals, self._announce)
        self._view = View(console=console, statuses=self._supervisor.statuses)
        self._demonstration: Demonstration | None = None

    def run(self, *, demonstration: bool) -> int:
        """Run to the end and return the exit status."""
        with self._supervisor:
            with self._view.shown():
                config = self._start_demonstration() if demonstration else config_path()
                settings = load(config)
                if self._demonstration is not None:
                    self._set_up(self._demonstration, settings)
                there = build_services(settings)
                self._start_fleet(config)
            return self._watched(there, settings)

    def _start_demonstration(self) -> Path:
        self._view.at("starting the broker and the simulated servers")
        broker, spec = embedded(self._folder, BROKER)
        self._supervisor.start(spec)
        pause = self._supervisor.wait
        self._demonstration = start_simulators(self._supervisor, self._folder, self._options.orders, pause)
        broker.wait(pause)
        write_config(self._folder, broker, self._demonstration)
        return self._folder.config

    def _set_up(self, demonstration: Demonstration, settings: Settings) -> None:
        self._view.at("setting up the simulated Odoo")
        report = demonstration.set_up_odoo(settings)
        self._view.say(
            f"odoo setup: {len(report.changed)} of {len(report.steps)} things were missing and are there now"
        )

    def _start_fleet(self, config: Path) -> None:
        self._view.at("starting workers, beat and Flower")
        at = flower(secrets.token_urlsafe(12))
        for spec in fleet(config, self._options.workers, at):
            self._supervisor.start(spec)
        self._view.say(f"Flower {at.url}  user admin, password {at.password}")
        footer = [f"Flower {at.url} · logs {self._folder.logs}"]
        if self._demonstration is not None:
            footer.append(f"simulated Amazon {self._demonstration.amazon} · simulated Odoo {self._demonstration.odoo}")
            footer.append(f"other commands: {CONFIG_VARIABLE}={config} python -m worker …")
        self._view.footer = footer
        if not self._view.console.is_terminal:
            for line in footer:
                self._view.say(line)

    def _watched(self, there: Services, settings: Settings) -> int:
        """Show progress until the end, compare, and return the exit status."""
        events = Events(settings.broker.url)
        progress = Progress(there, events)
        events.start()
        progress.start()
        self._view.progress = progress
        deadline = monotonic() + self._options.timeout
        try:
            try:
                with self._view.shown():
                    self._once(there, deadline) if self._options.once else self._for_ever(there)
            except Stopped as stopped:
                if self._options.once or stopped.number != signal.SIGINT:
                    raise
                self._view.say("ending: comparing Amazon with Odoo first (Ctrl-C again ends at once)")
                self._until(lambda: not waiting(there) and not untold(there), monotonic() + _LANDING_SECONDS)
                deadline = monotonic() + _COMPARING_SECONDS
            return self._compared(there, deadline)
        finally:
            progress.end()
            events.end()

    def _once(self, there: Services, deadline: float) -> None:
        self._view.at("reading all orders")
        self._read(there, deadline)
        if self._demonstration is None:
            self._tell(there, deadline)
            return
        changed, _ = self._demonstration.live_on()
        self._view.at(f"Amazon's life went on: {changed} orders changed, reading them")
        self._read(there, deadline)
        warehouse = self._demonstration.warehouse()
        warehouse.work(there.accounts)
        self._view.at(f"the warehouse: {_done(warehouse)}; telling Amazon")
        self._tell(there, deadline, cancellations=False)
        warehouse.finish(there.accounts)
        self._view.at(f"the warehouse: {_done(warehouse)}; telling Amazon")
        self._tell(there, deadline)
        self._view.at("reading what Amazon made of it")
        self._read(there, deadline)

    def _tell(self, there: Services, deadline: float, *, cancellations: bool = True) -> None:
        """Wait until Amazon was told all that Odoo has for it. Raises Unfinished when the time is up."""
        if not self._until(lambda: not untold(there, cancellations=cancellations), deadline):
            raise Unfinished(untold(there, cancellations=cancellations))

    def _read(self, there: Services, deadline: float) -> None:
        """Wait until all that Amazon has now has come over. Raises Unfinished when the time is up."""
        since = there.clock()
        nudged = monotonic() - _NUDGE_SECONDS + _FIRST_NUDGE_SECONDS

        def settled() -> bool:
            nonlocal nudged
            # A poll is worth waiting for with real quotas; a demonstration has somebody sitting before it.
            if self._demonstration is not None and monotonic() - nudged > _NUDGE_SECONDS:
                nudge(there, since)
                nudged = monotonic()
            return not missing(there, since)

        if not self._until(settled, deadline):
            told = self._view.progress.reason if self._view.progress else ""
            raise Unfinished([*missing(there, since), *([f"the last reason told by a worker: {told}"] if told else [])])

    def _until(self, reached: Callable[[], bool], deadline: float) -> bool:
        """Wait until `reached` or the deadline; returns whether it was reached."""
        while not reached():
            if monotonic() > deadline:
                return False
            self._supervisor.wait(_LOOK_SECONDS)
        return True

    def _for_ever(self, there: Services) -> None:
        self._view.at("running, Ctrl-C ends with a comparison")
        warehouse = self._demonstration.warehouse() if self._demonstration is not None else None
        while True:
            self._supervisor.wait(_LIFE_SECONDS)
            if self._demonstration is not None and warehouse is not None:
                warehouse.finish(there.accounts)
                warehouse.work(there.accounts, deliveries=_DELIVERIES)
                changed, new = self._demonstration.live_on(new_orders=1)
                self._view.at(
                    f"running, Ctrl-C ends with a comparison; the warehouse: {_done(warehouse)}; "
                    f"Amazon's life: {changed} changed, {new} new"
                )

    def _compared(self, there: Services, deadline: float) -> int:
        since = None if self._demonstration is not None else utc_now() - _REAL_WINDOW
        reports = compare_all(there, since=since, deadline=deadline, pause=self._supervisor.wait)
        self._view.say("")
        self._view.say(f"orders updated at Amazon since {since:%Y-%m-%d %H:%M} UTC:" if since else "all orders:")
        print_reports(self._view.console, reports)
        self._view.say("stopping")
        return 0 if agree(reports) else 1

    def _announce(self, line: str) -> None:
        self._view.say(line)


def _done(warehouse: Warehouse) -> str:
    return f"{warehouse.validated} deliveries validated, {warehouse.cancelled} orders cancelled by hand"
