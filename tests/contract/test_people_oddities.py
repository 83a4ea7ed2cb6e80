"""All odd people that the simulated Amazon can send, together in one batch, on every Odoo."""

from __future__ import annotations

import random

import pytest

from clients.amazon.to_order import read_document
from clients.odoo.facts import account_facts, order_facts
from clients.odoo.orders import create_orders
from domain.marketplace import BY_CODE
from domain.odoo import CreateOrder
from mappers.sale_order import plan
from simulator.amazon.oddities.people import ODDITIES
from tests.contract.amazon_models import complaints, needs_models
from tests.contract.odoo_desk import Desk, a_desk, a_target
from tests.contract.people_orders import Raw, alias, as_document, raw_order

__all__ = ["a_desk", "a_target"]

EACH = 2


def odd(name: str, number: int) -> Raw:
    raw = raw_order({"buyerName": "Max Käufer", "buyerEmail": alias()}, {})
    ODDITIES[name](raw, random.Random(f"{name}:{number}"), BY_CODE["DE"])
    return raw


@needs_models
@pytest.mark.parametrize("name", ODDITIES)
@pytest.mark.parametrize("bare", [False, True], ids=["whole", "bare"])
def test_an_odd_order_is_one_by_amazons_model(name: str, bare: bool) -> None:
    raw = odd(name, 1)
    if bare:
        raw = {**raw_order(None, None), "programs": ["PRIME"]}
        ODDITIES[name](raw, random.Random(1), BY_CODE["DE"])
    # The document is what Amazon would send: JSON, whatever the characters.
    assert complaints(raw, "Order") == []
    assert read_document(as_document(raw)).order_id == raw["orderId"]


@pytest.mark.parametrize("name", ODDITIES)
def test_an_oddity_changes_the_order_it_is_given(name: str) -> None:
    raw = raw_order({"buyerName": "Max Käufer", "buyerEmail": alias()}, {"stateOrRegion": "BE"})
    before = as_document(raw)
    ODDITIES[name](raw, random.Random(2), BY_CODE["DE"])
    assert as_document(raw) != before


def test_all_odd_people_at_once_land_and_a_repeat_changes_nothing(desk: Desk) -> None:
    orders = [read_document(as_document(odd(name, number))) for name in ODDITIES for number in range(EACH)]
    about = {desk.account.key: account_facts(desk.odoo, desk.account, desk.known)}
    facts = order_facts(desk.odoo, [(desk.account, order) for order in orders], about, desk.known)
    decisions = [plan(desk.account, order, known) for order, known in zip(orders, facts, strict=True)]
    wanted = [decision for decision in decisions if isinstance(decision, CreateOrder)]
    assert len(wanted) == len(ODDITIES) * EACH
    landed = create_orders(desk.odoo, wanted, desk.known.defaults.rounding)
    ids = [one for one in landed if isinstance(one, int)]
    assert ids == landed
    fields = ["client_order_ref", "partner_id", "partner_shipping_id", "state"]
    before = desk.admin.call("sale.order", "read", ids=ids, fields=fields)
    assert [row["client_order_ref"] for row in before] == [order.order_id for order in orders]
    assert {row["state"] for row in before} == {"sale"}
    assert all(row["partner_id"][0] != row["partner_shipping_id"][0] for row in before)
    contacts = {decision.contact.xid for decision in wanted}
    assert len({row["partner_id"][0] for row in before}) == len(contacts)
    assert create_orders(desk.odoo, wanted, desk.known.defaults.rounding) == ids
    assert desk.admin.call("sale.order", "read", ids=ids, fields=fields) == before
