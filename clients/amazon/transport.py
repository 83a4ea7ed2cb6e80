"""How requests travel: one pooled HTTP client per process, a limit on every wait, the status judged first."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from clients.amazon.protocol import AmazonBug, Operation, judge, lost
from clients.sockets import watched_transport
from domain.errors import Unavailable

TIMEOUT: Final = httpx.Timeout(connect=5.0, read=30.0, write=10.0, pool=10.0)
DEADLINE: Final = 90.0  # seconds for a whole answer: the read timeout alone lets a server drip for ever
_LARGEST: Final = 64 * 1024 * 1024  # bytes; a page of 100 orders is about 0.5 MB
USER_AGENT: Final = "amazon-odoo-connector/0.1 (Language=Python)"
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_OURS: Final = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)


class NoAnswer(Exception):
    """A request without a usable answer; `sent`: it may have reached the server; `ours`: it could never be sent."""

    def __init__(self, what: str, *, sent: bool, ours: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.sent = sent
        self.ours = ours


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read to its end."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)


def pooled_http() -> httpx.Client:
    """Return the HTTP client a process shares among its threads (keep-alive, no redirects, limited waits)."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=30.0)
    return httpx.Client(timeout=TIMEOUT, limits=limits, follow_redirects=False, transport=watched_transport(limits))


def send(http: httpx.Client, request: httpx.Request, *, within: float = DEADLINE) -> Answer:
    """Send `request` once and read the whole answer, which must be there `within` so many seconds.

    Raises NoAnswer, which names no URL, header or body.
    """
    failure: NoAnswer
    try:
        return _exchange(http, request, within)
    except httpx.HTTPError as error:
        # Raised below, outside this block: the foreign error holds the request, and with it the tokens.
        failure = NoAnswer(
            type(error).__name__, sent=not isinstance(error, _NOT_SENT + _OURS), ours=isinstance(error, _OURS)
        )
    raise failure


def _exchange(http: httpx.Client, request: httpx.Request, within: float) -> Answer:
    deadline = time.monotonic() + within
    body = bytearray()
    response = http.send(request, stream=True)
    try:
        for chunk in response.iter_bytes():
            body += chunk
            if time.monotonic() > deadline:
                raise NoAnswer(f"answer not complete after {within:.0f} s", sent=True)
            if len(body) > _LARGEST:
                raise NoAnswer(f"answer larger than {_LARGEST} bytes", sent=True)
    finally:
        response.close()
    return Answer(response.status_code, response.headers, bytes(body))


@dataclass(frozen=True, slots=True)
class Judged:
    """A good answer in the form the library reads: it parses JSON and headers by itself."""

    value: Mapping[str, Any] = field(repr=False)
    headers: httpx.Headers = field(repr=False)
    status_code: int = 200

    def json(self) -> dict[str, Any]:
        """Return the judged content."""
        return dict(self.value)


@dataclass(frozen=True, slots=True)
class Transport:
    """The library's transport for one call of `operation`; only judged answers reach the library.

    `resuming`: the call carries a page token.
    """

    http: httpx.Client = field(repr=False)
    operation: Operation
    resuming: bool = False

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        content: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Judged:
        """Send one request and return its judged answer. Raises domain errors, or AmazonBug."""
        # The library's Host header is wrong for http:// and for any port: httpx writes the right one.
        own = {name: value for name, value in (headers or {}).items() if name.lower() != "host"}
        request = self.http.build_request(
            method, url, params=params, content=content, headers=own | {"user-agent": USER_AGENT}, timeout=TIMEOUT
        )
        failure: Exception
        try:
            answer = send(self.http, request)
        except NoAnswer as none:
            failure = self._failure(none)
        else:
            value = judge(self.operation, answer.status, answer.headers, answer.body, resuming=self.resuming)
            return Judged(value, answer.headers, answer.status)
        raise failure

    def _failure(self, none: NoAnswer) -> Exception:
        if none.ours:
            return AmazonBug(f"Amazon {self.operation.name}: the request cannot be sent ({none.what})")
        if not none.sent:
            return Unavailable(f"Amazon {self.operation.name}: {none.what}", counted=False)
        return lost(self.operation, none.what, counted=False)

    def close(self) -> None:
        """Leave the shared HTTP client open: it belongs to the process."""
