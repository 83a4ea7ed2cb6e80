"""A currency that Odoo does not use yet, on every Odoo: who may activate it, and what an order in it becomes."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import fakeredis
import pytest
from typing_extensions import override

from clients.odoo.client import Connection
from clients.odoo.currencies import activate_currencies
from clients.odoo.facts import reference
from clients.odoo.setup.run import run_setup
from clients.odoo.setup.schema import BOT_GROUP, CURRENCY_ACCESS
from domain.errors import AccountBroken, NeedsHuman, RetryLater
from domain.marketplace import MARKETPLACES
from domain.money import decimals
from domain.order import Order, OrderRef
from domain.outcome import Outcome, OutcomeKind
from domain.parked import UNKNOWN_CURRENCY
from state.lanes import Lanes
from state.locks import Locks
from sync.database import Database
from sync.import_orders import OrderImport
from sync.read_order import OrderSource
from tests.builders import an_item, part
from tests.contract.odoo_desk import Desk, a_desk, a_target
from tests.contract.odoo_targets import Target
from tests.odoo.conftest import BOT, PLAN
from tests.servers import secret
from worker.bootstrap import utc_now

__all__ = ["a_desk", "a_target"]


@dataclass(frozen=True)
class Inactive:
    """An inactive currency that nobody has used."""

    desk: Desk
    code: str
    odoo_id: int

    def active(self) -> bool:
        domain = [("id", "=", self.odoo_id)]
        (row,) = self.desk.admin.search_read("res.currency", domain, ["active"], context={"active_test": False})
        return bool(row["active"])

    def pricelists(self) -> list[str]:
        found = self.desk.admin.search_read("product.pricelist", [("currency_id", "=", self.odoo_id)], ["name"])
        return [one["name"] for one in found]


def withdraw_rights(desk: Desk) -> None:
    """Take from the bots what setup gave them for currencies: others share the server."""
    names = [f"access_{model.replace('.', '_')}_{BOT_GROUP}" for model, _ in CURRENCY_ACCESS]
    domain = [("module", "=", "__amazon_sync__"), ("name", "in", names)]
    granted = [one["res_id"] for one in desk.admin.search_read("ir.model.data", domain, ["res_id"])]
    if granted:
        desk.admin.call("ir.model.access", "unlink", ids=granted)


@pytest.fixture(name="inactive")
def an_inactive_currency(desk: Desk) -> Iterator[Inactive]:
    withdraw_rights(desk)
    there = {
        one["name"] for one in desk.admin.search_read("res.currency", [], ["name"], context={"active_test": False})
    }
    codes = (f"Q{a}{b}" for a in string.ascii_uppercase for b in string.ascii_uppercase)
    code = random.choice([one for one in codes if one not in there])
    values: dict[str, Any] = {"name": code, "symbol": code, "rounding": 0.01, "active": False}
    (currency,) = desk.admin.call("res.currency", "create", vals_list=[values])
    yield Inactive(desk, code, currency)
    withdraw_rights(desk)


def test_a_plain_bot_may_not_and_nothing_is_written(inactive: Inactive) -> None:
    hindrance = activate_currencies(inactive.desk.odoo, [inactive.code])[inactive.code]
    assert isinstance(hindrance, NeedsHuman)
    assert hindrance.code == UNKNOWN_CURRENCY
    assert hindrance.remedy.startswith(f"Run 'python -m worker odoo setup --currency {inactive.code}'")
    assert (inactive.active(), inactive.pricelists()) == (False, [])


def test_with_the_right_from_setup_orders_come_in(inactive: Inactive) -> None:
    run_setup(inactive.desk.admin, replace(PLAN, activate_currencies=True))
    assert run_setup(inactive.desk.admin, replace(PLAN, activate_currencies=True)).changed == ()
    odoo, code = inactive.desk.odoo, inactive.code
    assert activate_currencies(odoo, [code, code]) == {code: None}
    assert (inactive.active(), inactive.pricelists()) == (True, [f"Amazon {code}"])
    assert activate_currencies(odoo, [code]) == {code: None}
    assert inactive.pricelists() == [f"Amazon {code}"]
    desk = replace(inactive.desk, known=reference(odoo))
    sale_order = desk.land(desk.order(an_item(part("ITEM", "19.99"), quantity=3), currency=code))
    assert isinstance(sale_order, int)
    fields = ["currency_id", "amount_total", "state"]
    (row,) = odoo.search_read("sale.order", [("id", "=", sale_order)], fields)
    assert (row["currency_id"][1], row["amount_total"], row["state"]) == (code, 19.99, "sale")


class Kept(OrderSource):
    """A source that has one order at hand."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.forgotten = 0

    @override
    def read_all(self, refs: Sequence[OrderRef]) -> list[Order | NeedsHuman | RetryLater | AccountBroken]:
        return [self.order for _ in refs]

    @override
    def forget(self, *refs: OrderRef) -> None:
        self.forgotten += len(refs)


@pytest.mark.parametrize("may", [False, True])
def test_the_policy_of_the_account_decides(inactive: Inactive, target: Target, may: bool) -> None:
    run_setup(inactive.desk.admin, replace(PLAN, activate_currencies=True))
    desk = inactive.desk
    account = replace(desk.account, policy=replace(desk.account.policy, activate_currencies=may))
    order = desk.order(an_item(part("ITEM", "19.99")), currency=inactive.code)
    database = Database(
        "main", Connection(target.url, target.database, BOT.login, secret(target.url, BOT.login, BOT.password)), utc_now
    )
    store = fakeredis.FakeRedis()
    importer = OrderImport(
        database, {account.key: account}, Kept(order), lanes=Lanes(store), locks=Locks(store), clock=utc_now
    )
    (outcome,) = importer([OrderRef(account=account.key, order_id=order.order_id, updated=order.updated)])
    database.forget()
    found = desk.odoo.search_read("sale.order", [("client_order_ref", "=", order.order_id)], ["amount_total", "state"])
    told = [(one["amount_total"], one["state"]) for one in found]
    if may:
        assert (outcome, told) == (Outcome(OutcomeKind.IMPORTED), [(19.99, "sale")])
        assert (inactive.active(), inactive.pricelists()) == (True, [f"Amazon {inactive.code}"])
    else:
        assert (outcome, told) == (Outcome(OutcomeKind.PARKED, UNKNOWN_CURRENCY), [])
        assert (inactive.active(), inactive.pricelists()) == (False, [])


def test_without_a_price_list_an_order_is_parked(inactive: Inactive) -> None:
    order = inactive.desk.order(an_item(part("ITEM", "19.99")), currency=inactive.code)
    with pytest.raises(NeedsHuman) as raised:
        inactive.desk.plan(order)
    assert raised.value.code == UNKNOWN_CURRENCY
    assert inactive.desk.odoo.search_read("sale.order", [("client_order_ref", "=", order.order_id)], ["id"]) == []


def test_a_currency_odoo_has_never_heard_of(desk: Desk) -> None:
    hindrance = activate_currencies(desk.odoo, ["0X0"])["0X0"]
    assert isinstance(hindrance, NeedsHuman)
    assert hindrance.reason == "the order is in 0X0, a currency that Odoo does not know"


def test_our_decimals_are_odoos(desk: Desk) -> None:
    wanted = sorted({one.currency for one in MARKETPLACES} | {"KWD", "BHD", "OMR"})
    found = desk.odoo.search_read(
        "res.currency", [("name", "in", wanted)], ["name", "decimal_places"], context={"active_test": False}
    )
    assert {one["name"]: one["decimal_places"] for one in found} == {code: decimals(code) for code in wanted}
