"""`completion`: the Tab key of bash, zsh and fish for this command line."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

# Which the shell sets when it asks; read by click.
COMPLETE_VARIABLE: Final = "_CONNECTOR_COMPLETE"
_COMMAND: Final = "connector"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what lets a shell complete commands, options, accounts and codes after `connector`.

    scripts/connector is this command line under one name; put it on the PATH, then for bash:
    eval "$(connector completion bash)"
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.ClickException(f"{shell} is not known to click")
    click.echo(kind(ctx.find_root().command, {}, _COMMAND, COMPLETE_VARIABLE).source())
