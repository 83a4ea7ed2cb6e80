"""The text of a line of goods."""

from __future__ import annotations

from typing import Any

import pytest

from mappers.item_text import item_text
from mappers.lines import order_lines
from tests.builders import an_item, an_order, facts


def test_it_holds_what_is_to_be_known_of_the_piece() -> None:
    item = an_item(
        condition="Used - Very good: small scratch",
        measurement="1.5 square meters",
        serial_numbers=("SN1", "SN2"),
        customization_url="https://example.com/c.zip",
        programs=("PRIME", "TRANSPARENCY"),
    )
    text = (
        "[MUG-BLUE] Blue mug\n"
        "Condition: Used - Very good: small scratch\n"
        "Measurement: 1.5 square meters\n"
        "Serial numbers: SN1, SN2\n"
        "Customization: https://example.com/c.zip\n"
        "Transparency: each piece has a code of its own"
    )
    assert item_text(item) == text
    assert order_lines("acme-eu", an_order(item), facts())[0].name == text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"condition": "New"}, "[MUG] Mug"),
        ({"condition": "new"}, "[MUG] Mug"),
        ({}, "[MUG] Mug"),
        ({"title": ""}, "[MUG]"),
        ({"sku": "", "asin": ""}, "Mug"),
        ({"sku": ""}, "Mug\nASIN: B000000001"),
        ({"sku": "", "title": "", "asin": ""}, "11111111111111"),
        ({"programs": ("PRIME",)}, "[MUG] Mug"),
        ({"programs": ("transparency",)}, "[MUG] Mug\nTransparency: each piece has a code of its own"),
    ],
)
def test_of_little(changes: dict[str, Any], text: str) -> None:
    assert item_text(an_item(**{"sku": "MUG", "title": "Mug", **changes})) == text
