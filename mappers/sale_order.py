"""The decision about one order: typed Amazon order + typed Odoo facts -> one command. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TypeVar, assert_never

from domain.account import Account, CollectedTax
from domain.errors import NeedsHuman
from domain.marketplace import Marketplace
from domain.money import ZERO
from domain.odoo import CancelOrder, CreateOrder, LineKind, Plan, Skip, Unchanged, UpdateStatus
from domain.odoo_facts import ExistingOrder, OrderFacts
from domain.order import Order, OrderStatus
from domain.parked import BAD_ORDER, UNKNOWN_CURRENCY
from mappers.changes import is_newer, is_same, later_change, without_cancelled
from mappers.lines import order_lines
from mappers.names import order_xid
from mappers.offers import missing_offers, pairings
from mappers.partner import partners
from mappers.rules import is_due, not_ours
from mappers.special import cancel_request, programs, replaced_order
from mappers.unfinished import unfinished_change

Moment = TypeVar("Moment", datetime, None)

# Removal orders and the like have been seen with dates of 1995; Amazon.com itself opened in that year.
_EARLIEST = 2000


def plan(account: Account, order: Order, facts: OrderFacts) -> Plan:
    """Decide what becomes of `order` in Odoo.

    Raises NeedsHuman when only a person can tell (amounts that do not add up, a currency Odoo does not use).
    """
    marketplace = account.marketplace(order.marketplace_id)
    if marketplace is None or not_ours(account, order):
        return Skip(not_ours(account, order))
    existing = facts.existing
    if existing is not None and existing.updated is not None:
        return _landed(account, marketplace, order, facts, existing)
    if existing is not None and existing.state == "cancel":
        return Skip("cancelled in Odoo")
    if order.status is OrderStatus.CANCELLED:
        return _cancel(account, order, existing) if existing else Skip("cancelled before it was due")
    if not is_due(order) and existing is None:
        return Skip(f"{order.channel} order is {order.status}")
    wanted = _create(account, marketplace, order, facts)
    return replace(wanted, overtaken=unfinished_change(order, wanted, existing)) if existing else wanted


def currency_of(marketplace: Marketplace, order: Order) -> str:
    """The currency of the sale order: that of Amazon's amounts, the marketplace's where there are none."""
    return order.currency or marketplace.currency


def _landed(account: Account, marketplace: Marketplace, order: Order, facts: OrderFacts, there: ExistingOrder) -> Plan:
    """Decide about an order that landed before; an old version never overwrites a newer one."""
    if not is_newer(order, there.updated) and not (there.doubted and is_same(order, there.updated)):
        return Unchanged()
    match order.status:
        case OrderStatus.PENDING | OrderStatus.PENDING_AVAILABILITY:
            return Skip(f"order is {order.status} again")
        case OrderStatus.CANCELLED if there.state != "cancel":
            return _cancel(account, order, there)
        case (
            OrderStatus.UNSHIPPED
            | OrderStatus.PARTIALLY_SHIPPED
            | OrderStatus.SHIPPED
            | OrderStatus.UNFULFILLABLE
            | OrderStatus.CANCELLED
        ):
            return _follow(account, marketplace, order, facts, there)
        case _:
            assert_never(order.status)


def _follow(account: Account, marketplace: Marketplace, order: Order, facts: OrderFacts, there: ExistingOrder) -> Plan:
    """What a newer version brings; a sale order that is cancelled in Odoo stays so, and gets Amazon's status only."""
    if there.state != "cancel":
        return later_change(order, _create(account, marketplace, order, facts), there)
    return UpdateStatus(
        xid=order_xid(account.key, order.order_id),
        existing=there,
        status=order.status.upper(),
        updated=order.updated,
        commitment_date=_sane(order.latest_ship, None),
    )


def _cancel(account: Account, order: Order, existing: ExistingOrder) -> CancelOrder:
    return CancelOrder(
        xid=order_xid(account.key, order.order_id),
        existing=existing,
        status=order.status.upper(),
        updated=order.updated,
    )


def _create(account: Account, marketplace: Marketplace, order: Order, facts: OrderFacts) -> CreateOrder:
    currency = currency_of(marketplace, order)
    if currency not in facts.account.pricelists:
        raise NeedsHuman(
            UNKNOWN_CURRENCY,
            f"the order is in {currency}, for which Odoo has no Amazon price list",
            f"Activate {currency} in Odoo and run 'python -m worker odoo setup', then retry.",
        )
    if not order.items:
        raise NeedsHuman(BAD_ORDER, "the order has no items", "Look at the order in Seller Central, then retry.")
    contact, address = partners(account.key, order, facts.countries, company=facts.account.company)
    order = without_cancelled(order)
    lines = order_lines(account.key, order, facts, _collected_tax(account, facts.existing))
    return CreateOrder(
        account=account,
        facts=facts.account,
        xid=order_xid(account.key, order.order_id),
        order_id=order.order_id,
        marketplace=marketplace.code,
        channel=order.channel,
        status=order.status.upper(),
        updated=order.updated,
        date_order=_sane(order.created, order.updated),
        commitment_date=_sane(order.latest_ship, None),
        currency=currency,
        total=sum((line.gross for line in lines if line.kind is not LineKind.ROUNDING), ZERO),
        contact=contact,
        address=address,
        offers=missing_offers(account.key, marketplace, order, facts),
        lines=lines,
        note="\n".join(f"Gift message: {item.gift_message}" for item in order.items if item.gift_message),
        service_level=order.service_level,
        purchase_order=order.buyer.purchase_order,
        existing=facts.existing,
        pairings=pairings(order, facts),
        programs=programs(order),
        replaces=replaced_order(order),
        cancel_request=cancel_request(order, facts.existing),
    )


def _collected_tax(account: Account, existing: ExistingOrder | None) -> CollectedTax:
    """The account's policy; a sale order that landed keeps the one it landed with, or its total would change."""
    if existing is None or existing.content is None or existing.updated is None:
        return account.policy.collected_tax
    suffix = f"_{LineKind.COLLECTED_TAX}"
    there = any(line.xid.endswith(suffix) for line in existing.content.lines)
    return CollectedTax.CLEARING_LINE if there else CollectedTax.LEAVE_OUT


def _sane(given: datetime | None, instead: Moment) -> datetime | Moment:
    return given if given is not None and given.year >= _EARLIEST else instead
