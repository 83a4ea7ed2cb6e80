"""What is known of an Odoo database: asked for once, however many accounts there are, and anew when in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from clients.odoo.client import Connection, Odoo, connect
from clients.odoo.setup.plan import SetupPlan
from clients.odoo.setup.run import run_setup
from domain.errors import AccountBroken
from simulator.odoo.app import KEY, LOGIN, database, serve
from sync.database import Database
from tests.builders import NOW, an_account


@dataclass
class Desk:
    """A database as a worker knows it, and its administrator. `calls` of the worker; `later`: seconds since NOW."""

    worker: Database
    admin: Odoo
    calls: list[str] = field(default_factory=list)
    later: float = 0.0

    def warehouse(self, name: str) -> int:
        return self.worker.account_facts(an_account(warehouse=name)).warehouse


@pytest.fixture(name="desk", params=[19, 14])
def known_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with serve(database(request.param)) as url:
        connection = Connection(url, "demo", LOGIN, KEY)
        admin = connect(connection)
        run_setup(admin, SetupPlan())
        desk = Desk(Database("main", connection, lambda: NOW + timedelta(seconds=desk.later)), admin)
        usual = Odoo.call

        def counted(odoo: Odoo, model: str, method: str, **named: Any) -> Any:
            if odoo is not admin:
                desk.calls.append(f"{model}.{method}")
            return usual(odoo, model, method, **named)

        monkeypatch.setattr(Odoo, "call", counted)
        yield desk
        desk.worker.forget()
        admin.close()


def test_hundred_accounts_ask_no_more_than_one(desk: Desk) -> None:
    one = desk.worker.account_facts(an_account())
    asked = len(desk.calls)
    assert desk.calls.count("stock.warehouse.search_read") == 1
    assert {desk.worker.account_facts(an_account(key=f"acme-{number}")) == one for number in range(100)} == {True}
    desk.later = 600.0
    assert desk.worker.account_facts(an_account()) == one
    assert len(desk.calls) == asked
    desk.later = 601.0
    assert desk.worker.account_facts(an_account()) == one
    assert len(desk.calls) == 2 * asked


def test_a_name_that_was_missing_is_looked_up_anew_after_a_minute(desk: Desk) -> None:
    with pytest.raises(AccountBroken, match="Odoo has no warehouse 'Leipzig'"):
        desk.warehouse("Leipzig")
    (first, *_) = desk.admin.search_read("stock.warehouse", [], ["name"], order="sequence, id")
    desk.admin.call("stock.warehouse", "write", ids=[first["id"]], vals={"name": "Leipzig"})
    desk.later = 60.0
    with pytest.raises(AccountBroken, match="Odoo has no warehouse 'Leipzig'"):
        desk.warehouse("Leipzig")
    desk.later = 60.5
    assert desk.warehouse("Leipzig") == first["id"]


def test_knowledge_of_less_than_a_minute_is_not_doubted(desk: Desk) -> None:
    desk.worker.reference()
    asked = len(desk.calls)
    desk.later = 60.0
    assert not desk.worker.doubt()
    desk.worker.reference()
    assert len(desk.calls) == asked
    desk.later = 60.5
    assert desk.worker.doubt()
    desk.worker.reference()
    assert len(desk.calls) == 2 * asked
