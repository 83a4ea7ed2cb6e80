"""Typed settings: accounts.toml, and secrets from the environment or from files."""

from settings.load import ConfigurationError, Problem, load
from settings.model import Settings

__all__ = ["ConfigurationError", "Problem", "Settings", "load"]
