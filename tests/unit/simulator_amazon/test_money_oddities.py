"""Orders with odd money: of Amazon's form, adding up unless that is the point, and decided as their rule says."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from clients.amazon.client import to_order
from domain.account import CollectedTax, Policy
from domain.errors import NeedsHuman
from domain.marketplace import BY_CODE, Marketplace, Region
from domain.odoo import CreateOrder, LineKind
from mappers.sale_order import plan
from simulator.amazon.generator import draw_order
from simulator.amazon.oddities.contradictions import PARKED
from simulator.amazon.oddities.money import ODDITIES, OFF_MODEL
from simulator.amazon.sellers import Seller
from tests.builders import account_facts, an_account, facts
from tests.contract.amazon_models import complaints, needs_models

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
PLACES = ("US", "CA", "DE", "GB", "JP", "AU")
DUE = {"AMAZON": {"SHIPPED"}, "MERCHANT": {"UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"}}
D = Decimal
KNOWN = facts(account=account_facts(pricelists=dict.fromkeys(("EUR", "USD", "CAD", "GBP", "JPY", "AUD"), 1)))


def ordinary(code: str, number: int = 12) -> Iterator[tuple[dict[str, Any], Marketplace]]:
    """Orders of one marketplace that are due and have amounts, before anything odd befalls them."""
    marketplace = BY_CODE[code]
    seller = Seller(seller_id=f"A{code}", refresh_token="r", region=marketplace.region, marketplaces=(marketplace,))
    found = 0
    for place in range(200):
        order = draw_order(seller, place, seed=5, start=START)
        fulfillment = order["fulfillment"]
        due = fulfillment["fulfillmentStatus"] in DUE[fulfillment["fulfilledBy"]]
        ours = order["salesChannel"] | {"marketplaceName": ""} == {
            "channelName": "AMAZON", "marketplaceId": marketplace.id, "marketplaceName": "",
        }  # fmt: skip
        free = (
            any(
                part["orderItemId"] and not D(part["proceeds"]["proceedsTotal"]["amount"])
                for part in order["orderItems"]
            )
            if due
            else True
        )
        if due and ours and not free:
            yield order, marketplace
            found += 1
        if found == number:
            return


def odd(name: str) -> list[tuple[dict[str, Any], dict[str, Any], Marketplace]]:
    """(ordinary, odd, marketplace) of the orders that `name` changed."""
    pairs = []
    for code in PLACES:
        for order, marketplace in ordinary(code):
            changed = copy.deepcopy(order)
            ODDITIES[name](changed, random.Random(order["orderId"]), marketplace)
            if changed != order:
                pairs.append((order, changed, marketplace))
    return pairs


def grand_total(raw: dict[str, Any]) -> Decimal:
    """What the buyer pays, by the totals alone."""
    if "proceeds" in raw:
        return D(raw["proceeds"]["grandTotal"]["amount"])
    return sum((D(item["proceeds"]["proceedsTotal"]["amount"]) for item in raw["orderItems"]), D(0))


@pytest.mark.parametrize("name", ODDITIES)
def test_every_oddity_suits_orders_of_all_marketplaces(name: str) -> None:
    assert {marketplace.code for _, _, marketplace in odd(name)} == set(PLACES)


@needs_models
@pytest.mark.parametrize("name", ODDITIES)
def test_the_form_is_amazons_unless_that_is_the_point(name: str) -> None:
    told = [complaints({"order": raw}, "GetOrderResponse") for _, raw, _ in odd(name)]
    assert any(told) is (name in OFF_MODEL)


@pytest.mark.parametrize("name", [one for one in ODDITIES if one not in PARKED])
def test_the_decision_adds_up_to_what_the_buyer_pays(name: str) -> None:
    policy = Policy(collected_tax=CollectedTax.CLEARING_LINE)
    for _, raw, marketplace in odd(name):
        account = an_account(marketplaces=(marketplace,), region=Region(marketplace.region), policy=policy)
        decided = plan(account, to_order(raw), KNOWN)
        assert isinstance(decided, CreateOrder)
        assert decided.total == grand_total(raw)
        lines = [line for line in decided.lines if line.kind is not LineKind.ROUNDING]
        assert sum((line.gross for line in lines), D(0)) == grand_total(raw)


@pytest.mark.parametrize("name", PARKED)
def test_contradictions_are_for_a_person(name: str) -> None:
    for _, raw, marketplace in odd(name):
        with pytest.raises(NeedsHuman) as raised:
            plan(an_account(marketplaces=(marketplace,)), to_order(raw), KNOWN)
        assert raised.value.code == PARKED[name]


COLLECTED = {
    "facilitator-empty-party": set(PLACES),
    "facilitator-party-only": set(PLACES),
    "low-value-goods": set(PLACES),
    "deemed-reseller": set(PLACES),
    "ioss": set(PLACES),
    "tax-collection-missing": {"US"},
    "tax-without-details": {"US"},
    "sellers-own-tax": set(),
}


@pytest.mark.parametrize("name", COLLECTED)
def test_whose_tax_it_is(name: str) -> None:
    for _, raw, marketplace in odd(name):
        order = to_order(raw)
        collected = {item.tax_collected_by_amazon for item in order.items}
        assert collected == {marketplace.code in COLLECTED[name]}
        decided = plan(an_account(marketplaces=(marketplace,)), order, KNOWN)
        assert isinstance(decided, CreateOrder)
        tax = sum((p.amount for item in order.items for p in item.breakdowns if p.kind == "TAX"), D(0))
        assert decided.total == grand_total(raw) - (tax if collected == {True} else 0)


def test_points_cost_the_buyer_nothing_and_make_no_line() -> None:
    for before, raw, marketplace in odd("points"):
        account = an_account(marketplaces=(marketplace,))
        plain, pointed = (plan(account, to_order(one), KNOWN) for one in (before, raw))
        assert isinstance(plain, CreateOrder)
        assert isinstance(pointed, CreateOrder)
        assert pointed.lines == plain.lines
        assert pointed.total == plain.total
