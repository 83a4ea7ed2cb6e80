"""The simulated Amazon as a server: in a thread for tests, or as a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from simulator.amazon.app import create_app
from simulator.amazon.world import World
from simulator.serving import run_app, serve_app


@contextmanager
def serve(world: World) -> Iterator[str]:
    """Run the simulated Amazon in a thread; gives its base URL, and is gone when the context ends."""
    with serve_app(create_app(world), "simulated Amazon") as url:
        yield url


def run(world: World, *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT, then return. Prints `listening on URL` once. Raises OSError: port taken."""
    run_app(create_app(world), host=host, port=port)
