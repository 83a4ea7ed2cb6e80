"""Whatever amounts and taxes come, in any words: lines that add up to the cent, or a parked code; never a float."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from clients.amazon.client import to_order
from domain.account import CollectedTax, Policy
from domain.errors import NeedsHuman
from domain.marketplace import MARKETPLACES
from domain.money import cent
from domain.odoo import CreateOrder, LineKind, Plan, Taxes
from domain.odoo_facts import OrderFacts
from domain.order import Order
from domain.parked import CODES
from mappers.sale_order import plan
from sync.compare import expected_total
from tests.builders import account_facts, an_account, facts
from tests.unit.mappers.test_any_order import known, orders

D = Decimal
policies = st.sampled_from(CollectedTax)
words = st.sampled_from(
    ("ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE", "OTHER", "TAX", "DISCOUNT", "DELIVERY_TIP", "NEW", "")
)
texts = st.sampled_from(("", " ", "Amazon Services, Inc.", "Seller", "MARKETPLACE_FACILITATOR", "LowValueGoods", "?"))
# As JSON has them: numbers in texts, numbers, and what is none.
figures = st.one_of(
    st.integers(-100_000, 500_000).map(lambda cents: f"{cents / 100:.2f}"),
    st.integers(-100_000, 500_000).map(str),
    st.decimals("-1E6", "1E6", places=4).map(str),
    st.sampled_from(("0", "0.00", "-0.00", "1E+2", "", " 1.00 ", None, "NaN", "Infinity", "1,00", 12, 12.5, True)),
)
currencies = st.sampled_from(("EUR", "EUR", "EUR", "USD", "JPY", "KWD", "eur", "", None))


def rarely(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """`usual` nine times out of ten, so that many orders come through whole."""
    return st.integers(0, 9).flatmap(lambda die: odd if die == 9 else usual)


def amounts(currency: str) -> st.SearchStrategy[Any]:
    """Money of one currency as a price list has it, and now and then anything."""
    unit = cent(currency)
    usual = st.integers(-500, 90_000).map(lambda coins: {"amount": f"{coins * unit:f}", "currencyCode": currency})
    odd = st.fixed_dictionaries({}, optional={"amount": figures, "currencyCode": currencies})
    return rarely(usual, odd | st.none())


@st.composite
def raw_items(draw: st.DrawFn, currency: str, number: int) -> dict[str, Any]:
    details = st.fixed_dictionaries({"subtype": words, "value": amounts(currency)})
    part = st.fixed_dictionaries(
        {"type": words, "subtotal": amounts(currency)}, optional={"detailedBreakdowns": st.lists(details, max_size=2)}
    )
    parts: list[dict[str, Any]] = draw(st.lists(part, max_size=4))
    proceeds: dict[str, Any] = {"breakdowns": parts}
    try:
        right = sum((D(str(one["subtotal"]["amount"])) for one in parts), D(0))
        proceeds["proceedsTotal"] = {"amount": f"{right:f}", "currencyCode": currency}
    except (KeyError, TypeError, ArithmeticError):
        proceeds["proceedsTotal"] = draw(amounts(currency))
    collection = st.fixed_dictionaries({}, optional={"model": texts, "responsibleParty": texts})
    scheme = st.fixed_dictionaries(
        {}, optional={"reportingScheme": st.sampled_from(("IOSS", "UOSS", "ioss ", "?", ""))}
    )
    tax = st.fixed_dictionaries(
        {},
        optional={
            "taxCollections": st.lists(collection, max_size=2),
            "taxCalculationBreakdowns": st.lists(scheme, max_size=1),
        },
    )
    shipping = st.just({"shipping": {"internationalShipping": {"iossNumber": "IM1"}}})
    return {
        "orderItemId": str(number),
        "quantityOrdered": draw(rarely(st.integers(1, 12), st.sampled_from((0, 10**6)))),
        "product": {"sellerSku": "A", "title": "Mug", "price": draw(st.none() | st.just({}))},
        "proceeds": draw(rarely(st.just(proceeds), st.none())),
        "tax": draw(st.none() | tax),
        "fulfillment": draw(rarely(st.just({}), shipping)),
        "expense": {"pointsCost": {"pointsGranted": {"pointsNumber": 5, "pointsMonetaryValue": draw(amounts("JPY"))}}},
    }


@st.composite
def raw_orders(draw: st.DrawFn) -> dict[str, Any]:
    marketplace = draw(st.sampled_from(MARKETPLACES))
    currency = draw(rarely(st.just(marketplace.currency), st.sampled_from(("EUR", "KWD", "JPY"))))
    items = [draw(raw_items(currency, number)) for number in range(1, draw(st.integers(1, 3)) + 1)]
    extra = st.fixed_dictionaries({"type": words, "subtotal": amounts(currency)}, optional={"status": texts})
    order: dict[str, Any] = {
        "orderId": "302-1", "createdTime": "2026-05-01T08:00:00Z", "lastUpdatedTime": "2026-05-01T09:00:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": marketplace.id},
        "fulfillment": {"fulfillmentStatus": "SHIPPED", "fulfilledBy": draw(st.sampled_from(("AMAZON", "MERCHANT")))},
        "orderItems": items,
    }  # fmt: skip
    if draw(st.booleans()):
        order["proceeds"] = {"breakdowns": draw(st.lists(extra, max_size=2))}
    return order


def read(raw: dict[str, Any]) -> Order | NeedsHuman:
    """The order, or why it cannot be read; any other exception fails the test."""
    try:
        return to_order(raw)
    except NeedsHuman as needs:
        return needs


def decide(order: Order, there: OrderFacts, policy: CollectedTax) -> Plan | NeedsHuman:
    """The decision; any other exception than NeedsHuman fails the test."""
    account = an_account(marketplaces=MARKETPLACES, policy=Policy(collected_tax=policy))
    try:
        return plan(account, order, there)
    except NeedsHuman as needs:
        return needs


def check(decision: Plan | NeedsHuman, order: Order, policy: CollectedTax) -> None:
    event(decision.code if isinstance(decision, NeedsHuman) else type(decision).__name__)
    if isinstance(decision, NeedsHuman):
        assert decision.code in CODES
        assert decision.reason
        assert decision.remedy
    if not isinstance(decision, CreateOrder):
        return
    lines = [line for line in decision.lines if line.kind is not LineKind.ROUNDING]
    numbers = [number for line in decision.lines for number in (line.gross, line.price_unit)]
    assert {type(number) for number in [*numbers, decision.total]} <= {Decimal}
    assert all(number.is_finite() for number in numbers)
    assert sum((line.gross for line in lines), D(0)) == decision.total
    if all(item.total is not None for item in order.items):
        assert decision.total == expected_total(order, policy)
    assert all(line.taxes is Taxes.NONE for line in decision.lines if line.kind is LineKind.COLLECTED_TAX)
    assert policy is CollectedTax.CLEARING_LINE or all(line.kind is not LineKind.COLLECTED_TAX for line in lines)


@settings(max_examples=200)
@given(raw_orders(), st.integers(2, 6), policies)
def test_any_amounts_amazon_can_send(raw: dict[str, Any], digits: int, policy: CollectedTax) -> None:
    before = copy.deepcopy(raw)
    usable = dict.fromkeys({one.currency for one in MARKETPLACES} | {"KWD"}, 1)
    there = facts(account=account_facts(pricelists=usable), price_digits=digits)
    order = read(raw)
    assert raw == before
    if isinstance(order, NeedsHuman):
        event(order.code)
        assert order.code in CODES
        return
    check(decide(order, there, policy), order, policy)


@settings(max_examples=100)
@given(orders(), known, policies)
def test_any_order_under_any_policy(order: Order, there: OrderFacts, policy: CollectedTax) -> None:
    decision = decide(order, there, policy)
    other = CollectedTax.LEAVE_OUT if policy is CollectedTax.CLEARING_LINE else CollectedTax.CLEARING_LINE
    opposite = decide(order, there, other)
    check(decision, order, policy)
    if isinstance(decision, CreateOrder) and isinstance(opposite, CreateOrder):
        taxes = [p.amount for i in order.items if i.tax_collected_by_amazon for p in i.breakdowns if p.kind == "TAX"]
        assert abs(decision.total - opposite.total) == abs(sum(taxes, D(0)))
