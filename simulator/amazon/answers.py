"""Answers in Amazon's form, the right ones and the wrong ones."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import socket
import struct
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

EXPIRED = "The access token you provided has expired."
INVALID_TOKEN = "The access token you provided is revoked, malformed or invalid."  # noqa: S105  a sentence, no secret
MISSING_TOKEN = "Access token is missing in the request header."  # noqa: S105  a sentence, no secret
DENIED = "Access to requested resource is denied."

_MAINTENANCE = "<html><head><title>{title}</title></head><body><h1>{title}</h1><p>Please try again.</p></body></html>"


class ApiError(Exception):
    """An error answer of the API: HTTP `status` and Amazon's code, message and details."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.body = {"errors": [{"code": code, "message": message, "details": details}]}


def invalid_input(message: str, details: str = "") -> ApiError:
    """400: the request breaks a rule of the operation."""
    return ApiError(400, "InvalidInput", message, details)


def unauthorized(details: str) -> ApiError:
    """403: Amazon says so for a bad token as well as for a missing role."""
    return ApiError(403, "Unauthorized", DENIED, details)


def quota_exceeded() -> ApiError:
    """429."""
    return ApiError(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")


def internal_failure() -> ApiError:
    """500."""
    return ApiError(500, "InternalFailure", "We encountered an internal error. Please try again.")


def json_response(body: Any, status: int = 200) -> Response:
    """`body` as JSON, UTF-8."""
    return Response(json.dumps(body, ensure_ascii=False).encode(), status, media_type="application/json")


def html_response(status: int) -> Response:
    """A page of a proxy or of maintenance where JSON was expected."""
    title = "503 Service Temporarily Unavailable" if status == 503 else "Welcome"
    return Response(_MAINTENANCE.format(title=title), status, media_type="text/html")


def truncated(response: Response) -> Response:
    """The first half of `response`, as if it were all."""
    body = bytes(response.body)
    return Response(body[: len(body) // 2], response.status_code, media_type=response.media_type)


def with_headers(response: Response, *, rate: float | None) -> Response:
    """`response` with Amazon's request id, and with the rate limit where Amazon tells it."""
    response.headers["x-amzn-RequestId"] = request_id()
    if rate is not None:
        response.headers["x-amzn-RateLimit-Limit"] = f"{rate:.10g}"
    return response


def request_id() -> str:
    """A new request id."""
    return secrets.token_hex(16)


class Reset(Response):
    """No answer at all: the connection is reset under the client."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Abort the connection that the server put into the scope's state; wait until it is gone."""
        del send
        transport = scope["state"]["transport"]
        endpoint: socket.socket = transport.get_extra_info("socket")
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        message = await receive()
        while message["type"] != "http.disconnect":
            message = await receive()


async def linger(request: Request, seconds: float) -> None:
    """Wait, or until the client has gone: what it asked for is then done all the same, unheard."""
    await request.body()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            message = await request.receive()
            while message["type"] != "http.disconnect":
                message = await request.receive()


async def read_json(request: Request) -> Any:
    """The JSON body of a control request, {} when empty. Raises ValueError."""
    body = await request.body()
    return json.loads(body) if body else {}
