"""What load() refuses, on every Odoo: named, and nothing written."""

from __future__ import annotations

import pytest

from clients.odoo.client import Loaded, Odoo
from clients.odoo.errors import OdooBug
from domain.errors import SyncError
from tests.contract.odoo_targets import Shop, a_shop, a_target, connected  # noqa: F401  # fixtures


def ids(loaded: Loaded) -> list[int]:
    assert loaded.messages == ()
    assert loaded.ids is not None
    return list(loaded.ids)


REFUSED = [
    (["partner_id/.id"], ["999999999"], "No matching record found for database id '999999999' in field 'Customer'"),
    (["partner_id/.id"], ["zz"], "Invalid database id 'zz' for the field 'Customer'"),
    (["partner_id/id"], ["__no.where"], "No matching record found for external id '__no.where' in field 'Customer'"),
    (["partner_id"], ["No such name"], "No matching record found for name 'No such name' in field 'Customer'"),
    (
        ["partner_id/.id", "date_order"],
        ["1", "soon"],
        "'soon' does not seem to be a valid datetime for field 'Order Date'",
    ),
    (
        ["partner_id/.id", "date_order"],
        ["1", "2026-07-01T12:00:00Z"],
        "'2026-07-01T12:00:00Z' does not seem to be a valid datetime for field 'Order Date'",
    ),
    (
        ["partner_id/.id", "order_line/name", "order_line/product_uom_qty"],
        ["1", "x", "many"],
        "'many' does not seem to be a number for field 'Order Lines/Quantity'",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "cells", "text"), REFUSED, ids=[text[:40] for _, _, text in REFUSED])
def test_cells_that_cannot_be(odoo: Odoo, shop: Shop, fields: list[str], cells: list[str], text: str) -> None:
    loaded = odoo.load("sale.order", ["id", *fields], [[shop.xid("refused"), *cells]])
    assert loaded.ids is None
    assert (loaded.messages[0].kind, loaded.messages[0].record, loaded.messages[0].text) == ("error", 0, text)
    assert odoo.ref(shop.xid("refused")) is None


def test_an_external_id_of_another_model_is_refused(odoo: Odoo, shop: Shop) -> None:
    loaded = odoo.load("sale.order", ["id", "partner_id/id"], [[shop.xid("other"), "base.us"]])
    # Odoo words it by whether the external id is in its cache.
    known = "Invalid external ID base.us: expected model 'res.partner', found 'res.country'"
    unknown = "No matching record found for external id 'base.us' in field 'Customer'"
    assert loaded.ids is None
    assert loaded.messages[0].text in {known, unknown}
    assert odoo.ref(shop.xid("other")) is None


def test_a_many2one_may_be_named_when_the_name_is_found(odoo: Odoo, shop: Shop) -> None:
    partner = shop.partner()
    row = [shop.xid("named"), f"Partner {shop.key}"]
    (order,) = ids(odoo.load("sale.order", ["id", "partner_id"], [row]))
    assert shop.read("sale.order", order, "partner_id") == {"partner_id": [partner, f"Partner {shop.key}"]}


def test_a_missing_required_value_is_named(odoo: Odoo, shop: Shop) -> None:
    loaded = odoo.load("crm.tag", ["id", "name"], [[shop.xid("tag"), ""]])
    (message,) = loaded.messages
    assert (loaded.ids, message.kind, message.field) == (None, "error", "name")
    assert message.text.startswith("Missing required value for the field 'Tag Name' (name)")


def test_a_unique_value_taken_already_is_named(odoo: Odoo, shop: Shop) -> None:
    rows = [[shop.xid("tag1"), f"Tag {shop.key}"], [shop.xid("tag2"), f"Tag {shop.key}"]]
    loaded = odoo.load("crm.tag", ["id", "name"], rows)
    old = "The value for the field 'name' already exists (this is probably 'Tag Name' in the current model)."
    assert loaded.ids is None
    assert [(one.record, one.field, one.text) for one in loaded.messages] == [
        (1, "name", old if shop.old else "Tag name already exists!")
    ]
    assert odoo.ref(shop.xid("tag1")) is None


def test_the_first_record_is_blamed_for_what_is_wrong_with_another_too(odoo: Odoo, shop: Shop) -> None:
    goods, other = shop.goods(), shop.goods()
    drafts = [shop.order({"product_id": goods}) for _ in range(2)]
    fixed = shop.confirmed({"product_id": goods})
    lines = [shop.lines(order, "id")[0]["id"] for order in (drafts[0], fixed, drafts[1])]
    rows = [[str(line), str(other)] for line in lines]
    loaded = odoo.load("sale.order.line", [".id", "product_id/.id"], rows, update=True)
    if shop.old:  # the product of a confirmed line may change there
        assert ids(loaded) == lines
        return
    text = "You cannot modify the product of this order line."
    assert (loaded.ids, [(one.kind, one.record, one.text) for one in loaded.messages]) == (
        None,
        [("error", 0, text), ("error", 1, text)],
    )
    assert [shop.read("sale.order.line", line, "product_id")["product_id"][0] for line in lines] == [goods] * 3


def test_a_field_that_does_not_exist_is_an_error_of_the_call(odoo: Odoo, shop: Shop) -> None:
    with pytest.raises((OdooBug, SyncError)):
        odoo.load("res.partner", ["id", "name", "nonsense"], [[shop.xid("field"), "n", "1"]])
    assert odoo.ref(shop.xid("field")) is None


def test_without_an_id_nothing_is_created_in_update_mode(odoo: Odoo, shop: Shop) -> None:
    loaded = odoo.load("res.partner", ["name"], [[f"Nameless {shop.key}"]])
    assert loaded.ids is None
    assert odoo.search_read("res.partner", [["name", "like", shop.key]], ["id"]) == []


def test_an_external_id_holds_no_blank(odoo: Odoo, shop: Shop) -> None:
    loaded = odoo.load("res.partner", ["id", "name"], [[f"__contract__.a b {shop.key}", f"Blank {shop.key}"]])
    assert loaded.ids is None
    assert 'violates check constraint "ir_model_data_name_nospaces"' in loaded.messages[0].text
    assert odoo.search_read("res.partner", [["name", "like", shop.key]], ["id"]) == []


def test_one_id_twice_in_a_batch_is_one_record(odoo: Odoo, shop: Shop) -> None:
    rows = [[shop.xid("twice"), f"One {shop.key}"], [shop.xid("twice"), f"Two {shop.key}"]]
    first, second = ids(odoo.load("res.partner", ["id", "name"], rows))
    assert first == second
