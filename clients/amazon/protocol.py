"""What an answer of the Selling Partner API means: (operation, status, headers, body) -> value or error. Pure.

Sources: the official model of Orders 2026-01-01 (statuses, error list), Amazon's "Usage plans and rate limits"
(429, `x-amzn-RateLimit-Limit`), and Amazon's rule that an expired token is a 403 (401 is in no model of this API, and
the v0 model says of it that the token is not valid: it gets the same treatment).

Whether a retry counts: gateways' 502/503/504 are an outage and nobody's fault. A 500, or a page that is not Amazon's
JSON, may also be the fate of one particular request, so it counts and ends parked instead of going on for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from clients.amazon.answers import AmazonError, json_object, read_errors, request_id, retry_after, scrubbed
from domain import parked
from domain.errors import AccountBroken, NeedsHuman, OutcomeUnknown, RetryLater, Throttled, TokenExpired, Unavailable

RATE_HEADER: Final = "x-amzn-ratelimit-limit"
_OUTAGE: Final = frozenset({408, 502, 503, 504})

_REMEDY_FORBIDDEN = (
    "In Seller Central (Apps and Services > Manage Your Apps) check that the application has the order roles and is"
    " authorised for these marketplaces; re-authorise it if a role was added later. The account goes on by itself"
    " within ten minutes."
)
_REMEDY_ORDER_ID = "Check the order id (three groups of digits, 3-7-7) and the account it belongs to."
_REMEDY_NOT_FOUND = (
    "Look the order up in Seller Central under this account. If it is there, retry; if it belongs to another account,"
    " import it there; else dismiss this entry."
)


class AmazonBug(Exception):
    """Amazon says our request is wrong: a defect of this program. The text holds no personal data."""


class PageTokenRefused(RetryLater):
    """Amazon refuses a page token (they live 24 hours): begin again at the window's first page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation of the Selling Partner API and its documented default quota.

    `rate`: requests a second; `burst`: size of the bucket; `root`: key and type of what a good answer must hold;
    `writes`: a lost answer may have had an effect; `one_order`: a refusal concerns that order alone.
    """

    name: str
    rate: float
    burst: int
    root: tuple[str, type] | None
    writes: bool = False
    one_order: bool = False


SEARCH_ORDERS: Final = Operation(name="searchOrders", rate=0.0056, burst=20, root=("orders", list))
GET_ORDER: Final = Operation(name="getOrder", rate=0.5, burst=30, root=("order", dict), one_order=True)


def judge(
    operation: Operation, status: int, headers: Mapping[str, str], body: bytes, *, resuming: bool = False
) -> dict[str, Any]:
    """Return what a good answer holds: its root and, where present, `pagination`; {} for a write without a body.

    `headers`: any mapping that finds lower-case names. `resuming`: the request carried a page token.
    Raises the error that says what to do next (domain.errors), or AmazonBug.
    """
    if 200 <= status < 300:  # noqa: PLR2004 - the success class of HTTP
        value = _value(operation, body)
        if value is None:
            raise lost(operation, f"a {status} without the promised content{request_id(headers)}", counted=True)
        return value
    raise _refusal(operation, status, headers, body, resuming=resuming)


def lost(operation: Operation, what: str, *, counted: bool) -> Unavailable | OutcomeUnknown:
    """Return the error of an answer that never came or cannot be understood; a write may have had its effect."""
    reason = f"Amazon {operation.name}: {what}"
    return OutcomeUnknown(reason, counted=counted) if operation.writes else Unavailable(reason, counted=counted)


def rate(headers: Mapping[str, str]) -> float | None:
    """Return the quota's rate in requests a second if Amazon tells it, else None."""
    try:
        told = float(headers.get(RATE_HEADER, ""))
    except ValueError:
        return None
    return told if 0 < told < float("inf") else None


def _value(operation: Operation, body: bytes) -> dict[str, Any] | None:
    if operation.root is None:
        return {}
    answer = json_object(body)
    key, kind = operation.root
    if answer is None or answer.get("errors") or not isinstance(answer.get(key), kind):
        return None
    pagination = answer.get("pagination") or {}
    if not isinstance(pagination, dict) or not isinstance(pagination.get("nextToken") or "", str):
        return None  # the library would read this as the last page
    return {key: answer[key], "pagination": pagination}


def _refusal(
    operation: Operation, status: int, headers: Mapping[str, str], body: bytes, *, resuming: bool
) -> Exception:
    named = f"{status}{request_id(headers)}"
    if status == 429:  # noqa: PLR2004 - Too Many Requests
        wait = retry_after(headers) or 1 / (rate(headers) or operation.rate)
        return Throttled(f"Amazon {operation.name}: quota used up ({named})", after=wait)
    if status in _OUTAGE:
        return lost(operation, named, counted=False)
    if status == 401:  # noqa: PLR2004 - Unauthorized
        return TokenExpired(f"Amazon {operation.name}: access token refused ({named})")
    error = read_errors(body)
    if error is None or not 400 <= status < 500:  # noqa: PLR2004 - the client error class of HTTP
        return lost(operation, named, counted=True)
    return _said_no(operation, status, error, f"{named}, {scrubbed(error)}", resuming=resuming)


def _said_no(operation: Operation, status: int, error: AmazonError, said: str, *, resuming: bool) -> Exception:
    match status:
        case 403 if error.about_token:
            return TokenExpired(f"Amazon {operation.name}: access token refused ({said})")
        case 403:
            return AccountBroken(f"Amazon refuses {operation.name} to this account ({said})", _REMEDY_FORBIDDEN)
        case 400 if operation.one_order:
            return NeedsHuman(parked.BAD_ORDER, f"Amazon refuses this order id ({said})", _REMEDY_ORDER_ID)
        case 404 if operation.one_order:
            return NeedsHuman(parked.NOT_FOUND, f"Amazon does not know this order ({said})", _REMEDY_NOT_FOUND)
        case 400 if resuming:
            return PageTokenRefused(f"Amazon {operation.name}: page token refused ({said})")
        case _:
            return AmazonBug(f"Amazon {operation.name} refuses our request: {said}")
