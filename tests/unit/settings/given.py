"""A configuration that is right, to be spoilt in one place at a time."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from settings import ConfigurationError, load

SENTINEL = "s3cr3t-4d1f"
SECRETS = ("AMAZON_CLIENT_ID", "AMAZON_CLIENT_SECRET", "ODOO_MAIN_KEY", "ACME_TOKEN", "OTHER_TOKEN")
GONE = object()
RIGHT: dict[str, Any] = {
    "broker": {"url": "redis://127.0.0.1:6379/0"},
    "amazon": {"client_id": {"env": "AMAZON_CLIENT_ID"}, "client_secret": {"env": "AMAZON_CLIENT_SECRET"}},
    "odoo": {
        "main": {
            "url": "https://odoo.example.com",
            "database": "production",
            "login": "bot",
            "key": {"env": "ODOO_MAIN_KEY"},
        }
    },
    "accounts": {
        "acme-eu": {
            "seller_id": "A1",
            "refresh_token": {"env": "ACME_TOKEN"},
            "region": "eu",
            "marketplaces": ["DE", "FR"],
            "odoo": "main",
        }
    },
}


def set_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, f"{SENTINEL}-{name}")


def changed(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the right configuration with the values at some paths ("broker/url") changed, or gone."""
    raw = copy.deepcopy(RIGHT)
    for at, value in changes.items():
        *path, last = at.split("/")
        section = raw
        for name in path:
            section = section.setdefault(name, {})
        if value is GONE:
            del section[last]
        else:
            section[last] = value
    return raw


def write(folder: Path, raw: dict[str, Any]) -> Path:
    path = folder / "accounts.toml"
    path.write_text(as_toml(raw), encoding="utf-8")
    return path


def as_toml(raw: dict[str, Any]) -> str:
    return "\n".join(f"{name} = {_toml(value)}" for name, value in raw.items())


def mistakes(path: Path) -> list[str]:
    """Return what is wrong with the configuration at `path`, a line each."""
    with pytest.raises(ConfigurationError) as raised:
        load(path)
    lines = [str(problem) for problem in raised.value.problems]
    assert str(raised.value) == "\n".join([f"{path}: {len(lines)} mistake(s)", *(f"  {line}" for line in lines)])
    return lines


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {_toml(inner)}' for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(inner) for inner in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
