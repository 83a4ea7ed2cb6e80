"""Whatever a seller confirms, in whatever order: pieces, packages and status of the order agree."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.amazon.packages import CREATED, REPEATED, Content, Package, ship
from simulator.amazon.refusal import Refusal
from tests.contract.amazon_simulator_shipments import an_order

NOW = datetime(2026, 2, 1, tzinfo=UTC)
CONTENTS = st.lists(
    st.builds(Content, item_id=st.sampled_from(["1", "2", "3"]), quantity=st.sampled_from([1, 1, 2, 3, None])),
    max_size=3,
    unique_by=lambda content: content.item_id,
).map(tuple)
PACKAGES = st.builds(
    Package,
    reference=st.sampled_from(["", "1", "2", "30"]),
    carrier_code=st.just("DHL"),
    carrier_name=st.just(""),
    method=st.sampled_from(["", "Express"]),
    tracking=st.sampled_from(["A", "B"]),
    shipped=st.just(datetime(2026, 1, 20, tzinfo=UTC)),
    contents=CONTENTS,
)
ORDERED = st.lists(st.integers(0, 4), min_size=3, max_size=3).filter(any)


def shipped(order: dict[str, Any]) -> dict[str, int]:
    """Pieces over all packages by item."""
    pieces = {item["orderItemId"]: 0 for item in order["orderItems"]}
    for package in order.get("packages", []):
        for row in package["packageItems"]:
            assert row["quantity"] >= 1
            pieces[row["orderItemId"]] += row["quantity"]
    return pieces


def created(order: dict[str, Any]) -> dict[str, str]:
    """When each package came to be, by its reference."""
    return {held["packageReferenceId"]: held["createdTime"] for held in order.get("packages", [])}


def agrees(order: dict[str, Any]) -> bool:
    pieces, left = shipped(order), 0
    for item in order["orderItems"]:
        part = item["fulfillment"]
        assert 0 <= part["quantityFulfilled"] == pieces[item["orderItemId"]] <= item["quantityOrdered"]
        assert part["quantityFulfilled"] + part["quantityUnfulfilled"] == item["quantityOrdered"]
        left += part["quantityUnfulfilled"]
    expected = "UNSHIPPED" if not any(pieces.values()) else "PARTIALLY_SHIPPED" if left else "SHIPPED"
    return bool(order["fulfillment"]["fulfillmentStatus"] == expected)


@settings(max_examples=300, deadline=None)
@given(ORDERED, st.lists(PACKAGES, max_size=8))
def test_pieces_packages_and_status_agree_after_any_confirmations(ordered: list[int], told: list[Package]) -> None:
    order = an_order(*ordered)
    for hours, package in enumerate(told):
        new = copy.deepcopy(order)
        try:
            outcome, reference = ship(new, package, now=NOW + timedelta(hours=hours))
        except Refusal:
            continue
        references = [held["packageReferenceId"] for held in new["packages"]]
        assert len(references) == len(set(references)) == len(order.get("packages", [])) + (outcome == CREATED)
        assert reference in references
        assert agrees(new)
        assert created(new) == {reference: f"2026-02-01T{hours:02d}:00:00Z"} | created(order)
        again = copy.deepcopy(new)
        if package.contents and all(content.quantity for content in package.contents):
            assert ship(again, package, now=NOW + timedelta(days=1)) == (REPEATED, reference)
            assert again == new
        order = new
