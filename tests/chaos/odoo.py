"""The Odoo of a campaign: what can be done to a simulated one, and to a real one that is ours to kill."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import httpx

from clients.odoo.client import Odoo
from domain.errors import RetryLater

_STORM: Final = """
do $$ begin for i in 1..20 loop
  update sale_order set note = note where id in (select id from sale_order order by id desc limit 60);
  commit; perform pg_sleep(0.05);
end loop; end $$
"""


class OdooServer(Protocol):
    """What a fault needs."""

    def kill(self) -> None:
        """It is gone."""

    def start(self) -> None:
        """It is back."""

    def revoke(self) -> None:
        """The fleet's key is refused."""

    def renew(self) -> None:
        """The fleet's key is good again."""

    def storm(self) -> None:
        """Somebody else writes the same rows all the time."""

    def calm(self) -> None:
        """Nobody does any more."""

    def all_over(self) -> None:
        """What was begun with it has come to its end."""


@dataclass(frozen=True, slots=True)
class SimulatedOdoo:
    """The simulated one at `url`. It keeps its database in memory: killed means that nobody reaches it (`away`)."""

    url: str
    turn: Callable[[str, str], None]

    def kill(self) -> None:
        self.turn("odoo", "refuse")

    def start(self) -> None:
        self.turn("odoo", "pass")

    def revoke(self) -> None:
        self._fault("access_denied", 1.0)

    def renew(self) -> None:
        self._over()

    def all_over(self) -> None:
        """Nothing is under way here."""

    def storm(self) -> None:
        self._fault("serialization", 0.4)

    def calm(self) -> None:
        self._over()

    def _fault(self, kind: str, share: float) -> None:
        body: dict[str, Any] = {"operation": "*", "kind": kind, "times": 1_000_000, "probability": share}
        httpx.post(f"{self.url}/_sim/faults", json=body).raise_for_status()

    def _over(self) -> None:
        httpx.delete(f"{self.url}/_sim/faults").raise_for_status()


@dataclass(slots=True)
class RealOdoo:
    """A real server under scripts/odoo-server (`control`: that command); `admin` as administrator, `bot` its login."""

    control: Sequence[str]
    admin: Odoo
    bot: str
    _storm: threading.Thread | None = None
    _calm: threading.Event = field(default_factory=threading.Event)
    _hand: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))
    _under_way: list[Future[None]] = field(default_factory=list)

    def kill(self) -> None:
        group = int((self._place("odoo") / "server.pgid").read_text())
        os.killpg(group, signal.SIGKILL)

    def start(self) -> None:
        subprocess.run([*self.control, "start"], check=True, timeout=180, capture_output=True)

    def revoke(self) -> None:
        self._under_way.append(self._hand.submit(self._active, active=False))

    def renew(self) -> None:
        self._under_way.append(self._hand.submit(self._active, active=True))

    def all_over(self) -> None:
        while self._under_way:
            self._under_way.pop(0).result(timeout=120)

    def storm(self) -> None:
        self._calm.clear()
        self._storm = threading.Thread(target=self._blow, daemon=True)
        self._storm.start()

    def calm(self) -> None:
        self._calm.set()
        if self._storm is not None:
            self._storm.join(60)

    def _active(self, *, active: bool) -> None:
        """Archive the bot or bring it back; a server that another fault has killed is waited for."""
        domain = [("login", "=", self.bot), ("active", "in", [True, False])]
        while True:
            with suppress(RetryLater):
                (user,) = self.admin.search_read("res.users", domain, ["active"])
                self.admin.call("res.users", "write", ids=[user["id"]], vals={"active": active})
                return
            time.sleep(0.5)

    def _blow(self) -> None:
        settings = dict(line.split("=", 1) for line in (self._place("odoo") / "settings").read_text().splitlines())
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/psql"))
        command = [
            str(programs[-1]), "-X", "-q", "-h", str(self._place("pg")), "-p", settings["pg-port"], "-U", "postgres",
            "-d", settings["db"], "-c", _STORM,
        ]  # fmt: skip
        while not self._calm.is_set():
            subprocess.run(command, check=False, timeout=60, capture_output=True)

    def _place(self, what: str) -> Path:
        given = dict(zip(self.control[1::2], self.control[2::2], strict=True))
        return Path(given["--root"]) / f"{what}{given['--series']}"
