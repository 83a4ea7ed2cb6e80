"""A real Odoo 19 for measurements, and what its own ORM does with orders in it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.meter import CpuMeter
from bench.odoo_orders import Values
from clients.odoo.client import Connection, connect
from tests.flow.conftest import with_bot
from tests.flow.fleet import OdooTarget
from tests.flow.processes import ROOT
from tests.servers import secret

BATCH = 50
SERVER = "Odoo and PostgreSQL"

_HERE = Path(__file__).parent


class Server:
    """A real Odoo 19 of its own, reset before each measurement. `core`: it and PostgreSQL have this one alone."""

    def __init__(self, root: Path, workers: int, http: int, postgres: int, core: int | None = None) -> None:
        self.root, self.workers = root, workers
        ports = ("--http-port", str(http), "--pg-port", str(postgres))
        self._command = [] if core is None else ["taskset", "--cpu-list", str(core)]
        self._command += [str(ROOT / "scripts" / "odoo-server"), "--root", str(root), "--series", "19", *ports]
        self._command += ["--workers", str(workers), "--cron", "0"]
        cache = os.environ.get("ODOO_CACHE")
        self._command += ["--cache", cache] if cache else []
        self.url = f"http://127.0.0.1:{http}"
        self.group: dict[str, int | str] = {SERVER: str(root)}

    def run(self, *arguments: str) -> str:
        done = subprocess.run([*self._command, *arguments], check=True, capture_output=True, text=True)
        return done.stdout

    def fresh(self) -> OdooTarget:
        """A new database, its administrator, and the bot that setup makes."""
        self.run("reset")
        target = OdooTarget(self.url, "odoo19", "admin", self.run("key").split()[-1])
        given = {"url": target.url, "database": target.database, "login": target.login, "key": target.key}
        os.environ |= {"ODOO_TEST_19": json.dumps(given), "ODOO_TEST_ROOT": str(self.root)}
        with_bot.__globals__["_bots"].clear()  # the database before this one had another bot, and other keys
        secret.__globals__["_keys"].clear()
        return with_bot(target)

    def shell(self, program: Path) -> subprocess.Popen[str]:
        """Start a program in Odoo's shell."""
        command = [*self._command, "shell", str(program)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@dataclass(frozen=True)
class Done:
    """Orders a second, and CPU ms of Odoo and PostgreSQL an order."""

    rate: float
    cpu: float


def by_the_orm(server: Server, target: OdooTarget, folder: Path, orders: Sequence[Values]) -> Done:
    """Batches by Odoo's ORM, in as many processes as the server has."""
    bot = connect(Connection(target.url, target.database, target.bot_login, target.bot_key))
    user = bot.uid
    bot.close()
    go = folder / "go"
    program = (_HERE / "odoo_limit.py").read_text()
    parts = []
    for place in range(server.workers):
        names = {name: str(folder / f"{name}-{place}") for name in ("orders", "ready", "result", "program")}
        Path(names["orders"]).write_text(json.dumps(list(orders[place :: server.workers])))
        given = {**names, "go": str(go), "user": user, "size": BATCH}
        Path(names["program"]).write_text(f"{program}\n\nrun(env, {given!r})\n")
        parts.append((names, server.shell(Path(names["program"]))))
    while not all(Path(names["ready"]).exists() for names, _ in parts):
        for _, process in parts:
            assert process.poll() is None, process.communicate()[0]
        time.sleep(0.1)
    with CpuMeter(server.group) as meter:
        go.touch()
        for names, process in parts:
            told, _ = process.communicate()
            assert Path(names["result"]).exists(), told
    results = [json.loads(Path(names["result"]).read_text()) for names, _ in parts]
    done = sum(one["orders"] for one in results)
    seconds = max(one["ended"] for one in results) - min(one["began"] for one in results)
    return Done(done / seconds, 1000 * meter.seconds()[SERVER] / done)
