"""Settings that change while the process runs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, cast

import pytest

from settings import Settings, load
from tasks.context import Services
from tests.unit.settings.given import SENTINEL, changed, set_secrets, write
from worker.reload import Reload

SECOND: dict[str, Any] = {
    "seller_id": "A2",
    "refresh_token": {"file": "token"},
    "region": "eu",
    "marketplaces": ["IT"],
    "odoo": "main",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    set_secrets(monkeypatch)
    write(tmp_path, changed({}))
    return tmp_path


def reload(folder: Path) -> tuple[Reload, list[Settings]]:
    """The settings of services that were built are kept in the list."""
    path, built = folder / "accounts.toml", list[Settings]()

    def build(given: Settings) -> Services:
        built.append(given)
        return cast("Services", object())

    return Reload(path, load(path), build), built


def accounts_after(found: Reload, built: list[Settings]) -> list[str] | None:
    """The accounts of the services that are built anew, None if none are."""
    factory = found.renewed()
    if factory is None:
        return None
    factory()
    return sorted(built[-1].accounts)


def test_an_unchanged_file_changes_nothing(folder: Path) -> None:
    found, built = reload(folder)
    assert accounts_after(found, built) is None
    (folder / "accounts.toml").touch()
    assert accounts_after(found, built) is None


def test_an_added_account_is_there(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    found, built = reload(folder)
    (folder / "token").write_text(f"{SENTINEL}\n")
    write(folder, changed({"accounts/acme-it": SECOND}))
    assert accounts_after(found, built) == ["acme-eu", "acme-it"]
    assert built[-1].accounts["acme-it"].refresh_token.get_secret_value() == SENTINEL
    assert [record.message for record in caplog.records] == [
        f"{folder / 'accounts.toml'} has changed: 2 accounts, 1 new, 0 gone"
    ]
    assert accounts_after(found, built) is None


def test_a_broken_file_keeps_the_old_settings_and_is_told_once(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    found, built = reload(folder)
    write(folder, changed({"accounts/acme-eu/region": "mars", "accounts/acme-eu/poll_seconds": 0}))
    assert [accounts_after(found, built), accounts_after(found, built)] == [None, None]
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert "the settings before stay in use: accounts.acme-eu.region: " in record.message
    assert "accounts.acme-eu.poll_seconds: give a number of at least 1" in record.message
    assert "\n" not in record.message
    assert SENTINEL not in record.message
    found.factory()
    assert (built[-1].accounts["acme-eu"].region, built[-1].accounts["acme-eu"].poll_seconds) == ("eu", 180)


def test_a_mended_file_is_used(folder: Path) -> None:
    found, built = reload(folder)
    write(folder, changed({"accounts/acme-eu/region": "mars"}))
    assert accounts_after(found, built) is None
    write(folder, changed({"accounts/acme-eu/poll_seconds": 60}))
    assert accounts_after(found, built) == ["acme-eu"]
    assert built[-1].accounts["acme-eu"].poll_seconds == 60


def test_a_file_that_is_gone_for_a_moment_is_no_change(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    found, built = reload(folder)
    text = (folder / "accounts.toml").read_text()
    (folder / "accounts.toml").unlink()
    assert accounts_after(found, built) is None
    (folder / "accounts.toml").write_text(text)
    assert accounts_after(found, built) is None
    assert caplog.records == []


def test_another_broker_takes_a_restart(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    found, built = reload(folder)
    write(folder, changed({"broker/url": "redis://elsewhere/0", "accounts/acme-eu/poll_seconds": 60}))
    assert accounts_after(found, built) == ["acme-eu"]
    assert (built[-1].broker.url, built[-1].accounts["acme-eu"].poll_seconds) == ("redis://127.0.0.1:6379/0", 60)
    assert "restart workers and beat" in caplog.records[0].message
