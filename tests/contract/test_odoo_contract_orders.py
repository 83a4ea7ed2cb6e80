"""Sale orders on every Odoo: amounts, currencies, confirming, changing, cancelling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clients.odoo.client import Odoo
from clients.odoo.errors import OdooRefused
from tests.contract.odoo_targets import Shop, a_shop, a_target, connected  # noqa: F401  # fixtures


def amounts(shop: Shop, order: int) -> tuple[float, float, float]:
    row = shop.read("sale.order", order, "amount_untaxed", "amount_tax", "amount_total")
    return row["amount_untaxed"], row["amount_tax"], row["amount_total"]


def test_a_line_takes_name_price_and_taxes_from_its_product(shop: Shop) -> None:
    tax = shop.tax(10, included=False)
    product = shop.goods(
        default_code=f"C-{shop.key}", list_price=12.5, taxes_id=[[6, 0, [tax]]], description_sale="More"
    )
    order = shop.order({"product_id": product})
    (line,) = shop.lines(order, "name", "price_unit", "product_uom_qty", shop.taxes, "price_subtotal", "price_total")
    assert line == {
        "name": f"[C-{shop.key}] Goods {shop.key}\nMore",
        "price_unit": 12.5,
        "product_uom_qty": 1.0,
        shop.taxes: [tax],
        "price_subtotal": 12.5,
        "price_total": 13.75,
    }


def test_a_new_product_has_the_default_sale_tax(odoo: Odoo, shop: Shop) -> None:
    (company,) = odoo.search_read("res.company", [["id", "=", 1]], ["account_sale_tax_id"])
    product = shop.read("product.product", shop.goods(), "taxes_id", "type")
    assert product["type"] == "consu"
    # A product of all companies has the default taxes of each that has one.
    own = [["id", "in", product["taxes_id"]], ["company_id", "=", 1]]
    (tax,) = odoo.search_read("account.tax", own, ["amount", "price_include"])
    assert tax["id"] == company["account_sale_tax_id"][0]
    assert (tax["amount"], tax["price_include"]) == (15.0, False)


def test_fourteen_rounds_a_price_that_nineteen_keeps(shop: Shop) -> None:
    order = shop.order(
        {"product_id": shop.goods(), "product_uom_qty": 3, "price_unit": 3.3333, shop.taxes: [[5, 0, 0]]}
    )
    (line,) = shop.lines(order, "price_unit", "price_total")
    assert line == (
        {"price_unit": 3.33, "price_total": 9.99} if shop.old else {"price_unit": 3.3333, "price_total": 10.0}
    )


def test_a_note_is_a_line_without_money(shop: Shop) -> None:
    order = shop.order({"display_type": "line_note", "name": "Happy birthday"})
    (line,) = shop.lines(order, "name", "display_type", "product_id", "price_total")
    assert line == {"name": "Happy birthday", "display_type": "line_note", "product_id": False, "price_total": 0.0}


def test_yen_has_no_decimals_and_comes_from_the_pricelist(odoo: Odoo, shop: Shop) -> None:
    yen = (
        odoo.ref("base.JPY")
        or odoo.call("res.currency", "search", domain=[["name", "=", "JPY"], ["active", "=", False]])[0]
    )
    shop.write("res.currency", yen, active=True)
    pricelist = shop.create("product.pricelist", name=f"Yen {shop.key}", currency_id=yen)
    tax = shop.tax(10, included=True)
    line = {"product_id": shop.goods(), "product_uom_qty": 3, "price_unit": 333.7, shop.taxes: [[6, 0, [tax]]]}
    order = shop.order(line, pricelist_id=pricelist)
    assert shop.read("sale.order", order, "currency_id") == {"currency_id": [yen, "JPY"]}
    assert amounts(shop, order) == (910.0, 91.0, 1001.0)


def test_where_goods_go_decides_the_taxes_in_nineteen(odoo: Odoo, shop: Shop) -> None:
    if shop.old:
        assert odoo.search_read("account.fiscal.position", [["company_id", "=", 1]], ["name"]) == []
        return
    expected = {"base.us": ("Domestic", 4.5), "base.de": ("Foreign Trade", 0.0), "": (False, 4.5)}
    for country, (position, tax) in expected.items():
        partner = shop.partner(country_id=odoo.ref(country) if country else False)
        line = {"product_id": shop.goods(), "product_uom_qty": 3, "price_unit": 9.99}
        order = shop.order(line, partner_id=partner)
        row = shop.read("sale.order", order, "fiscal_position_id", "amount_tax")
        assert (row["fiscal_position_id"] and row["fiscal_position_id"][1], row["amount_tax"]) == (position, tax)


def test_confirming_moves_the_order_date_which_can_be_written_back(shop: Shop) -> None:
    order = shop.order({"product_id": shop.goods(), "price_unit": 1}, date_order="2026-01-02 03:04:05")
    before = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=5)
    assert shop.odoo.call("sale.order", "action_confirm", ids=[order]) is True
    row = shop.read("sale.order", order, "state", "date_order")
    assert row["state"] == "sale"
    assert before < datetime.strptime(row["date_order"], "%Y-%m-%d %H:%M:%S") < before + timedelta(minutes=10)  # noqa: DTZ007  # Odoo's are naive UTC
    shop.write("sale.order", order, date_order="2026-01-02 03:04:05")
    assert shop.read("sale.order", order, "date_order") == {"date_order": "2026-01-02 03:04:05"}


def test_an_order_without_lines_confirms(shop: Shop) -> None:
    order = shop.confirmed()
    assert shop.read("sale.order", order, "state", "picking_ids") == {"state": "sale", "picking_ids": []}


def test_an_archived_product_can_be_sold(shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods(active=False), "price_unit": 1})
    assert shop.read("sale.order", order, "state") == {"state": "sale"}


def test_confirming_twice(odoo: Odoo, shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods(), "price_unit": 1})
    if shop.old:
        assert odoo.call("sale.order", "action_confirm", ids=[order]) is True
    else:
        with pytest.raises(OdooRefused, match="not in a state requiring confirmation"):
            odoo.call("sale.order", "action_confirm", ids=[order])
    assert len(shop.moves(order)) == 1


def test_many_confirm_together_and_one_refusal_undoes_all(odoo: Odoo, shop: Shop) -> None:
    product = shop.goods()
    good = shop.order({"product_id": product, "price_unit": 1})
    cancelled = shop.order({"product_id": product, "price_unit": 1})
    assert odoo.call("sale.order", "action_cancel", ids=[cancelled]) is True
    with pytest.raises(OdooRefused):
        odoo.call("sale.order", "action_confirm", ids=[good, cancelled])
    assert shop.read("sale.order", good, "state", "picking_ids") == {"state": "draft", "picking_ids": []}
    assert shop.moves(good) == []


def test_a_confirmed_order_stays(odoo: Odoo, shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods(), "price_unit": 1})
    (line,) = shop.lines(order, "id")
    with pytest.raises(OdooRefused, match="can not delete a sent quotation or a confirmed sales order"):
        odoo.call("sale.order", "unlink", ids=[order])
    with pytest.raises(OdooRefused, match=r"once the sales order is confirmed|Once a sales order is confirmed"):
        odoo.call("sale.order.line", "unlink", ids=[line["id"]])
    assert len(shop.lines(order, "id")) == 1
    assert odoo.call("sale.order", "action_cancel", ids=[order]) is True
    assert shop.read("sale.order", order, "state") == {"state": "cancel"}
    assert odoo.call("sale.order", "unlink", ids=[order]) is True
    assert odoo.search_read("sale.order", [["id", "=", order]], ["id"]) == []


@pytest.mark.parametrize(
    ("quantity", "fourteen", "nineteen"),
    [(5, [("assigned", 5.0)], [("assigned", 5.0)]), (2, [("assigned", 3.0)], [("assigned", 2.0)]),
     (0, [("assigned", 3.0)], [("cancel", 0.0)])],
)  # fmt: skip
def test_a_new_quantity_reaches_the_delivery(shop: Shop, quantity: float, fourteen: Any, nineteen: Any) -> None:
    order = shop.confirmed({"product_id": shop.goods(), "product_uom_qty": 3, "price_unit": 1})
    (line,) = shop.lines(order, "id")
    shop.write("sale.order.line", line["id"], product_uom_qty=quantity)
    expected = fourteen if shop.old else nineteen
    assert [(move["state"], move["product_uom_qty"]) for move in shop.moves(order)] == expected


@pytest.mark.parametrize("state", ["sale", "draft"])
def test_nineteen_takes_the_products_price_when_a_quantity_comes_alone(shop: Shop, state: str) -> None:
    line = {"product_id": shop.goods(list_price=5), "product_uom_qty": 3, "price_unit": 8}
    order = shop.confirmed(line) if state == "sale" else shop.order(line)
    (row,) = shop.lines(order, "id")
    shop.write("sale.order.line", row["id"], product_uom_qty=2, price_unit=8)
    assert shop.lines(order, "product_uom_qty", "price_unit") == [{"product_uom_qty": 2.0, "price_unit": 8.0}]
    shop.write("sale.order.line", row["id"], product_uom_qty=1)
    alone = 8.0 if shop.old else 5.0
    assert shop.lines(order, "product_uom_qty", "price_unit") == [{"product_uom_qty": 1.0, "price_unit": alone}]


def test_fourteen_notes_a_new_quantity_and_wants_an_author_with_an_address(odoo: Odoo, shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods(), "price_unit": 1})
    (line,) = shop.lines(order, "id")
    email = shop.read("res.users", odoo.uid, "email")["email"]
    shop.write("res.users", odoo.uid, email=False)
    try:
        if shop.old:
            with pytest.raises(OdooRefused, match="please configure the sender's email address"):
                shop.write("sale.order.line", line["id"], product_uom_qty=2)
        else:
            shop.write("sale.order.line", line["id"], product_uom_qty=2)
    finally:
        shop.write("res.users", odoo.uid, email=email)
    assert shop.lines(order, "product_uom_qty") == [{"product_uom_qty": 1.0 if shop.old else 2.0}]


def test_a_line_added_after_confirming_joins_the_delivery(shop: Shop) -> None:
    product = shop.goods()
    order = shop.confirmed({"product_id": product, "price_unit": 1})
    shop.create("sale.order.line", order_id=order, product_id=shop.goods(), product_uom_qty=4)
    assert len(shop.pickings(order)) == 1
    assert [move["product_uom_qty"] for move in shop.moves(order)] == [1.0, 4.0]


def test_a_locked_order_refuses_new_quantities(odoo: Odoo, shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods(), "price_unit": 1})
    (line,) = shop.lines(order, "id")
    odoo.call("sale.order", "action_done" if shop.old else "action_lock", ids=[order])
    with pytest.raises(OdooRefused, match="forbidden to modify the following fields in a locked order"):
        shop.write("sale.order.line", line["id"], product_uom_qty=9)
    assert shop.lines(order, "product_uom_qty") == [{"product_uom_qty": 1.0}]


def test_cancelling_after_goods_left(odoo: Odoo, shop: Shop) -> None:
    order = shop.confirmed({"product_id": shop.goods(), "product_uom_qty": 2, "price_unit": 1})
    (move,), (picking,) = shop.moves(order), shop.pickings(order)
    shop.do(move["id"], 2)
    assert shop.validate(picking["id"]) is True
    answer = odoo.call("sale.order", "action_cancel", ids=[order])
    if shop.old:
        assert answer["res_model"] == "sale.order.cancel"
        assert shop.read("sale.order", order, "state") == {"state": "sale"}
        context = {"disable_cancel_warning": True}
        assert odoo.call("sale.order", "action_cancel", ids=[order], context=context) is True
    else:
        assert answer is True
    assert shop.read("sale.order", order, "state") == {"state": "cancel"}
    assert [one["state"] for one in shop.pickings(order)] == ["done"]
