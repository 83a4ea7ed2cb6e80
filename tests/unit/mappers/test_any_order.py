"""Whatever order comes: a command that is right to the cent, or a person is asked. Nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from domain.errors import NeedsHuman
from domain.odoo import CreateOrder, LineKind, Plan
from domain.odoo_facts import ExistingLine, OrderContent, OrderFacts
from domain.order import Address, Breakdown, Buyer, Channel, Order, OrderItem, OrderStatus, TaxRegistration
from domain.parked import CODES
from domain.partner import PartnerCommand
from mappers.names import contact_xid, item_xid
from mappers.sale_order import plan
from tests.builders import DE, ORDER_ID, an_account, an_existing, an_order, facts

T = TypeVar("T")
D = Decimal
CENTS = {"EUR": D("0.01"), "USD": D("0.01"), "JPY": D(1), "": D("0.01")}
PARTS_OF_ITEMS = ("ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE", "OTHER", "DISCOUNT", "TAX")
WORDS = (*PARTS_OF_ITEMS, "BOTTLE_DEPOSIT")

texts = st.sampled_from(("", " ", "Anna Schmidt", "Ünï cödé", "東京", "a.b\x1fc", "Straße\n1", "\U0001f600"))
moments = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001 - zone follows
anything = st.decimals("-1E9", "1E9", places=3, allow_nan=False)


def money(currency: str) -> st.SearchStrategy[Decimal]:
    """Amounts as a price list holds them."""
    return st.integers(-10_000, 500_000).map(lambda units: units * CENTS[currency])


def mostly(usual: T, *odd: T) -> st.SearchStrategy[T]:
    """The usual value four times out of five, so that not every order is soon done with."""
    return st.integers(0, 4).flatmap(lambda die: st.sampled_from(odd) if die == 4 else st.just(usual))


@st.composite
def parts(draw: st.DrawFn, currency: str) -> Breakdown:
    details = draw(st.lists(st.tuples(st.sampled_from(WORDS), money(currency)), max_size=2))
    word = draw(st.sampled_from(WORDS))
    return Breakdown(kind=word, amount=draw(money(currency)), details=tuple(details))


@st.composite
def items(draw: st.DrawFn, currency: str, item_id: str) -> OrderItem:
    """An item whose total is most often its parts' sum, or that with discounts given positive."""
    found = draw(st.lists(parts(currency), max_size=4)) if currency else []
    flipped = sum((-part.amount if part.kind == "DISCOUNT" else part.amount for part in found), D(0))
    total = draw(st.sampled_from((_sum(found), _sum(found), flipped, None)) | anything)
    return OrderItem(
        item_id=item_id,
        sku=draw(st.sampled_from(("A", "B", "")) | texts),
        title=draw(texts),
        quantity=draw(st.integers(0, 4) | st.integers(0, 2**31 - 1)),
        total=total if currency else None,
        breakdowns=tuple(found),
        tax_collected_by_amazon=draw(st.booleans()),
        condition=draw(texts),
        gift_message=draw(texts),
        gift_wrap_level=draw(texts),
        serial_numbers=tuple(draw(st.lists(texts, max_size=2))),
    )


@st.composite
def orders(draw: st.DrawFn) -> Order:
    currency = draw(st.sampled_from(("EUR", "USD", "JPY", "")))
    bought = [draw(items(currency, str(number))) for number in range(draw(mostly(2, 0, 1, 3)))]
    extra_words = st.sampled_from((*WORDS, "DELIVERY_TIP", "ROUNDING", "A.B"))
    extras = draw(
        st.lists(st.builds(Breakdown, kind=extra_words, amount=money(currency)), max_size=2 if currency else 0)
    )
    right = _totals(bought) + _sum(_extras(bought, extras))
    return Order(
        order_id=ORDER_ID,
        created=draw(moments),
        updated=draw(moments),
        sales_channel=draw(mostly("AMAZON", "NON_AMAZON")),
        marketplace_id=draw(mostly(DE.id, "A2ZV50J4W1RKNI")),
        status=draw(mostly(OrderStatus.SHIPPED, *OrderStatus)),
        channel=draw(st.sampled_from(Channel)),
        currency=currency,
        items=tuple(bought),
        grand_total=draw(st.sampled_from((None, right, right))) if currency else None,
        order_breakdowns=tuple(extras),
        buyer=draw(buyers),
        address=draw(st.none() | addresses),
        tax_registrations=tuple(draw(st.lists(registrations, max_size=3))),
        latest_ship=draw(st.none() | moments),
    )


buyers = st.builds(
    Buyer,
    name=texts | st.just("Amazon Business EU SARL"),
    email=texts | texts.map(lambda text: text + "@marketplace.amazon.de"),
    company=texts,
)
addresses = st.builds(
    Address,
    name=texts,
    company=texts,
    lines=st.lists(texts, max_size=3).map(tuple),
    city=texts,
    district=texts,
    state=st.sampled_from(("", "BE", "Berlin")) | texts,
    postal_code=texts,
    country_code=st.sampled_from(("DE", "US", "de", "", "XX")),
)
registrations = st.builds(
    TaxRegistration,
    party=st.sampled_from(("BUYER", "MERCHANT", "")),
    kind=st.sampled_from(("VAT", "CPF", "NEW", "")),
    number=texts,
    legal_name=texts,
    address=st.none() | addresses,
)
lines = st.builds(
    ExistingLine,
    odoo_id=st.integers(1, 9),
    xid=st.builds(item_xid, st.just("acme-eu"), st.sampled_from(("1", "2", ORDER_ID)), st.sampled_from(list(LineKind)))
    | st.just(""),
    product=st.none() | st.just(1),
    quantity=st.sampled_from((D(0), D(1), D(3))),
    price_unit=anything,
    total=st.just(D(0)) | anything,
    delivered=mostly(D(0), D(1)),
    invoiced=mostly(D(0), D(1)),
)
stored = st.builds(
    PartnerCommand,
    xid=st.sampled_from(("", contact_xid("acme-eu", ORDER_ID), "__amazon_sync__.address_acme-eu_1")),
    name=texts,
    street=texts,
)
contents = st.builds(
    OrderContent,
    total=anything,
    lines=st.lists(lines, max_size=3).map(tuple),
    contact=stored,
    address=stored,
    deliveries=mostly((), ("OUT",)),
    locked=mostly(False, True),
)
existing = st.builds(
    an_existing, content=contents, state=st.sampled_from(("draft", "sale", "cancel")), updated=st.none() | moments
)
known = st.builds(
    facts,
    price_digits=st.integers(2, 4),
    existing=mostly(None, True).flatmap(lambda there: existing if there else st.none()),
    offers=st.sampled_from(({}, {"A": 40})),
    products=st.sampled_from(({}, {"B": 50})),
)  # fmt: skip


def decide(order: Order, there: OrderFacts) -> Plan | NeedsHuman:
    """The decision; any other exception than NeedsHuman fails the test."""
    try:
        return plan(an_account(), order, there)
    except NeedsHuman as needs:
        return needs


@settings(max_examples=200)
@given(orders(), known)
@example(an_order(status=OrderStatus.UNSHIPPED), facts())
def test_right_to_the_cent_or_a_person_is_asked(order: Order, there: OrderFacts) -> None:
    decision = decide(order, there)
    event(decision.code if isinstance(decision, NeedsHuman) else type(decision).__name__)
    if isinstance(decision, NeedsHuman):
        assert decision.code in CODES
        assert decision.reason
        assert decision.remedy
    if isinstance(decision, CreateOrder):
        booked = sum((line.gross for line in decision.lines if line.kind is not LineKind.ROUNDING), D(0))
        assert booked == decision.total == _paid(order)
        in_odoo = [_half_up(line.price_unit * line.quantity, CENTS[order.currency]) for line in decision.lines]
        assert sum(in_odoo, D(0)) == _paid(order)
        xids = [line.xid for line in decision.lines]
        assert len(set(xids)) == len(xids)
        assert all(xid.count(".") == 1 for xid in xids)


@settings(max_examples=60)
@given(orders(), known)
def test_the_same_again_is_decided_the_same(order: Order, there: OrderFacts) -> None:
    first, second = decide(order, there), decide(order, there)
    assert (str(first), type(first)) == (str(second), type(second))


@settings(max_examples=60)
@given(orders(), known, st.data())
def test_the_order_of_items_is_irrelevant(order: Order, there: OrderFacts, data: st.DataObject) -> None:
    mixed = replace(order, items=tuple(data.draw(st.permutations(order.items))))
    one, other = decide(order, there), decide(mixed, there)
    assert type(one) is type(other)
    if isinstance(one, CreateOrder) and isinstance(other, CreateOrder):
        assert one.total == other.total
        assert {line.xid: line for line in one.lines} == {line.xid: line for line in other.lines}


def _paid(order: Order) -> Decimal:
    """What the buyer pays the seller, reckoned from Amazon's totals and not from parts."""
    collected = [
        part for item in order.items if item.tax_collected_by_amazon for part in item.breakdowns if part.kind == "TAX"
    ]
    return _sum(_extras(order.items, order.order_breakdowns)) + _totals(order.items) - _sum(collected)


def _totals(bought: Sequence[OrderItem]) -> Decimal:
    return sum((_sum(item.breakdowns) if item.total is None else item.total for item in bought), D(0))


def _extras(bought: Sequence[OrderItem], of_order: Sequence[Breakdown]) -> list[Breakdown]:
    """The order's parts that no item has, and that Amazon's list does not give to items."""
    of_items = {*PARTS_OF_ITEMS, *(part.kind for item in bought for part in item.breakdowns)}
    return [part for part in of_order if part.kind not in of_items]


def _sum(found: Sequence[Breakdown]) -> Decimal:
    return sum((part.amount for part in found), D(0))


def _half_up(value: Decimal, cent: Decimal) -> Decimal:
    return (value / cent).quantize(D(1), ROUND_HALF_UP) * cent
