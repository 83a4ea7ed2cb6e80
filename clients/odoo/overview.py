"""How things stand in Odoo as a whole, in few calls: for metrics and for `doctor`. Nothing of a person is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clients.odoo.accounts import read_cursors
from clients.odoo.client import Odoo
from clients.odoo.facts import parse_moment
from clients.odoo.issues import MODEL, parked_domain
from domain.errors import NeedsHuman

# More deliveries than that in trouble are counted as that many.
_MOST: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What an Odoo database says.

    `cursors`: by account and group; `parked`: how many by account ('' for tasks about none), code and state;
    `oldest`: since when the oldest open item waits, by account; `shipments`: deliveries by account and state (pending,
    error).
    """

    cursors: Mapping[tuple[str, str], datetime]
    parked: Mapping[tuple[str, str, str], int]
    oldest: Mapping[str, datetime]
    shipments: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class KeyLife:
    """When API keys of our user end: the first one, and the last one (None: one never ends). `number` of keys."""

    number: int
    first: datetime | None
    last: datetime | None


def overview(odoo: Odoo, accounts: Sequence[str]) -> Overview:
    """Return how `accounts` stand, in three calls. Raises as the client does."""
    issues = odoo.search_read(MODEL, parked_domain(accounts), ["x_account", "x_code", "x_state", "x_since"])
    parked = Counter((row["x_account"] or "", row["x_code"] or "", row["x_state"]) for row in issues)
    oldest: dict[str, datetime] = {}
    for row in issues:
        account, since = row["x_account"] or "", parse_moment(row["x_since"])
        if since is not None and row["x_state"] == "open":
            oldest[account] = min(since, oldest.get(account, since))
    domain = [("x_amazon_account", "in", sorted(accounts)), ("x_amazon_sync_status", "in", ["pending", "error"])]
    deliveries = odoo.search_read("stock.picking", domain, ["x_amazon_account", "x_amazon_sync_status"], limit=_MOST)
    return Overview(
        cursors=read_cursors(odoo, accounts),
        parked=parked,
        oldest=oldest,
        shipments=Counter((row["x_amazon_account"], row["x_amazon_sync_status"]) for row in deliveries),
    )


def key_life(odoo: Odoo) -> KeyLife | None:
    """Return when our user's API keys end; None where Odoo does not tell (keys end from 18 on)."""
    try:
        if "expiration_date" not in odoo.fields("res.users.apikeys"):
            return None
        keys = odoo.search_read("res.users.apikeys", [("user_id", "=", odoo.uid)], ["expiration_date"])
    except NeedsHuman:  # not ours to read
        return None
    ends = [parse_moment(key["expiration_date"]) for key in keys]
    dated = [end for end in ends if end is not None]
    return KeyLife(len(keys), min(dated, default=None), None if None in ends else max(dated, default=None))
