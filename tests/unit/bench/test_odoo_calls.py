"""What a call costs the server is booked under its name, whether it is answered or refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.odoo_calls import Counted, Spent
from clients.odoo.errors import Call
from domain.errors import Unavailable
from tests.unit.clients_odoo.fakes import FakeTransport


def test_each_kind_of_call_has_its_own_sum() -> None:
    readings: Iterator[float] = iter([0.0, 0.1, 0.1, 0.4, 0.4, 0.6, 0.6, 0.65])
    answers = {"sale.order.load": {}, "sale.order.action_confirm": Unavailable("away")}
    spent = Spent(orders=5)
    counted = Counted(FakeTransport(answers), lambda: next(readings), spent)
    load = Call("sale.order", "load")
    counted.call(load, None, {"mode": "update"}, {"fields": ["id", "order_line/id"], "data": []})
    counted.call(load, None, {"mode": "init"}, {"fields": ["id", "date_order"], "data": []})
    for _ in range(2):
        with pytest.raises(Unavailable):
            counted.call(Call("sale.order", "action_confirm"), [1], None, {})
    told = spent.milliseconds()
    assert list(told) == ["all", "sale.order.load (update)", "sale.order.action_confirm", "sale.order.load with lines"]
    assert list(told.values()) == pytest.approx([130.0, 60.0, 50.0, 20.0])
    assert spent.calls["sale.order.action_confirm"] == 2
