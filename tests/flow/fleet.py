"""The whole fleet for a test: real broker, real workers and beat, a simulated Amazon, any Odoo."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import redis

from clients.odoo.client import Connection, Odoo, connect
from clients.odoo.setup.run import run_setup
from settings import Settings, load
from tests.flow.processes import Process, broker, celery, eventually, free_port, simulator
from worker.bootstrap import setup_plan

CLIENT = {"FLEET_CLIENT_ID": "amzn1.application-oa2-client.fleet", "FLEET_CLIENT_SECRET": "fleet-client-secret"}


@dataclass(frozen=True)
class SellerSpec:
    """A seller of the simulated Amazon, and the account of the fleet that goes with it; `odd`: share of odd orders."""

    key: str
    region: str
    marketplaces: tuple[str, ...]
    orders: int
    odd: float = 0.0

    @property
    def seller_id(self) -> str:
        return f"SELLER{self.key.upper().replace('-', '')}"

    @property
    def refresh_token(self) -> str:
        return f"Atzr|{self.key}"


@dataclass(frozen=True)
class OdooTarget:
    """An Odoo server and its administrator; `bot_login` and `bot_key`: whom the fleet works as, if it is another.

    Keys are given to the fleet through the environment.
    """

    url: str
    database: str
    login: str
    key: str = field(repr=False)
    bot_login: str = ""
    bot_key: str = field(default="", repr=False)


class Fleet:
    """Starts everything on entering, and kills all that is left on leaving."""

    def __init__(
        self,
        folder: Path,
        odoo: OdooTarget,
        sellers: tuple[SellerSpec, ...],
        *,
        poll_seconds: float = 5.0,
        seed: int = 11,
        speed: float = 100.0,
        days: int = 14,
        idle_seconds: float = 0.0,
        page_size: int = 100,
        address: str = "127.0.0.1",
    ) -> None:
        self.folder = folder
        self.odoo_target = odoo
        self.sellers = sellers
        self._poll = poll_seconds
        self._idle = idle_seconds or poll_seconds
        self._page_size = page_size
        self.address = address
        self._seed = seed
        self._speed = speed
        self._start = datetime.now(UTC) - timedelta(days=days)
        self.port = free_port()
        self.processes: dict[str, Process] = {}
        self.env: dict[str, str] = {}
        self.amazon_url = ""

    def __enter__(self) -> Self:
        try:
            self._begin()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _begin(self) -> None:
        self.start_broker()
        sellers = self.folder / "sellers.json"
        sellers.write_text(json.dumps([_seller(spec) for spec in self.sellers]))
        amazon = simulator(
            self.folder, "amazon", "--host", self.address, "--port", "0", "--seed", str(self._seed),
            "--sellers", str(sellers), "--speed", str(self._speed), "--page-size", str(self._page_size),
            "--client-id", CLIENT["FLEET_CLIENT_ID"], "--client-secret", CLIENT["FLEET_CLIENT_SECRET"],
        )  # fmt: skip
        self.processes["amazon"] = amazon.start()
        self.amazon_url = amazon.first_match(r"listening on (http://\S+)", 600)  # 100,000 orders take their time
        self.write_settings()

    def write_settings(self, **changes: str) -> None:
        """Write accounts.toml and the environment of its secrets; `changes` replace texts in the file."""
        path = self.folder / "accounts.toml"
        text = self._toml()
        for old, new in changes.items():
            text = text.replace(old, new)
        path.write_text(text)
        tokens = {_variable(spec): spec.refresh_token for spec in self.sellers}
        key = self.odoo_target.bot_key or self.odoo_target.key
        self.env = {"CONNECTOR_CONFIG": str(path), "FLEET_ODOO_KEY": key, **CLIENT, **tokens}

    def settings(self, monkeypatch: Any) -> Settings:
        """Return the fleet's settings for use in the test's own process."""
        for name, value in self.env.items():
            monkeypatch.setenv(name, value)
        return load(self.folder / "accounts.toml")

    def set_up_odoo(self, settings: Settings) -> Odoo:
        """Install what the connector needs; return a client that is connected as administrator."""
        target = self.odoo_target
        odoo = connect(Connection(target.url, target.database, target.login, target.key))
        run_setup(odoo, setup_plan(settings, "main"))
        return odoo

    # ------------------------------------------------------------ processes
    def start_broker(self) -> None:
        """Start an empty broker on the fleet's port."""
        self.processes["broker"] = broker(self.folder, self.port, self.address).start()
        eventually("the broker answers", self._broker_up)

    def revive_beat(self) -> bool:
        """Start beat again if it has ended, as its supervisor does (it ends when its lock in Redis is gone)."""
        if not self.processes["beat"].alive:
            self.kill("beat")
            self.start("beat")
        return self.processes["beat"].alive

    def start_fleet(self) -> None:
        """Start two workers and beat."""
        for name in ("fetch", "upsert", "beat"):
            self.start(name)

    def start(self, name: str) -> Process:
        """Start one of the fleet's processes: fetch, upsert, upsert2, shipments, beat."""
        return self._launch(name, name, "test", ())

    def start_on(self, host: str, name: str, enter: Sequence[str]) -> Process:
        """Start a worker on another host, where `enter` starts commands; it is called name@host."""
        return self._launch(f"{name}@{host}", name, host, enter)

    def _launch(self, called: str, name: str, host: str, enter: Sequence[str]) -> Process:
        arguments = {
            "fetch": ("worker", "-Q", "amazon.fetch,control", "-P", "prefork", "-c", "2"),
            "upsert": ("worker", "-Q", "odoo.upsert", "-P", "threads", "-c", "100"),
            "upsert2": ("worker", "-Q", "odoo.upsert", "-P", "threads", "-c", "100"),
            "shipments": ("worker", "-Q", "amazon.shipments,amazon.feeds", "-P", "threads", "-c", "32"),
            "beat": ("beat",),
        }[name]
        extra = () if name == "beat" else ("-n", f"{name}@{host}", "--without-mingle", "--without-gossip")
        self.processes[called] = celery(self.folder, called, self.env, *arguments, *extra, enter=enter).start()
        return self.processes[called]

    def kill(self, *names: str) -> None:
        """kill -9."""
        for name in names:
            self.processes.pop(name).kill()

    def stop(self) -> None:
        """Kill everything that is left, the broker last."""
        self.store.close()
        last = ("amazon", "broker")
        for name in [*(one for one in self.processes if one not in last), *last]:
            if name in self.processes:
                self.processes.pop(name).kill()

    def logs(self) -> str:
        """Return what all processes of the fleet wrote."""
        names = ("fetch", "upsert", "upsert2", "shipments", "beat")
        return "\n".join(path.read_text(errors="replace") for n in names if (path := self.folder / f"{n}.log").exists())

    # ------------------------------------------------------------ broker and Amazon
    @cached_property
    def store(self) -> redis.Redis:
        return redis.Redis(self.address, self.port)

    def _broker_up(self) -> bool:
        try:
            return bool(self.store.ping())
        except redis.ConnectionError:
            return False

    def amazon(self, method: str, path: str, body: Any = None) -> Any:
        """Call the simulated Amazon's control interface."""
        answer = httpx.request(method, f"{self.amazon_url}/_sim{path}", json=body, timeout=30)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def truth(self) -> dict[str, list[dict[str, Any]]]:
        """Return Amazon's raw orders by account key."""
        raw: Mapping[str, list[dict[str, Any]]] = self.amazon("GET", "/orders")
        return {spec.key: raw[spec.seller_id] for spec in self.sellers}

    def _toml(self) -> str:
        odoo = self.odoo_target
        lines = [
            "[broker]", f'url = "redis://{self.address}:{self.port}/0"', "[amazon]",
            'client_id = { env = "FLEET_CLIENT_ID" }', 'client_secret = { env = "FLEET_CLIENT_SECRET" }',
            f'lwa_endpoint = "{self.amazon_url}"', "[amazon.endpoints]",
            *(f'{region} = "{self.amazon_url}"' for region in ("na", "eu", "fe")),
            "[odoo.main]", f'url = "{odoo.url}"', f'database = "{odoo.database}"',
            f'login = "{odoo.bot_login or odoo.login}"', 'key = { env = "FLEET_ODOO_KEY" }',
        ]  # fmt: skip
        for spec in self.sellers:
            lines += [
                f"[accounts.{spec.key}]", f'seller_id = "{spec.seller_id}"',
                f'refresh_token = {{ env = "{_variable(spec)}" }}', f'region = "{spec.region}"',
                f"marketplaces = {json.dumps(spec.marketplaces)}", 'odoo = "main"',
                f"start = {self._start:%Y-%m-%d}", f"poll_seconds = {self._poll}",
                f"idle_poll_seconds = {self._idle}",
            ]  # fmt: skip
        return "\n".join(lines) + "\n"


def _variable(spec: SellerSpec) -> str:
    return f"FLEET_TOKEN_{spec.key.upper().replace('-', '_')}"


def _seller(spec: SellerSpec) -> dict[str, Any]:
    return {
        "seller_id": spec.seller_id,
        "refresh_token": spec.refresh_token,
        "region": spec.region,
        "marketplaces": list(spec.marketplaces),
        "orders": spec.orders,
        "odd": spec.odd,
    }
