"""What the list of accounts counts, on simulated and real servers; Odoo computes it when somebody looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from clients.odoo.client import Connection, connect
from clients.odoo.setup.run import run_setup
from clients.odoo.setup.schema import ACCOUNT, FIELDS, ISSUE
from tests.builders import an_item
from tests.contract.odoo_desk import Desk, a_desk, a_target
from tests.contract.odoo_targets import Target
from tests.contract.test_odoo_cancel_requests import user
from tests.odoo.conftest import PLAN
from tests.servers import secret

__all__ = ["a_desk", "a_target"]

COUNTS = ["x_orders", "x_untold", "x_attention"]


@pytest.fixture(name="account")
def an_account_of_its_own(desk: Desk) -> Iterator[int]:
    """The account as setup would show it; it is gone afterwards, with what was made for it."""
    key = desk.account.key
    (record,) = desk.admin.call(ACCOUNT, "create", vals_list=[{"x_name": key, "x_key": key}])
    yield record
    desk.admin.call(ACCOUNT, "unlink", ids=[record])
    issues = desk.admin.search_read(ISSUE, [("x_name", "=", key)], ["id"])
    if issues:
        desk.admin.call(ISSUE, "unlink", ids=[row["id"] for row in issues])


def counted(desk: Desk, account: int) -> list[int]:
    (row,) = desk.odoo.search_read(ACCOUNT, [("id", "=", account)], COUNTS)
    return [row[name] for name in COUNTS]


def test_an_account_shows_how_much_of_it_is_there(desk: Desk, account: int) -> None:
    key = desk.account.key
    assert counted(desk, account) == [0, 0, 0]
    numbers = [desk.land(desk.order(an_item())) for _ in range(2)]
    pickings = desk.admin.search_read("stock.picking", [("sale_id", "in", numbers)], ["id"], order="id")
    for picking, status in zip(pickings, ["error", "done"], strict=True):
        desk.admin.call("stock.picking", "write", ids=[picking["id"]], vals={"x_amazon_sync_status": status})
    issues: list[dict[str, Any]] = [
        {"x_name": key, "x_account": account_key, "x_state": state}
        for account_key, state in ((key, "open"), (key, "retry"), (key, "done"), (f"{key}-other", "open"))
    ]
    desk.admin.call(ISSUE, "create", vals_list=issues)
    assert counted(desk, account) == [2, 1, 2]


def test_who_may_see_the_list_may_see_its_counts(desk: Desk, target: Target, account: int) -> None:
    """An administrator of the settings may see neither sales nor transfers."""
    number, login = user(desk, "base.group_system")
    desk.admin.call("res.users", "write", ids=[number], vals={"password": "counts-1-counts"})
    key = secret(target.url, login, "counts-1-counts")
    orders, *others = counted(desk, account)
    desk.land(desk.order(an_item()))
    with closing(connect(Connection(target.url, target.database, login, key))) as somebody:
        assert counted(replace(desk, odoo=somebody), account) == [orders + 1, *others]


def test_a_count_is_nobodys_to_write(desk: Desk) -> None:
    fields = desk.odoo.fields(ACCOUNT)
    assert [(fields[name].type, fields[name].readonly) for name in COUNTS] == [("integer", True)] * 3


def test_setup_brings_a_changed_count_up_to_date(desk: Desk) -> None:
    seed = next(seed for seed in FIELDS if seed.name == "x_orders")
    domain = [("model", "=", ACCOUNT), ("name", "=", seed.name)]
    (field,) = desk.admin.search_read("ir.model.fields", domain, ["compute"])
    assert field["compute"] == seed.compute
    older = seed.compute.replace("sale.order", "stock.picking")
    desk.admin.call("ir.model.fields", "write", ids=[field["id"]], vals={"compute": older})
    changed = run_setup(desk.admin, PLAN).changed
    assert [step.what for step in changed] == [f"field {ACCOUNT}.x_orders"]
    (field,) = desk.admin.search_read("ir.model.fields", domain, ["compute"])
    assert field["compute"] == seed.compute
    assert run_setup(desk.admin, PLAN).changed == ()
