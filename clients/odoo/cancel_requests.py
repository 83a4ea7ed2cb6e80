"""The buyer asks for a cancellation: an activity on the sale order, once, for a person who can decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from clients.odoo.client import Odoo
from clients.odoo.errors import OdooRefused
from clients.odoo.isolate import load_or_refuse
from domain.odoo import CreateOrder, UpdateStatus
from mappers.names import cancel_request_xid

SUMMARY: Final = "The buyer wants to cancel"
# Amazon's CancelReason, told Amazon if the order is cancelled in Odoo; that it is set says that somebody was told.
_REASON: Final = "BuyerCanceled"
_COLUMNS: Final = ("id", "res_model_id/id", "res_id", "activity_type_id/id", "summary", "note", "user_id/.id")
_TO_DO: Final = "mail.mail_activity_data_todo"
# The activity shows in Odoo; no mail goes out about it.
_NO_MAIL: Final = {"mail_activity_quick_update": True, "mail_create_nosubscribe": True}


def tell_requests(
    odoo: Odoo, asked: Sequence[tuple[int, CreateOrder | UpdateStatus]], *, context: Mapping[str, object]
) -> None:
    """Make the activities that the commands (each with its sale order's id) ask for. Repeatable after any error.

    It is the salesperson's, else the team leader's, else ours; where Odoo refuses activities it becomes a note. No
    call when nobody asked.
    """
    wishes = [(order, command) for order, command in asked if command.cancel_request]
    if not wishes:
        return
    users = _responsible(odoo, [order for order, _ in wishes])
    for order, command in wishes:
        _tell(odoo, order, command, users[order])
    values = {"x_amazon_cancel_reason": _REASON}
    odoo.call("sale.order", "write", ids=[order for order, _ in wishes], vals=values, context=context)


def clear_requests(odoo: Odoo, order_ids: Sequence[int]) -> None:
    """Take the activities back: the orders are cancelled. One that Odoo keeps does no harm."""
    domain = [("res_model", "=", "sale.order"), ("res_id", "in", list(order_ids)), ("summary", "=", SUMMARY)]
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


def _tell(odoo: Odoo, order: int, command: CreateOrder | UpdateStatus, user: int) -> None:
    """One record for ever, by its external id. Odoo 14 refuses users who may not see the sale order."""
    head = [cancel_request_xid(command.xid), "sale.model_sale_order", str(order), _TO_DO]
    for whom in dict.fromkeys((user, odoo.uid)):
        row = [*head, SUMMARY, command.cancel_request, str(whom)]
        with suppress(OdooRefused):
            load_or_refuse(odoo, "mail.activity", _COLUMNS, [row], context=_NO_MAIL)
            return
    odoo.call("sale.order", "message_post", ids=[order], body=command.cancel_request, subtype_xmlid="mail.mt_note")
