"""Two runs begun together do not show the same address."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from tests.flow.processes import ROOT
from worker.run import ports
from worker.run.ports import claimed_port, free_port

CLAIM = (
    "import sys; from worker.run.ports import claimed_port; print(claimed_port(int(sys.argv[1])), flush=True); input()"
)


def test_a_port_that_another_run_has_claimed_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    held: list[IO[str]] = []
    monkeypatch.setattr(ports, "_held", held)
    port = free_port()
    command = [sys.executable, "-c", CLAIM, str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert int(other.stdout.readline()) == port
        assert claimed_port(port) != port
        other.communicate("\n")
    assert claimed_port(port) == port
    for lock in held:
        lock.close()
