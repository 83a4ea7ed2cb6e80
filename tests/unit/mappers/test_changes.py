"""A newer version of an order that is in Odoo: what differs, what is changed, and what a person must decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import NeedsHuman
from domain.odoo import (
    CreateOrder,
    ExistingLine,
    ExistingOrder,
    LineCommand,
    LineKind,
    OrderContent,
    PartnerCommand,
    Plan,
    UpdateOrder,
    UpdateStatus,
)
from domain.order import Buyer, Order, OrderItem, OrderStatus
from domain.parked import CHANGE_BLOCKED, CHANGED_AFTER_DELIVERY, MONEY_MISMATCH
from mappers.changes import later_change, without_cancelled
from mappers.names import contact_xid, item_xid
from mappers.sale_order import plan
from tests.builders import (
    COUNTRIES,
    ORDER_ID,
    SHIP_BY,
    UPDATED,
    an_account,
    an_address,
    an_existing,
    an_item,
    an_order,
    facts,
    part,
)

D = Decimal
LATER = UPDATED + timedelta(minutes=5)
MUG = an_item(part("ITEM", "20.00"), item_id="1", quantity=2)
CUP = an_item(part("ITEM", "9.00"), part("SHIPPING", "4.00"), item_id="2", sku="CUP")
ORDER = an_order(MUG, CUP)


def xid(item: str, kind: str) -> str:
    return item_xid("acme-eu", item, kind)


def as_stored(order: Order, **changes: Any) -> ExistingOrder:
    """What Odoo holds after `order` landed: each line as the mapper wanted it, taxes included in the price."""
    wanted = plan(an_account(), order, facts())
    assert isinstance(wanted, CreateOrder)
    lines = tuple(
        ExistingLine(
            odoo_id=number,
            xid=line.xid,
            product=line.product,
            quantity=D(line.quantity),
            price_unit=line.price_unit,
            total=line.price_unit * line.quantity,
        )
        for number, line in enumerate(wanted.lines, start=101)
        if line.kind is not LineKind.NOTE
    )
    content = OrderContent(
        total=wanted.total, lines=lines, contact=wanted.contact, address=replace(wanted.address, parent="")
    )
    return an_existing(content=replace(content, **changes))


def decide(order: Order, existing: ExistingOrder) -> Plan:
    return plan(an_account(), replace(order, updated=LATER), facts(existing=existing))


def update(order: Order, existing: ExistingOrder) -> UpdateOrder:
    decision = decide(order, existing)
    assert isinstance(decision, UpdateOrder)
    return decision


def refused(order: Order, existing: ExistingOrder) -> NeedsHuman:
    with pytest.raises(NeedsHuman) as raised:
        decide(order, existing)
    return raised.value


def quantities(lines: Sequence[LineCommand]) -> list[tuple[str, int, Decimal]]:
    return [(line.xid, line.quantity, line.price_unit) for line in lines]


def mark(existing: ExistingOrder) -> UpdateStatus:
    return UpdateStatus(
        xid="__amazon_sync__.order_acme-eu_" + ORDER_ID,
        existing=existing,
        status="UNSHIPPED",
        updated=LATER,
        commitment_date=SHIP_BY,
    )


def cancelled(item: OrderItem, **changes: Any) -> OrderItem:
    gone = replace(item, breakdowns=(), total=D(0), quantity=0, cancelled_by="MERCHANT")
    return replace(gone, **changes)


# ------------------------------------------------------------ nothing differs
def test_the_same_lines_move_the_status_on() -> None:
    existing = as_stored(ORDER)
    assert decide(ORDER, existing) == mark(existing)


@pytest.mark.parametrize("changes", [{"deliveries": ("WH/OUT/1",)}, {"locked": True}], ids=["delivered", "locked"])
def test_where_nothing_differs_nothing_stands_in_the_way(changes: dict[str, Any]) -> None:
    existing = as_stored(ORDER, **changes)
    assert decide(ORDER, existing) == mark(existing)


def test_a_content_that_was_not_read_is_our_mistake() -> None:
    wanted = plan(an_account(), ORDER, facts())
    assert isinstance(wanted, CreateOrder)
    with pytest.raises(ValueError, match="content was not read"):
        later_change(ORDER, wanted, an_existing())


@pytest.mark.parametrize(("off", "kind"), [("0.03", UpdateStatus), ("0.04", UpdateOrder)])
def test_a_line_may_miss_its_gross_by_rounding_while_the_total_agrees(off: str, kind: type[Plan]) -> None:
    """Two pieces: a cent each at most, and half a cent for base and for tax."""
    existing = as_stored(ORDER)
    assert existing.content is not None
    mug, *others = existing.content.lines
    moved = replace(mug, total=mug.total + D(off))
    content = replace(existing.content, lines=(moved, *others))
    assert isinstance(decide(ORDER, replace(existing, content=content)), kind)


def test_a_rounding_line_odoo_needed_is_no_difference() -> None:
    existing = as_stored(ORDER)
    assert existing.content is not None
    rounding = ExistingLine(
        odoo_id=900, xid=xid(ORDER_ID, "rounding"), product=5, quantity=D(1), price_unit=D("-0.01"), total=D("-0.01")
    )
    content = replace(existing.content, lines=(*existing.content.lines, rounding))
    existing = replace(existing, content=content)
    assert decide(ORDER, existing) == mark(existing)


def test_a_total_that_is_a_cent_off_is_settled_again() -> None:
    existing = as_stored(ORDER, total=D("32.99"))
    decision = update(ORDER, existing)
    assert (decision.changed, decision.added, decision.emptied, decision.resettle) == ((), (), (), True)
    assert decision.wanted.total == D("33.00")


# ------------------------------------------------------------ lines
def test_a_cancelled_item_is_emptied_with_all_its_lines() -> None:
    existing = as_stored(ORDER)
    decision = update(an_order(MUG, cancelled(CUP)), existing)
    assert [(line.xid, line.odoo_id) for line in decision.emptied] == [
        (xid("2", "product"), 102),
        (xid("2", "shipping"), 103),
    ]
    assert (decision.changed, decision.added, decision.wanted.total) == ((), (), D("20.00"))
    assert (decision.mark, decision.existing, decision.resettle) == (mark(existing), existing, True)
    assert (decision.contact, decision.address) == (None, None)


def test_what_was_emptied_before_is_no_difference() -> None:
    order = an_order(MUG, cancelled(CUP))
    existing = as_stored(ORDER)
    assert existing.content is not None
    lines = tuple(
        replace(line, quantity=D(0), total=D(0)) if "item_acme-eu_2_" in line.xid else line
        for line in existing.content.lines
    )
    existing = replace(existing, content=replace(existing.content, lines=lines, total=D("20.00")))
    assert decide(order, existing) == mark(existing)


@pytest.mark.parametrize("total", [D(0), None])
def test_a_quantity_left_on_a_cancelled_item_does_not_count(total: Decimal | None) -> None:
    order = an_order(MUG, cancelled(CUP, quantity=1, total=total))
    assert [item.quantity for item in without_cancelled(order).items] == [2, 0]
    assert [line.xid for line in update(order, as_stored(ORDER)).emptied] == [xid("2", "product"), xid("2", "shipping")]
    created = plan(an_account(), order, facts())
    assert isinstance(created, CreateOrder)
    assert [line.xid for line in created.lines] == [xid("1", "product")]


def test_a_cancelled_item_that_is_paid_for_counts() -> None:
    order = an_order(replace(MUG, cancelled_by="BUYER"))
    assert without_cancelled(order) == order


def test_a_lowered_quantity() -> None:
    order = an_order(replace(MUG, quantity=1, breakdowns=(part("ITEM", "10.00"),), total=D("10.00")), CUP)
    decision = update(order, as_stored(ORDER))
    assert quantities(decision.changed) == [(xid("1", "product"), 1, D("10.00"))]
    assert (decision.added, decision.emptied, decision.wanted.total) == ((), (), D("23.00"))


def test_a_new_price_of_the_same_quantity() -> None:
    order = an_order(replace(MUG, breakdowns=(part("ITEM", "18.00"),), total=D("18.00")), CUP)
    assert quantities(update(order, as_stored(ORDER)).changed) == [(xid("1", "product"), 2, D("9.00"))]


def test_a_discount_comes_and_goes() -> None:
    cheaper = an_order(MUG, replace(CUP, breakdowns=(*CUP.breakdowns, part("DISCOUNT", "-3.00")), total=D("10.00")))
    decision = update(cheaper, as_stored(ORDER))
    assert quantities(decision.added) == [(xid("2", "discount"), 1, D("-3.00"))]
    assert (decision.changed, decision.emptied, decision.wanted.total) == ((), (), D("30.00"))
    assert [line.xid for line in update(ORDER, as_stored(cheaper)).emptied] == [xid("2", "discount")]


def test_rounding_lines_follow_the_others() -> None:
    three = replace(MUG, quantity=3)
    assert [line.price_unit for line in as_stored(an_order(three)).content.lines] == [D("6.67"), D("-0.01")]  # type: ignore[union-attr]  # as_stored() gives a content
    gone = update(an_order(MUG), as_stored(an_order(three)))
    assert [line.xid for line in gone.emptied] == [xid(ORDER_ID, "rounding")]
    come = update(an_order(three), as_stored(an_order(MUG)))
    assert quantities(come.added) == [(xid(ORDER_ID, "rounding"), 1, D("-0.01"))]


@pytest.mark.parametrize("state", ["draft", "sent", "sale"])
def test_quotations_and_orders_alike(state: str) -> None:
    existing = replace(as_stored(ORDER), state=state)
    assert len(update(an_order(MUG, cancelled(CUP)), existing).emptied) == 2


def test_every_item_cancelled_leaves_nothing() -> None:
    decision = update(an_order(cancelled(MUG), cancelled(CUP)), as_stored(ORDER))
    assert len(decision.emptied) == 3
    assert (decision.wanted.total, decision.wanted.lines) == (D(0), ())


# ------------------------------------------------------------ a person decides
def test_after_a_delivery_a_person_decides() -> None:
    existing = as_stored(ORDER, deliveries=("WH/OUT/1", "WH/OUT/2"))
    needs = refused(an_order(replace(MUG, quantity=1), cancelled(CUP)), existing)
    assert (needs.code, needs.reason) == (
        CHANGED_AFTER_DELIVERY,
        (
            "Amazon changed the order (product of 1: 2 pieces become 1; product of 2: 1 pieces become 0; "
            "shipping of 2: 1 pieces become 0), but WH/OUT/1, WH/OUT/2 is delivered"
        ),
    )


def with_line(existing: ExistingOrder, place: int, **changes: Any) -> ExistingOrder:
    assert existing.content is not None
    lines = list(existing.content.lines)
    lines[place] = replace(lines[place], **changes)
    return replace(existing, content=replace(existing.content, lines=tuple(lines)))


@pytest.mark.parametrize(
    ("existing", "code", "why"),
    [
        (with_line(as_stored(ORDER), 0, delivered=D(1)), CHANGED_AFTER_DELIVERY, "a part of it is delivered"),
        (as_stored(ORDER, locked=True), CHANGE_BLOCKED, "the sale order is locked"),
        (
            with_line(as_stored(ORDER), 2, invoiced=D(1)),
            CHANGE_BLOCKED,
            "the sale order is invoiced, or has a draft invoice",
        ),
    ],
)
def test_a_sale_order_that_must_not_change(existing: ExistingOrder, code: str, why: str) -> None:
    needs = refused(an_order(MUG, cancelled(CUP)), existing)
    assert needs.code == code
    assert needs.reason == (
        "Amazon changed the order (product of 2: 1 pieces become 0; shipping of 2: 1 pieces become 0), but " + why
    )


def by_hand(total: str) -> ExistingOrder:
    existing = as_stored(ORDER)
    assert existing.content is not None
    line = ExistingLine(odoo_id=7, xid="", product=9, quantity=D(1), price_unit=D(total), total=D(total))
    content = replace(existing.content, lines=(*existing.content.lines, line), total=existing.content.total + D(total))
    return replace(existing, content=content)


def test_amounts_added_by_hand_stop_a_change_and_nothing_else() -> None:
    assert decide(ORDER, by_hand("5.00")) == mark(by_hand("5.00"))
    needs = refused(an_order(MUG, cancelled(CUP)), by_hand("5.00"))
    assert (needs.code, needs.reason.endswith("but the sale order has amounts that were added in Odoo")) == (
        CHANGE_BLOCKED,
        True,
    )
    assert len(update(an_order(MUG, cancelled(CUP)), by_hand("0.00")).emptied) == 2


def test_a_long_list_is_cut() -> None:
    items = [replace(MUG, item_id=str(number)) for number in range(11)]
    needs = refused(an_order(*(cancelled(item) for item in items)), as_stored(an_order(*items), locked=True))
    assert needs.reason.count("become") == 8
    assert "become 0 and 3 more), but" in needs.reason


# ------------------------------------------------------------ no amounts
def without_amounts(*items: OrderItem) -> Order:
    bare = tuple(replace(item, breakdowns=(), total=None) for item in items)
    return an_order(*bare, currency="", grand_total=None)


def test_no_amounts_at_all_never_overwrite_those_in_odoo() -> None:
    existing = as_stored(ORDER)
    assert decide(without_amounts(MUG, CUP), existing) == mark(existing)


def test_new_quantities_without_amounts_need_a_person() -> None:
    needs = refused(without_amounts(replace(MUG, quantity=1), CUP), as_stored(ORDER))
    assert (needs.code, needs.reason) == (
        MONEY_MISMATCH,
        "Amazon's newest version has other quantities than the sale order, but no amounts",
    )


def test_all_cancelled_without_amounts() -> None:
    gone = without_amounts(*(replace(item, cancelled_by="BUYER") for item in (MUG, CUP)))
    assert len(update(gone, as_stored(ORDER)).emptied) == 3


def test_a_free_order_whose_quantity_changes() -> None:
    free = without_amounts(replace(MUG, quantity=3))
    decision = update(without_amounts(MUG), as_stored(free))
    assert (quantities(decision.changed), decision.wanted.total) == ([(xid("1", "product"), 2, D(0))], D(0))


# ------------------------------------------------------------ partners
MOVED = an_address(lines=("Neue Str. 1", "c/o Post"), city="Köln", postal_code="50667", state="NW")


def test_a_new_address_is_a_record_of_its_own() -> None:
    existing = as_stored(ORDER)
    assert existing.content is not None
    order = replace(ORDER, address=MOVED)
    decision = update(order, existing)
    wanted = plan(an_account(), order, facts())
    assert isinstance(wanted, CreateOrder)
    assert decision.address == replace(wanted.address, parent=existing.content.contact.xid)
    assert (decision.address.street, decision.address.city, decision.address.state) == ("Neue Str. 1", "Köln", 602)
    assert decision.address.xid != existing.content.address.xid
    assert (decision.changed, decision.added, decision.emptied, decision.resettle) == ((), (), (), False)


@pytest.mark.parametrize(
    "address",
    [
        None,
        an_address(name="", lines=(), city="", state="", postal_code="", country_code="", phone=""),
        an_address(lines=(), name="Somebody else"),
        an_address(lines=("  ",), city="Köln"),
        an_address(name="", phone=""),
        an_address(city="", postal_code="", country_code="", state=""),
        an_address(name="ERIKA  MUSTERMANN", lines=("hauptstr. 5",)),
        an_address(phone="+49 30 999"),
    ],
)
def test_an_empty_or_equal_address_changes_nothing(address: Any) -> None:
    existing = as_stored(replace(ORDER, buyer=Buyer(name="Erika", email="shared@marketplace.amazon.de")))
    order = replace(ORDER, buyer=Buyer(name="Erika", email="shared@marketplace.amazon.de"), address=address)
    assert decide(order, existing) == mark(existing)


def test_a_part_left_empty_keeps_what_is_stored() -> None:
    address = an_address(name="", lines=("Neue Str. 1",), postal_code="", country_code="", state="", phone="")
    moved = update(replace(ORDER, address=address), as_stored(ORDER)).address
    assert moved is not None
    assert (moved.name, moved.street, moved.zip, moved.country, moved.state, moved.phone) == (
        "Erika Mustermann", "Neue Str. 1", "10115", 57, 601, "+49 30 1234",
    )  # fmt: skip


def test_a_state_of_another_country_is_not_kept() -> None:
    address = an_address(lines=("Main St 1",), country_code="US", state="")
    moved = update(replace(ORDER, address=address), as_stored(ORDER)).address
    assert moved is not None
    assert (moved.country, moved.state) == (COUNTRIES["US"].odoo_id, None)


@pytest.mark.parametrize("chosen", ["", "base.main_partner", "__amazon_sync__.contact_acme-eu_1"])
def test_an_address_a_person_chose_stays(chosen: str) -> None:
    existing = as_stored(ORDER, address=PartnerCommand(xid=chosen, name="Somewhere"))
    assert decide(replace(ORDER, address=MOVED), existing) == mark(existing)


def test_after_a_delivery_a_new_address_comes_too_late() -> None:
    existing = as_stored(ORDER, deliveries=("WH/OUT/1",))
    assert decide(replace(ORDER, address=MOVED), existing) == mark(existing)


OWN = an_order(buyer=Buyer(name="Erika"))


def test_the_orders_own_contact_follows() -> None:
    existing = as_stored(OWN)
    assert existing.content is not None
    assert existing.content.contact.xid == contact_xid("acme-eu", ORDER_ID)
    order = replace(OWN, buyer=Buyer(name="Max", email="max@marketplace.amazon.de"))
    decision = update(order, existing)
    assert decision.contact == replace(existing.content.contact, name="Max", email="max@marketplace.amazon.de")
    assert (decision.address, decision.resettle) == (None, False)


@pytest.mark.parametrize("buyer", [Buyer(), Buyer(name="Erika")])
def test_an_empty_buyer_changes_nothing(buyer: Buyer) -> None:
    named = an_order(buyer=Buyer(name="Erika", email="erika@example.org", company="ACME"))
    existing = as_stored(named)
    order = replace(named, buyer=buyer, address=None)
    assert decide(order, existing) == mark(existing)


def test_a_contact_of_several_orders_stays() -> None:
    existing = as_stored(ORDER)
    order = replace(ORDER, buyer=replace(ORDER.buyer, name="Other name"))
    assert decide(order, existing) == mark(existing)


@pytest.mark.parametrize("status", [OrderStatus.UNSHIPPED, OrderStatus.PARTIALLY_SHIPPED, OrderStatus.SHIPPED])
def test_what_was_cancelled_in_odoo_gets_the_status_only(status: OrderStatus) -> None:
    existing = an_existing(state="cancel")
    decision = decide(an_order(cancelled(MUG), CUP, status=status), existing)
    assert decision == replace(mark(existing), status=status.upper())
