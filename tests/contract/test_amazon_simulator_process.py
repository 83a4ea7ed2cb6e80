"""The simulated Amazon as a process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from tests.contract.amazon_simulator import Caller, ids

ROOT = Path(__file__).resolve().parents[2]
SELLERS = [{"seller_id": "EU1", "refresh_token": "Atzr|EU1", "region": "eu", "marketplaces": ["DE"], "orders": 4}]


def start(tmp_path: Path, *more: str) -> subprocess.Popen[str]:
    path = tmp_path / "sellers.json"
    path.write_text(json.dumps(SELLERS))
    command = [sys.executable, "-m", "simulator.amazon", "--sellers", str(path), *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_listens_on_loopback_answers_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with start(tmp_path, "--seed", "7", "--orders", "6", "--speed", "2") as process:
        try:
            assert process.stdout is not None
            said, _, base = process.stdout.readline().strip().rpartition(" ")
            assert said == "listening on"
            with httpx.Client(timeout=10, trust_env=False) as http:
                caller = Caller(base, http, "EU1")
                answer = caller.search()
                assert len(ids(answer.json())) == 6
                assert answer.headers["x-amzn-RateLimit-Limit"] == "0.0112"
                places = {
                    where.laddr.ip
                    for where in psutil.Process(process.pid).net_connections()
                    if where.status == "LISTEN"
                }
                assert places == {"127.0.0.1"}
                process.send_signal(number)
                assert process.wait(10) == 0
            assert process.stderr is not None
            assert process.stderr.read() == ""
        finally:
            process.kill()


@pytest.mark.parametrize("more", [["--orders", "-1"], ["--speed", "0"], ["--sellers", "/nowhere.json"]])
def test_bad_arguments_end_with_a_sentence(tmp_path: Path, more: list[str]) -> None:
    with start(tmp_path, *more) as process:
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out) == (2, "")
        assert err.startswith("python -m simulator.amazon: ")
        assert "Traceback" not in err
