from __future__ import annotations

from typing import Any

import pytest

from clients.odoo.client import Odoo
from clients.odoo.deliveries import deliver_all
from clients.odoo.errors import OdooRefused
from clients.odoo.order_work import QUIET
from domain.errors import NeedsHuman, OutcomeUnknown
from tests.unit.clients_odoo.fakes import FakeTransport, fake_odoo

NEW = ("quantity", "picked")


class Warehouse:
    """Pickings with one move each (id = ten times the picking's); validating a picking in `refusing` is refused."""

    def __init__(self, states: dict[int, str], fields: tuple[str, ...] = NEW) -> None:
        self.states = dict(states)
        self.tracking: dict[int, str] = {}
        self.quantity: dict[int, float] = {}
        self.reserved: dict[int, float] = {}
        self.picked: set[int] = set()
        self.refusing: set[int] = set()
        self.asking: set[int] = set()
        self.fields = fields

    def odoo(self) -> tuple[Odoo, FakeTransport]:
        return fake_odoo(
            {
                "stock.picking.search_read": lambda _ids, named: self._pickings(named["domain"][0][2]),
                "stock.move.search_read": lambda _ids, named: self._moves(named["domain"][0][2]),
                "stock.move.fields_get": {name: {"type": "float"} for name in self.fields},
                "stock.move.write": True,
                "stock.picking.button_validate": lambda ids, _named: self._validate(ids),
            }
        )

    def _pickings(self, ids: list[int]) -> list[dict[str, Any]]:
        return [{"id": one, "name": f"OUT/{one}", "state": self.states[one]} for one in ids if one in self.states]

    def _moves(self, ids: list[int]) -> list[dict[str, Any]]:
        return [
            {
                "id": one * 10,
                "picking_id": [one, f"OUT/{one}"],
                "product_uom_qty": self.quantity.get(one, 1.0),
                "has_tracking": self.tracking.get(one, "none"),
                **dict(zip(self.fields, (self.reserved.get(one, 0.0), one in self.picked), strict=False)),
            }
            for one in ids
        ]

    def _validate(self, ids: list[int]) -> bool | dict[str, Any]:
        if self.refusing & set(ids):
            raise OdooRefused("odoo_refused", "stock.picking.button_validate: no", "Correct it.")
        if self.asking & set(ids):
            return {"type": "ir.actions.act_window"}
        self.states.update(dict.fromkeys(ids, "done"))
        return True


def _asked(transport: FakeTransport, method: str) -> list[tuple[list[int] | None, dict[str, Any]]]:
    return [(ids, named) for name, ids, named, _context in transport.asked if name == method]


def test_all_go_in_one_batch_with_a_write_per_quantity() -> None:
    warehouse = Warehouse({1: "assigned", 2: "confirmed", 3: "assigned"})
    warehouse.quantity[2] = 4.0
    odoo, transport = warehouse.odoo()
    assert deliver_all(odoo, [1, 2, 3]) == {1: None, 2: None, 3: None}
    assert _asked(transport, "stock.move.write") == [
        ([10, 30], {"vals": {"quantity": 1.0, "picked": True}}),
        ([20], {"vals": {"quantity": 4.0, "picked": True}}),
    ]
    assert _asked(transport, "stock.picking.button_validate") == [([1, 2, 3], {})]
    questions = {"skip_backorder": True, "skip_immediate": True, "skip_sms": True, "skip_expired": True}
    contexts = [context for name, *_rest, context in transport.asked if name.endswith("button_validate")]
    assert contexts == [{**QUIET, **questions}]


@pytest.mark.parametrize("picked", [set[int](), {1}])
def test_what_is_reserved_in_full_needs_no_write(picked: set[int]) -> None:
    warehouse = Warehouse({1: "assigned", 2: "assigned"})
    warehouse.reserved, warehouse.picked = {1: 1.0, 2: 0.5}, picked
    odoo, transport = warehouse.odoo()
    assert deliver_all(odoo, [1, 2]) == {1: None, 2: None}
    assert _asked(transport, "stock.move.write") == [([20], {"vals": {"quantity": 1.0, "picked": True}})]
    assert _asked(transport, "stock.picking.button_validate") == [([1, 2], {})]


def test_old_versions_count_what_is_done() -> None:
    odoo, transport = Warehouse({1: "assigned"}, fields=("quantity_done",)).odoo()
    assert deliver_all(odoo, [1]) == {1: None}
    assert _asked(transport, "stock.move.write") == [([10], {"vals": {"quantity_done": 1.0}})]


def test_the_culprit_alone_is_blocked() -> None:
    warehouse = Warehouse({1: "assigned", 2: "assigned", 3: "assigned"})
    warehouse.refusing = {2}
    odoo, transport = warehouse.odoo()
    outcomes = deliver_all(odoo, [1, 2, 3])
    blocked = outcomes.pop(2)
    assert outcomes == {1: None, 3: None}
    assert isinstance(blocked, NeedsHuman)
    assert (blocked.code, blocked.reason, blocked.remedy) == (
        "delivery_blocked",
        "delivery OUT/2: stock.picking.button_validate: no",
        "Correct it.",
    )
    assert warehouse.states == {1: "done", 2: "assigned", 3: "done"}
    assert [ids for ids, _ in _asked(transport, "stock.picking.button_validate")] == [[1, 2, 3], [1], [2], [3]]


@pytest.mark.parametrize("tracking", ["lot", "serial"])
def test_lots_are_for_a_person_and_nothing_is_written(tracking: str) -> None:
    warehouse = Warehouse({1: "confirmed"})
    warehouse.tracking[1] = tracking
    odoo, transport = warehouse.odoo()
    blocked = deliver_all(odoo, [1])[1]
    assert isinstance(blocked, NeedsHuman)
    assert (blocked.code, blocked.reason) == (
        "delivery_blocked",
        "delivery OUT/1 has products with lots or serial numbers",
    )
    assert transport.methods == ["stock.picking.search_read", "stock.move.fields_get", "stock.move.search_read"]


def test_what_is_done_cancelled_or_gone_is_not_touched() -> None:
    odoo, transport = Warehouse({1: "done", 2: "cancel"}).odoo()
    outcomes = deliver_all(odoo, [1, 2, 3])
    assert outcomes[1] is None
    reasons = [outcome.reason for outcome in (outcomes[2], outcomes[3]) if outcome is not None]
    assert reasons == ["delivery OUT/2 was cancelled in Odoo", "the delivery is gone"]
    assert transport.methods == ["stock.picking.search_read"]


def test_a_question_of_odoos_is_not_taken_for_done() -> None:
    warehouse = Warehouse({1: "assigned", 2: "assigned"})
    warehouse.asking = {1}
    odoo, _ = warehouse.odoo()
    blocked = deliver_all(odoo, [1])[1]
    assert isinstance(blocked, NeedsHuman)
    assert blocked.reason == "delivery OUT/1 is still assigned: Odoo asks something"


def test_a_lost_answer_is_raised_and_the_next_run_looks_first() -> None:
    warehouse = Warehouse({1: "assigned"})
    odoo, transport = warehouse.odoo()
    lost = OutcomeUnknown("the answer was lost")
    transport.answers = {**transport.answers, "stock.picking.button_validate": lost}
    with pytest.raises(OutcomeUnknown):
        deliver_all(odoo, [1])
    warehouse.states[1] = "done"
    assert deliver_all(odoo, [1]) == {1: None}
    assert len(_asked(transport, "stock.picking.button_validate")) == 1


def test_no_pickings_cost_no_call() -> None:
    odoo, transport = Warehouse({}).odoo()
    assert deliver_all(odoo, []) == {}
    assert transport.asked == []
