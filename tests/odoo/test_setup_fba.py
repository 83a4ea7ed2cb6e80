"""The FBA route and the deliveries, as the bot: from the stock at Amazon to done, without stock, without questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from clients.odoo.client import Odoo
from clients.odoo.deliveries import deliver_all
from clients.odoo.installed import installed
from clients.odoo.setup.plan import SetupPlan
from clients.odoo.setup.run import run_setup
from domain.errors import NeedsHuman
from tests.odoo.conftest import BOT, Server

pytestmark = pytest.mark.odoo
CHANGES_SETUP = True

SECOND = "Amazon Tests Two"


def _own_company(odoo: Odoo) -> int:
    return int(odoo.search_read("res.users", [["id", "=", odoo.uid]], ["company_id"])[0]["company_id"][0])


def _product(admin: Odoo, name: str, *, tracking: str = "none") -> int:
    storable: dict[str, Any] = {"type": "product"}
    if "is_storable" in admin.fields("product.template"):
        storable = {"type": "consu", "is_storable": True}
    values = {"name": name, "tracking": tracking, **storable}
    return int(admin.call("product.product", "create", vals_list=[values])[0])


def _confirmed(odoo: Odoo, name: str, company: int, products: Sequence[tuple[int, int]]) -> list[int]:
    """The pickings of a confirmed order of (product, quantity) lines by the FBA route."""
    prefix = "__amazon_sync_tests__"
    route = odoo.first_field("sale.order.line", "route_ids", "route_id")
    odoo.load("res.partner", ["id", "name"], [[f"{prefix}.p_{name}", "Tests"]])
    columns = ["id", "partner_id/id", "company_id/.id", "order_line/id", "order_line/product_id/.id"]
    columns += ["order_line/name", "order_line/product_uom_qty", "order_line/price_unit", f"order_line/{route}/.id"]
    rows = [
        [
            *([f"{prefix}.o_{name}", f"{prefix}.p_{name}", str(company)] if number == 0 else ["", "", ""]),
            *(f"{prefix}.l_{name}_{number}", str(product), "Tests", str(quantity), "10"),
            str(installed(odoo).fba_routes[company]),
        ]
        for number, (product, quantity) in enumerate(products)
    ]
    loaded = odoo.load("sale.order", columns, rows, context={"allowed_company_ids": [company]})
    assert loaded.messages == ()
    assert loaded.ids is not None
    assert odoo.call("sale.order", "action_confirm", ids=list(loaded.ids)) is True
    found = odoo.search_read("sale.order", [["id", "=", loaded.ids[0]]], ["picking_ids", "state"])[0]
    assert found["state"] == "sale"
    pickings: list[int] = found["picking_ids"]
    return pickings


def _states(odoo: Odoo, pickings: Sequence[int]) -> dict[int, str]:
    return {
        found["id"]: found["state"]
        for found in odoo.search_read("stock.picking", [["id", "in", list(pickings)]], ["state"])
    }


def test_the_route_delivers_from_amazons_stock_and_the_bot_validates(odoo_server: Server, bot: Odoo) -> None:
    there = installed(bot)
    company = _own_company(bot)
    goods, service = there.products["sale"], there.products["shipping"]
    pickings = _confirmed(bot, odoo_server.key, company, [(goods, 2), (service, 1), (goods, 3)])
    assert len(pickings) == 1
    picking = bot.search_read("stock.picking", [["id", "=", pickings[0]]], ["location_id", "location_dest_id"])[0]
    assert picking["location_id"][0] == there.fba_locations[company]
    assert picking["location_dest_id"][0] == there.customers
    assert deliver_all(bot, pickings) == {pickings[0]: None}
    assert _states(bot, pickings) == {pickings[0]: "done"}
    lines = bot.search_read("sale.order.line", [["move_ids.picking_id", "in", pickings]], ["qty_delivered"], order="id")
    assert [line["qty_delivered"] for line in lines] == [2.0, 3.0]
    assert deliver_all(bot, pickings) == {pickings[0]: None}


def test_one_blocked_delivery_never_stops_another(odoo_server: Server, admin: Odoo, bot: Odoo) -> None:
    company = _own_company(bot)
    goods = installed(bot).products["sale"]
    key = odoo_server.key
    storable = _confirmed(bot, f"{key}a", company, [(_product(admin, f"Storable {key}"), 2), (goods, 1)])
    lots = _confirmed(bot, f"{key}b", company, [(_product(admin, f"Lots {key}", tracking="lot"), 1)])
    plain = _confirmed(bot, f"{key}c", company, [(goods, 1)])
    cancelled = _confirmed(bot, f"{key}d", company, [(goods, 1)])
    admin.call("stock.picking", "action_cancel", ids=cancelled)
    everything = [*storable, *lots, *plain, *cancelled]
    outcomes = deliver_all(bot, everything)
    assert set(outcomes) == set(everything)
    assert [outcomes[picking] for picking in (*storable, *plain)] == [None, None]
    for picking, word in ((lots[0], "lots or serial numbers"), (cancelled[0], "was cancelled in Odoo")):
        blocked = outcomes[picking]
        assert isinstance(blocked, NeedsHuman)
        assert blocked.code == "delivery_blocked"
        assert word in blocked.reason
    assert _states(bot, everything) == {
        storable[0]: "done",
        lots[0]: "confirmed",
        plain[0]: "done",
        cancelled[0]: "cancel",
    }


def test_a_second_company_has_stock_and_route_of_its_own(odoo_server: Server, admin: Odoo) -> None:
    if not admin.search_read("res.company", [["name", "=", SECOND]], ["id"]):
        admin.call("res.company", "create", vals_list=[{"name": SECOND}])
    company = admin.search_read("res.company", [["name", "=", SECOND]], ["id"])[0]["id"]
    if not admin.search_read("stock.warehouse", [["company_id", "=", company]], ["id"]):
        values = {"name": SECOND, "code": "AMZT2", "company_id": company}
        admin.call("stock.warehouse", "create", vals_list=[values])
    first = admin.search_read("res.company", [["id", "=", _own_company(admin)]], ["name"])[0]
    plan = SetupPlan(companies=(first["name"], SECOND), bot=BOT)
    run_setup(admin, plan)
    assert run_setup(admin, plan).changed == ()
    bot = odoo_server.bot()
    there = installed(bot)
    assert there.fba_locations[company] != there.fba_locations[first["id"]]
    pickings = _confirmed(bot, f"{odoo_server.key}z", company, [(there.products["sale"], 1)])
    found = bot.search_read("stock.picking", [["id", "in", pickings]], ["location_id", "company_id"])
    assert [(one["location_id"][0], one["company_id"][0]) for one in found] == [(there.fba_locations[company], company)]
    assert deliver_all(bot, pickings) == dict.fromkeys(pickings)
    bot.close()
