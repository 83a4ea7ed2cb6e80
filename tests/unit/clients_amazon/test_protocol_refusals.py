"""What Amazon's own words of refusal mean, operation by operation."""

from __future__ import annotations

import pickle

import httpx
import pytest

from clients.amazon.operations import (
    CREATE_FEED,
    CREATE_FEED_DOCUMENT,
    GET_FEED,
    GET_FEED_DOCUMENT,
    GET_FEEDS,
)
from clients.amazon.protocol import (
    GET_ORDER,
    SEARCH_ORDERS,
    AlreadyDone,
    AmazonBug,
    Operation,
    PageTokenRefused,
    judge,
)
from domain.errors import (
    AccountBroken,
    NeedsHuman,
)
from tests.unit.clients_amazon.given import errors
from tests.unit.clients_amazon.test_protocol import DENIED, INVALID, WRITE, refusal


@pytest.mark.parametrize("operation", [SEARCH_ORDERS, GET_ORDER, WRITE, CREATE_FEED, GET_FEED_DOCUMENT])
def test_forbidden_is_the_account(operation: Operation) -> None:
    error = refusal(operation, 403, DENIED, {"x-amzn-RequestId": "7c9e6679-7425-40de-944b-e07fc1f90ae7"})
    assert type(error) is AccountBroken
    assert error.reason == (
        f"Amazon refuses {operation.name} to this account (403 request 7c9e6679-7425-40de-944b-e07fc1f90ae7,"
        " Unauthorized: Access to requested resource is denied.)"
    )
    assert "authorised for these marketplaces" in error.remedy
    assert "by itself" in error.remedy


@pytest.mark.parametrize(
    ("operation", "status", "code", "words"),
    [
        (GET_ORDER, 400, "bad_order", "Amazon refuses this order id"),
        (GET_ORDER, 404, "not_found_at_amazon", "Amazon does not know this order"),
        (WRITE, 400, "shipment_refused", "Amazon refuses this shipment"),
        (WRITE, 404, "shipment_refused", "Amazon refuses this shipment"),
        (CREATE_FEED, 400, "feed_failed", "Amazon refuses this feed"),
        (CREATE_FEED, 404, "feed_failed", "Amazon refuses this feed"),
        (GET_FEED, 400, "feed_failed", "Amazon does not know this feed"),
        (GET_FEED, 404, "feed_failed", "Amazon does not know this feed"),
        (GET_FEED_DOCUMENT, 400, "feed_failed", "Amazon has no such feed document (kept for 28 days)"),
        (GET_FEED_DOCUMENT, 404, "feed_failed", "Amazon has no such feed document (kept for 28 days)"),
    ],
)
def test_what_is_refused_alone_is_parked_alone(operation: Operation, status: int, code: str, words: str) -> None:
    error = refusal(operation, status, INVALID)
    assert type(error) is NeedsHuman
    assert (error.code, error.reason) == (code, f"{words} ({status}, InvalidInput: Invalid Input)")
    assert error.remedy


def test_done_already_is_no_refusal() -> None:
    error = refusal(WRITE, 400, errors("InvalidInput", "not finding a matching package or order already fulfilled."))
    assert type(error) is AlreadyDone
    assert str(error) == (
        "Amazon confirmShipment: done already (400, InvalidInput: not finding a matching package or order already"
        " fulfilled.)"
    )
    for operation, status in ((GET_ORDER, 400), (CREATE_FEED, 400), (WRITE, 404)):
        assert type(refusal(operation, status, errors("InvalidInput", "order already fulfilled"))) is NeedsHuman


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        (SEARCH_ORDERS, 400),
        (SEARCH_ORDERS, 404),
        (SEARCH_ORDERS, 413),
        (GET_ORDER, 415),
        (GET_ORDER, 409),
        (CREATE_FEED_DOCUMENT, 400),
        (CREATE_FEED_DOCUMENT, 413),
        (CREATE_FEED, 415),
        (GET_FEEDS, 400),
    ],
)
def test_our_own_mistake_is_no_sync_error(operation: Operation, status: int) -> None:
    error = refusal(operation, status, INVALID)
    assert type(error) is AmazonBug
    assert str(error) == f"Amazon {operation.name} refuses our request: {status}, InvalidInput: Invalid Input"


def test_a_refused_page_token_asks_for_the_first_page_again() -> None:
    with pytest.raises(PageTokenRefused) as raised:
        judge(SEARCH_ORDERS, 400, httpx.Headers(), INVALID, resuming=True)
    assert raised.value.counted is True
    again = pickle.loads(pickle.dumps(raised.value))
    assert type(again) is PageTokenRefused
    assert again.reason == "Amazon searchOrders: page token refused (400, InvalidInput: Invalid Input)"


def test_messages_hold_no_mail_no_token_no_details_and_no_odd_request_id() -> None:
    body = errors("InvalidInput", f"bad\n value joe@example.com Atza|Iw+/x {'k' * 60} " + "word " * 90, "Rue Secrète 7")
    text = str(refusal(SEARCH_ORDERS, 400, body, {"x-amzn-RequestId": "a b\tc"}))
    assert text.startswith("Amazon searchOrders refuses our request: 400, InvalidInput: bad value … … … word word ")
    assert len(text) < 260
    assert "Secrète" not in text
