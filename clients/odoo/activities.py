"""Activities on sale orders: what a person is to do there, for whoever is responsible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from clients.odoo.client import Odoo
from clients.odoo.errors import OdooRefused
from clients.odoo.isolate import load_or_refuse

_COLUMNS: Final = ("id", "res_model_id/id", "res_id", "activity_type_id/id", "summary", "note", "user_id/.id")
_TO_DO: Final = "mail.mail_activity_data_todo"
# The activity shows in Odoo; no mail goes out about it.
_NO_MAIL: Final = {"mail_activity_quick_update": True, "mail_create_nosubscribe": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """`xid`: its external id; `order`: id of the sale order; `note`: HTML."""

    xid: str
    order: int
    summary: str
    note: str


def make_activities(odoo: Odoo, activities: Sequence[Activity]) -> None:
    """Make each of `activities`, one record per external id for ever. Repeatable after any error.

    It is the salesperson's, else the team leader's, else ours; where Odoo refuses activities it becomes a note. No
    call when there are none. Raises OdooRefused when Odoo takes no note either.
    """
    users = _responsible(odoo, [one.order for one in activities]) if activities else {}
    for one in activities:
        _make(odoo, one, users.get(one.order, odoo.uid))


def take_back(odoo: Odoo, order_ids: Sequence[int], summaries: Sequence[str]) -> None:
    """Delete the sale orders' activities that have one of `summaries`. One that Odoo keeps does no harm."""
    domain = [("res_model", "=", "sale.order"), ("res_id", "in", list(order_ids)), ("summary", "in", list(summaries))]
    with suppress(OdooRefused):
        open_ones = [one["id"] for one in odoo.search_read("mail.activity", domain, ["summary"])]
        if open_ones:
            odoo.call("mail.activity", "unlink", ids=open_ones)


def _responsible(odoo: Odoo, order_ids: Sequence[int]) -> Mapping[int, int]:
    rows = odoo.search_read("sale.order", [("id", "in", list(order_ids))], ["user_id", "team_id"])
    teams = sorted({row["team_id"][0] for row in rows if row["team_id"] and not row["user_id"]})
    found = odoo.search_read("crm.team", [("id", "in", teams)], ["user_id"]) if teams else []
    leaders = {team["id"]: team["user_id"] for team in found}
    chosen = {row["id"]: row["user_id"] or (row["team_id"] and leaders.get(row["team_id"][0])) for row in rows}
    return {order: user[0] if user else odoo.uid for order, user in chosen.items()}


def _make(odoo: Odoo, activity: Activity, user: int) -> None:
    """One record for ever, by its external id. Odoo 14 refuses users who may not see the sale order."""
    head = [activity.xid, "sale.model_sale_order", str(activity.order), _TO_DO, activity.summary, activity.note]
    for whom in dict.fromkeys((user, odoo.uid)):
        with suppress(OdooRefused):
            load_or_refuse(odoo, "mail.activity", _COLUMNS, [[*head, str(whom)]], context=_NO_MAIL)
            return
    odoo.call("sale.order", "message_post", ids=[activity.order], body=activity.note, subtype_xmlid="mail.mt_note")
