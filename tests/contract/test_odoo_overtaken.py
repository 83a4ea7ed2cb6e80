"""Another worker has the same order, and is quicker at one step: the order is whole, and nobody is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from clients.odoo.bundle import CALLS
from clients.odoo.client import Odoo, Transport
from clients.odoo.errors import Call
from tests.builders import an_item, part
from tests.contract.odoo_desk import Desk, a_desk, a_target

__all__ = ["a_desk", "a_target"]


@dataclass
class Overtaken:
    """A transport before which the administrator confirms the orders that are to be confirmed."""

    inner: Transport
    admin: Odoo
    times: int = 0
    name: str = "overtaken"

    def call(
        self, call: Call, ids: Sequence[int] | None, context: Mapping[str, Any] | None, named: Mapping[str, Any]
    ) -> Any:
        bundled = [one for one in (context or {}).get(CALLS, ()) if one["method"] == "action_confirm"]
        due = list(ids or ()) if call.method == "action_confirm" else [one for made in bundled for one in made["ids"]]
        numbers = [one for one in due if isinstance(one, int)]  # what a bundle creates itself nobody else can see yet
        if numbers:
            self.times += 1
            drafts = self.admin.search_read("sale.order", [("id", "in", numbers), ("state", "=", "draft")], ["state"])
            if drafts:
                self.admin.call("sale.order", "action_confirm", ids=[drafts[0]["id"]])
        return self.inner.call(call, ids, context, named)


@pytest.mark.parametrize("bundles", [True, False])
def test_orders_that_another_worker_confirms_first_are_imported(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, bundles: bool
) -> None:
    if not bundles:
        monkeypatch.setattr("clients.odoo.orders.find_action", lambda _odoo: None)
    orders = [desk.order(an_item(part("ITEM", "30.00"), quantity=3)) for _ in range(3)]
    inner = desk.odoo._transport
    overtaken = Overtaken(inner, desk.admin)
    desk.odoo._transport = overtaken
    try:
        made = desk.land_all(orders)
    finally:
        desk.odoo._transport = inner
    assert (overtaken.times > 0) is (desk.old or not bundles)
    ids = [one for one in made if isinstance(one, int)]
    assert len(ids) == 3, made
    rows = desk.odoo.search_read(
        "sale.order", [("id", "in", ids)], ["state", "picking_ids", "x_amazon_last_update", "amount_total"]
    )
    for row in rows:
        assert (row["state"], len(row["picking_ids"]), f"{row['amount_total']:.2f}") == ("sale", 1, "30.00")
        assert row["x_amazon_last_update"] == f"{orders[0].updated:%Y-%m-%d %H:%M:%S}"
