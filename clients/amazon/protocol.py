"""What an answer of the Selling Partner API means: (operation, status, headers, body) -> value or error. Pure.

Sources: the official models (statuses, error list), Amazon's "Usage plans and rate limits" (429,
`x-amzn-RateLimit-Limit`), and Amazon's rule that an expired token is a 403 (the models that list a 401 say of it that
the token is not valid: it gets the same treatment).

Whether a retry counts: gateways' 502/503/504 are an outage and nobody's fault. A 500, or a page that is not Amazon's
JSON, may also be the fate of one particular request, so it counts and ends parked instead of going on for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from clients.amazon.answers import AmazonError, json_object, read_errors, request_id, retry_after, scrubbed
from clients.amazon.operations import GET_ORDER, SEARCH_ORDERS, Operation, Refusal
from domain.errors import AccountBroken, NeedsHuman, OutcomeUnknown, RetryLater, Throttled, TokenExpired, Unavailable

RATE_HEADER: Final = "x-amzn-ratelimit-limit"
_OUTAGE: Final = frozenset({408, 502, 503, 504})

_REMEDY_FORBIDDEN = (
    "In Seller Central (Apps and Services > Manage Your Apps) check that the application has the order roles and is"
    " authorised for these marketplaces; re-authorise it if a role was added later. The account goes on by itself"
    " within ten minutes."
)


class AmazonBug(Exception):
    """Amazon says our request is wrong: a defect of this program. The text holds no personal data."""


class AlreadyDone(Exception):
    """Amazon refuses a write because its effect is there already; never leaves this package."""


class PageTokenRefused(RetryLater):
    """Amazon refuses a page token (they live 24 hours): begin again at the window's first page."""


def judge(
    operation: Operation, status: int, headers: Mapping[str, str], body: bytes, *, resuming: bool = False
) -> dict[str, Any]:
    """Return what a good answer holds: its root, what else the operation names and, where present, `pagination`.

    {} for an operation without content. `headers`: any mapping that finds lower-case names. `resuming`: the request
    carried a page token.
    Raises the error that says what to do next (domain.errors), AlreadyDone, or AmazonBug.
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


def needs_human(refusal: Refusal, said: str) -> NeedsHuman:
    """Return the error that parks the one item concerned; `said` must be free of personal data."""
    return NeedsHuman(refusal.code, f"{refusal.words} ({said})", refusal.remedy)


def rate(headers: Mapping[str, str]) -> float | None:
    """Return the quota's rate in requests a second if Amazon tells it, else None."""
    try:
        told = float(headers.get(RATE_HEADER, ""))
    except ValueError:
        return None
    return told if 0 < told < float("inf") else None


def _value(operation: Operation, body: bytes) -> dict[str, Any] | None:
    answer = json_object(body)
    if operation.root is None:
        # A proxy's page with a 200 is no success of a write.
        return {} if not body.strip() or answer == {} else None
    key, kind = operation.root
    if answer is None or answer.get("errors") or not isinstance(answer.get(key), kind):
        return None
    pagination = answer.get("pagination") or {}
    if not isinstance(pagination, dict) or not isinstance(pagination.get("nextToken") or "", str):
        return None  # the library would read this as the last page
    further = {name: answer[name] for name in operation.also if answer.get(name) is not None}
    if not all(isinstance(value, str) for value in further.values()):
        return None
    return {key: answer[key], "pagination": pagination} | further


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
    errors = read_errors(body)
    if not errors or not 400 <= status < 500:  # noqa: PLR2004 - the client error class of HTTP
        return lost(operation, named, counted=True)
    return _said_no(operation, status, errors, f"{named}, {scrubbed(errors[0])}", resuming=resuming)


def _said_no(
    operation: Operation, status: int, errors: Sequence[AmazonError], said: str, *, resuming: bool
) -> Exception:
    match status:
        case 403:
            return _forbidden(operation, errors[0], said)
        case 400 if all(_says_done(operation, error) for error in errors):
            return AlreadyDone(f"Amazon {operation.name}: done already ({said})")
        case 400 if operation.refused:
            return needs_human(operation.refused, said)
        case 404 if operation.unknown:
            return needs_human(operation.unknown, said)
        case 400 if resuming:
            return PageTokenRefused(f"Amazon {operation.name}: page token refused ({said})")
        case _:
            return AmazonBug(f"Amazon {operation.name} refuses our request: {said}")


def _forbidden(operation: Operation, error: AmazonError, said: str) -> TokenExpired | AccountBroken:
    if error.about_token:
        return TokenExpired(f"Amazon {operation.name}: access token refused ({said})")
    return AccountBroken(f"Amazon refuses {operation.name} to this account ({said})", _REMEDY_FORBIDDEN)


def _says_done(operation: Operation, error: AmazonError) -> bool:
    message = error.message.casefold()
    return any(words in message for words in operation.done_words)


__all__ = [
    "GET_ORDER",
    "RATE_HEADER",
    "SEARCH_ORDERS",
    "AlreadyDone",
    "AmazonBug",
    "Operation",
    "PageTokenRefused",
    "judge",
    "lost",
    "needs_human",
    "rate",
]
