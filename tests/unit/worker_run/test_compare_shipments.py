"""What left Odoo's warehouse against Amazon's packages: numbers, and every way in which the two may differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.account import Account, Policy
from domain.order import Order, OrderStatus
from domain.shipment import Delivery, KnownPackage, MovedGoods, OrderedLine, ShippedOrder
from sync.compare_shipments import HandCancelled, Outgoing, Untold, compare_outgoing
from tests.builders import ORDER_ID, an_account, an_order

LEFT = datetime(2026, 5, 1, 9, tzinfo=UTC)
ACCOUNT = an_account(policy=Policy(notify_cancellations=True))


def delivery(odoo_id: int = 17, **changes: Any) -> Delivery:
    made = Delivery(
        odoo_id=odoo_id, name=f"OUT/{odoo_id}", done=LEFT, tracking="T1", status="done", key=f"{odoo_id}=aa"
    )
    return replace(made, **changes)


def goods(quantity: float = 2, **changes: Any) -> MovedGoods:
    return replace(MovedGoods(delivery=17, line=1, product=9, quantity=Decimal(str(quantity))), **changes)


def shipped(*deliveries: Delivery, moved: tuple[MovedGoods, ...] = (), quantity: int = 2, **line: Any) -> ShippedOrder:
    given = {"demand": {9: Decimal(quantity)}, **line}
    return ShippedOrder(
        odoo_id=5,
        account="acme-eu",
        order_id=ORDER_ID,
        marketplace="DE",
        status="UNSHIPPED",
        deliveries=deliveries or (delivery(),),
        lines=(OrderedLine(odoo_id=1, item_ref="A", product=9, quantity=Decimal(quantity), **given),),
        goods=moved or (goods(),),
    )


def package(ref: str = "17", quantity: int = 2, tracking: str = "T1", item: str = "A") -> KnownPackage:
    return KnownPackage(package_ref=ref, carrier="DHL", tracking=tracking, items=((item, quantity),))


def there(*packages: KnownPackage, status: OrderStatus = OrderStatus.SHIPPED) -> Mapping[str, Order]:
    return {ORDER_ID: an_order(status=status, packages=packages)}


def compared(order: ShippedOrder, known: Mapping[str, Order], account: Account = ACCOUNT) -> Outgoing:
    return compare_outgoing(account, known, [order], [])


def test_a_package_of_every_delivery_is_agreement() -> None:
    deliveries = (delivery(tracking="T1, T2", key="1000000003=aa 1000000004=bb"), delivery(18, tracking="T3"))
    moved = (goods(1, package=3), goods(1, package=4), goods(1, delivery=18))
    known = there(package("1000000003", 1), package("1000000004", 1, "T2"), package("18", 1, "T3"))
    found = compared(shipped(*deliveries, moved=moved, quantity=3), known)
    assert found == Outgoing(validated=2, settled=2, packages=3, confirmed=3)


@pytest.mark.parametrize(
    ("known", "text"),
    [
        ({}, "Amazon was told of a package, but has no such order"),
        (there(package("17", 1)), "item A: 2 pieces left, 1 in packages at Amazon"),
        (there(package("17", 3)), "item A: 2 pieces left, 3 in packages at Amazon"),
        (there(package("17", 2, "T9")), "OUT/17 says T1, Amazon's package 17 T9"),
        (
            there(package("17", 2, item="B")),
            "item A: 2 pieces left, 0 in packages at Amazon; item B: 0 pieces left, 2 in packages at Amazon",
        ),
        (
            there(package("99")),
            "OUT/17 was told as package 17, which Amazon does not have; item A: 2 pieces left, 0 in packages at Amazon",
        ),
    ],
)
def test_what_differs_is_said(known: Mapping[str, Order], text: str) -> None:
    found = compared(shipped(), known)
    assert found.differences == [("DE", ORDER_ID, text)]
    assert found.wrong == 1


def test_a_delivery_amazon_had_as_shipped_before_needs_no_package() -> None:
    order = shipped(delivery(reason="OUT/17: Amazon had the order as shipped before this package was told"))
    assert compared(order, there()) == Outgoing(validated=1, settled=1)
    assert compared(order, there(status=OrderStatus.UNSHIPPED)).wrong == 1


def test_deliveries_that_wait_or_were_refused_are_counted_and_shown() -> None:
    deliveries = (
        delivery(key="17?aa", status="pending"),
        delivery(18, key="", status=""),
        delivery(19, key="19!aa", status="error", reason="OUT/19: no\ncarrier"),
        delivery(20),
    )
    moved = (goods(1, delivery=19), goods(1, delivery=20))
    found = compared(shipped(*deliveries, moved=moved), there(package("20", 1)))
    assert found == Outgoing(
        validated=4, settled=1, waiting=2, refused=1, packages=1, confirmed=1,
        untold=[Untold(ORDER_ID, "OUT/19: no carrier")],
    )  # fmt: skip


def test_what_came_back_and_left_again_is_not_counted_twice() -> None:
    moved = (goods(2), goods(2, delivery=18, again=True))
    assert compared(shipped(delivery(), delivery(18, key=""), moved=moved), there(package())).differences == []


def test_more_than_was_ordered_never_reaches_amazon() -> None:
    assert compared(shipped(moved=(goods(5),)), there(package())).differences == []


def test_kits_are_counted_by_their_scarcest_component() -> None:
    demand = {7: Decimal(2), 8: Decimal(6)}
    moved = (goods(2, product=7), goods(5, product=8))
    found = compared(shipped(moved=moved, demand=demand), there(package("17", 1)))
    assert found.differences == []
    assert compared(shipped(moved=moved, demand=demand), there(package("17", 2))).wrong == 1


@pytest.mark.parametrize(
    ("status", "at_amazon", "expected"),
    [
        ("done", OrderStatus.CANCELLED, Outgoing(cancelled=1, notified=1)),
        ("", OrderStatus.UNSHIPPED, Outgoing(cancelled=1, cancel_waiting=1)),
        ("pending", OrderStatus.CANCELLED, Outgoing(cancelled=1, notified=1)),
        ("error", OrderStatus.SHIPPED, Outgoing(cancelled=1, cancel_refused=1, untold=[Untold(ORDER_ID, "why")])),
        (
            "done",
            OrderStatus.UNSHIPPED,
            Outgoing(
                cancelled=1,
                wrong=1,
                differences=[
                    ("", ORDER_ID, "Amazon was told that it is cancelled, but it is unshipped at Amazon"),
                ],
            ),
        ),
    ],
)
def test_orders_cancelled_by_hand(status: str, at_amazon: OrderStatus, expected: Outgoing) -> None:
    cancelled = HandCancelled(order_id=ORDER_ID, status=status, note="why" if status == "error" else "")
    assert compare_outgoing(ACCOUNT, there(status=at_amazon), [], [cancelled]) == expected


def test_an_account_that_tells_nothing_has_nothing_to_compare() -> None:
    silent = an_account(policy=Policy(confirm_shipments=False))
    cancelled = HandCancelled(order_id=ORDER_ID, status="")
    assert compare_outgoing(silent, {}, [shipped()], [cancelled]) == Outgoing()
