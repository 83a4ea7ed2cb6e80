"""What all commands have in common: --json, completion, colour only where somebody watches, statuses."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from rich.console import Console

from tests.unit.settings.given import RIGHT, changed, set_secrets, write
from worker.cli import main, output
from worker.cli.completion import COMPLETE_VARIABLE


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_secrets(monkeypatch)
    second = RIGHT["accounts"]["acme-eu"] | {"seller_id": "A2"}
    monkeypatch.setenv("CONNECTOR_CONFIG", str(write(tmp_path, changed({"accounts/acme-de": second}))))


def leaves(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


def complete(*words: str) -> list[str]:
    """What the Tab key offers after `words`; the last one is incomplete."""
    shell = ShellComplete(main, {}, "connector", COMPLETE_VARIABLE)
    return [item.value for item in shell.get_completions([*words[:-1]], words[-1])]


def test_every_command_that_lists_prints_json_too() -> None:
    listing = {
        path
        for path, _ in leaves(main)
        if path.split()[-1] in {"list", "show", "check", "trace", "doctor", "setup", "purge", "dismiss", "reconcile"}
    }
    with_json = {path for path, command in leaves(main) for one in command.params if "--json" in one.opts}
    assert listing == with_json - {"parked retry"}
    assert len(listing) >= 11


def test_the_tab_key_knows_commands_options_accounts_and_codes(configured: None) -> None:
    assert complete("acc") == ["accounts"]
    assert complete("accounts", "") == ["check", "list", "pause", "resume"]
    assert complete("accounts", "check", "acme-") == ["acme-de", "acme-eu"]
    assert complete("parked", "list", "--account", "acme-d") == ["acme-de"]
    assert complete("parked", "retry", "--code", "money") == ["money_mismatch"]
    assert complete("odoo", "check", "--database", "") == ["main"]
    assert complete("parked", "list", "--si") == ["--since"]


def test_the_tab_key_is_quiet_where_nothing_is_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_CONFIG", str(tmp_path / "gone.toml"))
    assert complete("accounts", "check", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_calls_us(shell: str) -> None:
    done = CliRunner().invoke(main, ["completion", shell])
    assert done.exit_code == 0
    assert f"{COMPLETE_VARIABLE}={shell}_complete" in done.stdout
    assert "connector" in done.stdout


def test_help_is_no_mistake() -> None:
    done = CliRunner().invoke(main, ["parked", "--help"], prog_name="python -m worker")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: python -m worker parked ")


def test_an_interrupted_command_says_so() -> None:
    @click.command()
    def endless() -> None:
        raise KeyboardInterrupt

    group = type(main)("x", commands={"endless": endless})
    done = CliRunner().invoke(group, ["endless"])
    assert (done.exit_code, done.stderr.strip()) == (130, "interrupted")


def test_states_have_colours_where_somebody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    def printed(*, watched: bool) -> str:
        stream = io.StringIO()
        monkeypatch.setattr(output, "Console", lambda **_: Console(file=stream, force_terminal=watched, width=80))
        output.show([{"state": "paused: revoked"}], ("state",), as_json=False, empty="")
        return stream.getvalue()

    assert "\x1b[31mpaused: revoked" in printed(watched=True)
    assert printed(watched=False).split() == ["state", "paused:", "revoked"]


def test_markup_in_foreign_text_is_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    output.show([{"reason": "[red]x[/]"}], ("reason",), as_json=False, empty="")
    output.show_one({"reason": "[bold]y"}, as_json=False)
    assert capsys.readouterr().out.split() == ["reason", "[red]x[/]", "reason", "[bold]y"]


def test_json_holds_every_value_of_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    row: dict[str, Any] = {"state": "open", "remedy": "Größe", "since": None}
    output.show([row], ("state",), as_json=True, empty="")
    assert json.loads(capsys.readouterr().out) == [row]
