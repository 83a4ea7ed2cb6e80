"""What left the warehouse, as Amazon is to know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shipment import Delivery, MovedGoods, OrderedLine, Shipment, ShippedItem, ShippedOrder
from mappers.carriers import CODES, Carrier, carrier
from mappers.shipment import Missing, packages, shipment
from mappers.shipment_status import NOTHING, Change, claimed, outcome, unsettled
from mappers.told import Mark, Told, read, write
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
def missing(delivery: Delivery, *moved: MovedGoods) -> list[str]:
    made = packages(ACCOUNT, an_order(*(moved or (goods(),)), deliveries=(delivery,)))
    return [one.missing.reason for one in made if one.missing]


def test_what_a_delivery_lacks_is_said_with_its_remedy() -> None:
    assert missing(a_delivery(carrier="")) == ["the delivery has no carrier"]
    assert missing(a_delivery(tracking=" , ")) == ["the delivery has no tracking number"]
    assert missing(a_delivery(), goods(odd_unit=True)) == [
        "the delivery counts in another unit of measure than the order"
    ]
    (made,) = packages(ACCOUNT, an_order(goods(), deliveries=(a_delivery(tracking=""),)))
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
    three = "the delivery has 3 packages, but 2 tracking numbers"
    assert [reason for _, reason in numbers("X;Y", 3)] == [three] * 3
    note = "Amazon takes one tracking number per package and was told X."
    assert numbers("X\nY", 1) == [("X", note)]


@pytest.mark.parametrize(
    ("kind", "name", "told"),
    [
        ("fixed", "DHL", Carrier("DHL")),
        ("fixed", "dhl paket 2-5 kg", Carrier("DHL")),
        ("fixed", "DHL Express Worldwide", Carrier("DHL Express")),
        ("dhl_rest", "Our parcel man", Carrier("DHL")),
        ("base_on_rule", "ROYAL-MAIL Tracked 24", Carrier("Royal Mail")),
        ("fedex", "DHL", Carrier("FedEx")),
        ("fixed", "Rider & Sons", Carrier("Other", "Rider & Sons")),
        ("", "Upstairs Couriers", Carrier("Other", "Upstairs Couriers")),
        ("fixed", "Kiwi Post", Carrier("DPD")),
        ("kiwi_api", "Anything", Carrier("GLS")),
    ],
)
def test_carriers_by_type_first_then_by_name_else_other(kind: str, name: str, told: Carrier) -> None:
    assert carrier(kind, name, {"kiwi post": "DPD", "Kiwi API": "GLS"}) == told


def test_every_code_is_found_by_its_own_name_in_any_case() -> None:
    assert [carrier("fixed", code.upper(), {}).code for code in CODES] == list(CODES)


# ------------------------------------------------------------ what was told
def test_what_was_told_is_read_as_it_was_written() -> None:
    entries = {
        "17": Told(Mark.TOLD, "aa"),
        "18": Told(Mark.REFUSED, "bb"),
        "19": Told(Mark.CLAIMED, "cc"),
        "20": Told(Mark.IN_FEED, "dd", "amzn1.tortuga.4.eu-1", 12),
    }
    line = write(entries)
    assert line == "17=aa 18!bb 19?cc 20~dd@amzn1.tortuga.4.eu-1#12"
    assert read(line) == entries
    assert read("17=aa rubbish =x 18!bb") == {"17": entries["17"], "18": entries["18"]}


def test_what_is_to_be_told_by_what_was_told() -> None:
    order = an_order(goods())
    (made,) = packages(ACCOUNT, order)

    def left(mark: str, digest: str = made.digest) -> int:
        return len(unsettled(a_delivery(key=f"17{mark}{digest}" if mark else ""), [made]))

    assert [left(""), left("="), left("!"), left("?")] == [1, 0, 0, 1]
    assert [left("=", "00"), left("!", "00"), left("?", "00"), left("~", "00@1#1")] == [1, 1, 1, 0]
    assert [claimed(a_delivery(key=f"17{mark}00"), made) for mark in "?=!"] == [True, False, False]


def test_a_delivery_is_done_when_all_its_packages_are_and_an_error_waits_for_all_to_be_decided() -> None:
    moved = (goods(1, package=3, package_name="BOX3"), goods(1, package=4, package_name="BOX4"))
    first, second = packages(ACCOUNT, an_order(*moved))
    delivery = a_delivery()
    refused = Change(Told(Mark.REFUSED, first.digest), "No such street.\nRetry.")
    one = outcome("acme-eu", delivery, [first, second], {first.ref: refused})
    assert (one.status, one.reason, one.key) == (
        "pending",
        "BOX3: No such street. Retry.",
        f"{first.ref}!{first.digest}",
    )
    delivery = replace(delivery, reason=one.reason, key=one.key)
    told = Change(Told(Mark.TOLD, second.digest))
    two = outcome("acme-eu", delivery, [first, second], {second.ref: told})
    assert (two.status, two.reason) == ("error", "BOX3: No such street. Retry.")
    delivery = replace(delivery, reason=two.reason, key=two.key)
    three = outcome("acme-eu", delivery, [first, second], {first.ref: Change(Told(Mark.TOLD, first.digest))})
    assert (three.status, three.reason) == ("done", "")
    assert three.key == f"{first.ref}={first.digest} {second.ref}={second.digest}"


def test_a_delivery_without_anything_of_amazons_is_done_and_says_so() -> None:
    after = outcome("acme-eu", a_delivery(), [], {})
    assert (after.status, after.reason, after.key) == ("done", NOTHING, "")


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
    ]
    assert len({same, *others}) == 6
