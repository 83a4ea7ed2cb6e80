"""The one HTTP client of a connection: pooled, kept alive, every wait limited."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from clients.odoo.errors import Call, from_page
from clients.sockets import watched_transport

# Above the number of threads of a worker process, so that nobody waits for a connection.
_CONNECTIONS = 64


def http_client(
    *, timeout: float, connect_timeout: float, transport: httpx.BaseTransport | None = None
) -> httpx.Client:
    """A thread-safe client; seconds. It keeps no cookie: a session of Odoo's would outlive the key that made it."""
    limits = httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS, keepalive_expiry=30.0)
    return httpx.Client(
        timeout=httpx.Timeout(timeout, connect=connect_timeout),
        limits=limits,
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        transport=transport or watched_transport(limits),
    )


def is_json(response: httpx.Response) -> bool:
    """Whether the answer says that it is JSON; a proxy's page never does."""
    kind: str = response.headers.get("Content-Type", "")
    return kind.split(";", maxsplit=1)[0].strip().lower() == "application/json"


def refuse_page(call: Call, response: httpx.Response) -> None:
    """Raise what an answer without JSON means; return for JSON."""
    if not is_json(response):
        raise from_page(call, response.status_code)
