"""Finding out how to talk to a server: its version, its protocol, our user there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import httpx

from clients.odoo.errors import Call, from_form, from_page, from_transport
from clients.odoo.http import http_client, is_json
from clients.odoo.json2 import Json2
from clients.odoo.jsonrpc import JsonRpc
from domain.errors import DatabaseBroken, SyncError

_FIRST_WITH_JSON2: Final = 19
_OLDEST: Final = 14
_ME: Final = Call("res.users", "context_get")


@dataclass(frozen=True, slots=True)
class Connection:
    """Where an Odoo database is and who we are there; times in seconds.

    `key`: an API key of `login`'s (or, up to 18, the password). The timeout is long because Odoo itself repeats a
    transaction that lost a race for up to a minute before it answers.
    """

    url: str
    database: str
    login: str
    key: str = field(repr=False)
    timeout: float = 120.0
    connect_timeout: float = 5.0
    protocol: Literal["auto", "json2", "jsonrpc"] = "auto"


@dataclass(frozen=True, slots=True)
class Choice:
    """A protocol that works, with the server's version and our user's id."""

    transport: Json2 | JsonRpc
    version: tuple[int, int]
    uid: int
    http: httpx.Client


def choose(connection: Connection, transport: httpx.BaseTransport | None = None) -> Choice:
    """See `clients.odoo.client.connect`. `transport` replaces the network in tests."""
    url = _checked(connection.url)
    http = http_client(timeout=connection.timeout, connect_timeout=connection.connect_timeout, transport=transport)
    try:
        return _choose(connection, url, http)
    except BaseException:
        http.close()
        raise


def _choose(connection: Connection, url: str, http: httpx.Client) -> Choice:
    def rpc(version: tuple[int, int]) -> JsonRpc:
        named = f"{version[0]}.{version[1]}"
        return JsonRpc(http, url=url, database=connection.database, key=connection.key, version=named)

    version = _version(http, url, rpc)
    if version[0] < _OLDEST:
        raise DatabaseBroken(f"Odoo {version[0]} is too old", remedy=f"Upgrade to Odoo {_OLDEST} or later.")
    if connection.protocol == "jsonrpc" or (version[0] < _FIRST_WITH_JSON2 and connection.protocol == "auto"):
        old = rpc(version)
        return Choice(old, version, old.login(connection.login), http)
    new = Json2(http, url=url, database=connection.database, key=connection.key)
    try:
        return Choice(new, version, _uid(new, connection.login), http)
    except DatabaseBroken as refused:
        if connection.protocol == "json2":
            raise
        # The key may be a password, which JSON-2 never takes; where /jsonrpc is gone, its first refusal stands.
        old = rpc(version)
        try:
            return Choice(old, version, old.login(connection.login), http)
        except SyncError:
            raise refused from None


def _uid(new: Json2, login: str) -> int:
    told = new.call(_ME, None, None, {})
    if not isinstance(told, dict):
        raise from_form(_ME)
    if isinstance(uid := told.get("uid"), int):
        return uid
    found = new.call(Call("res.users", "search"), None, None, {"domain": [["login", "=", login]]})
    if not isinstance(found, list) or not all(isinstance(one, int) for one in found):
        raise from_form(_ME)
    if len(found) != 1:
        raise DatabaseBroken("the login of the settings is not a user of this database", remedy="Correct the login.")
    return int(found[0])


def _version(http: httpx.Client, url: str, rpc: Callable[[tuple[int, int]], JsonRpc]) -> tuple[int, int]:
    """(19, 0): GET /web/version where there is one, else the version call of /jsonrpc."""
    call = Call("common", "version")
    try:
        response = http.get(f"{url}/web/version")
    except httpx.TransportError as error:
        raise from_transport(call, error) from None
    if response.is_success and is_json(response):
        try:
            told = response.json()
        except (ValueError, RecursionError):
            raise from_page(call, httpx.codes.BAD_GATEWAY) from None
        return parse_version(told.get("version_info") if isinstance(told, dict) else None)
    if response.status_code in {502, 503, 504}:
        raise from_page(call, response.status_code)
    said: Any = rpc((_OLDEST, 0)).version()
    return parse_version(said.get("server_version_info") if isinstance(said, dict) else None)


def parse_version(info: Any) -> tuple[int, int]:
    """(19, 0) of [19, 0, 0, 'final', 0, '']; Odoo Online says ['saas~18', 2, …]. Raises DatabaseBroken otherwise."""
    if isinstance(info, list) and len(info) > 1 and isinstance(info[1], int):
        major = re.search(r"\d+", str(info[0]))
        if major is not None:
            return int(major[0]), info[1]
    raise DatabaseBroken("the server does not tell its Odoo version", remedy="Correct the URL in the settings.")


def _checked(url: str) -> str:
    """The address without a closing slash. Raises DatabaseBroken unless it is scheme://host[:port]."""
    parts = urlsplit(url.rstrip("/"))
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.path or parts.query:
        remedy = "Write it as https://odoo.example.com: no path, no user."
        raise DatabaseBroken("the URL of Odoo cannot be used", remedy=remedy)
    return url.rstrip("/")
