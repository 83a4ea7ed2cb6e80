"""Targets of the flow tests: the simulated Odoo in both series always, the real ones with `-m odoo`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.fleet import OdooTarget
from tests.flow.processes import ROOT, simulator

REAL = {"real-19": "ODOO_TEST_19", "real-14": "ODOO_TEST_14"}
SIMULATED = {"simulated-19": "19", "simulated-14": "14"}
TARGETS = [*SIMULATED, *(pytest.param(name, marks=pytest.mark.odoo) for name in REAL)]


def real_target(name: str) -> OdooTarget:
    """Return a real server from the environment. Fails the test with what to do when it is not there."""
    given = os.environ.get(REAL[name])
    if not given:
        pytest.fail(f"{REAL[name]} is not set: run these tests with 'make test-odoo'")
    return OdooTarget(**json.loads(given))


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
        yield real_target(request.param)
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
