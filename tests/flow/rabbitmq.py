"""A RabbitMQ server of a test's own, from the programs of an installed one; its files lie in the test's folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.flow.processes import ROOT, Process, eventually, free_port

# Debian's names on the PATH are wrappers, which go on as the user rabbitmq; these are the programs themselves.
_DEBIAN: Final = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"))


def programs() -> Path | None:
    """Return the folder of RabbitMQ's programs; None where it is not installed."""
    if _DEBIAN:
        return _DEBIAN[-1]
    found = shutil.which("rabbitmq-server")
    return Path(found).resolve().parent if found else None


class RabbitMQ:
    """Started on entering, killed for good on leaving. What it was told to keep it keeps over kill() and start()."""

    def __init__(self, folder: Path) -> None:
        there = programs()
        assert there is not None, "RabbitMQ is not installed: scripts/test-rabbitmq says so before"
        self._programs = there
        self._folder = folder / "rabbitmq"
        self.port = free_port()
        names, node = str(free_port()), f"connector{self.port}@localhost"
        self._env = {
            "HOME": str(self._folder), "ERL_EPMD_PORT": names, "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": node, "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1", "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()), "RABBITMQ_MNESIA_BASE": str(self._folder / "data"),
            "RABBITMQ_LOGS": "-", "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(self._folder / "none"), "RABBITMQ_CONF_ENV_FILE": str(self._folder / "none.sh"),
        }  # fmt: skip
        # RabbitMQ would start this one as a daemon, which nobody ends.
        self._names = Process("epmd", ["epmd", "-port", names, "-address", "127.0.0.1"], folder / "epmd.log")
        self._server: Process | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def __enter__(self) -> Self:
        self._folder.mkdir()
        (self._folder / "plugins").write_text("[].\n")
        self._names.start()
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._names.kill()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        command = [str(self._programs / "rabbitmq-server")]
        self._server = Process("rabbitmq", command, self._folder / "server.log", self._env).start()
        eventually("RabbitMQ answers", lambda: self._ask("await_startup").returncode == 0, timeout=90)

    def kill(self) -> None:
        """kill -9."""
        if self._server is not None:
            self._server.kill()
            self._server = None

    def queues(self) -> dict[str, dict[str, Any]]:
        """Return each queue's type, whether it is durable, and the messages in it, taken or not."""
        told = self._ask("list_queues", "--formatter", "json", "name", "type", "durable", "messages")
        assert told.returncode == 0, told.stderr
        return {row.pop("name"): row for row in json.loads(told.stdout)}

    def _ask(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self._programs / "rabbitmqctl"), "--quiet", *command],
            env={**os.environ, **self._env}, cwd=ROOT, check=False, timeout=90, capture_output=True, text=True,
        )  # fmt: skip
