"""Invoices, as far as they name people: drafts, posted ones, cancelled ones. No accounts, no taxes, no payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from simulator.odoo.business.partner import commercial
from simulator.odoo.business.sale import address
from simulator.odoo.engine.behaviour import Behaviour, Compute, Lookup, Method
from simulator.odoo.engine.env import Env


def _moving(**values: Any) -> Method:
    """An action that puts `values` into the entries."""

    def act(env: Env, model: str, ids: Sequence[int]) -> Any:
        env.may(model, "write")
        for move in ids:
            env.row(model, move)
            env.sudo().put(model, move, **values)
        return False if values["state"] == "posted" else None

    return act


def _lines(env: Env, move: int) -> tuple[int, ...]:
    return env.find("account.move.line", move_id=move)


class Move(Behaviour):
    """account.move: its lines are of the commercial partner."""

    reads_first = True
    compute: Mapping[str, Compute] = {
        "commercial_partner_id": lambda env, move: (
            commercial(env, partner) if (partner := env.row("account.move", move).get("partner_id")) else False
        ),
        "line_ids": _lines,
        "invoice_line_ids": _lines,
    }
    lookups: Mapping[str, Lookup] = {
        "commercial_partner_id": lambda env, partners: {
            move
            for move in env.find("account.move")
            if (partner := env.row("account.move", move).get("partner_id")) and commercial(env, partner) in partners
        },
    }
    on_records: Mapping[str, Method] = {
        "action_post": _moving(state="posted", posted_before=True),
        "button_draft": _moving(state="draft"),
        "button_cancel": _moving(state="cancel"),
    }

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """A draft, to be delivered to the partner's delivery address."""
        partner = vals.get("partner_id")
        shipping = {"partner_shipping_id": address(env, partner, "delivery")} if partner else {}
        return {"state": "draft", "move_type": "entry", "company_id": env.company, **shipping}

    @override
    def created(self, env: Env, record: int, vals: Mapping[str, Any]) -> None:
        """Lines without a partner get the commercial one."""
        partner = env.get("account.move", record, "commercial_partner_id")
        for line in _lines(env, record):
            if partner and not env.row("account.move.line", line).get("partner_id"):
                env.put("account.move.line", line, partner_id=partner)
