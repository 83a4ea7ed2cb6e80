"""The connector's own work on one database, as the bot and without the fleet: orders in, changes after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from clients.odoo.changes import cancel_orders, change_orders, update_orders
from clients.odoo.client import Connection, Odoo, connect
from clients.odoo.facts import Reference, account_facts, order_facts, reference
from clients.odoo.orders import create_orders
from domain.account import Account
from domain.errors import NeedsHuman
from domain.odoo import CancelOrder, CreateOrder, Plan, UpdateOrder, UpdateStatus
from domain.order import Order
from mappers.sale_order import plan
from tests.builders import an_account, an_order
from tests.contract.odoo_targets import TARGETS, Target, a_target
from tests.odoo.conftest import BOT, PLAN
from tests.servers import secret, set_up

__all__ = ["TARGETS", "Desk", "a_desk", "a_target"]


@dataclass(frozen=True)
class Desk:
    """`admin` and the bot (`odoo`) of a database in which setup has run; the account's name is new."""

    admin: Odoo
    odoo: Odoo
    account: Account
    known: Reference

    @property
    def old(self) -> bool:
        """Whether this is a 14."""
        return self.odoo.version[0] < 19

    def plan(self, order: Order) -> Plan:
        """What is decided about `order` from what is in Odoo now."""
        (decision,) = self.plans([order])
        return decision

    def plans(self, orders: Sequence[Order]) -> list[Plan]:
        """What is decided about each of `orders`, from one look into Odoo."""
        about = {self.account.key: account_facts(self.odoo, self.account, self.known)}
        facts = order_facts(self.odoo, [(self.account, order) for order in orders], about, self.known)
        return [plan(self.account, order, one) for order, one in zip(orders, facts, strict=True)]

    def apply(self, decision: Plan) -> int | NeedsHuman:
        rounding = self.known.defaults.rounding
        match decision:
            case CreateOrder():
                return create_orders(self.odoo, [decision], rounding)[0]
            case UpdateOrder():
                return change_orders(self.odoo, [decision], rounding)[0]
            case UpdateStatus():
                return update_orders(self.odoo, [decision])[0]
            case CancelOrder():
                return cancel_orders(self.odoo, [decision])[0]
            case _:
                raise AssertionError(f"nothing to apply: {decision}")

    def land(self, order: Order) -> int | NeedsHuman:
        return self.apply(self.plan(order))

    def land_all(self, orders: Sequence[Order]) -> list[int | NeedsHuman]:
        """Import new orders in one batch."""
        decisions = self.plans(orders)
        made = [one for one in decisions if isinstance(one, CreateOrder)]
        assert len(made) == len(orders)
        return create_orders(self.odoo, made, self.known.defaults.rounding)

    def order(self, *items: Any, **changes: Any) -> Order:
        """An order nobody has used before."""
        number = uuid4().hex[:10]
        fresh = tuple(replace(item, item_id=f"{number}{place}") for place, item in enumerate(items, start=1))
        return an_order(*fresh, order_id=f"302-{number}", **changes)

    def lines(self, sale_order: int) -> dict[str, float]:
        """Quantities by item (1, 2 …) and kind."""
        return self.lines_of([sale_order])[sale_order]

    def lines_of(self, sale_orders: Sequence[int]) -> dict[int, dict[str, float]]:
        rows = self._of("sale.order.line", "order_id", sale_orders, "product_uom_qty")
        names = self.odoo.call("sale.order.line", "get_external_id", ids=[row["id"] for row in rows])
        told: dict[int, dict[str, float]] = {sale_order: {} for sale_order in sale_orders}
        for row in rows:
            item, _, kind = names[str(row["id"])].rpartition(f"item_{self.account.key}_")[2].partition("_")
            named = kind if kind == "rounding" else f"{item[-1]} {kind}"
            told[row["order_id"][0]][named] = row["product_uom_qty"]
        return told

    def total(self, sale_order: int) -> str:
        return self.totals_of([sale_order])[sale_order]

    def totals_of(self, sale_orders: Sequence[int]) -> dict[int, str]:
        rows = self._of("sale.order", "id", sale_orders, "amount_total")
        return {row["id"]: f"{row['amount_total']:.2f}" for row in rows}

    def moves(self, sale_order: int) -> list[tuple[str, float]]:
        domain = [("sale_line_id.order_id", "=", sale_order)]
        rows = self.odoo.search_read("stock.move", domain, ["state", "product_uom_qty"], order="id")
        return [(row["state"], row["product_uom_qty"]) for row in rows]

    def moves_of(self, sale_orders: Sequence[int]) -> dict[int, list[tuple[str, float]]]:
        """State and quantity of what is to be sent, by sale order."""
        lines = self._of("sale.order.line", "order_id", sale_orders)
        order_of = {line["id"]: line["order_id"][0] for line in lines}
        rows = self._of("stock.move", "sale_line_id", sorted(order_of), "state", "product_uom_qty")
        told: dict[int, list[tuple[str, float]]] = {sale_order: [] for sale_order in sale_orders}
        for row in rows:
            told[order_of[row["sale_line_id"][0]]].append((row["state"], row["product_uom_qty"]))
        return told

    def _of(self, model: str, field: str, ids: Sequence[int], *fields: str) -> list[dict[str, Any]]:
        return self.odoo.search_read(model, [(field, "in", list(ids))], [field, *fields], order="id")


def newer(order: Order, *items: Any, minutes: int = 5, **changes: Any) -> Order:
    """The next version of `order`; `items` take the place of its items, in their order."""
    return replace(
        order,
        **changes,
        items=items or order.items,
        grand_total=None,
        updated=order.updated + timedelta(minutes=minutes),
    )


@pytest.fixture(scope="module", name="desk")
def a_desk(target: Target) -> Iterator[Desk]:
    admin = connect(Connection(target.url, target.database, target.login, target.key))
    set_up(admin, target.url, PLAN, "desk")
    bot = connect(Connection(target.url, target.database, BOT.login, secret(target.url, BOT.login, BOT.password)))
    (company,) = admin.search_read("res.company", [("id", "=", 1)], ["name"])
    account = an_account(key=f"desk-{uuid4().hex[:6]}", company=company["name"])
    yield Desk(admin, bot, account, reference(bot))
    bot.close()
    admin.close()
