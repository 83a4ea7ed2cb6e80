"""A demonstration for a machine without a configuration: simulated sellers, a simulated Odoo, a real setup."""

from __future__ import annotations

import json
import re
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx

from clients.odoo.client import Connection, connect
from clients.odoo.setup.plan import BotRequest, SetupReport
from clients.odoo.setup.run import run_setup
from settings import Settings
from settings.env import child_environment
from worker.bootstrap import connection, setup_plan
from worker.run.broker import Broker
from worker.run.fleet import SIMULATORS
from worker.run.folder import Folder
from worker.run.process import Spec
from worker.run.supervisor import Supervisor
from worker.run.warehouse import Warehouse

AMAZON: Final = "simulated-amazon"
ODOO: Final = "simulated-odoo"
DATABASE: Final = "demo"
ADMIN: Final = "admin"
BOT: Final = "amazon-bot"
POLL_SECONDS: Final = 30
_LISTENING: Final = re.compile(r"^listening on (http://\S+)$", re.MULTILINE)
_STARTING_TENTHS: Final = 300
# Clients of the simulated Amazon: its public defaults protect nothing, so they are no secrets.
_CLIENT_ID: Final = "amzn1.application-oa2-client.simulated"
_CLIENT_SECRET: Final = "amzn1.oa2-cs.v1.simulated"  # noqa: S105 - the simulator's public default
# Simulated orders were updated in the three days before.
_SINCE: Final = timedelta(days=4)


class NoSimulator(Exception):
    """A simulated server did not come up."""


@dataclass(frozen=True, slots=True)
class DemoSeller:
    """A simulated seller account with `orders` orders to begin with."""

    key: str
    seller_id: str
    region: str
    marketplaces: tuple[str, ...]
    orders: int


SELLERS: Final = (
    DemoSeller("hansa-eu", "A1HANSA7EXAMPLE", "eu", ("DE", "FR", "IT", "ES", "NL"), 120),
    DemoSeller("thames-eu", "A2THAMES5EXAMPL", "eu", ("GB", "SE", "PL"), 80),
    DemoSeller("pacific-na", "A3PACIFIC2EXAMP", "na", ("US", "CA", "MX"), 90),
    DemoSeller("sakura-fe", "A4SAKURA9EXAMPL", "fe", ("JP", "AU"), 60),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """The two simulated servers' addresses, and the administrator's key of the simulated Odoo."""

    amazon: str
    odoo: str
    key: str = field(repr=False)

    def set_up_odoo(self, settings: Settings) -> SetupReport:
        """Install what the connector needs, as `odoo setup` does, with a bot user for the daily work."""
        daily = connection(settings, DATABASE)
        plan = replace(setup_plan(settings, DATABASE), bot=BotRequest(daily.login, daily.key))
        odoo = connect(Connection(url=self.odoo, database=DATABASE, login=ADMIN, key=self.key))
        try:
            return run_setup(odoo, plan)
        finally:
            odoo.close()

    def warehouse(self) -> Warehouse:
        """Return the people who ship from the simulated Odoo."""
        return Warehouse(connect(Connection(url=self.odoo, database=DATABASE, login=ADMIN, key=self.key)))

    def live_on(self, new_orders: int = 0) -> tuple[int, int]:
        """Let Amazon's life go on a step; returns how many orders changed, and how many are new."""
        answer = httpx.post(f"{self.amazon}/_sim/advance", json={"steps": 1, "new_orders": new_orders}, timeout=30)
        told = answer.raise_for_status().json()
        return len(told["changed"]), len(told["created"])


def start_simulators(
    supervisor: Supervisor, folder: Folder, orders: int | None, pause: Callable[[float], None]
) -> Demonstration:
    """Start both simulators and wait for them. Raises NoSimulator, and ProcessDied with the log's place."""
    tokens = {seller.key: secrets.token_urlsafe(24) for seller in SELLERS}
    rows = [
        {
            "seller_id": seller.seller_id,
            "refresh_token": tokens[seller.key],
            "region": seller.region,
            "marketplaces": list(seller.marketplaces),
            "orders": seller.orders if orders is None else orders,
        }
        for seller in SELLERS
    ]
    folder.write(folder.sellers, json.dumps(rows, indent=1))
    key = secrets.token_urlsafe(24)
    for name, text in {
        **{f"{seller}-refresh-token": token for seller, token in tokens.items()},
        "client-id": _CLIENT_ID,
        "client-secret": _CLIENT_SECRET,
        "odoo-admin-key": key,
        "odoo-bot-password": secrets.token_urlsafe(24),
    }.items():
        folder.write(folder.secrets / name, text)
    amazon = ("simulator.amazon", "--port", "0", "--sellers", str(folder.sellers.resolve()))
    odoo = ("simulator.odoo", "--port", "0", "--series", "19", "--database", DATABASE, "--login", ADMIN, f"--key={key}")
    for name, arguments in ((AMAZON, amazon), (ODOO, odoo)):
        command = (sys.executable, "-m", *arguments)
        supervisor.start(
            Spec(name=name, command=command, environment=child_environment(), stage=SIMULATORS, restart=False)
        )
    return Demonstration(amazon=_address(supervisor, AMAZON, pause), odoo=_address(supervisor, ODOO, pause), key=key)


def write_config(folder: Folder, broker: Broker, demonstration: Demonstration) -> None:
    """Write the demonstration's accounts.toml: any other command works on it with CONNECTOR_CONFIG set to it."""
    amazon = demonstration.amazon
    start = (datetime.now(UTC) - _SINCE).date().isoformat()
    endpoints = "\n".join(f'{region} = "{amazon}"' for region in ("na", "eu", "fe"))
    text = f"""# Written by `python -m worker run`; the servers in it live as long as that command.

[broker]
url = "{broker.url}"

[amazon]
client_id = {_secret("client-id")}
client_secret = {_secret("client-secret")}
lwa_endpoint = "{amazon}/auth/o2/token"

[amazon.endpoints]
{endpoints}

[odoo.{DATABASE}]
url = "{demonstration.odoo}"
database = "{DATABASE}"
login = "{BOT}"
key = {_secret("odoo-bot-password")}
"""
    for seller in SELLERS:
        text += f"""
[accounts.{seller.key}]
seller_id = "{seller.seller_id}"
refresh_token = {_secret(f"{seller.key}-refresh-token")}
region = "{seller.region}"
marketplaces = {json.dumps(seller.marketplaces)}
odoo = "{DATABASE}"
start = {start}
poll_seconds = {POLL_SECONDS}
policies = {{ notify_cancellations = true }}
idle_poll_seconds = {POLL_SECONDS}
"""
    folder.write(folder.config, text)


def _secret(name: str) -> str:
    return f'{{ file = "secrets/{name}" }}'


def _address(supervisor: Supervisor, name: str, pause: Callable[[float], None]) -> str:
    """Wait for the line in which the simulator tells where it listens."""
    for _ in range(_STARTING_TENTHS):
        found = _LISTENING.search(supervisor.log(name).read_text(encoding="utf-8", errors="replace"))
        if found:
            return found[1]
        pause(0.1)
    raise NoSimulator(f"{name} does not say where it listens, see {supervisor.log(name)}")
