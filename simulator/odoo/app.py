"""The simulated Odoo as an ASGI application, in a thread, or as a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.applications import Starlette

from simulator.odoo.calls import Database
from simulator.odoo.control import Control
from simulator.odoo.protocol import routes
from simulator.odoo.seed import fresh
from simulator.serving import run_app, serve_app

LOGIN = "admin"
KEY = "simulated-admin-key"  # the default of a server that holds nothing and listens on loopback only


def database(series: int, *, name: str = "demo", login: str = LOGIN, key: str = KEY, latency: float = 0.0) -> Database:
    """A fresh database of Odoo `series` (14 or 19); `latency` in seconds is added to every call."""
    return Database(fresh(series, database=name, login=login, key=key), latency=latency)


def create_app(target: Database, *, login: str = LOGIN, key: str = KEY) -> Starlette:
    """The application that serves `target`."""
    return Starlette(routes=[*routes(target), *Control(target, login, key).routes()])


@contextmanager
def serve(target: Database, *, login: str = LOGIN, key: str = KEY) -> Iterator[str]:
    """Serve `target` from a thread; gives the URL."""
    with serve_app(create_app(target, login=login, key=key), "simulated Odoo") as url:
        yield url


def run(target: Database, *, host: str, port: int, login: str, key: str) -> None:
    """Serve until a signal. Raises OSError when the port is taken."""
    run_app(create_app(target, login=login, key=key), host=host, port=port)
