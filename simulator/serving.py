"""Serving, by default on loopback: a connection that a fault can reset, a server in a thread or as a process."""

from __future__ import annotations

import asyncio
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"
_PATIENCE = 10.0


class Connection(H11Protocol):
    """uvicorn's HTTP/1.1 which lets a request find its connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Remember the connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Reset(Response):
    """No answer: the connection is reset under the client."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Abort, and wait until the connection is gone."""
        del send
        transport: asyncio.Transport = scope["state"]["transport"]
        endpoint = transport.get_extra_info("socket")
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            continue


@contextmanager
def serve_app(app: Starlette, name: str) -> Iterator[str]:
    """Run `app` in a thread called `name`; gives its URL, and is gone when the context ends."""
    with listen(0) as listener:
        server = _server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name=name, daemon=True)
        thread.start()
        deadline = time.monotonic() + _PATIENCE
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not start")
            time.sleep(0.005)
        try:
            yield url_of(listener)
        finally:
            server.should_exit = True
            thread.join(_PATIENCE)
            if thread.is_alive():
                raise RuntimeError(f"{name} did not stop")


def run_app(app: Starlette, *, port: int, host: str = HOST) -> None:
    """Serve until SIGTERM or SIGINT. Prints `listening on URL` first. Raises OSError when the port is taken."""
    with listen(port, host) as listener:
        server = _server(app)

        def stop(number: int, frame: FrameType | None) -> None:
            del number, frame  # also called for the signal uvicorn hands on when it has shut down
            server.should_exit = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        sys.stdout.write(f"listening on {url_of(listener)}\n")
        sys.stdout.flush()
        server.run(sockets=[listener])


def listen(port: int, host: str = HOST) -> socket.socket:
    """A listening socket. TCP is named, because asyncio disables Nagle's delay only where it is."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    """http://HOST:PORT."""
    host, port = listener.getsockname()
    return f"http://{host}:{port}"


def _server(app: Starlette) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=Connection,
            log_config=None,  # the process' own, which a thread in a test must not change
            log_level="error",
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=2,
            # As proxies before real servers: with uvicorn's five seconds a call after five meets a closed line.
            timeout_keep_alive=75,
        )
    )
