"""The command line: one line for every mistake, status 1 for trouble outside, 2 for a mistake in what was given."""

from __future__ import annotations

import sys
from typing import Any

import click

from worker.cli.accounts import accounts
from worker.cli.completion import completion
from worker.cli.doctor import doctor
from worker.cli.metrics import health, metrics
from worker.cli.odoo import odoo
from worker.cli.orders import orders
from worker.cli.parked import parked
from worker.cli.reconcile import reconcile
from worker.cli.run import run
from worker.cli.shipments import shipments
from worker.cli.trace import trace_order

_INTERRUPTED = 130


class CommandLine(click.Group):
    """The group of all commands; turns expected errors into a line with a remedy."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the program; what click complains of is one line too."""
        try:
            ended = super().main(*args, **{**extra, "standalone_mode": False})
        except click.ClickException as error:
            context = getattr(error, "ctx", None)
            hint = f" (see {context.command_path} --help)" if context is not None else ""
            click.echo(f"error: {error.format_message().rstrip('.')}{hint}", err=True)
            sys.exit(error.exit_code)
        except click.Abort:
            click.echo("interrupted", err=True)
            sys.exit(_INTERRUPTED)
        sys.exit(ended if isinstance(ended, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        from kombu.exceptions import OperationalError
        from redis.exceptions import RedisError

        from domain.errors import AccountBroken, DatabaseBroken, NeedsHuman, SyncError
        from settings import ConfigurationError

        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            one = len(error.problems) == 1
            click.echo(f"error: {error.path}: {error.problems[0]}" if one else str(error), err=True)
            sys.exit(2)
        except (AccountBroken, DatabaseBroken, NeedsHuman) as error:
            click.echo(f"error: {error.reason.rstrip('.')}. {error.remedy}", err=True)
            sys.exit(1)
        except SyncError as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(1)
        except (RedisError, OperationalError) as error:
            text = "is the broker running, and is [broker] url right?"
            click.echo(f"error: the broker cannot be reached ({type(error).__name__}): {text}", err=True)
            sys.exit(1)


@click.group(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Keep Amazon seller accounts and Odoo databases in step.

    The configuration is read from the file that CONNECTOR_CONFIG names, else from accounts.toml.
    Status: 0 well, 1 something is wrong, 2 a mistake in the configuration or the arguments.
    """


for command in (accounts, completion, doctor, health, metrics, odoo, orders, parked, run, shipments):
    main.add_command(command)
orders.add_command(reconcile)
orders.add_command(trace_order)
