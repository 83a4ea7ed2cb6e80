"""Real Odoo servers, named by the environment as `make test-odoo` does."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from clients.odoo.client import Connection, Odoo, Transport, connect
from clients.odoo.errors import Call
from clients.odoo.setup.plan import AccountSeed, BotRequest, SetupPlan
from clients.odoo.setup.run import run_setup
from tests.servers import secret, set_up

BOT = BotRequest("amazon-bot-tests", "amazon-bot-tests-1")
PLAN = SetupPlan(
    currencies=("EUR", "JPY"),
    accounts=(AccountSeed("tests", "Tests", "A1TESTS", "eu", ("DE", "FR")),),
    bot=BOT,
)


@dataclass
class Recording:
    """A transport that remembers what was called, and breaks off before the write it is told to."""

    inner: Transport
    calls: list[Call] = field(default_factory=list)
    writes_left: int = -1
    name: str = "recording"

    @property
    def writes(self) -> list[str]:
        return [str(call) for call in self.calls if not call.reads]

    def call(
        self, call: Call, ids: Sequence[int] | None, context: Mapping[str, Any] | None, named: Mapping[str, Any]
    ) -> Any:
        if not call.reads:
            if self.writes_left == 0:
                raise KeyboardInterrupt
            self.writes_left -= 1
        self.calls.append(call)
        return self.inner.call(call, ids, context, named)


@dataclass(frozen=True)
class Server:
    """A real database, as administrator and as the bot; `key` makes names that no earlier run has used."""

    url: str
    database: str
    login: str
    secret: str = field(repr=False)
    key: str

    def admin(self) -> Odoo:
        return connect(Connection(self.url, self.database, self.login, self.secret))

    def bot(self) -> Odoo:
        return connect(Connection(self.url, self.database, BOT.login, secret(self.url, BOT.login, BOT.password)))


def record(odoo: Odoo) -> Recording:
    """Put a Recording between `odoo` and its transport."""
    recording = Recording(odoo._transport)
    odoo._transport = recording
    return recording


@pytest.fixture(params=["19", "14"])
def odoo_server(request: pytest.FixtureRequest) -> Server:
    name = f"ODOO_TEST_{request.param}"
    if name not in os.environ:
        pytest.fail(
            f'{name} is not set: run `make test-odoo`, or give {{"url": …, "database": …, "login": …, "key": …}}'
        )
    told = json.loads(os.environ[name])
    return Server(told["url"], told["database"], told["login"], told["key"], uuid4().hex[:8])


@pytest.fixture
def admin(odoo_server: Server, request: pytest.FixtureRequest) -> Iterator[Odoo]:
    """The administrator of a database in which setup has run: before each test of a module that CHANGES_SETUP."""
    odoo = odoo_server.admin()
    if getattr(request.module, "CHANGES_SETUP", False):
        run_setup(odoo, PLAN)
    else:
        set_up(odoo, odoo_server.url, PLAN, request.module.__name__)
    yield odoo
    odoo.close()


@pytest.fixture
def bot(odoo_server: Server, admin: Odoo) -> Iterator[Odoo]:
    odoo = odoo_server.bot()
    yield odoo
    odoo.close()
