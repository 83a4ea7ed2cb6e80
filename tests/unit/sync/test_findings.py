"""How an order of Amazon's stands in Odoo: what is a gap, what a person must look at, what is neither."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clients.odoo.issues import DISMISSED, Issue
from domain.account import CollectedTax, Policy
from domain.money import ZERO
from domain.order import Order, OrderStatus
from domain.parked import CHANGED_IN_ODOO
from domain.reconciled import DayRow, Finding, Found, Reconciled, rows_of, told
from sync.compare import AmazonOrder, SaleOrder
from sync.findings import judge, judge_again
from tests.builders import BOUGHT, NOW, ORDER_ID, UPDATED, an_account, an_item, an_order, part

ACCOUNT = an_account()
LATER = UPDATED + timedelta(hours=1)


def at_amazon(order: Order | None = None) -> AmazonOrder:
    given = order or an_order()
    return AmazonOrder(order_id=given.order_id, updated=given.updated, marketplace_id=given.marketplace_id, order=given)


def in_odoo(**changes: Any) -> SaleOrder:
    sale_order = SaleOrder(
        odoo_id=7,
        order_id=ORDER_ID,
        state="sale",
        total=Decimal("20.00"),
        currency="EUR",
        channel="fbm",
        status="UNSHIPPED",
        updated=UPDATED,
    )
    return replace(sale_order, **changes)


def an_issue(code: str = "odoo_refused", **changes: Any) -> Issue:
    issue = Issue(account="acme-eu", order_id=ORDER_ID, code=code, reason="r", remedy="m", version=UPDATED)
    return replace(issue, **changes)


@pytest.mark.parametrize(
    ("there", "found"),
    [
        ([in_odoo()], Found.AGREES),
        ([], Found.MISSING),
        ([in_odoo(updated=None)], Found.STALE),
        ([in_odoo(updated=UPDATED - timedelta(seconds=1))], Found.STALE),
        ([in_odoo(state="cancel")], Found.CANCELLED),
        ([in_odoo(total=Decimal("20.01"))], Found.DIFFERS),
        ([in_odoo(total=Decimal("20.00"), currency="USD")], Found.DIFFERS),
        ([in_odoo(), in_odoo(odoo_id=8)], Found.DIFFERS),
        ([in_odoo(), in_odoo(odoo_id=8, state="cancel")], Found.AGREES),
        # It has moved on since the page was read: what Odoo has is newer, whatever it comes to.
        ([in_odoo(updated=LATER, total=Decimal("5.00"))], Found.AGREES),
    ],
)
def test_a_due_order_must_be_in_odoo_once_in_this_version_with_this_total(there: list[SaleOrder], found: Found) -> None:
    finding = judge(ACCOUNT, at_amazon(), there, None)
    assert finding.found is found
    assert (finding.day, finding.currency, finding.updated) == (BOUGHT.date(), "EUR", UPDATED)


def test_odoo_keeps_whole_seconds() -> None:
    order = an_order(updated=UPDATED + timedelta(milliseconds=900))
    assert judge(ACCOUNT, at_amazon(order), [in_odoo()], None).found is Found.AGREES


@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.PENDING_AVAILABILITY, OrderStatus.CANCELLED])
def test_what_is_not_due_is_no_gap(status: OrderStatus) -> None:
    assert judge(ACCOUNT, at_amazon(an_order(status=status)), [], None).found is Found.NOT_DUE


def test_a_missed_cancellation_is_a_gap_until_the_sale_order_is_cancelled() -> None:
    order = at_amazon(an_order(status=OrderStatus.CANCELLED, updated=LATER))
    finding = judge(ACCOUNT, order, [in_odoo()], None)
    assert (finding.found, finding.amazon, finding.odoo) == (Found.STALE, ZERO, Decimal("20.00"))
    assert judge(ACCOUNT, order, [in_odoo(state="cancel", updated=LATER)], None).found is Found.NOT_DUE
    mended = judge_again(finding, [in_odoo(state="cancel", updated=LATER)], None)
    assert (mended.found, mended.odoo) == (Found.MENDED, ZERO)


@pytest.mark.parametrize("code", ["odoo_refused", "money_mismatch", "attempts_exhausted"])
@pytest.mark.parametrize("there", [[], [in_odoo(total=Decimal(1))]])
def test_what_waits_for_a_person_is_no_gap(code: str, there: list[SaleOrder]) -> None:
    assert judge(ACCOUNT, at_amazon(), there, an_issue(code)).found is Found.PARKED
    assert judge(ACCOUNT, at_amazon(), there, an_issue(code, state=DISMISSED)).found is Found.PARKED


def test_a_finding_of_its_own_is_judged_anew_unless_it_was_dismissed_in_this_version() -> None:
    there = [in_odoo(total=Decimal("19.00"))]
    assert judge(ACCOUNT, at_amazon(), there, an_issue(CHANGED_IN_ODOO)).found is Found.DIFFERS
    assert judge(ACCOUNT, at_amazon(), [in_odoo()], an_issue(CHANGED_IN_ODOO)).found is Found.AGREES
    assert judge(ACCOUNT, at_amazon(), [], an_issue(CHANGED_IN_ODOO)).found is Found.MISSING
    dismissed = an_issue(CHANGED_IN_ODOO, state=DISMISSED)
    assert judge(ACCOUNT, at_amazon(), there, dismissed).found is Found.PARKED
    older = replace(dismissed, version=UPDATED - timedelta(days=1))
    assert judge(ACCOUNT, at_amazon(), there, older).found is Found.DIFFERS


def test_orders_of_others_and_of_other_channels_are_none_of_ours() -> None:
    assert judge(ACCOUNT, at_amazon(an_order(marketplace_id="ATVPDKIKX0DER")), [], None).found is Found.NOT_DUE
    assert judge(ACCOUNT, at_amazon(an_order(sales_channel="NON_AMAZON")), [], None).found is Found.NOT_DUE


def test_unreadable_data_that_is_not_parked_is_a_gap() -> None:
    unreadable = replace(at_amazon(), order=None)
    assert judge(ACCOUNT, unreadable, [], None).found is Found.MISSING
    assert judge(ACCOUNT, unreadable, [], an_issue("bad_order")).found is Found.PARKED


def test_without_amounts_at_amazon_there_is_nothing_to_compare() -> None:
    bare = an_item(unit_price=None)
    order = an_order(replace(bare, breakdowns=(), total=None), currency="", grand_total=None)
    finding = judge(ACCOUNT, at_amazon(order), [in_odoo(total=Decimal("8.00"))], None)
    assert (finding.found, finding.amazon) == (Found.AGREES, Decimal("8.00"))
    stale = judge(
        ACCOUNT, at_amazon(order), [in_odoo(total=Decimal("8.00"), updated=UPDATED - timedelta(hours=1))], None
    )
    assert (stale.found, stale.amazon) == (Found.STALE, Decimal("8.00"))
    again = judge_again(stale, [in_odoo(total=Decimal("8.00"))], None)
    assert (again.found, again.amazon, again.odoo) == (Found.MENDED, Decimal("8.00"), Decimal("8.00"))


def test_amounts_of_amazon_that_contradict_each_other_are_named() -> None:
    order = an_order(grand_total=Decimal("20.01"))
    finding = judge(ACCOUNT, at_amazon(order), [in_odoo()], None)
    assert (finding.found, finding.text) == (
        Found.DIFFERS, "Amazon's own amounts do not add up, and it is not parked",
    )  # fmt: skip


def test_an_order_keeps_the_policy_it_landed_under() -> None:
    item = an_item(part("ITEM", "20.00"), part("TAX", "1.60"), tax_collected_by_amazon=True)
    order = at_amazon(an_order(item))
    clearing = replace(ACCOUNT, policy=Policy(collected_tax=CollectedTax.CLEARING_LINE))
    for account, total, found in (
        (ACCOUNT, "20.00", Found.AGREES),
        (ACCOUNT, "21.60", Found.AGREES),
        (clearing, "20.00", Found.AGREES),
        (clearing, "21.60", Found.AGREES),
        (clearing, "20.80", Found.DIFFERS),
    ):
        assert judge(account, order, [in_odoo(total=Decimal(total))], None).found is found


MISSING = judge(ACCOUNT, at_amazon(), [], None)


@pytest.mark.parametrize(
    ("there", "parked", "found"),
    [
        ([in_odoo()], None, Found.MENDED),
        ([], None, Found.MISSING),
        ([in_odoo(updated=None)], None, Found.MISSING),
        ([], an_issue(), Found.PARKED),
        ([in_odoo(total=Decimal("19.00"))], None, Found.DIFFERS),
        ([in_odoo(total=Decimal("19.00"), updated=LATER)], None, Found.MENDED),
        ([in_odoo(state="cancel")], None, Found.CANCELLED),
    ],
)
def test_a_gap_is_closed_when_odoo_says_so(there: list[SaleOrder], parked: Issue | None, found: Found) -> None:
    assert judge_again(MISSING, there, parked).found is found


def finding(order_id: str, found: Found, day: int, amazon: str = "10.00", odoo: str = "10.00") -> Finding:
    return Finding(
        order_id=order_id,
        found=found,
        day=date(2026, 4, day),
        currency="EUR",
        updated=UPDATED,
        amazon=Decimal(amazon),
        odoo=Decimal(odoo),
        text="" if found is Found.AGREES else "why | so",
    )


FINDINGS = [
    finding("1", Found.AGREES, 29),
    finding("2", Found.PARKED, 29, odoo="0"),
    finding("3", Found.CANCELLED, 29, odoo="0"),
    finding("4", Found.MENDED, 30),
    finding("5", Found.DIFFERS, 30, odoo="9.00"),
    finding("6", Found.MISSING, 30, odoo="0"),
    finding("7", Found.NOT_DUE, 30),
    finding("8", Found.ONLY_IN_ODOO, 30),
    finding("9", Found.AGREES, 2),
]
ROWS = (
    DayRow(day=None, currency="EUR", amazon=1, odoo=1, at_amazon=Decimal("10.00"), in_odoo=Decimal("10.00")),
    DayRow(
        day=date(2026, 4, 29), currency="EUR", amazon=3, odoo=1, parked=1, cancelled=1, at_amazon=Decimal("30.00"),
        in_odoo=Decimal("10.00"), unbooked=Decimal("20.00"),
    ),
    DayRow(
        day=date(2026, 4, 30), currency="EUR", amazon=3, odoo=2, mended=1, missing=1, differs=1,
        at_amazon=Decimal("30.00"), in_odoo=Decimal("19.00"),
    ),
)  # fmt: skip


def test_findings_are_counted_by_day_and_what_was_bought_before_is_one_row() -> None:
    rows = rows_of(FINDINGS, date(2026, 4, 28))
    assert rows == ROWS
    assert [row.difference for row in rows] == [ZERO, ZERO, Decimal("11.00")]


def test_what_is_written_is_read_again() -> None:
    for one in FINDINGS:
        assert Finding.read(one.order_id, one.written()) == one
    ended = Reconciled(since=UPDATED, until=LATER, ended=NOW, rows=ROWS, named=told(FINDINGS))
    assert Reconciled.read(ended.written()) == ended
    assert [order_id for order_id, _, _ in ended.named] == ["4", "5", "6", "8"]
    assert (ended.count(Found.MENDED), ended.count(Found.MISSING, Found.STALE)) == (1, 1)
