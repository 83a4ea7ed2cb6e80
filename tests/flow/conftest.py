"""Targets of the flow tests: the simulated Odoo always, the real ones with `-m odoo`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clients.odoo.client import Connection, connect
from clients.odoo.setup.plan import BotRequest, SetupPlan
from clients.odoo.setup.run import run_setup
from tests.flow.fleet import OdooTarget
from tests.flow.processes import simulator
from tests.servers import REAL, secret

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
        finally:
            admin.close()
        key = secret(target.url, _BOT.login, _BOT.password)
        _bots[target.url] = replace(target, bot_login=_BOT.login, bot_key=key)
    return _bots[target.url]


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
