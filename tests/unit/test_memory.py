"""Threads share the C library's memory, asked of a process of its own."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from tests.flow.processes import ROOT
from worker.memory import share_memory

# Threads that allocate at the same time, each more than Python's own allocator takes care of; then how many arenas.
PROGRAM = """
import ctypes, sys
from threading import Barrier, Thread
if sys.argv[1] == "shared":
    from worker.memory import share_memory
    assert share_memory()
ready, done = Barrier(20), Barrier(20)
def work():
    ready.wait()
    kept = [bytes(2000) for _ in range(100)]
    done.wait()
threads = [Thread(target=work) for _ in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info(0, ctypes.c_void_p(libc.fdopen(1, b"w")))
libc.fflush(None)
"""


@pytest.mark.parametrize(("way", "least", "most"), [("shared", 1, 1), ("default", 3, 1000)])
def test_twenty_threads_share_one_arena(way: str, least: int, most: int) -> None:
    if platform.libc_ver()[0] != "glibc":  # no other C library has them
        assert share_memory() is False
        return
    done = subprocess.run([sys.executable, "-c", PROGRAM, way], check=True, capture_output=True, text=True, cwd=ROOT)
    assert least <= done.stdout.count("<heap nr=") <= most
