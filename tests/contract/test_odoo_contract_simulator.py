"""What only the simulated Odoo does: faults on demand, counts, starting over, running as a process."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from clients.odoo.client import Connection, Odoo, connect
from clients.odoo.errors import OdooBug, OdooRefused
from clients.odoo.setup.check import check_setup
from clients.odoo.setup.plan import AccountSeed, BotRequest, SetupPlan
from clients.odoo.setup.run import run_setup
from domain.errors import Conflict, DatabaseBroken, OutcomeUnknown, Unavailable
from simulator.odoo.app import KEY, LOGIN, database, serve
from simulator.odoo.calls import Database
from tests.contract.odoo_targets import Shop

PLAN = SetupPlan(
    currencies=("EUR", "JPY"),
    accounts=(AccountSeed("tests", "Tests", "A1TESTS", "eu", ("DE", "FR")),),
    bot=BotRequest("bot", "bot-password-1"),
)


class Simulated:
    """A simulated Odoo with its control."""

    def __init__(self, inside: Database, url: str) -> None:
        self.inside = inside
        self.url = url
        self.odoo = self.connect(LOGIN, KEY)

    def connect(self, login: str, key: str, *, timeout: float = 30.0) -> Odoo:
        return connect(Connection(self.url, "demo", login, key, timeout=timeout))

    def fault(self, **given: Any) -> None:
        assert httpx.post(f"{self.url}/_sim/faults", json=given).status_code == 200

    def stats(self) -> dict[str, Any]:
        return dict(httpx.get(f"{self.url}/_sim/stats").json())

    def names(self) -> list[str]:
        rows = httpx.get(f"{self.url}/_sim/dump", params={"model": "res.partner"}).json()
        return [row["name"] for row in rows if str(row["name"]).startswith("New")]

    def load(self, name: str = "New") -> Any:
        return self.odoo.load("res.partner", ["id", "name"], [["__sim__.one", name]])


@pytest.fixture(params=[19, 14])
def simulated(request: pytest.FixtureRequest) -> Iterator[Simulated]:
    inside = database(request.param)
    with serve(inside) as url:
        one = Simulated(inside, url)
        yield one
        one.odoo.close()


def test_setup_passes_and_its_second_run_writes_nothing(simulated: Simulated) -> None:
    first = run_setup(simulated.odoo, PLAN)
    assert {step.outcome for step in first.steps} > {"created"}
    writes = simulated.inside.store.writes
    second = run_setup(simulated.odoo, PLAN)
    assert {step.outcome for step in second.steps} == {"unchanged"}
    assert simulated.inside.store.writes == writes
    bot = simulated.connect("bot", "bot-password-1")
    assert [finding for finding in check_setup(bot, PLAN) if not finding.ok] == []
    bot.close()


def test_a_call_that_fails_leaves_nothing_behind(simulated: Simulated) -> None:
    shop = Shop(simulated.odoo, "rollback")
    before = httpx.get(f"{simulated.url}/_sim/dump", params={"model": "sale.order.line"}).json()
    lines = [[0, 0, {"product_id": shop.goods()}], [0, 0, {"product_id": 999999}]]
    with pytest.raises(OdooRefused):
        shop.create("sale.order", partner_id=shop.partner(), order_line=lines)
    assert httpx.get(f"{simulated.url}/_sim/dump", params={"model": "sale.order.line"}).json() == before
    assert httpx.get(f"{simulated.url}/_sim/dump", params={"model": "sale.order"}).json() == []


FAULTS: list[tuple[str, type[Exception]]] = [
    ("status_500", OdooBug),
    ("status_502_html", OutcomeUnknown),
    ("reset_before", OutcomeUnknown),
    ("serialization", Conflict),
    ("user_error", OdooRefused),
    ("access_denied", DatabaseBroken),
]


@pytest.mark.parametrize(("kind", "error"), FAULTS, ids=[kind for kind, _ in FAULTS])
def test_a_fault_hits_once_and_writes_nothing(simulated: Simulated, kind: str, error: type[Exception]) -> None:
    simulated.fault(operation="res.partner.load", kind=kind)
    with pytest.raises(error):
        simulated.load()
    assert simulated.names() == []
    simulated.load()
    assert simulated.names() == ["New"]
    assert simulated.stats()["faults"] == {"taken": {kind: 1}, "waiting": []}


def test_a_reset_after_the_work_loses_the_answer_alone(simulated: Simulated) -> None:
    simulated.fault(operation="res.partner.load", kind="reset_after")
    with pytest.raises(OutcomeUnknown):
        simulated.load("New one")
    assert simulated.names() == ["New one"]
    assert simulated.load("New two").ids is not None
    assert simulated.names() == ["New one"]


def test_a_slow_call_is_done_though_its_client_has_gone(simulated: Simulated) -> None:
    hasty = simulated.connect(LOGIN, KEY, timeout=0.3)
    simulated.fault(operation="res.partner.load", kind="slow", seconds=1)
    with pytest.raises(OutcomeUnknown):
        hasty.load("res.partner", ["id", "name"], [["__sim__.one", "New"]])
    hasty.close()
    deadline = time.monotonic() + 10
    while not simulated.names() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert simulated.names() == ["New"]


def test_a_lost_read_is_only_unavailable(simulated: Simulated) -> None:
    simulated.fault(operation="*", kind="reset_before")
    with pytest.raises(Unavailable):
        simulated.odoo.search_read("res.partner", [], ["name"])


def test_a_refusal_says_what_it_was_told(simulated: Simulated) -> None:
    simulated.fault(operation="res.partner.load", kind="user_error", message="Not on Sundays")
    with pytest.raises(OdooRefused, match="Not on Sundays"):
        simulated.load()


@pytest.mark.parametrize(
    "wrong", [{"kind": "nonsense"}, {"operation": "x"}, {"kind": "slow", "times": 0}, {"kind": "slow", "zeit": 1}]
)
def test_faults_that_make_no_sense_are_refused(simulated: Simulated, wrong: dict[str, Any]) -> None:
    assert httpx.post(f"{simulated.url}/_sim/faults", json=wrong).status_code == 400
    assert simulated.stats()["faults"]["waiting"] == []


def test_calls_are_counted_and_a_reset_starts_over(simulated: Simulated) -> None:
    simulated.load()
    simulated.load()
    stats = simulated.stats()
    assert stats["calls"]["res.partner.load"] == 2
    assert stats["writes"] == 2, "a partner and its external id"
    assert httpx.post(f"{simulated.url}/_sim/reset").json() == {"reset": True}
    assert simulated.names() == []
    assert simulated.stats()["calls"] == {}
    assert simulated.load().ids is not None


def test_no_secret_is_ever_shown(simulated: Simulated) -> None:
    rows = httpx.get(f"{simulated.url}/_sim/dump", params={"model": "res.users"}).text
    assert KEY not in rows
    (user,) = simulated.odoo.call("res.users", "read", ids=[2], fields=["password"])
    assert KEY not in str(user)


def test_it_runs_as_a_process_and_ends_on_a_signal() -> None:
    command = [sys.executable, "-m", "simulator.odoo", "--port", "0", "--series", "14", "--database", "mine"]
    with subprocess.Popen(
        [*command, "--login", "me", "--key", "secret", "--latency", "1"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            found = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
            assert found is not None
            odoo = connect(Connection(found[1], "mine", "me", "secret"))
            assert (odoo.version, odoo.protocol, odoo.uid) == ((14, 0), "jsonrpc", 2)
            odoo.close()
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()
