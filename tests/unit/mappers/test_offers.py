"""Which product a SKU is, and which offers are made."""

from __future__ import annotations

from domain.odoo import OfferCommand, OrderFacts
from domain.order import Order
from mappers.names import offer_xid
from mappers.offers import missing_offers, product_of
from tests.builders import DE, an_item, an_order, facts


def offers(order: Order, known: OrderFacts) -> tuple[OfferCommand, ...]:
    return missing_offers("acme-eu", DE, order, known)


def test_a_known_offer_is_not_made_again_and_gives_the_product() -> None:
    known = facts(offers={"MUG-BLUE": 40}, products={"MUG-BLUE": 50})
    assert offers(an_order(), known) == ()
    assert product_of(an_item(), known) == 40


def test_a_missing_offer_takes_the_product_with_that_internal_reference() -> None:
    known = facts(products={"MUG-BLUE": 50})
    assert offers(an_order(), known) == (
        OfferCommand(
            xid=offer_xid("acme-eu", "DE", "MUG-BLUE"),
            sku="MUG-BLUE",
            asin="B000000001",
            title="Blue mug",
            marketplace="DE",
            product=50,
            needs_pairing=False,
        ),
    )
    assert product_of(an_item(), known) == 50


def test_a_missing_offer_without_a_product_sells_the_default_one_and_says_so() -> None:
    (offer,) = offers(an_order(), facts())
    assert (offer.product, offer.needs_pairing) == (1, True)
    assert product_of(an_item(), facts()) == 1


def test_one_sku_in_two_items_is_one_offer() -> None:
    order = an_order(an_item(item_id="1"), an_item(item_id="2"), an_item(item_id="3", sku="OTHER"))
    assert [offer.sku for offer in offers(order, facts())] == ["MUG-BLUE", "OTHER"]
