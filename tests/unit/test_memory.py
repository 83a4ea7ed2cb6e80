"""Threads share the C library's memory, asked of a process of its own; copies of tracebacks are small."""

from __future__ import annotations

import gc
import os
import pickle
import platform
import subprocess
import sys
from traceback import format_tb
from typing import Any

import pytest
from billiard import einfo

from tests.flow.processes import ROOT
from worker.memory import NO_STORES, VARIABLE, collect_rarely, share_memory, slim_tracebacks

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


def test_cycles_are_looked_for_rarely_and_still_found() -> None:
    before = gc.get_threshold()
    looks: list[str] = []

    def noted(phase: str, _: object) -> None:
        looks.append(phase)

    gc.callbacks.append(noted)
    try:
        collect_rarely()
        assert gc.get_threshold() == (20_000, *before[1:])
        gc.collect()
        looks.clear()
        kept: list[list[int]] = [[] for _ in range(15_000)]
        assert looks == []
        kept += [[] for _ in range(15_000)]
        assert looks == ["start", "stop"]
    finally:
        gc.callbacks.remove(noted)
        gc.set_threshold(*before)


# What twenty living threads keep of what they have freed: forty blocks of each size, in KiB.
STORES = """
import ctypes
from threading import Barrier, Thread
from worker.memory import share_memory
class Counts(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("a", "b", "c", "d", "e", "f", "g", "used", "h", "i")]
libc = ctypes.CDLL(None)
libc.mallinfo.restype = Counts
share_memory()
ready, done, end = Barrier(21), Barrier(21), Barrier(21)
def work():
    ready.wait()
    for size in range(560, 1000, 16):
        kept = [bytes(size) for _ in range(40)]
    del kept
    done.wait()
    end.wait()
threads = [Thread(target=work) for _ in range(20)]
for thread in threads: thread.start()
before = libc.mallinfo().used
ready.wait()
done.wait()
print((libc.mallinfo().used - before) // 1024)
end.wait()
"""


@pytest.mark.parametrize(("given", "least", "most"), [({VARIABLE: NO_STORES}, -100, 100), ({}, 1000, 10_000)])
def test_threads_keep_nothing_of_what_they_freed(given: dict[str, str], least: int, most: int) -> None:
    if platform.libc_ver()[0] != "glibc":
        assert share_memory() is False
        return
    environment = {**os.environ, VARIABLE: "", **given}
    command = [sys.executable, "-c", STORES]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment)
    assert least <= int(done.stdout) <= most


def fails() -> None:
    raise ValueError("a value")


@pytest.mark.parametrize("sent", [False, True], ids=["here", "from another process"])
def test_a_copied_traceback_knows_its_lines_and_no_instructions(monkeypatch: pytest.MonkeyPatch, sent: bool) -> None:
    monkeypatch.setattr(einfo.Traceback.Frame, "Code", einfo.Traceback.Frame.Code)
    slim_tracebacks()
    try:
        fails()
    except ValueError:
        told = einfo.ExceptionInfo()
    if sent:
        told = pickle.loads(pickle.dumps(told))
    copied: Any = told.tb
    assert next(iter(copied.tb_next.tb_frame.f_code.co_positions())) == (None, None, None, None)
    lines = [line for line in "".join(format_tb(copied)).splitlines() if line.startswith("  File")]
    assert [line.split()[-1] for line in lines] == [
        "test_a_copied_traceback_knows_its_lines_and_no_instructions",
        "fails",
    ]
    assert str(fails.__code__.co_firstlineno + 1) in lines[1]
    assert 'raise ValueError("a value")' in str(told.traceback)
    assert len(pickle.dumps(copied)) < 3000
