"""docker-compose.yml agrees with the code: queues, commands, files, and no door left open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from tasks.queues import ALL

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
FLEET = [name for name in SERVICES if name != "redis"]


def option(service: str, name: str) -> str:
    command = SERVICES[service]["command"]
    return str(command[command.index(name) + 1])


def test_every_queue_is_served_once() -> None:
    workers = [name for name in FLEET if "worker" in SERVICES[name]["command"][3:4]]
    served = [queue for name in workers for queue in option(name, "-Q").split(",")]
    assert sorted(served) == sorted(ALL)


@pytest.mark.parametrize("service", FLEET)
def test_the_fleet_runs_without_rights(service: str) -> None:
    given = SERVICES[service]
    assert given["read_only"] is True
    assert given["cap_drop"] == ["ALL"]
    assert given["security_opt"] == ["no-new-privileges:true"]
    assert given["depends_on"] == {"redis": {"condition": "service_healthy"}}


def test_the_broker_keeps_its_messages_and_asks_for_a_password() -> None:
    command = SERVICES["redis"]["command"][-1]
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert '--requirepass "$$REDIS_PASSWORD"' in command
    assert "ports" not in SERVICES["redis"]


def test_flower_is_never_open() -> None:
    assert "${FLOWER_BASIC_AUTH:?" in SERVICES["flower"]["command"][-1]
    assert SERVICES["flower"]["ports"] == ["127.0.0.1:5555:5555"]


def test_the_image_holds_every_package_of_the_process_and_runs_as_nobody() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = {line.split()[1] for line in lines if line.startswith("COPY ")} - {"requirements.txt", "flowerconfig.py"}
    assert copied == {"clients", "domain", "mappers", "settings", "state", "sync", "tasks", "worker"}
    assert all((ROOT / name).is_dir() for name in copied)
    assert "USER connector" in lines
    assert "--require-hashes" in "\n".join(lines)


def test_celery_understands_every_command() -> None:
    from celery.bin.celery import celery

    for name in ("fetch", "upsert", "outbound"):
        arguments = SERVICES[name]["command"][4:]
        result = CliRunner().invoke(celery, ["worker", *arguments, "--help"])
        assert result.exit_code == 0, result.output
