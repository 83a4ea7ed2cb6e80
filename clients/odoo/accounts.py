"""The account's own records in Odoo: cursors of its fetch groups, and whether it works."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from clients.odoo.client import Odoo
from clients.odoo.facts import parse_moment
from clients.odoo.isolate import load_or_refuse
from clients.odoo.rows import moment
from domain.account import Account
from mappers.names import account_xid, cursor_xid

_ACCOUNT_COLUMNS = (
    "id", "x_name", "x_key", "x_seller_ref", "x_region", "x_marketplaces", "x_state", "x_reason", "x_remedy",
)  # fmt: skip


def read_cursor(odoo: Odoo, account: str, group: str) -> datetime | None:
    """Return up to when everything updated at Amazon is in Odoo or parked; None before the first complete search."""
    domain = [("x_account", "=", account), ("x_group", "=", group)]
    found = odoo.search_read("x_amazon_cursor", domain, ["x_until"], limit=1)
    return parse_moment(found[0]["x_until"]) if found else None


def write_cursor(odoo: Odoo, account: str, group: str, until: datetime) -> None:
    """Move the cursor of a fetch group."""
    row = [cursor_xid(account, group), f"{account} {group}", account, group, moment(until)]
    load_or_refuse(odoo, "x_amazon_cursor", ("id", "x_name", "x_account", "x_group", "x_until"), [row], update=True)
    load_or_refuse(
        odoo, "x_amazon_account", ("id", "x_last_sync"), [[account_xid(account), moment(until)]], update=True
    )


def write_account(odoo: Odoo, account: Account, *, reason: str = "", remedy: str = "") -> None:
    """Show the account in Odoo: paused with a reason and a remedy, or active."""
    row = [
        account_xid(account.key), account.key, account.key, account.seller_id, account.region,
        ", ".join(marketplace.code for marketplace in account.marketplaces), "paused" if reason else "active", reason,
        remedy,
    ]  # fmt: skip
    load_or_refuse(odoo, "x_amazon_account", _ACCOUNT_COLUMNS, [row], update=True)


def account_state(odoo: Odoo, account: str) -> tuple[str, str]:
    """Return the account's state (active, paused, or '' when unknown to Odoo) and the reason."""
    found = odoo.search_read("x_amazon_account", [("x_key", "=", account)], ["x_state", "x_reason"], limit=1)
    return (found[0]["x_state"] or "", found[0]["x_reason"] or "") if found else ("", "")


STOPPED: Final = "stopped"


def stopped_accounts(odoo: Odoo, accounts: Sequence[str]) -> dict[str, str]:
    """Return those of `accounts` that somebody stopped, with the reason given."""
    domain = [("x_key", "in", sorted(accounts)), ("x_state", "=", STOPPED)]
    found = odoo.search_read("x_amazon_account", domain, ["x_key", "x_reason"])
    return {row["x_key"]: row["x_reason"] or "stopped in Odoo" for row in found}


def stop_account(odoo: Odoo, account: Account, reason: str) -> None:
    """Stop the account for everybody to see; it stays so until `start_account`, or its button in Odoo."""
    load_or_refuse(
        odoo,
        "x_amazon_account",
        ("id", "x_name", "x_key", "x_state", "x_reason", "x_remedy"),
        [[account_xid(account.key), account.key, account.key, STOPPED, reason, "Start it again when it may work."]],
        update=True,
    )


def read_cursors(odoo: Odoo, accounts: Sequence[str]) -> dict[tuple[str, str], datetime]:
    """Return the cursors of `accounts` by account and group: up to then everything is in Odoo or parked."""
    found = odoo.search_read(
        "x_amazon_cursor", [("x_account", "in", sorted(accounts))], ["x_account", "x_group", "x_until"]
    )
    moments = {(str(row["x_account"]), str(row["x_group"])): parse_moment(row["x_until"]) for row in found}
    return {key: until for key, until in moments.items() if until is not None}
