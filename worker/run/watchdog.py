"""Started as a script by the supervisor: when the supervisor is gone, however that happened, kills what it left.

Reads lines from standard input, a pipe whose other end only the supervisor holds: "+123" for a process group that was
started, "-123" for one that has ended. The kernel's own tie (`tether.py`) reaches a process but not its children, and
is Linux's alone; this one reaches whole groups, on macOS too.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def main() -> None:
    """Keep the list of groups until the pipe ends, then kill those that are left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
