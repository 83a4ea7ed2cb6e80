"""confirmShipment: what is sent, and what each answer becomes."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from clients.amazon.client import Confirmed
from clients.amazon.protocol import AmazonBug
from domain.errors import (
    AccountBroken,
    NeedsHuman,
    OutcomeUnknown,
    RetryLater,
    Throttled,
    TokenExpired,
    Unavailable,
)
from domain.shipment import Shipment, ShippedItem
from tests.unit.clients_amazon.given import (
    ACCESS,
    DE,
    SELLER,
    Clock,
    FakeAmazon,
    MemoryTokens,
    client_of,
    errors,
)

ORDER_ID = "302-1234567-1234567"
SHIPMENT = Shipment(
    account="acme-eu",
    order_id=ORDER_ID,
    marketplace_id=DE,
    package_ref="41",
    carrier_code="DHL",
    tracking="00340434161094042557",
    shipped=datetime(2026, 5, 1, 10, 30, tzinfo=UTC),
    items=(ShippedItem(item_id="17198765432109", quantity=2),),
)
# Amazon's sentence as sellers report it; the order id stands in the middle.
FULFILLED = (
    "Failed to create package due to not finding a matching package or order already fulfilled."
    " ErrorMessage(errorCode=GeneralError, errorDescription=Unable to find package to update for order"
    f" ({ORDER_ID}), errorMetric=PackageToUpdateNotFound, packageIndex=null)"
)
HTML = b"<html><body>Sign in</body></html>"


def told(amazon: FakeAmazon, shipment: Shipment = SHIPMENT) -> Confirmed:
    return client_of(amazon).confirm_shipment(SELLER, shipment)


def failure(answer: httpx.Response | Exception) -> Exception:
    """The error of one attempt; nothing is ever sent twice."""
    amazon = FakeAmazon(answer)
    with pytest.raises(Exception) as raised:
        told(amazon)
    assert len(amazon.requests) == 1
    return raised.value


@pytest.mark.parametrize("answer", [httpx.Response(204), httpx.Response(200), httpx.Response(200, content=b"{}")])
def test_success(answer: httpx.Response) -> None:
    assert told(FakeAmazon(answer)) is Confirmed.NOW


@pytest.mark.parametrize(
    "message",
    [FULFILLED, FULFILLED.upper(), "The order has already been fulfilled.", "errorMetric=PackageToUpdateNotFound"],
)
def test_already_fulfilled_counts_as_told(message: str) -> None:
    amazon = FakeAmazon(httpx.Response(400, content=errors("InvalidInput", message)))
    assert told(amazon) is Confirmed.ALREADY
    assert len(amazon.requests) == 1


def test_already_fulfilled_beside_another_error_is_a_refusal() -> None:
    body = {
        "errors": [{"code": "InvalidInput", "message": FULFILLED}, {"code": "InvalidInput", "message": "Bad carrier"}]
    }
    error = failure(httpx.Response(400, json=body))
    assert isinstance(error, NeedsHuman)
    assert error.code == "shipment_refused"


@pytest.mark.parametrize("status", [400, 404])
def test_a_refused_shipment_is_parked_with_amazons_words(status: int) -> None:
    message = "OrderItemId is invalid,\n please obtain the value from joe@example.com"
    error = failure(httpx.Response(status, content=errors("InvalidInput", message, "Rue Secrète 7")))
    assert type(error) is NeedsHuman
    assert error.code == "shipment_refused"
    assert error.reason == (
        f"Amazon refuses this shipment ({status}, InvalidInput: OrderItemId is invalid, please obtain the value from …)"
    )
    assert error.remedy.startswith("Compare carrier, tracking number, quantities and dates")
    assert error.__context__ is None


def test_long_words_are_cut() -> None:
    error = failure(httpx.Response(400, content=errors("InvalidInput", "no such carrier " * 99)))
    assert isinstance(error, NeedsHuman)
    assert len(error.reason) == len("Amazon refuses this shipment (400, )") + 200


@pytest.mark.parametrize(
    ("answer", "kind", "counted", "after"),
    [
        (httpx.Response(500, content=errors("InternalFailure")), OutcomeUnknown, True, None),
        (httpx.Response(501), OutcomeUnknown, True, None),
        (httpx.Response(502, content=HTML), OutcomeUnknown, False, None),
        (httpx.Response(503, content=HTML), OutcomeUnknown, False, None),
        (httpx.Response(504), OutcomeUnknown, False, None),
        (httpx.Response(408), OutcomeUnknown, False, None),
        # No word of Amazon's: neither a success nor a refusal.
        (httpx.Response(200, content=HTML), OutcomeUnknown, True, None),
        (httpx.Response(200, content=errors("InternalFailure")), OutcomeUnknown, True, None),
        (httpx.Response(302, headers={"location": "https://proxy.test/"}), OutcomeUnknown, True, None),
        (httpx.Response(400, content=HTML), OutcomeUnknown, True, None),
        (httpx.Response(400, content=b'{"errors": []}'), OutcomeUnknown, True, None),
        (httpx.Response(400, content=b'{"errors": ["x"]}'), OutcomeUnknown, True, None),
        (httpx.Response(403, content=b'{"message": "Forbidden"}'), OutcomeUnknown, True, None),
        (httpx.ReadTimeout("x"), OutcomeUnknown, False, None),
        (httpx.ReadError("x"), OutcomeUnknown, False, None),
        (httpx.WriteError("x"), OutcomeUnknown, False, None),
        (httpx.RemoteProtocolError("x"), OutcomeUnknown, False, None),
        (httpx.ConnectError("x"), Unavailable, False, None),
        (httpx.ConnectTimeout("x"), Unavailable, False, None),
        (httpx.PoolTimeout("x"), Unavailable, False, None),
        (httpx.Response(429), Throttled, False, 0.5),
        (httpx.Response(429, headers={"x-amzn-RateLimit-Limit": "4.0"}), Throttled, False, 0.25),
    ],
)
def test_what_passes(
    answer: httpx.Response | Exception, kind: type[RetryLater], counted: bool, after: float | None
) -> None:
    error = failure(answer)
    assert type(error) is kind
    assert isinstance(error, RetryLater)
    assert (error.counted, error.after) == (counted, after)
    assert error.reason.startswith("Amazon confirmShipment: ")


@pytest.mark.parametrize("status", [405, 409, 413, 415, 422])
def test_our_own_mistake(status: int) -> None:
    error = failure(httpx.Response(status, content=errors("InvalidInput", "no")))
    assert type(error) is AmazonBug
    assert str(error) == f"Amazon confirmShipment refuses our request: {status}, InvalidInput: no"


def test_a_missing_role_is_the_account_and_its_token_stays() -> None:
    tokens = MemoryTokens()
    denied = errors("Unauthorized", "Access to requested resource is denied.")
    with pytest.raises(AccountBroken, match=r"^Amazon refuses confirmShipment to this account \(403, Unauthorized"):
        client_of(FakeAmazon(httpx.Response(403, content=denied)), tokens).confirm_shipment(SELLER, SHIPMENT)
    assert len(tokens.kept) == 1


@pytest.mark.parametrize(
    "refused",
    [
        httpx.Response(401),
        httpx.Response(403, content=errors("Unauthorized", "No.", "The access token you provided has expired.")),
    ],
)
def test_an_expired_token_is_forgotten(refused: httpx.Response) -> None:
    amazon, tokens, clock = FakeAmazon(httpx.Response(204), refused, httpx.Response(204)), MemoryTokens(), Clock()
    client = client_of(amazon, tokens, clock)
    client.confirm_shipment(SELLER, SHIPMENT)
    clock.move(minutes=50)
    with pytest.raises(TokenExpired) as raised:
        client.confirm_shipment(SELLER, SHIPMENT)
    assert (raised.value.after, raised.value.counted) == (0.0, False)
    assert client.confirm_shipment(SELLER, SHIPMENT) is Confirmed.NOW
    assert amazon.tokens_used == [f"{ACCESS}-1", f"{ACCESS}-1", f"{ACCESS}-2"]
