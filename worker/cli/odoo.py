"""`odoo`: install what the connector needs in an Odoo database, and check that it is there."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

import click

from worker.cli.output import DATABASE, fail, json_option, settings, show, working

if TYPE_CHECKING:
    from clients.odoo.errors import OdooRefused
    from settings import Settings


@click.group()
def odoo() -> None:
    """Install and check what the connector needs in Odoo."""


@odoo.command("setup")
@click.option("--database", "only", metavar="NAME", type=DATABASE, help="Only [odoo.NAME]; default: all of them.")
@click.option("--login", help="Administrator's login; default: the configured user's.")
@click.option("--key-env", metavar="NAME", help="Environment variable with the administrator's key or password.")
@click.option("--bot", metavar="LOGIN", help="Make a user with the least rights for the daily work.")
@click.option("--bot-password-env", metavar="NAME", help="Environment variable with that user's first password.")
@click.option("--currency", "currencies", metavar="CODE", multiple=True, help="One more currency (repeatable).")
@json_option
def setup(
    *,
    only: str | None,
    login: str | None,
    key_env: str | None,
    bot: str | None,
    bot_password_env: str | None,
    currencies: tuple[str, ...],
    as_json: bool,
) -> None:
    """Install models, fields, rights, views, menu and master data. Needs an administrator; may be repeated."""
    from clients.odoo.client import connect
    from clients.odoo.errors import OdooRefused
    from clients.odoo.setup.plan import BotRequest
    from clients.odoo.setup.run import run_setup
    from worker.bootstrap import connection, setup_plan

    given = settings()
    rows: list[Mapping[str, object]] = []
    for key in _databases(given, only):
        way_in = connection(given, key)
        if login:
            way_in = replace(way_in, login=login)
        if key_env:
            way_in = replace(way_in, key=_secret(key_env, "--key-env"))
        plan = setup_plan(given, key, currencies)
        if bot:
            password = _secret(bot_password_env, "--bot-password-env") if bot_password_env else None
            plan = replace(plan, bot=BotRequest(bot, password))
        database = connect(way_in)
        try:
            with working(f"setting up Odoo {key}"):
                report = run_setup(database, plan)
        except OdooRefused as refused:
            _not_administrator(refused, "Setup")
        finally:
            database.close()
        steps = report.steps if as_json else report.changed
        rows += [{"database": key, "what": step.what, "outcome": step.outcome} for step in steps]
    show(rows, ("database", "what", "outcome"), as_json=as_json, empty="everything is there already")


@odoo.command("check")
@click.option("--database", "only", metavar="NAME", type=DATABASE, help="Only [odoo.NAME]; default: all of them.")
@json_option
def check(*, only: str | None, as_json: bool) -> None:
    """Say what is missing in Odoo and how to mend it, with the configured user's rights. Status 1 if anything is."""
    from clients.odoo.client import connect
    from clients.odoo.setup.check import check_setup
    from worker.bootstrap import connection, setup_plan

    given = settings()
    rows: list[dict[str, object]] = []
    for key in _databases(given, only):
        database = connect(connection(given, key))
        try:
            with working(f"looking at Odoo {key}"):
                findings = check_setup(database, setup_plan(given, key))
        finally:
            database.close()
        rows += [
            {"database": key, "what": one.what, "ok": "yes" if one.ok else "NO", "remedy": one.remedy}
            for one in findings
        ]
    bad = [row for row in rows if row["ok"] != "yes"]
    well = f"all {len(rows)} things the connector needs are there"
    show(rows if as_json else bad, ("database", "what", "ok", "remedy"), as_json=as_json, empty=well)
    if bad:
        sys.exit(1)


@odoo.command("purge")
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(30),
    default=30,
    show_default=True,
    help="Days since the order, and since its goods left.",
)
@click.option("--database", "only", metavar="NAME", type=DATABASE, help="Only [odoo.NAME]; default: all of them.")
@click.option("--login", help="Administrator's login; default: the configured user's.")
@click.option("--key-env", metavar="NAME", help="Environment variable with the administrator's key or password.")
@click.option("--dry-run", is_flag=True, help="Only count what would be erased.")
@json_option
def purge(*, days: int, only: str | None, login: str | None, key_env: str | None, dry_run: bool, as_json: bool) -> None:
    """Erase buyers whose orders are old and done: names, addresses, e-mail, telephone, gift messages.

    Orders, amounts, countries stay. Contacts with invoices keep name, address and tax number, as tax law wants them.
    Needs an administrator; may be repeated.
    """
    from clients.odoo.client import connect
    from clients.odoo.errors import OdooRefused
    from clients.odoo.purge import purge_buyers
    from worker.bootstrap import connection, utc_now

    given = settings()
    rows = []
    for key in _databases(given, only):
        way_in = connection(given, key)
        way_in = replace(
            way_in, login=login or way_in.login, key=_secret(key_env, "--key-env") if key_env else way_in.key
        )
        ours = [name for name, account in given.accounts.items() if account.odoo == key]
        database = connect(way_in)
        try:
            with working(f"looking through Odoo {key}"):
                done = purge_buyers(database, ours, utc_now() - timedelta(days=days), dry_run=dry_run)
        except OdooRefused as refused:
            _not_administrator(refused, "Purge")
        finally:
            database.close()
        rows.append({"database": key, **asdict(done)})
    show(rows, ("database", "contacts", "kept", "messages"), as_json=as_json, empty="no database")
    if not as_json:
        click.echo(
            "nothing was written: --dry-run"
            if dry_run
            else "erased; kept, without e-mail and telephone: those with invoices"
        )


def _not_administrator(refused: OdooRefused, what: str) -> NoReturn:
    """End with a line if Odoo refused for want of rights, else raise what it said."""
    if "no right to" not in refused.reason:
        raise refused
    fail(f"{refused.reason.rstrip('.')}. {what} needs an administrator: give --login and --key-env")


def _databases(given: Settings, only: str | None) -> list[str]:
    if only is not None and only not in given.odoo:
        raise click.BadParameter(f"there is no [odoo.{only}]: one of {', '.join(sorted(given.odoo))}")
    return [only] if only else list(given.odoo)


def _secret(name: str, option: str) -> str:
    from settings.env import variable

    found = variable(name)
    if not found:
        raise click.BadParameter(f"{option}: environment variable {name} is not set")
    return found
