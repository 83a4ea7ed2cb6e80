"""The one module that reads the environment."""

from __future__ import annotations

import os
from pathlib import Path

CONFIG_VARIABLE = "CONNECTOR_CONFIG"
DEFAULT_CONFIG = "accounts.toml"


def config_path() -> Path:
    """Where the configuration lies: CONNECTOR_CONFIG, else accounts.toml in the working directory."""
    return Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG)


def variable(name: str) -> str | None:
    """Return the environment variable `name`, or None when it is not set."""
    return os.environ.get(name)


def child_environment(**extra: str) -> dict[str, str]:
    """Return the environment for a process that this one starts: its own, and `extra`."""
    return {**os.environ, **extra}
