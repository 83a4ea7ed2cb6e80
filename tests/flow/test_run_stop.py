"""However a run ends, it leaves no process behind."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.flow.processes import eventually
from tests.flow.run_process import RunProcess, gone_within

# Not the line about the other commands: between it and this one a Ctrl-C still ends a start, without a comparison.
ALL_UP = "running, (Ctrl-C) ends with a comparison"


def settled(run: RunProcess) -> None:
    """Wait until all orders were read and none waits."""
    run.told(r"(\d+) pages, 20 orders read, 0 waiting")


@pytest.mark.timeout(150)
def test_ctrl_c_compares_and_leaves_nothing_even_after_a_worker_was_killed(tmp_path: Path) -> None:
    with RunProcess(tmp_path, "--orders", "5") as run:
        settled(run)
        worker = next(process for process in run.family() if "upsert@" in " ".join(process.cmdline()))
        worker.kill()
        run.told(r"(upsert) has ended \(status -9\), starting it again in 1 s")
        run.told(r"8 of 8 processes up, (1) restarts")
        family = run.family()
        run.signal(signal.SIGINT)
        assert run.status(90) == 0, run.text
        assert "ending: comparing Amazon with Odoo first" in run.text
        assert sum(numbers[0] for numbers in run.rows().values()) == 20
        assert "Amazon and Odoo agree." in run.text
        assert gone_within(run, family, 1) == []


@pytest.mark.timeout(150)
def test_a_second_ctrl_c_kills_at_once(tmp_path: Path) -> None:
    with RunProcess(tmp_path, "--orders", "5") as run:
        run.told(ALL_UP)
        family = run.family()
        run.signal(signal.SIGINT)
        run.told("ending: (comparing)")
        before = time.monotonic()
        run.signal(signal.SIGINT)
        assert run.status(10) == 130
        assert time.monotonic() - before < 3
        assert gone_within(run, family, 20) == []


@pytest.mark.timeout(150)
def test_sigterm_stops_in_order_without_a_comparison(tmp_path: Path) -> None:
    with RunProcess(tmp_path, "--orders", "5") as run:
        run.told(ALL_UP)
        family = run.family()
        run.signal(signal.SIGTERM)
        assert run.status(60) == 143
        assert run.rows() == {}
        assert gone_within(run, family, 1) == []


@pytest.mark.timeout(150)
@pytest.mark.parametrize("watchdog_too", [False, True])
def test_a_killed_run_leaves_nothing(tmp_path: Path, *, watchdog_too: bool) -> None:
    with RunProcess(tmp_path, "--orders", "5") as run:
        run.told(ALL_UP)
        eventually("the pools are up", lambda: len(run.family()) >= 12, 60)
        family = run.family()
        watchdog = next(process for process in family if process.cmdline()[-1].endswith("watchdog.py"))
        if watchdog_too:
            watchdog.kill()
            heads = [child for child in psutil.Process(family[0].pid).children() if child.pid != watchdog.pid]
            family = heads  # the kernel's tie reaches the processes themselves
        os.kill(run.family()[0].pid, signal.SIGKILL)
        assert run.status(10) == -signal.SIGKILL
        assert gone_within(run, family, 20) == []


@pytest.mark.timeout(150)
def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    with RunProcess(tmp_path, "--orders", "5") as run:
        run.told(ALL_UP)
        (tmp_path / "second").mkdir()
        second = RunProcess(tmp_path / "second", "--folder", str(run.folder))
        with second:
            assert second.status(30) == 1
            assert f"another run works in {run.folder}: end it, or give --folder" in second.text
        assert run.alive
