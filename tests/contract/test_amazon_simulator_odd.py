"""Odd orders of the simulated Amazon: each is what its name says, fits Amazon's model, and has its rule here."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from clients.amazon.to_order import to_order
from domain.errors import NeedsHuman
from domain.marketplace import BY_CODE, Marketplace
from domain.odoo import CreateOrder, LineKind, Plan, Skip
from domain.parked import UNKNOWN_STATUS
from mappers.sale_order import plan
from simulator.amazon import World
from simulator.amazon.oddities.odd import ODDITIES, OFF_MODEL, PARKED
from simulator.amazon.progress import Raw, copied
from tests.builders import an_account, facts
from tests.contract.amazon_models import complaints, needs_models
from tests.contract.amazon_simulator import seller

DE = BY_CODE["DE"]
ENOUGH = 24
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@cache
def drawn() -> list[Raw]:
    """Orders of the ordinary kind, with amounts: to be copied, not to be changed."""
    world = World((seller("EU1", places="DE", orders=150),), seed=5, start=START)
    raws = [stored.raw for stored in world.orders("EU1")]
    channel = {"channelName": "AMAZON", "marketplaceId": DE.id, "marketplaceName": DE.name}
    return [raw for raw in raws if "proceeds" in raw and raw["salesChannel"] == channel]


def odd(name: str) -> list[tuple[Raw, Raw]]:
    """(before, after) of the first orders that the oddity changes; it makes of the same order the same again."""
    found = []
    for number, raw in enumerate(drawn()):
        once, twice = copied(raw), copied(raw)
        for one in (once, twice):
            ODDITIES[name](one, random.Random(number), _market(raw))
        assert once == twice
        if once != raw:
            found.append((raw, once))
        if len(found) == ENOUGH:
            break
    return found


def _market(raw: Raw) -> Marketplace:
    assert raw["salesChannel"]["marketplaceId"] == DE.id
    return DE


@needs_models
@pytest.mark.parametrize("name", sorted(ODDITIES))
def test_it_fits_amazons_model_unless_that_is_its_point(name: str) -> None:
    pairs = odd(name)
    assert len(pairs) > 10
    wrong = [complaints(after, "Order") for _, after in pairs]
    if name in OFF_MODEL - {"unknown-program"}:  # the words of lists are not judged here
        assert all(wrong)
    else:
        assert wrong == [[]] * len(pairs)


@pytest.mark.parametrize("name", sorted(ODDITIES))
def test_its_money_adds_up(name: str) -> None:
    for _, after in odd(name):
        total = Decimal(0)
        for item in after["orderItems"]:
            parts = [Decimal(part["subtotal"]["amount"]) for part in item["proceeds"]["breakdowns"]]
            assert sum(parts) == Decimal(item["proceeds"]["proceedsTotal"]["amount"])
            total += sum(parts)
        assert total == Decimal(after["proceeds"]["grandTotal"]["amount"])
        ids = [item["orderItemId"] for item in after["orderItems"]]
        assert len(set(ids)) == len(ids)


def decided(raw: Raw) -> Plan | str:
    """The decision, or the code of what is parked."""
    try:
        return plan(an_account(marketplaces=(DE,)), to_order(raw), facts())
    except NeedsHuman as needs:
        return needs.code


def created(raw: Raw) -> CreateOrder | None:
    decision = decided(raw)
    return decision if isinstance(decision, CreateOrder) else None


def goods(command: CreateOrder) -> list[str]:
    return [line.name for line in command.lines if line.kind is LineKind.PRODUCT]


def _marked(text: str) -> Callable[[Raw, CreateOrder], bool]:
    return lambda _raw, command: sum(text in name for name in goods(command)) == 1


RULES: dict[str, Callable[[Raw, CreateOrder], bool]] = {
    "vine": lambda _, command: command.total == 0 and len(goods(command)) > 0,
    "replacement": lambda raw, command: (
        (command.total, command.replaces, command.programs.split(", ")[0])
        == (Decimal(0), raw["associatedOrders"][0]["orderId"], "REPLACEMENT")
    ),
    "exchange": lambda raw, command: (
        (command.replaces, command.programs.split(", ")[0]) == (raw["associatedOrders"][0]["orderId"], "EXCHANGE")
    ),
    "quantity-zero": lambda raw, command: len(goods(command)) == len(raw["orderItems"]) - 1,
    "nothing-ordered": lambda _, command: not command.total and not goods(command),
    "sixty-lines": lambda _, command: len(goods(command)) == 60,
    "same-sku-twice": lambda raw, command: (
        max(Counter(item["product"]["sellerSku"] for item in raw["orderItems"]).values()) > 1
        and len(goods(command)) == len(raw["orderItems"])
        and len(command.offers) < len(raw["orderItems"])
    ),
    "year-1995": lambda _, command: (command.date_order, command.commitment_date) == (command.updated, None),
    "transparency": _marked("Transparency: each piece has a code of its own"),
    "subscription": lambda _, command: len(goods(command)) > 0,
    "serial-numbers": _marked("Serial numbers: SN-0001, SN-0002/Ä"),
    "customised": _marked("Customization: https://example.com/customized.zip?id=1&v=2"),
    "measured": _marked("Measurement: "),
    "no-sku": lambda raw, command: (
        len(command.offers) == len({item["product"].get("sellerSku") for item in raw["orderItems"]} - {None})
    ),
    "sku-case": lambda raw, command: (
        {offer.sku for offer in command.offers} == {item["product"]["sellerSku"] for item in raw["orderItems"]}
    ),
    "cancel-request": lambda _, command: command.cancel_request.startswith("The buyer asked Amazon to cancel this"),
    "unknown-program": lambda _, command: command.programs.endswith("AMAZON_MOON_DELIVERY"),
}
SKIPPED: dict[str, str] = {
    "pre-order": "order is pending_availability",
    "non-amazon": "sales channel NON_AMAZON",
    "unknown-marketplace": "marketplace A0ODDMARKETPLACE is not one of this account's",
}


def test_every_oddity_has_a_rule() -> None:
    assert set(ODDITIES) == {*RULES, *SKIPPED, *PARKED}


@pytest.mark.parametrize("name", sorted(RULES))
def test_what_becomes_of_it(name: str) -> None:
    found = [(after, command) for _, after in odd(name) if (command := created(after))]
    assert len(found) > 5
    assert all(RULES[name](after, command) for after, command in found)


@pytest.mark.parametrize("name", sorted(SKIPPED))
def test_what_is_left_out(name: str) -> None:
    decisions: list[Any] = [decided(after) for _, after in odd(name)]
    assert all(isinstance(one, Skip) and one.reason.endswith(SKIPPED[name]) for one in decisions)


@pytest.mark.parametrize("name", sorted(PARKED))
def test_what_waits_for_a_person(name: str) -> None:
    assert {decided(after) for _, after in odd(name)} == {PARKED[name]} == {UNKNOWN_STATUS}


def test_an_unknown_word_is_named_with_its_field() -> None:
    for name, told in (
        ("unknown-status", "fulfillment.fulfillmentStatus is INVOICE_UNCONFIRMED, which is not known"),
        ("unknown-fulfiller", "fulfillment.fulfilledBy is ROBOT, which is not known"),
    ):
        with pytest.raises(NeedsHuman) as raised:
            to_order(odd(name)[0][1])
        assert raised.value.reason == told
