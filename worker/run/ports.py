"""Ports of loopback for what a run starts."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from pathlib import Path
from typing import IO, Final

HOST: Final = "127.0.0.1"
_held: list[IO[str]] = []  # locks of claimed ports, held until this process ends


def free_port(preferred: int = 0) -> int:
    """Return a port nobody listens on, `preferred` if that is one."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, preferred))
        except OSError:
            listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def claimed_port(preferred: int) -> int:
    """Return `preferred`, or another free port if somebody listens there or another run of this user has claimed it.

    Without the claim two runs begun together would both choose it, as it takes seconds until Flower listens, and the
    second would show the address of the first with a password that is not that one's.
    """
    lock = (Path(tempfile.gettempdir()) / f"amazon-odoo-connector-{os.getuid()}-port-{preferred}.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return free_port()
    _held.append(lock)
    return free_port(preferred)
