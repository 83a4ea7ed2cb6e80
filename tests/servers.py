"""The real Odoo servers of the environment: what controls them, and the keys of users in their databases."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import subprocess
from pathlib import Path

import pytest

from clients.odoo.client import Odoo
from clients.odoo.setup.plan import SetupPlan
from clients.odoo.setup.run import run_setup
from tests.flow.processes import ROOT

REAL = {"real-19": "ODOO_TEST_19", "real-14": "ODOO_TEST_14"}
# Odoo hashes a key 6,000 times at each call: 3 ms of a call of 6, which no test needs and a measurement does.
_ROUNDS = 1 if os.environ.get("ODOO_TEST_CHEAP_KEYS") else 6000
_keys: dict[tuple[str, str], str] = {}
_set_up: set[tuple[str, str]] = set()


def control(url: str) -> list[str]:
    """Return the command that stops and starts the real server at `url`; [] for a simulated one."""
    for name in REAL.values():
        if name in os.environ and json.loads(os.environ[name])["url"] == url:
            given = os.environ.get("ODOO_TEST_ROOT")
            if not given:
                pytest.fail("ODOO_TEST_ROOT is not set: run these tests with 'make test-odoo'")
            instance = ["--instance", named] if (named := os.environ.get("ODOO_TEST_INSTANCE")) else []
            return [str(ROOT / "scripts" / "odoo-server"), "--root", given, "--series", name[-2:], *instance]
    return []


def server_log(series: int) -> Path:
    """Return the log of the real server of `series`."""
    named = os.environ.get("ODOO_TEST_INSTANCE")
    place = Path(os.environ["ODOO_TEST_ROOT"], f"odoo{series}")
    return (place / "instances" / named if named else place) / "odoo.log"


def lost_races(log: Path, since: int) -> int:
    """Return how many requests lost a race and were run again by Odoo itself, since its log was `since` bytes long."""
    with log.open(encoding="utf-8", errors="replace") as lines:
        lines.seek(since)
        return lines.read().count("tries left, try again")


def set_up(odoo: Odoo, url: str, plan: SetupPlan, user: str) -> None:
    """Run setup for `user`, on a real server only the first time: it takes seconds, and what it made stays.

    Not for tests that change or take away what setup made.
    """
    if (url, user) not in _set_up:
        run_setup(odoo, plan)
        if control(url):
            _set_up.add((url, user))


def secret(url: str, login: str, password: str | None) -> str:
    """Return what the user `login` speaks JSON-2 with at a real 19, where it can, else the password.

    Password and /jsonrpc work on 19 too, but a third of a second goes into each look at a password.
    """
    assert password is not None
    command = control(url)
    if "14" in command or not command:
        return password
    if (url, login) not in _keys:
        _keys[url, login] = _api_key(command, login)
    return _keys[url, login]


def _api_key(command: list[str], login: str) -> str:
    """Make an API key as Odoo does when a person asks for it in the browser: RPC with a password may not.

    By SQL, because Odoo's own shell takes five seconds of a processor to be there.
    """
    key, salt = secrets.token_hex(20), secrets.token_bytes(16)
    digest = hashlib.pbkdf2_hmac("sha512", key.encode(), salt, _ROUNDS)
    kept = f"$pbkdf2-sha512${_ROUNDS}${_adapted(salt)}${_adapted(digest)}"
    program = (
        "INSERT INTO res_users_apikeys (name, user_id, scope, expiration_date, index, key)\n"
        f"SELECT 'tests', id, 'rpc', now() AT TIME ZONE 'utc' + interval '1 day', '{key[:8]}', '{kept}'\n"
        f"FROM res_users WHERE login = '{login}' RETURNING 'MADE';\n"
    )
    done = subprocess.run(
        [*command, "sql", "-"], input=program, check=True, timeout=120, capture_output=True, text=True
    )
    assert done.stdout.split() == ["MADE"], f"no user {login}"
    return key


def _adapted(raw: bytes) -> str:
    """Base64 as passlib, with which Odoo hashes, writes it."""
    return base64.b64encode(raw, altchars=b"./").decode().rstrip("=")
