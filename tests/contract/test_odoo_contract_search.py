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
