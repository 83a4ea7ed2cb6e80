"""Items sold by measure: kept as text, and never a reason to refuse an order."""

from __future__ import annotations

from typing import Any

import pytest

from clients.amazon import wire_order
from clients.amazon.to_item import to_item


@pytest.mark.parametrize(
    ("measurement", "text"),
    [
        (None, ""),
        ({}, ""),
        ({"unit": "COUNT", "value": 3}, ""),
        ({"unit": "KILOGRAMS", "value": 1.5}, "1.5 KILOGRAMS"),
        ({"unit": "METERS", "value": 12}, "12 METERS"),
        ({"unit": "BUSHELS", "value": "2.25"}, "2.25 BUSHELS"),
        ({"unit": "POUNDS"}, ""),
        ({"unit": "POUNDS", "value": {"amount": 1}}, ""),
    ],
)
def test_measurement(measurement: Any, text: str) -> None:
    raw = {"orderItemId": "1", "quantityOrdered": 1, "product": {"sellerSku": "A"}, "measurement": measurement}
    assert to_item(wire_order.Item.model_validate(raw)).measurement == text
