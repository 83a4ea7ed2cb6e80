"""What an operator gives: accounts.toml and the command line."""

from __future__ import annotations

import contextlib
import copy
import io
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import click

from settings import ConfigurationError, Settings, load
from tests.fuzz.boundary import Boundary
from tests.fuzz.mutate import MARK, odd, raw, spoilt, text
from tests.unit.settings.given import RIGHT, SECRETS, SENTINEL, as_toml
from worker.cli import main

# These serve, wait for workers, or ask the broker with its own patience.
_NOT_THESE = {"run", "metrics", "doctor", "health"}
_WORDS = [
    "accounts", "orders", "parked", "shipments", "odoo", "completion", "list", "show", "check", "pause", "resume",
    "import", "resync", "trace", "reconcile", "retry", "dismiss", "setup", "purge", "bash", "acme-eu", "main",
    "--json", "--account", "--since", "--days", "--code", "--last", "--dry-run", "--all", "--help", "-h", "--login",
    "--key-env", "--older-than", "--reason", "--no-amazon", "--", "2026-05-01", "7", "-1", "money_mismatch", MARK,
]  # fmt: skip


@cache
def folder() -> Path:
    for name in SECRETS:
        os.environ[name] = f"{SENTINEL}-{name}"
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


@cache
def nowhere() -> Path:
    """A configuration that is right, whose servers do not answer."""
    given = copy.deepcopy(RIGHT)
    given["broker"]["url"] = "redis://127.0.0.1:1/0"
    given["odoo"]["main"]["url"] = "http://127.0.0.1:1"
    given["amazon"] |= {
        "lwa_endpoint": "http://127.0.0.1:1",
        "endpoints": dict.fromkeys(("na", "eu", "fe"), "http://127.0.0.1:1"),
    }
    path = folder() / "nowhere.toml"
    path.write_text(as_toml(given), encoding="utf-8")
    return path


@cache
def leaves() -> tuple[tuple[str, ...], ...]:
    """The words of each command."""
    return tuple(_leaves(main, ()))


def _leaves(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        yield path
        return
    for word, below in sorted(command.commands.items()):
        yield from _leaves(below, (*path, word))


def configuration(rng: Random) -> None:
    """accounts.toml, spoilt as a value or as a file; no secret may be told."""
    path = folder() / "accounts.toml"
    kind = rng.randrange(3)
    if kind == 0:
        path.write_bytes(raw(rng, as_toml(RIGHT).encode()))
    elif kind == 1:
        path.write_text(text(rng, as_toml(RIGHT)), encoding="utf-8")
    else:
        changed = _tomlable(spoilt(rng, RIGHT))
        path.write_text(as_toml(changed) if isinstance(changed, dict) else "", encoding="utf-8", errors="ignore")
    given = _loaded(path)
    for key in given.accounts:
        assert given.account(key).groups()
    assert SENTINEL not in repr(given)


def _loaded(path: Path) -> Settings:
    problem = None
    try:
        return load(path)
    except ConfigurationError as error:
        problem = error
    assert SENTINEL not in str(problem)
    assert problem.problems
    raise problem


def _tomlable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _tomlable(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_tomlable(inner) for inner in value if inner is not None]
    return value


def command_line(rng: Random) -> None:
    """Any words in any order: one line for a mistake, and a status."""
    more = [rng.choice(_WORDS) if rng.random() < 0.9 else str(odd(rng)) for _ in range(rng.randint(0, 4))]
    words = [*(rng.choice(leaves()) if rng.random() < 0.8 else ()), *more]
    if any(word in _NOT_THESE for word in words):
        return
    os.environ["CONNECTOR_CONFIG"] = str(nowhere() if rng.random() < 0.2 else folder() / "none" / "accounts.toml")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = _status(words)
    assert status in {0, 1, 2}, status
    assert "Traceback" not in out.getvalue() + err.getvalue()


def _status(words: list[str]) -> object:
    try:
        return main(words)
    except SystemExit as end:
        return end.code


BOUNDARIES = [
    Boundary("accounts.toml", configuration, (ConfigurationError,), share=4, quiet=False),
    Boundary("command line", command_line, (), share=1),
]
