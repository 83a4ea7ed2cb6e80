"""An import that did not finish, and Amazon changed the order before the next one: what lands is the newer version."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from clients.odoo.orders import create_orders
from domain.errors import RetryLater
from domain.odoo import CreateOrder, Unchanged
from domain.order import Order
from tests import builders
from tests.builders import an_address, part
from tests.contract.odoo_desk import Desk, a_desk, a_target, newer
from tests.contract.test_odoo_changes import CUP, MOST_WRITES, MUGS, check_changed, fewer
from tests.odoo.conftest import record

__all__ = ["a_desk", "a_target"]

SHIP_BY = builders.SHIP_BY + timedelta(days=3)


@pytest.fixture(name="ways", params=["bundles", "call by call"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "call by call":
        monkeypatch.setattr("clients.odoo.orders.find_action", lambda _odoo: None)
    return str(request.param)


def changed(order: Order, street: str) -> Order:
    """Fewer mugs for less, a discount that was none, another address, and more time to ship."""
    mugs, cup = order.items
    discount = replace(cup, breakdowns=(*cup.breakdowns, part("DISCOUNT", "-2.00")), total=Decimal("15.49"))
    return newer(order, fewer(mugs, 1, "10.00"), discount, address=an_address(lines=(street,)), latest_ship=SHIP_BY)


def test_interrupted_before_any_write_a_newer_version_takes_its_place(desk: Desk, ways: str) -> None:
    recording = record(desk.odoo)
    landed: dict[int, Order] = {}
    for writes in range(MOST_WRITES):
        order = desk.order(MUGS, CUP)
        recording.writes_left = writes
        try:
            whole = desk.land(order)
        except KeyboardInterrupt:
            whole = None
        recording.writes_left = -1
        then = changed(order, f"Neue Str. {writes}")
        sale_order = desk.land(then)
        assert isinstance(sale_order, int), (writes, sale_order)
        assert whole in {None, sale_order}
        assert desk.plan(then) == desk.plan(order) == Unchanged()
        landed[sale_order] = then
        if whole is not None:
            break
    else:
        pytest.fail("an import never ends")
    assert len(landed) == writes + 1 >= (3 if ways == "bundles" else 6)
    check_changed(desk, landed)
    rows = desk.odoo.search_read("sale.order", [("id", "in", list(landed))], ["commitment_date"])
    assert {row["commitment_date"] for row in rows} == {f"{SHIP_BY:%Y-%m-%d %H:%M:%S}"}


def test_the_same_version_finishes_without_a_change(desk: Desk, ways: str) -> None:
    recording = record(desk.odoo)
    for writes in range(1, MOST_WRITES):
        order = desk.order(MUGS, CUP)
        recording.writes_left = writes
        try:
            whole = desk.land(order)
        except KeyboardInterrupt:
            whole = None
        recording.writes_left = -1
        if whole is not None:
            break
        decision = desk.plan(order)
        assert isinstance(decision, CreateOrder)
        left = decision.overtaken
        assert left is None or (left.changed, left.emptied, left.contact, left.address) == ((), (), None, None)
        assert left is None or ways == "call by call"  # a bundle has all lines or none
        sale_order = desk.apply(decision)
        assert isinstance(sale_order, int)
        assert desk.total(sale_order) == "47.49"
        assert desk.moves(sale_order) == [("assigned", 3.0), ("assigned", 1.0)]
    else:
        pytest.fail("an import never ends")


def test_who_comes_late_with_old_knowledge_writes_nothing_over_another_version(desk: Desk, ways: str) -> None:
    order = desk.order(MUGS, CUP)
    late = desk.plan(order)
    assert isinstance(late, CreateOrder)
    then = changed(order, "Neue Str. 1")
    sale_order = desk.land(then)
    assert isinstance(sale_order, int)
    with pytest.raises(RetryLater, match="another attempt brought in the order") as told:
        create_orders(desk.odoo, [late], desk.known.defaults.rounding)
    assert (told.value.counted, told.value.after) == (False, 1.0), ways
    check_changed(desk, {sale_order: then})
    assert desk.plan(order) == desk.plan(then) == Unchanged()
