"""Every row of the table of Login with Amazon's answers."""

from __future__ import annotations

import json

import httpx
import pytest

from clients.amazon.lwa import judge_token
from clients.amazon.protocol import AmazonBug
from domain.errors import AccountBroken, Unavailable
from tests.unit.clients_amazon.given import REFRESH


def refusal(status: int, body: bytes, headers: dict[str, str] | None = None) -> Exception:
    with pytest.raises(Exception) as raised:
        judge_token(status, httpx.Headers(headers), body)
    return raised.value


def said(error: str) -> bytes:
    return json.dumps({"error": error, "error_description": f"{REFRESH} of joe@example.com"}).encode()


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (b'{"access_token": "Atza|x", "expires_in": 3600, "token_type": "bearer"}', 3600),
        (b'{"access_token": "Atza|x", "expires_in": "1800"}', 1800),
        (b'{"access_token": "Atza|x"}', 3600),
        (b'{"access_token": "Atza|x", "expires_in": 1e300}', 86_400),
    ],
)
def test_a_token(body: bytes, seconds: int) -> None:
    assert judge_token(200, httpx.Headers(), body) == ("Atza|x", seconds)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>login</html>",
        b"",
        b"{}",
        b"[]",
        b'{"access_token": ""}',
        b'{"access_token": "a\\nb"}',
        b'{"access_token": "\\u00e4"}',
        b'{"access_token": "x", "expires_in": 0}',
        b'{"access_token": "x", "expires_in": null}',
    ],
)
def test_a_200_without_a_token_is_no_success(body: bytes) -> None:
    error = refusal(200, body)
    assert type(error) is Unavailable
    assert (error.reason, error.counted) == ("Login with Amazon: a 200 without a token", False)


@pytest.mark.parametrize(
    ("status", "body", "headers", "after"),
    [
        (500, said("server_error"), {}, None),
        (500, said("invalid_grant"), {}, None),
        (503, b"<html>", {"Retry-After": "12"}, 12.0),
        (429, said("slow_down"), {"Retry-After": "5"}, 5.0),
        (408, said("timeout"), {}, None),
        (400, said("temporarily_unavailable"), {}, None),
        (400, said("server_error"), {}, None),
        (400, b"<html>", {}, None),
        (403, b"<html>blocked</html>", {}, None),
        (401, b'{"error": 7}', {}, None),
        (400, b'{"error": "joe@example.com"}', {}, None),
        (302, b"", {}, None),
    ],
)
def test_nothing_said_about_the_account(status: int, body: bytes, headers: dict[str, str], after: float | None) -> None:
    error = refusal(status, body, headers)
    assert type(error) is Unavailable
    assert (error.after, error.counted) == (after, False)


@pytest.mark.parametrize(
    ("status", "error", "reason", "remedy"),
    [
        (400, "invalid_grant", "refuses the refresh token (400 invalid_grant)", "Authorise the application again"),
        (401, "invalid_grant", "refuses the refresh token (401 invalid_grant)", "Authorise the application again"),
        (401, "invalid_client", "refuses the application (401 invalid_client)", "client id and client secret settings"),
        (400, "invalid_client", "refuses the application (400 invalid_client)", "client id and client secret settings"),
        (400, "unauthorized_client", "refuses the application (400 unauthorized_client)", "a secret expires after 180"),
        (400, "invalid_request", "refuses the request (400 invalid_request)", "missing or stray characters"),
        (403, "access_denied", "refuses the request (403 access_denied)", "missing or stray characters"),
    ],
)
def test_a_person_must_act(status: int, error: str, reason: str, remedy: str) -> None:
    raised = refusal(status, said(error))
    assert type(raised) is AccountBroken
    assert raised.reason == f"Login with Amazon {reason}"
    assert remedy in raised.remedy
    assert "by itself" in raised.remedy


@pytest.mark.parametrize("error", ["unsupported_grant_type", "invalid_scope"])
def test_our_own_mistake(error: str) -> None:
    raised = refusal(400, said(error), {"x-amzn-RequestId": "r-1"})
    assert type(raised) is AmazonBug
    assert str(raised) == f"Login with Amazon refuses our request: 400 {error} request r-1"
