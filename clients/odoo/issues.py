"""Parked items: what could not be done, in Odoo, with a code, the reason and a remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.facts import parse_moment
from clients.odoo.isolate import load_or_refuse
from clients.odoo.rows import moment
from domain.errors import Unavailable
from mappers.names import issue_xid

MODEL: Final = "x_amazon_issue"
_FIELDS: Final = (
    "x_account", "x_order_ref", "x_marketplace", "x_code", "x_reason", "x_remedy", "x_state", "x_version", "x_since",
    "x_attempts", "x_order_id",
)  # fmt: skip
_COLUMNS: Final = (
    "id", "x_name", "x_account", "x_order_ref", "x_marketplace", "x_code", "x_reason", "x_remedy", "x_state",
    "x_version", "x_since", "x_attempts", "x_order_id/.id",
)  # fmt: skip
OPEN: Final = "open"
RETRY: Final = "retry"
DONE: Final = "done"
DISMISSED: Final = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A parked order. `version`: the order's lastUpdatedTime when it was parked; `since`: when that first happened.

    `order_id` is a task's name (`task_ref`) where a task about no order failed; `account` may be '' then.
    """

    account: str
    order_id: str
    code: str
    reason: str
    remedy: str
    state: str = OPEN
    marketplace: str = ""
    version: datetime | None = None
    since: datetime | None = None
    attempts: int = 1
    sale_order: int | None = None
    odoo_id: int = 0

    def same_finding(self, other: Issue) -> bool:
        """Whether `other` tells the same of the same version: then there is nothing to write."""
        mine = (self.code, self.reason, self.state, self.version)
        return mine == (other.code, other.reason, other.state, other.version)


def task_ref(task: str, group: str = "") -> str:
    """Return what stands in place of an order id for a task: its name, and the fetch group if it is about one."""
    return f"{task}:{group}" if group else task


def of_task(ref: str) -> tuple[str, str] | None:
    """Return task and group of `task_ref`; None for an order id, which has no dot."""
    task, _, group = ref.partition(":")
    return (task, group) if "." in task else None


def read_issues(odoo: Odoo, domain: Sequence[Any], *, limit: int = 0) -> list[Issue]:
    """Return the parked items in an Odoo `domain`, oldest first."""
    return [
        Issue(
            account=found["x_account"] or "",
            order_id=found["x_order_ref"] or "",
            code=found["x_code"] or "",
            reason=found["x_reason"] or "",
            remedy=found["x_remedy"] or "",
            state=found["x_state"] or OPEN,
            marketplace=found["x_marketplace"] or "",
            version=parse_moment(found["x_version"]),
            since=parse_moment(found["x_since"]),
            attempts=found["x_attempts"],
            sale_order=many2one(found["x_order_id"]),
            odoo_id=found["id"],
        )
        for found in odoo.search_read(MODEL, domain, _FIELDS, limit=limit, order="x_since, id")
    ]


def many2one(value: Any) -> int | None:
    """Return the id of a many2one field ([id, name]), None of an empty one. Raises Unavailable for another form."""
    if not value:
        return None
    if isinstance(value, list) and value and isinstance(value[0], int):
        return value[0]
    raise Unavailable("Odoo gives a reference of another form")


def unfinished(odoo: Odoo, orders: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Issue]:
    """Return the items of `orders` (account, order id) that are not closed."""
    if not orders:
        return {}
    domain = [
        ("x_account", "in", sorted({account for account, _ in orders})),
        ("x_order_ref", "in", sorted({order_id for _, order_id in orders})),
        ("x_state", "!=", DONE),
    ]
    return {(issue.account, issue.order_id): issue for issue in read_issues(odoo, domain)}


def write_issues(odoo: Odoo, issues: Sequence[Issue]) -> None:
    """Create or rewrite the items of these orders; there is one per order for ever, keyed by its external id."""
    rows = [
        [
            issue_xid(issue.account, issue.order_id), f"{issue.order_id}: {issue.code}", issue.account,
            issue.order_id, issue.marketplace, issue.code, issue.reason, issue.remedy, issue.state,
            moment(issue.version), moment(issue.since), str(issue.attempts),
            str(issue.sale_order) if issue.sale_order else "",
        ]
        for issue in issues
    ]  # fmt: skip
    load_or_refuse(odoo, MODEL, _COLUMNS, rows, update=True)


def parked_domain(
    accounts: Sequence[str],
    order_ids: Sequence[str] = (),
    *,
    codes: Sequence[str] = (),
    since: datetime | None = None,
    closed: bool = False,
) -> list[Any]:
    """Return the Odoo domain of items of `accounts`, and of tasks about no account.

    `order_ids`: only these; `codes`: only with these; `since`: only parked then or later; `closed`: done and dismissed
    ones too.
    """
    domain: list[Any] = ["|", ("x_account", "in", sorted(accounts)), ("x_account", "=", False)]
    if order_ids:
        domain.append(("x_order_ref", "in", list(order_ids)))
    if codes:
        domain.append(("x_code", "in", sorted(codes)))
    if since is not None:
        domain.append(("x_since", ">=", moment(since)))
    if not closed:
        domain.append(("x_state", "in", [OPEN, RETRY]))
    return domain


def set_state(odoo: Odoo, issue_ids: Sequence[int], state: str) -> None:
    """Move items to `state`."""
    if issue_ids:
        odoo.call(MODEL, "write", ids=list(issue_ids), vals={"x_state": state})
