"""Python's processes as copies of one that has imported everything already: most of what a start costs is saved.

Each runs a module as `python -m` does, in a session of its own. A whole run (`python -m worker run`), other hosts and
fault campaigns start theirs as a shell does.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import runpy
import sys
from collections.abc import Mapping
from pathlib import Path

# What celery, the command line and the simulators import, but not the application: that reads its settings.
_IMPORTED = (
    "celery.bin.celery", "celery.apps.worker", "celery.apps.beat", "celery.concurrency.thread", "kombu.transport.redis",
    "redbeat.schedulers", "tasks.cancellations", "tasks.control", "tasks.orders", "tasks.shipments", "worker.bootstrap",
    "worker.beat", "worker.cli", "worker.doctor", "worker.foreign", "worker.reload", "worker.telemetry",
    "worker.transport", "simulator.amazon.__main__", "simulator.odoo.__main__",
)  # fmt: skip

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([*_IMPORTED])


class Copy:
    """`python -m MODULE ARGUMENTS` as a copy of the template; what of subprocess.Popen is used here."""

    def __init__(
        self, module: str, arguments: list[str], *, env: Mapping[str, str], cwd: Path, output: Path, errors: Path
    ) -> None:
        output.touch()
        errors.touch()
        about = (module, arguments, {**env}, str(cwd), str(output), str(errors))
        self._process = _context.Process(target=_become, args=about, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit status; minus the signal that killed it; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same, as Popen has it."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Wait for its end and return its exit status. Raises TimeoutError after so many seconds."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError(f"process {self.pid} has not ended within {timeout:g} s")
        return self._process.exitcode


def _become(module: str, arguments: list[str], env: dict[str, str], cwd: str, output: str, errors: str) -> None:
    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for path, number in (("/dev/null", 0), (output, 1), (errors, 2)):
        opened = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    assert isinstance(sys.stdout, io.TextIOWrapper)
    sys.stdout.reconfigure(write_through=True)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
