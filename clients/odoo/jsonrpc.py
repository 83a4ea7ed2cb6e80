"""`/jsonrpc` with OdooRPC, for Odoo 14 to 18 (and while it lasts, for a password on later ones).

OdooRPC speaks the protocol; three of its ways are changed where it lets us. Its opener closes the connection after
every call: ours is a pooled client. It judges no HTTP status: ours does, before it parses. Its logger writes the
arguments, password included, at debug level: it is silenced.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import Request

import httpx
import odoorpc.rpc

from clients.odoo.errors import KEY, Call, Fault, from_fault, from_form, from_page, from_transport
from clients.odoo.http import is_json
from domain.errors import DatabaseBroken

_PORTS: Final = {"http": 80, "https": 443}
# Arguments whose names differ between versions and models (search: `args` before 17; write: `values` where overridden),
# or that Odoo finds by position only (create).
_POSITIONAL: Final = {
    "create": ("vals_list",),
    "write": ("vals",),
    "read": ("fields",),
    "search_read": ("domain", "fields"),
    "load": ("fields", "data"),
    "search": ("domain",),
    "search_count": ("domain",),
    "name_search": ("name", "domain"),
}


def _drop(_record: logging.LogRecord) -> bool:
    return False


# A filter, not a level: logging configuration that names levels later cannot undo it.
logging.getLogger("odoorpc.rpc.jsonrpclib").addFilter(_drop)


class _PageError(Exception):
    """An answer that is not JSON, on its way through OdooRPC."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class PooledOpener:
    """What OdooRPC expects of urllib's opener, on a pooled client with keep-alive."""

    http: httpx.Client

    def open(self, request: Request, timeout: float | None = None) -> io.BytesIO:  # noqa: ARG002  # the client has its own
        """Send OdooRPC's request; a readable body comes back. Raises httpx.TransportError and _PageError."""
        headers = {"Content-Type": "application/json"}
        data = request.data if isinstance(request.data, bytes) else b""
        response = self.http.post(request.full_url, content=data, headers=headers)
        if not response.is_success or not is_json(response):
            raise _PageError(response.status_code)
        return io.BytesIO(response.content)


class JsonRpc:
    """One database over /jsonrpc. Thread-safe: of OdooRPC only the stateless JSON proxy is used."""

    name = "jsonrpc"

    def __init__(self, http: httpx.Client, *, url: str, database: str, key: str, version: str) -> None:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        connector = odoorpc.rpc.PROTOCOLS["jsonrpc+ssl" if parts.scheme == "https" else "jsonrpc"]
        # With a version given, the constructor asks the server nothing.
        port = parts.port or _PORTS[parts.scheme]
        self._json = connector(host, port=port, version=version, opener=PooledOpener(http)).proxy_json
        self._database = database
        self._key = key
        self._uid = 0

    def version(self) -> Mapping[str, Any]:
        """What the server says of its version, without login."""
        told: Mapping[str, Any] = self._send(Call("common", "version"), "common", "version", [])
        return told

    def login(self, login: str) -> int:
        """The user's id. Raises DatabaseBroken when login and key do not fit."""
        args = [self._database, login, self._key, {}]
        uid = self._send(Call("common", "authenticate"), "common", "authenticate", args)
        if not isinstance(uid, int) or not uid:
            raise DatabaseBroken("Odoo refuses login and key", remedy=KEY)
        self._uid = uid
        return uid

    def call(
        self, call: Call, ids: Sequence[int] | None, context: Mapping[str, Any] | None, named: Mapping[str, Any]
    ) -> Any:
        """Odoo's result. Raises what `clients.odoo.errors` makes of a fault."""
        rest = dict(named)
        args: list[Any] = [] if ids is None else [list(ids)]
        by_position = takewhile(rest.__contains__, _POSITIONAL.get(call.method, ()))
        args += [rest.pop(name) for name in by_position]
        if context:
            rest["context"] = dict(context)
        whole = [self._database, self._uid, self._key, call.model, call.method, args, rest]
        return self._send(call, "object", "execute_kw", whole)

    def _send(self, call: Call, service: str, method: str, args: list[Any]) -> Any:
        try:
            answer = self._json("/jsonrpc", {"service": service, "method": method, "args": args})
        except httpx.TransportError as error:
            raise from_transport(call, error) from None
        except _PageError as page:
            raise from_page(call, page.status) from None
        except (ValueError, RecursionError):
            raise from_page(call, httpx.codes.BAD_GATEWAY) from None
        if not isinstance(answer, dict):
            raise from_form(call)
        if "error" not in answer:
            return answer.get("result")
        fault = answer["error"]
        data = fault.get("data", {}) if isinstance(fault, dict) else None
        if not isinstance(data, dict):
            raise from_form(call)
        raise from_fault(call, Fault(str(data.get("name", "unknown")), str(data.get("message", ""))))
