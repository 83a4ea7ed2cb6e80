"""The demonstration's folder and configuration, and when everything counts as having come over."""

from __future__ import annotations

import stat
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import fakeredis
import pytest

from clients.odoo.pickings import Found
from domain.account import Policy
from domain.errors import RetryLater
from mappers.shipment import packages
from settings import Settings, load
from state.lanes import Lanes
from state.pauses import Pauses
from state.schedule import Schedule
from state.window import Window
from sync.fetch_orders import BEHIND_NOW
from tasks.context import Services
from tests.builders import an_account
from tests.unit.mappers.test_shipment import a_delivery, an_order, goods
from worker.run import settling
from worker.run.broker import Broker, embedded
from worker.run.demonstration import SELLERS, start_simulators, write_config
from worker.run.fleet import Flower, fleet
from worker.run.folder import Folder, FolderInUse
from worker.run.process import Spec
from worker.run.settling import missing, nudge, read_until, untold, waiting
from worker.run.supervisor import Supervisor

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Listening:
    """A supervisor whose processes say at once where they listen."""

    def __init__(self, folder: Path) -> None:
        self.started: list[Spec] = []
        self._folder = folder

    def start(self, spec: Spec) -> None:
        self.started.append(spec)
        self.log(spec.name).write_text(f"listening on http://127.0.0.1:80{len(self.started)}\n", encoding="utf-8")

    def log(self, name: str) -> Path:
        return self._folder / f"{name}.log"


def a_demonstration(folder: Folder, orders: int | None = None) -> tuple[Settings, list[Spec]]:
    supervisor = Listening(folder.logs)
    with folder.opened(fresh=True):
        servers = start_simulators(cast(Supervisor, supervisor), folder, orders, lambda _: None)
        write_config(folder, Broker(6399, "broker-password"), servers)
    return load(folder.config), supervisor.started


def test_the_configuration_is_one_every_command_can_use(tmp_path: Path) -> None:
    settings, started = a_demonstration(Folder(tmp_path / "run"))
    assert settings.broker.url == "redis://:broker-password@127.0.0.1:6399/0"
    assert settings.amazon.lwa_endpoint == "http://127.0.0.1:801/auth/o2/token"
    assert settings.amazon.endpoints.model_dump() == dict.fromkeys(("na", "eu", "fe"), "http://127.0.0.1:801")
    assert (settings.odoo["demo"].url, settings.odoo["demo"].login) == ("http://127.0.0.1:802", "amazon-bot")
    assert list(settings.accounts) == [seller.key for seller in SELLERS]
    assert {account.region for account in settings.accounts.values()} == {"na", "eu", "fe"}
    assert sum(len(account.marketplaces) for account in settings.accounts.values()) == 13
    assert [spec.name for spec in started] == ["simulated-amazon", "simulated-odoo"]
    assert not any(spec.restart for spec in started)


def test_secrets_lie_in_files_only_their_owner_can_read(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "run")
    a_demonstration(folder)
    text = folder.config.read_text(encoding="utf-8")
    secrets = {file.name: file.read_text(encoding="utf-8") for file in folder.secrets.iterdir()}
    assert len(secrets) == len(SELLERS) + 4
    for name, secret in secrets.items():
        assert secret not in text, name
    files = [*folder.secrets.iterdir(), folder.config, folder.sellers]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert {stat.S_IMODE(part.stat().st_mode) for part in (folder.root, folder.secrets, folder.logs)} == {0o700}


def test_a_fresh_folder_forgets_the_last_run_and_leaves_strangers_alone(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    with folder.opened(fresh=True):
        folder.write(folder.broker / "dump", "old")
        folder.write(folder.logs / "fetch.log", "old")
    with folder.opened(fresh=False):
        assert (folder.logs / "fetch.log").exists()
    with folder.opened(fresh=True):
        assert list(folder.broker.iterdir()) == list(folder.logs.iterdir()) == []
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "keep"


def test_a_folder_serves_one_run(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with folder.opened(fresh=True):
        folder.write(folder.logs / "fetch.log", "of the first run")
        with pytest.raises(FolderInUse), folder.opened(fresh=True):
            pytest.fail("two runs in one folder")
        assert (folder.logs / "fetch.log").exists()


@pytest.mark.enable_socket
def test_the_brokers_password_is_in_a_file_not_on_its_command_line(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with folder.opened(fresh=True):
        broker, spec = embedded(folder, 4)
        config = (folder.broker / "valkey.conf").read_text(encoding="utf-8")
    assert f"requirepass {broker.password}\n" in config
    for line in ("bind 127.0.0.1", "appendonly yes", "maxmemory-policy noeviction"):
        assert f"{line}\n" in config
    assert broker.password not in " ".join(spec.command)
    assert broker.password not in repr(broker)


def test_the_fleet_serves_all_queues_and_flower_wants_a_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    specs = {spec.name: spec for spec in fleet(tmp_path / "accounts.toml", 2, Flower(5555, "flower-password"))}
    assert list(specs) == ["fetch", "upsert-1", "upsert-2", "shipments", "beat", "flower"]
    queues = {spec.command[spec.command.index("-Q") + 1] for spec in specs.values() if "-Q" in spec.command}
    assert queues == {"amazon.fetch,control", "odoo.upsert", "amazon.shipments,amazon.feeds"}
    prefix = (sys.executable, "-m", "celery", "-A", "worker")
    assert {spec.command[:5] for spec in specs.values()} == {prefix}
    for spec in specs.values():
        assert spec.environment["CONNECTOR_CONFIG"] == str(tmp_path / "accounts.toml")
        assert spec.environment["GLIBC_TUNABLES"] == "glibc.malloc.tcache_count=0"
        assert "flower-password" not in " ".join(spec.command)
        assert spec.environment.get("FLOWER_BASIC_AUTH") == ("admin:flower-password" if spec.name == "flower" else None)
    assert "--address=127.0.0.1" in specs["flower"].command
    assert sorted(specs, key=lambda name: specs[name].stage) == [
        "beat", "fetch", "upsert-1", "upsert-2", "shipments", "flower",
    ]  # fmt: skip


def test_what_amazon_is_to_hear_is_asked_of_odoo(monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = [
        an_account(key="acme-eu", policy=Policy(notify_cancellations=True)),
        an_account(key="acme-us"),
        an_account(key="silent", policy=Policy(confirm_shipments=False)),
    ]
    there = cast(
        Services,
        SimpleNamespace(
            accounts={account.key: account for account in accounts},
            database_of=lambda _: SimpleNamespace(odoo=object()),
        ),
    )
    deliveries = {"acme-eu": [1], "acme-us": [1, 2], "silent": [3]}
    monkeypatch.setattr(settling, "waiting_deliveries", lambda _odoo, keys: deliveries[keys[0]])
    monkeypatch.setattr(settling, "cancelled_orders", lambda _odoo, keys: deliveries[keys[0]])
    monkeypatch.setattr(settling, "_corrections", lambda _there, account: {"acme-us": 4}.get(account.key, 0))
    told = [
        "acme-eu: 1 deliveries that Amazon was not told of yet",
        "acme-eu: 1 cancelled orders that Amazon was not told of yet",
        "acme-us: 2 deliveries that Amazon was not told of yet",
    ]
    assert untold(there) == told
    assert untold(there, cancellations=False) == [told[0], told[2]]
    deliveries["acme-us"] = []
    assert untold(there, cancellations=False) == [
        told[0], "acme-us: 4 corrected deliveries that Amazon was not told of yet",
    ]  # fmt: skip

    def away(_odoo: object, keys: object) -> list[int]:
        raise RetryLater("Odoo is away")

    monkeypatch.setattr(settling, "waiting_deliveries", away)
    assert untold(there) == ["Odoo cannot be asked (Odoo is away)"]


def test_a_correction_is_waited_for_until_amazon_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    account = an_account(key="acme-eu")
    delivery = a_delivery(status="done")
    (made,) = packages(account, an_order(goods(), deliveries=(delivery,)))
    asked: list[datetime] = []

    def corrections(key: str, tracking: str = "T1") -> int:
        order = an_order(goods(), deliveries=(replace(delivery, key=key, tracking=tracking),))
        monkeypatch.setattr(settling, "shipped_orders", lambda _odoo, ids: dict.fromkeys(ids, order))
        there = SimpleNamespace(database_of=lambda _: SimpleNamespace(odoo=object()), clock=lambda: NOW)
        return settling._corrections(cast(Services, there), account)

    def changed(_odoo: object, _keys: object, since: datetime) -> list[Found]:
        asked.append(since)
        return [Found(17, 5, "")]

    monkeypatch.setattr(settling, "changed_deliveries", changed)
    assert corrections(f"17={made.digest}") == 0
    assert corrections(f"17={made.digest}", tracking="T2") == 1
    assert corrections(f"17?{made.digest}") == 1
    assert corrections("") == 0  # set to done by hand
    assert set(asked) == {NOW - timedelta(minutes=10)}


class TestSettling:
    """Searches read up to a moment, and nothing waits."""

    @pytest.fixture
    def there(self) -> Services:
        store = fakeredis.FakeRedis()
        account = an_account(key="acme-eu")
        services = SimpleNamespace(
            accounts={"acme-eu": account},
            lanes=Lanes(store),
            schedule=Schedule(store, [("acme-eu", "all")]),
            pauses=Pauses(store),
            clock=lambda: NOW,
        )
        return cast(Services, services)

    @staticmethod
    def read(there: Services, upper: datetime, *orders: str) -> None:
        window = Window(lower=upper - timedelta(days=1), upper=upper)
        there.lanes.set_window("acme-eu", "all", window)
        there.lanes.expect("acme-eu", "all", window, [(order_id, upper) for order_id in orders])
        there.lanes.move_on("acme-eu", "all", window, "")

    def test_nothing_read_yet(self, there: Services) -> None:
        assert missing(there, NOW) == ["acme-eu: not read up to 12:00:00"]
        assert read_until(there, "acme-eu") is None
        there.pauses.pause("acme-eu", "the token was revoked")
        assert missing(there, NOW) == ["acme-eu: not read up to 12:00:00, paused: the token was revoked"]

    def test_a_search_that_began_before_does_not_count(self, there: Services) -> None:
        self.read(there, NOW - BEHIND_NOW - timedelta(seconds=1))
        assert missing(there, NOW) == ["acme-eu: not read up to 12:00:00"]
        self.read(there, NOW - BEHIND_NOW)
        assert missing(there, NOW) == []
        assert read_until(there, "acme-eu") == NOW - BEHIND_NOW

    def test_orders_that_wait(self, there: Services) -> None:
        upper = NOW - BEHIND_NOW
        self.read(there, upper, "302-1", "302-2")
        assert missing(there, NOW) == ["acme-eu: 2 orders read, but not in Odoo yet"]
        assert waiting(there) == 2
        for order_id in ("302-1", "302-2"):
            there.lanes.landed("acme-eu", ["all"], order_id, upper)
        assert missing(there, NOW) == []

    def test_a_nudge_makes_a_group_due_that_was_not_read_since(self, there: Services) -> None:
        self.read(there, NOW - BEHIND_NOW - timedelta(seconds=1))
        self.due_later(there)
        nudge(there, NOW)
        assert [turn.account for turn in there.schedule.take(60)] == ["acme-eu"]

    def test_a_nudge_leaves_alone_what_was_read_or_is_being_read(self, there: Services) -> None:
        self.due_later(there)
        there.lanes.set_window("acme-eu", "all", Window(lower=NOW - timedelta(days=1), upper=NOW))
        nudge(there, NOW)
        assert there.schedule.take(60) == []
        self.read(there, NOW - BEHIND_NOW)
        nudge(there, NOW)
        assert there.schedule.take(60) == []

    @staticmethod
    def due_later(there: Services) -> None:
        assert len(there.schedule.take(60)) == 1
        there.schedule.done("acme-eu", "all", 180)
