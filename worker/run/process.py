"""One process of the fleet: started in a group of its own, its output in a log file, stopped in two steps."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_TETHER: Final = Path(__file__).with_name("tether.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What to run. `stage`: lower ones are stopped first; `patience`: seconds between SIGTERM and SIGKILL.

    `restart`: whether it is started anew when it dies; what keeps its data in memory is not.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    stage: int
    patience: float = 10.0
    restart: bool = True


class Process:
    """A running process of `spec`. Start it from the main thread: Linux ties a child to the thread that made it."""

    def __init__(self, spec: Spec, log: Path, folder: Path) -> None:
        self.spec = spec
        command = [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), *spec.command]
        with log.open("ab") as output:
            self._popen = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                command,
                cwd=folder,
                env=dict(spec.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process' id, which is its group's id too."""
        return self._popen.pid

    def exit_code(self) -> int | None:
        """Return the exit code (negative: the signal that ended it), or None while it runs."""
        return self._popen.poll()

    def terminate(self) -> None:
        """Ask it to stop. Its children are its own business: Celery's pool must finish its tasks."""
        self._popen.terminate()

    def wait(self, seconds: float) -> bool:
        """Wait for its end; returns whether it came."""
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """Kill whatever is left of its group, at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
