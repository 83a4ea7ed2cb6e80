"""The referee's judgement, small case by small case: what counts, and what is called wrong in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.order import Channel, Order, OrderStatus
from sync.compare import OTHER, AmazonOrder, ParkedOrder, Report, Row, SaleOrder, Totals, compare, expected_total
from tests.builders import ORDER_ID, UPDATED, an_account, an_item, an_order, part

FR = an_account().marketplaces[1]
PARKED = {ORDER_ID: ParkedOrder(ORDER_ID, "money_mismatch", "parts do not add up", "Look at it.")}
MISSING = "missing in Odoo, and not parked"


def at_amazon(order: Order | None = None) -> AmazonOrder:
    order = order or an_order()
    return AmazonOrder(order_id=order.order_id, updated=order.updated, marketplace_id=order.marketplace_id, order=order)


def in_odoo(**changes: Any) -> SaleOrder:
    """The sale order of `an_order()`, imported to the end."""
    given = SaleOrder(
        odoo_id=7,
        order_id=ORDER_ID,
        state="sale",
        total=Decimal("20.00"),
        currency="EUR",
        channel="fbm",
        status="UNSHIPPED",
        updated=UPDATED,
    )
    return replace(given, **changes)


def texts(report: Report) -> list[str]:
    return [difference.text for difference in report.differences]


def test_an_order_that_is_the_same_on_both_sides_agrees() -> None:
    report = compare(an_account(), [at_amazon()], [in_odoo()], {})
    assert report.agrees
    assert report.rows == {"DE": Row(amazon=1, due=1, odoo=1)}
    assert report.totals == {"EUR": Totals(amazon=Decimal("20.00"), odoo=Decimal("20.00"))}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"total": Decimal("19.99")}, "19.99 EUR in Odoo, 20.00 EUR at Amazon"),
        ({"total": Decimal("20.01")}, "20.01 EUR in Odoo, 20.00 EUR at Amazon"),
        ({"currency": "USD"}, "in USD, at Amazon in EUR"),
        ({"state": "draft"}, "its state is draft: not confirmed"),
        ({"state": "cancel"}, "cancelled in Odoo, but not at Amazon"),
        ({"channel": "fba"}, "fba in Odoo, fbm at Amazon"),
        ({"channel": ""}, "no channel in Odoo, fbm at Amazon"),
        ({"status": "SHIPPED"}, "SHIPPED in Odoo, UNSHIPPED at Amazon"),
        ({"updated": None}, "its import was not finished"),
    ],
)
def test_whatever_differs_is_named(changes: dict[str, Any], text: str) -> None:
    report = compare(an_account(), [at_amazon()], [in_odoo(**changes)], {})
    assert texts(report) == [text]
    assert (report.differences[0].account, report.differences[0].marketplace) == ("acme-eu", "DE")
    assert report.differences[0].order_id == ORDER_ID
    assert report.rows["DE"].wrong == 1
    assert not report.agrees


def test_several_mistakes_of_one_order_are_one_difference() -> None:
    report = compare(an_account(), [at_amazon()], [in_odoo(total=Decimal(1), channel="fba")], {})
    assert texts(report) == ["1 EUR in Odoo, 20.00 EUR at Amazon; fba in Odoo, fbm at Amazon"]
    assert report.rows["DE"].wrong == 1


def test_a_due_order_must_be_there_or_parked() -> None:
    missing = compare(an_account(), [at_amazon()], [], {})
    assert texts(missing) == [MISSING]
    assert missing.rows == {"DE": Row(amazon=1, due=1, wrong=1)}
    assert missing.totals["EUR"].difference == Decimal("20.00")
    parked = compare(an_account(), [at_amazon()], [], PARKED)
    assert parked.agrees
    assert parked.rows == {"DE": Row(amazon=1, due=1, parked=1)}
    assert parked.totals == {"EUR": Totals(amazon=Decimal("20.00"), parked=Decimal("20.00"))}
    assert parked.parked == [PARKED[ORDER_ID]]


def test_a_parked_order_may_have_a_quotation_but_not_two() -> None:
    draft = in_odoo(state="draft", total=Decimal(3))
    assert compare(an_account(), [at_amazon()], [draft], PARKED).agrees
    twice = compare(an_account(), [at_amazon()], [draft, replace(draft, odoo_id=8)], PARKED)
    assert texts(twice) == ["2 sale orders instead of one"]


def test_two_sale_orders_of_one_order_are_wrong_even_if_both_are_right() -> None:
    report = compare(an_account(), [at_amazon()], [in_odoo(), in_odoo(odoo_id=8)], {})
    assert texts(report) == ["2 sale orders instead of one"]
    assert report.totals["EUR"].difference == Decimal("-20.00")


@pytest.mark.parametrize(
    ("channel", "status"),
    [
        (Channel.FBM, OrderStatus.PENDING),
        (Channel.FBM, OrderStatus.PENDING_AVAILABILITY),
        (Channel.FBA, OrderStatus.UNSHIPPED),
        (Channel.FBA, OrderStatus.PARTIALLY_SHIPPED),
        (Channel.FBA, OrderStatus.UNFULFILLABLE),
        (Channel.FBM, OrderStatus.CANCELLED),
    ],
)
def test_an_order_that_is_not_due_need_not_be_there(channel: Channel, status: OrderStatus) -> None:
    report = compare(an_account(), [at_amazon(an_order(channel=channel, status=status))], [], {})
    assert report.agrees
    assert report.rows == {"DE": Row(amazon=1)}
    assert report.totals == {}


def test_an_order_that_was_never_due_must_not_be_there() -> None:
    pending = at_amazon(an_order(status=OrderStatus.PENDING))
    report = compare(an_account(), [pending], [in_odoo(status="PENDING")], {})
    assert texts(report) == ["in Odoo, although the order is pending at Amazon"]
    assert compare(an_account(), [pending], [in_odoo(status="UNSHIPPED")], {}).agrees


def test_a_cancelled_order_is_cancelled_in_odoo_too() -> None:
    cancelled = at_amazon(an_order(status=OrderStatus.CANCELLED))
    report = compare(an_account(), [cancelled], [in_odoo(state="cancel", status="CANCELLED")], {})
    assert report.agrees
    assert report.rows == {"DE": Row(amazon=1, cancelled=1)}
    still = compare(an_account(), [cancelled], [in_odoo()], {})
    assert texts(still) == ["cancelled at Amazon, sale in Odoo"]
    assert compare(an_account(), [cancelled], [in_odoo()], PARKED).agrees


def test_orders_of_others_are_counted_apart_and_must_not_be_there() -> None:
    elsewhere = at_amazon(an_order(marketplace_id="A38D8NSA03LJTC"))
    foreign = at_amazon(an_order(order_id="302-0000000-0000001", sales_channel="NON_AMAZON"))
    assert compare(an_account(), [elsewhere, foreign], [], {}).rows == {OTHER: Row(amazon=2)}
    report = compare(an_account(), [elsewhere, foreign], [in_odoo()], {})
    assert texts(report) == ["in Odoo, although it is no order of this account's marketplaces"]


def test_a_sale_order_that_amazon_does_not_know_is_wrong() -> None:
    report = compare(an_account(), [], [in_odoo()], {})
    assert texts(report) == ["in Odoo, but Amazon has no such order"]
    assert report.differences[0].order_id == ORDER_ID


def test_an_order_that_cannot_be_read_must_be_parked() -> None:
    unreadable = replace(at_amazon(), order=None)
    assert texts(compare(an_account(), [unreadable], [], {})) == ["Amazon's data cannot be read, and it is not parked"]
    parked = compare(an_account(), [unreadable], [], PARKED)
    assert parked.agrees
    assert parked.rows == {"DE": Row(amazon=1, parked=1)}


def test_an_order_that_moved_on_while_both_sides_were_read_is_no_difference() -> None:
    newer = in_odoo(updated=UPDATED + timedelta(minutes=3), status="SHIPPED", total=Decimal("12.00"))
    report = compare(an_account(), [at_amazon()], [newer], {})
    assert report.agrees
    assert report.totals["EUR"].odoo == Decimal("12.00")


def test_quotations_are_right_where_the_account_does_not_confirm() -> None:
    policy = replace(an_account().policy, confirm=False)
    assert compare(an_account(policy=policy), [at_amazon()], [in_odoo(state="draft")], {}).agrees


def test_rows_and_totals_go_by_marketplace_and_currency() -> None:
    other = an_order(an_item(part("ITEM", "5.00")), order_id="402-0000000-0000001", marketplace_id=FR.id)
    sale = in_odoo(odoo_id=8, order_id=other.order_id, total=Decimal("5.00"))
    report = compare(an_account(), [at_amazon(), at_amazon(other)], [in_odoo(), sale], {})
    assert report.rows == {"DE": Row(amazon=1, due=1, odoo=1), "FR": Row(amazon=1, due=1, odoo=1)}
    assert report.totals == {"EUR": Totals(amazon=Decimal("25.00"), odoo=Decimal("25.00"))}


class TestExpectedTotal:
    """Amazon's figures -> what the sale order must come to."""

    def test_proceeds_of_all_items(self) -> None:
        order = an_order(an_item(part("ITEM", "20.00"), part("DISCOUNT", "-3.00")), an_item(part("ITEM", "0.01")))
        assert expected_total(order) == Decimal("17.01")

    def test_tax_that_amazon_remits_is_left_out(self) -> None:
        item = an_item(part("ITEM", "20.00"), part("TAX", "1.65"), tax_collected_by_amazon=True)
        assert expected_total(an_order(item)) == Decimal("20.00")

    def test_tax_that_is_the_sellers_stays(self) -> None:
        assert expected_total(an_order(an_item(part("ITEM", "20.00"), part("TAX", "1.65")))) == Decimal("21.65")

    def test_what_concerns_the_whole_order_is_added(self) -> None:
        order = an_order(order_breakdowns=(part("DELIVERY_TIP", "2.50"),))
        assert order.grand_total == Decimal("22.50")
        assert expected_total(order) == Decimal("22.50")

    def test_sums_of_the_items_that_the_order_repeats_are_not_added_twice(self) -> None:
        order = replace(an_order(), order_breakdowns=(part("ITEM", "20.00"),))
        assert expected_total(order) == Decimal("20.00")

    def test_a_discount_given_as_a_positive_amount_still_lowers(self) -> None:
        item = replace(an_item(part("ITEM", "20.00"), part("DISCOUNT", "3.00")), total=None)
        assert expected_total(an_order(item, grand_total=Decimal("17.00"))) == Decimal("17.00")

    def test_figures_that_contradict_each_other_have_no_total_and_must_be_parked(self) -> None:
        order = an_order(grand_total=Decimal("20.01"))
        assert expected_total(order) is None
        report = compare(an_account(), [at_amazon(order)], [in_odoo()], {})
        assert texts(report)[0].startswith("Amazon's own amounts do not add up, and it is not parked")
        assert compare(an_account(), [at_amazon(order)], [], PARKED).agrees
