"""Connections to Odoo and Amazon are probed while they are silent: a server that is gone is noticed in seconds."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from clients import sockets
from clients.amazon.transport import pooled_http
from clients.odoo.http import http_client


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize("make", [pooled_http, lambda: http_client(timeout=5, connect_timeout=5)])
def test_a_silent_connection_is_probed(
    make: Callable[[], httpx.Client], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "getproxies", dict)
    with make() as http, http.stream("GET", url) as answer:
        used: socket.socket = answer.extensions["network_stream"].get_extra_info("socket")
        assert used.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0
        idle, between, probes = (
            used.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
            for name in (
                "TCP_KEEPIDLE" if hasattr(socket, "TCP_KEEPIDLE") else "TCP_KEEPALIVE",
                "TCP_KEEPINTVL",
                "TCP_KEEPCNT",
            )
        )
        assert idle + between * probes <= 25


def test_proxies_of_the_environment_are_left_to_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "getproxies", lambda: {"https": "http://proxy.test:3128"})
    assert sockets.watched_transport(httpx.Limits()) is None
