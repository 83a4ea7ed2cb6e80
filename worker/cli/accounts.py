"""`accounts`: look at seller accounts and try their credentials."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

import click

from worker.cli.output import json_option, settings, show


@click.group()
def accounts() -> None:
    """Look at the seller accounts, try their credentials."""


@accounts.command("list")
@json_option
def list_accounts(*, as_json: bool) -> None:
    """List the accounts of the configuration and how each stands."""
    from worker.bootstrap import build_services

    given = settings()
    there = build_services(given)
    rows = [
        {
            "account": account.key,
            "region": account.region,
            "marketplaces": " ".join(marketplace.code for marketplace in account.marketplaces),
            "odoo": account.database,
            "waiting": sum(there.lanes.waiting(account.key, group) for group in account.groups()),
            "read until": min(
                (there.lanes.scanned(account.key, group) for group in account.groups()),
                key=lambda moment: (moment is not None, moment),
            ),
            "state": f"paused: {reason}" if (reason := there.pauses.reason(account.key)) else "active",
        }
        for account in there.accounts.values()
    ]
    columns = ("account", "region", "marketplaces", "odoo", "waiting", "read until", "state")
    show(rows, columns, as_json=as_json, empty="no accounts")


@accounts.command("check")
@click.argument("keys", metavar="[ACCOUNT]...", nargs=-1)
@json_option
def check_accounts(*, keys: tuple[str, ...], as_json: bool) -> None:
    """Ask Amazon for a token and Odoo for the names each account uses. Imports nothing. Status 1 if one fails."""
    from worker.bootstrap import build_services, connect_redis
    from worker.cli.output import known_account

    given = settings()
    wanted = [known_account(given, key) for key in keys] or list(given.accounts)
    connect_redis(given).ping()
    there = build_services(given)
    rows = []
    for key in wanted:
        account = there.accounts[key]
        database = there.databases[account.database]
        rows.append(_row(key, "Amazon", partial(there.authorise, key)))
        rows.append(_row(key, f"Odoo {account.database}", partial(database.account_facts, account)))
    show(rows, ("account", "what", "ok", "remedy"), as_json=as_json, empty="no accounts")
    if any(row["ok"] != "yes" for row in rows):
        sys.exit(1)


def _row(account: str, what: str, attempt: Callable[[], object]) -> dict[str, str]:
    from domain.errors import AccountBroken, DatabaseBroken, SyncError

    try:
        attempt()
    except (AccountBroken, DatabaseBroken) as error:
        return {"account": account, "what": what, "ok": "NO", "remedy": f"{error.reason}: {error.remedy}"}
    except SyncError as error:
        return {"account": account, "what": what, "ok": "NO", "remedy": str(error)}
    return {"account": account, "what": what, "ok": "yes", "remedy": ""}
