"""Tables for people, JSON for scripts, and what the commands share."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click
from click.shell_completion import CompletionItem
from rich.console import Console
from rich.table import Table
from rich.text import Text

from settings import ConfigurationError, Settings, load
from settings.env import config_path

if TYPE_CHECKING:
    from sync.database import Database
    from tasks.context import Services

# Without a terminal nobody sees the line breaks, but grep does.
_WIDE = 400
# How the cells of a table look, by their first word.
_STYLES: Final = {
    "yes": "green", "ok": "green", "active": "green", "done": "green", "created": "green",
    "NO": "bold red", "BAD": "bold red", "open": "red", "error": "red", "paused:": "red",
    "retry": "cyan", "stopped:": "yellow", "dismissed": "dim", "pending": "yellow", "new": "cyan",
}  # fmt: skip

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


class _Known(click.ParamType[str]):
    """A word out of a list that is known when the shell asks for it."""

    def __init__(self, name: str, words: Callable[[], Sequence[str]]) -> None:
        self.name = name
        self._words = words

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - click's signature
        """Return the words that begin so; none without a configuration that can be read."""
        try:
            words = self._words()
        except ConfigurationError:
            return []
        return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def _codes() -> Sequence[str]:
    from domain.parked import CODES

    return sorted(CODES)


ACCOUNT: Final = _Known("account", lambda: sorted(settings().accounts))
CODE: Final = _Known("code", _codes)
DATABASE: Final = _Known("database", lambda: sorted(settings().odoo))


class Moment(click.ParamType[datetime]):
    """A date, or a date and time, in UTC."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment in UTC. Fails with how to write one."""
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no date: write 2026-11-01 or 2026-11-01T08:30 (UTC)", param, ctx)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def settings() -> Settings:
    """Return the configuration. Raises ConfigurationError with all its mistakes."""
    return load(config_path())


def opened(given: Settings) -> Services:
    """Return the services of the fleet for this command; they are closed when it ends."""
    from worker.bootstrap import build_services

    there = build_services(given)
    click.get_current_context().call_on_close(there.close)
    return there


def database(given: Settings, key: str) -> Database:
    """Return the Odoo database `key` for this command; its connection is closed when it ends."""
    from sync.database import Database
    from worker.bootstrap import connection, utc_now

    made = Database(key, connection(given, key), utc_now)
    click.get_current_context().call_on_close(made.forget)
    return made


def known_account(given: Settings, key: str) -> str:
    """Return `key` if it is an account. Raises click.BadParameter otherwise."""
    if key not in given.accounts:
        raise click.BadParameter(f"there is no account {key!r}: one of {', '.join(sorted(given.accounts))}")
    return key


def known_code(code: str) -> str:
    """Return `code` if it is one of a parked item. Raises click.BadParameter otherwise."""
    if code not in _codes():
        raise click.BadParameter(f"there is no code {code!r}: one of {', '.join(_codes())}")
    return code


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
        table.add_row(*(_cell(_text(row.get(column, ""))) for column in columns))
    Console(width=None if sys.stdout.isatty() else _WIDE).print(table)


def show_one(values: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one thing, a line per value, or as JSON."""
    if as_json:
        click.echo(json.dumps(dict(values), default=_text, ensure_ascii=False, indent=2))
        return
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(justify="right", style="bold")
    table.add_column(overflow="fold")
    for name, value in values.items():
        table.add_row(name, _cell(_text(value)))
    console.print(table)


def fail(text: str) -> NoReturn:
    """Say in one line what is wrong, and end with status 1."""
    click.echo(f"error: {text}", err=True)
    sys.exit(1)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show that something takes its time; nothing where nobody watches."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(f"{what} …"):
        yield


def _cell(text: str) -> Text:
    return Text(text, style=_STYLES.get(text.partition(" ")[0], ""))


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)
