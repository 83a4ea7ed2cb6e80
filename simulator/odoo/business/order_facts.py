"""What is computed of a sale order: lines, transfers, amounts, statuses, currency."""

from __future__ import annotations

from typing import Any

from simulator.odoo.business.lines import globally, rounding_unit, taxed
from simulator.odoo.business.pickings import state_of
from simulator.odoo.business.taxes import Amounts, order_amounts
from simulator.odoo.engine.env import Env


def lines_of(env: Env, order: int) -> tuple[int, ...]:
    """The order's lines."""
    return env.find("sale.order.line", order_id=order)


def pickings_of(env: Env, order: int) -> tuple[int, ...]:
    """The order's transfers."""
    name = env.row("sale.order", order)["name"]
    return tuple(
        one for one in env.find("stock.picking", origin=name) if env.get("stock.picking", one, "sale_id") == order
    )


def amounts(env: Env, order: int) -> Amounts:
    """Untaxed, tax, total."""
    lines = [taxed(env, one) for one in lines_of(env, order)]
    return order_amounts(lines, rounding_unit(env, order), globally=globally(env, order))


def invoice_status(env: Env, order: int) -> str:
    """Whether anything waits for an invoice."""
    states = {env.get("sale.order.line", one, "invoice_status") for one in lines_of(env, order)}
    return "to invoice" if "to invoice" in states else "no"


def delivery_status(env: Env, order: int) -> Any:
    """How far the transfers are (19)."""
    states = [state_of(env, one) for one in pickings_of(env, order)]
    if not states or set(states) == {"cancel"}:
        return False
    if set(states) <= {"done", "cancel"}:
        return "full"
    if "done" in states:
        return "partial"
    return "pending"


def effective_date(env: Env, order: int) -> Any:
    """When goods left first: a day in 14, a moment in 19."""
    done = [env.row("stock.picking", one).get("date_done") for one in pickings_of(env, order)]
    first = min((str(moment) for moment in done if moment), default="")
    return (first[:10] if env.series < 19 else first) or False


def currency(env: Env, order: int) -> int:
    """The pricelist's currency, or the company's."""
    row = env.row("sale.order", order)
    if row.get("pricelist_id"):
        return int(env.row("product.pricelist", row["pricelist_id"])["currency_id"])
    return int(env.row("res.company", row["company_id"])["currency_id"])
