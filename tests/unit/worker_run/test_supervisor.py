"""The supervisor with real, tiny processes: restarts, order of stopping, nothing left behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from worker.run.process import Spec
from worker.run.signals import Signals, Stopped
from worker.run.supervisor import ProcessDied, Status, Supervisor

FOREVER = "while :; do sleep 0.05; done"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    with Supervisor(tmp_path, tmp_path, Signals(), said.append) as running:
        yield running


def spec(name: str, script: str, *, stage: int = 0, patience: float = 5.0, restart: bool = True) -> Spec:
    environment = {"PATH": os.environ["PATH"], "GREETING": "good morning"}
    command = ("/bin/sh", "-c", script)
    return Spec(name=name, command=command, environment=environment, stage=stage, patience=patience, restart=restart)


def wait_for(path: Path, text: str, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not path.exists() or text not in path.read_text(encoding="utf-8"):
        assert time.monotonic() < end, f"{path.name} never said {text}"
        time.sleep(0.02)


STRANGERS: set[psutil.Process] = set()


@pytest.fixture(autouse=True)
def strangers() -> None:
    """Children that were there before, such as the broker of other tests of the session."""
    STRANGERS.clear()
    STRANGERS.update(psutil.Process().children(recursive=True))


def children() -> list[psutil.Process]:
    """Children that the test itself has left."""
    return [child for child in psutil.Process().children(recursive=True) if child not in STRANGERS]


def test_output_goes_to_a_log_and_the_environment_is_the_given_one(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(spec("one", f'echo "$GREETING from $(pwd)"; echo oops >&2; {FOREVER}'))
    wait_for(tmp_path / "one.log", "oops")
    assert (tmp_path / "one.log").read_text(encoding="utf-8") == f"good morning from {tmp_path}\noops\n"
    assert supervisor.statuses() == [Status("one", up=True, restarts=0)]


def test_a_process_that_dies_is_started_again_later_and_later(
    supervisor: Supervisor, tmp_path: Path, said: list[str]
) -> None:
    supervisor.start(spec("one", "echo up; exit 3"))
    supervisor.wait(0.6)
    assert supervisor.statuses() == [Status("one", up=False, restarts=0)]
    supervisor.wait(1.2)
    assert supervisor.statuses() == [Status("one", up=False, restarts=1)]
    log = tmp_path / "one.log"
    assert said == [
        f"one has ended (status 3), starting it again in 1 s; {log}",
        f"one has ended (status 3), starting it again in 2 s; {log}",
    ]
    assert log.read_text(encoding="utf-8") == "up\nup\n"


def test_a_process_that_cannot_be_replaced_ends_the_wait(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(spec("world", "exit 4", restart=False))
    with pytest.raises(ProcessDied) as died:
        supervisor.wait(5)
    assert str(died.value) == f"world has ended (status 4), see {tmp_path / 'world.log'}"


def test_children_of_a_dead_process_are_killed_with_it(supervisor: Supervisor) -> None:
    supervisor.start(spec("one", "sleep 60 & exit 0"))
    supervisor.wait(0.5)
    assert [child.name() for child in children() if child.name() == "sleep"] == []


def test_processes_are_stopped_stage_by_stage(tmp_path: Path) -> None:
    with Supervisor(tmp_path, tmp_path, Signals(), lambda _: None) as supervisor:
        for name, stage in (("broker", 4), ("beat", 0), ("worker", 1)):
            supervisor.start(spec(name, f"trap 'echo {name} >> order; exit 0' TERM; echo up; {FOREVER}", stage=stage))
            wait_for(tmp_path / f"{name}.log", "up")
    assert (tmp_path / "order").read_text(encoding="utf-8") == "beat\nworker\nbroker\n"
    assert children() == []


def test_what_does_not_stop_in_its_time_is_killed_with_its_children(tmp_path: Path) -> None:
    with Supervisor(tmp_path, tmp_path, Signals(), lambda _: None) as supervisor:
        supervisor.start(spec("deaf", f"trap '' TERM; sleep 60 & echo up; {FOREVER}", patience=0.3))
        wait_for(tmp_path / "deaf.log", "up")
        before = time.monotonic()
    assert 0.3 <= time.monotonic() - before < 3
    assert children() == []


def test_a_signal_waits_until_a_process_is_started_and_known() -> None:
    done: list[str] = []

    def critical(signals: Signals) -> None:
        with signals.held():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.05)
            done.append("the block ends")

    with Signals() as signals, pytest.raises(Stopped) as stopped:
        critical(signals)
    assert stopped.value.number == signal.SIGTERM
    assert done == ["the block ends"]


def test_handlers_of_before_are_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Signals():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
