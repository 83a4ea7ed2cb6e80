"""Deliveries to customers of Amazon orders: which are to be told, and what became of them.

A delivery is a done picking that ends at a customer's location; so a return is none, and a dropshipment is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clients.odoo.client import Odoo
from clients.odoo.isolate import load_or_refuse
from clients.odoo.orders import QUIET
from clients.odoo.rows import moment
from domain.shipment import DeliveryOutcome
from mappers.told import Mark

DELIVERED: Final = (("state", "=", "done"), ("location_dest_id.usage", "=", "customer"))
_OUTCOME_COLUMNS: Final = (
    ".id", "x_amazon_account", "x_amazon_channel", "x_amazon_sync_status", "x_amazon_sync_reason", "x_amazon_sync_key",
)  # fmt: skip
STATUS_FIELDS: Final = ("x_amazon_sync_status", "x_amazon_sync_reason", "x_amazon_sync_key")


@dataclass(frozen=True, slots=True)
class Found:
    """A delivery by its id, with its sale order's id and the time of its last change as Odoo writes it.

    `in_feed`, `begun`, `refused`: some package of it is in a feed, is being told, waits for a person.
    """

    odoo_id: int
    sale_order: int
    version: str
    in_feed: bool = False
    begun: bool = False
    refused: bool = False


def waiting_deliveries(odoo: Odoo, accounts: Sequence[str]) -> list[Found]:
    """Return deliveries of the accounts' FBM orders of which Amazon was not, or not surely, told; oldest first."""
    return _find(odoo, accounts, ("x_amazon_sync_status", "not in", ["done", "error"]))


def changed_deliveries(odoo: Odoo, accounts: Sequence[str], since: datetime) -> list[Found]:
    """Return deliveries that were told or refused and were written since then: something may have been corrected."""
    decided = ("x_amazon_sync_status", "in", ["done", "error"])
    return _find(odoo, accounts, decided, ("write_date", ">=", moment(since)))


def feed_deliveries(odoo: Odoo, account: str) -> list[Found]:
    """Return the account's deliveries of which a package is in a feed."""
    return _find(
        odoo, [account], ("x_amazon_sync_status", "=", "pending"), ("x_amazon_sync_key", "like", Mark.IN_FEED.value)
    )


def delivered_since(odoo: Odoo, account: str, since: datetime) -> list[int]:
    """Return the account's deliveries that left since then, told or not; oldest first."""
    return [found.odoo_id for found in _find(odoo, [account], ("date_done", ">=", moment(since)))]


def accounts_of(odoo: Odoo, sale_orders: Iterable[int]) -> dict[int, str]:
    """Return the account of each sale order."""
    domain = [("id", "in", sorted(set(sale_orders)))]
    return {row["id"]: row["x_amazon_account"] or "" for row in odoo.search_read("sale.order", domain, _ACCOUNT)}


def read_status(odoo: Odoo, deliveries: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """Return what is written of deliveries now: status, reason, key."""
    rows = odoo.search_read("stock.picking", [("id", "in", list(deliveries))], STATUS_FIELDS) if deliveries else []
    status, reason, key = STATUS_FIELDS
    return {row["id"]: (row[status] or "", row[reason] or "", row[key] or "") for row in rows}


def write_outcomes(odoo: Odoo, outcomes: Sequence[DeliveryOutcome]) -> None:
    """Write what became of deliveries, all in one call. Raises OdooRefused with nothing written."""
    rows = [[str(one.delivery), one.account, "fbm", one.status, one.reason, one.key] for one in outcomes]
    load_or_refuse(odoo, "stock.picking", _OUTCOME_COLUMNS, rows, update=True, context=QUIET)


def post_note(odoo: Odoo, delivery: int, text: str) -> None:
    """Leave a note in a delivery's chatter, for people inside the company. 14 reads it as HTML, later ones do not."""
    odoo.call("stock.picking", "message_post", ids=[delivery], body=text.translate(_NO_HTML))


_ACCOUNT: Final = ("x_amazon_account",)
_NO_HTML: Final = str.maketrans({"<": "(", ">": ")", "&": "+"})


def _find(odoo: Odoo, accounts: Sequence[str], *more: tuple[str, str, object]) -> list[Found]:
    domain = [
        *DELIVERED,
        ("sale_id.x_amazon_channel", "=", "fbm"),
        ("sale_id.x_amazon_account", "in", list(accounts)),
        *more,
    ]
    fields = ["sale_id", "write_date", "x_amazon_sync_key"]
    return [
        Found(
            row["id"],
            row["sale_id"][0],
            row["write_date"],
            in_feed=Mark.IN_FEED in key,
            begun=Mark.CLAIMED in key,
            refused=Mark.REFUSED in key,
        )
        for row in odoo.search_read("stock.picking", domain, fields, order="date_done, id")
        for key in [row["x_amazon_sync_key"] or ""]
    ]
