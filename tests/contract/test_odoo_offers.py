"""Which product a SKU is, on the simulated and the real Odoo, as the bot; each test has SKUs of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from domain.odoo import CreateOrder, UpdateOrder
from domain.order import Channel, OrderStatus
from tests.builders import an_item, part
from tests.contract.odoo_desk import Desk, a_desk, a_target, newer

__all__ = ["a_desk", "a_target"]


@pytest.fixture(name="sku")
def a_sku() -> str:
    return f"Mug {uuid4().hex[:8]}-Blue"


def product(desk: Desk, code: str, **more: Any) -> int:
    values = {"name": code, "type": "consu", "default_code": code, **more}
    (made,) = desk.admin.call("product.product", "create", vals_list=[values])
    return int(made)


def change(desk: Desk, model: str, record: int, **values: Any) -> None:
    assert desk.admin.call(model, "write", ids=[record], vals=values) is True


def buy(desk: Desk, *skus: str, confirm: bool = False, **changes: Any) -> int:
    """A new order of one piece of each; its sale order, a quotation unless told otherwise: half the work for Odoo."""
    items = [an_item(part("ITEM", "10.00"), sku=sku) for sku in skus]
    till = replace(desk, account=replace(desk.account, policy=replace(desk.account.policy, confirm=confirm)))
    sale_order = till.land(desk.order(*items, **changes))
    assert isinstance(sale_order, int), sale_order
    return sale_order


def sold(desk: Desk, sale_order: int) -> list[int]:
    """The products of its goods, line by line."""
    domain = [("order_id", "=", sale_order), ("x_amazon_item_ref", "!=", False), ("product_id", "!=", False)]
    rows = desk.odoo.search_read("sale.order.line", domain, ["product_id"], order="id")
    return [row["product_id"][0] for row in rows]


def offers(desk: Desk, sku: str) -> list[tuple[int | None, bool]]:
    """Product and flag of the account's offers of the SKU."""
    domain = [("x_account", "=", desk.account.key), ("x_sku", "=", sku)]
    rows = desk.odoo.search_read("x_amazon_offer", domain, ["x_product_id", "x_needs_pairing"])
    return [(row["x_product_id"][0] if row["x_product_id"] else None, row["x_needs_pairing"]) for row in rows]


def offer(desk: Desk, sku: str) -> int:
    domain = [("x_account", "=", desk.account.key), ("x_sku", "=", sku)]
    (row,) = desk.odoo.search_read("x_amazon_offer", domain, ["x_sku"])
    return int(row["id"])


def default(desk: Desk) -> int:
    return desk.known.defaults.sale


def test_a_new_sku_is_the_product_with_that_internal_reference(desk: Desk, sku: str) -> None:
    mug = product(desk, sku)
    assert sold(desk, buy(desk, sku)) == [mug]
    assert offers(desk, sku) == [(mug, False)]


def test_a_sku_that_no_product_has_is_the_default_product_and_flagged(desk: Desk, sku: str) -> None:
    assert sold(desk, buy(desk, sku)) == [default(desk)]
    assert offers(desk, sku) == [(default(desk), True)]


def test_an_internal_reference_may_differ_in_case_and_blanks(desk: Desk, sku: str) -> None:
    mug = product(desk, f"  {sku.upper().replace(' ', '   ')} ")
    assert sold(desk, buy(desk, sku)) == [mug]
    assert offers(desk, sku) == [(mug, False)]


def test_the_exact_reference_goes_before_one_in_another_case(desk: Desk, sku: str) -> None:
    product(desk, sku.upper())
    exact = product(desk, sku)
    assert sold(desk, buy(desk, sku)) == [exact]


def test_signs_of_a_sku_are_no_wildcards(desk: Desk, sku: str) -> None:
    product(desk, f"{sku}xAB1")
    assert sold(desk, buy(desk, f"{sku}_A%1")) == [default(desk)]


@pytest.mark.parametrize("second", ["exact", "alike"])
def test_between_two_products_nobody_guesses(desk: Desk, sku: str, second: str) -> None:
    product(desk, sku if second == "exact" else sku.upper())
    product(desk, sku if second == "exact" else sku.lower())
    assert sold(desk, buy(desk, sku)) == [default(desk)]
    assert offers(desk, sku) == [(default(desk), True)]


def test_an_offer_may_differ_in_case_and_blanks(desk: Desk, sku: str) -> None:
    mug = product(desk, f"other {sku}")
    mine = {"x_account": desk.account.key, "x_marketplace": "DE", "x_sku": f" {sku.lower()}", "x_product_id": mug}
    desk.admin.call("x_amazon_offer", "create", vals_list=[mine | {"x_name": sku}])
    assert sold(desk, buy(desk, sku)) == [mug]
    assert offers(desk, sku) == [(mug, False)]


def test_an_archived_product_is_not_found(desk: Desk, sku: str) -> None:
    product(desk, sku, active=False)
    assert sold(desk, buy(desk, sku)) == [default(desk)]
    assert offers(desk, sku) == [(default(desk), True)]


def test_a_product_that_is_archived_and_comes_back(desk: Desk, sku: str) -> None:
    mug = product(desk, f"chosen {sku}")
    buy(desk, sku)
    change(desk, "x_amazon_offer", offer(desk, sku), x_product_id=mug, x_needs_pairing=False)
    change(desk, "product.product", mug, active=False)
    assert sold(desk, buy(desk, sku)) == [default(desk)]
    assert offers(desk, sku) == [(mug, True)]
    change(desk, "product.product", mug, active=True)
    assert sold(desk, buy(desk, sku)) == [mug]
    assert offers(desk, sku) == [(mug, False)]


def test_an_archived_products_successor_is_taken(desk: Desk, sku: str) -> None:
    old = product(desk, sku)
    buy(desk, sku)
    change(desk, "product.product", old, active=False)
    new = product(desk, sku)
    assert sold(desk, buy(desk, sku)) == [new]
    assert offers(desk, sku) == [(new, False)]


def test_an_offer_whose_product_was_deleted_is_to_pair_again(desk: Desk, sku: str) -> None:
    buy(desk, sku)
    gone = product(desk, f"gone {sku}")
    change(desk, "x_amazon_offer", offer(desk, sku), x_product_id=gone, x_needs_pairing=False)
    desk.admin.call("product.product", "unlink", ids=[gone])
    assert offers(desk, sku) == [(None, False)]
    assert sold(desk, buy(desk, sku)) == [default(desk)]
    assert offers(desk, sku) == [(default(desk), True)]


def test_a_product_that_appears_later_is_used_and_the_flag_goes(desk: Desk, sku: str) -> None:
    before = buy(desk, sku)
    mug = product(desk, sku)
    assert sold(desk, buy(desk, sku)) == [mug]
    assert offers(desk, sku) == [(mug, False)]
    assert sold(desk, before) == [default(desk)]


def test_what_a_person_paired_stands_against_an_internal_reference(desk: Desk, sku: str) -> None:
    buy(desk, sku)
    chosen = product(desk, f"chosen {sku}")
    change(desk, "x_amazon_offer", offer(desk, sku), x_product_id=chosen, x_needs_pairing=False)
    product(desk, sku)
    assert sold(desk, buy(desk, sku)) == [chosen]
    assert offers(desk, sku) == [(chosen, False)]


def test_a_person_may_leave_it_at_the_default_product(desk: Desk, sku: str) -> None:
    buy(desk, sku)
    change(desk, "x_amazon_offer", offer(desk, sku), x_needs_pairing=False)
    product(desk, sku)
    assert sold(desk, buy(desk, sku)) == [default(desk)]
    assert offers(desk, sku) == [(default(desk), False)]


def test_choosing_a_product_is_enough_the_flag_goes_by_itself(desk: Desk, sku: str) -> None:
    buy(desk, sku)
    chosen = product(desk, f"chosen {sku}")
    change(desk, "x_amazon_offer", offer(desk, sku), x_product_id=chosen)
    assert sold(desk, buy(desk, sku)) == [chosen]
    assert offers(desk, sku) == [(chosen, False)]


def test_a_person_who_pairs_meanwhile_wins(desk: Desk, sku: str) -> None:
    buy(desk, sku)
    found, chosen = product(desk, sku), product(desk, f"chosen {sku}")
    decision = desk.plan(desk.order(an_item(sku=sku)))
    assert isinstance(decision, CreateOrder)
    assert [(one.product, one.needs_pairing) for one in decision.pairings] == [(found, False)]
    change(desk, "x_amazon_offer", offer(desk, sku), x_product_id=chosen, x_needs_pairing=False)
    assert isinstance(desk.apply(decision), int)
    assert offers(desk, sku) == [(chosen, False)]


def test_lines_that_an_update_adds_get_the_new_pairing_and_old_ones_keep_theirs(desk: Desk, sku: str) -> None:
    order = desk.order(an_item(part("ITEM", "10.00"), sku=sku))
    sale_order = desk.land(order)
    assert isinstance(sale_order, int)
    chosen = product(desk, f"chosen {sku}")
    change(desk, "x_amazon_offer", offer(desk, sku), x_product_id=chosen, x_needs_pairing=False)
    more = an_item(part("ITEM", "7.00"), sku=sku, item_id=f"{order.items[0].item_id}9")
    then = newer(order, order.items[0], more)
    assert isinstance(desk.plan(then), UpdateOrder)
    assert desk.land(then) == sale_order
    assert sold(desk, sale_order) == [default(desk), chosen]
    assert desk.total(sale_order) == "17.00"


def test_items_without_a_sku_share_no_offer(desk: Desk) -> None:
    sale_order = buy(desk, "", "")
    assert sold(desk, sale_order) == [default(desk), default(desk)]
    nameless = [("x_account", "=", desk.account.key), ("x_sku", "in", ["", False])]
    assert desk.odoo.search_read("x_amazon_offer", nameless, ["x_sku"]) == []
    domain = [("order_id", "=", sale_order), ("x_amazon_item_ref", "!=", False)]
    rows = desk.odoo.search_read("sale.order.line", domain, ["name"])
    assert [row["name"] for row in rows] == ["Blue mug\nASIN: B000000001"] * 2


def test_one_sku_is_one_offer_for_what_amazon_ships_and_for_what_the_seller_ships(desk: Desk, sku: str) -> None:
    mug = product(desk, sku)
    by_seller = buy(desk, sku, confirm=True)
    by_amazon = buy(desk, sku, confirm=True, channel=Channel.FBA, status=OrderStatus.SHIPPED)
    assert sold(desk, by_seller) == sold(desk, by_amazon) == [mug]
    assert offers(desk, sku) == [(mug, False)]
    fields = ["location_id", "state"]
    (own,) = desk.odoo.search_read("stock.picking", [("sale_id", "=", by_seller)], fields)
    (amazons,) = desk.odoo.search_read("stock.picking", [("sale_id", "=", by_amazon)], fields)
    assert amazons["location_id"][1].endswith("Amazon")
    assert not own["location_id"][1].endswith("Amazon")
    assert (own["state"], amazons["state"]) == ("assigned", "done")


def test_each_marketplace_has_offers_of_its_own(desk: Desk, sku: str) -> None:
    german = buy(desk, sku)
    french = next(one for one in desk.account.marketplaces if one.code == "FR")
    domain = [("x_account", "=", desk.account.key), ("x_sku", "=", sku), ("x_marketplace", "=", "DE")]
    (row,) = desk.odoo.search_read("x_amazon_offer", domain, ["x_marketplace"])
    chosen = product(desk, f"chosen {sku}")
    change(desk, "x_amazon_offer", row["id"], x_product_id=chosen, x_needs_pairing=False)
    assert sold(desk, buy(desk, sku, marketplace_id=french.id)) == [default(desk)]
    assert sold(desk, buy(desk, sku)) == [chosen]
    assert sorted(offers(desk, sku)) == sorted([(chosen, False), (default(desk), True)])
    assert sold(desk, german) == [default(desk)]


def test_the_same_sku_of_another_account_is_another_offer(desk: Desk, sku: str) -> None:
    buy(desk, sku)
    chosen = product(desk, f"chosen {sku}")
    change(desk, "x_amazon_offer", offer(desk, sku), x_product_id=chosen, x_needs_pairing=False)
    other = replace(desk, account=replace(desk.account, key=f"{desk.account.key}-b"))
    assert sold(other, buy(other, sku)) == [default(desk)]
    assert offers(desk, sku) == [(chosen, False)]
