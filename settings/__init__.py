"""Typed settings: the environment, secrets and accounts.toml."""
