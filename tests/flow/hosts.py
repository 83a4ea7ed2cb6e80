"""Hosts as network namespaces, each with a cable of its own to the machine that has broker, Amazon and Odoo.

For a namespace that `make two-hosts` makes: whoever runs this is root in it, and nothing outside notices.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pytest

from tests.flow.processes import eventually

# Where broker, Amazon and Odoo listen.
ADDRESS: Final = "10.77.0.1"


class Hosts:
    """The hosts `names`. A cable that is cut drops what is under way, in both directions, without a word to anybody."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self._holders: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        if os.environ.get("TWO_HOSTS") != "1":
            pytest.fail("this needs a network of its own: run it with 'make two-hosts'")
        try:
            _run("ip", "link", "set", "lo", "up")
            _run("ip", "address", "add", f"{ADDRESS}/32", "dev", "lo")
            for number, name in enumerate(self._names, start=1):
                self._plug_in(name, number)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def enter(self, name: str) -> Sequence[str]:
        """Return what a command begins with that is to run on this host."""
        return ("nsenter", f"--net=/proc/{self._holders[name].pid}/ns/net")

    def cut(self, name: str) -> None:
        """Pull the host's cable."""
        _run("ip", "link", "set", _cable(name), "down")

    def mend(self, name: str) -> None:
        """Plug the cable in again."""
        _run("ip", "link", "set", _cable(name), "up")

    def _plug_in(self, name: str, number: int) -> None:
        holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self._holders[name] = holder
        own = Path("/proc/self/ns/net").readlink()
        eventually(f"host {name} is there", lambda: Path(f"/proc/{holder.pid}/ns/net").readlink() != own)
        _run(
            "ip", "link", "add", "name", _cable(name), "type", "veth",
            "peer", "name", "eth0", "netns", str(holder.pid),
        )  # fmt: skip
        _run("ip", "address", "add", f"10.77.{number}.1/24", "dev", _cable(name))
        _run("ip", "link", "set", _cable(name), "up")
        inside = self.enter(name)
        _run(*inside, "ip", "link", "set", "lo", "up")
        _run(*inside, "ip", "address", "add", f"10.77.{number}.2/24", "dev", "eth0")
        _run(*inside, "ip", "link", "set", "eth0", "up")
        _run(*inside, "ip", "route", "add", "default", "via", f"10.77.{number}.1")

    def _end(self) -> None:
        for holder in self._holders.values():
            holder.kill()
            holder.wait()


def _cable(name: str) -> str:
    """This end of it."""
    return f"to-{name}"


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr.strip()}"
