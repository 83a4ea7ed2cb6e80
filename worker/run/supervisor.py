"""Keeps processes running, restarts those that die, and leaves none behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from threading import Event
from time import monotonic
from types import TracebackType
from typing import Final, Self

from worker.run.process import Process, Spec
from worker.run.signals import Signals

_WATCHDOG: Final = Path(__file__).with_name("watchdog.py")
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
_STEADY_SECONDS: Final = 60.0
_TICK: Final = 0.2


class ProcessDied(Exception):
    """A process that cannot be replaced has ended."""


@dataclass(slots=True)
class _Kept:
    """A process that is kept running: `again` is when it is to be started anew, `pause` the wait before that."""

    spec: Spec
    process: Process | None
    started: float
    restarts: int = 0
    pause: float = _FIRST_PAUSE
    again: float = 0.0


@dataclass(frozen=True, slots=True)
class Status:
    """How a process does."""

    name: str
    up: bool
    restarts: int


class Supervisor:
    """Starts processes in `folder`, with logs in `logs`; a context that stops them all at its end.

    Used from the main thread only, but for `statuses`. `announce` is told of deaths and restarts, a line each.
    """

    def __init__(self, folder: Path, logs: Path, signals: Signals, announce: Callable[[str], None]) -> None:
        self._folder = folder
        self._logs = logs
        self._signals = signals
        self._announce = announce
        self._kept: dict[str, _Kept] = {}
        self._idle = Event()
        self._watchdog: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        with self._signals.held():
            self._watchdog = subprocess.Popen(  # noqa: S603 - our own script, no shell
                [sys.executable, "-I", "-S", str(_WATCHDOG)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                text=True,
            )
            self._signals.on_second = self.kill
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._signals.held():
            self.stop()

    def log(self, name: str) -> Path:
        """Where the output of the process `name` goes."""
        return self._logs / f"{name}.log"

    def start(self, spec: Spec) -> None:
        """Start a process and keep it running. Raises OSError when it cannot be started."""
        self._kept[spec.name] = _Kept(spec, None, 0.0)
        self._spawn(self._kept[spec.name])

    def drop(self, name: str) -> None:
        """Kill the process `name` and keep it no longer."""
        with self._signals.held():
            self._bury(self._kept.pop(name))

    def statuses(self) -> list[Status]:
        """How all processes do, in the order they were started."""
        return [Status(kept.spec.name, kept.process is not None, kept.restarts) for kept in list(self._kept.values())]

    def wait(self, seconds: float) -> None:
        """Let `seconds` pass, looking after the processes. Raises ProcessDied."""
        until = monotonic() + seconds
        while True:
            self._look()
            left = until - monotonic()
            if left <= 0:
                return
            self._idle.wait(min(_TICK, left))

    def stop(self) -> None:
        """Stop all, stage by stage; what does not stop in its time is killed."""
        kept = sorted(self._kept.values(), key=lambda one: one.spec.stage)
        for _, stage in groupby(kept, key=lambda one: one.spec.stage):
            together = [one for one in stage if one.process is not None]
            for one in together:
                if one.process is not None:
                    one.process.terminate()
            asked = monotonic()
            for one in together:
                if one.process is not None:
                    one.process.wait(max(0.0, asked + one.spec.patience - monotonic()))
                self._bury(one)
        self._kept.clear()
        if self._watchdog is not None:
            self._watchdog.communicate()
            self._watchdog = None

    def kill(self) -> None:
        """Kill all at once."""
        for one in self._kept.values():
            if one.process is not None:
                one.process.kill()

    def _look(self) -> None:
        now = monotonic()
        for one in self._kept.values():
            if one.process is None:
                if now >= one.again:
                    one.restarts += 1
                    self._spawn(one)
            elif (code := one.process.exit_code()) is not None:
                self._died(one, code, now)
            elif now - one.started > _STEADY_SECONDS:
                one.pause = _FIRST_PAUSE

    def _died(self, one: _Kept, code: int, now: float) -> None:
        name = one.spec.name
        with self._signals.held():
            self._bury(one)
        if not one.spec.restart:
            raise ProcessDied(f"{name} has ended (status {code}), see {self.log(name)}")
        one.again = now + one.pause
        self._announce(f"{name} has ended (status {code}), starting it again in {one.pause:.0f} s; {self.log(name)}")
        one.pause = min(_LONGEST_PAUSE, one.pause * 2)

    def _spawn(self, one: _Kept) -> None:
        with self._signals.held():
            one.process = Process(one.spec, self.log(one.spec.name), self._folder)
            one.started = monotonic()
            self._tell_watchdog(f"+{one.process.pid}")

    def _bury(self, one: _Kept) -> None:
        """Kill what is left of the group, take the exit code, and let the watchdog forget it."""
        if one.process is None:
            return
        one.process.kill()
        one.process.wait(_LONGEST_PAUSE)
        self._tell_watchdog(f"-{one.process.pid}")
        one.process = None

    def _tell_watchdog(self, line: str) -> None:
        if self._watchdog is not None and self._watchdog.stdin is not None and self._watchdog.poll() is None:
            self._watchdog.stdin.write(f"{line}\n")
            self._watchdog.stdin.flush()
