"""Login with Amazon: the token endpoint, with its own faults and its own form of errors."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from simulator.amazon import answers
from simulator.amazon.tokens import LIFETIME, SCOPES
from simulator.amazon.world import LWA_FAULTS, World

OPERATION = "token"
_FORM = "application/x-www-form-urlencoded"


class LwaError(Exception):
    """An error answer of LWA: HTTP `status`, OAuth's error code and a description."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.body = {"error": code, "error_description": description}


class TokenEndpoint:
    """POST /auth/o2/token."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, request: Request) -> Response:
        """Give an access token or LWA's error body; a fault may come between."""
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        owner = self._world.tokens.owner(form.get("refresh_token", "")) or ""
        self._world.count_token_request(owner)
        fault = self._world.faults.take(OPERATION, owner, kinds=LWA_FAULTS)
        kind = fault.kind if fault else ""
        if fault and kind == "slow":
            await answers.linger(request, fault.seconds)
        if kind == "reset_before":
            return answers.Reset()
        if kind in {"html_200", "status_503_html"}:
            return answers.html_response(200 if kind == "html_200" else 503)
        try:
            response = answers.json_response(self._grant(request, form, kind))
        except LwaError as error:
            response = answers.json_response(error.body, error.status)
        if kind == "reset_after":
            return answers.Reset()
        return answers.truncated(response) if kind == "truncated_json" else response

    def _grant(self, request: Request, form: dict[str, str], kind: str) -> dict[str, Any]:
        if kind == "lwa_500":
            raise LwaError(500, "server_error", "The server encountered an unexpected condition.")
        if kind == "invalid_grant":
            raise _invalid_grant()
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != _FORM:
            raise LwaError(400, "invalid_request", f"Content-Type must be {_FORM}")
        grant_type = form.get("grant_type")
        if not grant_type:
            raise _missing("grant_type")
        if grant_type not in {"refresh_token", "client_credentials"}:
            text = "The authorization grant type is not supported by the authorization server"
            raise LwaError(400, "unsupported_grant_type", text)
        if not self._world.tokens.is_client(form.get("client_id", ""), form.get("client_secret", "")):
            raise LwaError(401, "invalid_client", "Client authentication failed")
        if grant_type == "client_credentials":
            return self._grantless(form.get("scope", ""))
        if "refresh_token" not in form:
            raise _missing("refresh_token")
        owner = self._world.tokens.owner(form["refresh_token"])
        if owner is None:
            raise _invalid_grant()
        return _token({"access_token": self._world.tokens.issue(owner), "refresh_token": form["refresh_token"]})

    def _grantless(self, scope: str) -> dict[str, Any]:
        if not scope:
            raise _missing("scope")
        if scope not in SCOPES:
            raise LwaError(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed.")
        return _token({"access_token": self._world.tokens.issue(""), "scope": scope})


def _token(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"token_type": "bearer", "expires_in": int(LIFETIME.total_seconds())}


def _missing(name: str) -> LwaError:
    return LwaError(400, "invalid_request", f"The request is missing a required parameter : {name}")


def _invalid_grant() -> LwaError:
    text = (
        "The request has an invalid grant parameter : refresh_token. "
        "User may have revoked or didn't grant the permission."
    )
    return LwaError(400, "invalid_grant", text)
