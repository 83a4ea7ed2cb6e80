"""Sale orders: what a new one takes over, its amounts, confirming, cancelling, locking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from typing_extensions import override

from simulator.odoo.business import order_facts
from simulator.odoo.business.fiscal import fiscal_position
from simulator.odoo.business.order_facts import lines_of, pickings_of
from simulator.odoo.business.partner import messages
from simulator.odoo.business.pickings import sale_of, state_of
from simulator.odoo.business.procurement import launch
from simulator.odoo.business.sequences import next_by_code
from simulator.odoo.business.stock import cancel_moves
from simulator.odoo.engine.behaviour import Behaviour, Compute, Lookup, Method
from simulator.odoo.engine.env import Env
from simulator.odoo.engine.errors import missing_error, user_error

_VALIDITY = timedelta(days=30)
_NO_DELETION = "You can not delete a sent quotation or a confirmed sales order. You must first cancel it."
_NOT_CONFIRMABLE = (
    "It is not allowed to confirm an order in the following states: done, cancel",
    "Some orders are not in a state requiring confirmation.",
)


def address(env: Env, partner: int, kind: str) -> int:
    """The partner's address of a kind, or the partner."""
    children = env.active("res.partner", env.find("res.partner", parent_id=partner, type=kind))
    return next(iter(children), partner)


def _pricelist(env: Env, partner: int) -> int | bool:
    chosen = env.row("res.partner", partner).get("property_product_pricelist")
    if chosen:
        return int(chosen)
    if env.series < 19:
        return env.ref("product.list0")
    return next(iter(env.find("product.pricelist", name="Default", company_id=env.company)), False)


def confirm(env: Env, model: str, ids: Sequence[int]) -> bool:
    """action_confirm: the order date becomes now, and goods are asked for."""
    env.may(model, "write")
    inner = env.sudo()
    _require(env, ids)
    for order in ids:
        state = inner.row("sale.order", order)["state"]
        if state in ({"done", "cancel"} if env.series < 19 else {"sale", "cancel"}):
            raise user_error(env.named(*_NOT_CONFIRMABLE))
        inner.put("sale.order", order, state="sale", date_order=inner.now())
        for line in lines_of(inner, order):
            launch(inner, line)
    return True


def cancel(env: Env, model: str, ids: Sequence[int]) -> Any:
    """action_cancel: open transfers are cancelled. 14 asks first, with a wizard, when goods have left already."""
    env.may(model, "write")
    inner = env.sudo()
    _require(env, ids)
    if any(inner.row("sale.order", order).get("locked") for order in ids):
        raise user_error("You cannot cancel a locked order. Please unlock it first.")
    left = False
    for order in ids:
        for picking in pickings_of(inner, order):
            left = left or state_of(inner, picking) == "done"
            moves = inner.find("stock.move", picking_id=picking)
            cancel_moves(inner, [one for one in moves if inner.row("stock.move", one)["state"] != "done"])
    if left and env.series < 19 and not env.context.get("disable_cancel_warning"):
        return {
            "name": "Cancel Sales Order",
            "view_mode": "form",
            "res_model": "sale.order.cancel",
            "type": "ir.actions.act_window",
            "context": {"default_order_id": ids[0]},
            "target": "new",
        }
    for order in ids:
        inner.put("sale.order", order, state="cancel")
    return True


def draft(env: Env, model: str, ids: Sequence[int]) -> bool:
    """action_draft: a cancelled order becomes a quotation again."""
    env.may(model, "write")
    for order in ids:
        if env.sudo().row("sale.order", order)["state"] in {"cancel", "sent"}:
            env.sudo().put("sale.order", order, state="draft")
    return True


def _locking(**values: Any) -> Any:
    def lock(env: Env, model: str, ids: Sequence[int]) -> Any:
        env.may(model, "write")
        _require(env, ids)
        for order in ids:
            env.sudo().put("sale.order", order, **values)
        return True if env.series < 19 else None

    return lock


def _require(env: Env, ids: Sequence[int]) -> None:
    gone = [one for one in ids if not env.exists("sale.order", one)]
    if gone:
        raise missing_error("sale.order", gone[:1], env.uid)


class Order(Behaviour):
    """sale.order."""

    reads_first = True
    compute: Mapping[str, Compute] = {
        "currency_id": order_facts.currency,
        "amount_untaxed": lambda env, order: float(order_facts.amounts(env, order).untaxed),
        "amount_tax": lambda env, order: float(order_facts.amounts(env, order).tax),
        "amount_total": lambda env, order: float(order_facts.amounts(env, order).total),
        "order_line": lines_of,
        "picking_ids": pickings_of,
        "delivery_count": lambda env, order: len(pickings_of(env, order)),
        "delivery_status": order_facts.delivery_status,
        "effective_date": order_facts.effective_date,
        "invoice_status": order_facts.invoice_status,
        "message_ids": messages("sale.order"),
    }
    lookups: Mapping[str, Lookup] = {
        "picking_ids": lambda env, pickings: {
            order for one in pickings if env.exists("stock.picking", one) and (order := sale_of(env, one))
        },
    }

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """A quotation of now, by the caller, with what partner and company bring along."""
        company = vals.get("company_id") or env.company
        warehouses = env.active("stock.warehouse", env.find("stock.warehouse", company_id=company))
        given: dict[str, Any] = {
            "state": "draft",
            "date_order": env.now(),
            "company_id": company,
            "user_id": env.uid,
            "team_id": env.ref("sales_team.team_sales_department"),
            "picking_policy": "direct",
            "warehouse_id": next(iter(warehouses), False),
            "require_signature": True,
        }
        if env.series >= 19:
            given["validity_date"] = (datetime.now(UTC) + _VALIDITY).date().isoformat()
        partner = vals.get("partner_id")
        return given | (self._of_partner(env, partner, vals, company) if partner else {})

    def _of_partner(self, env: Env, partner: int, vals: Mapping[str, Any], company: int) -> dict[str, Any]:
        delivery = vals.get("partner_shipping_id") or address(env, partner, "delivery")
        # In 14 the form finds the fiscal position, and an order that is made without it has none.
        position = False if env.series < 19 else fiscal_position(env, partner, delivery, company)
        return {
            "partner_invoice_id": address(env, partner, "invoice"),
            "partner_shipping_id": delivery,
            "pricelist_id": _pricelist(env, partner),
            "payment_term_id": env.row("res.partner", partner).get("property_payment_term_id") or False,
            "fiscal_position_id": position,
        }

    @override
    def creating(self, env: Env, vals: dict[str, Any]) -> dict[str, Any]:
        """Numbered from the sequence."""
        if not vals.get("name") or vals["name"] == "New":
            vals["name"] = next_by_code(env, "sale.order") if vals.get("partner_id") else "New"
        return vals

    @override
    def written(self, env: Env, ids: Sequence[int], vals: Mapping[str, Any]) -> None:
        """A promised date is the deadline of open transfers; another customer brings 19's other fiscal position."""
        if env.series >= 19 and {"partner_id", "partner_shipping_id", "company_id"} & set(vals):
            for order in ids:
                row = env.row("sale.order", order)
                whom = row["partner_id"], row["partner_shipping_id"], row["company_id"]
                env.put("sale.order", order, fiscal_position_id=fiscal_position(env, *whom))
        if vals.get("commitment_date"):
            for order in ids:
                for picking in pickings_of(env, order):
                    if state_of(env, picking) not in {"done", "cancel"}:
                        env.put("stock.picking", picking, date_deadline=vals["commitment_date"])

    @override
    def unlinking(self, env: Env, ids: Sequence[int]) -> None:
        """Only quotations and cancelled orders can go."""
        if any(env.row("sale.order", order)["state"] not in {"draft", "cancel"} for order in ids):
            raise user_error(_NO_DELETION)
        for order in ids:
            env.unlink("sale.order.line", lines_of(env, order))


def onchange(  # noqa: PLR0917  # the server's own signature
    env: Env, model: str, ids: Sequence[int], values: Mapping[str, Any], field_name: Any, field_onchange: Any
) -> dict[str, Any]:
    """What the form of a new order fills in when the delivery address is chosen: the fiscal position, if any."""
    del ids, field_name
    env.may(model, "read")
    asked = fiscal_position(
        env.sudo(), values["partner_id"], values["partner_shipping_id"], values.get("company_id") or env.company
    )
    if not asked or "fiscal_position_id" not in field_onchange:
        return {}
    return {"value": {"fiscal_position_id": [asked, env.sudo().name_of("account.fiscal.position", asked)]}}


class OrderOf14(Order):
    """sale.order where locking is a state."""

    on_records: Mapping[str, Method] = {
        "action_confirm": confirm,
        "action_cancel": cancel,
        "action_draft": draft,
        "action_done": _locking(state="done"),
        "action_unlock": _locking(state="sale"),
        "onchange": onchange,
    }


class OrderOf19(Order):
    """sale.order where locking is a flag."""

    on_records: Mapping[str, Method] = {
        "action_confirm": confirm,
        "action_cancel": cancel,
        "action_draft": draft,
        "action_lock": _locking(locked=True),
        "action_unlock": _locking(locked=False),
    }
