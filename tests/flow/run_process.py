"""`python -m worker run` as a process under test: its output, its simulated servers, and what it leaves behind."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

from clients.odoo.client import Connection, Odoo, connect
from tests.flow.processes import ROOT, eventually
from worker.run.demonstration import SELLERS


class RunProcess:
    """A run of the demonstration in `folder`; whatever it started is killed when the context ends."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder / "run"
        self._output = folder / "output.txt"
        self._command = [sys.executable, "-m", "worker", "run", "--folder", str(self.folder), *options]
        self._popen: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        environment = {name: value for name, value in os.environ.items() if name != "CONNECTOR_CONFIG"}
        environment["SPT_NOENV"] = "1"  # where setproctitle is installed Celery would write over the environment
        with self._output.open("wb") as output:
            self._popen = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        family = [*self.family(), *self.leftovers()]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if self._popen is not None:
            self._popen.wait(10)
        psutil.wait_procs(family, timeout=10)

    @property
    def text(self) -> str:
        return self._output.read_text(encoding="utf-8", errors="replace")

    @property
    def alive(self) -> bool:
        assert self._popen is not None
        return self._popen.poll() is None

    def signal(self, number: signal.Signals) -> None:
        assert self._popen is not None
        self._popen.send_signal(number)

    def status(self, timeout: float) -> int:
        """Wait for the end and return the exit status."""
        assert self._popen is not None
        return self._popen.wait(timeout)

    def told(self, pattern: str, timeout: float = 60.0) -> str:
        """Wait for `pattern` in the output and return its first group."""
        found: list[str] = []

        def look() -> bool:
            found.extend(re.findall(pattern, self.text))
            assert found or self.alive, f"the run ended:\n{self.text[-3000:]}"
            return bool(found)

        eventually(f"the run tells {pattern}\n{self.text[-2000:]}", look, timeout)
        return found[0]

    def family(self) -> list[psutil.Process]:
        """The run's own process and all its descendants."""
        assert self._popen is not None
        try:
            head = psutil.Process(self._popen.pid)
            return [head, *head.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def leftovers(self) -> list[psutil.Process]:
        """Processes that work in the run's folder, whoever their parent is now."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if process.status() == psutil.STATUS_ZOMBIE or (self._popen and process.pid == self._popen.pid):
                    continue
                if str(self.folder) in " ".join([*process.cmdline(), process.environ().get("CONNECTOR_CONFIG", "")]):
                    found.append(process)
        return found

    def amazon(self) -> str:
        """Address of the simulated Amazon."""
        return self.told(r"simulated Amazon (http://\S+)")

    def orders(self) -> list[tuple[str, dict[str, Any]]]:
        """All orders the simulated Amazon has, as (seller id, raw order)."""
        answer = httpx.get(f"{self.amazon()}/_sim/orders", timeout=20).raise_for_status().json()
        return [(seller, order) for seller, orders in answer.items() for order in orders]

    def packages(self) -> Counter[str]:
        """How many packages sellers told the simulated Amazon of, by account."""
        answer = httpx.get(f"{self.amazon()}/_sim/packages?told=true", timeout=20).raise_for_status().json()
        keys = {seller.seller_id: seller.key for seller in SELLERS}
        return Counter({keys[seller]: sum(map(len, orders.values())) for seller, orders in answer.items()})

    @contextlib.contextmanager
    def odoo(self) -> Iterator[Odoo]:
        """The simulated Odoo, as its administrator."""
        url = self.told(r"simulated Odoo (http://\S+)")
        key = (self.folder / "secrets" / "odoo-admin-key").read_text(encoding="utf-8")
        with contextlib.closing(connect(Connection(url=url, database="demo", login="admin", key=key))) as odoo:
            yield odoo

    def rows(self) -> dict[tuple[str, str], tuple[int, ...]]:
        """The closing table's rows: (account, marketplace) -> its numbers."""
        found = re.findall(r"^([a-z-]+) +([A-Z]{2}|other) ((?: +\d+){6})$", self.text, re.MULTILINE)
        return {(account, code): tuple(int(number) for number in numbers.split()) for account, code, numbers in found}

    def outgoing(self, table: str) -> dict[str, tuple[int, ...]]:
        """A closing table of the way to Amazon, `deliveries` or `cancelled orders`: account -> its numbers."""
        body = self.text.rpartition(f"\n{table} ")[2].partition("\n\n")[0]
        found = re.findall(r"^([a-z-]+) ((?: +\d+)+)$", body, re.MULTILINE)
        return {account: tuple(int(number) for number in numbers.split()) for account, numbers in found}

    def money(self) -> dict[str, tuple[str, ...]]:
        """The closing table's totals: currency -> its amounts as printed."""
        found = re.findall(r"^([A-Z]{3}) ((?: +-?[\d,.]+){4})$", self.text, re.MULTILINE)
        return {currency: tuple(amounts.split()) for currency, amounts in found}


def gone_within(run: RunProcess, family: list[psutil.Process], seconds: float) -> list[str]:
    """Return what is still there of `family` and in the run's folder after at most `seconds`."""
    end = time.monotonic() + seconds
    while True:
        left = [p for p in [*family, *run.leftovers()] if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
        if not left or time.monotonic() > end:
            return [" ".join(process.cmdline()[-4:]) for process in left]
        time.sleep(0.1)
