"""The decision about one order: every status, channel and state of what is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import NeedsHuman
from domain.odoo import CancelOrder, CreateOrder, Plan, Skip, Unchanged, UpdateStatus
from domain.odoo_facts import ExistingOrder
from domain.order import Buyer, Channel, Order, OrderStatus
from domain.parked import BAD_ORDER, MONEY_MISMATCH, UNKNOWN_CURRENCY
from mappers.lines import order_lines
from mappers.names import order_xid
from mappers.offers import missing_offers
from mappers.partner import partners
from mappers.sale_order import plan
from tests.builders import (
    BOUGHT,
    COUNTRIES,
    DE,
    ORDER_ID,
    SHIP_BY,
    UPDATED,
    account_facts,
    an_account,
    an_existing,
    an_item,
    an_order,
    facts,
    part,
)
from tests.unit.mappers.stored import as_stored

D = Decimal
FBA, FBM = Channel.FBA, Channel.FBM
S = OrderStatus
LATER = UPDATED + timedelta(minutes=5)
XID = order_xid("acme-eu", ORDER_ID)


def decide(order: Order, existing: ExistingOrder | None = None, **known: Any) -> Plan:
    return plan(an_account(), order, facts(existing=existing, **known))


def created(order: Order, existing: ExistingOrder | None = None, **known: Any) -> CreateOrder:
    decision = decide(order, existing, **known)
    assert isinstance(decision, CreateOrder)
    return decision


# ------------------------------------------------------------ the whole command
def test_everything_of_a_new_order() -> None:
    order = an_order(
        an_item(part("ITEM", "10.00"), quantity=3, gift_message="Hello"),
        buyer=Buyer(name="Max", email="m@marketplace.amazon.de", purchase_order="PO-7"),
    )
    contact, address = partners("acme-eu", order, COUNTRIES, company=1)
    command = created(order)
    assert command == CreateOrder(
        account=an_account(),
        facts=account_facts(),
        xid=XID,
        order_id=ORDER_ID,
        marketplace="DE",
        channel=FBM,
        status="UNSHIPPED",
        updated=UPDATED,
        date_order=BOUGHT,
        commitment_date=SHIP_BY,
        currency="EUR",
        total=D("10.00"),
        contact=contact,
        address=address,
        offers=missing_offers("acme-eu", DE, order, facts()),
        lines=order_lines("acme-eu", order, facts()),
        note="Gift message: Hello",
        service_level="Standard",
        purchase_order="PO-7",
        existing=None,
    )
    assert [offer.sku for offer in command.offers] == ["MUG-BLUE"]
    assert [line.kind for line in command.lines] == ["product", "note", "rounding"]


def test_total_is_what_the_buyer_pays_the_seller() -> None:
    item = an_item(part("ITEM", "20.00"), part("TAX", "2.00"), tax_collected_by_amazon=True)
    assert created(an_order(item)).total == D("20.00")
    tip = an_order(item, order_breakdowns=(part("DELIVERY_TIP", "5.00"),))
    assert created(tip).total == D("25.00")


def test_gift_messages_of_all_items_are_in_the_note() -> None:
    items = [an_item(item_id=str(number), gift_message=text) for number, text in enumerate(["One", "", "Two"])]
    assert created(an_order(*items)).note == "Gift message: One\nGift message: Two"


def test_a_free_replacement_order() -> None:
    item = an_item(breakdowns=(), total=None)
    command = created(an_order(item, currency="", grand_total=None))
    assert (command.currency, command.total) == ("EUR", D(0))
    assert [(line.quantity, line.gross) for line in command.lines] == [(1, D(0))]


# ------------------------------------------------------------ status x channel x what is there
WAIT = "wait"
CREATE = "create"
DUE = {
    (FBA, S.PENDING_AVAILABILITY): WAIT, (FBM, S.PENDING_AVAILABILITY): WAIT,
    (FBA, S.PENDING): WAIT, (FBM, S.PENDING): WAIT,
    (FBA, S.UNSHIPPED): WAIT, (FBM, S.UNSHIPPED): CREATE,
    (FBA, S.PARTIALLY_SHIPPED): WAIT, (FBM, S.PARTIALLY_SHIPPED): CREATE,
    (FBA, S.SHIPPED): CREATE, (FBM, S.SHIPPED): CREATE,
    (FBA, S.UNFULFILLABLE): WAIT, (FBM, S.UNFULFILLABLE): WAIT,
}  # fmt: skip


def test_the_table_knows_every_case() -> None:
    assert set(DUE) | {(channel, S.CANCELLED) for channel in Channel} == {(c, s) for c in Channel for s in S}


@pytest.mark.parametrize(("channel", "status"), DUE)
def test_a_new_order(channel: Channel, status: OrderStatus) -> None:
    order = an_order(channel=channel, status=status)
    if DUE[channel, status] == WAIT:
        assert decide(order) == Skip(f"{channel} order is {status}")
    else:
        assert (created(order).status, created(order).channel) == (status.upper(), channel)


@pytest.mark.parametrize("channel", Channel)
def test_a_cancelled_order_that_never_came_creates_nothing(channel: Channel) -> None:
    assert decide(an_order(channel=channel, status=S.CANCELLED)) == Skip("cancelled before it was due")


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("status", [s for s in S if s is not S.CANCELLED])
def test_an_unfinished_order_is_completed_whatever_its_status(channel: Channel, status: OrderStatus) -> None:
    order = an_order(channel=channel, status=status)
    existing = replace(as_stored(an_order()), state="draft", status="", updated=None)
    command = created(order, existing)
    assert (command.existing, command.status, command.xid) == (existing, status.upper(), XID)
    assert command.overtaken is None


def test_an_unfinished_order_that_amazon_cancelled_is_cancelled() -> None:
    existing = an_existing(state="draft", updated=None)
    assert decide(an_order(status=S.CANCELLED), existing) == CancelOrder(
        xid=XID, existing=existing, status="CANCELLED", updated=UPDATED
    )


@pytest.mark.parametrize("status", S)
def test_an_unfinished_order_that_somebody_cancelled_stays_so(status: OrderStatus) -> None:
    assert decide(an_order(status=status), an_existing(state="cancel", updated=None)) == Skip("cancelled in Odoo")


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("state", ["draft", "sent", "sale", "done"])
@pytest.mark.parametrize("status", [S.UNSHIPPED, S.PARTIALLY_SHIPPED, S.SHIPPED, S.UNFULFILLABLE])
def test_a_newer_version_moves_the_status_on(channel: Channel, state: str, status: OrderStatus) -> None:
    existing = replace(as_stored(an_order()), state=state)
    assert decide(an_order(channel=channel, status=status, updated=LATER), existing) == UpdateStatus(
        xid=XID, existing=existing, status=status.upper(), updated=LATER, commitment_date=SHIP_BY
    )


@pytest.mark.parametrize("state", ["draft", "sent", "sale", "done"])
def test_a_newer_version_that_is_cancelled_cancels(state: str) -> None:
    existing = an_existing(state=state)
    assert decide(an_order(status=S.CANCELLED, updated=LATER), existing) == CancelOrder(
        xid=XID, existing=existing, status="CANCELLED", updated=LATER
    )


def test_what_is_cancelled_on_both_sides_gets_the_status_only() -> None:
    existing = an_existing(state="cancel")
    assert decide(an_order(status=S.CANCELLED, updated=LATER), existing) == UpdateStatus(
        xid=XID, existing=existing, status="CANCELLED", updated=LATER, commitment_date=SHIP_BY
    )


@pytest.mark.parametrize("status", [S.PENDING, S.PENDING_AVAILABILITY])
def test_an_order_that_is_pending_again_changes_nothing(status: OrderStatus) -> None:
    assert decide(an_order(status=status, updated=LATER), an_existing()) == Skip(f"order is {status} again")


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("before", [timedelta(0), timedelta(seconds=1), timedelta(days=3)])
def test_the_same_or_an_older_version_never_overwrites(status: OrderStatus, before: timedelta) -> None:
    assert decide(an_order(status=status, updated=UPDATED - before), an_existing()) == Unchanged()


@pytest.mark.parametrize(
    ("later", "news"),
    [(timedelta(microseconds=1), False), (timedelta(microseconds=999_999), False), (timedelta(seconds=1), True)],
)
def test_odoo_keeps_whole_seconds(later: timedelta, news: bool) -> None:
    decision = decide(an_order(status=S.SHIPPED, updated=UPDATED + later), as_stored(an_order()))
    assert isinstance(decision, UpdateStatus if news else Unchanged)


def test_an_old_version_is_not_even_looked_at() -> None:
    broken = an_order(an_item(total=D("1.00")), updated=UPDATED - timedelta(hours=1), currency="XXX")
    assert decide(broken, an_existing()) == Unchanged()


# ------------------------------------------------------------ not ours, or not usable
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sales_channel": "NON_AMAZON"}, "sales channel NON_AMAZON"),
        ({"sales_channel": ""}, "sales channel "),
        ({"marketplace_id": "ATVPDKIKX0DER"}, "marketplace ATVPDKIKX0DER is not one of this account's"),
        ({"marketplace_id": "A2ZV50J4W1RKNI"}, "marketplace A2ZV50J4W1RKNI is not one of this account's"),
        ({"marketplace_id": ""}, "marketplace  is not one of this account's"),
    ],
)
def test_orders_of_others_are_skipped_even_if_they_are_there(changes: dict[str, str], reason: str) -> None:
    assert decide(an_order(**changes)) == Skip(reason)
    assert decide(an_order(**changes, updated=LATER), an_existing()) == Skip(reason)


def test_the_channels_name_may_be_written_small() -> None:
    assert created(an_order(sales_channel="Amazon")).order_id == ORDER_ID


def test_a_currency_odoo_does_not_use() -> None:
    with pytest.raises(NeedsHuman) as raised:
        decide(an_order(currency="SEK"))
    assert raised.value.code == UNKNOWN_CURRENCY
    assert raised.value.reason == "the order is in SEK, for which Odoo has no Amazon price list"
    assert raised.value.remedy == "Activate SEK in Odoo and run 'python -m worker odoo setup', then retry."


def test_an_order_without_items() -> None:
    with pytest.raises(NeedsHuman) as raised:
        decide(an_order(items=(), grand_total=None))
    assert (raised.value.code, raised.value.reason) == (BAD_ORDER, "the order has no items")
    assert raised.value.remedy == "Look at the order in Seller Central, then retry."


def test_money_that_does_not_add_up() -> None:
    with pytest.raises(NeedsHuman) as raised:
        decide(an_order(an_item(total=D("1.00"))))
    assert raised.value.code == MONEY_MISMATCH


@pytest.mark.parametrize(("year", "taken"), [(1995, UPDATED), (1999, UPDATED), (2000, None), (2026, None)], ids=str)
def test_a_date_from_before_amazon_is_not_believed(year: int, taken: datetime | None) -> None:
    bought = datetime(year, 1, 1, tzinfo=UTC)
    assert created(an_order(created=bought)).date_order == (taken or bought)
