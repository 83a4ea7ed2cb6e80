"""`parked`: what could not be done, why, and trying it again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from worker.cli.output import (
    ACCOUNT,
    CODE,
    Moment,
    database,
    fail,
    json_option,
    known_account,
    known_code,
    settings,
    show,
    show_one,
    working,
)

if TYPE_CHECKING:
    from clients.odoo.issues import Issue
    from settings import Settings
    from sync.database import Database

_COLUMNS = ("account", "order", "code", "reason", "state", "since")
# How an item is named that is about no account: a task of the fleet itself.
_NO_ACCOUNT = "-"

_code = click.option("--code", metavar="CODE", type=CODE, help="Only with this code.")
_since = click.option("--since", metavar="DATE", type=Moment(), help="Only those parked then or later (UTC).")


@dataclass(frozen=True, slots=True)
class _Filter:
    """Which items are meant. `order_ids`: these whatever their state, but done; else those that wait for somebody."""

    account: str | None = None
    order_ids: tuple[str, ...] = ()
    code: str | None = None
    since: datetime | None = None
    closed: bool = False


def _choosing(act: Callable[..., None]) -> Callable[..., None]:
    """Give a command what says which items are meant; it gets that as `chosen`, with `dry_run` and `as_json`."""

    @wraps(act)
    def command(*, dry_run: bool, as_json: bool, **which: Any) -> None:
        act(chosen=_Filter(**which), dry_run=dry_run, as_json=as_json)

    for given in (
        json_option,
        click.option("--dry-run", is_flag=True, help="Only list what would be done."),
        _since,
        _code,
        click.argument("order_ids", metavar="[ORDER_ID]...", nargs=-1),
        click.argument("account", required=False, type=ACCOUNT),
    ):
        command = given(command)
    return command


@click.group()
def parked() -> None:
    """Look at what needs a person: orders, and tasks of the fleet that failed. Try it again, or dismiss it.

    An item about a task has the task's name in place of an order id; where it is about no account, write - for ACCOUNT.
    """


@parked.command("list")
@click.option("--account", metavar="ACCOUNT", type=ACCOUNT, help="Only this account's.")
@_code
@_since
@click.option("--all", "closed", is_flag=True, help="Those that are done or dismissed too.")
@json_option
def list_parked(*, account: str | None, code: str | None, since: datetime | None, closed: bool, as_json: bool) -> None:
    """List parked items, oldest first."""
    found = _issues(settings(), _Filter(account=account, code=code, since=since, closed=closed))
    show([_row(issue) for _, issue in found], _COLUMNS, as_json=as_json, empty="nothing is parked")


@parked.command("show")
@click.argument("account", type=ACCOUNT)
@click.argument("order_id")
@json_option
def show_parked(*, account: str, order_id: str, as_json: bool) -> None:
    """Show one parked item with its remedy."""
    found = _issues(settings(), _Filter(account=account, order_ids=(order_id,), closed=True))
    if not found:
        fail(f"{account} has no parked order {order_id}: see 'parked list --all'")
    show_one(_row(found[0][1]), as_json=as_json)


@parked.command("retry")
@_choosing
def retry_parked(*, chosen: _Filter, dry_run: bool, as_json: bool) -> None:
    """Try again: some orders of an account, all of it, those of a code or a time, or everything.

    Workers pick them up within seconds, as fast as Amazon's quota of getOrder allows: about 1,800 an hour and account.
    """
    from clients.odoo.issues import RETRY

    _move(chosen, RETRY, "tried again", dry_run=dry_run, as_json=as_json)


@parked.command("dismiss")
@_choosing
def dismiss_parked(*, chosen: _Filter, dry_run: bool, as_json: bool) -> None:
    """Hide items that need nothing more. An order's comes back if Amazon changes it and it still cannot be imported."""
    from clients.odoo.issues import DISMISSED

    if chosen.account is None and chosen.code is None and chosen.since is None:
        raise click.UsageError("say which: an ACCOUNT (and ORDER_IDs), --code or --since")
    _move(chosen, DISMISSED, "dismissed", dry_run=dry_run, as_json=as_json)


def _move(wanted: _Filter, state: str, done: str, *, dry_run: bool, as_json: bool) -> None:
    from clients.odoo.issues import set_state

    chosen = _issues(settings(), wanted)
    missing = set(wanted.order_ids) - {issue.order_id for _, issue in chosen}
    if missing:
        fail(f"not parked: {', '.join(sorted(missing))}: see 'parked list'")
    if not dry_run:
        with working("writing to Odoo"):
            for one in {owner.key: owner for owner, _ in chosen}.values():
                set_state(one.odoo, [issue.odoo_id for owner, issue in chosen if owner is one], state)
    if as_json or dry_run:
        show([_row(issue) for _, issue in chosen], _COLUMNS, as_json=as_json, empty="")
    if not as_json:
        click.echo(f"{len(chosen)} parked item(s) {'would be' if dry_run else 'will be'} {done}")


def _issues(given: Settings, wanted: _Filter) -> list[tuple[Database, Issue]]:
    from clients.odoo.issues import DONE, parked_domain, read_issues

    if wanted.account not in (None, _NO_ACCOUNT):
        known_account(given, wanted.account or "")
    codes = [known_code(wanted.code)] if wanted.code else []
    found = []
    for key in given.odoo:
        ours = [name for name, one in given.accounts.items() if one.odoo == key]
        if wanted.account in (None, _NO_ACCOUNT) or wanted.account in ours:
            owner = database(given, key)
            every = wanted.closed or bool(wanted.order_ids)
            meant = [wanted.account] if wanted.account in ours else ours
            domain = parked_domain(meant, wanted.order_ids, codes=codes, since=wanted.since, closed=every)
            with working(f"asking Odoo {key}"):
                found += [(owner, issue) for issue in read_issues(owner.odoo, domain) if _meant(issue, wanted)]
    return found if wanted.closed else [(owner, issue) for owner, issue in found if issue.state != DONE]


def _meant(issue: Issue, wanted: _Filter) -> bool:
    return wanted.account is None or wanted.account == (issue.account or _NO_ACCOUNT)


def _row(issue: Issue) -> dict[str, object]:
    return {
        "account": issue.account or _NO_ACCOUNT,
        "order": issue.order_id,
        "code": issue.code,
        "reason": issue.reason,
        "remedy": issue.remedy,
        "state": issue.state,
        "since": issue.since,
        "attempts": issue.attempts,
    }
