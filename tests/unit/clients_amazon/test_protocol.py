"""Every row of the table (operation, status, headers, body) -> value or error."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from clients.amazon.operations import (
    CONFIRM_SHIPMENT,
    CREATE_FEED,
    CREATE_FEED_DOCUMENT,
    GET_FEED_DOCUMENT,
    GET_FEEDS,
)
from clients.amazon.protocol import (
    GET_ORDER,
    SEARCH_ORDERS,
    Operation,
    judge,
    lost,
    rate,
)
from domain.errors import (
    OutcomeUnknown,
    RetryLater,
    Throttled,
    TokenExpired,
    Unavailable,
)
from tests.unit.clients_amazon.given import errors

WRITE = CONFIRM_SHIPMENT
HTML = b"<html><body>Service Unavailable</body></html>"
ORDERS = json.dumps({"orders": [{"orderId": "1"}], "pagination": {"nextToken": "n"}, "createdBefore": "x"}).encode()
ORDER = b'{"order": {"orderId": "1"}}'
EXPIRED = errors(
    "Unauthorized", "Access to requested resource is denied.", "The access token you provided has expired."
)
DENIED = errors("Unauthorized", "Access to requested resource is denied.")
INVALID = errors("InvalidInput", "Invalid Input", "buyer@example.com")


def refusal(operation: Operation, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Exception:
    with pytest.raises(Exception) as raised:
        judge(operation, status, httpx.Headers(headers), body)
    return raised.value


@pytest.mark.parametrize(
    ("operation", "status", "body", "value"),
    [
        (SEARCH_ORDERS, 200, ORDERS, {"orders": [{"orderId": "1"}], "pagination": {"nextToken": "n"}}),
        (SEARCH_ORDERS, 200, b'{"orders": []}', {"orders": [], "pagination": {}}),
        (SEARCH_ORDERS, 200, b'{"orders": [], "pagination": null}', {"orders": [], "pagination": {}}),
        (SEARCH_ORDERS, 200, b'{"orders": [], "headers": 1, "payload": 2}', {"orders": [], "pagination": {}}),
        (GET_ORDER, 200, ORDER, {"order": {"orderId": "1"}, "pagination": {}}),
        (WRITE, 204, b"", {}),
        (WRITE, 200, b" {} ", {}),
        (CREATE_FEED, 202, b'{"feedId": "1"}', {"feedId": "1", "pagination": {}}),
        (
            GET_FEED_DOCUMENT,
            200,
            b'{"feedDocumentId": "d", "url": "https://x", "compressionAlgorithm": null, "payload": 1}',
            {"feedDocumentId": "d", "pagination": {}, "url": "https://x"},
        ),
        (GET_FEEDS, 200, b'{"feeds": [], "nextToken": "n"}', {"feeds": [], "pagination": {}, "nextToken": "n"}),
    ],
)
def test_good_answers(operation: Operation, status: int, body: bytes, value: dict[str, Any]) -> None:
    assert judge(operation, status, httpx.Headers(), body) == value


@pytest.mark.parametrize(
    "body",
    [
        HTML,
        b"",
        ORDERS[:-9],
        b"[]",
        b"null",
        b"{}",
        b'{"orders": null}',
        b'{"orders": {}}',
        b'{"orders": [NaN]}',
        b'{"orders": [], "errors": [{"code": "InternalFailure"}]}',
        b'{"orders": [], "pagination": "n"}',
        b'{"orders": [], "pagination": {"nextToken": {"a": 1}}}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
)
def test_a_200_that_does_not_hold_what_it_should_is_never_success(body: bytes) -> None:
    error = refusal(SEARCH_ORDERS, 200, body)
    assert type(error) is Unavailable
    assert (error.after, error.counted) == (None, True)
    assert error.reason == "Amazon searchOrders: a 200 without the promised content"


@pytest.mark.parametrize(
    ("operation", "status", "body", "kind", "counted"),
    [
        (SEARCH_ORDERS, 500, HTML, Unavailable, True),
        (GET_ORDER, 500, errors("InternalFailure"), Unavailable, True),
        (SEARCH_ORDERS, 501, b"", Unavailable, True),
        (SEARCH_ORDERS, 502, b"", Unavailable, False),
        (SEARCH_ORDERS, 503, HTML, Unavailable, False),
        (GET_ORDER, 503, errors("ServiceUnavailable"), Unavailable, False),
        (SEARCH_ORDERS, 504, b"", Unavailable, False),
        (SEARCH_ORDERS, 408, b"", Unavailable, False),
        (SEARCH_ORDERS, 302, b"", Unavailable, True),
        (SEARCH_ORDERS, 204, b"", Unavailable, True),
        # Not Amazon's error list, so not Amazon's word: no account is paused and no order parked for a proxy's page.
        (SEARCH_ORDERS, 403, HTML, Unavailable, True),
        (SEARCH_ORDERS, 403, b'{"message": "Forbidden"}', Unavailable, True),
        (GET_ORDER, 404, HTML, Unavailable, True),
        (GET_ORDER, 400, b'{"errors": []}', Unavailable, True),
        (GET_ORDER, 400, b'{"errors": ["x"]}', Unavailable, True),
        (WRITE, 500, b"", OutcomeUnknown, True),
        (WRITE, 503, HTML, OutcomeUnknown, False),
        (WRITE, 504, b"", OutcomeUnknown, False),
        (WRITE, 200, HTML, OutcomeUnknown, True),
        (WRITE, 200, b"[]", OutcomeUnknown, True),
        (CREATE_FEED, 202, b"", OutcomeUnknown, True),
        (CREATE_FEED, 202, b'{"feedId": 7}', OutcomeUnknown, True),
        (CREATE_FEED, 503, HTML, OutcomeUnknown, False),
        # A document that no feed names has no effect, so a lost answer is only lost.
        (CREATE_FEED_DOCUMENT, 201, b'{"feedDocumentId": ""', Unavailable, True),
        (CREATE_FEED_DOCUMENT, 201, b'{"feedDocumentId": "d", "url": 7}', Unavailable, True),
        (CREATE_FEED_DOCUMENT, 503, HTML, Unavailable, False),
        (GET_FEEDS, 200, b'{"feeds": [], "nextToken": {}}', Unavailable, True),
    ],
)
def test_no_usable_answer(
    operation: Operation, status: int, body: bytes, kind: type[RetryLater], counted: bool
) -> None:
    error = refusal(operation, status, body)
    assert type(error) is kind
    assert isinstance(error, RetryLater)
    assert (error.after, error.counted) == (None, counted)


@pytest.mark.parametrize(
    ("operation", "headers", "after"),
    [
        (SEARCH_ORDERS, {}, 1 / 0.0056),
        (GET_ORDER, {}, 2.0),
        (GET_ORDER, {"x-amzn-RateLimit-Limit": "4.0"}, 0.25),
        (GET_ORDER, {"x-amzn-RateLimit-Limit": "0"}, 2.0),
        (GET_ORDER, {"x-amzn-RateLimit-Limit": "nan"}, 2.0),
        (GET_ORDER, {"x-amzn-RateLimit-Limit": "fast"}, 2.0),
        (GET_ORDER, {"x-amzn-RateLimit-Limit": "4.0", "Retry-After": "7"}, 7.0),
        (GET_ORDER, {"Retry-After": "99999"}, 3600.0),
        (GET_ORDER, {"Retry-After": "-1"}, 2.0),
        (GET_ORDER, {"Retry-After": "nan"}, 2.0),
        (GET_ORDER, {"Retry-After": "Fri, 01 May 2026 12:00:00 GMT"}, 2.0),
    ],
)
@pytest.mark.parametrize("body", [b"", HTML, errors("QuotaExceeded", "You exceeded your quota.")])
def test_throttled(operation: Operation, headers: dict[str, str], after: float, body: bytes) -> None:
    error = refusal(operation, 429, body, headers)
    assert type(error) is Throttled
    assert error.after == pytest.approx(after)
    assert error.counted is False


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, EXPIRED),
        (403, errors("Unauthorized", "Access token is missing in the request header.")),
        (403, errors("Unauthorized", "The Access Token you provided is revoked, malformed or invalid.")),
        (401, errors("Unauthorized", "Access to requested resource is denied.")),
        (401, b""),
    ],
)
@pytest.mark.parametrize("operation", [SEARCH_ORDERS, GET_ORDER, WRITE, CREATE_FEED, GET_FEED_DOCUMENT])
def test_token_refused(operation: Operation, status: int, body: bytes) -> None:
    error = refusal(operation, status, body)
    assert type(error) is TokenExpired
    assert (error.after, error.counted) == (0.0, False)


def test_lost_write_and_lost_read() -> None:
    assert type(lost(WRITE, "ReadTimeout", counted=False)) is OutcomeUnknown
    assert type(lost(GET_ORDER, "ReadTimeout", counted=False)) is Unavailable


@pytest.mark.parametrize(
    ("header", "expected"), [("0.0056", 0.0056), ("0.5", 0.5), ("", None), ("-1", None), ("inf", None), ("x", None)]
)
def test_rate(header: str, expected: float | None) -> None:
    assert rate(httpx.Headers({"x-amzn-RateLimit-Limit": header})) == expected
    assert rate(httpx.Headers()) is None
