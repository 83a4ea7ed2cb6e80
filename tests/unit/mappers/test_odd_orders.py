"""Thousands of the simulator's odd orders, decided by the mappers and by the referee's own rules: both say the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest

from clients.amazon.to_order import to_order
from domain.account import Account
from domain.errors import NeedsHuman
from domain.odoo import CreateOrder, Skip
from mappers.sale_order import plan
from simulator.amazon import Seller, World
from simulator.amazon.oddities import ODDITIES
from tests.builders import account_facts, an_account, facts
from tests.contract.amazon_simulator import seller
from tests.flow.referee import expected_total
from tests.flow.verdicts import IMPORTED, NOTHING, PARKED, Raw, Verdict, verdict

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
SELLERS = (
    seller("EU1", places="DE FR GB IT ES NL PL SE", orders=600, odd=0.9),
    seller("NA1", "na", "US CA MX", orders=300, odd=0.9),
    seller("FE1", "fe", "JP AU SG", orders=300, odd=0.9),
)
CURRENCIES = {
    code: number
    for number, code in enumerate(("EUR", "GBP", "PLN", "SEK", "USD", "CAD", "MXN", "JPY", "AUD", "SGD"), start=21)
}
KNOWN = facts(account=account_facts(pricelists=CURRENCIES))


def decided(account: Account, raw: Raw) -> tuple[Verdict, str]:
    """What the product decides about an order that Odoo does not have, and the total it is to have there."""
    try:
        decision = plan(account, to_order(raw), KNOWN)
    except NeedsHuman as needs:
        return Verdict(PARKED, needs.code), ""
    if isinstance(decision, Skip):
        return Verdict(NOTHING), ""
    assert isinstance(decision, CreateOrder)
    return Verdict(IMPORTED), f"{decision.total:.2f} {decision.currency}"


@cache
def world() -> World:
    """The same for all tests; a little life has gone on in it."""
    drawn = World(SELLERS, seed=41, start=START)
    drawn.advance(steps=2)
    return drawn


def test_every_oddity_is_among_them() -> None:
    names = {name for who in SELLERS for some in world().oddities(who.seller_id).values() for name in some}
    assert names == set(ODDITIES)


@pytest.mark.parametrize("who", SELLERS, ids=lambda who: who.seller_id)
def test_the_mappers_decide_as_the_referee_does(who: Seller) -> None:
    account = replace(an_account(), region=who.region, marketplaces=who.marketplaces)
    codes = [marketplace.code for marketplace in who.marketplaces]
    outcomes: Counter[str] = Counter()
    wrong = []
    for stored in world().orders(who.seller_id):
        demand, total = verdict(stored.raw, codes, CURRENCIES), ""
        if demand.state == IMPORTED:
            amount, currency = expected_total(stored.raw)
            total = f"{amount:.2f} {currency or account.marketplaces[0].currency}"
        outcomes[demand.state] += 1
        if decided(account, stored.raw) != (demand, total):
            names = world().oddities(who.seller_id).get(stored.raw["orderId"], ())
            wrong.append(f"{names}: {decided(account, stored.raw)}, not {(demand, total)}")
    assert wrong == []
    assert outcomes[IMPORTED] > 150
    assert outcomes[NOTHING] > 20
