"""Mistakes that operators make: each ends in one clear line and a status, none in a traceback, and changes nothing."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from click.testing import CliRunner

from clients.odoo.client import Connection, Odoo, connect
from clients.odoo.setup.plan import BotRequest, SetupPlan
from clients.odoo.setup.run import run_setup
from simulator.amazon import CLIENT_ID, CLIENT_SECRET, World, serve
from simulator.odoo.app import KEY as ADMIN_KEY
from simulator.odoo.app import LOGIN, database
from simulator.odoo.app import serve as serve_odoo
from tests.contract.amazon_simulator import seller
from tests.unit.settings.given import GONE, changed, write
from worker.cli import main

KEY = f"k-{uuid4().hex}"
ORDER = "304-1234567-1234567"
EU = "accounts/acme-eu"
TOML_MISTAKE = "file: is no valid TOML: Invalid value (at line 1, column 7)"


@dataclass(frozen=True)
class Place:
    """Where the operator works: a folder, servers that are well, and nothing of his mistakes."""

    folder: Path
    amazon: str
    odoo: str
    fresh_odoo: str
    old_odoo: str
    broker: str
    nowhere: int

    @property
    def right(self) -> dict[str, Any]:
        """Changes that make the right configuration one for these servers."""
        return {
            "broker/url": self.broker,
            "amazon/lwa_endpoint": f"{self.amazon}/auth/o2/token",
            "amazon/endpoints": {"eu": self.amazon, "na": self.amazon, "fe": self.amazon},
            "odoo/main/url": self.odoo,
            "odoo/main/database": "demo",
            "odoo/main/login": "bot",
            f"{EU}/seller_id": "EU1",
        }


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str, str]]:
    """A simulated Amazon, an Odoo 19 that is set up, one that is not, and a 14."""
    with (
        serve(World([seller("EU1")])) as amazon,
        serve_odoo(database(19)) as ready,
        serve_odoo(database(19)) as fresh,
        serve_odoo(database(14)) as old,
    ):
        admin = _admin(ready)
        run_setup(admin, SetupPlan(currencies=("EUR",), bot=BotRequest("bot", KEY)))
        admin.close()
        bare = _admin(fresh)
        bare.call("res.users", "create", vals_list=[{"name": "bot", "login": "bot", "password": KEY}])
        bare.close()
        yield amazon, ready, fresh, old


def _admin(url: str) -> Odoo:
    return connect(Connection(url, "demo", LOGIN, ADMIN_KEY))


@pytest.fixture
def place(
    tmp_path: Path, servers: tuple[str, str, str, str], redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    secrets = {
        "AMAZON_CLIENT_ID": CLIENT_ID, "AMAZON_CLIENT_SECRET": CLIENT_SECRET, "ODOO_MAIN_KEY": KEY,
        "ACME_TOKEN": "Atzr|EU1", "WRONG": "wrong-and-never-shown", "EMPTY": "",
    }  # fmt: skip
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CONNECTOR_CONFIG", str(tmp_path / "accounts.toml"))
    monkeypatch.chdir(tmp_path)
    amazon, ready, fresh, old = servers
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nowhere = probe.getsockname()[1]
    yield Place(tmp_path, amazon, ready, fresh, old, redis_url, nowhere)
    _roles(amazon, sorted(seller("EU1").roles))


Change = Mapping[str, Any] | Callable[[Place], Mapping[str, Any]]


def _file(text: str | bytes) -> Callable[[Place], Mapping[str, Any]]:
    def put(place: Place) -> Mapping[str, Any]:
        (place.folder / "accounts.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return {}

    return put


def _nothing(_place: Place) -> Mapping[str, Any]:
    return {}


def _down(what: str, form: str) -> Callable[[Place], Mapping[str, Any]]:
    return lambda place: {what: form.format(place.nowhere)}


def _no_role(place: Place) -> Mapping[str, Any]:
    _roles(place.amazon, [])
    return {}


def _roles(amazon: str, roles: list[str]) -> None:
    httpx.post(f"{amazon}/_sim/roles", json={"seller": "EU1", "roles": roles}, timeout=10).raise_for_status()


def _other_account(place: Place) -> Mapping[str, Any]:
    from tests.unit.settings.given import RIGHT

    return {"accounts/two": RIGHT["accounts"]["acme-eu"] | {"seller_id": "EU1", "marketplaces": ["FR"]}}


LIST, CHECK = "accounts list", "accounts check"
# what: the mistake in the configuration, the command, its status, and what its one line says
MISTAKES: dict[str, tuple[Change, str, int, str]] = {
    # ---- the file
    "no file": (_nothing, LIST, 2, "file: no such file: copy accounts.example.toml, or set CONNECTOR_CONFIG"),
    "unreadable file": (_file(b"\xff\xfe"), LIST, 2, "file: cannot be read (UnicodeDecodeError)"),
    "no TOML": (_file("url = redis"), LIST, 2, TOML_MISTAKE),
    "unknown key": ({f"{EU}/poll": 5}, LIST, 2, "accounts.acme-eu.poll: unknown key: remove it, or mend its spelling"),
    "secret not set": (
        {f"{EU}/refresh_token": {"env": "NOT_THERE"}}, LIST, 2,
        "accounts.acme-eu.refresh_token: environment variable NOT_THERE is not set: export NOT_THERE=...",
    ),
    "secret file missing": (
        {"odoo/main/key": {"file": "gone.txt"}}, LIST, 2, "odoo.main.key: file gone.txt cannot be read (No such file",
    ),
    "secret in the file": ({"odoo/main/key": "wrong-and-never-shown"}, LIST, 2, "a secret is given as { env ="),
    "wrong region": (
        {f"{EU}/region": "na", f"{EU}/marketplaces": ["DE"]}, LIST, 2, "DE is in region eu: make an account of its own",
    ),
    "unknown marketplace": ({f"{EU}/marketplaces": ["UK"]}, LIST, 2, "unknown marketplace UK: give country codes"),
    "duplicate account": (_other_account, LIST, 2, "FR of this seller belongs to account acme-eu already"),
    "unknown database": ({f"{EU}/odoo": "other"}, LIST, 2, "accounts.acme-eu.odoo: there is no [odoo.other]"),
    "bad start": ({f"{EU}/start": "01.11.2026"}, LIST, 2, "give a date like 2026-11-01 (without quotes)"),
    "bad number": ({f"{EU}/poll_seconds": 0}, LIST, 2, "accounts.acme-eu.poll_seconds: give a number of at least 1"),
    "bad log format": ({"log/format": "xml"}, LIST, 2, "log.format: give 'text' or 'json'"),
    "bad broker": ({"broker/url": "http://x"}, LIST, 2, "broker.url: give redis://, rediss://, amqp:// or amqps://"),
    # ---- servers
    "broker down": (
        _down("broker/url", "redis://127.0.0.1:{}/0"), LIST, 1, "the broker cannot be reached (ConnectionError)",
    ),
    "Odoo down": (_down("odoo/main/url", "http://127.0.0.1:{}"), "odoo check", 1, "ConnectError"),
    "Odoo's URL with a path": (
        lambda place: {"odoo/main/url": place.odoo + "/web"}, "odoo check", 1,
        "the URL of Odoo cannot be used. Write it as https://odoo.example.com: no path, no user.",
    ),
    "URL of no Odoo": (
        lambda place: {"odoo/main/url": place.amazon}, "odoo check", 1, "no such Odoo database, or no Odoo, at this",
    ),
    "wrong key": ({"odoo/main/key": {"env": "WRONG"}}, "odoo check", 1, "Odoo refuses the key"),
    "wrong database": ({"odoo/main/database": "nodb"}, "odoo check", 1, "no such Odoo database"),
    "wrong login": (
        lambda place: {"odoo/main/url": place.old_odoo, "odoo/main/login": "nobody"}, "parked list", 1, "Odoo refuses",
    ),
    "not set up": (
        lambda place: {"odoo/main/url": place.fresh_odoo}, "parked list", 1, "python -m worker odoo setup",
    ),
    "setup with the bot's key": (
        lambda place: {"odoo/main/url": place.fresh_odoo}, "odoo setup", 1, "Setup needs an administrator: give",
    ),
    "setup without the key": ({}, "odoo setup --key-env EMPTY", 2, "--key-env: environment variable EMPTY is not set"),
    "purge with the bot's key": ({}, "odoo purge --dry-run", 1, "Purge needs an administrator: give"),
    "purge of young orders": ({}, "odoo purge --older-than 5", 2, "5 is not in the range x>=30"),
    "wrong client secret": (
        {"amazon/client_secret": {"env": "WRONG"}}, CHECK, 1, "Login with Amazon refuses the application",
    ),
    "expired token": ({f"{EU}/refresh_token": {"env": "WRONG"}}, CHECK, 1, "Amazon refuses the refresh token"),
    "missing role": (_no_role, f"orders trace {ORDER} --account acme-eu", 0, "Amazon refuses getOrder to this account"),
    "unknown warehouse": ({f"{EU}/warehouse": "NOPE"}, CHECK, 1,  "Odoo has no warehouse 'NOPE' (there are: WH)"),
    "unknown company": ({f"{EU}/company": "Nobody Ltd"}, CHECK, 1, "Odoo has no company 'Nobody Ltd'"),
    # ---- arguments
    "unknown command": ({}, "orders imprt", 2, "No such command 'imprt'"),
    "unknown option": ({}, "parked list --everything", 2, "No such option '--everything'"),
    "missing argument": ({}, "orders import acme-eu", 2, "Missing argument 'ORDER_ID...'"),
    "unknown account": ({}, "accounts check acme-us", 2, "there is no account 'acme-us': one of acme-eu"),
    "no order id": ({}, "orders trace 304-1", 2, "'304-1' is no Amazon order id (they look like 304-1234567-1234567)"),
    "unknown code": ({}, "parked retry --code money", 2, "there is no code 'money': one of "),
    "bad date": ({}, "parked list --since 1.11.2026", 2, "'1.11.2026' is no date: write 2026-11-01 or"),
    "dismiss everything": ({}, "parked dismiss", 2, "say which: an ACCOUNT (and ORDER_IDs), --code or --since"),
    "not parked": ({}, f"parked retry acme-eu {ORDER}", 1, f"not parked: {ORDER}: see 'parked list'"),
    "nothing to resume": ({}, "accounts resume acme-eu", 1, "neither stopped nor paused: acme-eu: see 'accounts list'"),
    "nobody's port": ({}, "health --role metrics --port 1", 1, "http://127.0.0.1:1/metrics does not answer (Connect"),
}  # fmt: skip


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_one_clear_line_and_a_status(place: Place, what: str) -> None:
    change, command, status, says = MISTAKES[what]
    own = change(place) if callable(change) else change
    if what not in {"no file", "unreadable file", "no TOML"}:
        write(place.folder, changed({**place.right, **own}))
    done = CliRunner().invoke(main, command.split(), prog_name="python -m worker")
    told = " ".join(done.output.split())
    assert done.exit_code == status, done.output
    assert isinstance(done.exception, SystemExit | None)
    assert says in told
    assert "Traceback" not in told
    assert "wrong-and-never-shown" not in told
    if done.stderr:
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith("error: ")
        assert len(done.stderr) < 600


def test_every_mistake_at_once_is_a_line_each(place: Place) -> None:
    write(place.folder, changed({**place.right, "broker/url": "http://x", f"{EU}/region": "na", "amazon": GONE}))
    done = CliRunner().invoke(main, ["accounts", "list"])
    assert (done.exit_code, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert re.fullmatch(r"\S+accounts.toml: 4 mistake\(s\)", lines[0])
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "broker.url", "amazon", "accounts.acme-eu.marketplaces", "accounts.acme-eu.marketplaces",
    ]  # fmt: skip


def test_purge_as_an_administrator(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN", ADMIN_KEY)
    write(place.folder, changed(place.right))
    arguments = ["odoo", "purge", "--login", LOGIN, "--key-env", "ADMIN", "--json"]
    done = CliRunner().invoke(main, [*arguments, "--dry-run"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == [{"database": "main", "contacts": 0, "kept": 0, "messages": 0}]


def test_a_taken_port_is_told(place: Place) -> None:
    write(place.folder, changed(place.right))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = CliRunner().invoke(main, ["metrics", "--port", str(port)])
    assert done.exit_code == 1
    assert (
        done.stderr == f"error: port {port} of 127.0.0.1 cannot be used (Address already in use): give another --port\n"
    )


def test_at_least_twenty_kinds_are_tried() -> None:
    assert len(MISTAKES) >= 40
