"""load() by external id, on every Odoo: what the exactly-once promise stands on."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from clients.odoo.client import Loaded, Odoo
from clients.odoo.errors import OdooRefused
from domain.errors import Conflict, SyncError
from tests.contract.odoo_targets import Shop, a_shop, a_target, connected  # noqa: F401  # fixtures

FIELDS = [
    "id", "partner_id/.id", "date_order", "client_order_ref",
    "order_line/id", "order_line/product_id/.id", "order_line/name", "order_line/product_uom_qty",
    "order_line/price_unit",
]  # fmt: skip


class Case:
    """An order of two lines as rows."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.partner, self.goods, self.service = shop.partner(), shop.goods(taxes_id=[]), shop.service(taxes_id=[])
        self.rows: list[list[Any]] = [
            [shop.xid("order"), str(self.partner), "2026-01-02 03:04:05", f"REF-{shop.key}",
             shop.xid("line1"), str(self.goods), "Line 1", "3", "9.99"],
            ["", "", "", "", shop.xid("line2"), str(self.service), "Line 2", "1", "4.5"],
        ]  # fmt: skip

    def without_line_ids(self) -> tuple[list[str], list[list[Any]]]:
        return [name for name in FIELDS if name != "order_line/id"], [row[:4] + row[5:] for row in self.rows]

    def changed(self) -> list[list[Any]]:
        first = [*self.rows[0][:2], "2026-02-02 00:00:00", "CHANGED", *self.rows[0][4:6], "Line 1 changed", "5", "1.0"]
        return [first, self.rows[1]]

    def orders(self) -> list[int]:
        found = self.shop.odoo.search_read("sale.order", [["partner_id", "=", self.partner]], ["id"])
        return [row["id"] for row in found]

    def state(self, order: int) -> dict[str, Any]:
        head = self.shop.read("sale.order", order, "date_order", "client_order_ref", "amount_total", "write_date")
        return head | {"lines": self.shop.lines(order, "id", "name", "product_uom_qty", "price_unit", "price_total")}


@pytest.fixture
def case(shop: Shop) -> Case:
    return Case(shop)


def ids(loaded: Loaded) -> list[int]:
    assert loaded.messages == ()
    assert loaded.ids is not None
    return list(loaded.ids)


def test_an_order_its_lines_and_their_ids_come_in_one_call(odoo: Odoo, case: Case) -> None:
    (order,) = ids(odoo.load("sale.order", FIELDS, case.rows))
    state = case.state(order)
    assert (state["date_order"], state["client_order_ref"]) == ("2026-01-02 03:04:05", f"REF-{case.shop.key}")
    assert state["amount_total"] == 34.47
    shown = [(row["name"], row["product_uom_qty"], row["price_unit"], row["price_total"]) for row in state["lines"]]
    assert shown == [("Line 1", 3.0, 9.99, 29.97), ("Line 2", 1.0, 4.5, 4.5)]
    assert odoo.ref(case.shop.xid("order")) == order
    assert [odoo.ref(case.shop.xid(name)) for name in ("line1", "line2")] == [row["id"] for row in state["lines"]]
    named = odoo.call("sale.order", "get_external_id", ids=[order])
    assert named == {str(order): case.shop.xid("order")}


def test_a_repeat_gives_the_same_id_and_changes_nothing(odoo: Odoo, case: Case) -> None:
    (order,) = ids(odoo.load("sale.order", FIELDS, case.rows))
    before = case.state(order)
    assert ids(odoo.load("sale.order", FIELDS, case.rows)) == [order]
    assert ids(odoo.load("sale.order", FIELDS, case.changed())) == [order]
    fields, rows = case.without_line_ids()
    assert ids(odoo.load("sale.order", fields, rows)) == [order]
    assert case.state(order) == before
    assert case.orders() == [order]


def test_an_update_writes_the_lines_it_finds_by_id(odoo: Odoo, case: Case) -> None:
    (order,) = ids(odoo.load("sale.order", FIELDS, case.rows))
    lines = [row["id"] for row in case.state(order)["lines"]]
    assert ids(odoo.load("sale.order", FIELDS, case.changed(), update=True)) == [order]
    state = case.state(order)
    assert (state["date_order"], state["client_order_ref"]) == ("2026-02-02 00:00:00", "CHANGED")
    assert [row["id"] for row in state["lines"]] == lines
    shown = [(row["name"], row["product_uom_qty"], row["price_unit"]) for row in state["lines"]]
    assert shown == [("Line 1 changed", 5.0, 1.0), ("Line 2", 1.0, 4.5)]
    assert ids(odoo.load("sale.order", FIELDS, case.rows)) == [order]
    assert case.state(order)["client_order_ref"] == "CHANGED", "after an update the record is still protected"


def test_the_default_context_updates_and_doubles_lines_without_ids(case: Case, shop: Shop) -> None:
    answer = shop.load("sale.order", FIELDS, case.rows, tz="UTC")
    (order,) = answer["ids"]
    assert shop.load("sale.order", FIELDS, case.changed(), tz="UTC")["ids"] == [order]
    assert case.state(order)["client_order_ref"] == "CHANGED"
    fields, rows = case.without_line_ids()
    assert shop.load("sale.order", fields, rows, tz="UTC")["ids"] == [order]
    assert len(case.state(order)["lines"]) == 4


def test_protection_is_a_property_of_the_external_id_not_of_the_call(shop: Shop) -> None:
    row = [shop.xid("open"), f"First {shop.key}"]
    (partner,) = shop.load("res.partner", ["id", "name"], [row])["ids"]
    row[1] = f"Second {shop.key}"
    assert shop.load("res.partner", ["id", "name"], [row], mode="update", noupdate=True)["ids"] == [partner]
    assert shop.read("res.partner", partner, "name") == {"name": f"Second {shop.key}"}


def test_one_bad_row_rolls_back_the_batch_and_is_named(odoo: Odoo, shop: Shop) -> None:
    rows = [[shop.xid("good"), f"Good {shop.key}", "delivery"], [shop.xid("bad"), f"Bad {shop.key}", "nonsense"]]
    loaded = odoo.load("res.partner", ["id", "name", "type"], rows)
    assert loaded.ids is None
    assert [(message.kind, message.record, message.field) for message in loaded.messages] == [("error", 1, "type")]
    assert loaded.messages[0].text == "Value 'nonsense' not found in selection field 'Address Type'"
    assert odoo.ref(shop.xid("good")) is None
    assert odoo.search_read("res.partner", [["name", "like", shop.key]], ["id"]) == []


def test_a_contact_with_its_address_then_an_order_that_names_both(odoo: Odoo, shop: Shop) -> None:
    fields = ["id", "name", "child_ids/id", "child_ids/name", "child_ids/type", "child_ids/street"]
    row = [shop.xid("contact"), "Contact", shop.xid("address"), "Receiver", "delivery", "Street 1"]
    (contact,) = ids(odoo.load("res.partner", fields, [row]))
    address = odoo.ref(shop.xid("address"))
    assert shop.read("res.partner", int(address or 0), "parent_id") == {"parent_id": [contact, "Contact"]}
    order_row = [shop.xid("order"), shop.xid("contact"), shop.xid("address")]
    (order,) = ids(odoo.load("sale.order", ["id", "partner_id/id", "partner_shipping_id/id"], [order_row]))
    assert shop.read("sale.order", order, "partner_id", "partner_invoice_id", "partner_shipping_id") == {
        "partner_id": [contact, "Contact"],
        "partner_invoice_id": [contact, "Contact"],
        "partner_shipping_id": [address, "Contact, Receiver"],
    }


def test_create_with_an_external_id_makes_a_second_record_and_moves_the_id(odoo: Odoo, shop: Shop) -> None:
    vals = {"id": f"created_{shop.key}", "name": f"Created {shop.key}"}
    context = {"_import_current_module": "__contract__"}
    (first,) = odoo.call("res.partner", "create", context=context, vals_list=[vals])
    assert shop.target_of("created") == first
    (second,) = odoo.call("res.partner", "create", context=context, vals_list=[vals])
    assert second != first
    assert shop.target_of("created") == second


def test_eight_threads_load_one_new_key_and_one_record_exists(odoo: Odoo, case: Case) -> None:
    found: list[list[int]] = []
    barrier = threading.Barrier(8)

    def load() -> None:
        barrier.wait()
        for _attempt in range(20):
            try:
                found.append(ids(odoo.load("sale.order", FIELDS, case.rows)))
            except Conflict:
                continue
            return

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({one for each in found for one in each}) == 1
    assert case.orders() == found[0]
    assert len(case.state(found[0][0])["lines"]) == 2


def test_date_times_are_read_in_the_zone_of_the_context(shop: Shop) -> None:
    partner = shop.partner()
    for zone, expected in (("UTC", "2026-07-01 12:00:00"), ("Europe/Paris", "2026-07-01 10:00:00")):
        row = [shop.xid(f"zone_{zone[:3]}"), str(partner), "2026-07-01 12:00:00"]
        (order,) = shop.load("sale.order", ["id", "partner_id/.id", "date_order"], [row], tz=zone)["ids"]
        assert shop.read("sale.order", order, "date_order") == {"date_order": expected}


def test_labels_booleans_and_empty_cells(odoo: Odoo, shop: Shop) -> None:
    label = dict(odoo.fields("res.partner")["type"].selection)["delivery"]
    row = [shop.xid("cells"), f"Cells {shop.key}", label, "1", "", None, False]
    fields = ["id", "name", "type", "is_company", "street", "city", "zip"]
    (partner,) = ids(odoo.load("res.partner", fields, [row]))
    expected = {"type": "delivery", "is_company": True, "street": False, "city": False, "zip": False}
    assert shop.read("res.partner", partner, *expected) == expected


def test_many2many_cells_are_lists_of_ids_and_an_empty_one_means_none(odoo: Odoo, shop: Shop) -> None:
    one, two = shop.tax(5, included=False), shop.tax(7, included=False)
    product, partner = shop.goods(), shop.partner()
    fields = ["id", "partner_id/.id", "order_line/product_id/.id", f"order_line/{shop.taxes}/.id"]
    for name, cell, expected in (("both", f"{one},{two}", [one, two]), ("none", "", [])):
        (order,) = ids(odoo.load("sale.order", fields, [[shop.xid(name), str(partner), str(product), cell]]))
        assert [sorted(row[shop.taxes]) for row in shop.lines(order, shop.taxes)] == [expected]


def test_a_deleted_record_can_be_loaded_again(odoo: Odoo, shop: Shop) -> None:
    row = [shop.xid("again"), f"Again {shop.key}"]
    (first,) = ids(odoo.load("res.partner", ["id", "name"], [row]))
    assert odoo.call("res.partner", "unlink", ids=[first]) is True
    assert odoo.ref(shop.xid("again")) is None
    (second,) = ids(odoo.load("res.partner", ["id", "name"], [row]))
    assert second > first
    assert odoo.ref(shop.xid("again")) == second


def test_an_external_id_is_unique(odoo: Odoo, shop: Shop) -> None:
    partner = shop.partner()
    named = {"module": "__contract__", "name": f"unique_{shop.key}", "model": "res.partner", "res_id": partner}
    shop.create("ir.model.data", **named)
    with pytest.raises(SyncError) as refused:
        shop.create("ir.model.data", **{**named, "res_id": 1})
    assert isinstance(refused.value, (OdooRefused, Conflict))
    assert odoo.ref(shop.xid("unique")) == partner
