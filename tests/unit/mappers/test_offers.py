"""Which product a SKU is, and which offers are made."""

from __future__ import annotations

import pytest

from domain.odoo import CreateOrder, OfferCommand, PairOffer
from domain.odoo_facts import OrderFacts, UnpairedOffer
from domain.order import Order
from mappers.names import offer_xid
from mappers.offers import fold_sku, missing_offers, pairings, product_of, sole_product
from mappers.sale_order import plan
from tests.builders import DE, an_account, an_item, an_order, facts

DEFAULT = 1


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


def test_an_item_without_a_sku_has_no_offer() -> None:
    order = an_order(an_item(item_id="1", sku=""), an_item(item_id="2", sku=""))
    assert offers(order, facts(products={"": 50})) == ()


# What an offer says now (product, flag), whether that product can be sold, the product with that internal reference;
# the product that is sold, and what is written on the offer.
PAIRINGS: list[tuple[int | None, bool, bool, int | None, int, tuple[int, bool] | None]] = [
    (DEFAULT, True, True, None, DEFAULT, None),
    (DEFAULT, True, True, 50, 50, (50, False)),
    (DEFAULT, True, False, 50, 50, (50, False)),
    (40, True, True, None, 40, (40, False)),
    (40, True, True, 50, 40, (40, False)),
    (40, False, False, None, DEFAULT, (40, True)),
    (40, True, False, None, DEFAULT, None),
    (40, False, False, 50, 50, (50, False)),
    (None, False, False, None, DEFAULT, (DEFAULT, True)),
    (None, True, False, None, DEFAULT, (DEFAULT, True)),
    (None, True, False, 50, 50, (50, False)),
]


@pytest.mark.parametrize(("product", "flag", "sellable", "found", "sold", "written"), PAIRINGS)
def test_an_unpaired_offer(
    product: int | None, flag: bool, sellable: bool, found: int | None, sold: int, written: tuple[int, bool] | None
) -> None:
    before = UnpairedOffer(7, product, flag)
    known = facts(
        offers={"MUG-BLUE": product} if sellable and product else {},
        unpaired={"MUG-BLUE": before},
        products={} if found is None else {"MUG-BLUE": found},
    )
    assert product_of(an_item(), known) == sold
    assert pairings(an_order(), known) == (() if written is None else (PairOffer(before, *written),))
    command = plan(an_account(), an_order(), known)
    assert isinstance(command, CreateOrder)
    assert command.offers == ()
    assert command.pairings == pairings(an_order(), known)
    assert command.lines[0].product == sold


def test_a_default_product_that_a_person_left_stays() -> None:
    known = facts(offers={"MUG-BLUE": DEFAULT}, products={"MUG-BLUE": 50})
    assert (product_of(an_item(), known), pairings(an_order(), known)) == (DEFAULT, ())


def test_an_offer_that_is_paired_hides_no_other_that_is_not() -> None:
    before = UnpairedOffer(7, None, needs_pairing=True)
    known = facts(offers={"MUG-BLUE": 40}, unpaired={"CUP": before}, products={"CUP": 50})
    order = an_order(an_item(item_id="1"), an_item(item_id="2", sku="CUP"))
    assert pairings(order, known) == (PairOffer(before, 50, needs_pairing=False),)


def test_one_offer_is_written_once() -> None:
    known = facts(unpaired={"MUG-BLUE": UnpairedOffer(7, None, needs_pairing=True)}, products={"MUG-BLUE": 50})
    assert len(pairings(an_order(an_item(item_id="1"), an_item(item_id="2")), known)) == 1


@pytest.mark.parametrize(
    ("candidates", "sole"),
    [
        ([], None),
        ([(None, 5)], 5),
        ([(None, 5), (None, 5)], 5),
        ([(None, 5), (None, 6)], None),
        ([(None, 5), (3, 6)], 6),
        ([(3, 5), (3, 6), (None, 7)], None),
        ([(4, 5)], None),
        ([(4, 5), (None, 6)], 6),
    ],
)
def test_the_one_product_a_company_may_sell(candidates: list[tuple[int | None, int]], sole: int | None) -> None:
    assert sole_product(candidates, 3) == sole


def test_skus_alike() -> None:
    assert fold_sku(" Mug \t BLAU ") == fold_sku("mug blau") == "mug blau"
    assert fold_sku("MUG-BLAU") != fold_sku("MUG BLAU")
