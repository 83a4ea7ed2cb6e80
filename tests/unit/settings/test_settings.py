"""What is right, what is assumed where nothing is said, and what the use cases get."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from domain.account import Account, Policy
from domain.marketplace import BY_CODE, Region
from settings import load
from settings.env import child_environment, config_path, variable
from tests.unit.settings.given import RIGHT, changed, write

EU = "accounts/acme-eu"
EXAMPLE = Path(__file__).parents[3] / "accounts.example.toml"


def test_defaults(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    settings = load(write(tmp_path, changed({})))
    assert (settings.broker.url, settings.broker.state_url, settings.state_url) == (
        "redis://127.0.0.1:6379/0",
        None,
        "redis://127.0.0.1:6379/0",
    )
    assert (settings.broker.document_key, settings.broker.document_hours) == (None, 24.0)
    assert settings.amazon.lwa_endpoint == "https://api.amazon.com/auth/o2/token"
    assert settings.amazon.endpoints.model_dump() == {
        "na": "https://sellingpartnerapi-na.amazon.com",
        "eu": "https://sellingpartnerapi-eu.amazon.com",
        "fe": "https://sellingpartnerapi-fe.amazon.com",
    }
    assert settings.odoo["main"].timeout == 120.0
    account = settings.account("acme-eu")
    assert before <= account.start + timedelta(days=7) <= datetime.now(UTC)
    assert account == Account(
        key="acme-eu",
        seller_id="A1",
        region=Region.EU,
        marketplaces=(BY_CODE["DE"], BY_CODE["FR"]),
        database="main",
        start=account.start,
        company="",
        warehouse="",
        sales_team="",
        salesperson="",
        poll_seconds=180.0,
        idle_seconds=540.0,
        separate_marketplaces=False,
        policy=Policy(confirm=True, deliver_fba=True, notify_cancellations=False),
    )


def test_everything_said(tmp_path: Path) -> None:
    said = {
        "broker/state_url": "redis://state/1",
        f"{EU}/company": "ACME GmbH",
        f"{EU}/warehouse": "WH",
        f"{EU}/sales_team": "Europe",
        f"{EU}/salesperson": "jane",
        f"{EU}/start": date(2026, 11, 1),
        f"{EU}/poll_seconds": 60,
        f"{EU}/idle_poll_seconds": 90,
        f"{EU}/separate_marketplaces": True,
        f"{EU}/policies": {"confirm": False, "deliver_fba": False, "notify_cancellations": True},
    }
    settings = load(write(tmp_path, changed(said)))
    assert settings.state_url == "redis://state/1"
    account = settings.account("acme-eu")
    assert account == Account(
        key="acme-eu",
        seller_id="A1",
        region=Region.EU,
        marketplaces=(BY_CODE["DE"], BY_CODE["FR"]),
        database="main",
        start=datetime(2026, 11, 1, tzinfo=UTC),
        company="ACME GmbH",
        warehouse="WH",
        sales_team="Europe",
        salesperson="jane",
        poll_seconds=60.0,
        idle_seconds=90.0,
        separate_marketplaces=True,
        policy=Policy(confirm=False, deliver_fba=False, notify_cancellations=True),
    )
    assert account.groups() == {"DE": (BY_CODE["DE"],), "FR": (BY_CODE["FR"],)}


@pytest.mark.parametrize(
    "given",
    [
        date(2026, 11, 1),
        datetime(2026, 11, 1),  # noqa: DTZ001 - TOML has times without a zone
        datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2026, 11, 1, 2, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_start_is_utc(tmp_path: Path, given: Any) -> None:
    start = load(write(tmp_path, changed({f"{EU}/start": given}))).account("acme-eu").start
    assert (start, start.tzinfo) == (datetime(2026, 11, 1, tzinfo=UTC), UTC)


def test_blanks_and_last_slashes_go(tmp_path: Path) -> None:
    settings = load(
        write(tmp_path, changed({"odoo/main/url": " https://odoo.example.com/ ", f"{EU}/seller_id": " A1 "}))
    )
    assert (settings.odoo["main"].url, settings.accounts["acme-eu"].seller_id) == ("https://odoo.example.com", "A1")


@pytest.mark.parametrize("url", ["redis://h", "redis://u:p@h:1/0", "amqp://h", "amqps://h/v"])
def test_brokers(tmp_path: Path, url: str) -> None:
    settings = load(write(tmp_path, changed({"broker/url": url, "broker/state_url": "redis://state"})))
    assert (settings.broker.url, settings.state_url) == (url, "redis://state")


def test_one_seller_may_have_two_accounts_for_different_marketplaces(tmp_path: Path) -> None:
    second = RIGHT["accounts"]["acme-eu"] | {"marketplaces": ["ES"]}
    assert sorted(load(write(tmp_path, changed({"accounts/two": second}))).accounts) == ["acme-eu", "two"]


def test_an_unknown_account_is_a_key_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="'nobody'"):
        load(write(tmp_path, changed({}))).account("nobody")


def test_the_example_loads_when_its_secrets_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("AMAZON_CLIENT_ID", "AMAZON_CLIENT_SECRET", "ODOO_MAIN_KEY", "AMAZON_ACME_EU_REFRESH_TOKEN")
    for name in names:
        monkeypatch.setenv(name, name.lower())
    token = tmp_path / "acme-us-refresh-token"
    token.write_text("us-token", encoding="utf-8")
    path = tmp_path / "accounts.toml"
    text = EXAMPLE.read_text(encoding="utf-8")
    path.write_text(text.replace("/run/secrets/acme-us-refresh-token", str(token)), encoding="utf-8")
    settings = load(path)
    assert settings.accounts["acme-us"].refresh_token.get_secret_value() == "us-token"
    assert [market.code for market in settings.account("acme-eu").marketplaces] == ["DE", "FR", "IT", "ES", "NL"]
    assert settings.account("acme-us").region is Region.NA


def test_the_examples_comments_are_right_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AMAZON_ACME_EU_REFRESH_TOKEN", "CONNECTOR_DOCUMENT_KEY"):
        monkeypatch.setenv(name, name.lower())
    token = tmp_path / "acme-us-refresh-token"
    token.write_text("us-token", encoding="utf-8")
    lines = EXAMPLE.read_text(encoding="utf-8").replace("/run/secrets/acme-us-refresh-token", str(token)).splitlines()
    assert sum(line.startswith("# ") for line in lines) >= 15
    text = "\n".join(line.removeprefix("# ") if " = " in line or "# [" in line else line for line in lines[4:])
    path = tmp_path / "accounts.toml"
    path.write_text(text, encoding="utf-8")
    settings = load(path)
    assert settings.broker.document_key is not None
    assert settings.state_url == "redis://127.0.0.1:6379/1"
    assert settings.account("acme-eu").company == "ACME GmbH"
    assert settings.account("acme-eu").start == datetime(2026, 11, 1, tzinfo=UTC)


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONNECTOR_CONFIG", raising=False)
    assert config_path() == Path("accounts.toml")
    monkeypatch.setenv("CONNECTOR_CONFIG", "")
    assert config_path() == Path("accounts.toml")
    monkeypatch.setenv("CONNECTOR_CONFIG", "/etc/connector.toml")
    assert config_path() == Path("/etc/connector.toml")
    assert (variable("CONNECTOR_CONFIG"), variable("CONNECTOR_NOTHING")) == ("/etc/connector.toml", None)
    assert child_environment(EXTRA="1")["CONNECTOR_CONFIG"] == "/etc/connector.toml"
    assert child_environment(EXTRA="1")["EXTRA"] == "1"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("redis://h:6379/0", "redis://h:6379/0"),
        ("rediss://h:6379/0", "rediss://h:6379/0?ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_ca_certs=/ca.pem", "rediss://h/0?ssl_ca_certs=/ca.pem&ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_cert_reqs=none", "rediss://h/0?ssl_cert_reqs=none"),
    ],
)
def test_a_certificate_is_checked_unless_the_url_says_otherwise(tmp_path: Path, given: str, used: str) -> None:
    settings = load(write(tmp_path, changed({"broker/url": given, "broker/state_url": given})))
    assert (settings.broker.url, settings.state_url) == (used, used)
