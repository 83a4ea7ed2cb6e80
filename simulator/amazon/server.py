"""The simulated Amazon as a server on loopback: in a thread for tests, or as a process."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulator.amazon.app import create_app
from simulator.amazon.world import World

HOST = "127.0.0.1"
_PATIENCE = 10.0


class ResettableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, with the connection in the request's state, so that a fault can reset it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Remember the connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


@contextmanager
def serve(world: World) -> Iterator[str]:
    """Run the simulated Amazon in a thread; gives its base URL, and is gone when the context ends."""
    with _listen(0) as listener:
        server = _server(world)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="simulated-amazon", daemon=True
        )
        thread.start()
        deadline = time.monotonic() + _PATIENCE
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the simulated Amazon did not start")
            time.sleep(0.005)
        try:
            yield _url(listener)
        finally:
            server.should_exit = True
            thread.join(_PATIENCE)
            if thread.is_alive():
                raise RuntimeError("the simulated Amazon did not stop")


def run(world: World, *, port: int) -> None:
    """Serve until SIGTERM or SIGINT, then return. Prints `listening on URL` once. Raises OSError: port taken."""
    with _listen(port) as listener:
        server = _server(world)

        def stop(number: int, frame: FrameType | None) -> None:
            """Also called for the signal that uvicorn hands on after it has shut down; then it changes nothing."""
            del number, frame
            server.should_exit = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        sys.stdout.write(f"listening on {_url(listener)}\n")
        sys.stdout.flush()
        server.run(sockets=[listener])


def _listen(port: int) -> socket.socket:
    # The protocol is named because asyncio switches Nagle's algorithm off only where it sees it: else 40 ms a call.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def _server(world: World) -> uvicorn.Server:
    config: dict[str, Any] = {"log_level": "error", "access_log": False, "lifespan": "off", "ws": "none"}
    return uvicorn.Server(
        uvicorn.Config(create_app(world), http=ResettableProtocol, timeout_graceful_shutdown=2, **config)
    )


def _url(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"
