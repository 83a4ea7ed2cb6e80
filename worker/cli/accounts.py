"""`accounts`: look at seller accounts, try their credentials, stop and start them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import click

from worker.cli.output import ACCOUNT, fail, json_option, known_account, opened, settings, show, working

if TYPE_CHECKING:
    from datetime import datetime

    from tasks.context import Services

_COLUMNS = ("account", "region", "marketplaces", "odoo", "waiting", "read until", "state")


@click.group()
def accounts() -> None:
    """Look at the seller accounts, try their credentials, stop and start them."""


@accounts.command("list")
@json_option
def list_accounts(*, as_json: bool) -> None:
    """List the accounts of the configuration and how each stands."""
    there = opened(settings())
    rows = [
        {
            "account": account.key,
            "region": account.region,
            "marketplaces": " ".join(marketplace.code for marketplace in account.marketplaces),
            "odoo": account.database,
            "waiting": sum(there.lanes.waiting(account.key, group) for group in account.groups()),
            "read until": _read_until(there, account.key),
            "state": _state(there, account.key),
        }
        for account in there.accounts.values()
    ]
    show(rows, _COLUMNS, as_json=as_json, empty="no accounts")


@accounts.command("check")
@click.argument("keys", metavar="[ACCOUNT]...", nargs=-1, type=ACCOUNT)
@json_option
def check_accounts(*, keys: tuple[str, ...], as_json: bool) -> None:
    """Ask Amazon for a token and Odoo for the names each account uses. Imports nothing. Status 1 if one fails."""
    from worker.bootstrap import connect_redis

    given = settings()
    wanted = [known_account(given, key) for key in keys] or list(given.accounts)
    with connect_redis(given) as store:
        store.ping()
    there = opened(given)
    rows = []
    for key in wanted:
        account = there.accounts[key]
        database = there.databases[account.database]
        with working(f"asking Amazon and Odoo about {key}"):
            rows.append(_row(key, "Amazon", partial(there.authorise, key)))
            rows.append(_row(key, f"Odoo {account.database}", partial(database.account_facts, account)))
    show(rows, ("account", "what", "ok", "remedy"), as_json=as_json, empty="no accounts")
    if any(row["ok"] != "yes" for row in rows):
        sys.exit(1)


@accounts.command("pause")
@click.argument("keys", metavar="ACCOUNT...", nargs=-1, required=True, type=ACCOUNT)
@click.option("--reason", default="stopped on the command line", show_default=True, help="Shown in Odoo and in lists.")
def pause_accounts(*, keys: tuple[str, ...], reason: str) -> None:
    """Stop accounts until somebody starts them again: nothing is read for them, written to Odoo or told to Amazon.

    What a worker has in hand is finished. Nothing is lost: a search begins later where the last one ended.
    """
    from clients.odoo.accounts import stop_account

    given = settings()
    for key in keys:
        known_account(given, key)
    there = opened(given)
    for key in keys:
        with working(f"writing to Odoo about {key}"):
            stop_account(there.database_of(key).odoo, there.accounts[key], reason)
        there.pauses.stop(key, reason)
        click.echo(f"{key} is stopped: start it with 'accounts resume {key}'")


@accounts.command("resume")
@click.argument("keys", metavar="ACCOUNT...", nargs=-1, required=True, type=ACCOUNT)
def resume_accounts(*, keys: tuple[str, ...]) -> None:
    """Start stopped accounts again, and try paused ones at once. Status 1 if one was neither."""
    from clients.odoo.accounts import write_account
    from tasks.dispatch import wake

    given = settings()
    for key in keys:
        known_account(given, key)
    there = opened(given)
    idle = []
    for key in keys:
        reason = there.pauses.reason(key)
        if not reason:
            idle.append(key)
            continue
        with working(f"writing to Odoo about {key}"):
            write_account(there.database_of(key).odoo, there.accounts[key])
        if not there.pauses.start(key):
            there.pauses.works(key)
        wake(there, key)
        click.echo(f"{key} works again (it was left alone: {reason})")
    if idle:
        fail(f"neither stopped nor paused: {', '.join(idle)}: see 'accounts list'")


def _read_until(there: Services, key: str) -> datetime | None:
    moments = [there.lanes.scanned(key, group) for group in there.accounts[key].groups()]
    known = [moment for moment in moments if moment is not None]
    return min(known) if len(known) == len(moments) else None


def _state(there: Services, key: str) -> str:
    reason = there.pauses.reason(key)
    if not reason:
        return "active"
    return f"stopped: {reason}" if there.pauses.stopped(key) else f"paused: {reason}"


def _row(account: str, what: str, attempt: Callable[[], object]) -> dict[str, str]:
    from domain.errors import AccountBroken, DatabaseBroken, SyncError

    try:
        attempt()
    except (AccountBroken, DatabaseBroken) as error:
        return {"account": account, "what": what, "ok": "NO", "remedy": f"{error.reason}: {error.remedy}"}
    except SyncError as error:
        return {"account": account, "what": what, "ok": "NO", "remedy": str(error)}
    return {"account": account, "what": what, "ok": "yes", "remedy": ""}
