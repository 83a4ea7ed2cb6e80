"""docker-compose.yml agrees with the code: queues, commands, files, and no door left open."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from tasks.queues import ALL
from tests.unit.test_docs import resolve

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
FLEET = [name for name, service in SERVICES.items() if service["image"] == "amazon-odoo-connector"]
OTHERS = [name for name in SERVICES if name not in FLEET]
# A port that is open to the host's own users alone.
LOOPBACK = re.compile(r"127\.0\.0\.1:(\d+):(\d+)")


def option(service: str, name: str) -> str:
    command = SERVICES[service]["command"]
    return str(command[command.index(name) + 1])


def test_every_queue_is_served_once() -> None:
    workers = [name for name in FLEET if SERVICES[name]["command"][:4] == ["celery", "-A", "worker", "worker"]]
    served = [queue for name in workers for queue in option(name, "-Q").split(",")]
    assert sorted(served) == sorted(ALL)


@pytest.mark.parametrize("service", FLEET)
def test_the_fleet_runs_without_rights(service: str) -> None:
    given = SERVICES[service]
    assert given["build"]["target"] == "fleet"
    assert given["read_only"] is True
    assert given["mem_limit"]
    assert given["pids_limit"]
    assert given["cap_drop"] == ["ALL"]
    assert given["security_opt"] == ["no-new-privileges:true"]
    assert given["depends_on"] == {"redis": {"condition": "service_healthy"}}


@pytest.mark.parametrize("service", FLEET)
def test_every_process_tells_its_health_by_a_command_that_exists(service: str) -> None:
    kind, *command = SERVICES[service]["healthcheck"]["test"]
    assert (kind, command[:3]) == ("CMD", ["python", "-m", "worker"])
    assert resolve(" ".join(command[3:])) == ""
    role = command[command.index("--role") + 1]
    started = SERVICES[service]["command"]
    assert role in (" ".join(started))


def test_the_profiles_are_the_ones_that_are_told() -> None:
    told = re.findall(r"^#   (\w+)  +\S", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert {profile for service in SERVICES.values() for profile in service.get("profiles", [])} == set(told)
    assert [name for name in SERVICES if "profiles" not in SERVICES[name]] == [
        "redis", "fetch", "upsert", "outbound", "beat", "flower",
    ]  # fmt: skip


def test_beat_runs_twice() -> None:
    assert SERVICES["beat"]["deploy"] == {"replicas": 2}


@pytest.mark.parametrize("service", SERVICES)
def test_no_port_is_open_to_the_world_and_no_secret_stands_here(service: str) -> None:
    given = SERVICES[service]
    assert [port for port in given.get("ports", []) if not LOOPBACK.fullmatch(port)] == []
    plain = given.get("environment", {})
    assert [name for name in plain if re.search("PASSWORD|SECRET|TOKEN|KEY", name)] == []


@pytest.mark.parametrize(
    ("service", "secret"),
    [("flower", "FLOWER_BASIC_AUTH"), ("grafana", "GF_SECURITY_ADMIN_PASSWORD"), ("odoo-db", "ODOO_DB_PASSWORD")],
)
def test_what_has_a_password_does_not_start_without_it(service: str, secret: str) -> None:
    given = SERVICES[service]
    assert f"${{{secret}:?" in (given.get("entrypoint") or given["command"])[-1]
    assert given["env_file"] == ["secrets.env"]


def test_files_that_are_mounted_exist() -> None:
    mounts = [volume for service in SERVICES.values() for volume in service.get("volumes", [])]
    files = [volume.partition(":")[0] for volume in mounts if volume.startswith("./")]
    assert [file for file in files if not (ROOT / file).exists()] == ["./accounts.toml"] * len(FLEET)
    named = {volume.partition(":")[0] for volume in mounts if not volume.startswith("./")}
    assert named == set(COMPOSE["volumes"])


def test_prometheus_asks_where_the_exporter_answers() -> None:
    asked = yaml.safe_load((ROOT / "docs/monitoring/prometheus.yml").read_text(encoding="utf-8"))
    (job,) = asked["scrape_configs"]
    assert job["static_configs"] == [{"targets": [f"metrics:{option('metrics', '--port')}"]}]
    assert asked["rule_files"] == ["/etc/prometheus/alerts.yml"]
    assert "./docs/monitoring/alerts.yml:/etc/prometheus/alerts.yml:ro" in SERVICES["prometheus"]["volumes"]


def test_the_demonstration_needs_nothing_of_the_operator() -> None:
    demo = SERVICES["demo"]
    assert resolve(" ".join(demo["command"][3:])) == ""
    assert "env_file" not in demo
    assert demo["environment"] == {"CONNECTOR_CONFIG": ""}
    assert demo["build"]["target"] == "demo"


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
    stages = [line.split()[-1] for line in lines if line.startswith("FROM ")]
    assert stages == ["base", "demo", "fleet"]  # the last one is what `docker build .` makes
    demo = lines.index("FROM base AS demo")
    copied = {line.split()[1] for line in lines[:demo] if line.startswith("COPY ")}
    copied -= {"requirements.txt", "flowerconfig.py"}
    assert copied == {"clients", "domain", "mappers", "settings", "state", "sync", "tasks", "worker"}
    assert [line for line in lines[demo:] if line.startswith("COPY ")] == ["COPY simulator simulator"]
    assert lines.index("USER connector") < demo
    assert all((ROOT / name).is_dir() for name in copied)
    assert "USER connector" in lines
    assert "--require-hashes" in "\n".join(lines)


def test_celery_understands_every_command() -> None:
    from celery.bin.celery import celery

    for name in ("fetch", "upsert", "outbound"):
        arguments = SERVICES[name]["command"][4:]
        result = CliRunner().invoke(celery, ["worker", *arguments, "--help"])
        assert result.exit_code == 0, result.output
