"""What left the warehouse, as Amazon is to know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.shipment import Delivery, MovedGoods, OrderedLine, Shipment, ShippedItem, ShippedOrder
from mappers.shipment import Missing, Package, packages, shipment
from tests.builders import ORDER_ID, an_account

LEFT = datetime(2026, 5, 2, 9, 30, tzinfo=UTC)
ACCOUNT = an_account()


def a_delivery(odoo_id: int = 17, **changes: Any) -> Delivery:
    delivery = Delivery(odoo_id=odoo_id, name=f"OUT/{odoo_id}", done=LEFT, carrier="DHL", tracking="T1")
    return replace(delivery, **changes)


def a_line(
    odoo_id: int = 1, item: str = "A", quantity: int = 2, demand: Mapping[int, int] | None = None
) -> OrderedLine:
    """A line of product 100 + its id; `demand` of a kit's components."""
    needs = {100 + odoo_id: quantity} if demand is None else demand
    return OrderedLine(
        odoo_id=odoo_id,
        item_ref=item,
        product=100 + odoo_id,
        quantity=Decimal(quantity),
        demand={product: Decimal(number) for product, number in needs.items()},
    )


def goods(quantity: float = 2, line: int = 1, product: int = 0, delivery: int = 17, **changes: Any) -> MovedGoods:
    moved = MovedGoods(delivery=delivery, line=line, product=product or 100 + line, quantity=Decimal(str(quantity)))
    return replace(moved, **changes)


def an_order(
    *moved: MovedGoods, lines: tuple[OrderedLine, ...] = (), deliveries: tuple[Delivery, ...] = ()
) -> ShippedOrder:
    return ShippedOrder(
        odoo_id=5,
        account=ACCOUNT.key,
        order_id=ORDER_ID,
        marketplace="DE",
        status="UNSHIPPED",
        deliveries=deliveries or (a_delivery(),),
        lines=lines or (a_line(),),
        goods=moved,
    )


def contents(order: ShippedOrder) -> dict[str, dict[str, int]]:
    return {made.ref: {item.item_id: item.quantity for item in made.items} for made in packages(ACCOUNT, order)}


# ------------------------------------------------------------ contents
def test_a_delivery_without_packages_is_one_package_with_its_own_number() -> None:
    order = an_order(goods())
    (made,) = packages(ACCOUNT, order)
    assert shipment(ACCOUNT, order, made) == Shipment(
        account="acme-eu",
        order_id=ORDER_ID,
        marketplace_id="A1PA6795UKMFR9",
        package_ref="17",
        carrier_code="DHL",
        tracking="T1",
        shipped=LEFT,
        items=(ShippedItem(item_id="A", quantity=2),),
    )


def test_packages_keep_their_goods_apart_and_loose_goods_go_by_the_delivery() -> None:
    order = an_order(
        goods(1, package=4, package_name="BOX4"),
        goods(1, package=3, package_name="BOX3"),
        goods(1, line=2),
        lines=(a_line(), a_line(2, "B", 1)),
    )
    assert contents(order) == {"17": {"B": 1}, "1000000003": {"A": 1}, "1000000004": {"A": 1}}


def test_a_box_used_twice_for_one_order_is_two_packages() -> None:
    later = a_delivery(18, done=LEFT.replace(hour=10))
    order = an_order(goods(1, package=3), goods(1, package=3, delivery=18), deliveries=(a_delivery(), later))
    assert contents(order) == {"1000000003": {"A": 1}, "2000000003": {"A": 1}}


def test_several_lines_and_operations_of_one_item_add_up() -> None:
    order = an_order(goods(1), goods(1), goods(3, line=2), lines=(a_line(), a_line(2, "A", 3)))
    assert contents(order) == {"17": {"A": 5}}


def test_never_more_than_was_ordered_whatever_left() -> None:
    later = a_delivery(18, done=LEFT.replace(hour=10))
    order = an_order(goods(2), goods(1, delivery=18), deliveries=(later, a_delivery()))
    assert contents(order) == {"17": {"A": 2}}


def test_goods_sent_again_after_a_return_are_not_told_again() -> None:
    deliveries = (a_delivery(), a_delivery(18, done=LEFT.replace(hour=10)), a_delivery(19, done=LEFT.replace(hour=11)))
    order = an_order(goods(1), goods(1, delivery=18, again=True), goods(1, delivery=19), deliveries=deliveries)
    assert contents(order) == {"17": {"A": 1}, "19": {"A": 1}}


def test_half_a_piece_is_none_until_the_other_half_has_left() -> None:
    later = a_delivery(18, done=LEFT.replace(hour=10))
    order = an_order(goods(1.5), goods(0.5, delivery=18), deliveries=(a_delivery(), later))
    assert contents(order) == {"17": {"A": 1}, "18": {"A": 1}}


def test_a_kit_is_told_with_the_package_that_makes_it_whole() -> None:
    kit = a_line(quantity=2, demand={201: 2, 202: 6})
    deliveries = (a_delivery(), a_delivery(18, done=LEFT.replace(hour=10)))
    order = an_order(
        goods(2, product=201),
        goods(3, product=202),
        goods(2, product=202, delivery=18),
        goods(1, product=202, delivery=18, package=3),
        lines=(kit,),
        deliveries=deliveries,
    )
    assert contents(order) == {"17": {"A": 1}, "1000000003": {"A": 1}}


def test_a_component_that_is_not_needed_and_a_line_without_demand_hold_nothing_up() -> None:
    kit = a_line(quantity=2, demand={201: 2, 202: 0})
    assert contents(an_order(goods(1, product=201), lines=(kit,))) == {"17": {"A": 1}}
    assert contents(an_order(goods(1), lines=(a_line(quantity=2, demand={}),))) == {"17": {"A": 1}}


def test_nothing_is_told_of_a_line_that_was_cancelled() -> None:
    assert contents(an_order(goods(2), lines=(a_line(quantity=0, demand={101: 2}),))) == {}


@given(
    parts=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=12),
    ordered=st.integers(1, 8),
)
def test_all_packages_together_hold_what_left_up_to_what_was_ordered(
    parts: list[tuple[int, int, int]], ordered: int
) -> None:
    deliveries = tuple(a_delivery(17 + number, done=LEFT.replace(hour=10 + number)) for number in range(3))
    moved = tuple(goods(quantity, delivery=17 + number, package=box) for quantity, number, box in parts)
    order = an_order(*moved, lines=(a_line(quantity=ordered),), deliveries=deliveries)
    made = packages(ACCOUNT, order)
    assert sum(item.quantity for one in made for item in one.items) == min(ordered, sum(one[0] for one in parts))
    assert len({one.ref for one in made}) == len(made)
    assert all(item.quantity > 0 for one in made for item in one.items)
    assert packages(ACCOUNT, replace(order, goods=moved[::-1])) == made


# ------------------------------------------------------------ carrier and tracking number
def the_package(delivery: Delivery, *moved: MovedGoods) -> Package:
    (made,) = packages(ACCOUNT, an_order(*(moved or (goods(),)), deliveries=(delivery,)))
    return made


def test_what_a_delivery_lacks_is_said_with_its_remedy() -> None:
    assert the_package(a_delivery(carrier="")).missing == Missing(
        "the delivery has no carrier", "Choose the delivery's Carrier in Odoo; it is told to Amazon by itself then."
    )
    assert the_package(a_delivery(), goods(odd_unit=True)).missing == Missing(
        "the delivery counts in another unit of measure than the order",
        "Let the delivery's operations use the order line's unit, or confirm the shipment in Seller Central.",
    )
    for tracking in ("", " , "):
        made = the_package(a_delivery(tracking=tracking))
        assert (made.tracking, made.note) == ("", "")
        assert made.missing == Missing(
            "the delivery has no tracking number",
            "Fill in the delivery's Tracking Reference in Odoo; it is told to Amazon by itself then.",
        )


def numbers(tracking: str, boxes: int) -> list[tuple[str, str]]:
    moved = tuple(goods(1, line=box, package=box) for box in range(1, boxes + 1))
    lines = tuple(a_line(box, f"I{box}", 1) for box in range(1, boxes + 1))
    made = packages(ACCOUNT, an_order(*moved, lines=lines, deliveries=(a_delivery(tracking=tracking),)))
    return [(one.tracking, one.missing.reason if one.missing else one.note) for one in made]


def test_tracking_numbers_are_shared_or_one_for_each_package() -> None:
    assert numbers("X", 2) == [("X", ""), ("X", "")]
    assert numbers("X, Y", 2) == [("X", ""), ("Y", "")]
    assert numbers("X, Y, Z", 3) == [("X", ""), ("Y", ""), ("Z", "")]
    three = "the delivery has 3 packages, but 2 tracking numbers"
    assert [reason for _, reason in numbers("X;Y", 3)] == [three] * 3
    two = "the delivery has 2 packages, but 3 tracking numbers"
    assert numbers("X, Y, Z", 2) == [("X", two), ("X", two)]
    assert numbers("X", 1) == [("X", "")]
    note = "Amazon takes one tracking number per package and was told X."
    assert numbers("X\nY", 1) == [("X", note)]


def test_a_wrong_number_of_tracking_numbers_has_a_remedy() -> None:
    moved = (goods(1, package=3), goods(1, package=4))
    made = packages(ACCOUNT, an_order(*moved, deliveries=(a_delivery(tracking="X, Y, Z"),)))
    remedy = "Give one tracking number for all packages, or one for each, separated by commas, in the packages' order."
    assert [one.missing and one.missing.remedy for one in made] == [remedy, remedy]


def test_a_carrier_without_a_code_is_told_by_its_name() -> None:
    order = an_order(goods(package=3, package_name="BOX3"), deliveries=(a_delivery(carrier="Rider & Sons"),))
    (made,) = packages(ACCOUNT, order)
    told = shipment(ACCOUNT, order, made)
    assert (made.odoo_id, made.name, told.carrier_code, told.carrier_name) == (3, "BOX3", "Other", "Rider & Sons")


def test_digests_are_these_for_ever() -> None:
    """Odoo keeps them: with another digest every package would be told Amazon again."""
    assert the_package(a_delivery()).digest == sha256(b"DHL\n\nT1\nAx2").hexdigest()[:12]
    lacking = b"DHL\n\n\nAx2\nthe delivery has no tracking number"
    assert the_package(a_delivery(tracking="")).digest == sha256(lacking).hexdigest()[:12]


def test_the_digest_changes_with_whatever_amazon_is_told_and_with_nothing_else() -> None:
    def digest(*moved: MovedGoods, **changes: Any) -> str:
        (made,) = packages(ACCOUNT, an_order(*(moved or (goods(),)), deliveries=(a_delivery(**changes),)))
        return made.digest

    same = digest()
    assert digest(name="OUT/X", status="done", reason="x", key="17=00") == same
    others = [
        digest(tracking="T2"),
        digest(carrier="UPS"),
        digest(carrier="Own"),
        digest(goods(1)),
        digest(tracking=""),
        digest(goods(odd_unit=True)),
    ]
    assert len({same, *others}) == 7
