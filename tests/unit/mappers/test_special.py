"""What is out of the ordinary about a whole order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.odoo import CreateOrder, UpdateStatus
from domain.order import Channel, OrderItem, OrderStatus
from mappers.sale_order import plan
from mappers.special import cancel_request, programs, replaced_order
from tests.builders import an_account, an_existing, an_item, an_order, facts
from tests.unit.mappers.stored import as_stored, decide

REST = "Cancel it before it ships, or tell the buyer that it ships."


def asking(**changes: Any) -> OrderItem:
    request = {"cancel_requested_by": "BUYER", "cancel_request_reason": "ORDERED_WRONG_ITEM"}
    return an_item(**(request | changes))


@pytest.mark.parametrize(
    ("replaces", "given", "told", "original"),
    [
        ((), (), "", ""),
        ((), ("PRIME", "AMAZON_MOON_DELIVERY"), "PRIME, AMAZON_MOON_DELIVERY", ""),
        ((("REPLACEMENT_ORIGINAL_ID", "1-2-3"),), ("PRIME",), "REPLACEMENT, PRIME", "1-2-3"),
        ((("EXCHANGE_ORIGINAL_ID", "1-2-3"),), (), "EXCHANGE", "1-2-3"),
        ((("", "1-2-3"),), (), "", "1-2-3"),
        ((("SPLIT_ORIGINAL_ID", "302-1234567-1234567"), ("GIFT", "9-9-9")), (), "SPLIT, GIFT", "9-9-9"),
    ],
)
def test_programs_and_the_original(
    replaces: tuple[tuple[str, str], ...], given: tuple[str, ...], told: str, original: str
) -> None:
    order = an_order(replaces=replaces, programs=given)
    assert (programs(order), replaced_order(order)) == (told, original)
    command = plan(an_account(), order, facts())
    assert isinstance(command, CreateOrder)
    assert (command.programs, command.replaces) == (told, original)


def test_a_wish_to_cancel_names_the_reason() -> None:
    told = cancel_request(an_order(asking()), None)
    assert told == f"The buyer asked Amazon to cancel this order (ORDERED_WRONG_ITEM). {REST}"


def test_a_wish_without_a_reason_and_one_with_several() -> None:
    assert cancel_request(an_order(asking(cancel_request_reason="")), None) == (
        f"The buyer asked Amazon to cancel this order. {REST}"
    )
    items = asking(item_id="1"), asking(item_id="2", cancel_request_reason='"OTHER"'), asking(item_id="3")
    assert cancel_request(an_order(*items), None) == (
        f'The buyer asked Amazon to cancel this order (ORDERED_WRONG_ITEM, "OTHER"). {REST}'
    )


def test_a_wish_about_some_of_the_items_names_them_and_marks_up_nothing() -> None:
    items = asking(sku="A<b>&", cancel_request_reason=""), an_item(item_id="2"), asking(item_id="3", sku="")
    told = cancel_request(an_order(*items), None)
    assert told == (
        "The buyer asked Amazon to cancel A&lt;b&gt;&amp;, Blue mug of this order (ORDERED_WRONG_ITEM). " + REST
    )


@pytest.mark.parametrize(
    ("item", "changes"),
    [
        (an_item(), {}),
        (asking(cancelled_by="MERCHANT"), {}),
        (asking(), {"channel": Channel.FBA, "status": OrderStatus.UNSHIPPED}),
        (asking(), {"status": OrderStatus.SHIPPED}),
        (asking(), {"status": OrderStatus.CANCELLED}),
    ],
)
def test_where_nothing_can_be_decided_nobody_is_asked(item: OrderItem, changes: dict[str, Any]) -> None:
    assert cancel_request(an_order(item, **changes), None) == ""


def test_what_was_told_is_not_told_again() -> None:
    assert cancel_request(an_order(asking()), an_existing(cancel_asked=True)) == ""
    assert cancel_request(an_order(asking()), an_existing()) != ""


def test_the_wish_comes_with_a_status_that_moves_on() -> None:
    order = an_order(asking())
    there = as_stored(order)
    decision = decide(order, there)
    assert isinstance(decision, UpdateStatus)
    assert decision.cancel_request.startswith("The buyer asked")
    again = decide(order, replace(there, cancel_asked=True))
    assert isinstance(again, UpdateStatus)
    assert again.cancel_request == ""
