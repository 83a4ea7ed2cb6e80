"""Tables for people, JSON for scripts, and what the commands share."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from settings import Settings, load
from settings.env import config_path

# Without a terminal nobody sees the line breaks, but grep does.
_WIDE = 400

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


def settings() -> Settings:
    """Return the configuration. Raises ConfigurationError with all its mistakes."""
    return load(config_path())


def known_account(given: Settings, key: str) -> str:
    """Return `key` if it is an account. Raises click.BadParameter otherwise."""
    if key not in given.accounts:
        raise click.BadParameter(f"there is no account {key!r}: one of {', '.join(sorted(given.accounts))}")
    return key


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, empty: str) -> None:
    """Print `rows` as a table of `columns`, or all of them as JSON."""
    if as_json:
        click.echo(json.dumps([dict(row) for row in rows], default=_text, ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo(empty)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_text(row.get(column, "")) for column in columns))
    Console(width=None if sys.stdout.isatty() else _WIDE).print(table)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)
