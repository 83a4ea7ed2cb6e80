"""Login with Amazon, and what the API says to tokens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.amazon import World
from tests.contract.amazon_simulator import FAST, Caller, calling, seller


@pytest.fixture
def caller() -> Iterator[Caller]:
    with calling(World((seller(orders=1), seller("EU2", orders=1)), seed=1, speed=FAST)) as caller:
        yield caller


def test_a_refresh_token_gives_an_access_token_of_an_hour(caller: Caller) -> None:
    body = caller.ask_token().json()
    access = body.pop("access_token")
    assert access.startswith("Atza|")
    assert body == {"refresh_token": "Atzr|EU1", "token_type": "bearer", "expires_in": 3600}
    assert caller.ask_token().json()["access_token"] != access


def test_client_credentials_give_a_grantless_token_that_reads_no_orders(caller: Caller) -> None:
    body = caller.ask_token(
        grant_type="client_credentials", refresh_token="", scope="sellingpartnerapi::notifications"
    ).json()
    caller.token = body.pop("access_token")
    assert body == {"scope": "sellingpartnerapi::notifications", "token_type": "bearer", "expires_in": 3600}
    assert caller.search().status_code == 403


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"refresh_token": "Atzr|wrong"}, 400, "invalid_grant"),
        ({"refresh_token": ""}, 400, "invalid_request"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"client_secret": "other"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "client_credentials"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "scope": "everything"}, 400, "invalid_scope"),
    ],
)
def test_refusals_are_oauths(caller: Caller, changes: dict[str, str], status: int, code: str) -> None:
    answer = caller.ask_token(**changes)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.json()["error"] == code
    assert caller.sim("GET", "stats").json()["tokens_issued"] == 0


def test_the_form_must_be_a_form(caller: Caller) -> None:
    answer = caller.http.post(f"{caller.base}/auth/o2/token", json={"grant_type": "refresh_token"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_an_expired_token_is_403_and_a_new_one_works(caller: Caller) -> None:
    assert caller.search().status_code == 200
    assert caller.sim("POST", "tokens/expire", {"seller": "EU2"}).json() == {"expired": 0}
    assert caller.search().status_code == 200
    assert caller.sim("POST", "tokens/expire", {"seller": "EU1"}).json() == {"expired": 1}
    answer = caller.search()
    assert answer.status_code == 403
    assert answer.json() == {
        "errors": [
            {
                "code": "Unauthorized",
                "message": "Access to requested resource is denied.",
                "details": "The access token you provided has expired.",
            }
        ]
    }
    caller.token = ""
    assert caller.search().status_code == 200


def test_a_revoked_seller_is_invalid_grant_until_authorised_again(caller: Caller) -> None:
    assert caller.search().status_code == 200
    caller.sim("POST", "tokens/revoke", {"seller": "EU1"})
    assert caller.search().json()["errors"][0]["details"].startswith("The access token you provided is revoked")
    refusal = caller.ask_token()
    assert (refusal.status_code, refusal.json()["error"]) == (400, "invalid_grant")
    assert Caller(caller.base, caller.http, "EU2").search().status_code == 200
    caller.sim("POST", "tokens/authorise", {"seller": "EU1", "refresh_token": "Atzr|new"})
    assert caller.ask_token().status_code == 400
    assert caller.ask_token(refresh_token="Atzr|new").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"x-amz-access-token": "Atza|made-up"}, {"Authorization": "Bearer x"}])
def test_a_missing_or_unknown_token_is_403(caller: Caller, headers: dict[str, str]) -> None:
    answer = caller.http.get(f"{caller.base}/orders/2026-01-01/orders", headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "Unauthorized")


def test_a_missing_role_is_403(caller: Caller) -> None:
    caller.sim("POST", "roles", {"seller": "EU1", "roles": ["direct_to_consumer_delivery"]})
    answer = caller.search()
    assert (answer.status_code, answer.json()["errors"][0]["details"]) == (403, "")
