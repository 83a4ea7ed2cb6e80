"""One fleet, two databases of different series: an account's orders land in its own database and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import fakeredis
import pytest

from clients.odoo.client import Connection, Odoo, connect
from clients.odoo.setup.run import run_setup
from domain.order import OrderRef
from domain.outcome import Outcome, OutcomeKind
from settings import load
from simulator.odoo.app import KEY, LOGIN, database, serve
from tasks.context import Services
from tests.flow.raw_orders import item, order
from tests.unit.settings.given import RIGHT, changed, set_secrets, write
from worker import bootstrap

EU = RIGHT["accounts"]["acme-eu"]
MAIN = RIGHT["odoo"]["main"] | {"database": "demo", "login": LOGIN}


@pytest.fixture(name="there")
def two_databases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Services, dict[str, Odoo]]]:
    """The services, and the administrators of the databases `main` (19) and `second` (14)."""
    set_secrets(monkeypatch)
    monkeypatch.setenv("ODOO_MAIN_KEY", KEY)
    monkeypatch.setattr(bootstrap, "connect_redis", lambda _settings: fakeredis.FakeRedis())
    with ExitStack() as stack:
        urls = {"main": stack.enter_context(serve(database(19))), "second": stack.enter_context(serve(database(14)))}
        accounts: dict[str, Any] = {
            "accounts/acme-eu": EU | {"marketplaces": ["DE"]},
            "accounts/acme-fr": EU | {"marketplaces": ["FR"], "odoo": "second"},
        }
        databases = {f"odoo/{name}": MAIN | {"url": url} for name, url in urls.items()}
        settings = load(write(tmp_path, changed(accounts | databases)))
        admins = {name: connect(Connection(url, "demo", LOGIN, KEY)) for name, url in urls.items()}
        for name, admin in admins.items():
            run_setup(admin, bootstrap.setup_plan(settings, name))
        services = bootstrap.build_services(settings)
        yield services, admins
        services.close()
        for admin in admins.values():
            admin.close()


def land(services: Services, account: str, raw: dict[str, Any]) -> Any:
    """Import the order as the task does."""
    services.fetch.documents.put(account, {raw["orderId"]: json.dumps(raw).encode()})
    updated = datetime.fromisoformat(raw["lastUpdatedTime"])
    ref = OrderRef(account=account, order_id=raw["orderId"], updated=updated)
    return services.importers[services.accounts[account].database](ref)


def found(odoo: Odoo) -> list[tuple[str, str, float]]:
    fields = ["x_amazon_account", "client_order_ref", "amount_total"]
    rows = odoo.search_read("sale.order", [("x_amazon_account", "!=", False)], fields)
    return [(row["x_amazon_account"], row["client_order_ref"], row["amount_total"]) for row in rows]


def test_orders_land_in_the_database_of_their_account(there: tuple[Services, dict[str, Odoo]]) -> None:
    services, admins = there
    german, french = order(1, item(1, 1, ITEM="20.00")), order(2, item(2, 1, ITEM="30.00"))
    french["salesChannel"]["marketplaceId"] = "A13V1IB3VIYZZH"
    assert land(services, "acme-eu", german) == Outcome(OutcomeKind.IMPORTED)
    assert land(services, "acme-fr", french) == Outcome(OutcomeKind.IMPORTED)
    assert found(admins["main"]) == [("acme-eu", german["orderId"], 20.0)]
    assert found(admins["second"]) == [("acme-fr", french["orderId"], 30.0)]
    skipped = land(services, "acme-fr", german)
    assert skipped.kind is OutcomeKind.SKIPPED
    assert len(found(admins["second"])) == 1


def test_a_database_knows_its_own_accounts_alone(there: tuple[Services, dict[str, Odoo]]) -> None:
    _, admins = there
    keys = {
        name: [row["x_key"] for row in admin.search_read("x_amazon_account", [], ["x_key"])]
        for name, admin in admins.items()
    }
    assert keys == {"main": ["acme-eu"], "second": ["acme-fr"]}
