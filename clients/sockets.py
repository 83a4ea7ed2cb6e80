"""How connections to other servers are watched: one whose other end is gone without a word is noticed by the kernel."""

from __future__ import annotations

import socket
import ssl
from functools import cache
from typing import Final
from urllib.request import getproxies

import httpx

# Silent so many seconds, then a probe every few: given up after about 25, where a call may lawfully wait for minutes.
_IDLE_SECONDS: Final = 10
_PROBE_SECONDS: Final = 5
_PROBES: Final = 3
# macOS calls the first TCP_KEEPALIVE.
_OPTIONS: Final = (
    ("TCP_KEEPIDLE", _IDLE_SECONDS),
    ("TCP_KEEPALIVE", _IDLE_SECONDS),
    ("TCP_KEEPINTVL", _PROBE_SECONDS),
    ("TCP_KEEPCNT", _PROBES),
)


def watched_transport(limits: httpx.Limits) -> httpx.BaseTransport | None:
    """Return a transport of `limits` whose connections are probed while they are silent.

    None where the environment names a proxy: httpx takes that into account only when it makes the transport itself.
    """
    if getproxies():
        return None
    probes = [(socket.IPPROTO_TCP, getattr(socket, name), value) for name, value in _OPTIONS if hasattr(socket, name)]
    watched = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), *probes]
    return httpx.HTTPTransport(limits=limits, verify=_trusted(), socket_options=watched)


@cache
def _trusted() -> ssl.SSLContext:
    """Whom httpx trusts by default. Reading the certificates takes longer than many calls: once a process is enough."""
    return httpx.create_ssl_context()
