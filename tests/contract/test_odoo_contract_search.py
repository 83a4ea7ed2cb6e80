"""Domains, on every Odoo."""

from __future__ import annotations

from typing import Any

import pytest

from clients.odoo.client import Odoo
from tests.contract.odoo_targets import Shop, a_shop, a_target, connected  # noqa: F401  # fixtures

DOMAINS: list[tuple[list[Any], list[str]]] = [
    ([["ref", "=", "a"]], ["A"]),
    ([["ref", "!=", "a"]], ["B", "C"]),
    ([["ref", "in", ["a", "b"]]], ["A", "B"]),
    ([["ref", "not in", ["a", "b"]]], ["C"]),
    ([["ref", "=", False]], ["C"]),
    ([["ref", "!=", False]], ["A", "B"]),
    ([["city", "ilike", "BERL"]], ["A"]),
    ([["city", "like", "BERL"]], []),
    ([["city", "not ilike", "berl"]], ["B", "C"]),
    ([["city", "=like", "Ber%"]], ["A"]),
    ([["city", "=ilike", "bER%"]], ["A"]),
    ([["city", "=ilike", "b_rlin"]], ["A"]),
    ([["city", "=ilike", r"b\_rlin"]], []),
    ([["city", "=ilike", r"ber\%"]], []),
    ([["city", "=ilike", "erlin"]], []),
    (["|", ["ref", "=", "a"], ["ref", "=", "b"]], ["A", "B"]),
    (["!", ["ref", "=", "a"]], ["B", "C"]),
    (["&", "|", ["ref", "=", "a"], ["ref", "=", "b"], ["city", "=", False]], ["B"]),
    ([["parent_id.ref", "=", "a"]], ["C"]),
    ([["parent_id", "!=", False]], ["C"]),
    ([["child_ids.city", "=", "Rome"]], ["A"]),
    ([["child_ids", "=", False]], ["B", "C"]),
    ([["color", ">=", 2], ["color", "<", 3]], ["B"]),
]


def test_deliveries_are_found_by_their_sale_order(odoo: Odoo, shop: Shop) -> None:
    orders = [shop.confirmed({"product_id": shop.goods(), "product_uom_qty": 3}) for _ in range(3)]
    first, second, _ = ([one["id"] for one in shop.pickings(order)] for order in orders)
    (move,) = shop.moves(orders[0])
    shop.do(move["id"], 1)
    assert shop.validate(first[0]) is True
    backorder = max(one["id"] for one in shop.pickings(orders[0]))

    def found(*domain: Any) -> list[int]:
        return [row["id"] for row in odoo.search_read("stock.picking", domain, ["name"], order="id")]

    assert found(("sale_id", "in", orders[:2])) == [*first, *second, backorder]
    assert found(("sale_id", "=", orders[0]), ("state", "=", "done")) == first
    assert found(("sale_id.picking_ids", "in", [backorder])) == [*first, backorder]
    names = odoo.call("sale.order", "read", ids=orders[1:2], fields=["name"])
    assert found(("sale_id.name", "=", names[0]["name"]), ("id", "in", [*first, *second])) == second
    assert found(("sale_id", "=", False), ("id", "in", [*first, *second])) == []


@pytest.mark.parametrize(("domain", "expected"), DOMAINS, ids=[str(domain) for domain, _ in DOMAINS])
def test_domains(odoo: Odoo, shop: Shop, domain: list[Any], expected: list[str]) -> None:
    first = shop.create("res.partner", name="A", ref="a", city="Berlin", color=1, is_company=True)
    second = shop.create("res.partner", name="B", ref="b", color=2)
    third = shop.create("res.partner", name="C", city="Rome", parent_id=first, type="other", color=3)
    archived = shop.create("res.partner", name="D", ref="a", active=False)
    mine = [["id", "in", [first, second, third, archived]], *domain]
    found = odoo.search_read("res.partner", mine, ["name"], order="name desc")
    assert [row["name"] for row in found] == sorted(expected, reverse=True)
    assert odoo.call("res.partner", "search_count", domain=mine) == len(expected)
