"""Targets of the flow tests: the simulated Odoo always, the real ones with `-m odoo`."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clients.odoo.client import Connection, connect
from clients.odoo.setup.plan import BotRequest, SetupPlan
from clients.odoo.setup.run import run_setup
from tests.flow.fleet import OdooTarget
from tests.flow.processes import ROOT, simulator

REAL = {"real-19": "ODOO_TEST_19", "real-14": "ODOO_TEST_14"}
_REAL = [pytest.param(name, marks=pytest.mark.odoo) for name in REAL]
# The simulated 14 is held to the real one by the contract suite: a fleet on it would show nothing new.
SIMULATED = {"simulated-19": "19"}
TARGETS = [*SIMULATED, *_REAL]
# For what needs apps of Odoo that the simulated one does not have, or takes long and shows more on the real one.
real = pytest.mark.parametrize("odoo_target", _REAL, indirect=True)
# For what has nothing to do with Odoo.
once = pytest.mark.parametrize("odoo_target", [*SIMULATED], indirect=True)


def real_target(name: str) -> OdooTarget:
    """Return a real server from the environment. Fails the test with what to do when it is not there."""
    given = os.environ.get(REAL[name])
    if not given:
        pytest.fail(f"{REAL[name]} is not set: run these tests with 'make test-odoo'")
    return OdooTarget(**json.loads(given))


_BOT = BotRequest("amazon-bot-flow", "amazon-bot-flow-1")
_bots: dict[str, OdooTarget] = {}


def with_bot(target: OdooTarget) -> OdooTarget:
    """Return `target` with a user of least rights for the fleet; on 19 with an API key, so that it speaks JSON-2."""
    if target.url not in _bots:
        admin = connect(Connection(target.url, target.database, target.login, target.key))
        try:
            run_setup(admin, SetupPlan(bot=_BOT))
            secret = _BOT.password or ""
            if admin.version >= (19, 0):
                secret = _api_key(target)
        finally:
            admin.close()
        _bots[target.url] = replace(target, bot_login=_BOT.login, bot_key=secret)
    return _bots[target.url]


def _api_key(target: OdooTarget) -> str:
    """Make an API key in Odoo's own shell, as a person does in the browser: RPC with a password may not."""
    program = (
        "from datetime import datetime, timedelta\n"
        f"bot = env['res.users'].search([('login', '=', '{_BOT.login}')])\n"
        "until = datetime.now() + timedelta(days=1)\n"
        "print('KEY=' + env['res.users.apikeys'].with_user(bot)._generate('rpc', 'flow tests', until))\n"
        "env.cr.commit()\n"
    )
    done = subprocess.run(
        [*control(target), "shell", "-"], input=program, check=True, timeout=120, capture_output=True, text=True
    )
    return next(line.removeprefix("KEY=") for line in done.stdout.splitlines() if line.startswith("KEY="))


def control(target: OdooTarget) -> list[str]:
    """Return the command that stops and starts the real server behind `target`; [] for a simulated one."""
    for name in REAL.values():
        if name in os.environ and json.loads(os.environ[name])["url"] == target.url:
            given = os.environ.get("ODOO_TEST_ROOT")
            if not given:
                pytest.fail("ODOO_TEST_ROOT is not set: run these tests with 'make test-odoo'")
            return [str(ROOT / "scripts" / "odoo-server"), "--root", given, "--series", name[-2:]]
    return []


@pytest.fixture(params=TARGETS)
def odoo_target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OdooTarget]:
    """An Odoo server, simulated or real."""
    if request.param in REAL:
        yield with_bot(real_target(request.param))
        return
    process = simulator(
        tmp_path, "odoo", "--port", "0", "--series", SIMULATED[request.param], "--database", "demo",
        "--login", "admin", "--key", "simulated-key",
    ).start()  # fmt: skip
    try:
        url = process.first_match(r"listening on (http://\S+)")
        yield OdooTarget(url=url, database="demo", login="admin", key="simulated-key")
    finally:
        process.kill()
